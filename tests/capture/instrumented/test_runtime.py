"""The instrumented server's scheduler and poller: who parks, who wakes, in which order."""

import os
import socket
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from tests.support.instrumented_walk import check_spans, of
from walkthrough.capture.instrumented import tracing
from walkthrough.capture.instrumented.errors import NetClosingError, OpError, Throw
from walkthrough.capture.instrumented.internal_poll import fd_poll_runtime
from walkthrough.capture.instrumented.io.read_all import read_all
from walkthrough.capture.instrumented.net import net
from walkthrough.capture.instrumented.net.dial import listen
from walkthrough.capture.instrumented.net.ipaddr import TCPAddr
from walkthrough.capture.instrumented.runtime import netpoll, netpoll_epoll, proc
from walkthrough.capture.instrumented.runtime.proc import G, Scheduler, at_once, gopark
from walkthrough.capture.instrumented.runtime.sema import Semaphore
from walkthrough.model.events import (
    AnyEvent,
    CallReturned,
    FunctionEntered,
    FunctionReturned,
    begins_stage,
)
from walkthrough.model.linux import constants as k
from walkthrough.model.stages import Stage
from walkthrough.model.values import Flags, GoError


def never(_delay: int) -> list[G]:
    raise AssertionError("the poller is asked although somebody can run")


def test_goroutines_run_in_the_order_in_which_they_became_ready() -> None:
    sched = Scheduler(never)
    ran: list[str] = []

    async def child(name: str) -> None:
        ran.append(name)

    async def parent() -> None:
        sched.newproc(child("first"))
        sched.newproc(child("second"))
        ran.append("parent")

    sched.schedule(sched.newproc(parent()))
    sched.schedule(sched.newproc(child("third")))
    assert ran == ["parent", "first", "second", "third"]


def test_a_parked_goroutine_waits_for_the_poller_and_the_others_run() -> None:
    ran: list[str] = []
    woken: list[int] = []
    waits: list[G] = []

    def poll(delay: int) -> list[G]:
        woken.append(delay)
        return [waits.pop()]

    sched = Scheduler(poll)

    def commit(gp: G, lock: object) -> bool:
        ran.append(f"{gp.goid} sleeps for {lock}")
        gp.waiting = "IO wait"
        waits.append(gp)
        return True

    async def main() -> None:
        sched.newproc(other())
        await gopark(commit, "news")
        assert sched.getg().waiting == ""
        ran.append(f"{sched.getg().goid} awake")

    async def other() -> None:
        ran.append(f"{sched.getg().goid} runs")

    sched.schedule(sched.newproc(main()))
    assert ran == ["1 sleeps for news", "2 runs", "1 awake"]
    assert woken == [-1]  # once, without a limit, and only when nobody else could run


def test_who_need_not_sleep_after_all_goes_on() -> None:
    sched = Scheduler(never)
    ran: list[str] = []

    async def main() -> None:
        await gopark(lambda gp, lock: False, None)
        ran.append("on")

    sched.schedule(sched.newproc(main()))
    assert ran == ["on"]


def test_when_all_have_ended_but_the_awaited_that_is_a_deadlock() -> None:
    sched = Scheduler(never)

    async def main() -> None:
        pass

    ended = sched.newproc(main())
    sched.schedule(ended)
    with pytest.raises(Throw, match="deadlock"):
        sched.schedule(ended)


def test_nobody_runs_outside_the_scheduler() -> None:
    with pytest.raises(Throw):
        Scheduler(never).getg()


def test_what_cannot_park_is_run_at_once() -> None:
    async def value() -> int:
        return 7

    assert at_once(value()) == 7
    parking = gopark(None, None)
    with pytest.raises(Throw, match="parked where parking is impossible"):
        at_once(parking)


class Pd(netpoll.PollDesc):
    """A descriptor's stand-in that no epoll knows."""

    def __init__(self) -> None:
        super().__init__(1)


def wait(pd: Pd, before: Callable[[Scheduler], object], poll: Callable[[], object]) -> int:
    """Run a goroutine that waits for ``pd``; return what its wait returned."""
    results: list[int] = []

    def asked(_delay: int) -> list[G]:
        to_run: list[G] = []
        netpoll.netpollready(to_run, pd, "rw") if poll is ready else poll()
        return to_run

    sched = Scheduler(asked)

    async def main() -> None:
        before(sched)
        results.append(await netpoll.poll_wait(pd, "r"))

    sched.schedule(sched.newproc(main()))
    return results[0]


def ready() -> None:
    """Stand for a poll that finds the descriptor ready."""


def test_news_wakes_who_waits() -> None:
    pd = Pd()
    assert wait(pd, lambda sched: None, ready) == netpoll.POLL_NO_ERROR
    assert pd.waits == {"r": netpoll.State.NIL, "w": netpoll.State.READY}


