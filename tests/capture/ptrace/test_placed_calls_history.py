"""Captures of programs of which nothing but calls is seen: on the screen and in recordings."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
import pytest

from tests.support.replayed_calls import spelled, told_at_once
from walkthrough.call_stages import stages
from walkthrough.call_stages.descriptor_sharing import DescriptorSharing
from walkthrough.call_stages.fd_roles import FileRoles
from walkthrough.call_stages.stages import ToldPlace
from walkthrough.capture.ptrace import placed_calls
from walkthrough.capture.ptrace.placed_calls import PlacedCalls
from walkthrough.model.events import (
    FORMAT_OF_REVISIONS,
    AnyEvent,
    CallEntered,
    CallReturned,
    CaptureEnded,
    Header,
    ProcessExited,
    ProcessStarted,
    StagesRevised,
    ThreadExited,
    ThreadStarted,
)
from walkthrough.model.stages import Place, Stage, Step
from walkthrough.model.values import Argument, Constant, Flags, SocketAddress, Value
from walkthrough.recording.file import RecordingWriter
from walkthrough.recording.file import load as load_recording
from walkthrough.scenario import loader as scenarios
from walkthrough.state.history import History

PID = 42
HEADER = Header(format=FORMAT_OF_REVISIONS, server="program", pid=PID)
INET, STREAM = Constant("AF_INET", 2), Flags(("SOCK_STREAM",), 1)
ADDRESS = SocketAddress("AF_INET", "127.0.0.1", 8080)


class Calls:
    """Makes events of calls, as a capture of a program without functions does."""

    def __init__(self) -> None:
        self._span = 0

    def begins(self, call: str, thread: int, process: int | None, **given: Value) -> CallEntered:
        self._span += 1
        arguments = tuple(Argument(name, value) for name, value in given.items())
        return CallEntered(
            seq=-1,
            time_ns=self._span,
            thread=thread,
            process=process,
            span=self._span,
            call=call,
            arguments=arguments,
        )

    def __call__(
        self,
        call: str,
        result: int = 0,
        *,
        error: str = "",
        thread: int = PID,
        process: int | None = None,
        **given: Value,
    ) -> list[AnyEvent]:
        entered = self.begins(call, thread, process, **given)
        return [
            entered,
            CallReturned(
                seq=-1,
                time_ns=self._span,
                thread=thread,
                process=process,
                span=entered.span,
                call=call,
                arguments=entered.arguments,
                result=-1 if error else result,
                error=Constant(error, 11) if error else None,
            ),
        ]


def listening(call: Calls) -> list[AnyEvent]:
    return [
        *call("socket", 3, domain=INET, type=STREAM, protocol=0),
        *call("bind", sockfd=3, addr=ADDRESS, addrlen=16),
        *call("listen", sockfd=3, backlog=128),
    ]


def followed(
    events: Iterable[AnyEvent], pid: int = PID, *, quiet_elsewhere: bool = True
) -> list[AnyEvent]:
    placed = PlacedCalls(pid, quiet_elsewhere=quiet_elsewhere)
    found: list[AnyEvent] = []
    for event in events:
        found.append(placed.place(event))
        if (revised := placed.revision(event)) is not None:
            found.append(revised)
    return [msgspec.structs.replace(event, seq=seq) for seq, event in enumerate(found)]


def final(events: Iterable[AnyEvent]) -> list[tuple[str, Place, str | None]]:
    """Return the calls of a history that grew live, as they are in the end."""
    history = History.of(HEADER, events)
    count = history.calls_until(len(history))
    entered = [history.call(number)[0] for number in range(count)]
    return [(event.call, event.place, event.mark) for event in entered]


def bare(events: Iterable[AnyEvent]) -> Iterator[AnyEvent]:
    """Yield the calls of a recording as if no function had been seen."""
    for event in events:
        if isinstance(event, CallEntered):
            yield msgspec.structs.replace(
                event, stage=None, step=None, mark=None, function=None, quiet=False
            )
        elif isinstance(event, CallReturned):
            yield msgspec.structs.replace(event, stage=None, step=None, function=None, quiet=False)


@pytest.mark.parametrize("name", ["first-connection", "dial", "many-connections"])
def test_a_recording_and_the_screen_say_what_a_log_would(name: str, tmp_path: Path) -> None:
    recorded = [each for _, each in load_recording(scenarios.find(name) / scenarios.RECORDING)]
    calls = [*bare(recorded)]
    begins = [event for event in calls if isinstance(event, CallEntered)]
    ends = {event.span: event for event in calls if isinstance(event, CallReturned)}
    pid = begins[0].thread
    assert pid is not None
    events = followed(calls, pid)
    assert any(isinstance(event, StagesRevised) for event in events)

    threads = dict.fromkeys(event.thread for event in begins)
    roles = FileRoles(DescriptorSharing(dict.fromkeys(threads, pid), frozenset(), frozenset()))
    whole = [spelled(event, ends.get(event.span)) for event in begins]
    numbers: dict[int | None, int] = {}
    for event in calls:  # in the capture's order, which has calls that overlap
        if isinstance(event, CallEntered):
            numbers[event.span] = number = len(numbers)
            roles.begins(number, whole[number])
        else:
            roles.ends(numbers[event.span], whole[numbers[event.span]])
    roles.settle()
    told = told_at_once(whole, roles)

    live = History.of(HEADER, events)
    with RecordingWriter(tmp_path / "traced.jsonl", HEADER) as writer:
        for event in [*events, CaptureEnded(seq=len(events), time_ns=0, reason="exited")]:
            writer.write(event)
    read = History.load(load_recording(tmp_path / "traced.jsonl"))
    for history in (live, read):
        entered = [history.call(number)[0] for number in range(len(begins))]
        assert [ToldPlace(event.place, event.mark) for event in entered] == told
        assert [event.quiet for event in entered] == [each.place == Place() for each in told]
        returned = [history.call(number)[1] for number in range(len(begins))]
        assert all(
            end is None or (end.place, end.quiet) == (event.place, event.quiet)
            for event, end in zip(entered, returned, strict=True)
        )
    assert live.world(len(events) - 1) == read.world(len(events) - 1)
    assert live.revised
    assert not read.revised


def test_threads_share_what_they_have_and_processes_copy_it() -> None:
    call = Calls()
    events = [
        ProcessStarted(seq=-1, time_ns=0, pid=PID, thread=PID),
        *listening(call),
        ThreadStarted(seq=-1, time_ns=0, thread=43),
        *call("accept4", 4, thread=43, sockfd=3, addr=None, addrlen=None, flags=Flags((), 0)),
        *call("read", 1, sockfd=4, thread=44),  # who was never announced
        ProcessStarted(
            seq=-1, time_ns=0, pid=50, thread=50, process=50, parent_pid=PID, origin="fork"
        ),
        *call("close", thread=PID, fd=4),
        *call("write", 1, thread=50, process=50, fd=4),
        *call("write", error="EBADF", thread=43, fd=4),
        ThreadExited(seq=-1, time_ns=0, thread=43),
        ProcessExited(seq=-1, time_ns=0, pid=50, process=50, code=0),
        *call("accept4", 4, sockfd=3, addr=None, addrlen=None, flags=Flags((), 0)),
    ]
    places = [(name, place) for name, place, _ in final(followed(events))]
    assert places[3:] == [
        ("accept4", Place(Stage.ACCEPT)),
        ("read", Place(None, Step.READ)),
        ("close", Place(None, Step.CLOSE)),
        ("write", Place(None, Step.WRITE)),
        ("write", Place()),
        ("accept4", Place(Stage.ACCEPT)),
    ]


def test_another_program_has_what_is_not_closed_by_execve() -> None:
    call = Calls()
    events = [
        *listening(call),
        *call("accept4", 4, sockfd=3, flags=Flags(("SOCK_CLOEXEC",), 0o2000000)),
        *call("accept4", 5, sockfd=3, flags=Flags((), 0)),
        ProcessStarted(seq=-1, time_ns=0, pid=PID, thread=PID, origin="exec"),
        *call("write", 1, fd=4),
        *call("write", 1, fd=5),
        *call("accept4", 4, sockfd=3, flags=Flags((), 0)),
    ]
    assert [place for _, place, _ in final(followed(events))[-3:]] == [
        Place(),
        Place(None, Step.WRITE),
        Place(Stage.ACCEPT),
    ]


def test_a_call_that_waits_for_long_ends_where_it_began(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (stages, placed_calls):
        monkeypatch.setattr(module, "REVISABLE", 8)
    call = Calls()
    waits = call.begins("accept4", 43, None, sockfd=3, flags=Flags((), 0))
    others = [each for _ in range(20) for each in call("getpid", PID)]
    end = CallReturned(seq=-1, time_ns=99, thread=43, span=waits.span, call="accept4", result=9)
    events = followed([*listening(call), waits, *others, end, *call("read", 1, fd=9)])
    ended = [event for event in events if event.span == waits.span]
    assert [event.place for event in ended] == [Place(Stage.ACCEPT)] * 2
    assert final(events)[-1][1] == Place(None, Step.READ)
