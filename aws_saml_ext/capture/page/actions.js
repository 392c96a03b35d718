// Functions for an element that `describe.js` found; each returns a text. They run in its function.

const changed = (element) => {
  for (const kind of ["input", "change"]) element.dispatchEvent(new Event(kind, { bubbles: true }));
};

// Some pages wait for a key.
const press = (element, key) => {
  for (const kind of ["keydown", "keyup"]) {
    element.dispatchEvent(new KeyboardEvent(kind, { ...key, bubbles: true, composed: true, cancelable: true }));
  }
};

// Whether there is a document of another origin in the page: it can take the focus at any moment, and
// Chromium gives the keys to whatever has the focus.
function hasStrangers(view) {
  try {
    if (!view.document) return true;
  } catch {
    return true;
  }
  for (let at = 0; at < view.length; at += 1) if (hasStrangers(view[at])) return true;
  return false;
}

const typedInto = (globalThis.awsSamlLoginTyped ||= new WeakSet());
const actions = {
  isShared: () => String(hasStrangers(top)),
  length(element) { // the value itself stays in the page
    typedInto.add(element);
    return String(textOf(element).length);
  },
  // Whether it holds a text that was typed into it before: a dialog came in between.
  holds: (element, text) => String(typedInto.has(element) && textOf(element) === text),
  takesKeys: (element) => String(!element.readOnly && !element.matches(":disabled")),
  // Some buttons wait until the last field was left, or until a text was scrolled to its end.
  offState(element) {
    if (element.matches(":disabled")) {
      const active = element.getRootNode().activeElement;
      if (active && active.form && active.form === element.form) active.blur();
      for (const box of scrolling) box.scrollTop = box.scrollHeight;
      return "off";
    }
    return element.getAttribute("aria-disabled") === "true" ? "called off" : "on";
  },

  isReached(element) {
    covers.clear();
    concealing.clear();
    return String(isReached(element));
  },
  // The words of what lies over it by now.
  wordsOver(element) {
    covers.clear();
    const layer = layerOver(element);
    return layer ? headOf(layer) : "";
  },

  // Whether another field has the focus: keys would go there.
  isElsewhere(element) {
    const active = element.getRootNode().activeElement;
    return String(Boolean(active) && active !== element && active.matches(FIELDS));
  },
  // A keypad can be drawn anew at every digit.
  findKey(element, digit) {
    if (element.isConnected && digitOf(element) === digit) return "";
    const next = find(`${BUTTONS}, ${LINKS}, ${element.localName}`).find((other) => digitOf(other) === digit && isSeen(other));
    if (next) elements[elements.indexOf(element)] = next;
    return "";
  },
  // Choose what a list below a field suggests for a text, where that is one option.
  suggest(element, text) {
    concealing.clear();
    const own = byId(element, "aria-controls") || byId(element, "aria-owns");
    const list = own || find("[role=listbox]").find(isSeen);
    const options = list ? Array.from(list.querySelectorAll("[role=option]")).filter(isSeen) : [];
    const typed = phrase(text).toLowerCase(), wordsAre = (option) => wordsOf(option).toLowerCase();
    const exact = options.filter((option) => wordsAre(option) === typed);
    const fitting = exact.length ? exact : options.filter((option) => wordsAre(option).includes(typed));
    if (fitting.length !== 1) return fitting.length ? "several" : "none";
    pressDrawn(fitting[0]);
    return "one";
  },
  focus(element) {
    element.focus();
    if (element.select) element.select();
    return "";
  },
  // Return the address that a link leads to.
  address(element) {
    return String(element.href || "");
  },

  click(element) {
    element.click();
    return "";
  },
  submit(element) {
    const form = element.form || closest(element, "form");
    if (form) form.requestSubmit();
    else press(element, { key: "Enter", code: "Enter", keyCode: 13 });
    return "";
  },
  set(element, text) {
    element.focus();
    if (isEditable(element)) element.textContent = text;
    else Object.getOwnPropertyDescriptor(Object.getPrototypeOf(element), "value").set.call(element, text);
    press(element, {});
    changed(element);
    return "";
  },
  // The fields that are there, and before them "waits" where one of them takes no answer yet.
  fieldsNow() {
    const seen = find("input, select, textarea").slice(0, ELEMENTS).filter((element) =>
      !["hidden", "submit", "image", "button", "reset"].includes(element.type) && isRendered(element));
    const waits = seen.some((element) => isOff(element) || (element.options && element.options.length < 2));
    const described = seen.map((element) => [element.type, element.name, isOff(element),
      element.options && `${element.options.length} ${element.options[element.options.length - 1]?.text}`].join());
    return [waits ? "waits" : "is whole", ...described].join("\n");
  },
  // Whether a field of its form has come to life since the page was read.
  asksMore: (element) => String(offFields.some((field) =>
    field.form === element.form && !isOff(field) && !field.value && isRendered(field))),
  choose(element, place) {
    if (drawnLists.has(element)) return chooseDrawn(element, Number(place));
    const all = offered(element), option = all[Number(place)];
    if (!option) return "";
    element.focus();
    option.selected = true;
    changed(element);
    return String(all.findIndex((each) => each.selected));
  },

  // What would open a tab of its own opens in this one.
  stay(element) {
    const link = closest(element, "a");
    if (link) link.target = "_self";
    if (element.form) element.form.target = "_self";
    element.removeAttribute("formtarget");
    return "";
  },
};
