// Describe the parts of this document that a person can use. It runs once for each frame, in a world
// of its own, after `usable.js`, `actions.js` and `elements.js`.
//
// Returns [description, elements, frames, actions, hosts]: plain JSON that `description.py` parses,
// the elements that its `index`es refer to, the visible frames, functions for actions, and elements
// that may have a closed shadow root. The value of a field is never returned, only whether there is
// one; except a name in a field that nobody can change. Ends in a bounded time, on a document of any
// size: `cut` is true then.

const isPuzzle = (frame) => PUZZLES.test(frame.src) && !/size=invisible/.test(frame.src) && isLargeEnough(frame);
const puzzle = find("iframe").slice(0, 60).some(isPuzzle);
const refreshes = find("meta[http-equiv=refresh i]").some((meta) => /^\s*\d{1,2}\s*[;,]/.test(meta.content));

// ---- their words ----

const wordsOf = (element) => phrase(element.innerText === undefined ? element.textContent : element.innerText) || wordsOfSlots(element);

function wordsOfSlots(element) {
  const nodes = Array.from(element.querySelectorAll("slot")).slice(0, 5).flatMap((slot) => slot.assignedNodes());
  return phrase(nodes.map((node) => node.textContent).join(" "));
}

// The first words of an element of any size.
const heads = new Map();
function headOf(element) {
  if (heads.has(element)) return heads.get(element);
  const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  let words = "";
  for (let text, count = 0; words.length < 120 && count < 200 && (text = texts.nextNode()); count += 1) {
    const isWords = text.parentElement && !text.parentElement.closest("script, style") && isRendered(text.parentElement);
    if (isWords) words = phrase(`${words} ${text.data.slice(0, PHRASE)}`);
  }
  heads.set(element, words.slice(0, 120));
  return heads.get(element);
}

function byIds(element, attribute) {
  const ids = (element.getAttribute(attribute) || "").split(/\s+/).filter(Boolean).slice(0, 5);
  const found = ids.map((id) => element.getRootNode().getElementById(id)).filter(Boolean);
  return phrase(found.map(wordsOf).join(" "));
}

// The label around a list holds the words of its options too.
function wordsOfLabel(label, element) {
  if (element.localName !== "select" || !label.contains(element)) return wordsOf(label);
  return Array.from(label.childNodes).filter((node) => !node.contains(element)).map((node) => node.textContent).join(" ");
}

function labelOf(element) {
  const labels = Array.from(element.labels || []).slice(0, 3);
  return phrase(labels.map((label) => wordsOfLabel(label, element)).filter(Boolean).join(" "));
}

// The text just before a field without a label: in its line, its table cell, its box.
function textBefore(element) {
  for (let at = element, levels = 0; at && levels < 4; at = at.parentElement, levels += 1) {
    if (at.localName === "tr") return columnOf(element);
    for (let before = at.previousSibling; before; before = before.previousSibling) {
      if (before.nodeType === Node.TEXT_NODE && phrase(before.data)) return phrase(before.data).slice(-120);
      if (before.nodeType !== Node.ELEMENT_NODE || before.matches("script, style, template")) continue;
      if (before.matches(FIELDS) || before.querySelector(FIELDS)) return columnOf(element);
      if (isRendered(before) && wordsOf(before)) return wordsOf(before).slice(-120);
    }
    if (!at.parentElement || at.parentElement.matches("form, body")) return "";
  }
  return "";
}

// The words over its column of a table, or in the row above.
function columnOf(element) {
  const cell = element.closest("td, th"), row = cell && cell.closest("tr");
  for (let above = row; above && above.cells; above = above.previousElementSibling || headOfTable(above)) {
    const over = above === row ? null : above.cells[cell.cellIndex];
    if (over && over.querySelector(FIELDS)) return "";
    if (over && wordsOf(over)) return wordsOf(over).slice(-120);
  }
  return "";
}
function headOfTable(row) {
  const table = row.closest("table"), head = table && table.tHead;
  return head && !head.contains(row) ? head.rows[head.rows.length - 1] : null;
}

