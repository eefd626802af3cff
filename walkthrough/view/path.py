"""The path pane's rows from a world: stages, and under each the visits that belong to it.

Pure: worlds in, rows out. It knows neither the widget nor the history.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import Message, message
from walkthrough.model.linux.constants import ERRNO
from walkthrough.model.stages import Place, Stage, Step
from walkthrough.model.values import Argument, Constant, GoError
from walkthrough.state.world import Visit, VisitProgress, World
from walkthrough.view.text import Piece, Row, cell_width, elide, safe

GLYPHS = {
    VisitProgress.DONE: "✓",
    VisitProgress.CURRENT: ">",
    VisitProgress.AHEAD: "·",
    VisitProgress.FAILED: "✗",
}
_LEFT_OUT = "–"
"""Stands before a stage that is not ahead: this server has no use for it, or has ended before."""
MOST_ROWS = 60
"""How many visits are listed under one stage; a row says how many came before them."""


_OPEN_ROUNDS = 2
"""How many of the newest rounds of accepting have their steps listed below them."""
_ENTERED = attrgetter("entered")


class PathRow(NamedTuple):
    """One row.

    Attributes:
        row: What is drawn.
        stage: The stage it belongs to.
        event: The event that a click on it leads to, None if there is none.
        folds: It is the stage's own row, and a click folds or unfolds it.
        current: The current event is here.
    """

    row: Row
    stage: Stage
    event: int | None
    folds: bool
    current: bool


def stages_in_order(world: World) -> tuple[Stage, ...]:
    """Return the eight stages: those begun as the trace shows, the others as in the text."""
    return (*world.order, *(stage for stage in Stage if stage not in world.order))


def unfolded_by_itself(world: World) -> Stage | None:
    """Return the stage that shows its steps unless told otherwise: the one visited last."""
    here = world.place.shown_under
    if here is not None:
        return here
    return world.visits[-1].place.shown_under if world.visits else None


def path_rows(
    world: World, folded: Mapping[Stage, bool], tr: Catalogue, width: int
) -> list[PathRow]:
    """List the path at a step.

    Args:
        world: The moment.
        folded: What the user folded or unfolded; other stages follow the walk.
        tr: The catalogue of the language to say it in.
        width: Cells of a row.
    """
    under: dict[Stage, list[Visit]] = {stage: [] for stage in Stage}
    own: dict[Stage, list[Visit]] = {stage: [] for stage in Stage}
    accepting_since = world.begun.get(Stage.ACCEPT)
    for visit in world.visits:
        stage, step = visit.place
        if step is None:
            if stage is not None:
                own[stage].append(visit)
            if stage is not Stage.ACCEPT:
                continue
        elif stage is None:
            stage = visit.place.shown_under
            # The server prints its address, idle threads poll: that is listed under accepting, but
            # what happened before anyone accepted is not part of a stage that is ahead.
            early = accepting_since is None or visit.entered < accepting_since
            if stage is None or (stage is Stage.ACCEPT and early):
                continue
        under[stage].append(visit)
    open_stage = unfolded_by_itself(world)
    rows: list[PathRow] = []
    for stage in stages_in_order(world):
        shut = folded.get(stage, stage is not open_stage)
        rows.append(_stage_row(world, stage, own[stage], bool(under[stage]), shut, tr, width))
        if not shut:
            rounds = own[stage] if stage is Stage.ACCEPT else []
            rows.extend(_visit_rows(world, stage, under[stage], rounds, tr, width))
    return rows


def _is_stage(visit: Visit, stage: Stage) -> bool:
    place = visit.place
    return place.stage is stage and place.step is None


def left_out(world: World, stage: Stage) -> Message | None:
    """Say why a stage that has not begun is not ahead either; None if it is, or has begun.

    A socket of datagrams, and one that connects, neither listens nor accepts. When the server or
    the capture has ended, nothing is ahead any more.
    """
    if stage in world.latest:
        return None
    if world.exit_code == 0 or stage in _unused(world):
        return message("not used")
    ended = bool(world.ended) or world.exit_code is not None or world.exit_signal is not None
    return message("not reached") if ended else None


def _unused(world: World) -> tuple[Stage, ...]:
    """Return the stages that the server's sockets have no use for, as far as that shows."""
    if world.kernel is None or world.kernel.partial or world.place.step is Step.PROBE:
        return ()  # of a log that begins in the middle not all sockets are known
    views = world.kernels.values() or (world.kernel,)
    sockets = [each for view in views for each in view.sockets if each.owner == "server"]
    streams = [each for each in sockets if each.type != "SOCK_DGRAM"]
    if sockets and not streams:
        return (Stage.LISTEN, Stage.ACCEPT)
    if streams and all(each.state not in ("LISTEN", "CLOSE", "") for each in streams):
        return (Stage.BIND, Stage.LISTEN, Stage.ACCEPT)
    return ()


