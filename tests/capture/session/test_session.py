"""The session against a target made of a list: order, halting, the script, the end."""

import errno
import os
import time
from collections.abc import Sequence

import msgspec
import pytest

from tests.support.list_target import (
    LISTENING,
    ListTarget,
    described,
    enter,
    events_of,
    leave,
    scenario,
)
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.session.session import QUIET_SECONDS, CaptureSession
from walkthrough.capture.session.target import Arrival
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    CaptureEnded,
    Event,
    FunctionEntered,
    FunctionReturned,
    Header,
    OutputWritten,
    ProcessExited,
    ProcessStarted,
    SpanCutOff,
    ThreadStarted,
)
from walkthrough.model.protocol import (
    CaptureFinished,
    CommandRefused,
    Line,
    ServerHalted,
    ServerRunning,
)
from walkthrough.model.stages import Stage
from walkthrough.model.values import Constant


def test_unattended_runs_to_the_scripts_end_and_closes_every_span() -> None:
    target, lines = ListTarget(LISTENING), []  # type: ignore[var-annotated]
    assert CaptureSession(target, lines.append, scenario("before accept")).run() == "finished"
    assert described(lines)[0] == "Header"
    assert described(lines)[-2:] == ["SpanCutOff", "CaptureEnded"]
    assert [event.seq for event in events_of(lines)] == list(range(len(events_of(lines))))
    opened = {e.span for e in lines if isinstance(e, FunctionEntered | CallEntered)}
    closed = {e.span for e in lines if isinstance(e, FunctionReturned | CallReturned | SpanCutOff)}
    assert opened == closed
    end = lines[-1]
    assert isinstance(end, CaptureEnded)
    assert end.unlisted == {"things": 2}
    assert target.closed


def test_the_client_acts_at_its_point_and_the_failure_is_a_fact() -> None:
    script = '[[script]]\nwhen = "after bind"\ndo = "connect"\n'
    lines: list[Line] = []
    CaptureSession(ListTarget(LISTENING), lines.append, scenario("before accept", script)).run()
    names = described(lines)
    acted = names.index("ClientActed")
    before = [line for line in lines if type(line).__name__ != "KernelObserved"][acted - 1]
    assert isinstance(before, FunctionReturned)
    assert before.stage is Stage.BIND


def test_the_server_has_ended_once_each_of_its_processes_has() -> None:
    def started(pid: int, origin: str = "") -> ProcessStarted:
        return ProcessStarted(seq=-1, time_ns=1, thread=pid, process=pid, pid=pid, origin=origin)

    def exited(pid: int, code: int) -> ProcessExited:
        return ProcessExited(seq=-1, time_ns=9, process=pid, pid=pid, code=code)

    class OneByOne(ListTarget):
        """An end lets the next come."""

        def arrivals(self) -> list[Arrival]:
            arrived = super().arrivals()
            if arrived and arrived[0].token is None:
                os.write(self._write, b".")
            return arrived

    class AtOnce(ListTarget):
        """All have ended by the time that the first end is looked at."""

        def arrivals(self) -> list[Arrival]:
            arrived = super().arrivals()
            while arrived and isinstance(arrived[-1].event, ProcessExited):
                if (event := next(self._events, None)) is None:
                    break
                arrived.append(Arrival(event, None))
            return arrived

    life: list[AnyEvent] = [
        started(7),
        started(8, "fork"),
        started(8, "exec"),
        exited(7, 0),
        exited(8, 3),
    ]
    for kind in (OneByOne, AtOnce):
        lines: list[Line] = []
        assert CaptureSession(kind(life), lines.append, scenario()).run() == "exited"
        seen = [line for line in lines if isinstance(line, ProcessStarted | ProcessExited)]
        assert [msgspec.structs.replace(each, seq=-1) for each in seen] == life
        assert isinstance(lines[-1], CaptureEnded)


def test_a_script_that_never_becomes_due_ends_after_its_time() -> None:
    script = '[[script]]\nwhen = "after pollOpen"\ndo = "connect"\n'
    events = [*LISTENING]
    target, lines = ListTarget(events), []  # type: ignore[var-annotated]
    # the target goes on living although nothing arrives any more
    target.alive = lambda: True  # type: ignore[method-assign]
    session = CaptureSession(target, lines.append, scenario("after accept", script))
    assert session.run() == "timed out"
    assert session.unfinished is not None
    assert session.unfinished.when == "after pollOpen"


def test_a_server_that_dies_ends_the_capture() -> None:
    events = [*LISTENING[:2], ProcessExited(seq=-1, time_ns=9, pid=7, code=1)]
    lines: list[Line] = []
    assert CaptureSession(ListTarget(events), lines.append, scenario()).run() == "exited"
    assert described(lines)[-4:] == ["ProcessExited", "SpanCutOff", "SpanCutOff", "CaptureEnded"]


