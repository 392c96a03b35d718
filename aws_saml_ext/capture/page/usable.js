// Find out what of this document a person can use: what they see, and whether the pointer reaches it.
// `describe.js` follows in the same function.

"use strict";

const SMALL = 3, BOX_SAMPLES = 8; // CSS pixels; points of a box that are looked at

const parentOf = (element) => element.parentElement || element.getRootNode().host || null;
function contains(outer, inner) {
  for (let at = inner; at; at = at.getRootNode().host) if (outer.contains(at)) return true;
  return false;
}

const closest = (element, selector) => {
  for (let at = element; at; at = at.getRootNode().host) {
    const found = at.closest(selector);
    if (found) return found;
  }
  return null;
};

// Closed shadow roots are known to the browser only: see `Frames.reveal`.
const closed = new Map();
for (const root of globalThis.awsSamlLoginRoots || []) if (root.isConnected) closed.set(root.host, root);
const shadowOf = (element) => element.shadowRoot || closed.get(element) || null;

// ---- what is seen ----

const concealing = new Map(); // element → whether it conceals its content
let ariaConceals = true; // not where it would conceal all that a page asks
function isConcealed(element) {
  if (!element) return false;
  const known = concealing.get(element);
  if (known !== undefined) return known;
  let concealed = (ariaConceals && element.getAttribute("aria-hidden") === "true") || element.inert === true;
  if (!concealed && element !== document.body && element !== document.documentElement) {
    const box = element.getBoundingClientRect();
    if (box.width < 2 || box.height < 2) {
      concealed = getComputedStyle(element).overflow !== "visible";
    }
  }
  concealed = concealed || isConcealed(parentOf(element));
  concealing.set(element, concealed);
  return concealed;
}

function isRendered(element, checkOpacity = true) {
  return element.checkVisibility
    ? element.checkVisibility({ checkOpacity, checkVisibilityCSS: true })
    : getComputedStyle(element).visibility === "visible" && element.getClientRects().length > 0;
}

