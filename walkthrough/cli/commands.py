"""The commands: each composes what it needs from the layers below and imports only that."""

import argparse
import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING

from walkthrough.cli import UsageError

AT_FIRST = 5000
"""So many events are read before the screen opens; on it, the rest."""

if TYPE_CHECKING:
    from walkthrough.compare.following import Following
    from walkthrough.replay.history import History


def language_of(asked: str | None) -> str:
    """Return ``en`` or ``zh``: what was asked for, else what the locale says (locale(7))."""
    if asked:
        return asked
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(variable):
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


def show(options: argparse.Namespace) -> int:
    """``walkthrough [SCENARIO | RECORDING | LOG]``: the screen."""
    from walkthrough.lesson import scenario as scenarios

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "the screen needs a terminal; use `walkthrough record SCENARIO -o FILE` to run one "
            "unattended, or `walkthrough --help`."
        )
    _mend_words(options)
    what = _name_of(options.what)
    is_file = (
        os.sep in what
        or what.endswith(".jsonl")
        or (what not in _scenario_names() and (os.path.exists(what) or _is_log(what)))
    )
    if is_file:
        if os.path.isfile(what) and what.endswith((".toml", ".go")):
            parent = os.path.dirname(what) or "."
            raise UsageError(f"{what} is a scenario's file: name its folder, {parent!a}.")
        if os.path.exists(what) and (options.replay or options.server != "auto"):
            raise UsageError(f"{what} is a file: --replay and --server go with a scenario.")
        return _log(Path(what), options) if _is_log(what) else _replay(Path(what), options)
    try:
        folder = scenarios.find(what)
    except scenarios.ScenarioError as error:
        raise UsageError(str(error)) from error
    if options.replay:
        if options.server != "auto":
            raise UsageError("--replay shows a recording, so --server does not go with it.")
        kept = folder / scenarios.RECORDING
        if not kept.exists():
            named = options.what if os.path.isdir(options.what) else folder
            where = os.path.join(named, scenarios.RECORDING)
            how = shlex.join(("walkthrough", "record", options.what, "-o", where))
            raise UsageError(f"{what} has no recording yet: make one with `{how}`.")
        return _replay(kept, options)
    return _live(what, options)


def _name_of(what: str) -> str:
    """Return what is meant; for a folder of the user's own its name, which is found from now on."""
    from walkthrough.lesson.scenario import ScenarioError, look_beside, passed_over
    from walkthrough.notation.safe import printable

    if what in _scenario_names() or not os.path.isdir(what):
        for said in passed_over([what]):
            _say(f"walkthrough: {printable(said)}")
        return what
    try:
        return look_beside(Path(what))
    except ScenarioError as error:
        raise UsageError(str(error)) from error


def _scenario_names() -> tuple[str, ...]:
    from walkthrough.lesson.scenario import ScenarioError, names

    try:
        return names()
    except ScenarioError as error:
        raise UsageError(str(error)) from error


def _mend_words(options: argparse.Namespace) -> None:
    """Give a scenario's name back that ``--strace``, which may stand alone, has taken for a log."""
    from walkthrough.cli.laid_beside import ON_THE_SPOT

    log = options.strace
    if log and not os.path.lexists(log) and log in _scenario_names():
        options.what, options.strace = log, ON_THE_SPOT


def _is_log(what: str) -> bool:
    """Tell whether a file is rather a log of strace's than a recording, which begins with a {.

    Of one that is neither, what strace's logs are refused with says the most.
    """
    from walkthrough.strace_log.log import FileKind, kind_of

    if what.endswith(".jsonl"):
        return False
    kind = kind_of(what)
    return kind is FileKind.LOG or (kind is FileKind.NEITHER and os.path.isfile(what))


def _log(path: Path, options: argparse.Namespace) -> int:
    """Show a log alone: its calls as events."""
    import gc

    from walkthrough.replay.history import History
    from walkthrough.replay.lines import Encoded
    from walkthrough.strace_log.events import to_events
    from walkthrough.strace_log.log import LogError, load

    gc.disable()  # nothing here makes cycles, and there may be very many rows
    try:
        log = load(path)
        history = History.load(Encoded(*to_events(log)), _at_first(options))
    except LogError as error:
        raise UsageError(str(error)) from error
    finally:
        gc.freeze()  # or the screen's own start would look through all of it
        gc.enable()
    for remark in log.remarks:
        _say(f"{path.name}: {remark}.")
    return _show(history, options)


def _replay(path: Path, options: argparse.Namespace) -> int:
    from walkthrough.lesson.scenario import FILE, ScenarioError, look_beside
    from walkthrough.recording.file import RecordingError, load
    from walkthrough.replay.history import History

    try:
        if os.path.isfile(path.parent / FILE):
            look_beside(path.parent)  # its lesson lies there, wherever that is
        history = History.load(load(path), _at_first(options))
    except (RecordingError, ScenarioError) as error:
        raise UsageError(str(error)) from error
    return _show(history, options)


def _at_first(options: argparse.Namespace) -> int | None:
    """Return how many events are read before the screen opens, None for all.

    Of a small recording that is all, so that what is wrong with it is said on stderr; and of one
    that a log is laid beside, since the two are compared when the screen opens.
    """
    return AT_FIRST if options.strace is None else None


def _show(history: "History", options: argparse.Namespace) -> int:
    from walkthrough.lesson.steps import lesson_for
    from walkthrough.tui.app import WalkthroughApp

    app = WalkthroughApp(
        lesson_factory=lesson_for,
        language=language_of(options.lang),
        history=history,
        strace=_beside(history.header.scenario, options),
    )
    app.run()
    return app.return_code or 0