def _stage_row(
    world: World,
    stage: Stage,
    own: Sequence[Visit],
    folds: bool,
    shut: bool,
    tr: Catalogue,
    width: int,
) -> PathRow:
    progress = world.progress(stage)
    passed_by = left_out(world, stage)
    fold = ("▸" if shut else "▾") if folds else " "
    times = f" ×{len(own)}" if len(own) > 1 else ""
    latest = world.latest.get(stage)
    here = world.place == Place(stage)
    row = _row(
        f"{GLYPHS[progress] if passed_by is None else _LEFT_OUT} {fold} ",
        progress,
        stage.value + times,
        _outcome(latest) if latest is not None else tr(passed_by) if passed_by else "",
        width,
        strong=progress is VisitProgress.CURRENT,
        whose=_whose(world, latest) if latest is not None else "",
    )
    return PathRow(row, stage, latest.entered if latest else None, folds, here)


def _visit_rows(
    world: World,
    stage: Stage,
    visits: Sequence[Visit],
    rounds: Sequence[Visit],
    tr: Catalogue,
    width: int,
) -> list[PathRow]:
    """List what lies under a stage, each round of accepting with its own steps below it."""
    inside = {round.span: _inside(round, visits, stage) for round in rounds[-_OPEN_ROUNDS:]}
    covered = {visit.span for steps in inside.values() for visit in steps}
    # Steps of earlier rounds are left out: their round's row stands for them.
    top = (
        [
            visit
            for visit in visits
            if visit.place.stage is not stage or visit.place.step is None
            if visit.span not in covered
        ]
        if rounds
        else visits
    )
    rows: list[PathRow] = []
    skipped = max(0, len(top) - MOST_ROWS)
    if skipped:
        text = tr("… {count} earlier", count=skipped)
        rows.append(PathRow((Piece("    " + text, "dim"),), stage, None, False, False))
    number = sum(_is_stage(visit, stage) for visit in top[:skipped])
    for visit, times in _merged(top[skipped:], stage):
        name = _name(visit.place)
        if _is_stage(visit, stage):
            number += 1
            name = tr("round {number}", number=number)
        rows.append(_visit_row(world, stage, visit, name, times, 2, tr, width))
        for step, repeats in _merged(inside.get(visit.span, ()), stage):
            deep = _name(step.place)
            rows.append(_visit_row(world, stage, step, deep, repeats, 4, tr, width))
    return rows


def _inside(round: Visit, visits: Sequence[Visit], stage: Stage) -> list[Visit]:
    """Return the steps of a round: of the same goroutine, between its beginning and its end.

    Args:
        round: One visit of a stage.
        visits: All visits there, in the order in which they began.
        stage: The stage.
    """
    first = bisect_right(visits, round.entered, key=_ENTERED)
    end = len(visits)
    if round.returned is not None:
        end = bisect_left(visits, round.returned, key=_ENTERED)
    return [
        visit
        for visit in visits[first:end]
        if visit.place.stage is stage
        and visit.place.step is not None
        and visit.goroutine == round.goroutine
        and visit.process == round.process
    ]