// The text just behind a field, up to the next one or the end of its line.
function textBehind(element) {
  for (let behind = element.nextSibling; behind; behind = behind.nextSibling) {
    if (behind.nodeType === Node.TEXT_NODE && phrase(behind.data)) return phrase(behind.data).slice(0, 120);
    if (behind.nodeType !== Node.ELEMENT_NODE || behind.matches("script, style, template")) continue;
    if (behind.matches(`br, button, ${FIELDS}`) || behind.querySelector(`button, ${FIELDS}`)) return "";
    if (isRendered(behind) && wordsOf(behind)) return wordsOf(behind).slice(0, 120);
  }
  return "";
}

// A form without words before its first field can have each of them behind it.
const behindIn = new Map(); // form → whether its words stand behind the fields
const isTextField = (element) => TEXT_TYPES.includes(element.type) && isSeen(element);
const firstIn = new Map(); // form → its first field for text
function firstOf(root) {
  if (!firstIn.has(root)) {
    const isFirst = (other) => rootOf(other) === root && isTextField(other);
    const inside = Array.from(Element.prototype.querySelectorAll.call(root, FIELDS)).find(isFirst);
    firstIn.set(root, inside || (fields.length > ELEMENTS ? undefined : fields.find(isFirst)));
  }
  return firstIn.get(root);
}
function nearby(element) {
  const root = rootOf(element);
  if (!behindIn.has(root)) {
    const first = firstOf(root);
    behindIn.set(root, Boolean(first) && !first.labels?.length && !textBefore(first) && Boolean(textBehind(first)));
  }
  return behindIn.get(root) && TEXT_TYPES.includes(element.type) ? textBehind(element) : textBefore(element);
}

// The words that a style draws before a field: into its label, its box, or what stands before it.
let styled = 0;
function wordsOfStyle(element) {
  styled += 1;
  if (styled > SHORT || !TEXT_TYPES.includes(element.type)) return "";
  const around = [...labelsOf(element), element.previousElementSibling, element.parentElement];
  for (const each of around.filter(Boolean)) {
    for (const part of ["::before", "::after"]) {
      const words = /^"(.*\p{L}.*)"$/u.exec(getComputedStyle(each, part).content);
      if (words) return phrase(words[1]);
    }
  }
  return "";
}

const groups = [];
const rootOf = (element) => element.form || closest(element, LANDMARKS) || document.documentElement;
const groupOf = (element) => {
  const root = rootOf(element);
  if (!groups.includes(root)) groups.push(root);
  return groups.indexOf(root);
};

const elements = [];
const keep = (element) => elements.push(element) - 1;
const isOff = (element) => element.disabled === true || element.matches(":disabled") ||
  element.getAttribute("aria-disabled") === "true";

function hasDots(element, type) {
  if (type === "password") return true;
  if (!TEXT_TYPES.includes(type)) return false;
  const style = getComputedStyle(element);
  return (style.webkitTextSecurity || "none") !== "none" || DOTS_FONT.test(style.fontFamily);
}

// The text before the first field of a form.
function textOver(element) {
  const first = firstOf(rootOf(element));
  const label = first && first.labels && first.labels[0];
  return first ? textBefore(label || first) : "";
}

// The words over several circles or boxes: those of their fieldset, else the text before the first.
function legendOf(element) {
  const around = closest(element, "fieldset, [role=radiogroup], [role=group]");
  const legend = around && (around.querySelector("legend") || null);
  const words = around && (legend ? wordsOf(legend)
    : byIds(around, "aria-labelledby") || phrase(around.getAttribute("aria-label")));
  if (!words && takesText(element)) return textOver(element);
  if (words || !element.name || element.type !== "radio") return words || "";
  const same = (other) => other.name === element.name && other.type === element.type && other.form === element.form;
  const first = fields.find(same);
  return nearby((first.labels && first.labels[0] && first.labels[0].contains(first) && first.labels[0]) || first);
}

