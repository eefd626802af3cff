"""What is said on a rung: packets, calls and their results, facts and notes, in words.

Every text that came from outside is made safe here.
"""

from walkthrough.formatting.addresses import go_address
from walkthrough.model.values import SocketAddress
from walkthrough.state.sequence.model import (
    AddressSeen,
    ConnectionEnd,
    Fact,
    GoroutineParked,
    GoroutineUnparked,
    LifecycleEvent,
    LifecycleKind,
    ListenerSeen,
    Packet,
    PacketKind,
    PathPosition,
    PollerWake,
    QueueLength,
    SocketCall,
    SocketStateSeen,
    UnreadBytes,
)
from walkthrough.state.sequence.server import ACCEPTS, READS, WRITES
from walkthrough.view.sequence.words import LadderWords
from walkthrough.view.text import cell_width, safe

Said = GoroutineParked | GoroutineUnparked | LifecycleEvent | PathPosition
"""The notes that are said in words; that a socket is ready is drawn as an arrow."""
_LABELS = {PacketKind.FIN_ACK: "ACK"}
_MOST_NAMED = 80


def label(packet: Packet, words: LadderWords, *, short: bool) -> str:
    """Name what crosses between a client and the kernel."""
    many = f" ×{packet.times}" if packet.times > 1 else ""
    match packet.sign:
        case PacketKind.DATA:
            text = words.bytes_short if short else words.bytes
            return text.format(count=packet.count) + many
        case PacketKind.HANDSHAKE:
            text = words.handshakes_short if short else words.handshakes
            return text.format(count=packet.times)
        case PacketKind.PATH:
            return words.by_path + many
        case PacketKind.FIN if packet.acks:
            return "FIN, ACK" + many
        case sign:
            return _LABELS.get(sign, sign.value) + many


def spelled(call: SocketCall) -> str:
    """Spell a call with its arguments, as far as they matter here."""
    parts = [] if call.fd is None else [str(call.fd)]
    parts += [named(part) for part in (call.domain, call.type) if part]
    if call.address is not None and call.name not in ACCEPTS:
        parts.append(safe(go_address(call.address)))
    if call.number is not None:
        parts.append(str(call.number))
    return f"{named(call.name)}({', '.join(parts)})"


def spelled_shortly(call: SocketCall, shown: Fact | None, words: LadderWords, width: int) -> str:
    """Spell a call and its result so that both fit; with them, how long a queue is now."""
    came = result(call)
    if isinstance(shown, QueueLength):
        came += words.comma + words.queue_now.format(now=shown.now)
    name, fd = named(call.name), "" if call.fd is None else str(call.fd)
    address = shown.address if isinstance(shown, AddressSeen) else call.address
    port = f", {_port(address)}" if address is not None and name == "bind" else ""
    most = f", {call.number}" if call.number is not None else ""
    forms = (f"{name}({fd}{port}{most})", f"{name}({fd})", name)
    return next(
        (form for form in (f"{each} {came}" for each in forms) if cell_width(form) <= width),
        f"{name} {came}",
    )


def _port(address: SocketAddress) -> str:
    if address.family == "AF_UNIX":
        return named(address.path.rpartition("/")[2])
    return f":{address.port}"


def result(call: SocketCall) -> str:
    """Write what a call came to; ``…`` while it goes on."""
    if not call.returned:
        return "…"
    return f"= {named(call.error)}" if call.error else f"= {call.result}"


def meaning(call: SocketCall, words: LadderWords) -> str:
    """Say in a few words what a result means, "" where it speaks for itself."""
    group = "accept" if call.name in ACCEPTS else call.name
    group = "read" if call.name in READS else "write" if call.name in WRITES else group
    if group == "read" and not call.error and call.result == 0:
        return words.meaning["read end"]
    specific = words.meaning.get(f"{group} {call.error}")
    return specific or words.meaning.get(call.error, "")


def fact(shown: Fact, words: LadderWords, who: str, *, short: bool) -> str:
    """Say what the kernel's view has shown; ``who`` is what the client's end is called."""
    match shown:
        case QueueLength():
            text = words.queue if shown.fd is not None else words.queue_of_other
            text = words.queue_short if short else text
            return text.format(before=shown.before, now=shown.now)
        case UnreadBytes():
            if short:
                return words.waits_short.format(count=shown.count)
            if shown.end is ConnectionEnd.CLIENT:
                return words.waits_at_client.format(count=shown.count, who=who)
            text = words.waits_at if shown.fd is not None else words.waits_in_queue
            return text.format(count=shown.count, fd=shown.fd)
        case SocketStateSeen():
            state = named(shown.state)
            if short:
                return state
            if shown.end is ConnectionEnd.CLIENT:
                return words.at_client.format(state=state, who=who)
            text = words.at_descriptor if shown.fd is not None else words.at_server
            return text.format(fd=shown.fd, state=state)
        case ListenerSeen():
            if shown.most is None:
                return words.listens_short
            return words.listens.format(most=shown.most)
        case AddressSeen():
            return words.bound.format(address=safe(go_address(shown.address)))


def note(said: Said, words: LadderWords, *, short: bool) -> str:
    """Say what has happened in the server."""
    match said:
        case GoroutineParked():
            text = words.parks_short if short else words.parks
            return text.format(goroutine=said.goroutine, fd=said.fd)
        case GoroutineUnparked():
            table = words.runs_on_short if short else words.runs_on
            return table[said.why.value].format(goroutine=said.goroutine)
        case PathPosition():
            return f"{named(said.name)} …"
        case LifecycleEvent(life=LifecycleKind.EXITED):
            return words.exits.format(code=said.code)
        case LifecycleEvent(life=LifecycleKind.KILLED):
            return words.killed.format(signal=named(said.signal))
        case LifecycleEvent(life=LifecycleKind.UNSEEN):
            return words.unseen
        case _:
            return words.probing


def events(wake: PollerWake) -> str:
    """Name what a socket is ready for; that it can be written to only if nothing else is said."""
    names = [name.removeprefix("EPOLL") for name in wake.events]
    told = [name for name in names if name != "OUT"] or names
    return " ".join(named(name) for name in told)


def named(name: str) -> str:
    """Return a name that came from outside, safe to draw; nothing that is drawn is very long."""
    return safe(name[:_MOST_NAMED])
