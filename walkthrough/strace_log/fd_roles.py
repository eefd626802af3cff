"""What each open file in a log is for, derived from all that is done with it.

So a socket is known as a listener before listen(2) is called, a socket that Go only tries
out is derived from one that is used, and of several epoll instances those that wait for
connections. What was open before the log began shows what it is by what it answers; where that
proves nothing it is said to be likely.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from walkthrough.strace_log.arguments import label, split
from walkthrough.strace_log.calls import (
    ACCEPTS,
    EPOLL_WAITS,
    ON_SOCKETS,
    PAIRS,
    PASSES_FILES,
    READS,
    TRANSFERS,
    WRITES,
    descriptor,
    names,
)
from walkthrough.strace_log.fd_table import UNKNOWN, follow
from walkthrough.strace_log.model import LogCall
from walkthrough.strace_log.options import option
from walkthrough.strace_log.pollers import find_pollers
from walkthrough.strace_log.roles import SERVED, SOCKETS, FileRole
from walkthrough.strace_log.strings import bytes_of

_USES = frozenset({"listen", "connect", "accept", "accept4"}) | {
    name for name in ON_SOCKETS if name.startswith(("send", "recv"))
}
_SENDS_TO = frozenset({"connect", "sendto", "sendmsg", "sendmmsg"})
_OF_CONNECTIONS = frozenset({"getpeername", "shutdown"}) | TRANSFERS
_OPTIONS_OF_CONNECTIONS = ("TCP_NODELAY", "SO_KEEPALIVE", "TCP_KEEPIDLE", "SO_LINGER", "TCP_INFO")
_NAME_SERVER = re.compile(r'htons\(53\)|sin6?_port="\\x00\\x35"').search
_ADDRESS = re.compile(r"sa_family=|sun_path=").search
_PATH = re.compile(r'sun_path=@?("(?:[^"\\]|\\.)*")').search
_SERVICES = (b"/run/nscd/", b"/var/run/nscd/", b"/run/systemd/", b"/run/dbus/", b"/dev/log")
_ASKS_FOR_PROTOCOL = re.compile(r"IPPROTO_(?:MP)?TCP|, (?:6|0x6|262|0x106)$").search
_IN_FAMILY = re.compile(r"(?:domain=)?(?:[AP]F_(?:INET6?|UNIX|LOCAL)|(?:1|2|10|0x[12a])\b)").match
_DATAGRAMS = re.compile(r"SOCK_DGRAM|^[^,]*, (?:type=)?(?:0x)?[0-9a-f]*2(?:,|$)").search
_ANY_PORT = re.compile(r'htons\(0\)|_port="\\x00\\x00"').search
_ACCEPTS_CONNECTIONS = re.compile(r"SO_ACCEPTCONN, \[1\]").search
_NOT_THERE = ("EAFNOSUPPORT", "EPROTONOSUPPORT", "ENOPROTOOPT", "EINVAL")
# Errors of accept(2) only for a socket that listens: it has waited, or would have to wait, or
# the client is gone.
_ERRORS_OF_LISTENERS = names(
    "EAGAIN EWOULDBLOCK EINTR ECONNABORTED EPROTO EPERM ERESTARTSYS ERESTARTNOINTR ERESTARTNOHAND "
    "ENETDOWN ENOPROTOOPT EHOSTDOWN ENONET EHOSTUNREACH ENETUNREACH"
)
# Where a limit is reached, the kernel reports that before it checks that the socket listens.
_ERRORS_OF_LIMITS = frozenset({"EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"})
# Errors only for one that does not.
_ERRORS_OF_OTHERS = frozenset({"EINVAL", "EOPNOTSUPP", "ENOTSOCK"})
_ERROR = re.compile(r"(?:-1|\?) (E[A-Z]+)").match
_OUTPUTS = (1, 2)
_EVENTFD_BYTES = "8"


class FileRoles:
    """What the files of a log are for.

    Attributes:
        about: For every call the file of its first argument, or `UNKNOWN`.
        process: For every call a number of the process that has made it.
        watched: By number of the call, the file that epoll_ctl(2) is about.
        sharing: Which threads share descriptors.
    """

    def __init__(self, calls: Sequence[LogCall]) -> None:
        self._calls = calls
        self._followed = found = follow(calls)
        self.about, self.process, self.watched = found.about, found.process, found.watched
        self._polled, self._ready, self.sharing = found.polled, found.ready, found.sharing
        self._received = found.received
        self._is: dict[int, FileRole] = {}
        self._likely: set[int] = set()
        self._no_listeners: set[int] = set()  # sockets of which accept(2) has said so
        self._settled: dict[int, int] = {}
        self._closing: set[int] = set()
        self._bound: set[int] = set()
        self._bound_anywhere: set[int] = set()
        self._outputs: dict[int, dict[int, int]] = defaultdict(dict)  # by process, descriptor: file
        self._asked_of_epoll: set[int] = set()  # instances that were asked for something
        self._go_through()
        self._find_connections()
        self._find_pollers()
        self._find_outputs()
        self._serves = self._look_ups_that_serve()

    def of(self, file: int) -> FileRole | None:
        """Return what an open file is for; None for one that has nothing to do with sockets."""
        return self._is.get(file)

    def is_likely(self, file: int) -> bool:
        """Return whether the role of a file is likely, but not proved."""
        return file in self._likely

    def met(self, number: int) -> Iterator[tuple[int, str]]:
        """Yield the files that a call is about, each with the text of its descriptor."""
        file, call = self.about[number], self._calls[number]
        if file != UNKNOWN:
            yield file, call.arguments
            if (other := self.watched.get(number, UNKNOWN)) != UNKNOWN:
                yield other, "".join(split(call.arguments)[2:3])

    def settled(self, number: int) -> bool:
        """Return whether the socket of a call listens by then, or is connected."""
        return self.settles(self.about[number]) < number

    def settles(self, file: int) -> int:
        """Return the call by which a socket listens, or is connected; past the last if by none."""
        return self._settled.get(file, len(self._calls))

    def closes(self, number: int) -> bool:
        """Return whether the file that a call removes from an epoll is closed right after."""
        return number in self._closing

    def waits_for_socket(self, number: int) -> bool:
        """Return whether poll(2) or select(2) waits for what a poller would wait for."""
        return any(self._is.get(file) in SERVED for file in self._polled.get(number, ()))

    def has_sockets(self) -> bool:
        """Return whether there are listeners or connections among the files."""
        return any(what in SERVED for what in self._is.values())

    def serves(self, number: int) -> bool:
        """Return whether a call that looks a name up does so for a listener, as far as visible."""
        return number in self._serves

    def is_output(self, number: int) -> bool:
        """Return whether a call writes to the program's output: what it was started with, or files.

        False where the descriptor stands for a socket by now, or for a pipe that the program has
        made: its bytes go to a client, or to another process.
        """
        call = self._calls[number]
        if call.name not in WRITES or descriptor(call.arguments) not in _OUTPUTS:
            return False
        file = self.about[number]
        if self._is.get(file) in SOCKETS or label(call.arguments).startswith("pipe:"):
            return False
        return file >= len(self._calls) or self._calls[file].name not in PAIRS | ACCEPTS

    def _go_through(self) -> None:
        calls = self._calls
        # Sockets that were not used yet, and those of them that asked for a protocol.
        idle: set[int] = set()
        asked: set[int] = set()
        taken_out: dict[int, int] = {}
        for number, call in enumerate(calls):
            file = self.about[number]
            name = call.name
            if file == UNKNOWN:
                if name == "socket":
                    # The family of one whose creation is not in the log is unknown.
                    fits = not call.arguments or _IN_FAMILY(call.arguments)
                    self._is[number] = FileRole.SOCKET if fits else FileRole.ASIDE
                    idle.add(number)
                    if _ASKS_FOR_PROTOCOL(call.arguments):
                        asked.add(number)
                elif name in ACCEPTS and call.result[:1].isdigit():
                    self._settle(number, number, FileRole.CONNECTION)
                elif "/proc/sys/net/core/somaxconn" in call.arguments:
                    self._is[number] = FileRole.BACKLOG
                continue
            if name == "epoll_ctl":
                self._asked_of_epoll.add(file)
                file = self.watched[number]
                idle.discard(file)
                asked.discard(file)
                taken_out[file] = number
                continue
            if name in EPOLL_WAITS:
                self._asked_of_epoll.add(file)
                continue
            if (out := taken_out.pop(file, None)) is not None and name == "close":
                self._closing.add(out)
            if file >= len(calls):
                self._stranger(file, call)
            if name in WRITES or name in ON_SOCKETS:
                self._note_output(number, call, file)
            self._use(number, call, file)
            self._try_out(number, call, file, idle, asked)
        for number in asked:
            if any(why in calls[number].result for why in _NOT_THERE):
                self._is[number] = FileRole.PROBE

    def _try_out(
        self, number: int, call: LogCall, file: int, idle: set[int], asked: set[int]
    ) -> None:
        """Follow sockets that are closed again without having been used."""
        if file not in idle:
            return
        failed = call.result[:1] == "-"
        if self._is_use(call) or (failed and file not in asked):
            idle.discard(file)
            if not failed or file not in asked or call.name in _USES:
                asked.discard(file)
        elif call.name == "close" and self.process[number] == self.process[file]:
            idle.discard(file)
            asked.discard(file)
            self._is[file] = FileRole.PROBE if self._is[file] is FileRole.SOCKET else self._is[file]

    def _stranger(self, file: int, call: LogCall) -> None:
        """Process a file that was open before the log began, if it is a socket."""
        named = label(call.arguments)
        if "SCM_RIGHTS" in call.arguments and call.name in PASSES_FILES:
            self._is[file] = FileRole.ASIDE  # processes pass descriptors to each other through it
            self._likely.discard(file)
            return
        if file not in self._is:
            fails = "ENOTSOCK" in call.result or call.name not in ON_SOCKETS
            labelled = named.startswith(("TCP:", "TCPv6:")) or (
                # What a program prints to may be a socket as well, of a system log.
                (call.name in READS or call.name in WRITES)
                and named.startswith(("socket:[", "MPTCP", "UDP", "UNIX"))
                and (descriptor(call.arguments) or 0) > max(_OUTPUTS)
            )
            if fails and not labelled:
                return
            self._is[file] = FileRole.SOCKET
        if self._is[file] is not FileRole.SOCKET or call.result[:1] == "-":
            return
        if (
            call.name in _OF_CONNECTIONS
            or "->" in named
            or (call.name == "setsockopt" and option(call.arguments) in _OPTIONS_OF_CONNECTIONS)
        ):
            self._is[file] = FileRole.CONNECTION
            self._likely.add(file)  # or one that the program has opened itself

    def _use(self, number: int, call: LogCall, file: int) -> None:
        name = call.name
        match name:
            case "listen":
                self._settle(file, number, FileRole.LISTENER)
            case "accept" | "accept4":
                self._accept(number, call, file)
            case "bind":
                (self._bound_anywhere if _ANY_PORT(call.arguments) else self._bound).add(file)
            case _ if name in READS:
                if file in self._bound_anywhere:
                    self._bound.add(file)  # it waits to be asked, and does not ask
            case "getsockopt" if _ACCEPTS_CONNECTIONS(call.arguments):
                self._settle(file, number, FileRole.LISTENER)
            case _ if name not in _SENDS_TO or not _ADDRESS(call.arguments):
                pass
            case _ if _NAME_SERVER(call.arguments):
                self._is[file] = FileRole.LOOK_UP
            case _ if _is_to_service(call):
                self._is[file] = FileRole.ASIDE
            case _ if self._is.get(file) is FileRole.SOCKET and self._sends_datagrams(file):
                if file not in self._bound:
                    self._is[file] = FileRole.ASIDE
            case "connect" if self._is.get(file) is FileRole.SOCKET or file in self._likely:
                self._settle(file, number, FileRole.DIALLED)
            case _:
                pass

    def _sends_datagrams(self, file: int) -> bool:
        return file < len(self._calls) and bool(_DATAGRAMS(self._calls[file].arguments))

    def _accept(self, number: int, call: LogCall, file: int) -> None:
        """Process what accept(2) shows of its socket, whose listen(2) may be in no log."""
        failed = _ERROR(call.result)
        if failed and failed[1] in _ERRORS_OF_OTHERS:
            self._no_listeners.add(file)
            if file in self._likely:
                self._unsettle(file)
        if call.result[:1].isdigit() or (failed and failed[1] in _ERRORS_OF_LISTENERS):
            self._settle(file, number, FileRole.LISTENER)
        elif (
            self._is.get(file) in (FileRole.SOCKET, FileRole.CONNECTION)
            and file not in self._no_listeners
            and (not failed or failed[1] in _ERRORS_OF_LIMITS)
        ):
            self._settle(file, number, FileRole.LISTENER)
            self._likely.add(file)
        if number not in self._is and call.result[:1].isdigit():
            self._settle(number, number, FileRole.CONNECTION)

    def _settle(self, file: int, number: int, what: FileRole) -> None:
        self._is[file] = what
        self._likely.discard(file)
        self._settled.setdefault(file, number)

    def _unsettle(self, file: int) -> None:
        """Drop the likely role of a socket: it turned out to be something else."""
        self._is[file] = FileRole.SOCKET
        self._likely.discard(file)
        self._settled.pop(file, None)

    def _is_use(self, call: LogCall) -> bool:
        """Return whether a call uses a socket, beyond finding out what is possible."""
        if call.name == "bind":
            return not _ANY_PORT(call.arguments)
        if call.name == "setsockopt":
            return option(call.arguments) == "SO_REUSEADDR"
        return call.name in _USES or call.name in READS or call.name in WRITES

    def _find_connections(self) -> None:
        """Find sockets among what was open before and is only read and written.

        What goes both ways, and is waited for or was received from another process, is no file and
        no pipe; an eventfd(2) takes and gives eight bytes each time.
        """
        calls = self._calls
        waited = {file for files in self._ready.values() for file in files} | self._received
        waited.update(*self._polled.values())
        waited.update(self.watched.values())
        read: set[int] = set()
        written: set[int] = set()
        for number, file in enumerate(self.about):
            if file < len(calls) or file in self._is:
                continue
            call = calls[number]
            if call.name not in ("read", "write", "readv", "writev"):
                continue
            if "EAGAIN" in call.result:
                waited.add(file)
                continue
            fd = descriptor(call.arguments) or 0
            moved = call.result.isdigit() and call.result not in ("0", _EVENTFD_BYTES)
            if moved and fd > max(_OUTPUTS):
                (read if call.name in READS else written).add(file)
        for file in read & written & waited:
            self._is[file] = FileRole.CONNECTION
            self._likely.add(file)

    def _find_pollers(self) -> None:
        found = find_pollers(self._calls, self._followed, self._is, self._asked_of_epoll)
        for poller in found.sure | found.likely:
            self._is[poller] = FileRole.POLLER
        for waker in found.wakers:
            self._is[waker] = FileRole.WAKER
        self._likely |= found.likely

    def _note_output(self, number: int, call: LogCall, file: int) -> None:
        fd = descriptor(call.arguments)
        if fd is not None and fd <= max(_OUTPUTS):
            self._outputs[self.process[number]].setdefault(fd, file)

    def _find_outputs(self) -> None:
        """Find programs that were started with a connection for input and output (inetd(8))."""
        calls = self._calls
        for process in self._outputs.values():
            given = process.get(0)
            if given is None or given < len(calls) or self._is.get(given) not in SOCKETS:
                continue
            for fd in _OUTPUTS:
                file = process.get(fd)
                if file is not None and file >= len(calls) and file not in self._is:
                    self._is[file] = self._is[given]
                    self._likely.add(file)

    def _look_ups_that_serve(self) -> frozenset[int]:
        """Return the calls that look up what a server is to listen on.

        They do where the next socket that the same process uses listens, or tries
        to; or, if there is no such socket, where there has been no listener yet.
        """
        serves: set[int] = set()
        pending: dict[int, list[int]] = defaultdict(list)
        listening: set[int] = set()
        for number, call in enumerate(self._calls):
            process, file = self.process[number], self.about[number]
            if call.name == "socket" and (what := self._is[number]) in (
                FileRole.SOCKET,
                FileRole.LISTENER,
                FileRole.DIALLED,
            ):
                looked_up = pending.pop(process, [])
                if what is not FileRole.DIALLED:
                    serves.update(looked_up)
                    listening.add(process)
                continue
            if self._is.get(file) is FileRole.LISTENER:
                listening.add(process)
            about = number if file == UNKNOWN else self.watched.get(number, file)
            if self._is.get(about) is FileRole.LOOK_UP or '"/etc/hosts"' in call.arguments:
                pending[process].append(number)
        for process, looked_up in pending.items():
            if process not in listening:
                serves.update(looked_up)
        return frozenset(serves)


def _is_to_service(call: LogCall) -> bool:
    path = _PATH(call.arguments)
    return path is not None and bytes_of(path[1])[0].replace(b"/var/run/", b"/run/").startswith(
        _SERVICES
    )
