"""What a walk is for: the goal to come, what to do for it, what was seen, and what to try next.

Pure: a scenario and the events at which its goals were reached in, rows out. It knows neither
widgets nor the walk. What a reader has yet to guess it keeps back (`WalkPurpose.hushed`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.scenario.schema import Goal, Scenario
from walkthrough.view.quiz import ClickableRow
from walkthrough.view.text import Piece, Row, elide, safe, width_of, wrap


@dataclass(frozen=True, slots=True)
class WalkPurpose:
    """What a walk is for, and how far it has come.

    Attributes:
        scenario: The scenario.
        goals: Those of its goals that hold for this walk.
        reached: For each the event at which it was reached, from 1; None if it has not been at the
            step that is shown. It is the event's own number: that of its step, which the header
            shows, grows while others come to ride with it.
        new: The goals that this very step has reached, by their places.
        missed: Those that cannot be reached any more in this walk, by their places.
        live: Whether the user is the client, and can do something for it.
        over: Whether nothing more will come.
        hushed: Whether there may be questions about what comes: then only what was seen is told.
    """

    scenario: Scenario
    goals: tuple[Goal, ...] = ()
    reached: tuple[int | None, ...] = ()
    new: tuple[int, ...] = ()
    missed: tuple[int, ...] = ()
    live: bool = False
    over: bool = False
    hushed: bool = False

    @property
    def count(self) -> int:
        """How many goals have been reached."""
        return sum(event is not None for event in self.reached)

    @property
    def settled(self) -> bool:
        """Whether there are goals, and none is left: all were reached, or are missed."""
        return bool(self.goals) and self.current < 0

    @property
    def current(self) -> int:
        """The goal to show, by its place; -1 if none is left.

        It is the first that is left behind the last that was reached: what comes before that can
        perhaps not be reached any more, and is taken up again when nothing else is left.
        """
        left = [
            at for at, event in enumerate(self.reached) if event is None and at not in self.missed
        ]
        last = max((at for at, event in enumerate(self.reached) if event is not None), default=-1)
        return next((at for at in left if at > last), left[0] if left else -1)


def goal_bar_rows(
    purpose: WalkPurpose,
    tr: Catalogue,
    width: int,
    height: int,
    *,
    key: str = "",
    due: Row = (),
    now: bool = True,
) -> list[Row]:
    """Write the bar: the goal to come, and below it what to do; or what this step has reached.

    Args:
        purpose: What the walk is for.
        tr: The catalogue of the language to say it in.
        width: Cells of a row.
        height: Rows there are.
        key: The key that opens what `purpose_rows` writes.
        due: What a client is to do next and when.
        now: Whether that is due now: then, with two rows, it takes the place of the goal's own
            advice.
    """
    first, second = _bar(purpose, tr, key)
    if width_of(first) > width and (height < 2 or second or due):
        first, second = _bar(purpose, tr, key, short=True)
    below = [second] if second else []
    below += [_fitted((Piece("   "), *due), width)] if due else []
    if height < 3:
        ends = bool(purpose.new) and purpose.settled  # that is said before what is left to do
        below = below[-1:] if now and not ends else below[:1]
    lines = [*chain.from_iterable(_cut(wrap(row, width, 3), 1, width) for row in below)]
    if height < 2:
        lines = []
    rows = _cut(wrap(first, width, width_of(first[:1])), height - len(lines), width)
    return [*rows, *lines]


def _fitted(act: Row, width: int) -> Row:
    """Cut what a client does, not when: its moment and its key stand behind it."""
    over = width_of(act) - width
    longest = max(act[:-2], key=lambda piece: len(piece.text), default=Piece(""))
    if over <= 0 or width_of((longest,)) <= over:
        return act
    cut = longest._replace(text=elide(longest.text, width_of((longest,)) - over))
    return tuple(cut if piece is longest else piece for piece in act)


def _bar(purpose: WalkPurpose, tr: Catalogue, key: str, *, short: bool = False) -> tuple[Row, Row]:
    """Return what the bar says, and what to do; ``short`` leaves a word out to make room."""
    of = len(purpose.goals)
    lead = Piece(f" {key} ", "key")
    if not of:
        about = purpose.scenario.title if purpose.hushed else purpose.scenario.summary
        return (lead, Piece(safe(about.says(tr.language)))), ()
    at = purpose.current
    if purpose.new:
        seen = purpose.new[-1]
        what = Piece(_look(purpose.goals[seen], tr), "strong")
        then = tr("next goal: {goal}", goal=_shown_look(purpose, at, tr)) if at >= 0 else ""
        said = Piece("   " + (then or _settled(purpose, key, tr)), "dim")
        return (lead, _numbered("✓ ", seen, of, tr, short), what), (said,)
    if at < 0:
        mark = "✓ " if purpose.count == of else ""
        head = _numbered(mark, purpose.count - 1, of, tr, short)
        return (lead, head, Piece(_settled(purpose, key, tr))), ()
    what = Piece(_shown_look(purpose, at, tr), "strong")
    return (lead, _numbered("", at, of, tr, short), what), _advice(purpose, at, tr)


def _numbered(mark: str, at: int, of: int, tr: Catalogue, short: bool) -> Piece:
    said = f"{at + 1}/{of}"
    if not short:
        said = tr("Goal {number}/{count}", number=at + 1, count=of)
    return Piece(f"{mark}{said}  ", "done" if mark else "current")


def _advice(purpose: WalkPurpose, at: int, tr: Catalogue) -> Row:
    how = purpose.goals[at].how
    if how is None or not purpose.live or purpose.over:
        return ()
    return Piece("   "), Piece(safe(how.says(tr.language)))


def _settled(purpose: WalkPurpose, key: str, tr: Catalogue) -> str:
    if purpose.count == len(purpose.goals):
        return tr("All seen; {key} says at which events, and what to try next.", key=key)
    return tr("The rest is over; {key} says what you saw, and what to try next.", key=key)


def _look(goal: Goal, tr: Catalogue) -> str:
    return safe(goal.look.says(tr.language))


def _shown_look(purpose: WalkPurpose, at: int, tr: Catalogue) -> str:
    """Return what to look for; a reader who predicts is not told what comes."""
    if purpose.hushed:
        return tr("it is shown once you have seen it: you are asked first")
    return _look(purpose.goals[at], tr)


def _cut(rows: Sequence[Row], most: int, width: int) -> list[Row]:
    """Return the first ``most`` rows; of what is left out an ellipsis is left."""
    if len(rows) <= most:
        return list(rows)
    if most < 1:
        return []
    *head, (text, kind) = rows[most - 1]
    cut = Piece(elide(text.rstrip() + "…", max(width - width_of(head), 1)), kind)
    return [*rows[: most - 1], (*head, cut)]


def purpose_rows(
    purpose: WalkPurpose,
    tr: Catalogue,
    width: int,
    *,
    following: Scenario | None = None,
    keys: Sequence[tuple[str, str]] = (),
) -> list[ClickableRow]:
    """Write the scenario's text with its goals; at the end of a walk, first what was seen.

    What a click on a row means is the event at which a goal was reached, as a number from 0.

    Args:
        purpose: What the walk is for.
        tr: The catalogue of the language to say it in.
        width: Cells of a row.
        following: The scenario to try next, None if there is none.
        keys: Keys that matter here, each with what it does in a word or two.
    """
    scenario = purpose.scenario
    done = purpose.over or purpose.settled
    parts = [
        _goals(purpose, tr, width),
        _next(purpose, tr, width, following) if done else [],
        _about(purpose, tr, width),
        _keys(tr, width, keys),
    ]
    if not done:
        parts = [parts[2], parts[0], parts[3]]
    rows = _paragraph(scenario.title.says(tr.language), width, "strong")
    for part in filter(None, parts):
        rows += [ClickableRow(()), *part]
    return rows


def _heading(text: str) -> ClickableRow:
    return ClickableRow((Piece(text, "heading"),))


def _paragraph(text: str, width: int, kind: str = "") -> list[ClickableRow]:
    return [ClickableRow(row) for row in wrap((Piece(safe(text), kind),), width)]


def marked(text: str) -> Row:
    """Return a text with what is typed, which stands between backticks in it, marked as a key."""
    parts = safe(text).split("`")
    return tuple(Piece(part, "key" if at % 2 else "") for at, part in enumerate(parts) if part)


def _about(purpose: WalkPurpose, tr: Catalogue, width: int) -> list[ClickableRow]:
    """Write the summary; where questions are asked, only the line that makes curious."""
    scenario = purpose.scenario
    if not purpose.hushed:
        return _paragraph(scenario.summary.says(tr.language), width)
    return _paragraph(scenario.teaser.says(tr.language), width) if scenario.teaser else []


def _goals(purpose: WalkPurpose, tr: Catalogue, width: int) -> list[ClickableRow]:
    if not purpose.goals:
        return []
    said = tr("What you saw") if purpose.over or purpose.settled else tr("Goals")
    count = tr("{number} of {count}", number=purpose.count, count=len(purpose.goals))
    return [_heading(f"{said} · {count}"), *_goal_rows(purpose, tr, width)]


def _goal_rows(purpose: WalkPurpose, tr: Catalogue, width: int) -> Iterator[ClickableRow]:
    for at, (goal, event) in enumerate(zip(purpose.goals, purpose.reached, strict=True)):
        if event is not None:
            rows = wrap((Piece("✓ ", "done"), Piece(_look(goal, tr))), width, 2)
            where = Piece(tr("event {number}", number=event), "key")
            if width_of((*rows[-1], where)) + 2 <= width:
                rows[-1] = (*rows[-1], Piece("  "), where)
            else:
                rows.append((Piece("  "), where))
            yield from (ClickableRow(row, event - 1) for row in rows)
            continue
        here = at == purpose.current and not purpose.over
        mark = Piece("> ", "current") if here else Piece("· ", "ahead")
        look = Piece(_shown_look(purpose, at, tr), "strong" if here else "dim")
        missed: Row = (Piece("  " + tr("not seen"), "dim"),) if purpose.over else ()
        if at in purpose.missed and not purpose.over:
            missed = (Piece("  " + tr("too late for it in this walk"), "dim"),)
        yield from (ClickableRow(row) for row in wrap((mark, look, *missed), width, 2))
        how = _advice(purpose, at, tr)
        if how and not missed:
            advice = (Piece("    "), *how[1:])
            yield from (ClickableRow(row) for row in wrap(advice, width, 4))


def _next(
    purpose: WalkPurpose, tr: Catalogue, width: int, following: Scenario | None
) -> list[ClickableRow]:
    """Write what to try next: what the scenario says, and with what the course goes on."""
    rows = []
    if purpose.scenario.try_next is not None:
        said = marked(purpose.scenario.try_next.says(tr.language))
        rows += [ClickableRow(row) for row in wrap(said, width)]
    if following is not None:
        course = Piece(tr("Next in the course: "), "dim")
        name = (course, Piece(following.name, "key"), Piece("  "))
        title = Piece(safe(following.title.says(tr.language)), "strong")
        teaser = following.teaser.says(tr.language) if following.teaser is not None else ""
        line = (*name, title, *((Piece(f" · {safe(teaser)}"),) if teaser else ()))
        rows += [ClickableRow(row) for row in wrap(line, width, 2)]
    if purpose.count < len(purpose.goals):
        again = tr("What was not seen can be in another walk: begin it again from home.")
        rows += _paragraph(again, width)
    return [_heading(tr("Try next")), *rows] if rows else []


def _keys(tr: Catalogue, width: int, keys: Sequence[tuple[str, str]]) -> list[ClickableRow]:
    pieces: list[Piece] = []
    rows: list[Row] = []
    for shown, label in keys:
        pair = [Piece(shown, "key"), Piece(f" {label}   ")]
        if pieces and width_of((*pieces, *pair)) - 3 > width:
            rows.append(tuple(pieces))
            pieces = []
        pieces += pair
    if pieces:
        rows.append(tuple(pieces))
    return [_heading(tr("Keys")), *map(ClickableRow, rows)] if rows else []
