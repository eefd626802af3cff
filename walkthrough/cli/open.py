"""Opens what the screen shows: a scenario live or replayed, a recording, an strace log.

The command line and home both open through here, so that what cannot be opened is refused with
the same sentence by both. It knows no screen; the caller decides where to show a refusal.
"""

import os
import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from walkthrough.cli.bookmarks import bookmarks_of
from walkthrough.cli.errors import UsageError
from walkthrough.cli.system_check import refuse_elsewhere
from walkthrough.formatting.escaping import printable
from walkthrough.i18n.languages import ENGLISH
from walkthrough.i18n.messages import Message, message
from walkthrough.scenario import loader as scenarios
from walkthrough.scenario.loader import ScenarioError
from walkthrough.tui.screens.session_source import SessionSource

if TYPE_CHECKING:
    from walkthrough.compare.follow import FollowedComparison

ANY_SERVER = "auto"
AT_FIRST = 5000
"""How many events are read before the screen opens; the rest follows in the background."""


class OpenRequest(NamedTuple):
    """What is to be shown.

    Attributes:
        what: A scenario's name or folder, or a file.
        server: ``auto``, ``go`` or ``python``.
        replay: Whether a scenario's recording is meant.
        strace: A log to align with it; None for none, "" to make one now.
        trial: Whether to find out first that the server can run here, which forks: not for
            a process that shows a screen already. Without it the capture itself says so.
        language: Its code, for messages meanwhile.
        expose: Whether others on the network may connect, if its server listens where they can.
        packets: Whether packets are captured.
    """

    what: str
    server: str = ANY_SERVER
    replay: bool = False
    strace: str | None = None
    trial: bool = True
    language: str = ENGLISH
    expose: bool = False
    packets: bool = False


def open_wanted(wanted: OpenRequest) -> SessionSource:
    """Open what is wanted.

    Raises:
        UsageError: It cannot be; the sentence says why, and what to do.
    """
    what, remarks = named(wanted.what)
    if _is_file(what):
        _refuse_of_files(what, wanted)
        opened = open_file(Path(what), wanted)
    elif wanted.replay:
        opened = _open_recording_of(what, wanted)
    else:
        opened = _open_live(what, wanted)
    return replace(opened, remarks=(*remarks, *opened.remarks))


def named(what: str) -> tuple[str, tuple[Message | str, ...]]:
    """Return what is meant, and remarks on it.

    A folder of the user's own gives the name of its scenario, which is found from now on.

    Raises:
        UsageError: There is no scenario in it.
    """
    if what in scenario_names() or not os.path.isdir(what):
        return what, scenarios.shadowed_names([what])
    try:
        return scenarios.add_folder(Path(what)), ()
    except ScenarioError as error:
        raise UsageError(error.message) from error


def scenario_names() -> tuple[str, ...]:
    """Return the names of the available scenarios.

    Raises:
        UsageError: The environment names a folder that does not exist.
    """
    try:
        return scenarios.names()
    except ScenarioError as error:
        raise UsageError(error.message) from error


def open_file(path: Path, wanted: OpenRequest) -> SessionSource:
    """Open a recording, or an strace log.

    Raises:
        UsageError: It is neither.
    """
    return _open_log(path, wanted) if _is_log(str(path)) else _open_recording(path, wanted)


def _is_file(what: str) -> bool:
    """Return whether a file is meant, there or not, and no scenario."""
    if os.path.dirname(what) or what.endswith(".jsonl"):
        return True
    return what not in scenario_names() and (os.path.exists(what) or _is_log(what))


def _is_log(what: str) -> bool:
    """Return whether a file is rather an strace log than a recording, which begins with a {.

    For a file that is neither, the refusal for logs says the most.
    """
    if what.endswith(".jsonl"):
        return False
    from walkthrough.strace_log.log import FileKind, kind_of

    kind = kind_of(what)
    return kind is FileKind.LOG or (kind is FileKind.NEITHER and os.path.isfile(what))


def _refuse_of_files(what: str, wanted: OpenRequest) -> None:
    if os.path.isfile(what) and what.endswith((".toml", ".go")):
        parent = os.path.dirname(what) or "."
        raise UsageError(
            message(
                "{file} is a scenario's file: name its folder, {folder}.",
                file=printable(what),
                folder=ascii(parent),
            )
        )
    if os.path.exists(what) and (wanted.replay or wanted.server != ANY_SERVER):
        raise UsageError(
            message(
                "{file} is a file: --replay and --server go with a scenario.", file=printable(what)
            )
        )
    _refuse_of_recordings(wanted)


