// @ts-check
// The page: where one is, what is shown, and what keys, buttons, mouse and fingers do.

const PANES = ["path", "source", "calls", "kernel", "ladder"];
/** @type {Record<string, string>} */
const PANE_KEYS = { 1: "path", 2: "source", 3: "calls", 4: "kernel", 6: "ladder" };
const POINTED = ["path", "ladder"]; // the panes whose rows lead somewhere: they have a cursor
const UNITS = ["events", "changes", "stages"];
const PRINTED = 920; // pixels of a printed ladder, which is then as wide as the page: room for all of a packet
const PACES = [4000, 2500, 1600, 1000, 600, 350];

/**
 * Fill the fields of a sentence.
 * @param {string} sentence
 * @param {Record<string, string | number>} fields
 */
function filled(sentence, fields) {
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => String(fields[name] ?? whole));
}

/** @param {PageData} data */
function begin(data) {
  const walk = new Walk(data.walk);
  const quiz = new Quiz(data, walk);
  const drawing = new Drawing(data);
  const ladder = new Ladder(data, $("ladder-svg"), $("ladder-names"), $("ladder-box"));
  const timeline = new Timeline(data, $("timeline-svg"), $("timeline"));
  const path = new PathRows(walk);
  const filter = new Filter(walk, data.filterWords);
  const bookmarks = new Bookmarks(walk);
  const asked = new URLSearchParams(location.search);
  // Of a program that is no Go there may be no source at all: its calls have the place.
  const sourceless = !walk.data.rows.some(([mark]) => data.marks[mark] === "code");
  let step = 0;
  let language = choose(asked.get("lang"));
  let pane = "source";
  let playing = 0;
  let pace = 2;
  let unit = 0;
  let question = -1; // what is asked, or was answered just now
  let held = 0; // the step to go to once it is answered
  let cursor = -1; // the row of the pane that has the keys, if it is one of those with a cursor

  /** @param {string} name */
  const say = (name, fields = {}) => filled(data.labels[language][name], fields);

  /** @param {string | null} wanted */
  function choose(wanted) {
    const first = wanted || (navigator.language || "").split("-")[0];
    return data.languages.includes(first) ? first : data.languages[0];
  }

  // Showing a step

  function show() {
    for (const name of ["said", "note", "goal", "facts", "crumbs", "values", "where"]) {
      drawing.rows($(name), walk.numbers(language, name, step));
    }
    $("note-box").hidden = !walk.numbers(language, "note", step).length || quiz.on;
    for (const name of PANES) {
      if (name !== "ladder") showPane(name);
    }
    const names = walk.data.lanes[walk.numbers(language, "lanes", step)[0]] || [];
    ladder.show(walk.numbers(language, "ladder", step), names);
    timeline.show(language, walk.data.starts[step], walk.data.events[step], quiz.on);
    timeline.mark(bookmarks.steps.map((each) => walk.data.events[each]));
    $("bookmark").setAttribute("aria-pressed", String(bookmarks.steps.includes(step)));
    showFilter();
    if (cursor >= 0) point(Math.min(cursor, rowsOf(pointed()).length - 1));
    const at = say("event", { at: walk.data.events[step] + 1, of: walk.data.count });
    const slider = $("timeline");
    slider.setAttribute("aria-valuenow", String(step + 1));
    slider.setAttribute("aria-valuetext", `${at}. ${walk.texts(language, "said", step)[0]}`);
    /** @type {HTMLButtonElement} */ ($("back")).disabled = step === 0;
    /** @type {HTMLButtonElement} */ ($("previous_stage")).disabled = step === 0;
    /** @type {HTMLButtonElement} */ ($("previous_change")).disabled = step === 0;
    /** @type {HTMLButtonElement} */ ($("first")).disabled = step === 0;
    tell();
  }

  /** @param {string} name */
  function showPane(name) {
    const list = $(`${name}-rows`);
    drawing.rows(list, name === "path" ? path.at(language, step) : walk.numbers(language, name, step));
    const box = /** @type {HTMLElement} */ (list.parentElement);
    if (name === "source") list.style.setProperty("--seen", `${Math.max(box.clientWidth - 30, 200)}px`);
    keepInSight(name);
  }

  /**
   * Bring what a pane is about into sight: after a step, and once there is less room for it.
   * @param {string} name
   */
  function keepInSight(name) {
    if (name === "kernel") return;
    const list = $(`${name}-rows`);
    const here = list.querySelectorAll(".m-here");
    const row = name === "calls" ? list.lastElementChild : here[here.length - 1] || null;
    const box = /** @type {HTMLElement} */ (list.parentElement);
    bringIntoSight(box, row, name === "source" ? 0.35 : 0.7);
  }

  /** Say the step to who listens, once it stands still. */
  function tell() {
    const texts = walk.texts(language, "said", step).slice(0, 1);
    if (!quiz.on) texts.push(...walk.texts(language, "note", step));
    $("live").textContent = texts.join(" ");
  }

  /** @param {number} to */
  function go(to) {
    step = Math.min(Math.max(to, 0), walk.last);
    spell();
    show();
    if (cursor >= 0) point(here(pointed()));
  }

  /** Put where one is into the address, and the bookmarks. */
  function spell() {
    const marks = bookmarks.steps.length ? `&marks=${bookmarks.spelled}` : "";
    try {
      history.replaceState(null, "", `#event=${walk.data.events[step] + 1}${marks}`);
    } catch {
      // a page inside another one may not change its address
    }
  }

  /**
   * Go to the next step that passes the filter; without one that is the next.
   * @param {1 | -1} way
   */
  function stepBy(way) {
    const to = filter.on ? filter.from(step, way) : step + way;
    if (filter.on && to < 0) {
      const named = { filter: filter.text };
      remark(way > 0 ? say("none_ahead", named) : say("none_before", named));
    } else if (way > 0) forward(to);
    else go(to);
  }

  /** Say what the filter is, how many steps pass, and whether this one does. */
  function showFilter() {
    const said = $("filter-said");
    said.hidden = !filter.on;
    if (!filter.on) return;
    said.replaceChildren(
      make("span", "k-key", `${say("filter")} `),
      make("span", "k-strong", `${filter.text}  `),
      make("span", "k-dim", say("steps_pass", { count: filter.count })),
    );
    if (!filter.passes(step)) said.append(make("span", "k-failed", `  ${say("does_not_pass")}`));
  }

  /** @param {1 | -1} way */
  function toBookmark(way) {
    const to = bookmarks.from(step, way);
    if (to < 0) remark(way > 0 ? say("no_bookmark_after") : say("no_bookmark_before"));
    else if (way > 0) forward(to);
    else go(to);
  }

  // The cursor in a pane

  /** Return which pane with a cursor has the keys, "" if none has. */
  function pointed() {
    const id = document.activeElement?.id || "";
    return POINTED.find((name) => `${name}-box` === id) || "";
  }

  /** @param {string} name */
  function rowsOf(name) {
    return name === "ladder" ? ladder.numbers : name ? path.at(language, step) : [];
  }

  /** Return the row that the walk is at. @param {string} name */
  function here(name) {
    if (name === "ladder") return ladder.current;
    const marked = rowsOf(name).findIndex((each) => data.marks[walk.data.rows[each][0]] === "here");
    return Math.max(marked, 0);
  }

  /** Put the cursor on a row of the pane that has the keys. @param {number} at */
  function point(at) {
    const name = pointed();
    cursor = name ? at : -1;
    const list = $("path-rows");
    list.querySelector(".m-cursor")?.classList.remove("m-cursor");
    if (name === "path" && at >= 0) {
      list.children[at].classList.add("m-cursor");
      bringIntoSight($("path-box"), list.children[at], 0.7);
    }
    if (name === "ladder" || ladder.pointed >= 0) ladder.point(name === "ladder" ? at : -1);
  }

  /** @param {number} by */
  function movePointer(by) {
    const name = pointed();
    const rows = rowsOf(name);
    if (!rows.length) return;
    point(Math.min(Math.max(cursor + by, 0), rows.length - 1));
    const [, , , , , , , , said, options = ""] = walk.data.ladder[rows[cursor]] || [];
    const row = walk.data.rows[rows[cursor]];
    $("live").textContent = name === "path" ? textOf(row.slice(2)) : [said, options].join(" ");
  }

  /** Do what a click on the row at the cursor does. */
  function choosePointed() {
    const list = pointed() === "path" ? $("path-rows") : $("ladder-svg");
    const row = list.children[cursor];
    if (row) follow(row);
  }

  /** Go where a row leads, or fold the stage that it stands for. @param {Element} row */
  function follow(row) {
    const stage = Number(row.getAttribute("data-folds"));
    if (row.hasAttribute("data-event")) goToEvent(Number(row.getAttribute("data-event")));
    else if (stage) {
      path.fold(language, step, stage);
      showPane("path");
      if (cursor >= 0) point(cursor);
    }
  }

  for (const name of POINTED) {
    $(`${name}-box`).addEventListener("focus", () => point(here(name)));
    $(`${name}-box`).addEventListener("blur", () => point(-1));
  }

  /**
   * Go forward, unless something is asked before that.
   * @param {number} to
   */
  function forward(to) {
    if (question >= 0) {
      if (!quiz.given.has(question)) {
        $("question").querySelector("button")?.focus();
        return;
      }
      closeQuestion();
    }
    if (step >= walk.last) {
      stop();
      if (quiz.on && quiz.given.size) openReview();
      else remark(say("at_end"));
      return;
    }
    const due = quiz.on ? quiz.due(step, to) : -1;
    if (due < 0) {
      go(to);
      return;
    }
    stop();
    if (quiz.steps[due] !== step) go(quiz.steps[due]);
    held = step + 1;
    ask(due);
  }

  /** @param {string} said */
  function remark(said) {
    $("remark").textContent = said;
  }

  // What can be done, by the name of what it is

  /** @type {Record<string, () => void>} */
  const actions = {
    step: () => stepBy(1),
    back: () => (closeQuestion(), stepBy(-1)),
    next_stage: () => forward(walk.after(walk.data.stages, step)),
    previous_stage: () => (closeQuestion(), go(walk.before(walk.data.stages, step))),
    next_change: () => forward(walk.after(walk.data.changes, step)),
    previous_change: () => (closeQuestion(), go(walk.before(walk.data.changes, step))),
    first: () => (closeQuestion(), go(0)),
    run: () => forward(walk.last),
    play: () => (playing ? stop() : play()),
    faster: () => (pace = Math.min(pace + 1, PACES.length - 1)),
    slower: () => (pace = Math.max(pace - 1, 0)),
    unit: () => {
      unit = (unit + 1) % UNITS.length;
      remark(say(`by_${UNITS[unit]}`));
    },
    goto: () => openDialog("goto"),
    search: () => openDialog("search"),
    filter: () => openDialog("filter"),
    bookmark: () => {
      bookmarks.toggle(step);
      spell();
      show();
    },
    bookmarks: () => openBookmarks(),
    next_bookmark: () => toBookmark(1),
    previous_bookmark: () => (closeQuestion(), toBookmark(-1)),
    predict: () => {
      quiz.on = !quiz.on;
      stop();
      closeQuestion();
      document.body.classList.toggle("predicting", quiz.on);
      $("predict").setAttribute("aria-pressed", String(quiz.on));
      showScore();
      remark(quiz.on ? (quiz.count ? say("hushed") : say("no_more")) : "");
      show();
    },
    review: () => openReview(),
    goals: () => {
      if (quiz.on) remark(say("hushed"));
      else if (!walk.numbers(language, "purpose", step).length) remark(say("no_purpose"));
      else openDialog("goals");
    },
    language: () => {
      language = data.languages[(data.languages.indexOf(language) + 1) % data.languages.length];
      speak();
    },
    theme: () => {
      const dark = getComputedStyle(document.documentElement).colorScheme === "dark";
      document.documentElement.dataset.theme = dark ? "light" : "dark";
    },
    help: () => openDialog("help"),
    print: () => window.print(),
    zoom: () => {
      const zoomed = document.body.classList.toggle("zoomed");
      if (zoomed) choosePane(pane);
      show();
    },
  };

  /** @type {Record<string, string>} */
  const keys = {
    " ": "step",
    ArrowRight: "step",
    ArrowLeft: "back",
    Backspace: "back",
    n: "next_stage",
    b: "previous_stage",
    N: "previous_stage",
    w: "next_change",
    W: "previous_change",
    r: "run",
    Home: "first",
    End: "run",
    G: "run",
    t: "play",
    ".": "play",
    "+": "faster",
    "=": "faster",
    "-": "slower",
    U: "unit",
    g: "goto",
    "/": "search",
    F: "filter",
    m: "bookmark",
    M: "bookmarks",
    "]": "next_bookmark",
    "[": "previous_bookmark",
    p: "predict",
    R: "review",
    i: "goals",
    l: "language",
    T: "theme",
    z: "zoom",
    "?": "help",
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]")) return;
    const focused = /** @type {HTMLElement} */ (event.target);
    // Of a dialog that has just been closed something has the focus until the page is drawn again.
    const target = focused.closest("dialog") ? document.body : focused;
    const choice = Number(event.key) - 1;
    if (question >= 0 && !quiz.given.has(question)) {
      const buttons = $("question").querySelectorAll("button");
      if (choice >= 0 && choice < buttons.length - 1) {
        buttons[choice].focus(); // marked: Enter answers
        event.preventDefault();
        return;
      }
    } else if (PANE_KEYS[event.key]) {
      const again = document.activeElement === $(`${PANE_KEYS[event.key]}-box`);
      if (again) actions.zoom();
      else choosePane(PANE_KEYS[event.key], true);
      event.preventDefault();
      return;
    } else if (event.key === "7") {
      $("timeline").focus();
      return;
    }
    if ((event.key === " " || event.key === "Enter") && target.closest("button, a, summary")) return;
    if (event.key === "Enter" && question >= 0 && quiz.given.has(question)) {
      actions.step();
      return;
    }
    if (event.key === "Escape") {
      document.body.classList.remove("zoomed");
      if (question >= 0) skipOrClose();
      show();
      return;
    }
    if (cursor >= 0) {
      const by = { ArrowUp: -1, k: -1, ArrowDown: 1, j: 1 }[event.key];
      if (by) movePointer(by);
      else if (event.key === "Enter") choosePointed();
      if (by || event.key === "Enter") {
        event.preventDefault();
        return;
      }
    }
    const action = keys[event.key];
    if (!action) return;
    event.preventDefault();
    if (action !== "play" && action !== "faster" && action !== "slower") stop();
    remark("");
    actions[action]();
  });

  document.addEventListener("click", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (target instanceof HTMLDialogElement) target.close(); // beside what is in it
    const button = /** @type {HTMLElement | null} */ (target.closest("[data-do]"));
    if (button) {
      const action = button.dataset.do || "";
      if (action !== "play") stop();
      remark("");
      actions[action]();
      return;
    }
    const tab = /** @type {HTMLElement | null} */ (target.closest("[data-pane]"));
    if (tab) choosePane(tab.dataset.pane || pane);
    const row = target.closest("[data-event], [data-folds]");
    if (row && !String(getSelection() || "")) follow(row);
  });

  /** @param {number} event */
  function goToEvent(event) {
    stop();
    closeQuestion();
    closeDialogs();
    const to = walk.stepOf(event);
    if (quiz.on && to > step) forward(to);
    else go(to);
  }

  // Panes

  /**
   * @param {string} name
   * @param {boolean} [focus]
   */
  function choosePane(name, focus = false) {
    if (sourceless && name === "source") {
      remark(say("no_source"));
      return;
    }
    pane = name;
    document.body.dataset.pane = name;
    for (const tab of document.querySelectorAll("[data-pane]")) {
      if (tab !== document.body) {
        tab.setAttribute("aria-pressed", String(/** @type {HTMLElement} */ (tab).dataset.pane === name));
      }
    }
    if (focus) $(`${name}-box`).focus();
    show();
  }

  // Playing by itself

  function play() {
    if (step >= walk.last) go(0);
    document.body.classList.add("playing");
    $("play").setAttribute("aria-label", say("pause"));
    const next = () => {
      const times = quiz.on ? 1 : walk.data.times[step];
      playing = window.setTimeout(() => {
        const stops = [null, walk.data.changes, walk.data.stages][unit];
        if (stops) forward(walk.after(stops, step));
        else stepBy(1);
        if (playing && step < walk.last && question < 0) next();
        else stop();
      }, PACES[pace] * Math.min(times, 6));
    };
    next();
  }

  function stop() {
    window.clearTimeout(playing);
    playing = 0;
    document.body.classList.remove("playing");
    $("play").setAttribute("aria-label", say("play"));
  }

  // Questions

  /** @param {number} number */
  function ask(number) {
    question = number;
    const record = data.questions[language][number];
    const box = $("question");
    box.replaceChildren();
    box.append(make("p", "kind", record.kind));
    const choices = make("div", "choices");
    /** @type {HTMLElement | null} */
    let first = null;
    for (const [choice, ...pieces] of record.rows) {
      if (choice < 0) {
        if (pieces.length) box.append(drawing.pieces(make("p", "asked"), pieces));
        continue;
      }
      const button = drawing.pieces(make("button", "choice"), pieces);
      button.addEventListener("click", () => answer(choice));
      first = first || button;
      choices.append(button);
    }
    const skip = make("button", "skip", say("skip"));
    skip.addEventListener("click", () => answer(record.answers.length - 1));
    box.append(choices, skip);
    $("quiz").hidden = false;
    if (first) first.focus();
  }

  /** @param {number} choice */
  function answer(choice) {
    if (question < 0) return;
    const record = data.questions[language][question];
    quiz.given.set(question, choice);
    const more = quiz.due(step, step + 1);
    if (choice === record.answers.length - 1 && more >= 0) {
      ask(more);
      return;
    }
    showScore();
    showVerdict();
    if (more < 0) go(held);
  }

  function showVerdict() {
    const record = data.questions[language][question];
    const [, verdict] = record.answers[quiz.given.get(question) || 0];
    const box = $("question");
    box.replaceChildren(make("p", "kind", record.kind));
    const said = make("div", "verdict");
    for (const pieces of verdict) said.append(drawing.pieces(make("p"), pieces));
    const on = make("button", "go-on", say("go_on"));
    on.addEventListener("click", () => {
      const due = quiz.due(step, step + 1);
      if (due >= 0) ask(due);
      else closeQuestion();
    });
    box.append(said, on);
    $("quiz").hidden = false;
    $("live").textContent = verdict.map(textOf).join(" ");
    on.focus();
  }

  function skipOrClose() {
    if (quiz.given.has(question)) closeQuestion();
    else answer(data.questions[language][question].answers.length - 1);
  }

  function closeQuestion() {
    question = -1;
    $("quiz").hidden = true;
  }

  function showScore() {
    const [right, counted] = quiz.score(language);
    $("score").textContent = quiz.on
      ? counted
        ? say("score", { right, counted })
        : say("unasked")
      : "";
  }

  // Dialogs

  /** @param {string} name */
  function openDialog(name) {
    closeDialogs();
    const dialog = /** @type {HTMLDialogElement} */ ($(`${name}-dialog`));
    if (name === "goals") drawing.rows($("purpose"), walk.numbers(language, "purpose", step));
    if (name === "search") find();
    if (name === "filter") {
      /** @type {HTMLInputElement} */ ($("filter-words")).value = filter.text;
      $("filter-trouble").textContent = "";
    }
    if (name === "goto") {
      /** @type {HTMLInputElement} */ ($("goto-where")).value = "";
      $("goto-trouble").textContent = "";
    }
    dialog.showModal();
  }

  function closeDialogs() {
    for (const dialog of document.querySelectorAll("dialog")) dialog.close();
  }

  function openReview() {
    const box = $("review");
    box.replaceChildren();
    const [right, counted] = quiz.score(language);
    const total = counted ? say("score", { right, counted }) : say("unasked");
    box.append(make("p", "total", total));
    const kinds = new Set(data.questions[language].map((each) => each.kind));
    const list = make("ul", "kinds");
    for (const kind of kinds) {
      const [well, of] = quiz.score(language, kind);
      if (of) list.append(make("li", "", say("score_kind", { kind, right: well, counted: of })));
    }
    const again = quiz.again(language);
    box.append(list, make("h3", "", say("again")));
    if (!again.length) box.append(make("p", "k-dim", say("all_right")));
    for (const [number, choice] of again) {
      const record = data.questions[language][number];
      const part = make("div", "again");
      for (const pieces of record.answers[choice][2]) part.append(drawing.pieces(make("p"), pieces));
      const look = make("button", "", say("look", { number: record.sight + 1 }));
      look.addEventListener("click", () => goToEvent(record.sight));
      part.append(look);
      box.append(part);
    }
    openDialog("review");
  }

  function openBookmarks() {
    const list = $("bookmark-list");
    list.replaceChildren();
    for (const at of bookmarks.steps) {
      const event = walk.data.events[at];
      const to = make("button", "to", `${event + 1}  ${walk.texts(language, "said", at)[0]}`);
      to.addEventListener("click", () => goToEvent(event));
      const remove = make("button", "", "×");
      remove.setAttribute("aria-label", say("remove_bookmark", { number: event + 1 }));
      remove.addEventListener("click", () => {
        bookmarks.toggle(at);
        spell();
        openBookmarks();
        show();
      });
      const item = make("li");
      item.append(to, remove);
      list.append(item);
    }
    if (!bookmarks.steps.length) list.append(make("li", "k-dim", say("no_bookmark")));
    openDialog("bookmarks");
  }

  /** Search all steps for the words that were typed. */
  function find() {
    const words = /** @type {HTMLInputElement} */ ($("search-words")).value.toLowerCase().trim();
    const list = $("found");
    list.replaceChildren();
    let count = 0;
    for (let at = 0; words && at <= walk.last; at++) {
      if (quiz.on && at > step) break;
      const [said] = walk.texts(language, "said", at);
      const all = [said, ...walk.texts(language, "find", at)];
      if (!quiz.on) all.push(...walk.texts(language, "note", at));
      if (!all.some((text) => text.toLowerCase().includes(words))) continue;
      count += 1;
      if (count > 200) continue;
      const number = walk.data.events[at] + 1;
      const item = make("li");
      const button = make("button", "", `${number}  ${said}`);
      button.addEventListener("click", () => goToEvent(walk.data.events[at]));
      item.append(button);
      list.append(item);
    }
    const said = count ? say("matches", { count }) : say("no_match");
    $("found-count").textContent = words ? said : "";
  }

  $("timeline").setAttribute("aria-valuemax", String(walk.last + 1));
  $("search-words").addEventListener("input", find);
  $("search-form").addEventListener("submit", (event) => {
    event.preventDefault();
    $("found").querySelector("button")?.click();
  });
  $("goto-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const wanted = /** @type {HTMLInputElement} */ ($("goto-where")).value.trim();
    const number = Number(wanted.replace(/^#/, ""));
    const stage = data.timeline[language].bands.find(
      ([, , name]) => name.toLowerCase() === wanted.toLowerCase(),
    );
    if (Number.isInteger(number) && number > 0 && number <= walk.data.count) goToEvent(number - 1);
    else if (wanted && stage) {
      const { columns } = data.timeline[language];
      goToEvent(Math.ceil((stage[0] * walk.data.count) / columns));
    } else $("goto-trouble").textContent = say("no_event");
  });

  $("filter-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const { value } = /** @type {HTMLInputElement} */ ($("filter-words"));
    const had = filter.on;
    const unknown = filter.set(value);
    if (unknown) {
      const allowed = data.filterWords.join(" ");
      $("filter-trouble").textContent = say("filter_unknown", { given: unknown, allowed });
      return;
    }
    closeDialogs();
    if (had && !filter.on) remark(say("no_filter"));
    show();
  });

  // The timeline

  let dragging = false;
  const box = $("timeline");
  /** @param {PointerEvent} event */
  const drag = (event) => {
    const to = walk.stepOf(timeline.eventAt(event.clientX));
    if (!quiz.on || to <= step) go(to);
  };
  box.addEventListener("pointerdown", (event) => {
    dragging = true;
    stop();
    closeQuestion();
    box.setPointerCapture(event.pointerId);
    drag(event);
  });
  box.addEventListener("pointermove", (event) => dragging && drag(event));
  for (const name of ["pointerup", "pointercancel"]) {
    box.addEventListener(name, () => (dragging = false));
  }

  // Swiping over what is said steps, as turning a page does
  let since = 0;
  $("said-box").addEventListener("touchstart", (event) => (since = event.touches[0].clientX));
  $("said-box").addEventListener("touchend", (event) => {
    const way = event.changedTouches[0].clientX - since;
    if (Math.abs(way) > 50) actions[way < 0 ? "step" : "back"]();
  });

  // Words

  function speak() {
    document.documentElement.lang = language;
    document.title = data.titles[language];
    $("title").textContent = data.titles[language];
    for (const each of document.querySelectorAll("[data-say]")) {
      each.textContent = data.labels[language][/** @type {HTMLElement} */ (each).dataset.say || ""];
    }
    for (const each of document.querySelectorAll("[data-label]")) {
      const element = /** @type {HTMLElement} */ (each);
      const said = data.labels[language][element.dataset.label || ""];
      const key = element.dataset.key;
      element.setAttribute("aria-label", said);
      element.title = key ? `${said} (${key})` : said;
    }
    const other = data.languages[(data.languages.indexOf(language) + 1) % data.languages.length];
    $("language").textContent = data.labels[other].name;
    $("language").setAttribute("lang", other);
    $("help").replaceChildren(
      ...data.keys[language].map(([key, said]) => {
        const line = make("tr");
        line.append(make("th", "", key), make("td", "", said));
        return line;
      }),
    );
    $("remarks").replaceChildren(...data.remarks[language].map((said) => make("p", "", said)));
    $("about").replaceChildren(
      ...data.about[language].flatMap(([heading, text]) => [
        make("h3", "", heading),
        make("pre", "", text),
      ]),
    );
    showScore();
    if (question >= 0) {
      if (quiz.given.has(question)) showVerdict();
      else ask(question);
    }
    show();
  }

  // Printing: a page of the stages

  function handout() {
    const into = $("handout");
    into.replaceChildren(make("h1", "", data.titles[language]), make("h2", "", say("handout")));
    let before = -1;
    for (const at of walk.data.stages) {
      const part = make("section");
      const number = walk.data.events[at] + 1;
      part.append(make("h3", "", `${number}  ${walk.texts(language, "said", at)[0]}`));
      for (const name of ["crumbs", "values", "note"]) {
        for (const each of walk.numbers(language, name, at)) {
          part.append(drawing.pieces(make("p", `p-${name}`), walk.data.rows[each], 2));
        }
      }
      const lines = make("ul", "rows");
      const source = walk.numbers(language, "source", at);
      const here = source.findIndex((each) => data.marks[walk.data.rows[each][0]] === "here");
      if (here >= 0) {
        for (const each of source.slice(Math.max(here - 3, 0), here + 4)) lines.append(drawing.row(each));
      }
      const calls = walk.numbers(language, "calls", at);
      const then = before < 0 ? [] : walk.numbers(language, "calls", before);
      const fresh = make("ul", "rows");
      for (const each of calls.filter((one) => !then.includes(one)).slice(-8)) fresh.append(drawing.row(each));
      const kernel = make("ul", "rows");
      for (const each of walk.numbers(language, "kernel", at)) kernel.append(drawing.row(each));
      const left = make("div");
      const right = make("div");
      if (fresh.childElementCount) left.append(make("h4", "", say("call")), fresh);
      right.append(make("h4", "", say("kernel_then")), kernel);
      const beside = make("div", "beside");
      beside.append(left, right);
      part.append(lines, beside);
      into.append(part);
      before = at;
    }
    const picture = draw("svg", {});
    const head = draw("svg", { height: 22 });
    const whole = new Ladder(data, picture, head, make("div"));
    whole.width = PRINTED;
    const names = walk.data.lanes[walk.numbers(language, "lanes", walk.last)[0]] || [];
    whole.show(walk.numbers(language, "ladder", walk.last), names);
    const drawn = make("section", "drawn");
    drawn.append(make("h3", "", say("ladder")), head, picture);
    into.append(drawn);
    show();
  }

  window.addEventListener("beforeprint", handout);
  window.addEventListener("resize", () => show());
  window.addEventListener("hashchange", () => fromAddress());
  // A question, a note or another window may leave a pane less room.
  const resized = new ResizeObserver((boxes) =>
    boxes.forEach((each) => keepInSight(each.target.id.replace("-box", ""))),
  );
  for (const name of PANES) if (name !== "ladder") resized.observe($(`${name}-box`));
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => show());

  function fromAddress() {
    const address = new URLSearchParams(location.hash.slice(1));
    const marks = address.get("marks") || "";
    if (marks !== bookmarks.spelled) {
      bookmarks.spelled = marks;
      show();
    }
    const number = Number(address.get("event"));
    if (number > 0) {
      const to = walk.stepOf(number - 1);
      if (to !== step) go(to);
    }
  }

  const theme = asked.get("theme");
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
  if (asked.has("embed")) document.body.classList.add("embedded");
  $("goal-box").hidden = !walk.numbers(language, "goal", 0).length;
  if (sourceless) {
    document.body.classList.add("sourceless");
    pane = "calls";
  }
  choosePane(PANES.includes(asked.get("pane") || "") ? String(asked.get("pane")) : pane);
  speak();
  fromAddress();
  document.body.classList.remove("loading");
  return { walk, go, actions, data };
}

unpack().then(
  (data) => {
    // What tests, and whoever embeds the page, may ask.
    Object.assign(window, { walkthrough: begin(data) });
  },
  (error) => {
    $("trouble").hidden = false;
    console.error(error);
  },
);
