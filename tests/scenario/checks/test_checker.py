"""The judge: a run in which all came as promised, and rows of what is changed in the promise."""

import re
import time
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import convert
from msgspec.structs import replace

from tests.support.strategies import event_lists
from walkthrough.formatting.escaping import printable
from walkthrough.i18n.catalogue import catalogue
from walkthrough.i18n.texts import decoded
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    CaptureEnded,
    ClientActed,
    FunctionEntered,
    FunctionReturned,
    Header,
    KernelObserved,
    OutputWritten,
    ProcessExited,
)
from walkthrough.model.kernel_state import (
    Descriptor,
    EpollInterest,
    EpollState,
    KernelState,
    SocketState,
)
from walkthrough.model.linux.constants import ERRNO
from walkthrough.model.stages import NOWHERE, Place, descend
from walkthrough.model.values import Argument, Constant, Flags, SocketAddress
from walkthrough.recording.file import load
from walkthrough.scenario import loader as scenarios
from walkthrough.scenario.checks.checker import RunChecker, check_run
from walkthrough.scenario.checks.patterns import TextPattern
from walkthrough.scenario.schema import Scenario

NUMBERS = {name: number for number, name in ERRNO.items()}
HERE = SocketAddress("AF_INET", "127.0.0.1", 7)


def errno(name: str) -> Constant | None:
    return Constant(name, NUMBERS[name]) if name else None


class Story:
    """Events of a run, told one after the other."""

    def __init__(self) -> None:
        self.events: list[AnyEvent] = []
        self._open: list[tuple[int, str, Place]] = []

    def _at(self) -> dict[str, Any]:
        place = self._open[-1][2] if self._open else NOWHERE
        number = len(self.events)
        where: dict[str, Any] = {"stage": place.stage, "step": place.step, "goroutine": 1}
        return {"seq": number, "time_ns": number, **where}

    def enter(self, *marks: str) -> "Story":
        for mark in marks:
            number = len(self.events)
            place = descend(self._open[-1][2] if self._open else NOWHERE, mark)
            self._open.append((number, mark, place))
            self.events.append(FunctionEntered(**self._at(), span=number, mark=mark))
        return self

    def leave(self, failed: bool = False) -> "Story":
        span, mark, _ = self._open[-1]
        self.events.append(FunctionReturned(**self._at(), span=span, mark=mark, failed=failed))
        self._open.pop()
        return self

    def call(
        self, name: str, *given: int, result: int = 0, error: str = "", injected: bool = False
    ) -> "Story":
        span = len(self.events)
        arguments = tuple(Argument(f"argument{n}", value) for n, value in enumerate(given))
        at = self._at()
        self.events.append(CallEntered(**at, span=span, call=name, arguments=arguments))
        at = self._at()
        self.events.append(
            CallReturned(
                **at,
                span=span,
                call=name,
                result=-1 if error else result,
                arguments=arguments,
                error=errno(error),
                injected=injected,
            )
        )
        return self

    def act(self, do: str, client: int = 1, error: str = "", **more: Any) -> "Story":
        number, failed = len(self.events), errno(error)
        self.events.append(
            ClientActed(seq=number, time_ns=number, action=do, client=client, error=failed, **more)
        )
        return self

    def kernel(self, queue: int = 0, descriptors: Sequence[int] = (3,)) -> "Story":
        listener = SocketState("server", "AF_INET", "SOCK_STREAM", "TCP", "LISTEN", HERE, fd=3)
        client = SocketState("client", "AF_INET", "SOCK_STREAM", "TCP", "ESTABLISHED", HERE)
        state = KernelState(
            sockets=(replace(listener, accept_queue=queue, backlog=16), *[client] * queue),
            descriptors=tuple(Descriptor(fd, "socket", "") for fd in descriptors),
            epolls=(EpollState(4, (EpollInterest(3, Flags((), 0, 0), 0),)),),
        )
        number = len(self.events)
        self.events.append(KernelObserved(seq=number, time_ns=number, state=state))
        return self

    def print(self, text: str, stream: int = 1) -> "Story":
        number = len(self.events)
        data = text.encode("utf-8", "surrogatepass")
        self.events.append(OutputWritten(seq=number, time_ns=number, stream=stream, data=data))
        return self

    def exit(self, code: int | None, signal: str = "") -> "Story":
        number = len(self.events)
        killed = Constant(signal, 9) if signal else None
        exited = ProcessExited(seq=number, time_ns=number, pid=1, code=code, signal=killed)
        self.events.append(exited)
        return self

    def end(self, reason: str = "finished", **more: Any) -> list[AnyEvent]:
        number = len(self.events)
        self.events.append(CaptureEnded(seq=number, time_ns=number, reason=reason, **more))
        return self.events


