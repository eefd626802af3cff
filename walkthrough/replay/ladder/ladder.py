"""The ladder of a history: folds events into rungs, a slice at a time, and counts them.

Looks at each event once. Rungs of one step are put together here: what the kernel's view shows
joins the act or the call that has brought it about.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec.structs import replace

from walkthrough.model.events import (
    AnyEvent,
    CallReturned,
    ClientActed,
    DetailEnded,
    Event,
    FunctionEntered,
    FunctionReturned,
    KernelObserved,
    ProcessExited,
)
from walkthrough.model.kernel import KernelState, SocketState
from walkthrough.model.path import Step
from walkthrough.model.values import SocketAddress
from walkthrough.replay.history import History
from walkthrough.replay.ladder.connections import Connection, Connections, Seen, point
from walkthrough.replay.ladder.rungs import (
    Act,
    End,
    Fact,
    Life,
    Listens,
    Lived,
    Note,
    Packet,
    Queue,
    Rung,
    Sign,
    Waiting,
    Way,
)
from walkthrough.replay.ladder.server import ACCEPTS, DRAWN, POLLS, READS, Server
from walkthrough.replay.world import RIDERS

SLICE = 2000
"""Events that `extend` looks at unless told otherwise: some 5 ms."""

_LOG = "strace"
"""`Header.server` of what a log of strace's tells: of its views nothing can be told but calls."""
_FINISHED = ("CLOSE_WAIT", "LAST_ACK", "CLOSING", "TIME_WAIT")
_PROBING = Lived(Life.PROBING)
_Unread = dict[tuple[Any, ...], int]
_PARKING = Step.POLL_WAIT.value
# Two events in three make no rung, and their line tells: of functions only those that park do. A
# line that is written in another way is decoded, and found out then.
_PASSED_BY = (b'{"type":"function_', b'{"type":"call_entered",')
_PARKING_SPELLED = f'"{_PARKING}"'.encode()
_QUIET = b'"quiet":true'
_DECODER: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)


