"""A comparison as lines to read: stage by stage, both sides, and a description of what differs.

Pure: lines of pieces, each of a kind that whoever prints them may colour. All text is printable.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from walkthrough.call_stages.arguments import plain, split
from walkthrough.compare.json_report import counts
from walkthrough.compare.model import DIFFERENCES, Comparison, Pair, PairVerdict, Row
from walkthrough.formatting.cells import cell_width, elide
from walkthrough.formatting.escaping import printable
from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import Message, in_context, message, plural
from walkthrough.model.stages import NOWHERE, Place, Stage

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


class _TableLayout:
    """How wide the table and its first column are, and what is in that."""

    def __init__(self, comparison: Comparison, width: int, tr: Catalogue) -> None:
        self.tr = tr
        self.width = max(width, _LEAST_WIDTH)
        self.names = (_short(comparison.left.name), _short(comparison.right.name))
        both = tr.in_context("both sides", "both")
        self.room = max(map(cell_width, (*self.names, both)))
        self.padded = (self._padded(self.names[0]), self._padded(self.names[1]))
        self.both = self._padded(both)
        numbers = [_longest_process(side.rows) for side in (comparison.left, comparison.right)]
        self.names_processes = any(numbers)
        self.process_room = sum(numbers) + all(numbers)  # two numbers, and what parts them

    def _padded(self, name: str) -> str:
        return name + " " * (self.room - cell_width(name))


def _longest_process(rows: Sequence[Row]) -> int:
    """Return how many digits the processes of one side need; 0 where there is only one."""
    if not rows or rows[0].process is None:  # all name theirs, or none does
        return 0
    return max(len(_process(row)) for row in rows)


def table(
    comparison: Comparison, width: int, tr: Catalogue, *, everything: bool = False
) -> Iterator[TableLine]:
    """Yield the lines of the table.

    Args:
        comparison: What to show.
        width: Columns at most.
        tr: What its words are said in.
        everything: Polls, and what is beyond one of the sides, too.
    """
    layout = _TableLayout(comparison, width, tr)
    between = tr("between stages")
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
                said = tr.plural(
                    "{count} call before the program's main, the same",
                    "{count} calls before the program's main, the same",
                    started,
                )
                yield TableLine(elide(f"= {layout.both}  … {said}", layout.width), "spared")
                started = 0
        place = _place(comparison, pair)
        if place != NOWHERE or heading is None:
            shown = place
        if (title := _heading(shown) or between) != heading:
            heading = title
            yield TableLine(title, "heading")
        yield from _lines(comparison, pair, layout)


def _is_start(comparison: Comparison, pair: Pair) -> bool:
    """Return whether a pair is equal and belongs to a language's own start."""
    mains = (comparison.left.main, comparison.right.main)
    before = (pair.left is not None and pair.left < mains[0]) or (
        pair.right is not None and pair.right < mains[1]
    )
    return before and pair.verdict not in DIFFERENCES


def _lines(comparison: Comparison, pair: Pair, layout: _TableLayout) -> Iterator[TableLine]:
    left = comparison.left.rows[pair.left] if pair.left is not None else None
    right = comparison.right.rows[pair.right] if pair.right is not None else None
    different = pair.verdict in DIFFERENCES
    kind = "different" if different else "spared" if pair.verdict in _SPARED else "same"
    mark = _MARKS[pair.verdict]
    if left is not None and right is not None and _text(left) == _text(right):
        yield TableLine(_line(mark, layout.both, left, right, layout), kind)
    else:
        ours, theirs = layout.padded
        if left is not None:
            yield TableLine(_line(mark, ours, left, None, layout), kind)
        if right is not None:
            again = mark if left is None else " "
            yield TableLine(_line(again, theirs, right, None, layout), kind)
    if different:
        indent = " " * (layout.room + 4)
        for said in _differences(pair, left, right, layout):
            yield TableLine(elide(f"{indent}{said}", layout.width), "said")


def _line(mark: str, who: str, row: Row, same: Row | None, layout: _TableLayout) -> str:
    """Return one row, or one that is the ``same`` on both sides: the left, and the right."""
    result = printable(row.result or "?")
    call = printable(f"{row.name}({row.arguments})")
    start = f"{mark} {who}  "
    if layout.names_processes:
        named = _process(row) if same is None else _processes(row, same)
        start += f"{named.ljust(layout.process_room)}  "
    bare = result.partition(" (")[0] + " (INJECTED)" * result.endswith("(INJECTED)")
    result = f" = {elide(bare, _RESULT_WIDTH)}"
    return f"{start}{elide(call, layout.width - cell_width(start) - cell_width(result))}{result}"