WORDS = {"en": "x", "zh": "x"}


def promising(
    *script: dict[str, Any],
    end: str = "at once",
    fault: Sequence[dict[str, Any]] = (),
    **expect: Any,
) -> Scenario:
    tables = {
        "name": "one",
        "title": WORDS,
        "summary": WORDS,
        "network": "tcp",
        "address": "127.0.0.1:0",
        "script": [{"when": "at once", **action} for action in script],
        "end": {"when": end},
        "fault": fault,
        "expect": expect,
    }
    return convert(tables, Scenario, dec_hook=decoded)


def judged(
    scenario: Scenario, events: Sequence[AnyEvent], server: str = "go", go_version: str = ""
) -> tuple[str, ...]:
    missed = check_run(scenario, Header(server=server, go_version=go_version), events)
    chinese = [catalogue("zh")(each) for each in missed]
    assert all(each.endswith("。") and printable(each) == each for each in chinese)
    said = tuple(map(str, missed))
    assert all(each.endswith(".") and printable(each) == each for each in said)
    return said


def run() -> list[AnyEvent]:
    """A listener, a client that has to wait, an accept that is tried twice."""
    story = Story().enter("bind").call("bind", 3).leave().enter("listen").call("listen", 3, 16)
    story.kernel().leave().enter("pollOpen").call("epoll_ctl", 4, 1, 3).leave()
    story.print("listening on 127.0.0.1:7\nread")
    story.enter("accept", "accept4").call("accept4", 3, error="EAGAIN").leave(failed=True)
    story.enter("pollWait").act("connect", local=HERE).kernel(queue=1, descriptors=(4, 3))
    story.leave().enter("accept4").call("accept4", 3, result=5).leave().leave()
    return story.print("y\n").print("oh\n", stream=2).end()


GOOD: dict[str, Any] = {
    "stages": ["bind", "listen", "pollOpen", "accept"],
    "path": ["bind", "accept", "accept/accept4", "pollWait", "accept4"],
    "failed": ["accept4"],
    "printed": ["listening on *:7", "ready", "oh"],
    "calls": [
        {"seen": ["bind(3) = 0", "listen(3, *) = 0", "accept4(*) = 5"]},
        {"seen": ["accept4(3) = -1 EAGAIN*", "accept4(*"], "without": ["bind(*", "listen(*"]},
        {"seen": ["socket(*"], "server": "python"},
    ],
    "never": ["accept4(3) = 6", "*EADDRINUSE*"],
    "kernel": [
        {"when": "after listen", "listeners": 1, "accept_queue": 0, "backlog": 16, "epolls": 1},
        {"when": "while accept is parked", "accept_queue": 1, "descriptors": [3, 4]},
        {"when": "before pollOpen", "watched": [3], "sockets": {"LISTEN": 1}, "clients": {}},
        {"when": "while pollWait is parked", "clients": {"ESTABLISHED": 1}},
        {"when": "before connect", "listeners": 9, "server": "python"},
    ],
}
CONNECT: dict[str, Any] = {"do": "connect"}


def test_what_came_as_promised_passes() -> None:
    assert judged(promising(CONNECT, **GOOD), run()) == ()


