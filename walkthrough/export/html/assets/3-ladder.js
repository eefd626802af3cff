// @ts-check
// The ladder: client, kernel and server as three lines, and what passes between them.

const WIDE = 700; // pixels from which on there is room for texts between the lines

/**
 * @typedef {object} Lanes
 * @property {boolean} wide
 * @property {number} client
 * @property {number} kernel
 * @property {number} server
 * @property {number} width
 * @property {number} height of a row
 * @property {number} cell width of a character
 */

/**
 * Divide a width.
 * @param {number} width
 * @returns {Lanes}
 */
function lanesOf(width) {
  const cell = 6.65;
  if (width < WIDE) {
    return { wide: false, client: 8, kernel: 44, server: 80, width, height: 38, cell };
  }
  const client = Math.min(132, width * 0.15);
  const right = Math.min(300, width * 0.27);
  const between = width - client - right;
  const kernel = client + between * 0.4;
  return { wide: true, client, kernel, server: width - right, width, height: 24, cell };
}

/** Draws the rows of a step; those that stay are not drawn again. */
class Ladder {
  /**
   * @param {PageData} data
   * @param {Element} svg
   * @param {Element} head where the names of the lines are, which do not scroll
   * @param {HTMLElement} box what scrolls it
   */
  constructor(data, svg, head, box) {
    this.data = data;
    this.svg = svg;
    this.names = head;
    this.box = box;
    /** @type {number[]} */
    this.numbers = [];
    this.lanes = lanesOf(0);
    this.pointed = -1; // the row that the cursor is on
    this.width = 0; // pixels, where the box has none of its own
  }

  /**
   * Show the rows of a step.
   * @param {number[]} numbers
   * @param {string[]} names of the three lines, and where the packets are from
   */
  show(numbers, names) {
    const lanes = lanesOf(this.width || Math.max(this.box.clientWidth - 26, 260));
    const same = lanes.width === this.lanes.width && this.svg.childElementCount > 0;
    const before = same ? this.numbers : [];
    if (!same) this.svg.replaceChildren();
    this.lanes = lanes;
    this.head(names);
    let start = 0;
    while (start < before.length && before[start] === numbers[start]) start += 1;
    while (this.svg.childElementCount > start) {
      /** @type {Element} */ (this.svg.lastElementChild).remove();
    }
    const fresh = document.createDocumentFragment();
    for (let at = start; at < numbers.length; at++) fresh.append(this.row(numbers[at], at));
    this.svg.append(fresh);
    const height = lanes.height * numbers.length + 2;
    this.svg.setAttribute("width", String(lanes.width));
    this.svg.setAttribute("height", String(height));
    this.svg.setAttribute("viewBox", `0 0 ${lanes.width} ${height}`);
    this.numbers = numbers;
    const lit = this.svg.querySelectorAll(".lit");
    bringIntoSight(this.box, lit.length ? lit[lit.length - 1] : this.svg.lastElementChild, 0.75);
  }

  /** The last of the step's rows, where the cursor begins. */
  get current() {
    const lit = this.numbers.map((number) => this.data.walk.ladder[number][0]).lastIndexOf(1);
    return lit >= 0 ? lit : this.numbers.length - 1;
  }

  /**
   * Put the cursor on a row, which then shows its packet's options.
   * @param {number} at its place; -1 takes the cursor away
   */
  point(at) {
    const before = this.pointed;
    this.pointed = at;
    for (const place of new Set([before, at])) {
      this.svg.children[place]?.replaceWith(this.row(this.numbers[place], place));
    }
    bringIntoSight(this.box, this.svg.children[at] || null, 0.75);
  }

  /** @param {string[]} names */
  head(names) {
    const { client, kernel, server, wide, width } = this.lanes;
    this.names.setAttribute("width", String(width));
    const told = wide ? names : [names.slice(0, 3).join(" · ")];
    const places = [client, kernel, server, (client + kernel) / 2];
    this.names.replaceChildren(
      ...told.map((name, at) => {
        const x = wide ? places[at] : 2;
        const anchor = wide ? "middle" : "start";
        const kind = at < 3 ? "k-heading" : "k-dim";
        return draw("text", { x, y: 14, "text-anchor": anchor, class: kind }, name);
      }),
    );
  }