def test_what_the_server_complained_of_is_at_hand() -> None:
    said = OutputWritten(seq=-1, time_ns=8, stream=2, data=b"listen tcp: in use\x1b[2J\n")
    events = [LISTENING[0], said, ProcessExited(seq=-1, time_ns=9, pid=7, code=1)]

    class Chatty(ListTarget):
        def arrivals(self) -> list[Arrival]:
            arrived = super().arrivals()
            if any(isinstance(each.event, OutputWritten) for each in arrived):
                os.write(self._write, b".")  # output holds up nobody
                return [Arrival(each.event, None) for each in arrived]
            return arrived

    session = CaptureSession(Chatty(events), lambda _: None, scenario())
    assert session.run() == "exited"
    assert str(session.complaint) == "the server said: listen tcp: in use\\x1b[2J"


def test_so_is_what_a_client_could_not_do() -> None:
    script = '[[script]]\nwhen = "after bind"\ndo = "connect"\n'
    session = CaptureSession(
        ListTarget(LISTENING), lambda _: None, scenario("before accept", script)
    )
    session.run()
    assert str(session.complaint) == "client 1 could not connect (EDESTADDRREQ)"


class Screen:
    """The other end of an interactive session: sends a command when the last one was answered."""

    def __init__(self, commands: Sequence[str]) -> None:
        self.read, self._write = os.pipe()
        self._commands = list(commands)
        self.lines: list[Line] = []

    def receive(self, line: Line) -> None:
        self.lines.append(line)
        if isinstance(line, ServerHalted | ServerRunning | CommandRefused):
            self._send()

    def _send(self) -> None:
        if self._commands:
            os.write(self._write, self._commands.pop(0).encode() + b"\n")
        elif self._write >= 0:
            os.close(self._write)  # as when the screen is killed
            self._write = -1


def interactive(*commands: str) -> tuple[list[Line], ListTarget]:
    screen, target = Screen(commands), ListTarget(LISTENING)
    try:
        CaptureSession(target, screen.receive, scenario(), commands=screen.read).run()
    finally:
        os.close(screen.read)
    return screen.lines, target


def test_a_server_that_is_busy_with_itself_is_said_to_run() -> None:
    """A loop without calls: something always arrives, and none of it is told."""

    class Busy(ListTarget):
        until = time.monotonic() + 10

        def arrivals(self) -> list[Arrival]:
            arrived = super().arrivals()
            if self._over and time.monotonic() < self.until:
                os.write(self._write, b".")
            return arrived

        def alive(self) -> bool:
            return time.monotonic() < self.until

    screen, target = Screen(['{"do":"step"}'] * 2), Busy(LISTENING[:2])
    CaptureSession(target, screen.receive, scenario(), commands=screen.read).run()
    os.close(screen.read)
    names = described(screen.lines)
    assert names.count("ServerRunning") == 1
    assert names[names.index("ServerRunning") - 1] == "ServerHalted"
    assert time.monotonic() < target.until


def test_a_server_that_stands_halted_is_not_said_to_run_whatever_its_other_threads_do() -> None:
    read, write = os.pipe()

    class Noisy(ListTarget):
        """One thread stands halted; of the others there is always something to look at."""

        until = 0.0

        def arrivals(self) -> list[Arrival]:
            if not self.until:
                self.until = time.monotonic() + 4 * QUIET_SECONDS
                return [each for each in super().arrivals() if os.write(self._write, b".")]
            if time.monotonic() > self.until:
                os.write(write, b'{"do":"stop"}\n')
            return []

    lines: list[Line] = []
    assert (
        CaptureSession(Noisy(LISTENING), lines.append, scenario(), commands=read).run() == "stopped"
    )
    for end in (read, write):
        os.close(end)
    assert described(lines)[:4] == ["Header", "FunctionEntered", "ServerHalted", "SpanCutOff"]


def test_a_server_that_is_killed_while_it_stands_halted_ends_the_capture() -> None:
    class Doomed(ListTarget):
        """Dies at its first event, whatever anyone does."""

        def arrivals(self) -> list[Arrival]:
            arrived = super().arrivals()
            if arrived:
                os.write(self._write, b".")  # it dies without having been released
            return arrived

    events = [LISTENING[0], ProcessExited(seq=-1, time_ns=9, pid=7, signal=Constant("SIGKILL", 9))]
    read, write = os.pipe()
    lines: list[Line] = []
    assert CaptureSession(Doomed(events), lines.append, scenario(), commands=read).run() == "killed"
    os.close(read)
    os.close(write)
    assert described(lines)[1:] == [
        "FunctionEntered",
        "ServerHalted",
        "ProcessExited",
        "SpanCutOff",
        "CaptureEnded",
        "CaptureFinished",
    ]