def test_news_that_came_before_spares_the_sleep() -> None:
    pd = Pd()
    netpoll.netpollready([], pd, "r")
    assert wait(pd, lambda sched: None, pytest.fail) == netpoll.POLL_NO_ERROR


def test_old_news_is_forgotten_before_a_new_try() -> None:
    pd = Pd()
    netpoll.netpollready([], pd, "r")
    assert netpoll.poll_reset(pd, "r") == netpoll.POLL_NO_ERROR
    assert pd.waits["r"] is netpoll.State.NIL


def test_a_closed_descriptor_is_not_waited_for() -> None:
    pd = Pd()
    netpoll.poll_unblock(pd)
    assert wait(pd, lambda sched: None, pytest.fail) == netpoll.POLL_ERR_CLOSING
    assert netpoll.poll_reset(pd, "w") == netpoll.POLL_ERR_CLOSING
    with pytest.raises(Throw):
        netpoll.poll_unblock(pd)


def test_two_may_not_wait_for_the_same() -> None:
    pd = Pd()
    pd.waits["r"] = netpoll.State.WAIT
    with pytest.raises(Throw, match="double wait"):
        wait(pd, lambda sched: None, pytest.fail)


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[AnyEvent]]:
    """A fresh runtime in this process, traced; its epoll instance is given back."""
    monkeypatch.setattr(netpoll_epoll, "epfd", -1)
    monkeypatch.setattr(netpoll_epoll, "_eventfd", -1)
    monkeypatch.setattr(netpoll, "pollcache", [])
    monkeypatch.setattr(netpoll, "_free", [])
    monkeypatch.setattr(netpoll, "_inited", False)
    monkeypatch.setattr(fd_poll_runtime, "_server_init_done", False)
    monkeypatch.setattr(net, "_cached", None)
    monkeypatch.setattr(proc, "sched", Scheduler(netpoll_epoll.netpoll))
    found: list[AnyEvent] = []
    tracing.find_def_lines()
    tracing.install(tracing.CallTracer(found.append))
    try:
        yield found
    finally:
        tracing.install(None)
        for fd in (netpoll_epoll.epfd, netpoll_epoll._eventfd):
            if fd >= 0:
                os.close(fd)


def run(main: Any) -> None:
    proc.sched.schedule(proc.sched.newproc(main))


def test_closing_a_listener_wakes_who_accepts(events: list[AnyEvent]) -> None:
    texts: list[str] = []

    async def main() -> None:
        listener = await listen("tcp", "127.0.0.1:0")
        proc.sched.newproc(closer(listener.close))
        with pytest.raises(OpError) as caught:
            await listener.accept()
        texts.append(str(caught.value))
        texts.append(str(listener.addr()))
        await closed.acquire()
        with pytest.raises(OpError, match="use of closed network connection"):
            await listener.close()

    closed = Semaphore()

    async def closer(close: Callable[[], Awaitable[None]]) -> None:
        await close()
        closed.release()

    run(main())
    assert texts[0] == f"accept tcp {texts[1]}: use of closed network connection"
    assert check_spans(events) == []  # an orderly end leaves nothing open
    assert "runtime.netpollgoready" in {event.function for event in events}
    closes = [e.arguments[0].value for e in of(events, CallReturned) if e.call == "close"]
    assert len(closes) == 2  # the file of somaxconn, and the listener: once
    # It is the accepting goroutine that gives the descriptor back, and Close waits for that.
    found = [e for e in events if isinstance(e, FunctionEntered | FunctionReturned)]
    order = [(type(e), e.goroutine, e.function) for e in found if e.function in _CLOSING]
    poll_close, close = _CLOSING
    assert order[4:8] == [  # those before are of somaxconn's file
        (FunctionEntered, 2, close),
        (FunctionEntered, 1, poll_close),
        (FunctionReturned, 1, poll_close),
        (FunctionReturned, 2, close),
    ]


_CLOSING = ("internal/poll.runtime_pollClose", "internal/poll.(*FD).Close")


def test_a_conversation_ends_with_every_span_closed(events: list[AnyEvent]) -> None:
    received: list[bytes] = []
    sent = bytes(range(256)) * 40

    async def main() -> None:
        listener = await listen("tcp", "127.0.0.1:0")
        address = listener.addr()
        assert isinstance(address, TCPAddr)
        with socket.create_connection(("127.0.0.1", address.port)) as client:
            client.sendall(sent)
            client.shutdown(socket.SHUT_WR)
            connection = await listener.accept()
            assert str(connection.remote_addr()) == "{}:{}".format(*client.getsockname())
            data, err = await read_all(connection.read)
            assert err is None
            received.append(data)
            await connection.close()
            assert client.recv(1) == b""
        await listener.close()

    run(main())
    assert received == [sent]
    assert check_spans(events) == []
    begun = [event.stage for event in events if begins_stage(event)]
    assert begun == [
        Stage.RESOLVE_ADDR_LIST,
        Stage.SYS_SOCKET,
        Stage.SET_DEFAULT_SOCKOPTS,
        Stage.POLL_SERVER_INIT,
        Stage.BIND,
        Stage.LISTEN,
        Stage.POLL_OPEN,
        Stage.ACCEPT,
    ]


