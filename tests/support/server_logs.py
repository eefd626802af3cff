"""Logs of servers, as a test writes them, and what is told of them."""

from walkthrough.i18n.catalogue import catalogue
from walkthrough.model.events import CallReturned
from walkthrough.model.kernel_state import KernelState
from walkthrough.model.stages import Place, Stage, Step
from walkthrough.state.history import History
from walkthrough.strace_log.events import to_events
from walkthrough.strace_log.log import parse
from walkthrough.strace_log.model import LogCall
from walkthrough.strace_log.told_stages import place_of_calls
from walkthrough.view.kernel import kernel_entries

READ, WRITE, CLOSE = (Place(None, step) for step in (Step.READ, Step.WRITE, Step.CLOSE))
READY, CONNECT = Place(None, Step.POLL_READY), Place(None, Step.CONNECT)
ACCEPT = Place(Stage.ACCEPT, Step.ACCEPT4)
POLLER = Place(Stage.POLL_SERVER_INIT)
PEER = '{sa_family=AF_INET, sin_port=htons(%d), sin_addr=inet_addr("127.0.0.1")}, [16]'
AT = '{sa_family=AF_INET, sin_port=htons(%d), sin_addr=inet_addr("%s")}, 16'
READY_EVENT = "[{events=EPOLLIN, data={u32=%d, u64=%d}}]"


def calls_of(text: str) -> list[LogCall]:
    return parse([line + "\n" for line in text.strip().splitlines()]).calls


def places(text: str) -> list[Place]:
    return place_of_calls(calls_of(text))


def history_of(text: str) -> History:
    return History.of(*to_events(parse([line + "\n" for line in text.strip().splitlines()])))


def after(history: History, call: str, number: int = 0) -> int:
    """Return where one lands when a call has returned, the ``number``-th of its name."""
    ends = [
        index
        for index in range(len(history))
        if isinstance(event := history.event(index), CallReturned) and event.call == call
    ]
    return history.step_end(ends[number])


def kernel_at(history: History, index: int) -> KernelState:
    state = history.world(index).kernel
    assert state is not None
    return state


def view_after(text: str, call: str, number: int = 0) -> KernelState:
    history = history_of(text)
    return kernel_at(history, after(history, call, number))


def rows(history: History, index: int, language: str = "en") -> list[str]:
    entries = kernel_entries(history.world(index), catalogue(language))
    return ["".join(piece.text for piece in entry.row) for entry in entries]


SERVER = f"""\
socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3
bind(3, {AT % (8080, "127.0.0.1")}) = 0
listen(3, 64) = 0
accept(3, NULL, NULL) = 4"""

OUTBOUND_CONNECTION = f"""\
socket(AF_INET, SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_IP) = 7
connect(7, {AT % (5432, "192.0.2.7")}) = -1 EINPROGRESS (Operation now in progress)
poll([{{fd=7, events=POLLOUT}}], 1, -1) = 1 ([{{fd=7, revents=POLLOUT}}])
getsockopt(7, SOL_SOCKET, SO_ERROR, [0], [4]) = 0
setsockopt(7, SOL_TCP, TCP_NODELAY, [1], 4) = 0
sendto(7, "q", 1, 0, NULL, 0) = 1
recvfrom(7, "r", 9, 0, NULL, NULL) = 1
close(7) = 0"""