def halts(lines: list[Line]) -> list[int]:
    """Return after how many events (views aside) each halt came."""
    found, count = [], 0
    for line in lines:
        if isinstance(line, ServerHalted):
            found.append(count)
        elif isinstance(line, Event) and type(line).__name__ != "KernelObserved":
            count += 1
    return found


def test_step_releases_one_event() -> None:
    lines, target = interactive('{"do":"step"}', '{"do":"step"}')
    assert halts(lines) == [1, 2, 3]
    assert target.released == 2


def test_a_step_with_one_process_passes_over_the_events_of_others() -> None:
    other = 4_194_303  # beyond pid_max, so that no process has it

    def call(span: int, process: int | None) -> CallEntered:
        thread = process or os.getpid()
        return CallEntered(
            seq=-1, time_ns=span, thread=thread, process=process, span=span, call="close"
        )

    events: list[AnyEvent] = [
        ProcessStarted(seq=-1, time_ns=0, thread=os.getpid(), pid=os.getpid()),
        ProcessStarted(seq=-1, time_ns=0, thread=other, process=other, pid=other, origin="fork"),
        call(1, None),
        call(2, other),
        call(3, None),
        call(4, None),
        ProcessExited(seq=-1, time_ns=5, process=other, pid=other, code=0),
        call(6, None),
    ]

    class Releasing(ListTarget):
        """An end lets the next come."""

        def arrivals(self) -> list[Arrival]:
            arrived = super().arrivals()
            if arrived and isinstance(arrived[0].event, ProcessExited):
                os.write(self._write, b".")
            return arrived

    mine, theirs = f'{{"do":"step","process":{os.getpid()}}}', f'{{"do":"step","process":{other}}}'
    screen = Screen([theirs, theirs, mine, theirs])
    CaptureSession(Releasing(events), screen.receive, scenario(), commands=screen.read).run()
    os.close(screen.read)
    at = [line.seq for line in screen.lines if isinstance(line, ServerHalted)]
    told = [line for line in screen.lines if isinstance(line, Event)]
    spans = [getattr(told[seq], "span", None) for seq in at]
    # Once it has ended, every event counts again.
    assert spans == [None, None, 2, 3, 6]


def test_next_stage_releases_until_another_stage_begins() -> None:
    lines, _ = interactive('{"do":"next-stage"}', '{"do":"next-stage"}')
    assert halts(lines) == [1, 5, 7]


GOAL = """
[[goal]]
id = "test.bound"
look.en = "bound"
look.zh = "bound"
when = "after bind"
"""


@pytest.mark.parametrize(
    ("goes", "expected"),
    [("next-stage", [1, 4, 5, 7]), ("next-change", [1, 4]), ("run", [1])],
)
def test_a_longer_step_ends_where_a_goal_is_reached(goes: str, expected: list[int]) -> None:
    screen, target = Screen([f'{{"do":"{goes}"}}'] * 3), ListTarget(LISTENING)
    CaptureSession(target, screen.receive, scenario(script=GOAL), commands=screen.read).run()
    os.close(screen.read)
    assert halts(screen.lines) == expected


def test_next_change_releases_until_a_call_says_something_new() -> None:
    refused = CallReturned(
        seq=-1, time_ns=5, thread=7, span=4, call="accept4", result=-1, error=Constant("EAGAIN", 11)
    )
    events: list[AnyEvent] = [*LISTENING, refused, leave(Stage.ACCEPT, 4)]
    screen, target = Screen(['{"do":"next-change"}'] * 2), ListTarget(events)
    CaptureSession(target, screen.receive, scenario(), commands=screen.read).run()
    os.close(screen.read)
    assert halts(screen.lines) == [1, len(LISTENING) + 1]  # then to the end
    assert target.released == len(events)


@pytest.mark.parametrize(
    ("goes", "times"), [("step", len(LISTENING)), ("next-stage", 3), ("next-change", 1)]
)
def test_what_a_client_sets_off_halts_at_its_first_event(goes: str, times: int) -> None:
    """The server waits inside accept until the client has acted; then it goes on."""
    woken: list[AnyEvent] = [leave(Stage.ACCEPT, 4), enter(Stage.ACCEPT, 5), leave(Stage.ACCEPT, 5)]

    class Waiting(ListTarget):
        waits = False

        def release(self, token: int) -> None:
            self.waits = self.released == len(LISTENING) - 1
            super().release(token)

        def arrivals(self) -> list[Arrival]:
            return [] if self.waits else super().arrivals()

    target = Waiting([*LISTENING, *woken])
    screen = Screen([f'{{"do":"{goes}"}}'] * times + ['{"do":"act","action":"connect"}'])

    def receive(line: Line) -> None:
        if type(line).__name__ == "ClientActed":
            target.waits = False
            os.write(target._write, b".")
        screen.receive(line)

    CaptureSession(target, receive, scenario(), commands=screen.read).run()
    os.close(screen.read)
    names = described(screen.lines)
    after = names.index("ClientActed")
    assert names[after - 1] == "ServerRunning"
    assert names[after + 1 : after + 3] == ["FunctionReturned", "ServerHalted"]


