"""The commands: each composes what it needs from the layers below and imports only that."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from walkthrough.cli.capture_endings import HOW_IT_ENDED, recorded
from walkthrough.cli.document_option import open_document
from walkthrough.cli.errors import UsageError
from walkthrough.cli.packets_option import refuse_packets_outside
from walkthrough.cli.signals import leaving_on_signals
from walkthrough.cli.source_option import source_folders, sources_of
from walkthrough.cli.system_check import refuse_elsewhere
from walkthrough.cli.terminal import (
    drawn_on_the_terminal,
    ending_with_the_terminal,
    refuse_unfit,
)
from walkthrough.formatting.terminal import progress as show_progress
from walkthrough.formatting.terminal import say
from walkthrough.formatting.terminal import show as show_text
from walkthrough.i18n import system_errors  # noqa: F401 - `limits` needs it where none can be opened
from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import Message, message

if TYPE_CHECKING:
    from walkthrough.lesson.lesson import Lesson
    from walkthrough.model.events import Header
    from walkthrough.tui.screens.session_source import SessionSource
    from walkthrough.user_data.preferences import Preferences


def show(options: argparse.Namespace, tr: Catalogue) -> int:
    """``walkthrough [SCENARIO | RECORDING | LOG]``: the screen; home when nothing is named."""
    refuse_unfit()
    from walkthrough.cli.open import ANY_SERVER, OpenRequest, open_wanted, scenario_names
    from walkthrough.user_data.preferences import Preferences

    _restore_name(options)
    refuse_packets_outside(packets=options.packets, expose=options.expose)
    preferences = Preferences.load()
    options.document = open_document(options.document)
    options.source = source_folders(options.source)
    opened = None
    if options.what is not None:
        server = options.server or ANY_SERVER
        wanted = OpenRequest(
            options.what,
            server,
            options.replay,
            options.strace,
            language=tr.language,
            expose=options.expose,
            packets=options.packets,
        )
        opened = open_wanted(wanted)
        for remark in opened.remarks:
            say(f"walkthrough: {tr.text(remark)}")
    else:
        _refuse_without_a_name(options)
        scenario_names()  # what is wrong with their folders is reported here
    return _on_screen(opened, options, preferences, tr.language)


def _on_screen(
    opened: "SessionSource | None",
    options: argparse.Namespace,
    preferences: "Preferences",
    language: str,
) -> int:
    """Show a walk, or home if there is none; return the exit status."""
    if opened is None:
        import gc

        gc.disable()  # saves a tenth of the time until home is drawn; home switches it on again
    from walkthrough.cli.catalogue import ScenarioCatalogue
    from walkthrough.tui.app import WalkthroughApp
    from walkthrough.tui.screens.home.saved_message import said_of
    from walkthrough.user_data.progress import Progress

    lesson = partial(lesson_for_here, folders=options.source)
    app = WalkthroughApp(
        lesson_factory=lesson,
        language=language,
        opened=opened,
        catalogue=ScenarioCatalogue(),
        server=options.server,
        preferences=preferences,
        document=options.document,
        progress=Progress.load(),
        page_writer=partial(_page_of, lesson),
    )
    with (
        drawn_on_the_terminal(),
        ending_with_the_terminal(),
        leaving_on_signals(app.leave_soon) as signalled,
    ):
        app.run()
    kept = app.opened.kept() if app.opened is not None else None
    if said := said_of(kept, app.tr, "walkthrough"):
        say(said)
    return signalled() or app.return_code or 0


def lesson_for_here(header: "Header", folders: tuple[Path, ...] = ()) -> "Lesson":
    """Return the lesson for a walk; home does not need what makes it.

    Args:
        header: Of the walk.
        folders: Where the source of a traced program is looked for first.
    """
    from walkthrough.lesson.lesson import lesson_for

    program = sources_of(header.program, folders) if header.program is not None else None
    return lesson_for(header, _goroot, program)


def _page_of(
    lesson: "Callable[[Header], Lesson]", header: "Header", lines: "Sequence[bytes]"
) -> tuple[str, Message | str]:
    """Return the page of a walk; the screen does not need what makes it until then."""
    from walkthrough.cli.pages import page_of

    return page_of(header, lines, lesson(header))


def _goroot() -> Path | None:
    """Return the GOROOT that servers are built with here: it may be in an unusual place."""
    if sys.platform != "linux":
        return None
    from walkthrough.capture.environment.go_toolchain import find_go
    from walkthrough.capture.errors import CaptureError

    try:
        return find_go().root
    except CaptureError:
        return None


def _refuse_without_a_name(options: argparse.Namespace) -> None:
    """Refuse what only makes sense with a scenario, or a file, when none was named."""
    if options.replay:
        raise UsageError(
            message(
                "--replay shows a scenario's recording: name one, as in `{command}`.",
                command="walkthrough first-connection --replay",
            )
        )
    if options.strace is not None:
        raise UsageError(
            message(
                "--strace aligns a log with a walk: name a scenario or a recording as well, as "
                "in `{command}`.",
                command="walkthrough first-connection --strace",
            )
        )
    if options.expose:
        raise UsageError(
            message(
                "--expose lets others connect to a scenario's server: name one, as in `{command}`.",
                command="walkthrough ipv4-any --expose",
            )
        )
    if options.packets:
        raise UsageError(
            message(
                "--packets captures the packets of a scenario that is run: name one, as in "
                "`{command}`.",
                command="walkthrough first-connection --packets",
            )
        )


def _restore_name(options: argparse.Namespace) -> None:
    """Restore a scenario's name that ``--strace``, whose value is optional, has taken for a log."""
    from walkthrough.cli.open import scenario_names
    from walkthrough.cli.strace_option import ON_THE_SPOT

    log = options.strace
    if log and options.what is None and not os.path.lexists(log) and log in scenario_names():
        options.what, options.strace = log, ON_THE_SPOT