// The options of a list that a person can choose; the first one is often none of them: "Choose…".
const isPlaceholder = (option) => option.index === 0 && option.value === "" && option.parentElement.options?.length > 1;
const isOffered = (option) => !isOff(option) && !option.hidden && !isPlaceholder(option);
let optionCount = 0;
function offered(element) {
  return Array.prototype.slice.call(element.options || [], 0, OPTIONS).filter(isOffered);
}
// The same words in two groups of a list are told apart by the names of the groups.
const ownText = (option) => phrase(option.label || option.text) || "?";
function textOfOption(option, all) {
  const group = option.parentElement.localName === "optgroup" ? phrase(option.parentElement.label) : "";
  const hasTwin = group && all.some((other) => other !== option && ownText(other) === ownText(option));
  return hasTwin ? `${ownText(option)} (${group})` : ownText(option);
}
function describeOptions(element) {
  if (element.localName !== "select") return {};
  const options = offered(element);
  optionCount += options.length;
  if (optionCount > OPTIONS) {
    cut = true;
    return {};
  }
  return {
    options: options.map((option) => textOfOption(option, options)),
    chosen: options.findIndex((option) => option.selected),
  };
}

// Whether a radio button that a script draws is the chosen one: it says so, or a hidden field of the
// form holds the value that its handler sets.
function isDrawnAsChosen(element) {
  const marks = ["aria-checked", "aria-selected"].map((name) => element.getAttribute(name));
  if (marks.some(Boolean)) return marks.includes("true");
  const form = closest(element, "form"), handler = element.getAttribute("onclick") || "";
  return Array.prototype.some.call(form ? form.elements : [], (field) =>
    field.type === "hidden" && field.value.length > SMALL && handler.includes(field.value));
}

function describeDrawnRadio(element) {
  const around = drawnRadios.get(element);
  if (!radioGroups.includes(around)) radioGroups.push(around);
  return {
    index: keep(element),
    group: groupOf(element),
    type: "radio",
    name: `drawn ${radioGroups.indexOf(around)}`,
    label: nameOf(element, wordsOf(element)),
    legend: legendOf(element),
    required: false,
    filled: isDrawnAsChosen(element),
  };
}
const radioGroups = [];

const wordsOfOption = (option) => nameOf(option, phrase(option.textContent)) || "?";
function describeDrawn(element) {
  const isBox = drawnBoxes.has(element), options = (drawnLists.get(element) || []).map(wordsOfOption);
  const called = labelOf(element) || byIds(element, "aria-labelledby") || phrase(element.getAttribute("aria-label"));
  const shown = wordsOf(element);
  const chosen = (drawnLists.get(element) || []).findIndex((option) => option.getAttribute("aria-selected") === "true");
  return {
    index: keep(element),
    group: groupOf(element),
    type: isBox ? "checkbox" : "select-one",
    label: called || (isBox ? shown || nearby(element) : nearby(element)),
    legend: "",
    required: element.getAttribute("aria-required") === "true",
    ...(isBox ? {} : { options, chosen: chosen < 0 ? options.indexOf(shown) : chosen }),
    filled: !isBox && (chosen >= 0 || options.includes(shown)),
  };
}

// As a person chooses: the list is opened, and one of its options pressed.
const KEYS = ["pointerdown", "mousedown", "pointerup", "mouseup"];
function pressDrawn(element) {
  for (const kind of KEYS) {
    const Kind = kind.startsWith("pointer") ? PointerEvent : MouseEvent;
    element.dispatchEvent(new Kind(kind, { bubbles: true, composed: true, cancelable: true }));
  }
  element.click();
}
function chooseDrawn(element, place) {
  const option = drawnLists.get(element)[place];
  if (!option) return "";
  if (!isSeen(option)) pressDrawn(element);
  pressDrawn(option);
  return String(place);
}