def test_run_releases_until_nothing_comes() -> None:
    lines, _ = interactive('{"do":"run"}')
    assert halts(lines) == [1]
    assert isinstance(lines[-1], CaptureFinished)


def test_the_end_of_the_commands_ends_the_server() -> None:
    lines, target = interactive()
    assert target.closed
    end = events_of(lines)[-1]
    assert isinstance(end, CaptureEnded)
    assert end.reason == "stopped"


def test_stop() -> None:
    lines, target = interactive('{"do":"stop"}')
    assert target.closed
    assert isinstance(lines[-1], CaptureFinished)


def test_a_command_that_is_none_is_answered_and_changes_nothing() -> None:
    lines, _ = interactive('{"do":"dance"}', '{"do":"step"}')
    assert any(isinstance(line, CommandRefused) for line in lines)
    assert halts(lines) == [1, 2]


@pytest.mark.parametrize("cut", [1, 5, 12])
def test_a_command_may_come_in_pieces(cut: int) -> None:
    read, write = os.pipe()
    lines: list[Line] = []
    pieces = [b'{"do":"step"}\n'[:cut], b'{"do":"step"}\n'[cut:]]

    def receive(line: Line) -> None:
        lines.append(line)
        if isinstance(line, ServerHalted):
            if not pieces:
                os.close(write)
            while pieces:
                os.write(write, pieces.pop(0))

    CaptureSession(ListTarget(LISTENING), receive, scenario(), commands=read).run()
    os.close(read)
    assert halts(lines) == [1, 2]


def test_lines_are_what_the_screen_decodes() -> None:
    lines, _ = interactive('{"do":"step"}')
    decoder: msgspec.json.Decoder[Line] = msgspec.json.Decoder(Line)
    for line in lines:
        assert decoder.decode(msgspec.json.encode(line)) == line


def test_nothing_is_obeyed_after_stop() -> None:
    lines, target = interactive('{"do":"stop"}\n{"do":"act","action":"connect"}\n{"do":"step"}')
    assert "ClientActed" not in described(lines)
    assert target.released == 0


def test_a_command_nested_beyond_reason_is_answered_and_changes_nothing() -> None:
    # the depth is past what the decoder follows, the length below what a pipe holds
    lines, _ = interactive('{"do":"step","x":' + "[" * 5000 + "]" * 5000 + "}", '{"do":"step"}')
    assert any(isinstance(line, CommandRefused) for line in lines)
    assert halts(lines) == [1, 2]


def test_a_server_that_never_rests_runs_out_of_time_too() -> None:
    class Restless(ListTarget):
        """Arrives somewhere each time it is asked."""

        def arrivals(self) -> list[Arrival]:
            return [Arrival(ThreadStarted(seq=-1, time_ns=1, thread=7, quiet=True), None)]

    lines: list[Line] = []
    assert CaptureSession(Restless([]), lines.append, scenario()).run() == "timed out"


def test_output_that_is_read_together_with_the_exit_is_kept() -> None:
    class Hasty(ListTarget):
        """Its last words are read in the same moment as its end."""

        def arrivals(self) -> list[Arrival]:
            arrived = super().arrivals()
            if arrived and isinstance(arrived[-1].event, ProcessExited):
                words = OutputWritten(seq=-1, time_ns=9, stream=2, data=b"last words")
                arrived.append(Arrival(words, None))
            return arrived

    events = [*LISTENING[:1], ProcessExited(seq=-1, time_ns=9, pid=7, code=1)]
    lines: list[Line] = []
    CaptureSession(Hasty(events), lines.append, scenario()).run()
    assert [e.data for e in lines if isinstance(e, OutputWritten)] == [b"last words"]


def test_without_descriptors_there_is_a_sentence() -> None:
    class Starved(ListTarget):
        """Cannot be started."""

        def start(self) -> Header:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    target = Starved([])
    with pytest.raises(CaptureError, match="Too many open files"):
        CaptureSession(target, lambda _: None, scenario()).run()
    assert target.closed
