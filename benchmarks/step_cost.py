"""What one step costs with 100,000 events loaded: CPU time and memory, side by side.

Run it from the checkout: ``python benchmarks/step_cost.py [EVENTS]``. The figures to reach are
30 ms of CPU a step, forward or back, and 1 KB of memory an event. Exit status 1 if they are missed.
"""

import gc
import random
import statistics
import sys
import tempfile
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from time import process_time
from typing import TypedDict

from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    CaptureEnded,
    FunctionEntered,
    FunctionReturned,
    Header,
    KernelObserved,
    SourcePlace,
)
from walkthrough.model.kernel_state import (
    Descriptor,
    EpollInterest,
    EpollState,
    KernelState,
    SocketState,
)
from walkthrough.model.linux import constants as k
from walkthrough.model.stages import NOWHERE, Place, Stage, Step, descend
from walkthrough.model.values import (
    Argument,
    Constant,
    Data,
    EpollEvent,
    Pointer,
    Reference,
    SocketAddress,
)
from walkthrough.recording.file import RecordingWriter, load
from walkthrough.state.history import History

MOST_CPU_A_STEP = 0.030
MOST_BYTES_AN_EVENT = 1000

_EDGES = k.flags(k.EPOLL_EVENTS, 0x80002005)
_LISTENER = SocketAddress("AF_INET", "127.0.0.1", 7099)


class _Common(TypedDict):
    seq: int
    time_ns: int
    thread: int
    goroutine: int
    stage: Stage | None
    step: Step | None


class _Server:
    """Makes the events of connections that come and go, `open_at_once` of them at a time."""

    def __init__(self, open_at_once: int) -> None:
        self._seq = 0
        self._span = 0
        self._chains: dict[int, list[tuple[int, str, Place, str | None]]] = {}
        self._open: list[int] = []
        self._most_open = open_at_once

    def _common(self, goroutine: int, place: Place) -> _Common:
        self._seq += 1
        return {
            "seq": self._seq - 1,
            "time_ns": self._seq * 41_237,
            "thread": 4000 + goroutine % 5,
            "goroutine": goroutine,
            "stage": place.stage,
            "step": place.step,
        }

    def enter(self, goroutine: int, function: str, mark: str | None = None) -> AnyEvent:
        chain = self._chains.setdefault(goroutine, [])
        place = descend(chain[-1][2] if chain else NOWHERE, mark)
        parent = chain[-1][0] if chain else None
        self._span += 1
        chain.append((self._span, function, place, mark))
        return FunctionEntered(
            **self._common(goroutine, place),
            function=function,
            span=self._span,
            parent=parent,
            mark=mark,
            arguments=(Argument("fd", Pointer(0xC000014080, "*net.netFD")),),
            source=SourcePlace("net/tcpsock_posix.go", 174),
        )

    def leave(self, goroutine: int) -> AnyEvent:
        chain = self._chains[goroutine]
        span, function, place, mark = chain.pop()
        return FunctionReturned(
            **self._common(goroutine, place),
            function=function,
            span=span,
            parent=chain[-1][0] if chain else None,
            mark=mark,
            results=(Argument("fd", 4), Argument("err", None)),
            source=SourcePlace("net/tcpsock_posix.go", 181),
        )

    def call(
        self, goroutine: int, name: str, result: int, *given: Argument, error: int = 0
    ) -> Iterator[AnyEvent]:
        parent, function, place, _ = self._chains[goroutine][-1]
        self._span += 1
        span = self._span
        yield CallEntered(
            **self._common(goroutine, place),
            function=function,
            span=span,
            parent=parent,
            call=name,
            number=288,
            arguments=given,
        )
        yield CallReturned(
            **self._common(goroutine, place),
            function=function,
            span=span,
            parent=parent,
            call=name,
            arguments=given,
            result=result,
            error=k.constant(k.ERRNO, error) if error else None,
        )

    def kernel(self, fd: int) -> AnyEvent:
        client = SocketAddress("AF_INET", "127.0.0.1", 40_000 + self._seq % 20_000)
        listener = SocketState(
            "server", "AF_INET", "SOCK_STREAM", "TCP", "LISTEN", _LISTENER, fd=3, backlog=4096
        )
        connection = SocketState(
            "server", "AF_INET", "SOCK_STREAM", "TCP", "ESTABLISHED", _LISTENER, client, 9, fd
        )
        fds = tuple(Descriptor(n, "socket", f"socket:[{self._seq + n}]", n) for n in (3, fd))
        watched = (EpollInterest(3, _EDGES, 3), EpollInterest(fd, _EDGES, fd))
        state = KernelState(fds, (listener, connection), (EpollState(5, watched),))
        self._seq += 1
        return KernelObserved(seq=self._seq - 1, time_ns=self._seq * 41_237, state=state)

    def connection(self, goroutine: int) -> Iterator[AnyEvent]:
        """Accept one connection, serve it in ``goroutine``, close an older one."""
        fd = 7 + goroutine % 900
        accept = "net.(*TCPListener).Accept"
        yield self.enter(1, accept, Stage.ACCEPT)
        yield self.enter(1, "internal/poll.accept", Step.ACCEPT4)
        flags = Argument("flags", k.flags(k.SOCK_FLAGS, 0o2004000))
        pointer = Argument("addr", Pointer(0xC0000A1B2C))
        yield from self.call(1, "accept4", -1, Argument("sockfd", 3), pointer, flags, error=11)
        yield self.leave(1)
        yield self.enter(1, "internal/poll.runtime_pollWait", Step.POLL_WAIT)
        yield self.leave(1)
        yield self.enter(1, "internal/poll.accept", Step.ACCEPT4)
        peer = Argument("addr", SocketAddress("AF_INET", "127.0.0.1", 40_000 + goroutine % 9999))
        yield from self.call(1, "accept4", fd, Argument("sockfd", 3), peer, flags)
        yield self.leave(1)
        yield self.enter(1, "internal/poll.runtime_pollOpen", Step.POLL_OPEN)
        watched = Argument("event", EpollEvent(_EDGES, 0x7F00_0000_0000 + fd))
        add = Argument("op", Constant("EPOLL_CTL_ADD", 1))
        yield from self.call(1, "epoll_ctl", 0, Argument("epfd", 5), add, watched)
        yield self.leave(1)
        for level, option in ((6, 1), (1, 9), (6, 4)):
            yield from self.call(
                1,
                "setsockopt",
                0,
                Argument("sockfd", fd),
                Argument("level", k.constant(k.SOL, level)),
                Argument("optname", k.constant(k.OPTIONS[level], option)),
                Argument("optval", Reference(1)),
                Argument("optlen", 4),
            )
        yield self.leave(1)
        yield self.kernel(fd)
        yield self.enter(goroutine, "internal/poll.(*FD).Read", Step.READ)
        data = Argument("buf", Data(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 2, 70))
        yield from self.call(goroutine, "read", 70, Argument("fd", fd), data)
        yield self.enter(goroutine, "internal/poll.runtime_pollWait", Step.POLL_WAIT)
        self._open.append(goroutine)
        if len(self._open) > self._most_open:
            ended = self._open.pop(0)
            yield self.leave(ended)
            yield self.leave(ended)
            yield self.enter(ended, "internal/poll.(*FD).Close", Step.CLOSE)
            yield from self.call(ended, "close", 0, Argument("fd", 7 + ended % 900))
            yield self.leave(ended)


