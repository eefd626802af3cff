"""Where a walk stands: replay or live, halted or running, at the edge or behind it.

Plain facts that actions and the header read, and what could wake a parked server; knows no widget.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum, auto

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import message
from walkthrough.model.protocol import ActionOffered
from walkthrough.state.world import World
from walkthrough.view.traced_program import TracedWalk

WAKERS = {
    "connect": message("c"),
    "connect or send": message("c or s"),
    "connect, then send": message("c, then s"),
    "send": message("s"),
    "accept, then send": message("a, then s"),
    "dialled, send": message("s"),
}
NEXT_ACT = "A"
"""The key of the script's next act, as it is shown."""


class WalkMode(Enum):
    """What the source of the events is doing."""

    REPLAY = auto()
    STARTING = auto()
    HALTED = auto()
    RUNNING = auto()
    WAITING = auto()
    EXITED = auto()
    """The server has ended, and clients can still act."""
    ENDED = auto()
    FAILED = auto()

    @property
    def live(self) -> bool:
        """Return whether there is a capture that takes commands."""
        return self in (WalkMode.HALTED, WalkMode.RUNNING, WalkMode.WAITING, WalkMode.EXITED)


class WakeSource(StrEnum):
    """What a parked server waits for, as keys can give it."""

    CONNECT = "connect"
    CONNECT_OR_SEND = "connect or send"
    CONNECT_THEN_SEND = "connect, then send"
    """A client of datagrams: the server would not see it connect."""
    SEND = "send"
    ACCEPT_THEN_SEND = "accept, then send"
    """The server has dialled, and does not wait for a client."""
    DIALLED_SEND = "dialled, send"

    def said(
        self, tr: Catalogue, due: bool = False, *, short: bool = False, repeats: str = ""
    ) -> str:
        """Say in the header who can wake the server, and with which keys.

        ``due``: the script's next act is, so one key does it. ``short``: the keys alone.
        ``repeats``: what a kernel sends again by itself, since it had no answer; where an act is
        due, that comes first.
        """
        keys = NEXT_ACT if due else tr(WAKERS[self])
        waits = bool(repeats) and not due and self not in DIALLED
        if short and waits:
            return tr("parked (wait, or {keys})", keys=keys)
        if short:
            return tr("parked ({keys})", keys=keys)
        if waits:
            said = message("parked: a repeated {packet} can wake it, or a client ({keys})")
            return tr(said, packet=repeats, keys=keys)
        return tr(
            message("parked: only the dialled side can wake it ({keys})")
            if self in DIALLED
            else message("parked: only a client can wake it ({keys})"),
            keys=keys,
        )

    def refusal(self, tr: Catalogue, due: bool = False, *, repeats: str = "") -> str:
        """Say that nothing can be released, and what helps; ``due`` and ``repeats`` as above."""
        if repeats and not due and self not in DIALLED:
            return tr(
                "The server is parked, nothing to release: wait until the {packet} is repeated, or "
                "let a client act ({keys}).",
                packet=repeats,
                keys=tr(WAKERS[self]),
            )
        refusal = (
            message("The server is parked, nothing to release: let the dialled side act ({keys}).")
            if self in DIALLED
            else message("The server is parked, nothing to release: let a client act ({keys}).")
        )
        return tr(refusal, keys=NEXT_ACT if due else tr(WAKERS[self]))


DIALLED = (WakeSource.ACCEPT_THEN_SEND, WakeSource.DIALLED_SEND)
"""What a server waits for that has dialled."""


def waker_of(world: World) -> WakeSource:
    """Return what can wake the server that is parked in ``world``."""
    views = [*world.kernels.values()] or ([world.kernel] if world.kernel is not None else [])
    sockets = [each for view in views for each in view.sockets]
    listening = {each.owner for each in sockets if each.state == "LISTEN"}
    talks = any(client.state == "connected" for client in world.clients.values())
    if listening == {"neighbour"}:
        return WakeSource.DIALLED_SEND if talks else WakeSource.ACCEPT_THEN_SEND
    if not sockets or "server" in listening:
        return WakeSource.CONNECT_OR_SEND if talks else WakeSource.CONNECT
    if talks:
        return WakeSource.SEND
    datagrams = any(each.owner == "server" and each.type == "SOCK_DGRAM" for each in sockets)
    return WakeSource.CONNECT_THEN_SEND if datagrams else WakeSource.CONNECT


def repeated_packet(world: World) -> str:
    """Return which packet of a handshake has no answer, and is sent again, tcp(7); "" if none."""
    sockets = world.kernel.sockets if world.kernel is not None else ()
    if not any(each.owner == "client" and each.state == "SYN_SENT" for each in sockets):
        return ""
    return "SYN-ACK" if any(each.state == "SYN_RECV" for each in sockets) else "SYN"


@dataclass(frozen=True, slots=True)
class WalkStatus:
    """Where the walk stands now.

    Attributes:
        mode: What the source of the events is doing.
        index: The event shown; -1 while there is none.
        last: The newest event; -1 while there is none.
        strace: An strace log lies beside the walk.
        reading: How far the recording has been read, in words; "" once it has been read whole.
        waker: What a parked server waits for.
        repeats: The packet that had no answer, and is sent again without anybody's act; "" if none.
        remark: What to say about the position, "" for nothing.
        offered: What the scenario's script would do next; None while that is unknown.
        coming: The server that is followed is on its way to a halt: what goes on waits for that.
        quiet: The server runs, and nothing has come from it for a while.
        asking: A question is open: what moves the walk leads to it first.
        presenting: Two panes and a caption are shown.
        from_home: It was opened on home, which is still there below it.
        several: There are several processes.
        staying: The name of the one that the walk stays with, "" for none.
        lent: Keys that mean something else for now.
        through: The only keys that mean what they usually do; None for all but ``lent``.
        traced: What there is to say of a traced program; None for a scenario.
    """

    mode: WalkMode
    index: int
    last: int
    strace: bool = False
    reading: str = ""
    waker: WakeSource = WakeSource.CONNECT
    repeats: str = ""
    remark: str = ""
    offered: ActionOffered | None = None
    coming: bool = False
    quiet: bool = False
    asking: bool = False
    presenting: bool = False
    from_home: bool = False
    several: bool = False
    staying: str = ""
    lent: frozenset[str] = frozenset()
    through: frozenset[str] | None = None
    traced: TracedWalk | None = None

    @property
    def act_is_due(self) -> bool:
        """Return whether the scenario's script would let a client act now."""
        return self.offered is not None and self.offered.due

    @property
    def act_is_stalled(self) -> bool:
        """Return whether that is not due, and nothing that can be let go on will make it so."""
        return self.offered is not None and self.offered.stalled

    @property
    def at_rest(self) -> bool:
        """Return whether what comes next can only come from a client.

        The server may wait without being parked: for a goroutine that serves a client, say.
        """
        rests = self.mode is WalkMode.RUNNING and self.quiet
        return rests and (self.act_is_due or self.act_is_stalled)

    @property
    def at_edge(self) -> bool:
        """Return whether the newest event is the one shown."""
        return self.index >= self.last
