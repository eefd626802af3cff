"""What goes over a pipe or into a file comes back as it was; the kernel's names as data."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.strategies import EVENTS, values
from walkthrough.model import protocol
from walkthrough.model.events import AnyEvent, Header, ThreadStarted
from walkthrough.model.linux import constants as k
from walkthrough.model.stages import NOWHERE, Place, Stage, Step
from walkthrough.model.values import Constant, Flags, Value

MESSAGES: list[Any] = [
    Header(server="go"),
    ThreadStarted(seq=0, time_ns=1, thread=7),
    protocol.ProgressReported(phase="build", detail="net"),
    protocol.ServerChosen(server="python", why="there is no Go"),
    protocol.ServerHalted(seq=4),
    protocol.ServerRunning(waiting=True),
    protocol.CaptureFailed(message="no"),
    protocol.CaptureFinished(),
]
COMMANDS: list[Any] = [
    protocol.StepCommand(),
    protocol.NextStageCommand(),
    protocol.RunCommand(),
    protocol.PauseCommand(),
    protocol.ActCommand(action="send", client=2, data=b"\x00\xff"),
    protocol.StopCommand(),
]


@given(st.one_of(*EVENTS.values()))
def test_events_come_back_as_they_were(event: AnyEvent) -> None:
    line = msgspec.json.encode(event)
    assert b"\n" not in line
    assert msgspec.json.decode(line, type=AnyEvent) == event
    assert msgspec.json.decode(line, type=protocol.Line) == event


@given(values)
def test_values_come_back_as_they_were(value: Value) -> None:
    back = msgspec.json.decode(msgspec.json.encode(value), type=Value)
    assert back == value
    assert type(back) is type(value)


@pytest.mark.parametrize("message", MESSAGES, ids=lambda one: type(one).__name__)
def test_messages_come_back_as_they_were(message: Any) -> None:
    assert msgspec.json.decode(msgspec.json.encode(message), type=protocol.Line) == message


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: type(one).__name__)
def test_commands_come_back_as_they_were(command: Any) -> None:
    line = msgspec.json.encode(command)
    assert msgspec.json.decode(line, type=protocol.AnyCommand) == command


def test_defaults_are_left_out_of_a_line() -> None:
    line = msgspec.json.encode(ThreadStarted(seq=3, time_ns=9, thread=7))
    assert line == b'{"type":"thread_started","seq":3,"time_ns":9,"thread":7}'


@pytest.mark.parametrize(
    ("stage", "step", "place"),
    [
        (None, None, NOWHERE),
        (Stage.BIND, None, Place(Stage.BIND)),
        (Stage.ACCEPT, Step.POLL_WAIT, Place(Stage.ACCEPT, Step.POLL_WAIT)),
        (None, Step.READ, Place(None, Step.READ)),
    ],
)
def test_an_event_has_a_place(stage: Stage | None, step: Step | None, place: Place) -> None:
    assert ThreadStarted(seq=0, time_ns=0, stage=stage, step=step).place == place


@pytest.mark.parametrize(
    ("table", "raw", "flags"),
    [
        (k.SOCK_FLAGS, 0o2004000, Flags(("SOCK_CLOEXEC", "SOCK_NONBLOCK"), 0o2004000)),
        (k.EPOLL_EVENTS, 0x80002001, Flags(("EPOLLIN", "EPOLLRDHUP", "EPOLLET"), 0x80002001)),
        (k.EPOLL_EVENTS, 0, Flags((), 0)),
        (k.EPOLL_CREATE, 0o2000001, Flags(("EPOLL_CLOEXEC",), 0o2000001, 1)),
        (k.O_FLAGS, 0o4010000, Flags(("O_SYNC",), 0o4010000)),
        (k.O_FLAGS, 0o10000, Flags(("O_DSYNC",), 0o10000)),
        (k.O_ACCESS, 0, Flags(("O_RDONLY",), 0)),
    ],
)
def test_flags_are_split_by_name(table: k.Table, raw: int, flags: Flags) -> None:
    assert k.flags(table, raw) == flags


TABLES = [
    value
    for name, value in vars(k).items()
    if name.isupper() and isinstance(value, dict) and isinstance(next(iter(value.values())), str)
]


@given(st.sampled_from(TABLES), st.integers(0, 2**32))
def test_no_bit_is_lost(table: k.Table, raw: int) -> None:
    split = k.flags(table, raw)
    bits = {name: number for number, name in table.items()}
    together = split.rest
    for name in split.names:
        together |= bits[name]
    assert together == raw == split.raw


def test_a_number_without_a_name_stays_a_number() -> None:
    assert k.constant(k.AF, 2) == Constant("AF_INET", 2)
    assert k.constant(k.AF, 99) == Constant("", 99)


def test_every_error_has_a_text() -> None:
    # Those above 511 are the kernel's own; no C library has words for them.
    assert {number for number in k.ERRNO if number < 512} == set(k.ERRNO_TEXT)