def check(options: argparse.Namespace, tr: Catalogue) -> int:
    """``walkthrough check [SCENARIO ...]``: run them, check each against what it promises."""
    refuse_elsewhere()
    from walkthrough.cli.check import check as run

    return run(options, tr)


def compare(options: argparse.Namespace, tr: Catalogue) -> int:
    """``walkthrough compare A [B]``: compare two runs."""
    from walkthrough.cli.compare import compare as run

    return run(options, tr)


def record(options: argparse.Namespace, tr: Catalogue) -> int:
    """``walkthrough record SCENARIO -o FILE``: run it unattended, write the recording."""
    refuse_elsewhere()
    from walkthrough.capture.clients.dialling import HandshakeTimeout
    from walkthrough.capture.environment import leftovers
    from walkthrough.capture.environment.backends import choose, prepare
    from walkthrough.capture.environment.exposure import isolated
    from walkthrough.capture.environment.server_kind import ServerKind
    from walkthrough.capture.errors import CaptureError
    from walkthrough.capture.session.fixtures import Fixtures
    from walkthrough.capture.session.session import CaptureSession
    from walkthrough.cli.open import named
    from walkthrough.cli.signals import unwind_on_signals
    from walkthrough.recording.file import RecordingError
    from walkthrough.recording.output import OutputError, OutputTarget, check
    from walkthrough.recording.sink import RecordingSink
    from walkthrough.scenario.loader import ScenarioError, files, load

    refuse_packets_outside(packets=options.packets, expose=options.expose)
    try:
        name, remarks = named(options.scenario)
        for remark in remarks:
            say(f"walkthrough: {tr.text(remark)}")
        scenario = load(name).slowed(options.slow)
        HandshakeTimeout.slow = options.slow
        output = OutputTarget(options.output, options.force, options.mode, files(name))
        check(output)  # before a server is built and run
        with isolated(scenario, expose=options.expose, packets=options.packets) as exposure:
            choice = choose(ServerKind(options.server))
            say(tr.text(choice.why))
            for said in exposure.remarks():
                say(tr.text(said))
            unwind_on_signals()
            leftovers.remove()
            with (
                Fixtures(scenario, exposure) as fixtures,
                RecordingSink(output, payload=options.payload) as sink,
            ):
                target = prepare(scenario, choice.server, _progress(tr), fixtures)
                session = CaptureSession(target, sink.put, scenario, fixtures=fixtures)
                ended = session.run()
    except (CaptureError, ScenarioError, RecordingError, OutputError) as error:
        raise UsageError(error.message) from error
    say(tr(recorded(sink.events, output.name, HOW_IT_ENDED.get(ended, ended))))
    if ended == "finished" or (not session.unfinished and ended == "exited"):
        return 0
    action = session.unfinished
    if session.complaint:
        why: Message | str = session.complaint
    elif action:
        why = message("`{action}` was never due ({when})", action=action.do, when=action.when)
    else:
        why = message("the end never came")
    if ended == "timed out":
        sentence = message(
            "its time was up before the script was done: {why}; what happened until then is in "
            "{file}. A slow or busy machine needs more of it: try --slow {factor}.",
            factor=min(round(options.slow * 4), 100),
        )
    else:
        sentence = message(
            "{how} before the script was done: {why}; what happened until then is in {file}.",
            how=_ENDED.get(ended, ended),
        )
    raise UsageError(sentence.with_fields(why=why, file=output.name))


