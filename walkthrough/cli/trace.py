"""``walkthrough trace``: any program, launched or attached to; on the screen or recorded."""

import argparse
import contextlib
import os
import signal
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from walkthrough.cli.capture_endings import OF_A_TRACE, recorded
from walkthrough.cli.errors import UsageError
from walkthrough.formatting.terminal import say, say_lines, show
from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import message

if TYPE_CHECKING:
    from types import FrameType

    from walkthrough.capture.session.session import CaptureSession
    from walkthrough.capture.session.trace_request import TraceRequest
    from walkthrough.model.protocol import Line
    from walkthrough.recording.output import OutputTarget
    from walkthrough.tui.screens.session_source import SessionSource


def trace(
    options: argparse.Namespace, tr: Catalogue, on_screen: "Callable[[SessionSource], int]"
) -> int:
    """Trace a program: on the screen if there is a terminal and no file was named.

    Args:
        options: The command line.
        tr: What is spoken.
        on_screen: Shows a walk, and returns the exit status.

    Raises:
        UsageError: It cannot be traced; the sentence says what to do.
    """
    from walkthrough.capture.environment.trace_backend import refuse_untraceable
    from walkthrough.capture.errors import CaptureError

    request = _request(options)
    try:
        refuse_untraceable()
        if options.output is None and sys.stdin.isatty() and sys.stdout.isatty():
            return on_screen(_opened(request))
        if options.begin is not None:
            raise UsageError(
                message(
                    "--halt and --run are for the screen, and a recording has none: leave {option} "
                    "out.",
                    option="--" + options.begin,
                )
            )
        return _record(request, options, tr)
    except CaptureError as error:
        raise UsageError(error.message) from error


def _request(options: argparse.Namespace) -> "TraceRequest":
    """Return what is asked for.

    Raises:
        UsageError: It makes no sense.
    """
    from walkthrough.capture.session.trace_request import HALT_LIMIT_S, TraceRequest, launch

    words = options.words[1:] if options.words[:1] == ["--"] else options.words
    how = {
        "begin": options.begin or ("run" if options.pids else "halt"),
        "only": options.only,
        "timeout_s": options.seconds,
        "limit": options.limit,
        "payload": options.payload,
    }
    if options.pids and words:
        raise UsageError(
            message("-p names processes that run, and no program goes with it: name one of both.")
        )
    if options.pids:
        limit = HALT_LIMIT_S if options.halt_limit is None else options.halt_limit
        return TraceRequest(pids=tuple(options.pids), halt_limit_s=limit, **how)
    if not words:
        raise UsageError(
            message(
                "name the program to trace, as in `{command}`, or a process with -p.",
                command="walkthrough trace -- ./server -port 8080",
            )
        )
    return launch(words, halt_limit_s=options.halt_limit, **how)


# On the screen


def _opened(request: "TraceRequest") -> "SessionSource":
    from walkthrough.capture.environment.trace_backend import refuse_unknown
    from walkthrough.capture.workers.live_feed import TraceFeed
    from walkthrough.cli.autosave import AutosavedFeed
    from walkthrough.cli.bookmarks import bookmarks_of
    from walkthrough.cli.terminal import refuse_unfit
    from walkthrough.tui.screens.session_source import SessionSource

    refuse_unfit()
    refuse_unknown(request)  # before the screen opens: a refusal belongs on stderr
    feed = AutosavedFeed(TraceFeed(request), recording_stem(request))
    return SessionSource(
        feed=feed,
        bookmarks=lambda header: bookmarks_of(feed.path, header),
        kept=lambda: feed.kept,
    )


def recording_stem(request: "TraceRequest") -> str:
    """Return what a recording is called; a process by its program, too."""
    if not request.pids:
        return file_stem(request.name)
    from walkthrough.capture.environment.program_file import name_of_process

    name = str(request.pids[0])
    with contextlib.suppress(OSError):  # it is gone, or somebody else's
        name = f"{name_of_process(request.pids[0])}-{name}"
    return file_stem(name)


def file_stem(name: str) -> str:
    """Return what the recording of a program is called: letters and digits of its name."""
    base = os.path.basename(name.rstrip(os.sep))
    kept = "".join(letter if letter.isalnum() and letter.isascii() else "-" for letter in base)
    return f"trace-{kept.strip('-')[:40] or 'program'}"


# Into a file


