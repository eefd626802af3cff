"""What a scenario finds when its server starts: the neighbour and an empty folder.

They exist before the server starts and until it has ended. Nothing here knows how it is run.
"""

import contextlib
import ipaddress
import os
import socket
from pathlib import Path
from typing import Self

from walkthrough.capture.addresses import socket_address
from walkthrough.capture.environment.exposure import Exposure
from walkthrough.capture.environment.temporary_folders import TemporaryFolder
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.session.neighbour_process import NeighbourProcess
from walkthrough.formatting.escaping import printable
from walkthrough.i18n.messages import message
from walkthrough.i18n.system_errors import system_error_text
from walkthrough.scenario.schema import Neighbour, Scenario
from walkthrough.scenario.validation.address_rules import is_loopback

NEIGHBOUR = "{neighbour}"
FOLDER = "{dir}"
_LONGEST_FOLDER = 64
"""This many bytes leave room for a name: sun_path has 108 in all, unix(7)."""
_BACKLOG = 128
_OPTIONS = {
    "SO_REUSEADDR": (socket.SOL_SOCKET, socket.SO_REUSEADDR),
    "SO_REUSEPORT": (socket.SOL_SOCKET, socket.SO_REUSEPORT),
    "SO_KEEPALIVE": (socket.SOL_SOCKET, socket.SO_KEEPALIVE),
    "IP_FREEBIND": (socket.IPPROTO_IP, 15),  # ip(7); Python has no name for it
    "IPV6_V6ONLY": (socket.IPPROTO_IPV6, socket.IPV6_V6ONLY),
    "TCP_NODELAY": (socket.IPPROTO_TCP, socket.TCP_NODELAY),
    "TCP_USER_TIMEOUT": (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT),
}


class Fixtures:
    """The fixtures of one run of ``scenario``; a context manager.

    Args:
        scenario: Which.
        exposure: Who can connect to the server, as it was arranged.

    Attributes:
        exposure: The same.
        neighbour: The neighbour's first socket, bound and (except for datagrams) listening,
            non-blocking unless it is handed over; None if the scenario has none, or once closed.
        sharing: The neighbour as a process that shares its sockets with the server; None if it
            is none.

    Raises:
        CaptureError: The neighbour cannot listen, or no folder can be made.
    """

    def __init__(self, scenario: Scenario, exposure: Exposure = Exposure()) -> None:  # noqa: B008
        self.exposure = exposure
        self.neighbour: socket.socket | None = None
        self.sharing: NeighbourProcess | None = None
        self._sockets: list[socket.socket] = []
        self._folder: TemporaryFolder | None = None
        self._neighbours_address = ""
        self._hands_over = scenario.neighbour is not None and scenario.neighbour.hands_over
        try:
            if any(FOLDER in text for text in _texts(scenario)):
                self._folder = _new_folder()
            if scenario.neighbour is not None:
                self._begin(scenario.network, scenario.neighbour)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def fill(self, text: str) -> str:
        """Return ``text`` with ``{neighbour}`` and ``{dir}`` replaced by what they stand for.

        The neighbour's address is spelled as Go takes it: ``host:port``, ``[host]:port`` or a path.
        """
        filled = text.replace(FOLDER, str(self._folder.path)) if self._folder is not None else text
        if self._neighbours_address:
            filled = filled.replace(NEIGHBOUR, self._neighbours_address)
        return filled

    @property
    def handed_over(self) -> tuple[int, ...]:
        """The descriptors of the neighbour's sockets if the server is to get them."""
        return tuple(each.fileno() for each in self._sockets) if self._hands_over else ()

    def close(self) -> None:
        """End the neighbour and remove the folder with all that is in it. Idempotent."""
        if self.sharing is not None:
            self.sharing.close()
            self.sharing = None
        for there in self._sockets:
            there.close()
        self._sockets.clear()
        self.neighbour = None
        if self._folder is not None:
            self._folder.close()
            self._folder = None

    def _begin(self, network: str, wanted: Neighbour) -> None:
        for address in (wanted.address, *wanted.also):
            there = self._listen(network, self.fill(address), wanted)
            if self.neighbour is None:
                self.neighbour = there
                self._neighbours_address = _spelled(there)
        if wanted.watches:
            self.sharing = NeighbourProcess(self._sockets, wanted.watches)

    def _listen(self, network: str, address: str, wanted: Neighbour) -> socket.socket:
        family, where = _place(network, address)
        kind = socket.SOCK_DGRAM if network.startswith("udp") else socket.SOCK_STREAM
        try:
            there = socket.socket(family, kind)
            self._sockets.append(there)
            there.setblocking(wanted.hands_over)  # as systemd's are, systemd.socket(5)
            for name in wanted.control:
                there.setsockopt(*_option(name), 1)
            there.bind(where)
            if kind is socket.SOCK_STREAM:
                there.listen(_BACKLOG)
        except OSError as error:
            raise CaptureError(
                message(
                    "The neighbour cannot listen on {address} ({why}): end the program that "
                    "uses that address, or give the scenario's neighbour another one.",
                    address=printable(address),
                    why=system_error_text(error),
                )
            ) from error
        return there


def _spelled(there: socket.socket) -> str:
    bound = socket_address(there.family, there.getsockname())
    host = f"[{bound.host}]" if ":" in bound.host else bound.host
    path = f"@{bound.path[1:]}" if bound.path.startswith("\0") else bound.path
    return path or f"{host}:{bound.port}"


def _texts(scenario: Scenario) -> tuple[str, ...]:
    there = scenario.neighbour
    neighbours = (there.address, *there.also) if there is not None else ()
    return (scenario.address, *scenario.server.also, *neighbours)


def _new_folder() -> TemporaryFolder:
    """Make an empty folder that only this user may enter, with a path short enough for unix(7)."""
    for parent in (None, Path("/tmp")):
        with contextlib.suppress(OSError):
            made = TemporaryFolder(parent)
            if len(os.fsencode(made.path)) <= _LONGEST_FOLDER:
                return made
            made.close()
    raise CaptureError(
        message(
            "No folder could be made for the scenario's sockets: set TMPDIR to a folder with a "
            "short path that you may write to."
        )
    )


def _option(name: str) -> tuple[int, int]:
    if name in _OPTIONS:
        return _OPTIONS[name]
    raise CaptureError(
        message(
            "The neighbour has no socket option {name}; there are: {options}.",
            name=ascii(name),
            options=", ".join(_OPTIONS),
        )
    )


def _place(network: str, address: str) -> tuple[socket.AddressFamily, tuple[str, int] | str]:
    """Parse an address: only loopback hosts and paths, so that nobody else can connect."""
    if network == "unix":
        return socket.AF_UNIX, f"\0{address[1:]}" if address.startswith("@") else address
    host, colon, port = address.rpartition(":")
    try:
        parsed = ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
        number = int(port)
    except ValueError:
        parsed, number = ipaddress.ip_address("0.0.0.0"), -1
    if not colon or not is_loopback(host) or not 0 <= number <= 65535:
        raise CaptureError(
            message(
                "The neighbour's address {address} is none it may have: give it a loopback address "
                "and a port, such as 127.0.0.1:0.",
                address=ascii(address),
            )
        )
    return (socket.AF_INET6 if parsed.version == 6 else socket.AF_INET), (str(parsed), number)
