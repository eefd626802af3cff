"""What the kernel pane says: what a step changed, and below it what the kernel holds then."""

from collections import deque
from typing import NamedTuple

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import message
from walkthrough.state.change import Change
from walkthrough.state.diff import changes, comparable
from walkthrough.state.world import World
from walkthrough.view.kernel import KernelEntry, kernel_entries
from walkthrough.view.kernel_changes import change_rows
from walkthrough.view.step import StepContext
from walkthrough.view.styled_message import styled
from walkthrough.view.text import Piece, Row, cell_width, wrap

_LOW = 8
"""In a pane with fewer rows than this, what changed needs no heading: its marks say what it is."""
_UNCHANGED = "  "
"""What stands before an entry that is not new."""


class KernelRows(NamedTuple):
    """What the kernel pane says at a step.

    Attributes:
        rows: What changed, then all entries; what is new among these has a ``*``.
        changed: Whether the step changed anything.
        rows_of_last_change: How many of the first rows say which event last changed something.
    """

    rows: list[Row]
    changed: bool
    rows_of_last_change: int

    def title(self, step: StepContext) -> str:
        """Name the pane, with a ``*`` where the step changed something."""
        return step.tr("Kernel now") + (" *" if self.changed else "")


def last_change(step: StepContext) -> int:
    """Return the event before the step that last changed the kernel's view, -1 if none did."""
    return step.history.last_view(step.history.previous_step(step.index))


def is_low(height: int) -> bool:
    """Return whether a pane of ``height`` rows has little room."""
    return height < _LOW


def kernel_rows(step: StepContext, width: int, *, low: bool = False) -> KernelRows:
    """Say what the kernel holds at a step, and what the step changed.

    Args:
        step: The step.
        width: Cells of a row.
        low: Whether there are few rows (`is_low`).
    """
    world, before = step.world, step.before
    changed: tuple[Change, ...] = ()
    fresh: set[str] = set()
    room = width - cell_width(_UNCHANGED)
    entries = _entries(world, step.tr, room)
    if step.event is not None and not same(parts(step), parts_before(step)):
        compared = comparable(step.history, before, world)
        changed = changes(compared, world)
        if changed:
            fresh = changed_keys(_entries(compared, step.tr, room), entries)
    if changed:
        rows, linked = _rows_of_changes(changed, step, width, low=low), 0
    else:
        rows, linked = _rows_without_change(step, width)
    rows += _rows_of_entries(entries, fresh, width)
    return KernelRows(rows, bool(fresh or changed), linked)


def state_rows(step: StepContext, width: int) -> list[Row]:
    """Say what the kernel holds at a step, and nothing of what the step changed."""
    entries = _entries(step.world, step.tr, width - cell_width(_UNCHANGED))
    return _rows_of_entries(entries, set(), width)


class _KeptEntries(NamedTuple):
    made_from: tuple[object, ...]
    tr: Catalogue
    width: int
    entries: list[KernelEntry]


_kept: deque[_KeptEntries] = deque(maxlen=2)
"""Those of the newest step, and of the one before it: the next one is compared with these."""


def _entries(world: World, tr: Catalogue, width: int) -> list[KernelEntry]:
    """Return the entries of a world, which may be those of a step before; not to be changed."""
    made_from = _parts_of(world)
    for kept in _kept:
        if kept.tr is tr and kept.width == width and same(made_from, kept.made_from):
            return kept.entries
    entries = kernel_entries(world, tr, width)
    _kept.append(_KeptEntries(made_from, tr, width, entries))
    return entries


def parts(step: StepContext) -> tuple[object, ...]:
    """Return what the pane is made from: worlds share what did not change."""
    return _parts_of(step.world)


def parts_before(step: StepContext) -> tuple[object, ...]:
    """Return the same of the step before."""
    return _parts_of(step.before)


def _parts_of(world: World) -> tuple[object, ...]:
    made_from = (world.kernel, world.options, world.clients, world.output, world.memory)
    # Of a single process nothing else is said here.
    return (*made_from, world.kernels, world.processes) if world.kernels else made_from


def same(some: tuple[object, ...], others: tuple[object, ...]) -> bool:
    """Compare by identity."""
    return len(some) == len(others) and all(
        one is other for one, other in zip(some, others, strict=True)
    )


def changed_keys(before: list[KernelEntry], now: list[KernelEntry]) -> set[str]:
    """Return the keys of entries that are new in ``now`` or differ from ``before``."""
    known = {entry.key: entry.row for entry in before}
    return {entry.key for entry in now if not entry.heading and known.get(entry.key) != entry.row}


def _rows_of_changes(
    changed: tuple[Change, ...], step: StepContext, width: int, *, low: bool
) -> list[Row]:
    tr = step.tr
    rows: list[Row] = [] if low else [(Piece(tr("This step"), "heading"),)]
    for row in change_rows(changed, tr):
        rows.extend(wrap(row, width, 2))
    return rows


def _rows_without_change(step: StepContext, width: int) -> tuple[list[Row], int]:
    """Say that the step changed nothing, and which last did; and how many rows say the latter."""
    if step.world.kernel is None:
        return [], 0
    last = last_change(step)
    said, linked = message("{step} changed nothing here"), False
    if step.before.kernel is None:
        said = message("{step}: first kernel snapshot")
    elif (process := _turned_to(step)) is not None:
        said = message(
            "{step} changed nothing: from here the view is of process {process}", process=process
        )
    elif last >= 0:
        ended = step.world.exit_code is not None or step.world.exit_signal is not None
        text = (
            message("The server has ended; this is how it was at event {number}")
            if ended
            else message("{step} changed nothing (view: event {number})")
        )
        said, linked = text.with_fields(number=last + 1), True
    heading = Piece(step.tr("This step"), "heading")
    found = wrap(styled(step.tr, said, "dim", step=heading), width)
    return found, len(found) if linked else 0


def _turned_to(step: StepContext) -> int | None:
    """Return the process that the view is of now, if it is not the same as before."""
    before, now = step.before.kernel, step.world.kernel
    if before is None or now is None or before.process == now.process or step.world.several:
        return None  # where there are several, the pane begins with whose it is
    return now.process or step.world.first


def _rows_of_entries(entries: list[KernelEntry], fresh: set[str], width: int) -> list[Row]:
    rows: list[Row] = []
    for entry in entries:
        if entry.heading:
            rows.extend(wrap(entry.row, width))
            continue
        mark = Piece("* ", "changed") if entry.key in fresh else Piece(_UNCHANGED)
        rows.extend(wrap((mark, *entry.row), width, 2))
    return rows