def _record(request: "TraceRequest", options: argparse.Namespace, tr: Catalogue) -> int:
    from walkthrough.capture.environment import leftovers
    from walkthrough.capture.environment.trace_backend import prepare_trace
    from walkthrough.capture.session.session import CaptureSession
    from walkthrough.model.events import Header, ProcessStarted
    from walkthrough.recording.file import RecordingError
    from walkthrough.recording.output import OutputError, check
    from walkthrough.recording.sink import RecordingSink

    try:
        output = _output(request, options)
        check(output)  # before anything is run
        leftovers.remove()
        # At a terminal the program is in the background, and reading from it would stop it.
        prepared = prepare_trace(request, None if os.isatty(0) else 0)
        for said in (prepared.why, *prepared.remarks):
            say(tr.text(said))
        echo = _Echo(to_stderr=output.name == "-")
        with RecordingSink(output, payload=options.payload) as sink:

            def put(line: "Line") -> None:
                sink.put(line)
                if isinstance(line, Header | ProcessStarted):  # a program has begun
                    for complaint in prepared.complaints():
                        say(tr.text(complaint))
                echo.put(line)
                if request.limit is not None and sink.written > request.limit:
                    session.end("full")

            session = CaptureSession(prepared.target, put, request.plan())
            with _EndingOnSignals(session) as signalled:
                how = session.run()
            echo.flush()
    except (RecordingError, OutputError) as error:
        raise UsageError(error.message) from error
    say(tr(recorded(sink.events, output.name, OF_A_TRACE.get(how, how))))
    return signalled.status


def _output(request: "TraceRequest", options: argparse.Namespace) -> "OutputTarget":
    """Return where to record: what was named, else a new file where recordings are kept."""
    from walkthrough.cli.autosave import folder
    from walkthrough.recording.output import OutputTarget, private_folder

    if options.output is not None:
        return OutputTarget(options.output, options.force, options.mode)
    place = folder()
    try:
        private_folder(place)
    except OSError as error:
        from walkthrough.i18n.system_errors import system_error_text

        raise UsageError(
            message(
                "recordings cannot be kept in {folder} ({why}): name a file with -o.",
                folder=str(place),
                why=system_error_text(error),
            )
        ) from error
    name = f"{recording_stem(request)}-{datetime.now():%Y-%m-%d-%H%M%S-%f}.jsonl"
    return OutputTarget(Path(place / name))


class _Echo:
    """Prints what the program prints, line by line, so that nothing of it acts on a terminal."""

    def __init__(self, *, to_stderr: bool) -> None:
        self._rest = {1: b"", 2: b""}
        self._to_stderr = to_stderr

    def put(self, line: "Line") -> None:
        """Print what an event says was printed; other lines are none of ours."""
        from walkthrough.model.events import OutputWritten

        if isinstance(line, OutputWritten):
            *whole, self._rest[line.stream] = (self._rest[line.stream] + line.data).split(b"\n")
            for each in whole:
                self._print(line.stream, each)

    def flush(self) -> None:
        """Print what came without the end of a line."""
        for stream, rest in self._rest.items():
            if rest:
                self._print(stream, rest)
                self._rest[stream] = b""

    def _print(self, stream: int, data: bytes) -> None:
        text = data.removesuffix(b"\r").decode("utf-8", "backslashreplace")
        if stream == 1 and not self._to_stderr:
            show(text)
            sys.stdout.flush()
        else:
            say_lines(text)


class _EndingOnSignals:
    """Lets SIGINT, SIGTERM and SIGHUP end a session in order: the recording gets its end.

    What was launched ends with it, what was attached to runs on. The second one ends it at once.

    Attributes:
        status: The exit status: 0 after Ctrl-C, which is how one ends it.
    """

    def __init__(self, session: "CaptureSession") -> None:
        self._session = session
        self._before: dict[int, object] = {}
        self.status = 0

    def __enter__(self) -> "_EndingOnSignals":
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) != signal.SIG_IGN:  # nohup(1) has it ignored
                self._before[number] = signal.signal(number, self._end)
        return self

    def __exit__(self, *_: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)  # type: ignore[arg-type]

    def _end(self, number: int, _: "FrameType | None") -> None:
        self.status = 0 if number == signal.SIGINT else 128 + number
        self._session.end("stopped")
        signal.signal(number, self._end_now)

    def _end_now(self, number: int, _: "FrameType | None") -> None:
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        sys.exit(128 + number)
