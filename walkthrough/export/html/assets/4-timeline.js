// @ts-check
// The timeline: stages as bands, incidents, what each goroutine and thread does; and where one is.

const BAND = { top: 16, height: 12 };
const LANE = { top: 34, height: 13 };
const FEW = 4; // lanes in a window that is not high

/** Draws the timeline, and turns a place on it into an event. */
class Timeline {
  /**
   * @param {PageData} data
   * @param {Element} svg
   * @param {HTMLElement} box
   */
  constructor(data, svg, box) {
    this.data = data;
    this.svg = svg;
    this.box = box;
    this.drawnFor = "";
    /** @type {SVGElement[]} */
    this.heads = [];
    this.cover = draw("rect", {});
    this.label = 0;
    /** @type {SVGElement[]} */
    this.marks = [];
  }

  /**
   * Draw what does not depend on the step.
   * @param {string} language
   */
  draw(language) {
    const timeline = this.data.timeline[language];
    const width = this.box.clientWidth;
    const key = `${language} ${width} ${window.innerHeight < 900}`;
    if (key === this.drawnFor || !width) return;
    this.drawnFor = key;
    this.label = width < 640 ? 0 : 128;
    const lanes = this.label ? timeline.lanes.slice(0, window.innerHeight < 900 ? FEW : undefined) : [];
    const height = LANE.top + lanes.length * LANE.height + 2;
    const x = (/** @type {number} */ column) => this.label + (column * (width - this.label)) / timeline.columns;
    this.svg.replaceChildren();
    this.svg.setAttribute("width", String(width));
    this.svg.setAttribute("height", String(height));
    for (const [first, after, name, kind, heavy] of timeline.bands) {
      const y = heavy ? BAND.top : BAND.top + 3;
      const tall = heavy ? BAND.height : BAND.height - 6;
      const wide = Math.max(x(after) - x(first) - 1, 1);
      const band = draw("rect", { x: x(first), y, width: wide, height: tall, rx: 2, class: `f-${kind}` });
      band.append(draw("title", {}, name));
      this.svg.append(band);
      if (name.length * 6 + 4 < wide) {
        this.svg.append(draw("text", { x: x(first) + 1, y: 11, class: `band k-${kind}` }, name));
      }
    }
    for (const [column, glyph, kind] of timeline.incidents) {
      const there = { x: (x(column) + x(column + 1)) / 2, y: BAND.top + 10, "text-anchor": "middle" };
      this.svg.append(draw("text", { ...there, class: `incident k-${kind}` }, glyph));
    }
    lanes.forEach(([name, stretches], at) => {
      const y = LANE.top + at * LANE.height;
      this.svg.append(draw("text", { x: 4, y: y + 9, class: "lane" }, cutTo(name, 19)[0]));
      for (let each = 0; each < stretches.length; each += 3) {
        const [first, after, doing] = stretches.slice(each, each + 3);
        const wide = Math.max(x(after) - x(first) - 0.3, 0.7);
        const thin = doing === 3;
        this.svg.append(
          draw("rect", {
            x: x(first),
            y: thin ? y + 5 : y + 2,
            width: wide,
            height: thin ? 1.5 : 8,
            class: `d-${doing}`,
          }),
        );
      }
    });
    this.cover = draw("rect", { y: 0, height, class: "cover" });
    this.heads = [
      draw("rect", { y: 12, height: height - 12, class: "playhead" }),
      draw("path", { class: "playhead-top" }),
    ];
    this.svg.append(this.cover, ...this.heads);
  }

  /**
   * Show where one is.
   * @param {string} language
   * @param {number} first the step's first event
   * @param {number} last its last
   * @param {boolean} hushed whether what comes is covered
   */
  show(language, first, last, hushed) {
    this.draw(language);
    const { columns } = this.data.timeline[language];
    const { count } = this.data.walk;
    const scale = (this.box.clientWidth - this.label) / count;
    const x = this.label + first * scale;
    const wide = Math.max((last + 1 - first) * scale, 2);
    this.heads[0]?.setAttribute("x", String(x));
    this.heads[0]?.setAttribute("width", String(wide));
    const middle = x + wide / 2;
    this.heads[1]?.setAttribute("d", `M${middle - 5} 7h10l-5 7z`);
    this.cover.setAttribute("x", String(x + wide));
    this.cover.setAttribute("width", String(hushed ? Math.max(this.box.clientWidth - x - wide, 0) : 0));
    return columns;
  }

  /**
   * Show bookmarks.
   * @param {number[]} events
   */
  mark(events) {
    for (const mark of this.marks) mark.remove();
    const scale = (this.box.clientWidth - this.label) / this.data.walk.count;
    this.marks = events.map((event) => {
      const x = this.label + (event + 0.5) * scale;
      return draw("text", { x, y: 9, "text-anchor": "middle", class: "bookmark" }, "▼");
    });
    this.svg.append(...this.marks);
  }

  /**
   * Return the event at a place of the page.
   * @param {number} pageX
   */
  eventAt(pageX) {
    const within = this.svg.getBoundingClientRect();
    const share = (pageX - within.left - this.label) / Math.max(within.width - this.label, 1);
    const event = Math.floor(share * this.data.walk.count);
    return Math.min(Math.max(event, 0), this.data.walk.count - 1);
  }
}
