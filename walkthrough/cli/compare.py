"""``walkthrough compare A [B]``: which calls of two runs are the same, and which differ."""

import argparse
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec

from walkthrough.cli.errors import UsageError
from walkthrough.cli.output import Printer
from walkthrough.cli.signals import unwind_on_signals
from walkthrough.cli.system_check import refuse_elsewhere
from walkthrough.cli.temporary import temporary_folder
from walkthrough.compare.align import compare as align
from walkthrough.compare.inputs import of_events, of_log
from walkthrough.compare.json_report import report
from walkthrough.compare.model import Side
from walkthrough.compare.payload import without_payload_on_both
from walkthrough.compare.table import summary, table
from walkthrough.formatting.escaping import printable
from walkthrough.formatting.terminal import progress, show_json_items
from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import Message, message
from walkthrough.recording.file import RecordingError
from walkthrough.recording.file import load as load_recording
from walkthrough.recording.output import OutputError, OutputTarget, atomic_file, check
from walkthrough.strace_log.log import LogError, check_for_sockets, is_log, is_there
from walkthrough.strace_log.log import load as load_log

_KINDS = {"heading": "bold", "different": "red", "spared": "dim", "said": "yellow", "same": ""}
_FILE_COLUMNS = 400
"""Without a terminal, only absurdly long lines are cut."""


class _ComparedSides(NamedTuple):
    left: Side
    right: Side
    same_run: bool
    remarks: Sequence[Message | str]


def compare(options: argparse.Namespace, tr: Catalogue) -> int:
    """Compare; return the exit status: 0 the same, 1 different.

    Raises:
        UsageError: They cannot be compared.
    """
    unwind_on_signals()
    try:
        sides = _alone(options, tr) if options.other is None else _two(options, tr)
    except (RecordingError, LogError) as error:
        raise UsageError(error.message) from error
    for side in (sides.left, sides.right):
        if not side.rows:
            raise UsageError(
                message("{name} holds no system call to compare.", name=printable(side.name))
            )
    comparison = align(sides.left, sides.right)
    remarks = (*sides.remarks, *_about_strace(sides))
    if options.json:
        document = report(comparison, same_run=sides.same_run, remarks=remarks)
        pairs = document.pop("pairs")  # made while they are printed
        show_json_items(document, "pairs", pairs)
        return int(comparison.differs)
    printer = Printer()
    width = printer.width if sys.stdout.isatty() else _FILE_COLUMNS
    printer.sentences(
        tr(
            "{left} and {right}",
            left=printable(sides.left.name),
            right=printable(sides.right.name),
        )
    )
    for line in table(comparison, width, tr, everything=options.all):
        printer.uncut(line.text, _KINDS[line.kind])
    printer.sentences("")
    for said in (*summary(comparison), *remarks):
        printer.sentences(printable(tr.text(said)))
    return int(comparison.differs)


def _about_strace(sides: _ComparedSides) -> tuple[Message, ...]:
    return tuple(
        message("{name}: {remark}", name=printable(side.name), remark=remark)
        for side in (sides.left, sides.right)
        for remark in side.remarks
    )


def _alone(options: argparse.Namespace, tr: Catalogue) -> _ComparedSides:
    """Run one scenario under strace as well."""
    refuse_elsewhere()
    from walkthrough.capture.environment.backends import choose
    from walkthrough.capture.environment.server_kind import ServerKind
    from walkthrough.capture.errors import CaptureError
    from walkthrough.capture.strace import run as strace_run
    from walkthrough.scenario.loader import ScenarioError, files, load

    if _is_file(options.one):
        raise UsageError(
            message(
                "{name} is compared with what? Name a second one: an strace log, a recording or a "
                "scenario.",
                name=printable(options.one),
            )
        )
    try:
        name = _scenario(options.one)
        scenario = load(name)
        server = choose(ServerKind(options.server)).server
        with _log(options, files(name)) as log:
            ran = strace_run.run(scenario, server, log, _progress(tr), expose=options.expose)
            left = of_events("walkthrough", ran.header, ran.events)
            right = of_log(load_log(log), "strace", ran.main, ran.ours, one_process=True)
    except (CaptureError, ScenarioError, OutputError) as error:
        raise UsageError(error.message) from error
    how = (
        message("Both have watched the same run.")
        if ran.same_run
        else message(
            "These are two runs with the same client: a program can have but one tracer at a time."
        )
    )
    return _ComparedSides(left, right, ran.same_run, (how, *ran.remarks))