const isClipped = (element) => /^inset\((50|100)%|^rect\(0/.test(getComputedStyle(element).clipPath);
function isPlaced(element) {
  const box = element.getBoundingClientRect();
  const offPage = box.right + scrollX <= 0 || box.bottom + scrollY <= 0;
  return box.width >= SMALL && box.height >= SMALL && !offPage && !isClipped(element) && !isConcealed(element);
}
const isSeen = (element) => isRendered(element) && isPlaced(element);

// ---- where the pointer is ----

function hitAt(x, y) {
  let hit = document.elementFromPoint(x, y);
  for (let root; hit && (root = shadowOf(hit)); ) {
    const inner = root.elementFromPoint(x, y);
    if (!inner || inner === hit || inner.getRootNode() !== root) break;
    hit = inner;
  }
  return hit;
}
const middleOf = (element) => {
  const box = element.getClientRects()[0] || element.getBoundingClientRect();
  return [box.left + box.width / 2, box.top + box.height / 2];
};
const isInWindow = (x, y) => x >= 0 && y >= 0 && x < innerWidth && y < innerHeight;
const labelsOf = (element) => Array.from(element.labels || []).slice(0, 3);
const belongs = (hit, element) => contains(element, hit) || contains(hit, element) ||
  labelsOf(element).some((label) => contains(label, hit));

// Where the middle comes to when the page is scrolled to show it. The page is not scrolled for that.
function scrolledTo([x, y]) {
  const page = document.scrollingElement;
  if (!page) return [x, y];
  const to = Math.min(Math.max(0, scrollY + y - innerHeight / 2), Math.max(0, page.scrollHeight - innerHeight));
  return [x, y + scrollY - to];
}

function positionedAround(element, positions) {
  for (let at = element; at && at !== document.documentElement; at = parentOf(at)) {
    if (positions.includes(getComputedStyle(at).position)) return at;
  }
  return null;
}

// Whether a box with bars to scroll, or one that cuts its content off, does not show this point now.
function scrollerOf(element, x, y) {
  for (let at = parentOf(element); at && at !== document.body && at !== document.documentElement; at = parentOf(at)) {
    const overflow = getComputedStyle(at).overflowY + getComputedStyle(at).overflowX;
    const box = at.getBoundingClientRect();
    const isOut = x < box.left || x > box.right || y < box.top || y > box.bottom;
    if (isOut && /auto|scroll|hidden|clip/.test(overflow)) return /auto|scroll/.test(overflow) ? "scrolls" : "cut";
  }
  return "";
}

const modals = Array.prototype.filter.call(document.querySelectorAll("dialog[open], [popover]"),
  (element) => element.matches(":modal"));
const topModal = modals[modals.length - 1] || null;

// The element that lies over the middle of this one; null where the pointer reaches it.
const covers = new Map();
function coverOf(element) {
  if (!covers.has(element)) covers.set(element, findCover(element));
  return covers.get(element);
}
function findCover(element) {
  if (topModal && !contains(topModal, element)) return topModal;
  const [x, y] = middleOf(element);
  const hit = isInWindow(x, y) ? hitAt(x, y) : null;
  if (hit && belongs(hit, element)) return null;
  if (hit && scrollerOf(element, x, y) === "scrolls") return null;
  const fixed = hit && positionedAround(hit, ["fixed", "sticky"]);
  if (hit && (!fixed || contains(fixed, element))) return hit;
  // Out of the window, or under a bar that stays while the page is scrolled.
  const [far, down] = scrolledTo([x, y]);
  const there = isInWindow(far, down) ? hitAt(far, down) : null;
  const stays = there && positionedAround(there, ["fixed", "sticky"]);
  return stays && !contains(stays, element) ? there : null;
}

function areaOf(element) {
  const box = element.getBoundingClientRect();
  return box.width * box.height;
}
// The largest part of the page that lies over an element without holding it; null where none does.
// A caption or a sign that is drawn into a field is no such part.
function layerOver(element) {
  let layer = coverOf(element), area = layer ? areaOf(layer) : 0;
  for (let up = layer && parentOf(layer); up && !contains(up, element); up = parentOf(up)) {
    layer = up;
    area = Math.max(area, areaOf(up)); // around a part that is placed by itself, it can be of no size
  }
  if (!layer || layer === topModal) return layer;
  return area >= areaOf(element) ? layer : null;
}

// The part of the page that is before all others: the one that lies over `asked` and holds
// something to use. A curtain of its own can lie between the two.
function dialogOver(asked, used) {
  for (const element of asked) {
    const layer = layerOver(element);
    if (!layer) continue;
    const reached = used.filter((each) => !contains(each, element) && isReached(each));
    if (reached.some((each) => contains(layer, each))) return layer;
    for (const each of reached) {
      const positioned = closest(each, "dialog, [role=dialog], [role=alertdialog]") ||
        positionedAround(each, ["fixed", "absolute"]);
      if (positioned && !contains(positioned, element) && isInWindow(...middleOf(each))) return positioned;
    }
  }
  return null;
}

// ---- fields that are not seen, and still take keys or clicks ----

const isDrawn = (element) => {
  const style = getComputedStyle(element);
  return parseFloat(style.borderTopWidth) > 0 || !/^rgba\(.*, 0\)$|^transparent$/.test(style.backgroundColor) ||
    (element.innerText || "").trim() !== "";
};

// Whether something is drawn below a transparent field, and nothing but the field is over it.
function liesOverABox(element) {
  const box = element.getBoundingClientRect();
  for (let at = parentOf(element); at; at = parentOf(at)) {
    if (getComputedStyle(at).opacity === "0") continue;
    const around = at.getBoundingClientRect();
    if (around.width <= 1.2 * box.width && around.height <= 1.2 * box.height && isDrawn(at)) return true;
    break;
  }
  const y = box.top + box.height / 2;
  for (let sample = 0; sample < BOX_SAMPLES; sample += 1) {
    const x = box.left + (box.width * (sample + 0.5)) / BOX_SAMPLES;
    if (!isInWindow(x, y)) return false;
    const below = element.getRootNode().elementsFromPoint(x, y);
    const at = below.indexOf(element);
    if (at === 0 && below[1] && !contains(below[1], element) && isRendered(below[1]) && isDrawn(below[1])) return true;
  }
  return false;
}

const hasFocus = (element) => element.getRootNode().activeElement === element;

// Whether a field that is not seen takes keys: as it has them, as it lies transparent over boxes, or
// as a click on its label gives them to it. One that no person comes to is a trap for programs.
function takesKeys(element) {
  if (element.tabIndex < 0 || isConcealed(element) || !isRendered(element, false)) return false;
  if (hasFocus(element)) return true;
  const box = element.getBoundingClientRect();
  const isTransparent = !isRendered(element) && isPlaced(element) && !coverOf(element);
  const isCode = (element.autocomplete || "").split(" ").includes("one-time-code");
  if (isTransparent && (isCode || liesOverABox(element))) return true;
  return (box.width < SMALL || box.height < SMALL || isClipped(element)) && labelsOf(element).some(isReached);
}

const isReached = (element) => isSeen(element) && !coverOf(element);
const takesClicks = (element) => labelsOf(element).some(isReached);

function isUsable(element) {
  if (isSeen(element)) return true;
  const isChosen = element.type === "checkbox" || element.type === "radio";
  return isChosen ? takesClicks(element) : element.type !== "file" && takesKeys(element);
}
