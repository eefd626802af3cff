// @ts-check
// The walk: what every pane shows at a step. Rows are stored once; a step is told as what differs
// from the one before.

/** @typedef {(string | number)[]} Pieces text, kind, text, kind, … */
/** @typedef {[number, number, ...(string | number)[]]} StoredRow mark, event, then pieces */
/** @typedef {0 | number[]} Difference start, deleted, then what is put there */
/** @typedef {[string, number, number, number] | [Pieces]} LadderPart an arrow, or a text */
/**
 * @typedef {[number, Pieces] |
 *   [number, Pieces, number, LadderPart, LadderPart, Pieces, number, number, string, string?]} StoredLadderRow
 */
/**
 * @typedef {object} WalkData
 * @property {number[]} events the event at which each step ends
 * @property {number[]} starts and the one with which it begins
 * @property {number} count
 * @property {number[]} stages
 * @property {number[]} changes
 * @property {number[]} times how long each is read, as a multiple
 * @property {StoredRow[]} rows
 * @property {StoredLadderRow[]} ladder
 * @property {string[][]} lanes
 * @property {string[][]} facets words of a filter
 * @property {number[]} facetsOf which of them each step meets
 * @property {Record<string, Record<string, Difference[]>>} panes by language and name
 */
/**
 * @typedef {object} TimelineData
 * @property {number} columns
 * @property {[number, number, string, string, number][]} bands
 * @property {[number, string, string][]} incidents
 * @property {[string, number[]][]} lanes
 * @property {string[]} kinds
 */
/**
 * @typedef {object} QuestionData
 * @property {number} at
 * @property {number} sight
 * @property {string} kind
 * @property {number} own
 * @property {[number, ...(string | number)[]][]} rows
 * @property {[number, Pieces[], Pieces[]][]} answers
 */
/**
 * @typedef {object} PageData
 * @property {string[]} languages
 * @property {string[]} kinds
 * @property {string[]} marks
 * @property {string[]} filterWords what a word of a filter may begin with; without a colon it stands alone
 * @property {WalkData} walk
 * @property {Record<string, Record<string, string>>} labels
 * @property {Record<string, string>} titles
 * @property {Record<string, [string, string][]>} keys
 * @property {Record<string, [string, string][]>} about heading and text
 * @property {Record<string, string[]>} remarks
 * @property {Record<string, TimelineData>} timeline
 * @property {Record<string, QuestionData[]>} questions
 */

const EVERY = 32; // steps between two that are kept whole

/** One pane's lists of rows, at any step. */
class Track {
  /** @param {Difference[]} steps */
  constructor(steps) {
    this.steps = steps;
    /** @type {number[][]} */
    this.kept = [];
    this.at = -1;
    /** @type {number[]} */
    this.list = [];
  }

  /**
   * Return the numbers of the rows at a step. They are not to be changed.
   * @param {number} step
   */
  rows(step) {
    if (step < this.at || step - this.at > EVERY) {
      const kept = Math.min(Math.floor(step / EVERY), this.kept.length - 1);
      if (kept >= 0 && (step < this.at || kept * EVERY > this.at)) {
        this.at = kept * EVERY;
        this.list = this.kept[kept];
      }
    }
    while (this.at < step) {
      this.at += 1;
      this.list = applied(this.list, this.steps[this.at]);
      if (this.at === this.kept.length * EVERY) this.kept.push(this.list);
    }
    return this.list;
  }
}

/**
 * @param {number[]} list
 * @param {Difference} change
 */
function applied(list, change) {
  if (!change) return list;
  /** @type {number[]} */
  const put = [];
  for (let at = 2; at < change.length; at++) {
    const number = change[at];
    if (number >= 0) put.push(number);
    else for (let more = number; more < 0; more++) put.push(put[put.length - 1] + 1);
  }
  return [...list.slice(0, change[0]), ...put, ...list.slice(change[0] + change[1])];
}

/** The steps of the recording. */
class Walk {
  /** @param {WalkData} data */
  constructor(data) {
    this.data = data;
    /** @type {Map<string, Track>} */
    this.tracks = new Map();
  }

  get last() {
    return this.data.events.length - 1;
  }

  /**
   * @param {string} language
   * @param {string} pane
   * @param {number} step
   */
  numbers(language, pane, step) {
    const key = `${language} ${pane}`;
    let track = this.tracks.get(key);
    if (!track) {
      track = new Track(this.data.panes[language][pane] || []);
      this.tracks.set(key, track);
    }
    return track.steps.length ? track.rows(step) : [];
  }

  /**
   * Return the text of a pane's rows.
   * @param {string} language
   * @param {string} pane
   * @param {number} step
   */
  texts(language, pane, step) {
    const { rows } = this.data;
    return this.numbers(language, pane, step).map((number) => textOf(rows[number].slice(2)));
  }

  /**
   * Return the step that an event belongs to, by its number from 0.
   * @param {number} event
   */
  stepOf(event) {
    const { events } = this.data;
    let low = 0;
    let high = events.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (events[middle] < event) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /**
   * Return the next of some steps, the last step if there is none.
   * @param {number[]} stops
   * @param {number} step
   */
  after(stops, step) {
    return stops.find((stop) => stop > step) ?? this.last;
  }

  /**
   * Return the one before among some steps, the first step if there is none.
   * @param {number[]} stops
   * @param {number} step
   */
  before(stops, step) {
    let found = 0;
    for (const stop of stops) {
      if (stop >= step) break;
      found = stop;
    }
    return found;
  }
}

/** @param {(string | number)[]} pieces */
function textOf(pieces) {
  let text = "";
  for (let at = 0; at < pieces.length; at += 2) text += pieces[at];
  return text;
}

/**
 * Read what is packed in the page.
 * @returns {Promise<PageData>}
 */
async function unpack() {
  const packed = /** @type {HTMLElement} */ (document.getElementById("data"));
  const bytes = Uint8Array.from(atob((packed.textContent || "").trim()), (c) => c.charCodeAt(0));
  packed.remove();
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return JSON.parse(await new Response(stream).text());
}