// A caption such as "A3" says nothing without the words over it.
const isShort = (called) => {
  const caption = Object.values(called).find(Boolean) || "";
  return caption.length > 0 && caption.length <= 3;
};
function describeField(element) {
  if (drawnRadios.has(element)) return describeDrawnRadio(element);
  if (isDrawnField(element)) return describeDrawn(element);
  const type = String(element.type || "text").toLowerCase();
  const chosen = type === "checkbox" || type === "radio";
  const called = {
    label: labelOf(element) || byIds(element, "aria-labelledby"),
    aria: phrase(element.getAttribute("aria-label")),
    placeholder: phrase(element.getAttribute("placeholder") || element.getAttribute("data-placeholder")),
    title: phrase(element.getAttribute("title")),
  };
  return {
    index: keep(element),
    group: groupOf(element),
    type,
    autocomplete: phrase(element.getAttribute("autocomplete")).toLowerCase(),
    inputmode: phrase(element.getAttribute("inputmode")).toLowerCase(),
    name: phrase(element.getAttribute("name")),
    id: phrase(element.id),
    ...called,
    nearby: Object.values(called).some(Boolean) ? "" : nearby(element) || wordsOfStyle(element),
    maxlength: element.maxLength === undefined ? -1 : element.maxLength,
    required: element.required === true || element.getAttribute("aria-required") === "true",
    picture: type === "text" && hasPicture(element),
    dots: hasDots(element, type),
    suggests: element.matches(TYPED),
    legend: type === "radio" || type === "checkbox" || isShort(called) ? legendOf(element) : "",
    ...describeOptions(element),
    readonly: element.readOnly === true,
    filled: chosen ? element.checked === true : Boolean(textOf(element)),
    red: isMarkedRed(element),
    invalid: element.getAttribute("aria-invalid") === "true" ||
      (Boolean(element.value) && element.willValidate && !element.validity.valid &&
        !(element.form && element.form.noValidate)),
  };
}

// Whether a field is drawn in red, other than as the one that has the focus.
function isMarkedRed(element) {
  if (!TEXT_TYPES.includes(element.type) || hasFocus(element)) return false;
  const style = getComputedStyle(element);
  const edges = [[style.borderBottomColor, style.borderBottomWidth], [style.outlineColor, style.outlineWidth]];
  return edges.some(([color, width]) => parseFloat(width) > 0 && isRed({ color })) || isRed({ color: style.boxShadow });
}

// Whether a picture stands beside a lone field: its text must be typed, then.
function hasPicture(element) {
  for (let at = element.parentElement, levels = 0; at && levels < 3; at = at.parentElement, levels += 1) {
    if (at.matches("form, body") || at.querySelectorAll("input:not([type=hidden])").length > 1) return false;
    for (const picture of at.querySelectorAll("img, canvas")) {
      const box = picture.getBoundingClientRect();
      const fits = (size, [least, most]) => size >= least && size <= most;
      if (fits(box.width, PICTURE.width) && fits(box.height, PICTURE.height) && isSeen(picture)) return true;
    }
  }
  return false;
}

// Three buttons can all read "Select": their `aria-label` tells them apart.
function nameOf(element, words) {
  const label = phrase(element.getAttribute("aria-label")) || byIds(element, "aria-labelledby");
  return label.length > words.length && words.length < SHORT ? label : phrase(words || namesOfPictures(element) || element.title);
}

function namesOfPictures(element) {
  const pictures = Array.from(element.querySelectorAll("img[alt], svg title, [role=img][aria-label]")).slice(0, 5);
  return pictures.map((picture) => picture.alt || picture.getAttribute("aria-label") || picture.textContent).join(" ");
}

// Buttons with the same words, one in each card, are told apart by the words of their cards.
function tellApart(all) {
  const byText = new Map();
  for (const each of all) byText.set(each.text, [...(byText.get(each.text) || []), each]);
  for (const [text, alike] of byText) {
    if (alike.length < 2 || alike.length > TWINS) continue;
    const words = alike.map((each) => wordsOfCard(elements[each.index], alike.map((other) => elements[other.index]), text));
    if (words.every(Boolean) && new Set(words).size === words.length) {
      alike.forEach((each, at) => { each.text = phrase(`${text} (${words[at]})`); });
    }
  }
}
function wordsOfCard(element, alike, text) {
  let card = element;
  for (let up = parentOf(card); up && !alike.some((other) => other !== element && contains(up, other)); up = parentOf(up)) card = up;
  if (card === element || card.querySelector(FIELDS)) return "";
  return headOf(card).replace(text, "").trim().slice(0, 60).trim();
}

function opensTab(element) {
  const opener = element.form ? element.getAttribute("formtarget") || element.form.target : closest(element, "a")?.target;
  return Boolean(opener) && !["_self", "_top", "_parent"].includes(opener.toLowerCase());
}