def test_nothing_promised_is_nothing_missed() -> None:
    assert judged(promising(CONNECT), run()) == ()


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        (
            "stages",
            ["bind", "listen", "accept", "pollOpen"],
            "The stages were to begin in this order: bind, listen, accept, pollOpen; "
            "they began in this one: bind, listen, pollOpen, accept.",
        ),
        ("path", ["bind", "read"], "Place 2 of 2 on the path, read, was not visited after bind."),
        (
            "path",
            ["listen", "bind"],
            "Place 2 of 2 on the path, bind, was not visited after listen.",
        ),
        (
            "path",
            ["accept/pollOpen"],
            "Place 1 of 1 on the path, accept/pollOpen, was not visited.",
        ),
        ("failed", ["bind"], "bind was to fail, and did not; what failed: accept/accept4."),
        (
            "printed",
            ["listening on 127.0.0.1:8"],
            "The server was to print `listening on 127.0.0.1:8`, and did not; nearest to it came "
            "`listening on 127.0.0.1:7`.",
        ),
        (
            "printed",
            ["listening"],
            "was to print `listening`, and did not; nearest to it came `list",
        ),
        (
            "printed",
            ["zzz"],
            "and did not; it printed `listening on 127.0.0.1:7`, `ready`, `oh`.",
        ),
        (
            "never",
            ["listen(*"],
            "`listen(*` was to be seen never, and came once: `listen(3, 16) = 0`",
        ),
        (
            "never",
            ["accept4*"],
            "and came 2 times, first: `accept4(3) = -1 EAGAIN (Resource tempor",
        ),
        (
            "calls",
            [{"seen": ["bind(3) = 0", "listen(4, *", "accept4(*"]}],
            "`listen(4, *`, call 2 of 3, was not seen after `bind(3) = 0`; nearest to it came "
            "`listen(3, 16) = 0`.",
        ),
        ("calls", [{"seen": ["close(3) = 0"]}], "`close(3) = 0` was not seen."),
        (
            "calls",
            [{"seen": ["listen(*", "bind(*"]}],
            "`bind(*`, call 2 of 2, was not seen after `li",
        ),
        (
            "calls",
            [{"seen": ["bind(*", "accept4(*= 5"], "without": ["accept4(*EAGAIN*"]}],
            "`accept4(*= 5`, call 2 of 2, was not seen after `bind(3) = 0` before `accept4(3) = -1 "
            "EAGAIN (Resource temporarily unavailable)` came.",
        ),
        (
            "kernel",
            [{"when": "after listen", "accept_queue": 1, "backlog": 16}],
            "At 'after listen' the kernel should have held accept_queue 1, backlog 16, but held "
            "accept_queue 0.",
        ),
        (
            "kernel",
            [{"when": "after close", "listeners": 0}],
            "'after close' was never reached, where the kernel was to hold listeners 0.",
        ),
        (
            "kernel",
            [{"when": "before bind", "listeners": 0}],
            "'before bind' was reached before the kernel's view was known (listeners 0).",
        ),
        (
            "kernel",
            [{"when": "while accept is parked", "clients": {"LISTEN": 2}, "descriptors": [3]}],
            "the kernel should have held descriptors [3], clients {LISTEN = 2}, but held "
            "clients {}.",
        ),
        ("exit_code", 0, "The server was to end with status 0, and did not end."),
    ],
)
def test_what_did_not_come_is_told_with_what_came_nearest(key: str, value: Any, said: str) -> None:
    scenario = promising(CONNECT, **{**GOOD, key: value})
    (only,) = judged(scenario, run())
    assert said in only


def test_what_holds_for_one_server_is_not_asked_of_the_other() -> None:
    said = judged(promising(CONNECT, **GOOD), run(), "python")
    assert said == (
        "`socket(*` was not seen.",
        "'before connect' was never reached, where the kernel was to hold listeners 9.",
    )


@pytest.mark.parametrize(
    ("versions", "go_version", "holds"),
    [
        ("", "go1.21.13", True),
        (">=1.23", "go1.21.13", False),
        (">=1.23", "go1.23.1", True),
        ("<1.23", "go1.21.13", True),
        ("<1.23", "go1.27.3 X:nothing", False),
        (">=1.21,<1.23", "go1.22.10", True),
        (">=1.23", "", True),
        ("<1.23", "", False),
        ("<1.28,>=1.27", "", True),
        ("<1.23", "devel", True),
    ],
)
def test_what_holds_for_some_versions_is_not_asked_of_the_others(
    versions: str, go_version: str, holds: bool
) -> None:
    calls = [{"seen": ["socket(*"], "versions": versions}]
    kernel = [{"when": "before connect", "listeners": 9, "versions": versions}]
    promised = promising(CONNECT, **{**GOOD, "calls": calls, "kernel": kernel})
    assert len(judged(promised, run(), go_version=go_version)) == (2 if holds else 0)


