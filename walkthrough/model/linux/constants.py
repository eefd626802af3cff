"""Names of the kernel's numbers on Linux, as data: what strace prints, on any system.

Origin of each table: the uapi header or manual page named above it; numbers are those of
x86_64 and, unless stated otherwise, of every architecture that uses the generic headers.
Order within a flags table is the order in which strace prints the names.
"""

from walkthrough.model.linux.errno import ERRNO as ERRNO
from walkthrough.model.linux.errno import ERRNO_TEXT as ERRNO_TEXT
from walkthrough.model.linux.sockets import AF as AF
from walkthrough.model.linux.sockets import CONTROL as CONTROL
from walkthrough.model.linux.sockets import IP as IP
from walkthrough.model.linux.sockets import IPPROTO as IPPROTO
from walkthrough.model.linux.sockets import IPV6 as IPV6
from walkthrough.model.linux.sockets import MSG as MSG
from walkthrough.model.linux.sockets import NETLINK as NETLINK
from walkthrough.model.linux.sockets import OPTIONS as OPTIONS
from walkthrough.model.linux.sockets import OPTIONS_GOT as OPTIONS_GOT
from walkthrough.model.linux.sockets import OPTIONS_SET as OPTIONS_SET
from walkthrough.model.linux.sockets import SHUT as SHUT
from walkthrough.model.linux.sockets import SO as SO
from walkthrough.model.linux.sockets import SO_INTEGERS as SO_INTEGERS
from walkthrough.model.linux.sockets import SOCK_FLAGS as SOCK_FLAGS
from walkthrough.model.linux.sockets import SOCK_TYPE as SOCK_TYPE
from walkthrough.model.linux.sockets import SOCK_TYPE_MASK as SOCK_TYPE_MASK
from walkthrough.model.linux.sockets import SOL as SOL
from walkthrough.model.linux.sockets import TCP as TCP
from walkthrough.model.linux.sockets import TXREHASH as TXREHASH
from walkthrough.model.values import Constant, Flags

Table = dict[int, str]


def constant(table: Table, raw: int) -> Constant:
    """Name one number; the name is "" if the table has none."""
    return Constant(table.get(raw, ""), raw)


def flags(table: Table, raw: int) -> Flags:
    """Split ``raw`` into the named bits of ``table``; a key may have several bits.

    Returns:
        The names in table order, the number, and the bits that no name covers. A key 0 in the
        table names the empty set.
    """
    rest = raw
    names = []
    for bits, name in table.items():
        if bits and rest & bits == bits:
            names.append(name)
            rest &= ~bits
    if not raw and 0 in table:
        names.append(table[0])
    return Flags(tuple(names), raw, rest)


# epoll_ctl(2), uapi/linux/eventpoll.h
EPOLL_CTL: Table = {1: "EPOLL_CTL_ADD", 2: "EPOLL_CTL_DEL", 3: "EPOLL_CTL_MOD"}
POLL_EVENTS: Table = {
    0x1: "POLLIN",
    0x2: "POLLPRI",
    0x4: "POLLOUT",
    0x8: "POLLERR",
    0x10: "POLLHUP",
    0x20: "POLLNVAL",
    0x40: "POLLRDNORM",
    0x80: "POLLRDBAND",
    0x100: "POLLWRNORM",
    0x200: "POLLWRBAND",
    0x400: "POLLMSG",
    0x2000: "POLLRDHUP",
}
CLOSE_RANGE: Table = {0x2: "CLOSE_RANGE_UNSHARE", 0x4: "CLOSE_RANGE_CLOEXEC"}
EPOLL_EVENTS: Table = {
    0x1: "EPOLLIN",
    0x2: "EPOLLPRI",
    0x4: "EPOLLOUT",
    0x8: "EPOLLERR",
    0x10: "EPOLLHUP",
    0x20: "EPOLLNVAL",
    0x40: "EPOLLRDNORM",
    0x80: "EPOLLRDBAND",
    0x100: "EPOLLWRNORM",
    0x200: "EPOLLWRBAND",
    0x400: "EPOLLMSG",
    0x2000: "EPOLLRDHUP",
    1 << 28: "EPOLLEXCLUSIVE",
    1 << 29: "EPOLLWAKEUP",
    1 << 30: "EPOLLONESHOT",
    1 << 31: "EPOLLET",
}
EPOLL_CREATE: Table = {0o2000000: "EPOLL_CLOEXEC"}
EVENTFD: Table = {1: "EFD_SEMAPHORE", 0o2000000: "EFD_CLOEXEC", 0o4000: "EFD_NONBLOCK"}

# open(2), uapi/asm-generic/fcntl.h; the access mode sits in the low two bits
O_ACCESS: Table = {0: "O_RDONLY", 1: "O_WRONLY", 2: "O_RDWR", 3: "O_ACCMODE"}
O_ACCESS_MASK = 3
O_FLAGS: Table = {
    0o100: "O_CREAT",
    0o200: "O_EXCL",
    0o400: "O_NOCTTY",
    0o1000: "O_TRUNC",
    0o2000: "O_APPEND",
    0o4000: "O_NONBLOCK",
    0o4010000: "O_SYNC",
    0o4000000: "__O_SYNC",
    0o10000: "O_DSYNC",
    0o40000: "O_DIRECT",
    0o100000: "O_LARGEFILE",
    0o400000: "O_NOFOLLOW",
    0o1000000: "O_NOATIME",
    0o2000000: "O_CLOEXEC",
    0o10000000: "O_PATH",
    0o20200000: "O_TMPFILE",
    0o20000000: "__O_TMPFILE",
    0o200000: "O_DIRECTORY",
    0o20000: "FASYNC",
}
# arch/arm64/include/uapi/asm/fcntl.h numbers some of them differently
_ARM_BITS = {
    "O_DIRECTORY": 0o40000,
    "O_NOFOLLOW": 0o100000,
    "O_DIRECT": 0o200000,
    "O_LARGEFILE": 0o400000,
    "O_TMPFILE": 0o20040000,
}
_ARM_O_FLAGS: Table = {_ARM_BITS.get(name, bits): name for bits, name in O_FLAGS.items()}