def test_a_second_listener_needs_no_second_poller(events: list[AnyEvent]) -> None:
    async def main() -> None:
        for _ in range(2):
            await (await listen("tcp", "127.0.0.1:0")).close()

    run(main())
    calls = [event.call for event in of(events, CallReturned)]
    assert calls.count("epoll_create1") == calls.count("openat") == 1
    assert calls.count("listen") == 2
    # Its stand-in in the poller is used again, under another number: old news is recognised.
    added = [e.arguments[3].value for e in of(events, CallReturned) if _adds_edge(e)]
    assert len({str(value) for value in added}) == len(added) == 3


def _adds_edge(event: CallReturned) -> bool:
    if event.call != "epoll_ctl" or event.arguments[1].value != k.constant(k.EPOLL_CTL, 1):
        return False
    mask = getattr(event.arguments[3].value, "events", None)
    return isinstance(mask, Flags) and "EPOLLET" in mask.names


def test_a_failure_is_told_at_every_level(events: list[AnyEvent]) -> None:
    async def main(port: int) -> None:
        with pytest.raises(OpError) as caught:
            await listen("tcp", f"127.0.0.1:{port}")
        assert str(caught.value) == f"listen tcp 127.0.0.1:{port}: bind: address already in use"

    with socket.create_server(("127.0.0.1", 0)) as taken:
        run(main(taken.getsockname()[1]))
    errors = {e.function: e.results[-1].value for e in of(events, FunctionReturned) if e.failed}
    assert list(errors) == [
        "syscall.Bind",
        "net.(*netFD).listenStream",
        "net.socket",
        "net.internetSocket",
        "net.(*sysListener).listenTCPProto",
        "net.(*ListenConfig).Listen",
        "net.Listen",
    ]
    for value in errors.values():
        assert isinstance(value, GoError)
        assert value.errno is not None
        assert value.errno.name == "EADDRINUSE"
    assert check_spans(events) == []
    last = of(events, CallReturned)[-1]
    assert (last.call, last.result) == ("close", 0)  # the socket is given back


def test_an_error_comes_with_gos_other_results(events: list[AnyEvent]) -> None:
    async def main() -> None:
        listener = await listen("tcp", "127.0.0.1:0")
        proc.sched.newproc(closer(listener.close))
        with pytest.raises(OpError):
            await listener.accept()

    async def closer(close: Callable[[], Awaitable[None]]) -> None:
        await close()

    run(main())
    returned = of(events, FunctionReturned)
    tried = next(e for e in returned if e.function == "internal/poll.accept")
    assert tried.failed
    again = GoError("syscall.Errno", "resource temporarily unavailable", k.constant(k.ERRNO, 11))
    assert [(each.name, each.value) for each in tried.results] == [
        ("s", -1),
        ("rsa", None),
        ("err", again),
    ]
    # The end of a stream (somaxconn's file) is told as an error, and is no failure.
    ended = [e for e in returned if e.function == "internal/poll.(*FD).Read"][-1]
    assert not ended.failed
    assert [(each.name, each.value) for each in ended.results] == [
        ("n", 0),
        ("err", GoError("*errors.errorString", "EOF")),
    ]


def test_lines_are_those_of_the_source(events: list[AnyEvent]) -> None:
    async def main() -> None:
        await (await listen("tcp", "127.0.0.1:0")).close()

    run(main())
    root = os.path.dirname(os.path.dirname(tracing.__file__))
    for event in [*of(events, FunctionEntered), *of(events, CallReturned)]:
        assert event.source is not None
        with open(os.path.join(root, event.source.file), encoding="utf-8") as source:
            line = source.read().splitlines()[event.source.line - 1]
        if isinstance(event, FunctionEntered):
            assert "def " in line
        else:
            assert "def " not in line


def test_nothing_is_told_while_nobody_watches(events: list[AnyEvent]) -> None:
    tracing.install(None)

    async def main() -> None:
        await (await listen("tcp", "127.0.0.1:0")).close()

    run(main())
    assert events == []


def test_a_closed_descriptor_refuses_to_be_used(events: list[AnyEvent]) -> None:
    async def main() -> None:
        listener = await listen("tcp", "127.0.0.1:0")
        await listener.close()
        with pytest.raises(NetClosingError):
            listener.fd.pfd.setsockopt_int(1, 2, 1)

    run(main())
    assert check_spans(events) == []