def _beside(scenario: str, options: argparse.Namespace) -> "Following | None":
    """Return the log of strace's to show beside the walk, None if none was asked for."""
    if options.strace is None:
        return None
    from walkthrough.cli.laid_beside import lay_beside

    return lay_beside(options.strace, scenario, options.server)


def _live(name: str, options: argparse.Namespace) -> int:
    from walkthrough.capture.choose import Server, choose
    from walkthrough.capture.errors import CaptureError
    from walkthrough.capture.feed import LiveFeed
    from walkthrough.capture.needs import refuse_unfit
    from walkthrough.cli.kept_feed import KeptFeed
    from walkthrough.lesson.scenario import ScenarioError, load
    from walkthrough.lesson.steps import lesson_for
    from walkthrough.tui.app import WalkthroughApp

    try:  # before the screen opens: a refusal belongs on stderr
        refuse_unfit(load(name), choose(Server(options.server)).server)
    except (CaptureError, ScenarioError) as error:
        raise UsageError(str(error)) from error
    strace = _beside(name, options)
    feed = KeptFeed(LiveFeed(name, options.server), name)
    app = WalkthroughApp(
        lesson_factory=lesson_for, language=language_of(options.lang), feed=feed, strace=strace
    )
    app.run()
    if feed.path is not None:
        _say(f"This session is kept: walkthrough {feed.path}")
    return app.return_code or 0


def check(options: argparse.Namespace) -> int:
    """``walkthrough check [SCENARIO ...]``: run them, hold each against what it promises."""
    from walkthrough.cli.check import check as run

    return run(options)


def compare(options: argparse.Namespace) -> int:
    """``walkthrough compare A [B]``: lay two runs beside each other."""
    from walkthrough.cli.compare import compare as run

    return run(options)


def record(options: argparse.Namespace) -> int:
    """``walkthrough record SCENARIO -o FILE``: run it unattended, write the recording."""
    from walkthrough.capture.choose import Server, choose, prepare
    from walkthrough.capture.errors import CaptureError
    from walkthrough.capture.session.session import Session
    from walkthrough.capture.surroundings import Surroundings
    from walkthrough.cli.ending import unwind_on_signals
    from walkthrough.lesson.scenario import ScenarioError, load
    from walkthrough.recording.file import RecordingError
    from walkthrough.recording.sink import Sink

    try:
        scenario = load(_name_of(options.scenario))
        choice = choose(Server(options.server))
        _say(choice.why)
        unwind_on_signals()
        with Surroundings(scenario) as surroundings, Sink(options.output) as sink:
            target = prepare(scenario, choice.server, _progress(), surroundings)
            session = Session(target, sink.put, scenario, surroundings=surroundings)
            reason = session.run()
    except (CaptureError, ScenarioError, RecordingError) as error:
        raise UsageError(str(error)) from error
    _say(f"{sink.events} events in {options.output} ({reason}).")
    if reason == "finished" or (not session.unfinished and reason == "exited"):
        return 0
    action = session.unfinished
    due = f"`{action.do}` was never due ({action.when})" if action else "the end never came"
    why = session.complaint or due
    ended = {"exited": "the server exited", "killed": "the server was killed"}.get(reason, reason)
    raise UsageError(
        f"{ended} before the script was done: {why}; what happened until then is in "
        f"{options.output}."
    )


def _say(text: str) -> None:
    clear = "\r\x1b[K" if sys.stderr.isatty() else ""
    print(f"{clear}{text}", file=sys.stderr)


def _progress() -> Callable[[str], None]:
    """Return what shows a build's progress: a line rewritten on a terminal, the first elsewhere."""
    said = False

    def show(line: str) -> None:
        nonlocal said
        safe = "".join(c if c.isprintable() else "?" for c in line)
        if sys.stderr.isatty():
            print(f"\r\x1b[K{safe[:78]}", end="", file=sys.stderr, flush=True)
        elif not said:
            _say(safe)
        said = True

    return show


def export(options: argparse.Namespace) -> int:
    """``walkthrough export FILE --to json|strace``: a recording in another program's format."""
    from walkthrough.export.json_document import to_json
    from walkthrough.export.strace_text import to_strace
    from walkthrough.recording.file import RecordingError

    export_to = {"json": to_json, "strace": to_strace}[options.to]
    try:
        if options.output is None:
            with tempfile.TemporaryFile() as whole:  # half a document would be of use to nobody
                remark = export_to(options.recording, whole)
                whole.seek(0)
                shutil.copyfileobj(whole, sys.stdout.buffer)
            sys.stdout.flush()
        else:
            remark = _written_whole(
                Path(options.output), lambda out: export_to(options.recording, out)
            )
    except RecordingError as error:
        raise UsageError(str(error)) from error
    if remark:
        _say(remark)
    return 0


def _written_whole(path: Path, write: Callable[[IO[bytes]], str]) -> str:
    """Write a file beside ``path`` and move it there once it is whole, so that nothing is lost."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written ({error.strerror}); name another file with -o."
        ) from error
    try:
        with os.fdopen(handle, "wb") as out:
            answer = write(out)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(name, 0o666 & ~umask)
        os.replace(name, path)
    except OSError as error:
        os.unlink(name)
        raise UsageError(
            f"{path} cannot be written ({error.strerror}); name another file with -o."
        ) from error
    except BaseException:
        os.unlink(name)
        raise
    return answer


def scenarios(options: argparse.Namespace) -> int:
    """``walkthrough scenarios``: what there is."""
    from walkthrough.cli.listing import show

    return show(language_of(options.lang), options.json)


def doctor(_options: argparse.Namespace) -> int:
    """``walkthrough doctor``: what this machine can do."""
    from walkthrough.capture.doctor import can_trace_go, examine, report

    print(report(examine()))
    return 0 if can_trace_go()[0] else 1
