"""Builds the sequence diagram: folds one event after the other into rows.

Rows of one step are combined here: what the kernel's view shows joins the action or the call
that caused it.
"""

from array import array
from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from walkthrough.model.events import (
    CallReturned,
    ClientActed,
    DetailEnded,
    Event,
    FunctionEntered,
    FunctionReturned,
    Header,
    KernelObserved,
    PacketCaptured,
    ProcessExited,
    ProcessStarted,
)
from walkthrough.model.kernel_state import KernelState
from walkthrough.model.stages import Step
from walkthrough.state.sequence.captured import CapturedPackets
from walkthrough.state.sequence.connection import TrackedConnection
from walkthrough.state.sequence.connections import ConnectionNews, ConnectionTracker
from walkthrough.state.sequence.kernel_facts import KernelFacts
from walkthrough.state.sequence.model import (
    ClientAction,
    DiagramRow,
    Direction,
    Fact,
    LifecycleEvent,
    LifecycleKind,
    Note,
    Packet,
    PacketKind,
    PollerWake,
    SocketCall,
    UnreadBytes,
)
from walkthrough.state.sequence.server import ACCEPTS, DRAWN, POLLS, READS, ServerTracker
from walkthrough.state.world import RIDERS

LOG = "strace"
"""`Header.server` of an strace log: its views show nothing but what its calls say."""
PARKING = Step.POLL_WAIT.value
_PROBING = LifecycleEvent(LifecycleKind.PROBING)
_ALWAYS = (KernelObserved, ProcessStarted)
"""What is followed even where no step stops."""
_OF_HANDSHAKE = (PacketKind.SYN, PacketKind.SYN_ACK, PacketKind.ACK)


