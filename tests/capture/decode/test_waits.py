"""What poll(2) and select(2) wait for: saved, decoded, and spelled as strace spells it."""

import struct

import pytest

from walkthrough.call_stages.event_calls import call_begun, call_ended
from walkthrough.call_stages.waits import polled
from walkthrough.capture.decode.calls import arguments, calls_of, calls_of_programs, save_memory
from walkthrough.capture.decode.memory import FakeMemory
from walkthrough.formatting.strace_lines import line
from walkthrough.model.events import CallEntered, CallReturned

SPECS = {spec.name: spec for spec in calls_of_programs("x86_64").values()}
AT, SECOND, TIME = 0x1000, 0x2000, 0x3000
IN, OUT, HANGUP = 1, 4, 16


def fds(*triples: tuple[int, int, int]) -> bytes:
    return b"".join(struct.pack("<iHH", *each) for each in triples)


def bits(*numbers: int) -> bytes:
    return sum(1 << number for number in numbers).to_bytes(8, "little")


def made(
    name: str,
    words: tuple[int, ...],
    before: dict[int, bytes],
    after: dict[int, bytes],
    result: int,
) -> tuple[CallEntered, CallReturned]:
    words = words + (0,) * (6 - len(words))
    spec = SPECS[name]
    at_entry = save_memory(spec, FakeMemory(before), words)
    at_exit = save_memory(spec, FakeMemory(after), words, result)
    entered = arguments(spec, words, at_entry)
    returned = arguments(spec, words, at_entry, at_exit, result)
    return (
        CallEntered(seq=0, time_ns=0, span=1, call=name, arguments=entered),
        CallReturned(seq=1, time_ns=1, span=1, call=name, arguments=returned, result=result),
    )


@pytest.mark.parametrize(
    ("name", "words", "before", "after", "result", "spelled"),
    [
        (
            "poll",
            (AT, 2, -1 & 0xFFFFFFFF),
            {AT: fds((3, IN, 0), (4, IN | OUT, 0))},
            {AT: fds((3, IN, 0), (4, IN | OUT, OUT | HANGUP))},
            1,
            "poll([{fd=3, events=POLLIN}, {fd=4, events=POLLIN|POLLOUT}], 2, -1) = 1"
            " ([{fd=4, revents=POLLOUT|POLLHUP}])",
        ),
        (
            "poll",
            (AT, 1, 0),
            {AT: fds((3, IN, 0))},
            {AT: fds((3, IN, 0))},
            0,
            "poll([{fd=3, events=POLLIN}], 1, 0) = 0 (Timeout)",
        ),
        ("poll", (0, 0, 5), {}, {}, 0, "poll(NULL, 0, 5) = 0 (Timeout)"),
        (
            "ppoll",
            (AT, 1, TIME, 0, 8),
            {AT: fds((3, IN, 0)), TIME: struct.pack("<qq", 1, 5)},
            {AT: fds((3, IN, IN)), TIME: struct.pack("<qq", 0, 5)},
            1,
            "ppoll([{fd=3, events=POLLIN}], 1, {tv_sec=1, tv_nsec=5}, NULL, 8) = 1"
            " ([{fd=3, revents=POLLIN}])",
        ),
        (
            "select",
            (6, AT, SECOND, 0, TIME),
            {AT: bits(3, 5), SECOND: bits(), TIME: struct.pack("<qq", 2, 0)},
            {AT: bits(5), SECOND: bits(), TIME: struct.pack("<qq", 1, 9)},
            1,
            "select(6, [3 5], [], NULL, {tv_sec=2, tv_usec=0}) = 1",
        ),
        (
            "pselect6",
            (4, AT, 0, 0, 0, 0),
            {AT: bits(3, 5)},
            {AT: bits(3)},
            1,
            "pselect6(4, [3], NULL, NULL, NULL, NULL) = 1",
        ),
        ("close_range", (3, 0xFFFFFFFF, 4), {}, {}, 0, "close_range(3, 4294967295, "
         "CLOSE_RANGE_CLOEXEC) = 0"),
    ],
)  # fmt: skip
def test_a_call_is_spelled_as_strace_does(
    name: str,
    words: tuple[int, ...],
    before: dict[int, bytes],
    after: dict[int, bytes],
    result: int,
    spelled: str,
) -> None:
    assert line(*made(name, words, before, after, result)) == spelled


def test_stages_are_told_what_is_waited_for() -> None:
    entered, returned = made(
        "poll", (AT, 2, 0), {AT: fds((3, IN, 0), (40, IN, 0))}, {AT: fds((3, IN, IN))}, 1
    )
    begun = call_begun(entered)
    assert polled(begun.arguments) == ["3", "40"]
    assert polled(call_ended(begun, returned).arguments) == ["3", "40"]
    entered, _ = made("select", (41, AT, 0, 0, 0), {AT: bits(3, 40)}, {}, 1)
    assert polled(call_begun(entered).arguments) == ["3", "40"]


def test_scenarios_are_traced_as_before() -> None:
    of_path = {spec.name for spec in calls_of("x86_64").values()}
    assert {*SPECS} - of_path == {
        "open", "poll", "ppoll", "select", "pselect6", "sendfile", "close_range"
    }  # fmt: skip
    assert "poll" not in {spec.name for spec in calls_of_programs("aarch64").values()}