def test_a_view_belongs_to_the_event_before_it() -> None:
    """The view behind the entry of bind is not that of the return before, and not too late."""
    events = Story().kernel(queue=1).enter("bind").kernel(queue=2).leave().kernel(queue=3).end()
    for queue, right in ((1, False), (2, True), (3, False)):
        seen = {"when": "before bind", "accept_queue": queue}
        assert (judged(promising(kernel=[seen]), events) == ()) is right


def test_a_call_that_never_ended_counts_at_the_end() -> None:
    events = Story().call("read", 5).end()
    del events[1]
    assert judged(promising(calls=[{"seen": ["read(5) = ?"]}]), events) == ()
    assert judged(promising(never=["read(*"]), events) != ()


def test_calls_before_main_are_no_part_of_the_walk() -> None:
    story = Story().call("openat")
    story.events[:] = [replace(event, quiet=True) for event in story.events]
    story.enter("bind").leave()
    scenario = promising(never=["openat(*"])
    assert judged(scenario, story.events + Story().end()) == ()
    assert judged(scenario, story.call("openat").end()) != ()


STRETCH: dict[str, Any] = {"seen": ["bind(1) = 0", "bind(*", "bind(3) = 0"], "without": ["close(*"]}


@pytest.mark.parametrize(
    ("calls", "right"),
    [
        ("bind1 bind2 bind3", True),
        ("close1 bind1 bind2 read1 bind3 close1", True),
        ("bind1 bind2 close1 bind3", False),
        ("bind1 close1 bind1 bind2 bind3", True),
        ("bind1 bind2 close1 bind1 bind3", False),
    ],
)
def test_one_stretch_without_what_must_not_come(calls: str, right: bool) -> None:
    story = Story()
    for each in calls.split():
        story.call(each[:-1], int(each[-1]))
    assert (judged(promising(calls=[STRETCH]), story.end()) == ()) is right


def test_a_call_that_is_due_is_not_one_that_must_not_come() -> None:
    group = {"seen": ["bind(1) = 0", "bind(2) = 0"], "without": ["bind(*"]}
    assert judged(promising(calls=[group]), Story().call("bind", 1).call("bind", 2).end()) == ()
    three = Story().call("bind", 1).call("bind", 3).call("bind", 2)
    assert judged(promising(calls=[group]), three.end()) != ()


ROW: dict[str, Any] = {"call": "bind(*", "most": 2, "until": ["close(*", "read(2)*"]}


@pytest.mark.parametrize(
    ("calls", "longest"),
    [
        ("", 0),
        ("bind1 bind2 close1 bind3 bind4", 0),
        ("bind1 bind2 read1 bind3 close1 bind4", 3),
        ("bind1 read2 bind2 bind3 bind4 bind5 close1", 4),
        ("bind1 bind2 quiet1 bind3", 3),  # a poll that found nothing ends no row
    ],
)
def test_a_call_comes_only_so_often_in_a_row(calls: str, longest: int) -> None:
    story = Story()
    for each in calls.split():
        story.call(each[:-1].replace("quiet", "close"), int(each[-1]))
        if each.startswith("quiet"):
            story.events[-2:] = [replace(event, quiet=True) for event in story.events[-2:]]
    missed = judged(promising(in_a_row=[ROW]), story.end())
    expected = (
        "`bind(*` was to come at most 2 times before `close(*`, `read(2)*` returned, and came "
        f"{longest} times in a row."
    )
    assert missed == ((expected,) if longest else ())


# the end


@pytest.mark.parametrize(
    ("story", "more", "said"),
    [
        (
            Story(),
            {"reason": "timed out"},
            "The time was up (60 s) before the end was reached: 'at",
        ),
        (
            Story(),
            {"reason": "timed out", "unfinished": 1},
            "The time was up (60 s) before action 1 of the script, 'connect', was due: 'at once'.",
        ),
        (
            Story().print("ready\nfatal \x1b error\n", stream=2).exit(2),
            {"reason": "exited", "unfinished": 1},
            "The server ended with status 2, saying 'fatal \\x1b error' before action 1",
        ),
        (
            Story().exit(None, "SIGKILL"),
            {"reason": "killed"},
            "The server was killed by SIGKILL before the end was reached",
        ),
        (Story(), {"reason": "stopped"}, "The capture ended (stopped) before the end"),
    ],
)
def test_a_script_that_was_not_done(story: Story, more: dict[str, Any], said: str) -> None:
    assert said in judged(promising(CONNECT), story.end(**more))[0]