class SequenceBuilder:
    """The rows so far, and the state from which the next are made.

    Attributes:
        rows: All of them. Those of the newest step may still be replaced.
        starts: The event that each begins with.
        faces: The events at which another client first appeared.
        begun: The event at which somebody at the client's end first appeared, -1 before.
        dialled: The event at which the server first connected to somebody, -1 before.
        ended: The event with which the server ended, -1 before.
        step: The number of the first row of the newest step.
    """

    def __init__(self, header: Header) -> None:
        self.rows: list[DiagramRow] = []
        self.starts = array("q")
        self.faces = array("q")
        self.begun = -1
        self.dialled = -1
        self.ended = -1
        self._from_log = header.server == LOG
        self._captured = CapturedPackets() if header.packets is not None else None
        self._arrived: list[tuple[int, TrackedConnection]] = []  # rows of captured packets
        self._pid = header.pid
        self._known: set[int] = set()
        self.step = 0
        self._server = ServerTracker()
        self._connections = ConnectionTracker()
        self._facts = KernelFacts()
        self._view: KernelState | None = None
        # The processes that have not ended; whose event the last one was, 0 if there is only one.
        self._alive: set[int] = set()
        self._several = False
        self._process = 0

    def pass_by(self) -> None:
        """Note that an event was left out that begins a step and makes no row."""
        self.step = len(self.rows)

    def fold(self, event: Event) -> None:
        """Fold the next event."""
        if not (event.quiet or isinstance(event, RIDERS)):
            self.step = len(self.rows)
        fold = _FOLDS.get(type(event))
        if fold is not None and (not event.quiet or isinstance(event, _ALWAYS)):
            fold(self, event)

    def _acted(self, event: ClientActed) -> None:
        datagrams = self._is_datagrams(event)
        connection = self._connections.of_client(
            event.client, event.local, event.remote, stream=not datagrams
        )
        self._meet(event)
        error = event.error.name or str(event.error.raw) if event.error is not None else ""
        count = event.length
        act = ClientAction(event.action, count, error, datagrams=datagrams)
        packets = self._packets_of(event, act, None if datagrams else connection)
        if self._sees_packets:  # they come by themselves
            packets = tuple(each for each in packets if each.sign is PacketKind.PATH)
        first = packets[0] if packets else None
        self._add(event.seq, connection, event, act=act, packet=first)
        for packet in packets[1:]:
            self._add(event.seq, connection, event, packet=packet)

    def _packets_of(
        self, event: ClientActed, act: ClientAction, connection: TrackedConnection | None
    ) -> tuple[Packet, ...]:
        """Return the packets that an action shows by its outcome alone."""
        times = event.clients
        match act.action:
            case "connect" if _is_path(event):
                return (
                    ()
                    if act.error
                    else (Packet(PacketKind.PATH, Direction.TO_SERVER, times=times),)
                )
            case "connect" if connection is not None and not act.error:
                # connect(2) has returned: the client's end is ESTABLISHED.
                packets = connection.handshake()
                if times > 1:
                    return (Packet(PacketKind.HANDSHAKE, Direction.TO_SERVER, times=times),)
                return packets
            case "connect" if act.error == "ECONNREFUSED" and not act.datagrams:
                syn = Packet(PacketKind.SYN, Direction.TO_SERVER, times=times)
                return syn, Packet(PacketKind.RST, Direction.TO_CLIENT, times=times)
            case "send" if act.count:  # what was sent, even if it was not all
                return (Packet(PacketKind.DATA, Direction.TO_SERVER, act.count, times),)
            case "receive" if act.count and not act.error:
                return (Packet(PacketKind.DATA, Direction.TO_CLIENT, act.count, times),)
            case "receive" if connection is not None and act.error in ("", "ECONNRESET"):
                sign = PacketKind.RST if act.error else PacketKind.FIN
                packet = connection.tell(sign, Direction.TO_CLIENT)
                return (Packet(sign, Direction.TO_CLIENT, times=times),) if packet else ()
            case "reset" if connection is not None and not act.error:
                connection.resetting = True
                return ()
            case _:
                return ()

    @property
    def _sees_packets(self) -> bool:
        """Whether packets are captured, so that none is inferred."""
        return self._captured is not None and self._connections.detailed

    def _packet(self, event: PacketCaptured) -> None:
        """Show a captured packet: with the act or call that sent it, or by itself."""
        if self._captured is None or not self._sees_packets:
            return
        found = self._begun(event) or self._connections.of_ends(event.sender, event.receiver)
        if found is None:
            return
        connection, way = found
        packet = self._captured.packet(event, connection, way)
        self._answer(connection, packet)
        sends = self._sender(connection, packet) if event.cause is not None else None
        if sends is not None:
            row = self.rows[sends]
            self.rows[sends] = replace(
                row,
                client=row.client or connection.client,
                connection=connection.number,
                port=connection.other[1],
                packet=packet,
                last=event.seq,
            )
        else:
            sends = len(self.rows)
            self._add(event.seq, connection, packet=packet)
        self._arrived = [each for each in self._arrived if each[0] >= self.step]
        self._arrived.append((sends, connection))

    def _begun(self, event: PacketCaptured) -> tuple[TrackedConnection, Direction] | None:
        """Return the connection that a packet opens, None for one that opens none."""
        if event.flags != ("SYN",) or event.retransmits is not None:
            return None
        here, there = event.sender, event.receiver
        for row in reversed(self.rows[self.step :]):
            if row.act is not None and row.act.action == "connect" and row.index == event.cause:
                opened = self._connections.opened(there, here, row.client)
                return (opened, Direction.TO_SERVER) if opened is not None else None
            if row.call is not None and row.call.name == "connect" and event.cause is not None:
                opened = self._connections.opened(here, there, fd=row.call.fd)
                return (opened, Direction.TO_CLIENT) if opened is not None else None
        listening = self._view.sockets if self._view is not None else ()
        for each in listening:
            if each.owner == "neighbour" and each.local.port == there.port:
                opened = self._connections.opened(here, there)
                return (opened, Direction.TO_CLIENT) if opened is not None else None
        opened = self._connections.opened(there, here)
        return (opened, Direction.TO_SERVER) if opened is not None else None

    def _answer(self, connection: TrackedConnection, packet: Packet) -> None:
        """Note that a SYN of this step has been answered by a packet in the other direction."""
        for number, other in self._arrived:
            asked = self.rows[number].packet if number >= self.step else None
            if asked is None or other is not connection or asked.way is packet.way:
                continue
            if not asked.answered:
                self.rows[number] = replace(self.rows[number], packet=replace(asked, answered=True))

    def _sender(self, connection: TrackedConnection, packet: Packet) -> int | None:
        """Return the number of the row of this step that holds what sent a packet."""
        for number in range(len(self.rows) - 1, self.step - 1, -1):
            row = self.rows[number]
            refused = row.act is not None and not row.connection and row.packet is None
            if refused and packet.way is Direction.TO_SERVER:  # it has no connection any more
                return number
            if _sends(row, connection, packet):
                return number
        return None

    def _returned(self, event: CallReturned) -> None:
        if event.process is not None or self._several:
            self._turn(event)
        if event.step is Step.PROBE:
            self._server.probe(event)
            last = self.rows[-1].note if self.rows else None
            if event.call == "socket" and last != _PROBING:
                self._add(event.seq, note=_PROBING)
        elif event.call in DRAWN:
            self._called(event)
        elif event.call in POLLS and event.result > 0:
            for wake in self._server.wakes(event):
                self._add(event.seq, self._connections.of_descriptor(wake.fd), note=wake)
        else:
            if event.call == "epoll_ctl":
                self._server.watch(event)
            if (failed := self._server.failed_call(event)) is not None:
                self._add(event.seq, self._connections.of_descriptor(failed.fd), call=failed)

    def _called(self, event: CallReturned) -> None:
        listeners = frozenset(self._server.listeners)
        call = self._server.call(event)
        if call is None:
            return
        packet, fd = None, call.fd
        if call.name in ACCEPTS and not call.error:
            fd = call.result
            self._connections.accepted(fd, call.address)
        elif call.name == "bind" and call.address is not None and not call.address.port:
            first = self._pid if self._from_log and self._several else 0
            self._facts.bind(call.fd or 0, event.process or first)
        elif call.name == "connect" and self.dialled < 0:
            self.dialled = event.seq
        connection = self._connections.of_descriptor(fd)
        if fd in self._server.datagrams:
            connection = self._connections.of_other(call.address)
        elif self._sees_packets:
            pass
        elif connection is not None and call.name in READS and not self._from_log:
            packet = _shown_by_read(connection, call.result, call.error)
        if packet is not None:
            self._add(event.seq, connection, packet=packet)
        self._add(event.seq, connection, call=call, fact=self._unchanged_by(call))
        if call.name == "close" and fd is not None:
            self._connections.let_go(fd, listens=fd in listeners)

    def _unchanged_by(self, call: SocketCall) -> Fact | None:
        """Return what a repeated listen leaves as it is, until a view shows that it did not.

        The kernel is looked at after each call, but a view is written only if it has changed.
        """
        if call.name != "listen" or call.error or call.fd is None or self._from_log:
            return None
        return self._facts.listener(call.fd, self._process if self._process != self._pid else 0)

    def _entered(self, event: FunctionEntered) -> None:
        if event.process is not None or self._several:
            self._turn(event)
        if event.mark == PARKING and (park := self._server.park(event)) is not None:
            self._add(event.seq, self._connections.of_descriptor(park.fd), note=park)

    def _left(self, event: FunctionReturned) -> None:
        if event.process is not None or self._several:
            self._turn(event)
        if event.mark == PARKING and (unpark := self._server.unpark(event)) is not None:
            self._add(event.seq, self._connections.of_descriptor(unpark.fd), note=unpark)

    def _turn(self, event: Event) -> None:
        """Note whose event it is: descriptors and goroutines have numbers of their own there."""
        if event.process is not None:
            self._become_several()
        if self._several:
            self._process = event.process or self._pid
            self._server.turn(self._process)
            self._connections.turn(self._process)

    def _become_several(self) -> None:
        if not self._several:
            self._several = True
            self._process = self._pid
            self._server.turn(self._pid)  # what there was before is the first one's
            self._connections.turn(self._pid)

    def _started(self, event: ProcessStarted) -> None:
        self._alive.add(event.pid)
        if event.origin == "fork" and event.parent_pid is not None and not event.quiet:
            self._become_several()
            self._process = event.parent_pid
            self._add(event.seq, note=LifecycleEvent(LifecycleKind.FORKED, process=event.pid))
        self._turn(event)

    def _exited(self, event: ProcessExited) -> None:
        self._alive.discard(event.pid)
        if self._alive:
            self._connections.forget(event.pid)
        elif not self._several and self._pid not in (0, event.pid):
            return
        else:
            self.ended = event.seq
        self._turn(event)
        signal = event.signal.name or str(event.signal.raw) if event.signal is not None else ""
        life = LifecycleKind.KILLED if signal else LifecycleKind.EXITED
        self._add(event.seq, note=LifecycleEvent(life, event.code or 0, signal))

    def _undetailed(self, event: DetailEnded) -> None:
        self._connections.detailed = False
        self._add(event.seq, note=LifecycleEvent(LifecycleKind.UNSEEN))

    def _observed(self, event: KernelObserved) -> None:
        state = event.state
        if state.process:
            self._become_several()
        of = state.process or (self._pid if self._several else 0)
        self._server.turn(of)
        self._connections.turn(of)
        self._server.look(state)
        if not self._from_log:
            sees = self._sees_packets
            for seen in self._connections.observe(state, self._server.dialling, of):
                if not sees:
                    self._show(event.seq, seen)
            if sees:
                self._hint_at_captured(event.seq)
            else:
                self._hint_at_handshakes(event.seq)
        for fact, fits in self._facts.observe(state):
            # What a log first says of a listener need not have happened then.
            self._say(event.seq, fact, fits, alone=not self._from_log)
        self._view = state
        if self._several:
            self._server.turn(self._process)
            self._connections.turn(self._process)

    # What a view shows

    def _show(self, index: int, seen: ConnectionNews) -> None:
        """Show a packet: with the action or call of this step that sent it, or by itself."""
        connection, packet, fact = seen
        last = self.rows[-1] if len(self.rows) > self.step else None
        if last is not None and _sends(last, connection, packet):
            if self.begun < 0:
                self.begun = last.index
            # One more arrow, and whose it is: a call that connects did not know that.
            self.rows[-1] = replace(
                last,
                connection=connection.number,
                port=connection.other[1],
                packet=packet,
                fact=last.fact or fact,
                last=index,
            )
            return
        self._add(index, connection, packet=packet, fact=fact)
        if packet.sign in _OF_HANDSHAKE:
            self._put_before_the_wake()

    def _put_before_the_wake(self) -> None:
        """Move the last row before the poll of this step that reported a listener.

        The view is taken after the poll has returned, and shows what made it return.
        """
        place = len(self.rows) - 1
        while place > self.step and self._reports_listener(self.rows[place - 1]):
            place -= 1
        row = self.rows.pop()
        first = self.rows[place].index if place < len(self.rows) else row.index
        self.rows.insert(place, replace(row, index=first))
        self.starts.pop()
        self.starts.insert(place, first)

    def _reports_listener(self, row: DiagramRow) -> bool:
        return isinstance(row.note, PollerWake) and row.note.fd in self._server.listeners

    def _hint_at_handshakes(self, index: int) -> None:
        """Add to the packets that an action has shown the states that the view shows."""
        for number in range(self.step, len(self.rows)):
            row = self.rows[number]
            connection = self._connections.of_client(row.client, None, None)
            if row.packet is None or row.fact is not None or connection is None:
                continue
            if row.connection == connection.number and row.clients == 1:
                fact = connection.evidence(row.packet)
                if fact is not None:
                    self.rows[number] = replace(row, fact=fact, last=index)

    def _hint_at_captured(self, index: int) -> None:
        """Add to the captured packets of this step the states that the view shows."""
        for number, connection in self._arrived:
            row = self.rows[number] if number >= self.step else None
            if row is None or row.packet is None or row.fact is not None:
                continue
            if (fact := connection.evidence(row.packet)) is not None:
                self.rows[number] = replace(row, fact=fact, last=index)

    def _say(
        self, index: int, fact: Fact, fits: Callable[[DiagramRow], bool], *, alone: bool
    ) -> None:
        """Add a fact to the last row of this step that it fits; if ``alone``, else a row."""
        for number in range(len(self.rows) - 1, self.step - 1, -1):
            row = self.rows[number]
            if fits(row):
                self.rows[number] = replace(row, fact=fact, last=index)
                return
        if not alone:
            return
        waits = fact.fd if isinstance(fact, UnreadBytes) else None
        self._add(index, self._connections.of_descriptor(waits), fact=fact)

    # Making rows

    def _add(
        self,
        index: int,
        connection: TrackedConnection | None = None,
        acted: ClientActed | None = None,
        *,
        act: ClientAction | None = None,
        packet: Packet | None = None,
        fact: Fact | None = None,
        note: Note | None = None,
        call: SocketCall | None = None,
        **parts: Any,
    ) -> None:
        if self.begun < 0 and (act is not None or packet is not None):
            self.begun = index
        client = acted.client if acted is not None else (connection.client if connection else 0)
        port = connection.other[1] if connection is not None else 0
        self.rows.append(
            DiagramRow(
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
                process=self._process if self._process != self._pid and (call or note) else 0,
                call=call,
                **parts,
            )
        )
        self.starts.append(index)

    def _meet(self, event: ClientActed) -> None:
        if event.client not in self._known:
            self._known.add(event.client)
            self.faces.extend([event.seq] * min(event.clients, 2))

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


