// @ts-check
// Predict mode: what is asked before a step, what was answered, and the score.

/** The questions of a walk, and the answers of whoever reads the page. */
class Quiz {
  /**
   * @param {PageData} data
   * @param {Walk} walk
   */
  constructor(data, walk) {
    this.data = data;
    this.walk = walk;
    this.on = false;
    /** @type {Map<number, number>} the choice by question; the last one stands for none */
    this.given = new Map();
    const any = data.questions[data.languages[0]];
    this.steps = any.map((asked) => walk.stepOf(asked.at));
  }

  get count() {
    return this.steps.length;
  }

  /**
   * Return the first question that is asked from one step on and before another; -1 if none is.
   * @param {number} from
   * @param {number} to
   */
  due(from, to) {
    let found = -1;
    this.steps.forEach((step, number) => {
      const earlier = found < 0 || step < this.steps[found];
      if (step >= from && step < to && earlier && !this.given.has(number)) found = number;
    });
    return found;
  }

  /**
   * Return the answers that count: how many are right, and of how many.
   * @param {string} language
   * @param {string} [kind]
   * @returns {[number, number]}
   */
  score(language, kind = "") {
    let right = 0;
    let counted = 0;
    for (const [number, choice] of this.given) {
      const asked = this.data.questions[language][number];
      const came = asked.answers[choice][0];
      if (came < 0 || (kind && asked.kind !== kind)) continue;
      counted += 1;
      right += came;
    }
    return [right, counted];
  }

  /**
   * Return what to look at again: the questions answered wrongly, or skipped, in order.
   * @param {string} language
   */
  again(language) {
    const asked = this.data.questions[language];
    return [...this.given]
      .filter(([number, choice]) => asked[number].answers[choice][0] !== 1)
      .sort(([one], [other]) => this.steps[one] - this.steps[other]);
  }
}