class Ladder:
    """The rungs of one history, as far as it has been looked at.

    Args:
        history: The events. It may grow; `extend` looks at what is new.
    """

    def __init__(self, history: History) -> None:
        self.history = history
        self.until = -1
        """The last event that has been looked at."""
        self.dialled = -1
        """The event at which the server first connected to somebody, -1 if it has not."""
        self.ended = -1
        """The event with which the server ended, -1 if it has not."""
        self._begun = -1
        self.from_log = history.header.server == _LOG
        self._rungs: list[Rung] = []
        self._starts = array("q")
        self._faces = array("q")  # events at which another client was first met
        self._known: set[int] = set()
        self._step = 0  # the first rung of the step that is being told
        self._server = Server()
        self._connections = Connections()
        self._queues: dict[tuple[int | None, SocketAddress], tuple[int, int]] = {}
        self._unread: _Unread = {}
        self._view: KernelState | None = None

    def extend(self, upto: int, most: int = SLICE) -> bool:
        """Look at more events, at most ``most``; tell whether event ``upto`` has been reached."""
        last = min(upto, len(self.history) - 1, self.until + most)
        line_of, decode = self.history.line, _DECODER.decode
        for index in range(self.until + 1, last + 1):
            line = line_of(index)
            if line.startswith(_PASSED_BY) and _PARKING_SPELLED not in line:
                if _QUIET not in line:
                    self._step = len(self._rungs)
            else:
                self._fold(decode(line))
        self.until = max(self.until, last)
        return self.until >= min(upto, len(self.history) - 1)

    def count(self, index: int) -> int:
        """Count the rungs up to event ``index``."""
        return bisect_right(self._starts, index)

    def rung(self, number: int) -> Rung:
        """Return rung ``number``, from 0."""
        return self._rungs[number]

    def between(self, first: int, last: int) -> range:
        """Return the numbers of the rungs that begin from event ``first`` to event ``last``."""
        return range(bisect_left(self._starts, first), bisect_right(self._starts, last))

    def clients(self, index: int) -> int:
        """Count the clients, or groups of them, met up to event ``index``."""
        return bisect_right(self._faces, index)

    def begins(self) -> int:
        """Return the event at which a client was first heard of, -1 if none was."""
        return self._begun

    # An event at a time

    def _fold(self, event: Event) -> None:
        if not (event.quiet or isinstance(event, RIDERS)):
            self._step = len(self._rungs)
        fold = _FOLDS.get(type(event))
        if fold is not None and (not event.quiet or isinstance(event, KernelObserved)):
            fold(self, event)

    def _acted(self, event: ClientActed) -> None:
        datagrams = self._is_datagrams(event)
        connection = self._connections.of_client(
            event.client, event.local, event.remote, stream=not datagrams
        )
        self._meet(event)
        error = event.error.name or str(event.error.raw) if event.error is not None else ""
        count = len(event.data)
        act = Act(event.action, count, error, datagrams=datagrams)
        packets = self._packets_of(event, act, None if datagrams else connection)
        first = packets[0] if packets else None
        self._add(event.seq, connection, event, act=act, packet=first)
        for packet in packets[1:]:
            self._add(event.seq, connection, event, packet=packet)

    def _packets_of(
        self, event: ClientActed, act: Act, connection: Connection | None
    ) -> tuple[Packet, ...]:
        """Return what an act shows by its outcome alone."""
        times = event.clients
        match act.action:
            case "connect" if _is_path(event):
                return () if act.error else (Packet(Sign.PATH, Way.TO_SERVER, times=times),)
            case "connect" if connection is not None and not act.error:
                # connect(2) has returned: the client's end is ESTABLISHED.
                packets = connection.handshake()
                if times > 1:
                    return (Packet(Sign.HANDSHAKE, Way.TO_SERVER, times=times),)
                return packets
            case "connect" if act.error == "ECONNREFUSED" and not act.datagrams:
                syn = Packet(Sign.SYN, Way.TO_SERVER, times=times)
                return syn, Packet(Sign.RST, Way.TO_CLIENT, times=times)
            case "send" if act.count and not act.error:
                return (Packet(Sign.DATA, Way.TO_SERVER, act.count, times),)
            case "receive" if act.count and not act.error:
                return (Packet(Sign.DATA, Way.TO_CLIENT, act.count, times),)
            case "receive" if connection is not None and act.error in ("", "ECONNRESET"):
                sign = Sign.RST if act.error else Sign.FIN
                told = connection.tell(sign, Way.TO_CLIENT)
                return (Packet(sign, Way.TO_CLIENT, times=times),) if told else ()
            case "reset" if connection is not None and not act.error:
                connection.resetting = True
                return ()
            case _:
                return ()

    def _returned(self, event: CallReturned) -> None:
        if event.step is Step.PROBE:
            self._server.probe(event)
            last = self._rungs[-1].note if self._rungs else None
            if event.call == "socket" and last != _PROBING:
                self._add(event.seq, note=_PROBING)
        elif event.call in DRAWN:
            self._called(event)
        elif event.call in POLLS and event.result > 0:
            for wake in self._server.wakes(event):
                self._add(event.seq, self._connections.of_descriptor(wake.fd), note=wake)
        elif event.call == "epoll_ctl":
            self._server.watch(event)

    def _called(self, event: CallReturned) -> None:
        call = self._server.call(event)
        if call is None:
            return
        packet, fd = None, call.fd
        if call.name in ACCEPTS and not call.error:
            fd = call.result
            self._connections.accepted(fd, call.address)
        elif call.name == "connect" and self.dialled < 0:
            self.dialled = event.seq
        connection = self._connections.of_descriptor(fd)
        if fd in self._server.datagrams:
            connection = self._connections.of_other(call.address)
        elif connection is not None and call.name in READS and not self.from_log:
            packet = _shown_by_read(connection, call.result, call.error)
        if packet is not None:
            self._add(event.seq, connection, packet=packet)
        self._add(event.seq, connection, call=call)
        if call.name == "close" and fd is not None:
            self._connections.let_go(fd)

    def _entered(self, event: FunctionEntered) -> None:
        if event.mark == _PARKING and (park := self._server.park(event)) is not None:
            self._add(event.seq, self._connections.of_descriptor(park.fd), note=park)

    def _left(self, event: FunctionReturned) -> None:
        if event.mark == _PARKING and (unpark := self._server.unpark(event)) is not None:
            self._add(event.seq, self._connections.of_descriptor(unpark.fd), note=unpark)

    def _exited(self, event: ProcessExited) -> None:
        if self.history.header.pid not in (0, event.pid):
            return
        self.ended = event.seq
        signal = event.signal.name or str(event.signal.raw) if event.signal is not None else ""
        life = Life.KILLED if signal else Life.EXITED
        self._add(event.seq, note=Lived(life, event.code or 0, signal))

    def _undetailed(self, event: DetailEnded) -> None:
        self._connections.detailed = False
        self._add(event.seq, note=Lived(Life.UNSEEN))

    def _observed(self, event: KernelObserved) -> None:
        state = event.state
        self._server.look(state)
        if not self.from_log:
            for seen in self._connections.observe(state, self._server.dialling):
                self._show(event.seq, seen)
            self._hint_at_handshakes(event.seq)
        unread: _Unread = {}
        for socket in state.sockets:
            if socket.state == "LISTEN":
                self._show_queue(event.seq, socket)
            elif socket.receive_queue is not None and socket.type == "SOCK_STREAM":
                self._show_unread(event.seq, socket, unread, whole=state.beyond is None)
        self._unread = unread
        self._view = state

    # What a view shows

    def _show(self, index: int, seen: Seen) -> None:
        """Tell of a packet: beside the act or call of this step that sent it, or by itself."""
        connection, packet, fact = seen
        last = self._rungs[-1] if len(self._rungs) > self._step else None
        if last is not None and _sends(last, connection, packet):
            # An arrow more, and whose it is: a call that connects did not know that.
            self._rungs[-1] = replace(
                last,
                connection=connection.number,
                port=connection.other[1],
                packet=packet,
                fact=last.fact or fact,
                last=index,
            )
            return
        self._add(index, connection, packet=packet, fact=fact)

    def _hint_at_handshakes(self, index: int) -> None:
        """Beside packets that an act has shown, say what states the view has found."""
        for number in range(self._step, len(self._rungs)):
            rung = self._rungs[number]
            connection = self._connections.of_client(rung.client, None, None)
            if rung.packet is None or rung.fact is not None or connection is None:
                continue
            if rung.connection == connection.number and rung.clients == 1:
                fact = connection.evidence(rung.packet)
                if fact is not None:
                    self._rungs[number] = replace(rung, fact=fact, last=index)

    def _show_queue(self, index: int, socket: SocketState) -> None:
        if socket.owner not in ("server", "neighbour"):
            return
        key = (socket.fd, socket.local)
        most = socket.backlog or 0
        before = self._queues.get(key)
        now = socket.accept_queue
        if before is None and socket.owner == "server":
            self._say(index, Listens(socket.fd, socket.backlog), lambda rung: _is(rung, "listen"))
        if now is None:
            self._queues.setdefault(key, (0, most))
            return
        self._queues[key] = (now, most)
        if before is not None and before[1] != most and socket.owner == "server":
            self._say(index, Listens(socket.fd, socket.backlog), lambda rung: _is(rung, "listen"))
        if now != (before[0] if before is not None else 0):
            queue = Queue(socket.fd, before[0] if before else 0, now, most)
            self._say(index, queue, _goes_with_queue)

    def _show_unread(
        self, index: int, socket: SocketState, unread: _Unread, *, whole: bool
    ) -> None:
        """Tell of bytes that have come and wait; an end's FIN counts as one, and is none."""
        count = (socket.receive_queue or 0) - (socket.state in _FINISHED)
        end = End.SERVER if socket.owner in ("server", "queue") else End.CLIENT
        local, remote = point(socket.local), point(socket.remote)
        key = (end, local, remote) if remote is not None else (end, socket.fd, socket.inode)
        unread[key] = count
        before = self._unread.get(key, 0)
        if socket.state == "CLOSE" or socket.owner == "kernel" or not whole:
            return  # nothing comes any more; or what is listed is but a part
        if count <= before:
            return
        self._say(
            index,
            Waiting(end, socket.fd, count),
            lambda rung: _goes_with_bytes(rung, end),
            self._connections.of_descriptor(socket.fd),
        )

    def _say(
        self,
        index: int,
        fact: Fact,
        fits: Callable[[Rung], bool],
        connection: Connection | None = None,
    ) -> None:
        """Put a fact beside the last rung of this step that it fits, or on one of its own."""
        for number in range(len(self._rungs) - 1, self._step - 1, -1):
            rung = self._rungs[number]
            if fits(rung):
                self._rungs[number] = replace(rung, fact=fact, last=index)
                return
        self._add(index, connection, fact=fact)

    # Making rungs

    def _add(
        self,
        index: int,
        connection: Connection | None = None,
        acted: ClientActed | None = None,
        *,
        act: Act | None = None,
        packet: Packet | None = None,
        fact: Fact | None = None,
        note: Note | None = None,
        **parts: Any,
    ) -> None:
        if self._begun < 0 and (act is not None or packet is not None):
            self._begun = index
        client = acted.client if acted is not None else (connection.client if connection else 0)
        port = connection.other[1] if connection is not None else 0
        self._rungs.append(
            Rung(
                index,
                index,
                client=client,
                clients=acted.clients if acted is not None else 1,
                port=port,
                connection=connection.number if connection is not None else 0,
                act=act,
                packet=packet,
                fact=fact,
                note=note,
                **parts,
            )
        )
        self._starts.append(index)

    def _meet(self, event: ClientActed) -> None:
        if event.client not in self._known:
            self._known.add(event.client)
            self._faces.extend([event.seq] * min(event.clients, 2))

    def _is_datagrams(self, event: ClientActed) -> bool:
        view = self._view
        sockets = view.sockets if view is not None else ()
        mine = [one for one in sockets if one.owner == "server" and one.state != "ESTABLISHED"]
        if event.remote is not None and mine:
            return any(
                one.type == "SOCK_DGRAM" and one.local.port == event.remote.port for one in mine
            )
        return bool(self._server.datagrams) and not self._server.listeners


