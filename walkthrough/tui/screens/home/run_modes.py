"""What Enter does with a scenario here: live under which server, or only its recording.

Derived from plain records; knows no widget.
"""

from enum import Enum
from typing import NamedTuple

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import Message, message
from walkthrough.tui.screens.home.catalogue import Capabilities, HomeEntry, RunBlocker

_LACKING = {
    "server": message("it is for the {servers} server alone."),
    "program": message("it has its own Go program, which needs the Go server."),
    "ipv6": message("this machine's loopback has no IPv6."),
    "mptcp": message("this kernel has no Multipath TCP, or it is switched off."),
    "port": message("another program listens on {address}."),
}
_NEIGHBOUR, _FOLDER = "{neighbour}", "{dir}/"
"""What stands in a scenario's file for an address that is known only when it runs."""
_LIVE = {
    "go": message("Enter runs it live under the Go server; you are the client."),
    "python": message("Enter runs it live under the Python server; you are the client."),
}


class RunMark(Enum):
    """What stands before a scenario; two cells."""

    UNKNOWN = "··"
    GO = "Go"
    PYTHON = "Py"
    REPLAY = "--"
    NOTHING = "✗ "


class RunMode(NamedTuple):
    """What Enter does.

    Attributes:
        mark: In two cells.
        server: What to run it under; "" if it is replayed, or cannot be opened.
        lacking: Why it is not run; None if it is.
        alone: Whether it is run in a network namespace of its own.
        exposed: Why others on the network can connect while it runs, as a part of a sentence; ""
            if nobody can.
    """

    mark: RunMark
    server: str = ""
    lacking: RunBlocker | None = None
    alone: bool = False
    exposed: Message | str = ""


SERVER_NAMES = {
    "go": message("Go"),
    "python": message("Python"),
}

_MARKS = {"go": RunMark.GO, "python": RunMark.PYTHON}


def way_of(entry: HomeEntry, abilities: Capabilities | None, server: str) -> RunMode:
    """Return what Enter does with a scenario.

    Args:
        entry: The scenario.
        abilities: What can be run here; None while that is not known.
        server: What it is to be run under: ``auto``, ``go`` or ``python``.
    """
    if entry.broken:
        return RunMode(RunMark.NOTHING)
    if abilities is None or entry.name not in abilities.known:
        return RunMode(RunMark.UNKNOWN, server)
    lacking = abilities.lacking or {}
    asked = ("go", "python") if server == "auto" else (server,)
    missing = {each: lacking.get((entry.name, each)) for each in asked}
    for each, reason in missing.items():
        if reason is None:
            taken = "go" if abilities.traces_go else "python"
            # The capture says why it has taken a server, so it is left the choice if it can be.
            left = server == "auto" and each == taken
            alone = entry.name in abilities.alone
            exposed = abilities.no_namespace if entry.name in abilities.exposed else ""
            return RunMode(_MARKS[each], "auto" if left else each, None, alone, exposed)
    mark = RunMark.REPLAY if entry.recording else RunMark.NOTHING
    return RunMode(mark, "", _most_telling([reason for reason in missing.values() if reason]))


def _most_telling(reasons: list[RunBlocker]) -> RunBlocker:
    """Of a server that is not for the scenario there is less to say than of the one that is."""
    return next((each for each in reasons if each.kind not in ("server", "program")), reasons[0])


def why_not(entry: HomeEntry, lacking: RunBlocker, tr: Catalogue) -> str:
    """Say why a scenario is not run, in the language of ``tr``."""
    if lacking.kind not in _LACKING:
        return tr.text(lacking.why)
    servers = tr.listed(SERVER_NAMES.get(each, each) for each in entry.servers)
    return tr(_LACKING[lacking.kind], servers=servers, address=address_of(entry, tr))


def address_of(entry: HomeEntry, tr: Catalogue) -> str:
    """Say what address a scenario is about; one that is made for the run is described."""
    if entry.address == _NEIGHBOUR:
        return tr("that of another program, which listens beside it")
    if entry.address.startswith(_FOLDER):
        return tr("{file}, in a folder made for the run", file=entry.address.removeprefix(_FOLDER))
    return entry.address


def way_sentence(entry: HomeEntry, way: RunMode, tr: Catalogue) -> str:
    """Say what Enter does."""
    if entry.broken:
        return tr("It cannot be opened: {why}", why=entry.broken)
    if way.lacking is not None:
        otherwise = (
            tr("Enter replays its recording.")
            if way.mark is RunMark.REPLAY
            else tr("It has no recording either.")
        )
        return tr(
            "It cannot run here: {why} {otherwise}",
            why=why_not(entry, way.lacking, tr),
            otherwise=otherwise,
        )
    if way.mark is RunMark.UNKNOWN:
        return tr("Enter runs it live; what this machine can do is being found out.")
    return tr(_LIVE["go" if way.mark is RunMark.GO else "python"])