const describeLink = (element) => ({
  index: keep(element),
  group: groupOf(element),
  text: nameOf(element, wordsOf(element)),
  newTab: opensTab(element),
  // One that leads nowhere does what its handler does.
  acts: element.localName === "a" && /^(#|javascript:|$)/i.test(element.getAttribute("href") || ""),
  // Links above or below every page are no answers to its question.
  beside: Boolean(closest(element, BESIDE)),
});

function describeButton(element) {
  const words = element.localName === "input" ? element.value || element.alt : wordsOf(element);
  return {
    index: keep(element),
    group: groupOf(element),
    text: nameOf(element, phrase(words)),
    submits: Boolean(element.form) && (element.type === "submit" || element.type === "image"),
    disabled: isOff(element),
    newTab: opensTab(element),
  };
}

// Ten buttons with a digit each, for a field that takes no keys or is drawn only: what is asked there
// is typed by pressing them.
const digitOf = (element) => (phrase(element.innerText) || nameOf(element, element.value || "")).match(/^(\d)(\s*[A-Z]{3,4})?$/)?.[1];
function keypadOf(pressed) {
  const keys = new Map();
  for (const each of pressed) {
    const digit = digitOf(elements[each.index]);
    if (digit && keys.has(digit)) return null;
    if (digit) keys.set(digit, each);
  }
  return keys.size === 10 ? keys : null;
}
function addKeypad() {
  const keys = keypadOf([...describedButtons, ...describedLinks]);
  if (!keys) return;
  const all = [...keys.values()], group = all[0].group;
  for (const list of [describedButtons, describedLinks]) {
    list.splice(0, list.length, ...list.filter((each) => !all.includes(each)));
  }
  const indexes = Array.from({ length: 10 }, (_, digit) => keys.get(String(digit)).index);
  const locked = describedFields.filter((each) => each.group === group && (each.readonly || each.inputmode === "none"));
  if (locked.length === 1) locked[0].keys = indexes;
  if (locked.length || describedFields.some((each) => each.group === group && each.dots)) return;
  const pressed = all.map((each) => elements[each.index]);
  let around = parentOf(pressed[0]);
  while (around && !pressed.every((each) => contains(around, each))) around = parentOf(around);
  const first = pressed.find((each) => pressed.every((other) => each === other || each.compareDocumentPosition(other) & 4));
  const before = new Range();
  if (around.contains(first)) {
    before.setStart(around, 0);
    before.setEndBefore(first);
  }
  const words = phrase(before.toString()).replace(/[^\p{L}\p{N}?!)]+$/u, "");
  const heading = find(HEADINGS).filter(isSeen).map(wordsOf).pop();
  const label = (/\p{L}/u.test(words) && words.slice(-60)) || heading || "PIN";
  describedFields.push({ index: keep(around), group, type: "password", dots: true, required: true, label, keys: indexes });
}

// Number the rows of like fields, each about as wide as a letter: the boxes of one code.
function numberRows(all) {
  let row = [], count = 0, before = null;
  const finish = () => {
    if (row.length >= ROW[0] && row.length <= ROW[1]) {
      count += 1;
      for (const each of row) each.row = count;
    }
    row = [];
  };
  for (const each of all) {
    const element = elements[each.index], box = element.getBoundingClientRect();
    const letter = Math.max(1.6 * box.height, 4 * parseFloat(getComputedStyle(element).fontSize));
    const isBox = TEXT_TYPES.includes(each.type) && box.width <= Math.min(letter, LETTER);
    const isLike = before && isBox && each.type === before.type && each.group === before.group &&
      Math.abs(box.top - before.top) < box.height / 2 && Math.abs(box.width - before.width) < 4;
    if (!isLike) finish();
    if (isBox) row.push(each);
    before = isBox ? { type: each.type, group: each.group, top: box.top, width: box.width } : null;
  }
  finish();
}

// A field that is readonly and empty can be so only until it has the focus: a password always, and
// any other field where no field beside it takes keys.
const takesText = (element) => isEditable(element) || TEXT_TYPES.includes(element.type);
function isWritable(element) {
  if (!element.readOnly) return true;
  if (element.value) return false;
  const beside = fields.filter((other) => other.form === element.form && takesText(other) && isUsable(other)).slice(0, 50);
  const locked = beside.some((other) => other.readOnly && !other.value && hasDots(other, other.type));
  return locked || !beside.some((other) => !other.readOnly && !hasDots(other, other.type));
}
const isAsked = (element) => isDrawnField(element) ? isSeen(element) && !isOff(element) :
  !["hidden", "submit", "image", "button", "reset"].includes(element.type) && !isOff(element) &&
  isUsable(element) && isWritable(element);

