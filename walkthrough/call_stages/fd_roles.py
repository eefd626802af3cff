"""What each open file of a program is for, derived from all that is done with it, call by call.

So a socket may turn out to be a listener before listen(2) is called, a socket that Go only tries
out is derived from one that is used, and of several epoll instances those that wait for
connections. What was open before shows what it is by what it answers; where that proves nothing it
is said to be likely.
"""

import re
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping

from walkthrough.call_stages.arguments import label, split
from walkthrough.call_stages.calls import (
    ABOUT,
    ACCEPTS,
    CREATES_EPOLL,
    EPOLL_WAITS,
    MAKES_WAKER,
    ON_SOCKETS,
    OPENING,
    PAIRS,
    PASSES_FILES,
    POLLS,
    READS,
    TRANSFERS,
    WRITES,
    descriptor,
    names,
)
from walkthrough.call_stages.descriptor_sharing import DescriptorSharing, FdDemands, nothing_shared
from walkthrough.call_stages.fd_table import (
    FOLLOWED_AT_BEGIN,
    FOLLOWED_AT_END,
    STRANGERS,
    UNKNOWN,
    FdObserver,
    FdTables,
)
from walkthrough.call_stages.look_ups import LookUps
from walkthrough.call_stages.pollers import Pollers
from walkthrough.call_stages.roles import SERVED, SOCKETS, FileRole
from walkthrough.call_stages.socket_options import option
from walkthrough.call_stages.strings import bytes_of
from walkthrough.call_stages.told_call import Thread, ToldCall
from walkthrough.call_stages.waits import may_be_descriptor, polled, user_data

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
_LAST_OUTPUT = max(_OUTPUTS)
_EVENTFD_BYTES = "8"
_MOVES = names("read write readv writev")
_SHOWS = _SENDS_TO | {"listen", "accept", "accept4", "bind", "getsockopt"}
_DECIDES = frozenset({"listen", "connect"})
_FAR = 64
"""How many calls lie at most between a wait that went on and what its thread does next."""
_BACKLOG = "/proc/sys/net/core/somaxconn"
_NEVER = 1 << 62
_SERVERS_OWN = frozenset({FileRole.SOCKET, FileRole.LISTENER})
_SETTLES = frozenset({FileRole.LISTENER, FileRole.CONNECTION, FileRole.DIALLED})
_MAY_ACCEPT = frozenset({None, FileRole.SOCKET, FileRole.CONNECTION})