def _merged(visits: Sequence[Visit], stage: Stage) -> list[tuple[Visit, int]]:
    """Join neighbours that ended alike at the same place; the last one represents them."""
    joined: list[tuple[Visit, int]] = []
    for visit in visits:
        last, times = joined[-1] if joined else (None, 0)
        if (
            last is not None
            and not _is_stage(visit, stage)
            and visit.place == last.place
            and visit.process == last.process
            and VisitProgress.DONE is visit.progress is last.progress
            and _error_of(visit) == _error_of(last)
        ):
            joined[-1] = (visit, times + 1)
        else:
            joined.append((visit, 1))
    return joined


def _visit_row(
    world: World,
    stage: Stage,
    visit: Visit,
    name: str,
    times: int,
    indent: int,
    tr: Catalogue,
    width: int,
) -> PathRow:
    current = visit.progress is VisitProgress.CURRENT
    parked = current and visit.place.step is not None and visit.goroutine in world.parked
    row = _row(
        " " * indent + GLYPHS[visit.progress] + " ",
        visit.progress,
        name + (f" ×{times}" if times > 1 else ""),
        tr("parked") if parked else _outcome(visit),
        width,
        strong=current,
        whose=_whose(world, visit),
    )
    return PathRow(row, stage, visit.entered, False, current and visit.place == world.place)


def _whose(world: World, visit: Visit) -> str:
    """Return a space and the process id of whose visit it is; "" where there is one process."""
    return f" {visit.process or world.first}" if len(world.processes) > 1 else ""


def _name(place: Place) -> str:
    if place.step is not None:
        return place.step.value
    return place.stage.value if place.stage is not None else ""


@lru_cache(maxsize=512)  # from step to step nearly all of them stay as they are
def _row(
    lead: str,
    progress: VisitProgress,
    name: str,
    outcome: str,
    width: int,
    *,
    strong: bool,
    whose: str = "",
) -> Row:
    """Put a name on the left, behind it whose it is, and its result on the right."""
    kind = progress.value
    # A third of the row at least; all that the name leaves, if the name is short.
    outcome = elide(outcome, max(8, width // 3, width - cell_width(lead) - cell_width(name) - 1))
    room = width - cell_width(lead) - (cell_width(outcome) + 1 if outcome else 0)
    name = elide(name, room - len(whose)) + whose
    gap = " " * (room - cell_width(name) + (1 if outcome else 0))
    name_kind = kind if strong or progress in (VisitProgress.AHEAD, VisitProgress.FAILED) else ""
    outcome_kind = {VisitProgress.FAILED: "failed", VisitProgress.AHEAD: kind}.get(
        progress, "result"
    )
    return (
        Piece(lead, kind),
        Piece(name, name_kind),
        Piece(gap),
        Piece(outcome, outcome_kind),
    )


def _outcome(visit: Visit) -> str:
    """Return the result of a visit, in a word: ``= 3``, ``EADDRINUSE``, or nothing."""
    error = _error_of(visit)
    if error or visit.progress is VisitProgress.FAILED:
        return error
    for result in visit.results:
        value = result.value
        if isinstance(value, int) and not isinstance(value, bool):
            return f"= {value}"
    return ""


def _error_of(visit: Visit) -> str:
    """Return the name of the error that a visit ended with, "" for none."""
    return next((text for text in map(_error, visit.results) if text), "")


def _error(result: Argument) -> str:
    """Return the name of the error that a result is, "" if it is none."""
    value = result.value
    if isinstance(value, GoError):
        return safe(
            (value.errno.name if value.errno is not None else "") or value.text or value.type
        )
    # An errno of its own: syscall.Errno, or the errno that a system call gave back.
    if isinstance(value, Constant) and value.raw and ERRNO.get(value.raw) == value.name:
        return value.name
    return ""