def trace(options: argparse.Namespace, tr: Catalogue) -> int:
    """``walkthrough trace``: a program of the user's own."""
    refuse_elsewhere()
    from walkthrough.cli.trace import trace as run

    options.source = source_folders(options.source)

    def on_screen(opened: "SessionSource") -> int:
        from walkthrough.user_data.preferences import Preferences

        options.server, options.document = None, open_document(None)
        return _on_screen(opened, options, Preferences.load(), tr.language)

    return run(options, tr, on_screen)


_ENDED = {
    **HOW_IT_ENDED,
    "exited": message("the server exited"),
    "killed": message("the server was killed"),
}


def _progress(tr: Catalogue) -> Callable[[Message | str], None]:
    """Return what shows a build's progress: a line rewritten on a terminal, the first elsewhere."""
    said = False

    def show_line(what: Message | str) -> None:
        nonlocal said
        line = tr.text(what)
        if not said and not sys.stderr.isatty():
            say(line)
        show_progress(line)
        said = True

    return show_line


def export(options: argparse.Namespace, tr: Catalogue) -> int:
    """``walkthrough export FILE|SCENARIO --to FORMAT``: a recording in another format."""
    from walkthrough.cli.export import run

    return run(options, tr, lesson_for_here)


def scenarios(options: argparse.Namespace, tr: Catalogue) -> int:
    """``walkthrough scenarios``: list them."""
    from walkthrough.cli.scenarios import show

    return show(tr, options.json, options.route or "")


def lab(options: argparse.Namespace, tr: Catalogue) -> int:
    """``walkthrough lab [NAME]``: somebody's own program, held to promises."""
    from walkthrough.cli.lab import LabRequest, lab_list, lab_of

    refuse_elsewhere()
    if options.name is None:
        return lab_list(tr, as_json=options.json)
    wanted = LabRequest(options.name, options.folder, options.predict, options.hint, options.json)
    return lab_of(wanted, tr, _progress(tr))


def progress(options: argparse.Namespace, tr: Catalogue) -> int:
    """``walkthrough progress``: what was learned; with ``--forget`` it is deleted."""
    from walkthrough.cli.progress import run

    return run(tr, forget=options.forget, as_json=options.json)


def doctor(_options: argparse.Namespace, tr: Catalogue) -> int:
    """``walkthrough doctor``: what this machine can do."""
    from walkthrough.capture.environment.doctor import can_trace_go, examine, report

    show_text(report(examine(), tr))
    return 0 if can_trace_go()[0] else 1