// Fields that are off, until another answer brings them to life: see actions.js.
const offFields = fields.filter((element) => isOff(element)).slice(0, 100);

function described(candidates, isWanted, describe) {
  const found = [], working = upTo(20000);
  for (const element of candidates) {
    if (found.length === ELEMENTS || !working()) {
      cut = true;
      break;
    }
    if (isWanted(element)) found.push(describe(element));
  }
  return found;
}

// Fields around a password come first, so that they are in the description of a page of thousands.
const place = new Map(fields.map((element, at) => [element, at]));
const passwords = fields.filter((element) => element.type === "password").slice(0, 20).map((element) => place.get(element));
const far = (element) => Math.min(fields.length, ...passwords.map((at) => Math.abs(at - place.get(element))));
if (!fields.some(isAsked)) {
  ariaConceals = false;
  concealing.clear();
}
const describedFields = described([...fields].sort((one, other) => far(one) - far(other)), isAsked, describeField);
describedFields.sort((one, other) => place.get(elements[one.index]) - place.get(elements[other.index]));
numberRows(describedFields);
const describedButtons = described(buttons.filter((element) => !drawnLists.has(element)), isSeen, describeButton);
const describedLinks = described(links, isSeen, describeLink);
tellApart([...describedButtons, ...describedLinks].filter((each) => each.text && !each.submits && !each.beside));
addKeypad();
const headingsSeen = described(find(HEADINGS).slice(0, 20), isSeen, (element) => element);
const frames = find("iframe, frame").slice(0, 60).filter(isLargeEnough).slice(0, FRAMES);

// ---- an element that a script of the page replaced by a new one ----

// Some pages draw their form anew at every key. What has the same name at the same place follows.
const identity = (element) => [element.localName, element.type, element.name, element.id].join();
const identities = new Map();
function identify() {
  const counts = new Map();
  for (const element of elements) {
    const own = identity(element), at = counts.get(own) || 0;
    counts.set(own, at + 1);
    identities.set(element, [own, at]);
  }
}
function successor(element) {
  if (!element || element.isConnected) return element;
  const [own, at] = identities.get(element);
  const next = find(element.localName).filter((other) => identity(other) === own && isUsable(other))[at];
  if (next) identities.set(next, [own, at]);
  return next || element;
}

// ---- what the browser alone knows ----

// An element of a kind of its own can have a closed shadow root, and on a page without anything to use
// any element can. `Frames.reveal` is not asked at every reading.
const isArea = (element) => element.offsetWidth > SMALL && element.offsetHeight > SMALL;
const isBare = !fields.length && !describedButtons.length && document.readyState === "complete";
if (isBare) mayHide.push(...find("div, section, main, article, span, p, aside, body").slice(0, HOSTS).filter((element) => !shadowOf(element)));
// What it draws can lie over the page, and the element itself has no size then.
const flat = mayHide.filter((element) => !isArea(element));
const hit = new Set((flat.length ? elements.slice(0, 20) : []).map(coverOf));
const hosts = mayHide.filter((element) => isArea(element) || hit.has(element)).slice(0, HOSTS);
const [seenCount, seenAt] = globalThis.awsSamlLoginSeen || [0, -Infinity];
const hides = hosts.length > 0 && (elementCount !== seenCount || performance.now() - seenAt > 1000);
if (hides) globalThis.awsSamlLoginSeen = [elementCount, performance.now()];

// A text with bars to scroll, on a page without fields: terms that a person scrolls to their end.
const scrolling = fields.length ? [] : find("div, section, article, pre, main, textarea").slice(0, 500).filter((element) =>
  element.scrollHeight > element.clientHeight + SMALL && /auto|scroll/.test(getComputedStyle(element).overflowY));

// ---- what lies on top ----