def open_flag_names(machine: str) -> Table:
    """Return the names of open(2)'s flags on a machine, such as ``aarch64``."""
    return _ARM_O_FLAGS if machine == "aarch64" else O_FLAGS


O_MAKES_FILE = 0o20000100
"""O_CREAT, or the bit of O_TMPFILE that is not O_DIRECTORY: with either, a mode is given."""
AT_FDCWD = -100
# uapi/linux/fcntl.h
UNLINK_FLAGS: Table = {
    0x100: "AT_SYMLINK_NOFOLLOW",
    0x200: "AT_REMOVEDIR",
    0x400: "AT_SYMLINK_FOLLOW",
    0x800: "AT_NO_AUTOMOUNT",
    0x1000: "AT_EMPTY_PATH",
    0x8000: "AT_RECURSIVE",
}

# fcntl(2), uapi/asm-generic/fcntl.h, uapi/linux/fcntl.h
FCNTL: Table = {
    0: "F_DUPFD",
    1: "F_GETFD",
    2: "F_SETFD",
    3: "F_GETFL",
    4: "F_SETFL",
    5: "F_GETLK",
    6: "F_SETLK",
    7: "F_SETLKW",
    8: "F_SETOWN",
    9: "F_GETOWN",
    10: "F_SETSIG",
    11: "F_GETSIG",
    15: "F_SETOWN_EX",
    16: "F_GETOWN_EX",
    17: "F_GETOWNER_UIDS",
    36: "F_OFD_GETLK",
    37: "F_OFD_SETLK",
    38: "F_OFD_SETLKW",
    1024: "F_SETLEASE",
    1025: "F_GETLEASE",
    1026: "F_NOTIFY",
    1029: "F_CANCELLK",
    1030: "F_DUPFD_CLOEXEC",
    1031: "F_SETPIPE_SZ",
    1032: "F_GETPIPE_SZ",
    1033: "F_ADD_SEALS",
    1034: "F_GET_SEALS",
}
FD_FLAGS: Table = {1: "FD_CLOEXEC"}
LOCKS: Table = {0: "F_RDLCK", 1: "F_WRLCK", 2: "F_UNLCK", 4: "F_EXLCK", 8: "F_SHLCK"}
WHENCE: Table = {0: "SEEK_SET", 1: "SEEK_CUR", 2: "SEEK_END", 3: "SEEK_DATA", 4: "SEEK_HOLE"}
OWNERS: Table = {0: "F_OWNER_TID", 1: "F_OWNER_PID", 2: "F_OWNER_PGRP"}
SEALS: Table = {
    1: "F_SEAL_SEAL",
    2: "F_SEAL_SHRINK",
    4: "F_SEAL_GROW",
    8: "F_SEAL_WRITE",
    16: "F_SEAL_FUTURE_WRITE",
}
NOTIFICATIONS: Table = {
    1: "DN_ACCESS",
    2: "DN_MODIFY",
    4: "DN_CREATE",
    8: "DN_DELETE",
    16: "DN_RENAME",
    32: "DN_ATTRIB",
    1 << 31: "DN_MULTISHOT",
}

# include/net/tcp_states.h, in ss(8)'s and the kernel's spelling
TCP_STATE: Table = {
    1: "ESTABLISHED",
    2: "SYN_SENT",
    3: "SYN_RECV",
    4: "FIN_WAIT1",
    5: "FIN_WAIT2",
    6: "TIME_WAIT",
    7: "CLOSE",
    8: "CLOSE_WAIT",
    9: "LAST_ACK",
    10: "LISTEN",
    11: "CLOSING",
    12: "NEW_SYN_RECV",
}

# signal(7), numbers of x86, arm and the generic headers
SIGNAL: Table = {
    1: "SIGHUP",
    2: "SIGINT",
    3: "SIGQUIT",
    4: "SIGILL",
    5: "SIGTRAP",
    6: "SIGABRT",
    7: "SIGBUS",
    8: "SIGFPE",
    9: "SIGKILL",
    10: "SIGUSR1",
    11: "SIGSEGV",
    12: "SIGUSR2",
    13: "SIGPIPE",
    14: "SIGALRM",
    15: "SIGTERM",
    16: "SIGSTKFLT",
    17: "SIGCHLD",
    18: "SIGCONT",
    19: "SIGSTOP",
    20: "SIGTSTP",
    21: "SIGTTIN",
    22: "SIGTTOU",
    23: "SIGURG",
    24: "SIGXCPU",
    25: "SIGXFSZ",
    26: "SIGVTALRM",
    27: "SIGPROF",
    28: "SIGWINCH",
    29: "SIGIO",
    30: "SIGPWR",
    31: "SIGSYS",
}
_REALTIME, _LAST_SIGNAL = 32, 64


def signal(number: int) -> str:
    """Name one signal, ``SIGRT_2`` if it is a real-time one; "" if there is none."""
    if _REALTIME <= number <= _LAST_SIGNAL:
        return f"SIGRT_{number - _REALTIME}"
    return SIGNAL.get(number, "")