def _process(row: Row) -> str:
    return str(row.process) if row.process is not None else ""


def _processes(left: Row, right: Row) -> str:
    """Return whose a call is on both sides."""
    return " ".join(filter(None, dict.fromkeys((_process(left), _process(right)))))


def _differences(
    pair: Pair, left: Row | None, right: Row | None, layout: _TableLayout
) -> Iterator[str]:
    """Say in words what differs between two rows, or that there is only one."""
    tr = layout.tr
    if left is None or right is None:
        yield tr("only {name} has this call", name=layout.names[left is None])
        return
    if pair.verdict is PairVerdict.ORDER:
        yield tr("the same call, at another place among those of its thread")
    ours, theirs = split(left.arguments), split(right.arguments)
    for at in pair.unlike:
        one, other = (_nth(arguments, at) for arguments in (ours, theirs))
        yield tr("argument {number}: {one} against {other}", number=at + 1, one=one, other=other)
    one, other = plain(left.result) or "?", plain(right.result) or "?"
    if one != other and pair.verdict is not PairVerdict.ORDER:
        yield tr("result: {one} against {other}", one=printable(one), other=printable(other))


def _nth(arguments: tuple[str, ...], at: int) -> Message | str:
    return printable(arguments[at]) if at < len(arguments) else in_context("an argument", "none")


def summary(comparison: Comparison) -> Iterator[Message]:
    """Yield the sentences below the table: how many are the same, and what was not compared."""
    counted = counts(comparison)
    moved = counted[PairVerdict.MOVED]
    same = counted[PairVerdict.SAME] + moved
    different = sum(counted[verdict] for verdict in DIFFERENCES)
    stages = len({place.stage for place in _places(comparison) if place.stage is not None})
    found: dict[str, Message | int] = {
        "stages": plural("{count} stage", "{count} stages", stages),
        "calls": plural("{count} call", "{count} calls", same),
        "different": different,
    }
    if moved:
        yield message(
            "{stages}: {calls} the same, {moved} of them at another place among other threads' "
            "calls; {different} differ.",
            moved=moved,
            **found,
        )
    else:
        yield message("{stages}: {calls} the same; {different} differ.", **found)
    kinds: list[str | int | float | Message] = [
        _COUNTED[each].with_fields(number=counted[each])
        for each in PairVerdict
        if each in DIFFERENCES and counted[each]
    ]
    if kinds:
        yield message("Of what differs: {kinds}.", kinds=kinds)
    if chance := counted[PairVerdict.POLL]:
        yield message(
            "Not compared: {number} polls, wake-ups and the like, which differ by chance "
            "({calls}).",
            number=chance,
            calls=_names(comparison, PairVerdict.POLL),
        )
    if beyond := counted[PairVerdict.BEYOND]:
        yield message(
            "Not compared: {number} calls that only one side can hold ({calls}).",
            number=beyond,
            calls=_names(comparison, PairVerdict.BEYOND),
        )


_COUNTED = {
    PairVerdict.ORDER: message("{number} other order"),
    PairVerdict.ARGUMENTS: message("{number} other arguments"),
    PairVerdict.RESULT: message("{number} other result"),
    PairVerdict.MISSING: message("{number} missing"),
    PairVerdict.EXTRA: message("{number} extra"),
}


def _places(comparison: Comparison) -> Iterator[Place]:
    for pair in comparison.pairs:
        if pair.verdict not in _SPARED:
            yield _place(comparison, pair)


def _names(comparison: Comparison, verdict: PairVerdict) -> list[str | int | float | Message]:
    counted = Counter(
        _either(comparison, pair).name for pair in comparison.pairs if pair.verdict is verdict
    )
    names: list[str | int | float | Message] = [
        f"{printable(name)} {count}" for name, count in counted.most_common(_MOST_NAMES)
    ]
    if len(counted) > _MOST_NAMES:
        names.append(message("{number} others", number=len(counted) - _MOST_NAMES))
    return names


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
    return stage.value if stage is not None else ""


def _text(row: Row) -> tuple[str, str, str]:
    return row.name, row.arguments, row.result


def _short(name: str) -> str:
    return elide(printable(name), _WIDEST_SIDE)