def _refuse_of_recordings(wanted: OpenRequest) -> None:
    """Refuse what only makes sense for a scenario that is run."""
    if wanted.expose:
        raise UsageError(
            message("--expose goes with a scenario that is run, and a recording is not.")
        )
    if wanted.packets:
        raise UsageError(
            message(
                "--packets goes with a scenario that is run, and a recording is not: it has the "
                "packets that were captured, or none."
            )
        )


def _open_log(path: Path, wanted: OpenRequest) -> SessionSource:
    """Open a log alone: its calls as events."""
    import gc

    from walkthrough.state.event_source import EncodedEvents
    from walkthrough.state.history import History
    from walkthrough.strace_log.events import to_events
    from walkthrough.strace_log.log import LogError, load
    from walkthrough.strace_log.sharing import doubts

    collecting = gc.isenabled()
    gc.disable()  # nothing here makes cycles, and there may be very many rows
    try:
        log = load(path)
        history = History.load(EncodedEvents(*to_events(log)), _at_first(wanted))
    except LogError as error:
        raise UsageError(error.message) from error
    finally:
        gc.freeze()  # or the start of the screen would visit all of it
        if collecting:
            gc.enable()
    return SessionSource(
        history=history,
        strace=_beside(history.header.scenario, wanted),
        bookmarks=lambda header: bookmarks_of(path, header),
        remarks=tuple(
            message("{name}: {remark}", name=path.name, remark=said)
            for said in (*log.remarks, *doubts(log.calls))
        ),
    )


def _open_recording(path: Path, wanted: OpenRequest) -> SessionSource:
    from walkthrough.recording.file import RecordingError, load
    from walkthrough.state.history import History

    try:
        if os.path.isfile(path.parent / scenarios.FILE):
            scenarios.add_folder(path.parent)  # its lesson is there, wherever that is
        # A small one is read completely now, so that errors in it are reported before the screen
        # opens.
        history = History.load(load(path), _at_first(wanted))
    except (RecordingError, ScenarioError) as error:
        raise UsageError(error.message) from error
    return SessionSource(
        history=history,
        strace=_beside(history.header.scenario, wanted),
        bookmarks=lambda header: bookmarks_of(path, header),
    )


def _at_first(wanted: OpenRequest) -> int | None:
    """Return how many events to read now; all of them if a log is compared with them."""
    return AT_FIRST if wanted.strace is None else None


def _open_recording_of(name: str, wanted: OpenRequest) -> SessionSource:
    """Open the recording of a scenario."""
    folder = _folder(name)
    if wanted.server != ANY_SERVER:
        raise UsageError(message("--replay shows a recording, so --server does not go with it."))
    _refuse_of_recordings(wanted)
    kept = folder / scenarios.RECORDING
    if not kept.exists():
        there = wanted.what if os.path.isdir(wanted.what) else folder
        where = os.path.join(there, scenarios.RECORDING)
        how = shlex.join(("walkthrough", "record", wanted.what, "-o", where))
        raise UsageError(
            message(
                "{scenario} has no recording yet: make one with `{command}`.",
                scenario=name,
                command=how,
            )
        )
    return _open_recording(kept, wanted)


def _open_live(name: str, wanted: OpenRequest) -> SessionSource:
    refuse_elsewhere()
    from walkthrough.capture.errors import CaptureError
    from walkthrough.capture.workers.live_feed import LiveFeed
    from walkthrough.cli.autosave import AutosavedFeed

    _folder(name)
    try:
        scenario = scenarios.load(name)
        if wanted.trial:  # before the screen opens: a refusal belongs on stderr
            from walkthrough.capture.environment.backends import choose
            from walkthrough.capture.environment.requirements import refuse_unsuitable
            from walkthrough.capture.environment.server_kind import ServerKind

            refuse_unsuitable(scenario, choose(ServerKind(wanted.server)).server)
    except (CaptureError, ScenarioError) as error:
        raise UsageError(error.message) from error
    strace = _beside(name, wanted)
    live = LiveFeed(name, wanted.server, expose=wanted.expose, packets=wanted.packets)
    feed = AutosavedFeed(live, name)
    return SessionSource(
        feed=feed,
        strace=strace,
        bookmarks=lambda header: bookmarks_of(feed.path, header),
        kept=lambda: feed.kept,
    )


def _folder(name: str) -> Path:
    try:
        return scenarios.find(name)
    except ScenarioError as error:
        raise UsageError(error.message) from error


def _beside(scenario: str, wanted: OpenRequest) -> "FollowedComparison | None":
    """Return the strace log to show beside the walk, None if none was asked for."""
    if wanted.strace is None:
        return None
    from walkthrough.cli.strace_option import align_log

    return align_log(wanted.strace, scenario, wanted.server, wanted.language, expose=wanted.expose)