def _is_path(event: ClientActed) -> bool:
    ends = (event.local, event.remote)
    return any(end is not None and end.family == "AF_UNIX" for end in ends)


def _sends(rung: Rung, connection: Connection, packet: Packet) -> bool:
    """Tell whether a rung holds the act or the call that has sent the packet."""
    if rung.packet is not None:
        return False
    if packet.way is Way.TO_SERVER:
        return rung.act is not None and rung.connection == connection.number
    call = rung.call
    return call is not None and call.fd is not None and call.fd == connection.fd


def _is(rung: Rung, call: str) -> bool:
    return rung.call is not None and rung.call.name == call and not rung.call.error


def _goes_with_queue(rung: Rung) -> bool:
    """Tell whether a change of the queue belongs to a rung: a handshake's end, or an accept."""
    if rung.call is not None:
        return rung.call.name in ACCEPTS and not rung.call.error and rung.fact is None
    if rung.act is not None and rung.act.action == "accept":
        return rung.fact is None
    sign = rung.packet.sign if rung.packet is not None else None
    fits = sign in (Sign.ACK, Sign.PATH, Sign.HANDSHAKE)
    return fits and not isinstance(rung.fact, Queue)


def _goes_with_bytes(rung: Rung, end: End) -> bool:
    if end is End.SERVER:
        return rung.fact is None and rung.act is not None and rung.act.action == "send"
    call = rung.call
    return rung.fact is None and call is not None and call.way is Way.TO_CLIENT and call.result > 0


def _shown_by_read(connection: Connection, result: int, error: str) -> Packet | None:
    """Return the FIN or RST that a read shows, if no view has: it was not looked at in between."""
    if error == "ECONNRESET":
        sign = Sign.RST
    elif not error and result == 0:
        sign = Sign.FIN
    else:
        return None
    return Packet(sign, Way.TO_SERVER) if connection.tell(sign, Way.TO_SERVER) else None


_FOLDS: dict[type[Event], Callable[[Ladder, Any], None]] = {
    ClientActed: Ladder._acted,
    CallReturned: Ladder._returned,
    FunctionEntered: Ladder._entered,
    FunctionReturned: Ladder._left,
    ProcessExited: Ladder._exited,
    DetailEnded: Ladder._undetailed,
    KernelObserved: Ladder._observed,
}