def test_a_capture_that_broke_off() -> None:
    said = judged(promising(), Story().call("bind", 3).events)
    assert said == ("The capture broke off after 2 events.",)


@pytest.mark.parametrize(
    ("promised", "code", "signal", "said"),
    [
        (1, 1, "", None),
        (None, 1, "", "The server ended with status 1, which was not promised."),
        (0, 1, "", "The server was to end with status 0, and ended with status 1."),
        (0, None, "SIGSEGV", "The server was to end with status 0, and ended by SIGSEGV."),
    ],
)
def test_how_the_server_ended(
    promised: int | None, code: int | None, signal: str, said: str | None
) -> None:
    scenario = promising(end="server exited", exit_code=promised)
    assert judged(scenario, Story().exit(code, signal).end()) == ((said,) if said else ())


def test_events_that_were_lost_are_a_miss() -> None:
    assert judged(promising(), Story().end(lost={"events": 3})) == ("Not captured: 3 events.",)
    assert judged(promising(), Story().end(lost={"kernel views": 3})) == ()


# the clients

RECEIVE: dict[str, Any] = {"do": "receive", "receives": "yes"}


@pytest.mark.parametrize(
    ("script", "story", "said"),
    [
        ([CONNECT], Story().act("connect"), None),
        (
            [CONNECT],
            Story().act("connect", error="ECONNREFUSED"),
            "Action 1 of the script, 'connect' by client 1, was to succeed, and failed with ECONN",
        ),
        (
            [{**CONNECT, "fails": "ECONNREFUSED"}],
            Story().act("connect"),
            "was to fail with ECONNREFUSED, and succeeded",
        ),
        (
            [{**CONNECT, "fails": "ECONNREFUSED"}],
            Story().act("connect", error="EINPROGRESS"),
            "was to fail with ECONNREFUSED, and failed with EINPROGRESS",
        ),
        (
            [{**CONNECT, "fails": "ECONNREFUSED"}],
            Story().act("connect", error="ECONNREFUSED"),
            None,
        ),
        ([CONNECT, RECEIVE], Story().act("connect").act("receive", data=b"yes"), None),
        (
            [CONNECT, RECEIVE],
            Story().act("connect").act("receive", data=b"n\x1bo"),
            "Action 2 of the script, 'receive' by client 1, was to receive 'yes', and received "
            "'n\\x1bo'.",
        ),
        (
            [CONNECT, RECEIVE],
            Story().act("connect").act("receive"),
            "and received nothing (the end of the stream)",
        ),
        (
            [{**CONNECT, "clients": 3}, {"do": "close", "client": 2, "clients": 2}],
            Story().act("connect", 1).act("connect", 2, clients=2).act("close", 2).act("close", 3),
            None,
        ),
        (
            [{**CONNECT, "clients": 3}, {"do": "close"}],
            Story().act("connect").act("close"),
            "2 of the clients in the script did not act.",
        ),
        (
            [CONNECT],
            Story().act("connect").act("send"),
            "Client 1 did 'send', which the script doe",
        ),
        (
            [CONNECT],
            Story().act("connect", 2),
            "Client 2 did 'connect', which the script does not a",
        ),
    ],
)
def test_what_the_clients_did(script: list[dict[str, Any]], story: Story, said: str | None) -> None:
    found = judged(promising(*script), list(story.events) + Story().end())
    assert said in found[0] if said else found == ()


def test_clients_that_the_machine_cannot_have_are_not_missed() -> None:
    events = Story().act("connect", clients=5).end(lost={"clients": 3})
    assert judged(promising({**CONNECT, "clients": 8}), events) == ()
    assert judged(promising({**CONNECT, "clients": 9}), events) != ()


def test_a_batch_for_which_there_were_no_descriptors_may_be_missing_whole() -> None:
    script = [CONNECT, {**CONNECT, "client": 2, "clients": 3}, {"do": "send", "data": "x"}]
    acted = Story().act("connect").act("send")
    assert judged(promising(*script), list(acted.events) + Story().end(lost={"clients": 3})) == ()
    assert judged(promising(*script), acted.end()) == (
        "3 of the clients in the script did not act.",
    )


