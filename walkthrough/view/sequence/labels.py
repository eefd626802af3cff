"""What is said in a row: packets, calls and their results, facts and notes, in words.

Every text that came from outside is made safe here.
"""

from walkthrough.formatting.addresses import go_address
from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import message
from walkthrough.model.outcomes import INTERRUPTED
from walkthrough.model.values import SocketAddress
from walkthrough.state.sequence.model import (
    AddressSeen,
    ClientAction,
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
    SeenPacket,
    SocketCall,
    SocketStateSeen,
    UnreadBytes,
)
from walkthrough.state.sequence.server import ACCEPTS, READS, WRITES
from walkthrough.view.text import cell_width, safe

_MEANING = {
    "accept EAGAIN": message("nobody is there"),
    "read EAGAIN": message("nothing came"),
    "write EAGAIN": message("no room"),
    "connect EINPROGRESS": message("under way"),
    "read end": message("no more comes"),
    "EDESTADDRREQ": message("nothing is bound yet"),
    "epoll_ctl ENOSPC": message("no watch left"),
    "epoll_ctl EPERM": message("cannot be watched"),
    "EADDRINUSE": message("taken"),
    "EACCES": message("not allowed"),
    "EMFILE": message("no fd left"),
    "ENFILE": message("none left anywhere"),
    "ECONNRESET": message("cut off"),
    "ECONNABORTED": message("it has gone"),
    "ECONNREFUSED": message("nobody listens"),
    "EPIPE": message("nobody reads"),
    **dict.fromkeys(INTERRUPTED, message("interrupted")),
}
_RUNS_ON = {
    "closed": message("goroutine {goroutine} runs: closed"),
    "deadline": message("goroutine {goroutine} runs: time is up"),
    "other": message("goroutine {goroutine} runs on"),
}
_RUNS_ON_SHORT = {
    "closed": message("g{goroutine} runs: closed"),
    "deadline": message("g{goroutine} runs: time is up"),
    "other": message("g{goroutine} runs on"),
}


Said = GoroutineParked | GoroutineUnparked | LifecycleEvent | PathPosition
"""The notes that are said in words; that a socket is ready is drawn as an arrow."""
_LABELS = {PacketKind.FIN_ACK: "ACK", PacketKind.DATA_ACK: "ACK"}
_MOST_NAMED = 80
_SPARE = 4
"""Cells that a packet's name may have beyond those that its numbers get."""


def label(packet: Packet, tr: Catalogue, *, short: bool, room: int = 0) -> str:
    """Name what crosses between a client and the kernel.

    Args:
        packet: What crosses.
        tr: The language to say it in.
        short: Whether bytes are counted in ``B``.
        room: Into how many cells the numbers of a captured packet should fit; it is named without
            if they do not.
    """
    if packet.seen is not None:
        return _seen_label(packet, packet.seen, tr, short=short, room=room)
    many = f" ×{packet.times}" if packet.times > 1 else ""
    match packet.sign:
        case PacketKind.DATA:
            if short:
                return tr("{count} B", count=packet.count) + many
            return tr.plural("{count} byte", "{count} bytes", packet.count) + many
        case PacketKind.HANDSHAKE:
            if short:
                return tr("×{count}", count=packet.times)
            return tr.plural("{count} handshake", "{count} handshakes", packet.times)
        case PacketKind.PATH:
            return tr("by its path") + many
        case PacketKind.FIN if packet.acks:
            return "FIN, ACK" + many
        case sign:
            name = _LABELS.get(sign, sign.value) + many
            return tr("{packet}, resent", packet=name) if packet.resent else name


def _seen_label(packet: Packet, seen: SeenPacket, tr: Catalogue, *, short: bool, room: int) -> str:
    """Name a captured packet by its flags, and with as many of its numbers as there is room for."""
    flags = ", ".join(named(flag) for flag in seen.flags)
    name = flags
    if packet.sign is PacketKind.DATA:
        name = (
            tr("{count} B", count=packet.count)
            if short
            else tr.plural("{count} byte", "{count} bytes", packet.count)
        )
    if seen.resent:
        said = tr("{packet}, resent", packet=name)
        name = said if cell_width(said) <= room + _SPARE else tr("resent")
    if seen.sequence is None:
        return name
    numbers = f"seq {seen.sequence}"
    if seen.acknowledgment is not None:
        numbers += f" ack {seen.acknowledgment}"
    forms = [f"{name}  {numbers} win {seen.window}", f"{name}  {numbers}"]
    if packet.sign is PacketKind.DATA:
        forms.insert(0, f"{flags}  {forms[0]}")
    return next((form for form in forms if cell_width(form) <= room), name)


