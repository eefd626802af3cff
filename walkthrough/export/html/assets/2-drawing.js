// @ts-check
// Elements made of rows. Text becomes text and nothing else: no markup is ever parsed.

const SVG = "http://www.w3.org/2000/svg";

/**
 * Return an element of the page by its id.
 * @param {string} id
 * @returns {HTMLElement}
 */
function $(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/**
 * Make an element.
 * @param {string} name
 * @param {string} [kind] its class
 * @param {string} [text]
 * @returns {HTMLElement}
 */
function make(name, kind = "", text = "") {
  const made = document.createElement(name);
  if (kind) made.className = kind;
  if (text) made.textContent = text;
  return made;
}

/**
 * Make an element of a drawing.
 * @param {string} name
 * @param {Record<string, string | number>} attributes
 * @param {string} [text]
 * @returns {SVGElement}
 */
function draw(name, attributes, text = "") {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  if (text) made.textContent = text;
  return made;
}

/** Makes rows of text, and replaces of a list of rows only what is different. */
class Drawing {
  /** @param {PageData} data */
  constructor(data) {
    this.data = data;
    /** @type {WeakMap<HTMLElement, number[]>} */
    this.shown = new WeakMap();
  }

  /**
   * Put pieces into an element.
   * @param {HTMLElement} into
   * @param {(string | number)[]} pieces
   * @param {number} [from]
   */
  pieces(into, pieces, from = 0) {
    for (let at = from; at < pieces.length; at += 2) {
      const text = String(pieces[at]);
      const kind = this.data.kinds[Number(pieces[at + 1])];
      const blank = !kind && !text.trim();
      into.append(make("span", blank ? "gap" : kind && `k-${kind}`, text));
    }
    return into;
  }

  /** @param {number} number */
  row(number) {
    const stored = this.data.walk.rows[number];
    const row = make("li", `row m-${this.data.marks[stored[0]] || "plain"}`);
    if (stored[1] >= 0) {
      row.dataset.event = String(stored[1]);
      row.classList.add("leads");
    } else if (stored[1] <= FOLDS) {
      row.dataset.folds = String(stored[1]);
      row.classList.add("leads");
    }
    return this.pieces(row, stored, 2);
  }

  /**
   * Show rows in a list.
   * @param {HTMLElement} list
   * @param {number[]} numbers
   * @returns {boolean} whether anything is different
   */
  rows(list, numbers) {
    const before = this.shown.get(list) || [];
    if (before === numbers) return false;
    this.shown.set(list, numbers);
    let start = 0;
    const most = Math.min(before.length, numbers.length);
    while (start < most && before[start] === numbers[start]) start += 1;
    let end = 0;
    while (
      end < most - start &&
      before[before.length - 1 - end] === numbers[numbers.length - 1 - end]
    ) {
      end += 1;
    }
    const behind = list.children[before.length - end] || null;
    for (let gone = before.length - end - start; gone > 0; gone--) list.children[start].remove();
    const fresh = document.createDocumentFragment();
    for (let at = start; at < numbers.length - end; at++) fresh.append(this.row(numbers[at]));
    list.insertBefore(fresh, behind);
    return before.length - end - start > 0 || numbers.length - end - start > 0;
  }
}

/**
 * Bring a row into sight of the box that scrolls it, and nothing else.
 * @param {HTMLElement} box
 * @param {Element | null} row
 * @param {number} share how far down it may be, if it has to be brought
 */
function bringIntoSight(box, row, share) {
  if (!row || !box.clientHeight) return;
  const within = box.getBoundingClientRect();
  const there = row.getBoundingClientRect();
  const margin = Math.min(40, within.height / 5);
  if (there.top >= within.top + margin && there.bottom <= within.bottom - margin) return;
  const room = Math.max(within.height - there.height - 10, 0); // all of it is to be seen
  box.scrollTop += there.top - within.top - Math.min(within.height * share, room);
}
