"""A comparison as lines to read: stage by stage, both sides, and a description of what differs.

Pure: lines of pieces, each of a kind that whoever prints them may colour. All text is printable.
"""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from walkthrough.compare.json_report import counts
from walkthrough.compare.model import DIFFERENCES, Comparison, Pair, PairVerdict, Row
from walkthrough.formatting.escaping import printable
from walkthrough.model.stages import NOWHERE, Place, Stage
from walkthrough.strace_log.arguments import plain, split

_MARKS = {
    PairVerdict.SAME: "=",
    PairVerdict.MOVED: "~",
    PairVerdict.ORDER: "≠",
    PairVerdict.ARGUMENTS: "≠",
    PairVerdict.RESULT: "≠",
    PairVerdict.MISSING: "-",
    PairVerdict.EXTRA: "+",
    PairVerdict.BEYOND: " ",
    PairVerdict.POLL: " ",
}
_SPARED = frozenset({PairVerdict.BEYOND, PairVerdict.POLL})
_LEAST_WIDTH = 40
_RESULT_WIDTH = 24
_MOST_NAMES = 6
_WIDEST_SIDE = 14


class TableLine(NamedTuple):
    """One line of the table.

    Attributes:
        text: The line, no wider than asked for.
        kind: ``heading``, ``same``, ``different``, ``spared`` or ``said``.
    """

    text: str
    kind: str


def table(comparison: Comparison, width: int, *, everything: bool = False) -> Iterator[TableLine]:
    """Yield the lines of the table.

    Args:
        comparison: What to show.
        width: Columns at most.
        everything: Include polls, and what is beyond one of the sides.
    """
    width = max(width, _LEAST_WIDTH)
    names = (_short(comparison.left.name), _short(comparison.right.name))
    room = max(map(len, (*names, "both")))
    heading: str | None = None
    shown = Place()
    started = 0
    for pair in comparison.pairs:
        if not everything:
            if pair.verdict in _SPARED:
                continue
            if _is_start(comparison, pair):
                started += 1
                continue
            if started:
                said = f"{_many(started, 'call')} before the program's main, the same"
                yield TableLine(_cut(f"= {'both':<{room}}  … {said}", width), "spared")
                started = 0
        place = _place(comparison, pair)
        if place != NOWHERE or heading is None:
            shown = place
        if (title := _heading(shown)) != heading:
            heading = title
            yield TableLine(title, "heading")
        yield from _lines(comparison, pair, names, room, width)


def _is_start(comparison: Comparison, pair: Pair) -> bool:
    """Return whether a pair is equal and belongs to a language's own start."""
    mains = (comparison.left.main, comparison.right.main)
    before = (pair.left is not None and pair.left < mains[0]) or (
        pair.right is not None and pair.right < mains[1]
    )
    return before and pair.verdict not in DIFFERENCES


def _lines(
    comparison: Comparison, pair: Pair, names: tuple[str, str], room: int, width: int
) -> Iterator[TableLine]:
    left = comparison.left.rows[pair.left] if pair.left is not None else None
    right = comparison.right.rows[pair.right] if pair.right is not None else None
    different = pair.verdict in DIFFERENCES
    kind = "different" if different else "spared" if pair.verdict in _SPARED else "same"
    mark = _MARKS[pair.verdict]
    if left is not None and right is not None and _text(left) == _text(right):
        yield TableLine(_line(mark, "both", left, room, width), kind)
    else:
        if left is not None:
            yield TableLine(_line(mark, names[0], left, room, width), kind)
        if right is not None:
            yield TableLine(
                _line(mark if left is None else " ", names[1], right, room, width), kind
            )
    if different:
        indent = " " * (room + 4)
        for said in _differences(pair, left, right, names):
            yield TableLine(_cut(f"{indent}{said}", width), "said")