def story(count: int, open_at_once: int) -> Iterator[AnyEvent]:
    """Yield ``count`` events of a server with so many connections open at once, and an end."""
    server = _Server(open_at_once)
    goroutine = 100
    seq = 0
    while True:
        goroutine += 1
        for event in server.connection(goroutine):
            if seq == count - 1:
                yield CaptureEnded(seq=seq, time_ns=event.time_ns, reason="finished")
                return
            seq += 1
            yield event


def _times(moves: list[int], go: Callable[[int], object]) -> tuple[float, float]:
    """Return the median and the worst CPU time of ``go`` over the indexes in ``moves``."""
    taken = []
    for index in moves:
        begun = process_time()
        go(index)
        taken.append(process_time() - begun)
    return statistics.median(taken), max(taken)


def measure(count: int, open_at_once: int, folder: Path) -> bool:
    path = folder / f"{open_at_once}.jsonl"
    with RecordingWriter(path, Header(server="go", scenario="made")) as writer:
        for event in story(count, open_at_once):
            writer.write(event)
    size = path.stat().st_size

    gc.collect()
    begun = process_time()
    history = History.load(load(path))
    loading = process_time() - begun
    begun = process_time()
    history.world(count - 1)
    first_jump = process_time() - begun

    def look(index: int) -> None:
        """Do what a key press makes the screen ask for."""
        history.event(index)
        history.world(index)
        made = history.calls_until(index)
        for number in range(max(0, made - 30), made):
            history.call(number)
            history.call_place(number)

    picker = random.Random(1)
    middle = count // 2
    forward = _times(list(range(middle, middle + 2000)), look)
    back = _times(list(range(middle + 2000, middle, -1)), look)
    jump = _times([picker.randrange(count) for _ in range(300)], look)
    del history

    gc.collect()
    tracemalloc.start()
    history = History.load(load(path))
    loaded, _ = tracemalloc.get_traced_memory()
    history.world(count - 1)
    for index in range(0, count, 997):
        look(index)
    walked, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    print(f"{count:,} events, {open_at_once} connections open at once, {size / count:.0f} B a line")
    print(f"  load             {loading:8.3f} s CPU   ({loading / count * 1e6:.1f} us an event)")
    print(
        f"  first jump to end{first_jump:8.3f} s CPU   ({first_jump / count * 1e6:.1f} us an event)"
    )
    for name, (median, worst) in (("step forward", forward), ("step back", back), ("jump", jump)):
        print(f"  {name:<17}{median * 1e3:8.3f} ms CPU median, {worst * 1e3:.3f} ms worst")
    print(
        f"  memory           {loaded / count:8.0f} B an event loaded, {walked / count:.0f} B in all"
    )
    worst_step = max(forward[1], back[1])
    return worst_step <= MOST_CPU_A_STEP and walked / count <= MOST_BYTES_AN_EVENT


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    reached = True
    with tempfile.TemporaryDirectory() as folder:
        for open_at_once in (10, 500):
            reached &= measure(count, open_at_once, Path(folder))
    print("figures reached" if reached else "figures MISSED")
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
