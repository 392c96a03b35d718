// Find the elements of this document that a person can use: fields, buttons and links, those that a
// script draws among them. `describe.js` follows in the same function and describes them.

const ELEMENTS = 300, TEXTS = 400, TEXT_LENGTH = 3000, FRAMES = 12, FRAME_SIZE = 20, PHRASE = 300, SHORT = 12;
const FIELDS = "input, select, textarea, [contenteditable='' i], [contenteditable=true i], [contenteditable=plaintext-only i]";
const TYPED = "input[role=combobox], input[aria-autocomplete=list], input[aria-autocomplete=both]";
const BUTTONS = "button, [role=button], input[type=submit], input[type=image], input[type=button]";
const LINKS = "a[href], [role=link], [role=option], [role=menuitem], [tabindex='0']";
const PUZZLES = /captcha|turnstile|arkoselabs/i;
const HOSTS = 200, TWINS = 50, LARGE_PART = 200;
const CLICKS = 200, POINTERS = 1000, TILE = 150; // elements with handlers of their own; characters
const OPTIONS = 10000, ROW = [4, 10], LETTER = 90; // of lists, of a row of boxes, in CSS pixels
const TEXT_TYPES = ["text", "email", "tel", "password", "number", "url", "search"];
const DOTS_FONT = /text-?security|dots|password/i; // fonts that draw each letter as a dot
const ACCOUNT = /[^\s@<>()"',;:]+@[^\s@<>()"',;:]+\.[a-z]{2,}/i, ACCOUNT_LINE = 80; // characters
const PICTURE = { width: [60, 400], height: [18, 150] }, LARGE = 24; // CSS pixels
const HEADINGS = "h1, h2, h3, h4, h5, h6, [role=heading]";
const BUSY = "[aria-busy=true], [role=progressbar], progress";
const LANDMARKS = "form, dialog, header, nav, footer, aside, main, [role=form], [role=dialog], [role=search]";
// A class name is a hint to the words of an error, and to nothing else: not to a field's purpose.
const CLASSES = ["error", "alert", "danger", "invalid", "warning", "feedback"];
const BESIDE = "header, footer, nav, aside, h1, [role=navigation], [role=contentinfo], #footer, .footer";
const ALERTS = ["[role=alert], [aria-live=assertive]", ...CLASSES.map((name) => `[class*=${name} i]`)].join();

let cut = false;
// Each part of the work looks at so many things, on a machine of any speed; the time that all of
// it may take, in milliseconds, is for pages made to be slow.
const END = performance.now() + 3000;
function upTo(count) {
  let left = count;
  return () => ((left -= 1) >= 0 && performance.now() < END) || !(cut = true);
}

const phrase = (text) => (text || "").replace(/\s+/g, " ").trim().slice(0, PHRASE);
function isLargeEnough(frame) {
  return isSeen(frame) && frame.clientWidth > FRAME_SIZE && frame.clientHeight > FRAME_SIZE;
}

// ---- the elements, shadow roots included ----

const roots = [document], mayHide = [];
const searching = upTo(300);
let elementCount = 0;
for (let at = 0; at < roots.length; at += 1) {
  const all = document.createTreeWalker(roots[at], NodeFilter.SHOW_ELEMENT);
  for (let count = 1, element; (element = all.nextNode()); count += 1) {
    const shadow = shadowOf(element);
    elementCount += 1;
    if (shadow) roots.push(shadow);
    else if (element.localName.includes("-") && !element.firstElementChild && mayHide.length < HOSTS) mayHide.push(element);
    if (count % 1024 === 0 && !searching()) break;
  }
}
const isEditable = (element) => element.isContentEditable === true && !element.matches("input, select, textarea");
const textOf = (element) => isEditable(element) ? element.innerText.replace(/\n$/, "") : element.value;
const find = (selector) => roots.flatMap((root) => Array.from(root.querySelectorAll(selector)));

const buttons = find(BUTTONS);

// Radio buttons that a script draws: by their role, or siblings with handlers of their own in a form
// that asks for text. Other elements with a handler are pressed as links are.
const withHandler = find("[onclick]").slice(0, CLICKS).filter((element) =>
  !element.matches(`${BUTTONS}, ${FIELDS}, ${LINKS}, label, form, body, html`) &&
  !element.querySelector(`${BUTTONS}, ${FIELDS}, a[href], [onclick]`) && (element.innerText || "").trim());
const drawnRadios = new Map(); // element → the element around all of its kind
for (const element of find("[role=radio]").slice(0, CLICKS)) {
  const isDrawn = !element.matches(FIELDS) && !element.querySelector(FIELDS);
  if (isDrawn) drawnRadios.set(element, closest(element, "[role=radiogroup]") || parentOf(element));
}
for (const element of withHandler) {
  const isAlike = (other) => other !== element && other.parentElement === element.parentElement;
  const form = closest(element, "form");
  if (form && asksForText(form) && withHandler.some(isAlike)) drawnRadios.set(element, element.parentElement);
}
function asksForText(form) {
  return Array.prototype.some.call(form.elements, (field) => TEXT_TYPES.includes(field.type) && isSeen(field));
}

// Lists and boxes that a script draws, by their roles; beside fields for text they are questions of a form.
const drawnLists = new Map(); // element → its options
const asksBeside = (element) => {
  const form = closest(element, "form");
  return form ? asksForText(form) : inputs().some((input) => TEXT_TYPES.includes(input.type) && isSeen(input));
};
let allInputs = null;
function inputs() {
  return (allInputs = allInputs || find("input").slice(0, CLICKS));
}
const byId = (element, attribute) => {
  const id = element.getAttribute(attribute);
  return id ? element.getRootNode().getElementById(id) : null;
};
const controlled = find("[aria-controls], [aria-owns]").slice(0, CLICKS)
  .map((element) => [element, byId(element, "aria-controls") || byId(element, "aria-owns")]);
const openerBeside = (list) => Array.from(list.parentElement?.querySelectorAll("[aria-haspopup=listbox]") || [])
  .find((element) => !element.matches(FIELDS) && !byId(element, "aria-controls") && !byId(element, "aria-owns"));
for (const list of find("[role=listbox]").slice(0, 20)) {
  const options = Array.from(list.querySelectorAll("[role=option]")).slice(0, OPTIONS);
  const opener = controlled.find(([, of]) => of && contains(of, list))?.[0] || openerBeside(list);
  const shown = opener || list;
  const isOpen = shown.matches(TYPED) && Boolean(shown.value) && isSeen(options[0] || list);
  if (options.length && (isOpen || !shown.matches(FIELDS)) && asksBeside(shown)) drawnLists.set(shown, options);
}
const drawnBoxes = new Set(find("[role=checkbox], [role=switch]").slice(0, CLICKS).filter((element) =>
  !element.matches(FIELDS) && !element.querySelector(FIELDS) && element.getAttribute("aria-checked") !== "true"));
const isDrawnField = (element) => drawnRadios.has(element) || drawnLists.has(element) || drawnBoxes.has(element);
const isOfADrawnField = (element) => drawnLists.size > 0 && [...drawnLists].some(([shown, options]) => shown === element || options.includes(element));

// What a script listens to shows the pointer of a link, and often has no other sign of it.
const isInteractive = `${BUTTONS}, ${FIELDS}, ${LINKS}, label, summary, [onclick], [role=radio], [role=checkbox], [role=switch], [role=combobox]`;
const NO_TILES = new Set(["input", "select", "option", "textarea", "button", "label", "script", "style", "br", "path", "iframe"]);
function withPointer() {
  const found = [];
  let seen = 0;
  for (const root of roots) {
    const all = document.createTreeWalker(root === document ? document.body || document : root, NodeFilter.SHOW_ELEMENT);
    for (let element; seen < POINTERS && found.length < CLICKS && (element = all.nextNode()); ) {
      if (NO_TILES.has(element.localName) || (element.localName === "a" && element.hasAttribute("href"))) continue;
      seen += 1;
      const around = parentOf(element);
      const isAnchor = element.matches("a[class]:not([href]), a[tabindex]:not([href])");
      if (!isAnchor && getComputedStyle(element).cursor !== "pointer") continue;
      if (!isAnchor && around && getComputedStyle(around).cursor === "pointer") continue;
      if (element.matches("html, body, form") || (!isAnchor && element.matches(isInteractive))) continue;
      if ((around && closest(around, isInteractive)) || element.querySelector(isInteractive)) continue;
      const words = phrase(element.innerText) || namesOfPictures(element);
      if (words && words.length <= TILE) found.push(element);
    }
  }
  return found;
}
const listened = new Set(withPointer());
const tabs = find("[role=tab][aria-selected=false]").filter((element) => !element.matches(`${BUTTONS}, ${LINKS}`));
const closedParts = find("summary").filter((element) => element.parentElement && !element.parentElement.open);
buttons.push(...new Set([...listened, ...tabs.slice(0, 20), ...closedParts.slice(0, 20)]));

const fields = find(`${FIELDS}, [role=radio], [role=listbox], [role=combobox], [aria-haspopup], [role=checkbox], [role=switch], [onclick]`)
  .filter((element) => isDrawnField(element) || (element.matches(FIELDS) && !element.matches(`${BUTTONS}, body, html`)));
const links = find(`${LINKS}, [onclick]`).filter((element) => !drawnRadios.has(element) &&
  (element.matches(LINKS) || withHandler.includes(element)) && !listened.has(element) && !isDrawnField(element) && !isOfADrawnField(element) &&
  !element.matches(`${BUTTONS}, ${FIELDS}`) && !element.querySelector(`${BUTTONS}, ${FIELDS}`));