def _line(mark: str, who: str, row: Row, room: int, width: int) -> str:
    result = printable(row.result or "?")
    call = printable(f"{row.name}({row.arguments})")
    start = f"{mark} {who:<{room}}  "
    bare = result.partition(" (")[0] + " (INJECTED)" * result.endswith("(INJECTED)")
    result = f" = {_cut(bare, _RESULT_WIDTH)}"
    return f"{start}{_cut(call, width - len(start) - len(result))}{result}"


def _differences(
    pair: Pair, left: Row | None, right: Row | None, names: tuple[str, str]
) -> Iterator[str]:
    """Describe what differs between two rows, or that there is only one."""
    if left is None or right is None:
        yield f"only {names[left is None]} has this call"
        return
    if pair.verdict is PairVerdict.ORDER:
        yield "the same call, at another place among those of its thread"
    ours, theirs = split(left.arguments), split(right.arguments)
    for at in pair.unlike:
        one, other = (_nth(arguments, at) for arguments in (ours, theirs))
        yield f"argument {at + 1}: {one} against {other}"
    one, other = plain(left.result) or "?", plain(right.result) or "?"
    if one != other and pair.verdict is not PairVerdict.ORDER:
        yield f"result: {printable(one)} against {printable(other)}"


def _nth(arguments: tuple[str, ...], at: int) -> str:
    return printable(arguments[at]) if at < len(arguments) else "none"


def summary(comparison: Comparison) -> Iterator[str]:
    """Yield the sentences below the table: how many are the same, and what was not compared."""
    counted = counts(comparison)
    same = counted[PairVerdict.SAME] + counted[PairVerdict.MOVED]
    different = sum(counted[verdict] for verdict in DIFFERENCES)
    stages = len({place.stage for place in _places(comparison) if place.stage is not None})
    moved = (
        f", {counted[PairVerdict.MOVED]} of them at another place among other threads' calls"
        if counted[PairVerdict.MOVED]
        else ""
    )
    yield f"{_many(stages, 'stage')}: {_many(same, 'call')} the same{moved}; {different} differ."
    told = [
        f"{counted[each]} {each}" for each in PairVerdict if each in DIFFERENCES and counted[each]
    ]
    if told:
        yield f"Of what differs: {', '.join(told)}."
    for verdict, what in (
        (PairVerdict.POLL, "polls, wake-ups and the like, which differ by chance"),
        (PairVerdict.BEYOND, "calls that only one side can hold"),
    ):
        if counted[verdict]:
            yield f"Not compared: {counted[verdict]} {what} ({_names(comparison, verdict)})."


def _places(comparison: Comparison) -> Iterator[Place]:
    for pair in comparison.pairs:
        if pair.verdict not in _SPARED:
            yield _place(comparison, pair)


def _names(comparison: Comparison, verdict: PairVerdict) -> str:
    counted = Counter(
        _either(comparison, pair).name for pair in comparison.pairs if pair.verdict is verdict
    )
    told = [f"{printable(name)} {count}" for name, count in counted.most_common(_MOST_NAMES)]
    if len(counted) > _MOST_NAMES:
        told.append(f"{len(counted) - _MOST_NAMES} others")
    return ", ".join(told)


def _either(comparison: Comparison, pair: Pair) -> Row:
    if pair.left is not None:
        return comparison.left.rows[pair.left]
    assert pair.right is not None
    return comparison.right.rows[pair.right]


def _place(comparison: Comparison, pair: Pair) -> Place:
    place = _either(comparison, pair).place
    if place == NOWHERE and pair.right is not None:
        place = comparison.right.rows[pair.right].place
    return place


def _heading(place: Place) -> str:
    stage = place.shown_under
    if place.stage is None and place.step is not None:
        if stage is None or stage is Stage.ACCEPT:
            return place.step.value
        return f"{stage.value} › {place.step.value}"
    return stage.value if stage is not None else "between stages"


def _text(row: Row) -> tuple[str, str, str]:
    return row.name, row.arguments, row.result


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _short(name: str) -> str:
    return _cut(printable(name), _WIDEST_SIDE)


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: max(width - 1, 0)]}…"