def test_who_could_not_connect_need_do_nothing_later() -> None:
    later = {"do": "send", "client": 3, "data": "x"}
    script = [{**CONNECT, "clients": 3}, later, {"do": "close"}]
    story = Story().act("connect").act("close")
    assert judged(promising(*script), list(story.events) + Story().end(lost={"clients": 3})) == ()
    assert judged(promising(*script), story.end()) == (
        "3 of the clients in the script did not act.",
    )


def test_many_failures_are_summed_up() -> None:
    story = Story()
    for client in range(1, 9):
        story.act("connect", client, "ECONNREFUSED")
    found = judged(promising({**CONNECT, "clients": 8}), story.end())
    assert len(found) == 6
    assert found[-1] == "3 more actions of clients did not come out as promised."


# the faults

ABORT: dict[str, Any] = {"errno": "ECONNABORTED", "call": "accept4", "at": "accept", "times": 2}


@pytest.mark.parametrize(
    ("fault", "count", "said"),
    [
        (ABORT, 2, None),
        (
            ABORT,
            1,
            "ECONNABORTED was to be injected into accept4 at accept (2 times, from number 1 on), "
            "and was 1 times.",
        ),
        (ABORT, 0, "and was 0 times."),
        (ABORT, 3, "ECONNABORTED was injected into accept4, which no [[fault]] asks for."),
        ({**ABORT, "at": "bind"}, 2, "was to be injected into accept4 at bind"),
        ({**ABORT, "at": ""}, 2, None),
        ({**ABORT, "call": ""}, 2, None),
        ({**ABORT, "errno": "EINTR"}, 2, "EINTR was to be injected into accept4 at accept"),
        ({**ABORT, "only": "privileged"}, 2, None),
        ({**ABORT, "only": "privileged"}, 1, "and was 1 times."),
    ],
)
def test_every_fault_happens_as_often_as_it_says(
    fault: dict[str, Any], count: int, said: str | None
) -> None:
    story = Story().enter("accept", "accept4")
    for _ in range(count):
        story.call("accept4", 3, error="ECONNABORTED", injected=True)
    found = judged(promising(fault=[fault]), story.leave().leave().end())
    assert said in found[0] if said else found == ()


def test_a_fault_for_the_privileged_alone_may_be_left_out() -> None:
    fault = {"errno": "EACCES", "call": "bind", "only": "privileged"}
    refused = Story().call("bind", 3, error="EACCES").end()
    assert judged(promising(fault=[fault]), refused) == ()
    assert judged(promising(fault=[{**fault, "only": ""}]), refused) != ()


def test_where_it_is_known_to_apply_it_has_to_strike() -> None:
    table = {"errno": "EACCES", "call": "bind", "only": "privileged"}
    scenario = promising(fault=[table])
    events = Story().call("bind", 3).end()
    for in_force, right in ((scenario.fault, False), ((), True)):
        judging = RunChecker(scenario, Header(), in_force=in_force)
        for event in events:
            judging.fold(event)
        assert (judging.misses() == ()) is right


def test_none_in_a_state_is_the_same_as_leaving_it_out() -> None:
    events = Story().enter("bind").kernel(queue=1).leave().end()
    for states, right in (({"LISTEN": 1, "ESTABLISHED": 0}, True), ({"LISTEN": 0}, False)):
        kernel = [{"when": "before bind", "sockets": states}]
        assert (judged(promising(kernel=kernel), events) == ()) is right


# patterns and placeholders


@pytest.mark.parametrize(
    ("pattern", "line", "fits"),
    [
        ("a*c", "abc", True),
        ("a*c", "ac", True),
        ("a*c", "abcd", False),
        ("a.c", "abc", False),
        ("*", "", True),
        ("(", "(", True),
        ("[*]", "[1]", True),
        ("on {neighbour}", "on 127.0.0.1:7", True),
        ("{dir}/s", "/tmp/x/s", True),
        ("{other}", "7", False),
    ],
)
def test_patterns(pattern: str, line: str, fits: bool) -> None:
    assert TextPattern(pattern).fits(line) is fits