def _sends(row: DiagramRow, connection: TrackedConnection, packet: Packet) -> bool:
    """Return whether a row holds the action or the call that sent the packet."""
    if row.packet is not None:
        return False
    if packet.way is Direction.TO_SERVER:
        return row.act is not None and row.connection == connection.number
    call = row.call
    return call is not None and call.fd is not None and call.fd == connection.fd


def _shown_by_read(connection: TrackedConnection, result: int, error: str) -> Packet | None:
    """Return the FIN or RST that a read shows, if no view has shown it in between."""
    if error == "ECONNRESET":
        sign = PacketKind.RST
    elif not error and result == 0:
        sign = PacketKind.FIN
    else:
        return None
    return Packet(sign, Direction.TO_SERVER) if connection.tell(sign, Direction.TO_SERVER) else None


_FOLDS: dict[type[Event], Callable[[SequenceBuilder, Any], None]] = {
    ClientActed: SequenceBuilder._acted,
    CallReturned: SequenceBuilder._returned,
    FunctionEntered: SequenceBuilder._entered,
    FunctionReturned: SequenceBuilder._left,
    ProcessStarted: SequenceBuilder._started,
    ProcessExited: SequenceBuilder._exited,
    DetailEnded: SequenceBuilder._undetailed,
    PacketCaptured: SequenceBuilder._packet,
    KernelObserved: SequenceBuilder._observed,
}
