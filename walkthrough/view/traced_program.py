"""What is said of a traced program: which it is, how it came to be traced, how to be its client.

Pure: a header and a world in, text out. Everything is safe to draw, or to type.
"""

import os
import shlex
from typing import NamedTuple

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import Message, message
from walkthrough.model.events import Header
from walkthrough.model.kernel_state import SocketState
from walkthrough.state.world import World
from walkthrough.view.kernel_processes import other_processes
from walkthrough.view.text import Piece, Row, elide, safe, width_of, wrap

ATTACHED = "attached"
_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""Addresses that stand for every interface, and one of them to connect to."""
_LONGEST_COMMAND = 60
_LONGEST_NAME = 64


class TracedWalk(NamedTuple):
    """What a walk through a traced program has to say, besides where it stands.

    Attributes:
        connect: A command that connects to it, "" while it does not listen.
        attached: Whether it ran before, and runs on afterwards.
        halt_left: For how many seconds more it is kept halted; None if there is no limit.
    """

    connect: str = ""
    attached: bool = False
    halt_left: int | None = None


def program_name(header: Header) -> str:
    """Return the name by which the traced program was started, safe to draw; "" if none was.

    Its file may have another one, as where ``redis-server`` is a link; and what it calls itself may
    be a sentence: ``nginx: master process``.
    """
    if header.program is None:
        return ""
    started = header.command[0].partition(": ")[0] if header.command else ""
    file = header.program.path.removesuffix(" (deleted)")
    return safe((os.path.basename(started) or os.path.basename(file))[:_LONGEST_NAME])


def connect_command(world: World) -> str:
    """Return a shell command that connects to the first listener, "" if there is none.

    The process of the step comes first; where it has none, another one may listen.
    """
    if world.kernel is None:
        return ""
    views = (world.kernel, *(each.state for each in other_processes(world.kernel, world)))
    listening = (
        each
        for view in views
        for each in view.sockets
        if each.owner == "server" and each.state == "LISTEN"
    )
    return next(filter(None, map(_command, listening)), "")


def _command(listener: SocketState) -> str:
    local = listener.local
    if local.path:
        if local.path.startswith("\0") or not local.path.isprintable():
            return ""  # nc(1) cannot connect to these everywhere
        command = f"nc -U {shlex.quote(local.path)}"
    elif local.port:
        command = f"nc {_ANY.get(local.host, local.host)} {local.port}"
    else:
        return ""
    return command if len(command) <= _LONGEST_COMMAND else ""


def no_clients(traced: TracedWalk, tr: Catalogue) -> str:
    """Say that nobody here is its client, and how to be one."""
    if traced.connect:
        return tr(
            "The clients of a traced program are not run here: connect from another terminal "
            "({command}).",
            command=traced.connect,
        )
    return tr(
        "The clients of a traced program are not run here: once it listens, connect from another "
        "terminal."
    )


def nothing_to_release(traced: TracedWalk, tr: Catalogue) -> str:
    """Say that a program waits for a client."""
    if traced.connect:
        return tr(
            "The server waits, nothing to release: connect from another terminal ({command}).",
            command=traced.connect,
        )
    return tr("The server waits, nothing to release: connect from another terminal.")


def halted(traced: TracedWalk, tr: Catalogue) -> str:
    """Say in the header that it is halted, and for how long it may be."""
    if traced.halt_left is None:
        return tr("halted")
    if traced.attached:
        return tr("halted, detached in {seconds} s", seconds=traced.halt_left)
    return tr("halted, runs on in {seconds} s", seconds=traced.halt_left)


def waits(traced: TracedWalk, tr: Catalogue, *, short: bool = False) -> str:
    """Say in the header that it waits for a client; ``short``: without how to be one."""
    if short or not traced.connect:
        return tr("waiting")
    return tr("waiting: connect from another terminal")


_ONLY = {
    "listen": message("the listening path is followed"),
    "all": message("every known call is followed"),
}
_ONE_PLACE = message("only {place} is followed")
_LIVE = {
    True: message("{program} (pid {pid}) ran before, and runs on when you leave"),
    False: message("{program} (pid {pid}) was launched here, and ends when you leave"),
}
_RECORDED = {
    True: message("{program} (pid {pid}) ran before it was traced"),
    False: message("{program} (pid {pid}) was launched to be traced"),
}


def description(header: Header, tr: Catalogue, *, live: bool) -> str:
    """Say which program was traced, how it came to be, and what of it is followed."""
    program = header.program
    assert program is not None
    what = tr(_ONLY.get(program.only, _ONE_PLACE), place=safe(program.only))
    return tr.beside((_who(header, tr, live=live), what))


def _who(header: Header, tr: Catalogue, *, live: bool) -> str:
    assert header.program is not None
    said: Message = (_LIVE if live else _RECORDED)[header.program.origin == ATTACHED]
    return tr(said, program=program_name(header), pid=header.pid)


def program_bar_rows(
    header: Header, traced: TracedWalk | None, tr: Catalogue, width: int, height: int
) -> list[Row]:
    """Write the bar below the header: which program it is, and how to be its client.

    Args:
        header: The walk's.
        traced: What there is to say while it is live; None in a replay.
        tr: The catalogue of the language to say it in.
        width: Cells of a row.
        height: Rows there are.
    """
    lead = Piece(" ▸ ", "key")
    live = traced is not None
    said = description(header, tr, live=live)
    if width_of((Piece(said),)) > width - 4:  # what is followed can be read where the goals are (i)
        said = elide(_who(header, tr, live=live), width - 4)
    first: Row = (lead, Piece(said))
    if traced is None or height < 2:
        return [first]
    if not traced.connect:
        how: Row = (Piece("   " + tr("it does not listen yet"), "dim"),)
    else:
        how = (
            Piece("   " + tr("connect from another terminal:") + " ", "dim"),
            Piece(traced.connect, "strong"),
        )
    return [first, *wrap(how, width, 3)[: height - 1]]