const asElements = (all) => all.map((each) => elements[each.index]);
const pressable = asElements([...describedButtons, ...describedLinks.filter((link) => !link.beside)]);
const askedFields = asElements(describedFields).filter((element) => element.type !== "search");
const asked = [askedFields, frames, pressable].find((all) => all.length) || [];
const dialog = dialogOver(asked.slice(0, 100), [...pressable, ...asElements(describedFields), ...frames]);
const busy = find(BUSY).slice(0, 20).some((element) => isSeen(element) && !(dialog && !contains(dialog, element)));
const isOnTop = (element) => dialog !== null && contains(dialog, element);
for (const each of [...describedFields, ...describedButtons, ...describedLinks]) each.onTop = isOnTop(elements[each.index]);
for (const each of [...describedFields, ...describedButtons]) {
  const layer = layerOver(elements[each.index]);
  each.covered = layer ? headOf(layer) || "something without words" : "";
}
const headings = headingsSeen.map((element) => ({ words: wordsOf(element), onTop: isOnTop(element) }));

// ---- alerts and text ----

const alerts = [];
function addAlert(element, words) {
  const known = alerts.some(({ words: other }) => other.includes(words) || words.includes(other));
  if (words.replace(/[\s*:!.]/g, "").length > 2 && !known && alerts.length < 20) {
    alerts.push({ words, group: groupOf(element), onTop: isOnTop(element) });
  }
}
const holdsMore = (element) =>
  element.matches(`${FIELDS}, label`) || element.querySelector(`${FIELDS}, ${BUTTONS}, iframe`);
const listening = upTo(60);
for (const element of find(ALERTS).slice(0, 60)) {
  if (!listening()) break;
  const words = isSeen(element) && !holdsMore(element) ? wordsOf(element) : "";
  if (words && words.length < PHRASE) addAlert(element, words);
}
for (const element of find("[aria-invalid=true]").slice(0, 20)) {
  const words = byIds(element, "aria-errormessage") || byIds(element, "aria-describedby");
  if (words) addAlert(element, words);
}

function isRed(style) {
  const [red, green, blue] = (style.color.match(/\d+/g) || [0, 0, 0]).map(Number);
  return red > 140 && green < 90 && blue < 90;
}

const NO_LINES = new Set(["script", "style", "noscript", "template", "option", "a", "button"]);
const NO_LINE = [...NO_LINES, "[contenteditable]"].join();
// A part that is not drawn has no words: a large one is passed over as a whole.
function passOver(texts, inside) {
  let hidden = null;
  for (let at = inside; at && at !== texts.root; at = at.parentElement) {
    if (getComputedStyle(at).display === "none") hidden = at;
  }
  for (let last = hidden; last; last = last.lastChild) texts.currentNode = last;
}
const lines = [], onTop = [], numbers = [];
const reading = upTo(20000);
let length = 0, block = null, count = 0;
for (const root of roots) {
  const texts = document.createTreeWalker(root === document ? document.body || document : root, NodeFilter.SHOW_TEXT);
  let hiddenTexts = 0;
  for (let text; (text = texts.nextNode()); ) {
    if (length > TEXT_LENGTH || count > TEXTS || !reading()) {
      cut = true;
      break;
    }
    const words = phrase(text.data), parent = text.parentElement;
    if (!words || !parent || NO_LINES.has(parent.localName) || parent.closest(NO_LINE)) continue;
    if (!isRendered(parent) || isConcealed(parent)) {
      hiddenTexts += 1;
      if (hiddenTexts % LARGE_PART === 0) passOver(texts, parent);
      continue;
    }
    count += 1;
    const isNumber = /^\d{1,3}$/.test(words) && parseFloat(getComputedStyle(parent).fontSize) >= LARGE;
    if (isNumber && numbers.length < 10) numbers.push(words);
    if (isRed(getComputedStyle(parent)) && !parent.matches("label, a, button")) addAlert(parent, words);
    let around = parent;
    while (around && getComputedStyle(around).display.startsWith("inline")) around = parentOf(around);
    if (around && around === block) lines[lines.length - 1] += ` ${words}`;
    else {
      lines.push(words);
      onTop.push(isOnTop(parent));
    }
    block = around;
    length += words.length;
  }
}

// ---- the names of accounts ----