def spelled(call: SocketCall) -> str:
    """Spell a call with the arguments that matter here."""
    parts = [] if call.fd is None else [str(call.fd)]
    asked = (each.removeprefix("EPOLL_CTL_") for each in call.constants)
    constants = [named(part) for part in (call.domain, call.type, *asked) if part]
    parts = [str(call.epoll), *constants, *parts] if call.epoll is not None else parts + constants
    if call.address is not None and call.name not in ACCEPTS:
        parts.append(safe(go_address(call.address)))
    if call.number is not None:
        parts.append(str(call.number))
    return f"{named(call.name)}({', '.join(parts)})"


def spelled_shortly(call: SocketCall, shown: Fact | None, tr: Catalogue, width: int) -> str:
    """Spell a call and its result so that both fit; with them, how long a queue is now."""
    came = result(call)
    if isinstance(shown, QueueLength):
        came += tr(", ") + tr("queue {now}", now=shown.now)
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
    """Write what a call returned; ``…`` while it goes on."""
    if not call.returned:
        return "…"
    return f"= {named(call.error)}" if call.error else f"= {call.result}"


def meaning(call: SocketCall, tr: Catalogue) -> str:
    """Say in a few words what a result means, "" where it is clear by itself."""
    group = "accept" if call.name in ACCEPTS else call.name
    group = "read" if call.name in READS else "write" if call.name in WRITES else group
    if group == "read" and not call.error and call.result == 0:
        return tr(_MEANING["read end"])
    general = _MEANING.get(call.error, "")
    return tr.text(_MEANING.get(f"{group} {call.error}", general))


def error(act: ClientAction, tr: Catalogue) -> str:
    """Name the error of what a client did, and say what it means where that is known."""
    group = {"receive": "read", "send": "write"}.get(act.action, act.action)
    means = _MEANING.get(f"{group} {act.error}", _MEANING.get(act.error))
    return named(act.error) if means is None else f"{named(act.error)}  {tr(means)}"


def fact(shown: Fact, tr: Catalogue, who: str, *, short: bool) -> str:
    """Say what the kernel's view has shown; ``who`` is what the client's end is called."""
    match shown:
        case QueueLength():
            text = (
                message("accept queue {before} → {now}")
                if shown.fd is not None
                else message("its accept queue {before} → {now}")
            )
            text = message("queue {before} → {now}") if short else text
            return tr(text, before=shown.before, now=shown.now)
        case UnreadBytes():
            if short:
                return tr("{count} B wait", count=shown.count)
            if shown.end is ConnectionEnd.CLIENT:
                return tr("{count} B wait at the {who}", count=shown.count, who=who)
            if shown.fd is None:
                return tr.plural(
                    "{count} byte waits, not accepted yet",
                    "{count} bytes wait, not accepted yet",
                    shown.count,
                )
            return tr.plural(
                "{count} byte waits at fd {fd}",
                "{count} bytes wait at fd {fd}",
                shown.count,
                fd=str(shown.fd),
            )
        case SocketStateSeen():
            state = named(shown.state)
            if short:
                return state
            if shown.end is ConnectionEnd.CLIENT:
                return tr("{who} {state}", state=state, who=who)
            text = (
                message("fd {fd} {state}")
                if shown.fd is not None
                else message("server's end {state}")
            )
            return tr(text, fd=str(shown.fd), state=state)
        case ListenerSeen():
            if shown.most is None:
                return tr("LISTEN")
            return tr("LISTEN, backlog {most}", most=shown.most)
        case AddressSeen():
            return tr("got {address}", address=safe(go_address(shown.address)))


def note(said: Said, tr: Catalogue, *, short: bool) -> str:
    """Say what has happened in the server."""
    match said:
        case GoroutineParked():
            text = (
                message("g{goroutine} parks, fd {fd}")
                if short
                else message("goroutine {goroutine} parks: fd {fd}")
            )
            return tr(text, goroutine=said.goroutine, fd=said.fd)
        case GoroutineUnparked():
            table = _RUNS_ON_SHORT if short else _RUNS_ON
            return tr(table[said.why.value], goroutine=said.goroutine)
        case PathPosition():
            return f"{named(said.name)} …"
        case LifecycleEvent(life=LifecycleKind.EXITED):
            return tr("exits, status {code}", code=said.code)
        case LifecycleEvent(life=LifecycleKind.KILLED):
            return tr("killed by {signal}", signal=named(said.signal))
        case LifecycleEvent(life=LifecycleKind.FORKED):
            return tr("makes process {process}", process=said.process)
        case LifecycleEvent(life=LifecycleKind.UNSEEN):
            return tr("full speed, unseen")
        case _:
            return tr("tries sockets out")


def events(wake: PollerWake) -> str:
    """Name what a socket is ready for; that it can be written to only if nothing else is said."""
    names = [name.removeprefix("EPOLL") for name in wake.events]
    shown = [name for name in names if name != "OUT"] or names
    return " ".join(named(name) for name in shown)


def named(name: str) -> str:
    """Return a name that came from outside, safe to draw; nothing that is drawn is very long."""
    return safe(name[:_MOST_NAMED])