class FileRoles:
    """What the files of a program are for, after the calls so far.

    Args:
        sharing: Which threads share descriptors from the beginning.
        demands: What is done with descriptors that are not seen to be opened.
        changed: Is called with a file of which something has become known that answers below
            depend on.
        call_changed: Likewise with the number of a call.
        watcher: Is called for every descriptor that is opened or closed.

    Attributes:
        about: For every call the file of its first argument, or `UNKNOWN`.
        process: For every call a number of the process that has made it.
        watched: By number of the call, the file that epoll_ctl(2) is about.
        polled: By number of the call, what poll(2) or select(2) waits for.
        sharing: Which threads share descriptors.
    """

    def __init__(
        self,
        sharing: DescriptorSharing | None = None,
        demands: FdDemands | None = None,
        changed: Callable[[int], None] | None = None,
        call_changed: Callable[[int], None] | None = None,
        watcher: FdObserver | None = None,
    ) -> None:
        self.sharing = sharing if sharing is not None else nothing_shared()
        self.tables = FdTables(self.sharing, demands, watcher)
        self.about: list[int] = []
        self.process = array("q")
        self.watched: dict[int, int] = {}
        self.polled: dict[int, tuple[int, ...]] = {}
        self._changed = changed
        self._call_changed = call_changed
        self._role: dict[int, FileRole] = {}  # what follows from all of the following
        self._own: dict[int, FileRole] = {}  # what follows without other files
        self._is: dict[int, FileRole] = {}  # what calls about a file itself have shown
        self._likely: set[int] = set()
        self._no_listeners: set[int] = set()  # sockets of which accept(2) has said so
        self._accepting: dict[int, set[int]] = {}  # by file the accept(2) that go on
        self._settled: dict[int, int] = {}
        self._closing: set[int] = set()
        self._woken: set[int] = set()
        self._restarted: dict[Thread, int] = {}
        self._bound: set[int] = set()
        self._bound_anywhere: set[int] = set()
        # Sockets that were not used yet, and those of them that asked for a protocol.
        self._idle: set[int] = set()
        self._asked: set[int] = set()
        self._datagrams: set[int] = set()
        self._sockets: dict[int, int] = {}  # those made by socket(2), with their processes
        self._taken_out: dict[int, int] = {}
        self._users: dict[int, dict[Thread, int]] = {}  # of files: threads and their processes
        # Files from before that are read, written, waited for.
        self._read: set[int] = set()
        self._written: set[int] = set()
        self._waited: set[int] = set()
        self._guessed: set[int] = set()  # connections, as it seems
        self._outputs: dict[int, dict[int, int]] = defaultdict(dict)  # by process, descriptor: file
        self._like: dict[int, int] = {}  # outputs from before, and the file of the input
        self._inputs: dict[int, list[int]] = {}
        self._data: dict[int, dict[int, int]] = {}  # by epoll which user data is which descriptor
        self._pollers = Pollers(self._own.get, self._polls)
        self._look_ups = LookUps(call_changed)

    # Answers

    def of(self, file: int) -> FileRole | None:
        """Return what an open file is for; None for one that has nothing to do with sockets."""
        return self._role.get(file)

    def is_likely(self, file: int) -> bool:
        """Return whether the role of a file is likely, but not proved."""
        role = self._role.get(file)
        if role is FileRole.POLLER:
            return self._pollers.is_likely(file)
        if role is None or file in self._likely:
            return role is not None
        return role is not self._is.get(file) and role is not FileRole.WAKER

    def met(self, number: int, call: ToldCall) -> Iterator[tuple[int, str]]:
        """Yield the files that a call is about, each with the text of its descriptor."""
        file = self.about[number]
        if file != UNKNOWN:
            yield file, call.arguments
            if (other := self.watched.get(number, UNKNOWN)) != UNKNOWN:
                yield other, "".join(split(call.arguments)[2:3])

    def settles(self, file: int) -> int:
        """Return the call by which a socket listens, or is connected; past all if by none."""
        return self._settled.get(file, _NEVER)

    def closes(self, number: int) -> bool:
        """Return whether the file that a call removes from an epoll is closed right after."""
        return number in self._closing

    def wakes(self, number: int) -> bool:
        """Return whether a wait that was interrupted, and went on, ended with a connection."""
        return number in self._woken

    def has_sockets(self) -> bool:
        """Return whether there are listeners or connections among the files."""
        return any(what in SERVED for what in self._role.values())

    def serves(self, number: int) -> bool:
        """Return whether a call that looks a name up does so for a listener, as far as visible."""
        return self._look_ups.serves(self.process[number], number)

    def is_output(self, number: int, call: ToldCall) -> bool:
        """Return whether a call writes to the program's output: what it was started with, or files.

        False where the descriptor stands for a socket by now, or for a pipe that the program has
        made: its bytes go to a client, or to another process.
        """
        if call.name not in WRITES or descriptor(call.arguments) not in _OUTPUTS:
            return False
        file = self.about[number]
        if self._role.get(file) in SOCKETS or label(call.arguments).startswith("pipe:"):
            return False
        return self.tables.makers.get(file, "") not in PAIRS | ACCEPTS

    # What was there before, where somebody knows it

    def holds(self, thread: Thread, fd: int, what: FileRole) -> None:
        """Take what a descriptor of a process is for that was open before the first call."""
        file = self.tables.file_of(self.tables.of(thread), fd)
        if what in _SETTLES:
            self._settled.setdefault(file, UNKNOWN)
        self._know(file, what)

    def holds_epoll(self, thread: Thread, fd: int, watched: Mapping[int, int]) -> None:
        """Take what an epoll instance of a process watches.

        Args:
            thread: A thread of the process.
            fd: The descriptor of the instance.
            watched: The user data of each descriptor that it watches.
        """
        table = self.tables.of(thread)
        epoll = self.tables.file_of(table, fd)
        data = self._data.setdefault(epoll, {})
        for each, given in watched.items():
            data[given] = each
            file = self.tables.file_of(table, each)
            self._waits_for(file)
            self._pollers.asks(epoll, file, for_waking=False)
        self._pollers.settle()

    # Calls

    def begins(self, number: int, call: ToldCall) -> None:
        """Take a call that begins; numbers run from 0."""
        name, thread = call.name, call.thread
        tables = self.tables
        table = tables.of(thread)
        self.process.append(table.number)
        if self._restarted and (restarted := self._restarted.pop(thread, None)) is not None:
            self._continued(restarted, number, call)
        if name not in ABOUT:
            self.about.append(UNKNOWN)
            self._begins_alone(number, call, table.number)
            return
        fd = descriptor(call.arguments)
        if fd is None:
            file = UNKNOWN
        elif (known := table.get(fd)) is not None:
            file = known
        else:
            file = tables.file_of(table, fd)
        self.about.append(file)
        if fd is None:
            if name in EPOLL_WAITS:
                self._pollers.waits(thread, UNKNOWN)
        elif name == "epoll_ctl":
            self._watch(number, call, file)
        elif name in EPOLL_WAITS:
            self._pollers.waits(thread, file)
        else:
            users = self._users.get(file)
            if users is None or thread not in users:
                self._used_by(file, thread, table.number)
            if self._pollers.any_woken:
                self._pollers.uses(thread, file, name)
            out = self._taken_out.pop(file, None) if self._taken_out else None
            if out is not None and name == "close":
                self._closing.add(out)
                self._tell_call(out)
            if name in WRITES or name in ON_SOCKETS:
                if fd <= _LAST_OUTPUT:
                    self._note_output(table.number, fd, file)
                if name in ACCEPTS:
                    self._begins_to_accept(number, file)
                elif name in _DECIDES and file in self._is:
                    self._use(number, call, file)  # it may take long
            elif name == "close":
                self._pollers.closes(thread, file)
        if name in FOLLOWED_AT_BEGIN:
            tables.begins(call)

    def _begins_alone(self, number: int, call: ToldCall, process: int) -> None:
        """Take the beginning of a call that is not about a descriptor in its first argument."""
        name = call.name
        if name == "socket":
            self._sockets[number] = process
            if _ASKS_FOR_PROTOCOL(call.arguments):
                self._asked.add(number)
            if _DATAGRAMS(call.arguments):
                self._datagrams.add(number)
            self._idle.add(number)
            # The family of one whose creation is not in the log is unknown.
            fits = not call.arguments or _IN_FAMILY(call.arguments)
            self._know(number, FileRole.SOCKET if fits else FileRole.ASIDE)
        elif name in POLLS:
            files = [self.tables.file(call.thread, fd) for fd in polled(call.arguments)]
            self.polled[number] = tuple(files)
            for file in files:
                self._waits_for(file)
        elif name in OPENING:
            if name in CREATES_EPOLL:
                self._pollers.creates(number, call.thread, process)
            elif name in MAKES_WAKER:
                self._pollers.makes_waker(number, call.thread)
            elif _BACKLOG in call.arguments:
                self._know(number, FileRole.BACKLOG)
        elif name in MAKES_WAKER:
            self._pollers.makes_waker(number, call.thread)

    def ends(self, number: int, call: ToldCall) -> None:
        """Take a call that has ended, or of which nothing more will come."""
        name, file = call.name, self.about[number]
        if name in FOLLOWED_AT_END:
            self.tables.ends(number, call)
        if file == UNKNOWN:
            self._ends_alone(number, call)
        elif name in EPOLL_WAITS:
            if call.result[:1] not in ("-", "?", "", "0"):
                self._reported(number, call)
        elif name != "epoll_ctl":
            if name in ACCEPTS:
                self._ends_to_accept(number, file)
            if file >= STRANGERS:
                self._stranger(file, call)
                if file not in self._is:
                    self._moves(file, call)
            if name in _SHOWS:
                self._use(number, call, file)
            elif file in self._bound_anywhere and name in READS:
                self._bound.add(file)  # it waits to be asked, and does not ask
            if file in self._idle:
                self._try_out(number, call, file)

    def _ends_alone(self, number: int, call: ToldCall) -> None:
        name = call.name
        if name == "socket":
            if number in self._asked and any(why in call.result for why in _NOT_THERE):
                self._know(number, FileRole.PROBE)
        elif name in ACCEPTS:  # only its end is in the log
            if call.result[:1].isdigit():
                self._settle(number, number, FileRole.CONNECTION)
        elif name in CREATES_EPOLL:
            if call.result[:1] == "-":
                self._pollers.fails(number)
        elif name == "restart_syscall" and call.result[:1].isdigit() and call.result[:1] != "0":
            self._restarted[call.thread] = number

    def forget(self, file: int) -> None:
        """Forget a file that was closed long ago: no call about it is asked for again."""
        if (process := self._sockets.pop(file, None)) is not None:
            self._look_ups.forget(process, file)
        for known in (self._role, self._own, self._is, self._settled, self._users, self._data):
            known.pop(file, None)
        for about in (self._accepting, self._taken_out, self._like, self._inputs):
            about.pop(file, None)
        for files in (self._likely, self._no_listeners, self._bound, self._bound_anywhere):
            files.discard(file)
        for files in (self._idle, self._asked, self._datagrams, self._guessed):
            files.discard(file)
        for files in (self._read, self._written, self._waited):
            files.discard(file)
        self._pollers.forget(file)
        self.tables.forget(file)

    def forget_call(self, number: int) -> None:
        """Forget what only the place of a call long ago follows from."""
        self.watched.pop(number, None)
        self.polled.pop(number, None)
        self._closing.discard(number)
        self._woken.discard(number)

    def settle(self) -> None:
        """Find what follows from there being nothing else: ask for roles after this."""
        self._pollers.settle()

    # What calls show

    def _watch(self, number: int, call: ToldCall, epoll: int) -> None:
        arguments = split(call.arguments)
        text = "".join(arguments[2:3])
        file = self.watched[number] = self.tables.file(call.thread, text)
        fd = descriptor(text)
        if fd is not None and len(arguments) > 3:
            data = self._data.setdefault(epoll, {})
            for given in user_data(arguments[3]):
                data[given] = fd
        self._idle.discard(file)
        self._asked.discard(file)
        if file != UNKNOWN:
            self._taken_out[file] = number
            self._waits_for(file)
        wakes = (
            self._own.get(file) is FileRole.BACKLOG
            or self.tables.makers.get(file, "") in MAKES_WAKER
        )
        self._pollers.asks(epoll, file, for_waking=wakes)

    def _reported(self, number: int, call: ToldCall) -> None:
        epoll = self.about[number]
        table = self.tables.of(call.thread)
        known = self._data.get(epoll, {})
        fds = [known.get(data, data) for data in user_data(call.arguments)]
        files = [self.tables.file_of(table, fd) for fd in fds if may_be_descriptor(fd)]
        for file in files:
            if file >= STRANGERS:
                self._waits_for(file)
        self._pollers.reports(call.thread, epoll, files)

    def _continued(self, restarted: int, number: int, call: ToldCall) -> None:
        """Take what a thread does after a wait that was interrupted as a tracer attached."""
        if number - restarted <= _FAR and call.name in ACCEPTS:
            self._woken.add(restarted)
            self._tell_call(restarted)

    def _begins_to_accept(self, number: int, file: int) -> None:
        """Take it for a listener as long as nothing speaks against it."""
        if self._is.get(file) is FileRole.LISTENER and file not in self._likely:
            return
        self._accepting.setdefault(file, set()).add(number)
        self._update(file)

    def _ends_to_accept(self, number: int, file: int) -> None:
        going_on = self._accepting.get(file)
        if going_on is None:
            return
        going_on.discard(number)
        if not going_on:
            del self._accepting[file]
        self._update(file)

    def _try_out(self, number: int, call: ToldCall, file: int) -> None:
        """Follow sockets that are closed again without having been used."""
        failed = call.result[:1] == "-"
        asked = file in self._asked
        if self._is_use(call) or (failed and not asked):
            self._idle.discard(file)
            if not failed or not asked or call.name in _USES:
                self._asked.discard(file)
        elif call.name == "close" and self.process[number] == self._sockets[file]:
            self._idle.discard(file)
            self._asked.discard(file)
            if self._is[file] is FileRole.SOCKET:
                self._know(file, FileRole.PROBE)

    def _stranger(self, file: int, call: ToldCall) -> None:
        """Process a file that was open before, if it is a socket."""
        if call.name in PASSES_FILES and "SCM_RIGHTS" in call.arguments:
            self._likely.discard(file)
            self._know(file, FileRole.ASIDE)  # processes pass descriptors to each other through it
            return
        if self._is.get(file, FileRole.SOCKET) is not FileRole.SOCKET:
            return
        named = label(call.arguments)
        if file not in self._is:
            fails = "ENOTSOCK" in call.result or call.name not in ON_SOCKETS
            labelled = named.startswith(("TCP:", "TCPv6:")) or (
                # What a program prints to may be a socket as well, of a system log.
                (call.name in READS or call.name in WRITES)
                and named.startswith(("socket:[", "MPTCP", "UDP", "UNIX"))
                and (descriptor(call.arguments) or 0) > _LAST_OUTPUT
            )
            if fails and not labelled:
                return
            self._know(file, FileRole.SOCKET)
        if call.result[:1] == "-":
            return
        if (
            call.name in _OF_CONNECTIONS
            or "->" in named
            or (call.name == "setsockopt" and option(call.arguments) in _OPTIONS_OF_CONNECTIONS)
        ):
            self._likely.add(file)  # or one that the program has opened itself
            self._know(file, FileRole.CONNECTION)

    def _use(self, number: int, call: ToldCall, file: int) -> None:
        """Take what a call shows by itself of the socket that it is about."""
        name = call.name
        match name:
            case "listen":
                self._settle(file, number, FileRole.LISTENER)
            case "accept" | "accept4":
                self._accept(number, call, file)
            case "bind":
                (self._bound_anywhere if _ANY_PORT(call.arguments) else self._bound).add(file)
            case "getsockopt" if _ACCEPTS_CONNECTIONS(call.arguments):
                self._settle(file, number, FileRole.LISTENER)
            case _ if name not in _SENDS_TO or not _ADDRESS(call.arguments):
                pass
            case _ if _NAME_SERVER(call.arguments):
                self._know(file, FileRole.LOOK_UP)
            case _ if _is_to_service(call):
                self._know(file, FileRole.ASIDE)
            case _ if self._is.get(file) is FileRole.SOCKET and file in self._datagrams:
                if file not in self._bound:
                    self._know(file, FileRole.ASIDE)
            case "connect" if self._is.get(file) is FileRole.SOCKET or file in self._likely:
                self._settle(file, number, FileRole.DIALLED)
            case _:
                pass

    def _accept(self, number: int, call: ToldCall, file: int) -> None:
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

    def _is_use(self, call: ToldCall) -> bool:
        """Return whether a call uses a socket, beyond finding out what is possible."""
        if call.name == "bind":
            return not _ANY_PORT(call.arguments)
        if call.name == "setsockopt":
            return option(call.arguments) == "SO_REUSEADDR"
        return call.name in _USES or call.name in READS or call.name in WRITES

    # Files from before, and outputs

    def _moves(self, file: int, call: ToldCall) -> None:
        """Take what may show that a file from before is a connection which is read and written.

        What goes both ways, and is waited for or was received from another process, is no file and
        no pipe; an eventfd(2) takes and gives eight bytes each time.
        """
        if call.name not in _MOVES or file in self._guessed:
            return
        if "EAGAIN" in call.result:
            self._waits_for(file)
            return
        moved = call.result.isdigit() and call.result not in ("0", _EVENTFD_BYTES)
        if moved and (descriptor(call.arguments) or 0) > _LAST_OUTPUT:
            (self._read if call.name in READS else self._written).add(file)
            self._guess(file)

    def _waits_for(self, file: int) -> None:
        if file >= STRANGERS and file not in self._waited:
            self._waited.add(file)
            self._guess(file)

    def _guess(self, file: int) -> None:
        both_ways = file in self._read and file in self._written
        if both_ways and (file in self._waited or file in self.tables.received):
            self._guessed.add(file)
            self._update(file)

    def _note_output(self, process: int, fd: int, file: int) -> None:
        outputs = self._outputs[process]
        if fd in outputs:
            return
        outputs[fd] = file
        given = outputs.get(0)
        if given is None or given < STRANGERS:
            return
        # Programs that were started with a connection for input and output (inetd(8)).
        for each in _OUTPUTS:
            output = outputs.get(each, UNKNOWN)
            if output >= STRANGERS and output != given and output not in self._like:
                self._like[output] = given
                self._inputs.setdefault(given, []).append(output)
                self._polls(output)

    # Roles

    def _used_by(self, file: int, thread: Thread, process: int) -> None:
        """Note that a thread uses a file that it has not used before."""
        self._users.setdefault(file, {})[thread] = process
        if self._own.get(file) in SERVED:
            self._pollers.serves(thread, 1)
        if self._role.get(file) is FileRole.LISTENER:
            self._look_ups.listens(process, file, listens=True)

    def _know(self, file: int, what: FileRole) -> None:
        self._is[file] = what
        self._update(file)

    def _settle(self, file: int, number: int, what: FileRole) -> None:
        self._likely.discard(file)
        if file not in self._settled:
            self._settled[file] = number
            if self._changed is not None:
                self._changed(file)
        if self._is.get(file) is not what:
            self._know(file, what)

    def _unsettle(self, file: int) -> None:
        """Drop the likely role of a socket: it turned out to be something else."""
        self._likely.discard(file)
        self._settled.pop(file, None)
        self._know(file, FileRole.SOCKET)

    def _update(self, file: int) -> None:
        """Find out again what a file is for, and what follows from that.

        By itself first: pollers follow from what others are by themselves, and outputs from that.
        """
        before, own = self._own.get(file), self._is.get(file)
        if own is None and file in self._guessed:
            own = FileRole.CONNECTION
        if file in self._accepting and own in _MAY_ACCEPT and file not in self._no_listeners:
            own = FileRole.LISTENER
        if own is not before:
            if own is None:
                del self._own[file]
            else:
                self._own[file] = own
            self._tell_pollers(file, before, own)
        self._conclude(file, own)

    def _tell_pollers(self, file: int, before: FileRole | None, now: FileRole | None) -> None:
        if (before in SERVED) != (now in SERVED):
            by = 1 if now in SERVED else -1
            self._pollers.served(file, by)
            for thread in self._users.get(file, ()):
                self._pollers.serves(thread, by)
        made_in = self._sockets.get(file)
        if made_in is not None and (before in _SERVERS_OWN) != (now in _SERVERS_OWN):
            self._pollers.has_socket(made_in, 1 if now in _SERVERS_OWN else -1)

    def _polls(self, file: int) -> None:
        """Find out again whether a file is a poller, or wakes one."""
        self._conclude(file, self._own.get(file))

    def _conclude(self, file: int, role: FileRole | None) -> None:
        """Find out what a file is for beside what it is by itself."""
        if self._pollers.is_waker(file):
            role = FileRole.WAKER
        elif self._pollers.is_poller(file):
            role = FileRole.POLLER
        elif role is None and (given := self._like.get(file)) is not None:
            like = self._role.get(given)
            role = like if like in SOCKETS else None
        before = self._role.get(file)
        if role is before:
            return
        if role is None:
            del self._role[file]
        else:
            self._role[file] = role
        if FileRole.LISTENER in (before, role):
            for process in self._users.get(file, {}).values():
                self._look_ups.listens(process, file, listens=role is FileRole.LISTENER)
        if (made_in := self._sockets.get(file)) is not None:
            self._look_ups.socket(made_in, file, role)
        for output in self._inputs.get(file, ()):
            self._polls(output)
        if self._changed is not None:
            self._changed(file)

    def _tell_call(self, number: int) -> None:
        if self._call_changed is not None:
            self._call_changed(number)


def _is_to_service(call: ToldCall) -> bool:
    path = _PATH(call.arguments)
    return path is not None and bytes_of(path[1])[0].replace(b"/var/run/", b"/run/").startswith(
        _SERVICES
    )