@contextmanager
def _log(options: argparse.Namespace, read: tuple[Path, ...]) -> Iterator[Path]:
    """Yield the path for strace's log; it is kept, whatever the outcome, if that was requested.

    Args:
        options: The command line.
        read: Files that it must not replace.
    """
    output = None
    if options.log is not None:
        output = OutputTarget(options.log, options.force, options.mode, read)
        check(output)
    with temporary_folder() as folder:
        log = folder / "strace.log"
        try:
            yield log
        finally:
            if output is not None and log.exists() and log.stat().st_size:
                with log.open("rb") as made, atomic_file(output) as file:
                    shutil.copyfileobj(made, file)


def _two(options: argparse.Namespace, tr: Catalogue) -> _ComparedSides:
    if options.log is not None:
        raise UsageError(
            message("--log says where strace's log goes, and needs exactly one scenario.")
        )
    left, right = (_side(what, options, tr) for what in (options.one, options.other))
    return _ComparedSides(*without_payload_on_both(left, right), False, ())


def _side(what: str, options: argparse.Namespace, tr: Catalogue) -> Side:
    if not _is_file(what):
        return _live(what, options, tr)
    if _holds_events(what):
        recording = load_recording(what)
        side = of_events(Path(what).name, recording.header, (event for _, event in recording))
        if recording.torn:
            side = msgspec.structs.replace(side, remarks=(*side.remarks, recording.torn))
        return side
    log = load_log(what)
    check_for_sockets(log)
    return of_log(log)


def _live(what: str, options: argparse.Namespace, tr: Catalogue) -> Side:
    """Run a scenario with its scripted clients, and keep the events in memory."""
    refuse_elsewhere()
    from walkthrough.capture.environment.backends import choose, prepare
    from walkthrough.capture.environment.exposure import isolated
    from walkthrough.capture.environment.server_kind import ServerKind
    from walkthrough.capture.errors import CaptureError
    from walkthrough.capture.session.fixtures import Fixtures
    from walkthrough.capture.session.session import CaptureSession
    from walkthrough.model.events import AnyEvent, Header
    from walkthrough.model.protocol import Line
    from walkthrough.scenario.loader import ScenarioError, load

    headers: list[Header] = []
    events: list[AnyEvent] = []

    def keep(line: Line) -> None:
        if isinstance(line, Header):
            headers.append(line)
        elif isinstance(line, AnyEvent):
            events.append(line)

    try:
        scenario = load(_scenario(what))
        with isolated(scenario, expose=options.expose) as exposure:
            chosen = choose(ServerKind(options.server)).server
            with Fixtures(scenario, exposure) as fixtures:
                target = prepare(scenario, chosen, _progress(tr), fixtures)
                CaptureSession(target, keep, scenario, fixtures=fixtures).run()
    except (CaptureError, ScenarioError) as error:
        raise UsageError(error.message) from error
    side = of_events(scenario.name, headers[0] if headers else None, events)
    return msgspec.structs.replace(side, remarks=(*side.remarks, *exposure.remarks()))


def _progress(tr: Catalogue) -> Callable[[Message | str], None]:
    return lambda said: progress(tr.text(said))


def _scenario(what: str) -> str:
    from walkthrough.scenario import loader as scenarios

    return scenarios.add_folder(Path(what)) if scenarios.is_folder(what) else what


def _is_file(what: str) -> bool:
    """Return whether a file is meant; a log that ``strace -ff`` wrote may be in several files."""
    path = Path(what)
    if path.is_dir():
        return False
    return os.path.dirname(what) != "" or path.suffix != "" or is_there(path)


def _holds_events(what: str) -> bool:
    try:
        with open(what, "rb") as file:
            start = file.read(1)
    except OSError:
        return False
    return start == b"{" or (what.endswith(".jsonl") and not is_log(what))