const isMasked = (account) => /[*•…]/.test(account); // j***e@example.com
const isMail = (element) => /^mailto:/i.test(element.getAttribute("href") || "");
const namesAccount = (element) => ACCOUNT.test(element.value) ||
  /user|login|account|mail/i.test([element.name, element.id, element.autocomplete].join());
const HIDDEN_NAME = /^(j_)?(user_?name|email)$/i;
const isFixed = (element) => element.readOnly || isOff(element) || (element.localName === "select" && element.options.length === 1);
const isHiddenName = (element) => element.type === "hidden" && HIDDEN_NAME.test(element.name) && /[a-z]/i.test(element.value) &&
  element.form && Array.prototype.some.call(element.form.elements, (field) => field.type === "password" && isSeen(field));
const named = fields.filter((element) => element.value && (isHiddenName(element) || (isFixed(element) &&
  TEXT_TYPES.concat("select-one").includes(element.type) && !hasDots(element, element.type) &&
  namesAccount(element) && isSeen(element)))).slice(0, 5).map((element) => phrase(element.value));
const shown = [
  ...lines, ...describedButtons.map((button) => button.text),
  ...describedLinks.filter((link) => !link.beside && !isMail(elements[link.index])).map((link) => link.text),
].filter((line) => line.length <= ACCOUNT_LINE).map((line) => line.match(ACCOUNT)).filter(Boolean);
const accounts = [...new Set([...named, ...shown.map(([account]) => account)])].slice(0, 20)
  .filter((account) => !isMasked(account));

function targetOf(element, attribute) {
  try {
    return phrase(new URL(element.getAttribute(attribute) || "", document.baseURI).origin);
  } catch {
    return "";
  }
}
// Enter presses a form's first button, even one that cannot be seen.
function buttonTargets(form) {
  const submitting = find("button[formaction], input[formaction]").filter((button) => button.form === form);
  return [...new Set(submitting.map((button) => targetOf(button, "formaction")))];
}
// The words over a form: its own label or first heading, else the heading just before it.
function nameOfGroup(root) {
  if (root.localName !== "form") return "";
  const legend = Array.from(root.querySelectorAll(`legend, ${HEADINGS}`)).find(isSeen);
  let before = root.previousElementSibling;
  while (before && !isSeen(before)) before = before.previousElementSibling;
  const heading = before && before.matches(HEADINGS) ? before : null;
  const own = phrase(root.getAttribute("aria-label")) || byIds(root, "aria-labelledby");
  return own || (legend || heading ? wordsOf(legend || heading) : "");
}
const describeGroup = (root, index, all) => ({
  index,
  name: all.filter((each) => each.localName === "form").length > 1 ? nameOfGroup(root) : "",
  action: root.localName === "form" ? targetOf(root, "action") : "",
  formactions: root.localName === "form" ? buttonTargets(root) : [],
  search: root.getAttribute("role") === "search",
});
// Hidden fields named as in a protocol mark a form that a script submits.
const hidden = fields.filter((element) => element.type === "hidden").slice(0, 50).map((element) => phrase(element.name));
const [visit] = performance.getEntriesByType("navigation");

identify();
return [
  {
    document: performance.timeOrigin,
    host: location.host,
    status: (visit && visit.responseStatus) || 0,
    state: document.readyState,
    title: phrase(document.title),
    language: phrase(document.documentElement ? document.documentElement.lang : "").toLowerCase(),
    fields: describedFields,
    buttons: describedButtons,
    links: describedLinks,
    headings: headings.map(({ words }) => words).filter(Boolean),
    headingsOnTop: headings.filter((each) => each.onTop).map(({ words }) => words),
    alerts,
    lines: lines.map((line) => line.slice(0, PHRASE)),
    linesOnTop: lines.filter((_, at) => onTop[at]).map((line) => line.slice(0, PHRASE)),
    groups: groups.map(describeGroup),
    numbers,
    hidden,
    accounts,
    overlay: dialog ? (dialog === topModal ? "modal" : "over") : "",
    framesOnTop: dialog ? frames.map(isOnTop) : [],
    puzzle,
    busy,
    refreshes,
    hides,
    cut,
  },
  elements,
  frames,
  { ...actions, successor },
  hosts,
];
