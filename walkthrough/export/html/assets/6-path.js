// @ts-check
// The path: the stages, each folded or unfolded as whoever reads the page wants it.

const FOLDS = -2; // a row that folds leads to this or less: to its stage

/** The path's rows at a step, made of those that follow the walk and those that were chosen. */
class PathRows {
  /** @param {Walk} walk */
  constructor(walk) {
    this.walk = walk;
    /** @type {Map<number, boolean>} whether a stage is unfolded, by where its row leads */
    this.chosen = new Map();
  }

  /** @param {number} number of a row */
  leads(number) {
    return this.walk.data.rows[number][1];
  }

  /**
   * Return the numbers of the rows.
   * @param {string} language
   * @param {number} step
   */
  at(language, step) {
    const shown = this.walk.numbers(language, "path", step);
    if (!this.chosen.size) return shown;
    const shut = this.walk.numbers(language, "path_shut", step);
    const usual = this.stages(shown, shut);
    const open = this.stages(this.walk.numbers(language, "path_open", step), shut);
    return shut.flatMap((stage, at) => {
      const unfolded = this.chosen.get(this.leads(stage));
      if (unfolded === undefined) return usual[at];
      return unfolded ? open[at] : [stage];
    });
  }

  /**
   * Divide rows into stages.
   * @param {number[]} rows
   * @param {number[]} shut the rows of the stages alone
   */
  stages(rows, shut) {
    /** @type {number[][]} */
    const found = [];
    for (const number of rows) {
      if (this.leads(number) <= FOLDS || shut.includes(number)) found.push([]);
      found[found.length - 1].push(number);
    }
    return found;
  }

  /**
   * Fold or unfold a stage.
   * @param {string} language
   * @param {number} step
   * @param {number} stage where its row leads
   */
  fold(language, step, stage) {
    const shut = this.walk.numbers(language, "path_shut", step);
    const stages = this.stages(this.at(language, step), shut);
    const rows = stages.find(([first]) => this.leads(first) === stage);
    this.chosen.set(stage, rows?.length === 1);
  }
}
