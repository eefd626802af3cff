// @ts-check
// Where to stop: the steps that pass a filter, and bookmarks.

const WIDE_MARKS = /** @type {Record<string, string>} */ ({ "：": ":", "，": ",", "\u3000": " " });

/** A filter, as `stage:accept call:read,write errors`: a step passes that meets every word. */
class Filter {
  /**
   * @param {Walk} walk
   * @param {string[]} known what a word may begin with; without a colon it stands alone
   */
  constructor(walk, known) {
    this.walk = walk;
    this.known = known;
    this.text = "";
    /** @type {boolean[]} of each step whether it passes */
    this.passing = [];
    this.count = 0;
  }

  get on() {
    return this.text !== "";
  }

  /**
   * Understand what was typed, and filter by it; nothing typed is no filter.
   * @param {string} text
   * @returns {string} the word that is not known, "" if all are
   */
  set(text) {
    const typed = text.replace(/[：，\u3000]/g, (mark) => WIDE_MARKS[mark]).trim();
    const words = typed ? typed.split(/\s+/) : [];
    /** @type {string[][]} of each word what it allows */
    const allowed = [];
    for (const word of words) {
      const spelled = word.toLowerCase().replace(/^goroutine:/, "g:");
      const [key, listed = ""] = spelled.split(/:(.*)/s);
      const values = listed.split(",").filter(Boolean);
      if (this.known.includes(spelled) && !spelled.includes(":")) allowed.push([spelled]);
      else if (this.known.includes(`${key}:`) && values.length) allowed.push(values.map((value) => `${key}:${value}`));
      else return word;
    }
    const { facets, facetsOf } = this.walk.data;
    const passing = facets.map((met) => allowed.every((each) => each.some((facet) => met.includes(facet))));
    this.text = words.join(" ");
    this.passing = facetsOf.map((each) => passing[each]);
    this.count = this.passing.filter(Boolean).length;
    return "";
  }

  /** @param {number} step */
  passes(step) {
    return !this.on || this.passing[step];
  }

  /**
   * Return the next step that passes, -1 if there is none; without a filter every one does.
   * @param {number} step
   * @param {1 | -1} way
   */
  from(step, way) {
    for (let to = step + way; to >= 0 && to <= this.walk.last; to += way) {
      if (this.passes(to)) return to;
    }
    return -1;
  }
}

/** Bookmarks: steps, ascending. They are kept in the page's address, and nowhere else. */
class Bookmarks {
  /** @param {Walk} walk */
  constructor(walk) {
    this.walk = walk;
    /** @type {number[]} */
    this.steps = [];
  }

  /** The events of the bookmarks, from 1, as the address has them. */
  get spelled() {
    return this.steps.map((step) => this.walk.data.events[step] + 1).join(",");
  }

  /** @param {string} spelled */
  set spelled(spelled) {
    const numbers = spelled.split(",").map(Number);
    const events = numbers.filter((each) => Number.isInteger(each) && each > 0);
    const steps = new Set(events.map((each) => this.walk.stepOf(each - 1)));
    this.steps = [...steps].sort((one, other) => one - other);
  }

  /** @param {number} step */
  toggle(step) {
    const others = this.steps.filter((each) => each !== step);
    const all = others.length < this.steps.length ? others : [...others, step];
    this.steps = all.sort((one, other) => one - other);
  }

  /**
   * Return the next bookmark, -1 if there is none.
   * @param {number} step
   * @param {1 | -1} way
   */
  from(step, way) {
    const beyond = this.steps.filter((each) => (each - step) * way > 0);
    return (way > 0 ? beyond[0] : beyond[beyond.length - 1]) ?? -1;
  }
}