@given(st.text("ab*", max_size=8), st.text("ab", max_size=8))
def test_a_star_is_any_text_and_nothing_else_is(pattern: str, line: str) -> None:
    fits = re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), line) is not None
    assert TextPattern(pattern).fits(line) is fits


def test_many_stars_cost_no_more_than_the_line_is_long() -> None:
    assert not TextPattern("*a" * 40 + "b").fits("a" * 20_000)


def test_placeholders_are_filled_in() -> None:
    scenario = promising(printed=["on {neighbour}"])
    events = Story().print("on a:1\n").end()
    for address, right in (("a:1", True), ("a:2", False)):

        def fill(text: str, to: str = address) -> str:
            return text.replace("{neighbour}", to)

        assert (check_run(scenario, Header(), events, fill) == ()) is right


# real and hostile events


def test_a_real_recording_is_judged() -> None:
    place = scenarios.find("first-connection")
    recording = load(place / scenarios.RECORDING)
    events = [event for _, event in recording]
    scenario = scenarios.load_folder(place)
    assert check_run(scenario, recording.header, events) == ()
    without = [event for event in events if not isinstance(event, ClientActed)]
    assert check_run(scenario, recording.header, without) != ()


HOSTILE = "\x1b[2J\xa0\u202e\ud800\n\x85"


@example([CaptureEnded(seq=0, time_ns=0, reason=HOSTILE, lost={HOSTILE: 1})], "go")
@example(Story().print(HOSTILE, 2).exit(2).end("exited", unfinished=1), "go")
@example(Story().exit(None, HOSTILE).end("killed"), "go")
@example(Story().act(HOSTILE).call(HOSTILE, error="EIO", injected=True).end(), "go")
@given(event_lists(), st.sampled_from(["go", "python"]))
def test_any_events_are_judged(events: list[AnyEvent], server: str) -> None:
    for said in check_run(promising(CONNECT, fault=[ABORT], **GOOD), Header(server=server), events):
        assert printable(str(said)) == str(said)


def test_many_events_are_judged_in_seconds() -> None:
    """Also where every call has to be spelled, and no promise is ever kept."""
    story = Story().enter("accept", "accept4")
    begun = len(story.events)
    story.call("accept4", 3, error="EAGAIN")
    events = story.events[:begun] + story.events[begun:] * 100_000 + Story().end()
    scenario = promising(
        never=["*EBADF*"],
        calls=[{"seen": ["*EBADF*"]}],
        kernel=[{"when": "while accept is parked", "listeners": 5}],
    )
    started = time.process_time()
    assert len(judged(scenario, events)) == 2
    assert time.process_time() - started < 20


def test_a_miss_names_the_event_at_which_it_can_be_seen() -> None:
    story = Story().enter("listen").call("listen", 3, 4096).leave().kernel()
    listened = next(event.seq for event in story.events if isinstance(event, CallReturned))
    story.act("connect", error="ECONNREFUSED")
    end = len(story.events)
    events = [*story.events, CaptureEnded(seq=end, time_ns=end, reason="finished")]
    promised = {
        "calls": [{"seen": ["listen(3, 8) = 0"]}],
        "never": ["listen(*"],
        "path": ["listen", "accept"],
        "kernel": [{"when": "after listen", "backlog": 8}],
        "printed": ["never"],
    }
    scenario = convert(
        {
            "name": "t",
            "title": {"en": "t"},
            "summary": {"en": "t"},
            "network": "tcp",
            "address": "127.0.0.1:0",
            "end": {"when": "server idle"},
            "script": [{"when": "at once", "do": "connect"}],
            "expect": promised,
        },
        Scenario,
        dec_hook=decoded,
    )
    judging = RunChecker(scenario, Header(program_version="1", server="go", scenario="t"))
    for event in events:
        judging.fold(event)
    at = {str(miss.said).split(" ")[0]: miss.event for miss in judging.located_misses()}
    assert at["`listen(3,"] == listened, "the nearest call"
    assert at["`listen(*`"] == listened, "the first that was to be never"
    assert at["Place"] == 0, "the last place that was visited"
    assert at["Action"] == end - 1, "what the client did"
    assert at["At"] == listened + 1, "the moment that came nearest"
    assert at["The"] is None, "nothing was printed"