  /**
   * Draw one row.
   * @param {number} number
   * @param {number} at its place
   */
  row(number, at) {
    const row = this.data.walk.ladder[number];
    const { wide, client, kernel, server, width, height } = this.lanes;
    const kinds = `ladder-row${row[0] ? " lit" : ""}${at === this.pointed ? " cursor" : ""}`;
    const group = draw("g", { transform: `translate(0 ${at * height})`, class: kinds });
    group.setAttribute("role", "listitem");
    group.append(draw("rect", { width, height, class: "ground" }));
    if (row.length === 2) {
      const said = textOf(row[1]);
      group.setAttribute("aria-label", said);
      group.append(draw("text", { x: 4, y: height - 12, class: "k-dim" }, said));
      return group;
    }
    const [, who, isThere, crossing, , , serves, event, said, options = ""] = row;
    let [, , , , calls, outcome] = row;
    group.setAttribute("aria-label", said);
    group.setAttribute("data-event", String(event));
    group.append(draw("title", {}, options ? `${said}\n${options}` : said));
    if (options && at === this.pointed) {
      const room = wide ? Math.floor((server - kernel - 20) / this.lanes.cell) : options.length;
      const [first, rest] = divided(options, room);
      calls = [[first, 0]];
      outcome = [rest, 0];
    }
    const middle = wide ? height - 8 : 12;
    group.append(draw("line", { x1: client, x2: client, y1: 0, y2: height, class: isThere ? "life" : "life not-yet" }));
    group.append(draw("line", { x1: kernel, x2: kernel, y1: 0, y2: height, class: "life" }));
    if (serves) group.append(draw("line", { x1: server, x2: server, y1: 0, y2: height, class: "life" }));
    this.part(group, crossing, client, kernel, middle);
    this.part(group, calls, kernel, server, middle);
    if (wide) {
      this.text(group, who, client - 10, middle + 4, "end", client - 12);
      this.text(group, outcome, server + 12, middle + 4, "start", width - server - 14);
      return group;
    }
    const x = server + 12;
    const first = [...who, ...gap(who), ...said1(crossing), ...gap(said1(crossing)), ...said1(calls)];
    this.text(group, first, x, 15, "start", width - x);
    this.text(group, outcome, x, 31, "start", width - x);
    return group;
  }

  /**
   * Draw what is between two lines: an arrow with its label, or a text.
   * @param {SVGElement} group
   * @param {LadderPart} part
   * @param {number} left
   * @param {number} right
   * @param {number} y
   */
  part(group, part, left, right, y) {
    const { wide } = this.lanes;
    if (part.length === 1) {
      if (wide) this.text(group, part[0], left + 12, y + 4, "start", right - left - 20);
      return;
    }
    const [label, kind, way, line] = part;
    const name = this.data.kinds[kind] || "plain";
    const [from, to] = way > 0 ? [left, right] : [right, left];
    const head = to - way * 9;
    const style = `arrow s-${name}${line === 2 ? " broken" : ""}`;
    if (line === 1) {
      group.append(draw("line", { x1: from + way * 2, x2: head, y1: y - 2, y2: y - 2, class: style }));
      group.append(draw("line", { x1: from + way * 2, x2: head, y1: y + 2, y2: y + 2, class: style }));
    } else {
      group.append(draw("line", { x1: from + way * 2, x2: head, y1: y, y2: y, class: style }));
    }
    const points = `${to - way * 2},${y} ${head},${y - 4.5} ${head},${y + 4.5}`;
    group.append(draw("polygon", { points, class: line === 2 ? `head open s-${name}` : `head s-${name}` }));
    if (wide) this.text(group, [label, kind], (left + right) / 2, y - 6, "middle", right - left - 8);
  }

  /**
   * Write pieces; what there is no room for is cut, and is in the row's title.
   * @param {SVGElement} group
   * @param {Pieces} pieces
   * @param {number} x
   * @param {number} y
   * @param {string} anchor
   * @param {number} room in pixels
   */
  text(group, pieces, x, y, anchor, room) {
    const text = draw("text", { x, y, "text-anchor": anchor });
    let left = Math.max(Math.floor(room / this.lanes.cell), 1);
    for (let at = 0; at < pieces.length && left > 0; at += 2) {
      const [said, cells] = cutTo(String(pieces[at]), left);
      left -= cells;
      text.append(draw("tspan", { class: `k-${this.data.kinds[Number(pieces[at + 1])] || "plain"}` }, said));
    }
    if (pieces.length) group.append(text);
  }
}

/**
 * Divide a list after the last comma before which all fits.
 * @param {string} text
 * @param {number} room in characters
 */
function divided(text, room) {
  if (text.length <= room) return [text, ""];
  const end = Math.max(text.lastIndexOf(", ", room - 1), text.indexOf(", ")) + 1;
  return [text.slice(0, end), text.slice(end).trim()];
}

/** @param {LadderPart} part @returns {Pieces} */
function said1(part) {
  return part.length === 1 ? part[0] : [part[0], part[1]];
}

/** @param {Pieces} pieces @returns {Pieces} */
function gap(pieces) {
  return pieces.length ? ["  ", 0] : [];
}

/**
 * Cut a text to a number of cells, of which a Chinese character takes two.
 * @param {string} text
 * @param {number} room
 * @returns {[string, number]}
 */
function cutTo(text, room) {
  let cells = 0;
  let kept = "";
  for (const character of text) {
    const width = character > "\u2e7f" ? 2 : 1;
    if (cells + width > room) return [`${kept.slice(0, -1)}…`, room];
    cells += width;
    kept += character;
  }
  return [kept, cells];
}
