"""Takes out of calls what differs from run to run: numbers that only stand for something.

`Normal` goes through the rows of one side in order and knows at each what every descriptor is.
Two rows are the same call if their keys are equal. Each rule stands in docs/compare.md.
"""

import re
from collections import Counter
from collections.abc import Callable, Container
from typing import NamedTuple

from walkthrough.compare.rows import Row
from walkthrough.strace_log.arguments import plain, split
from walkthrough.strace_log.strings import bytes_of, cut


def calls(text: str) -> frozenset[str]:
    """Return the names of system calls that stand in ``text``."""
    return frozenset(text.split())


OPENING = calls(
    "open openat openat2 creat socket accept accept4 epoll_create epoll_create1 eventfd "
    "eventfd2 timerfd_create signalfd4 inotify_init1 memfd_create dup dup2 dup3"
)
"""Calls whose result is a new descriptor."""
_FIRST = calls(
    "read write close bind listen connect accept accept4 getsockname getpeername setsockopt "
    "getsockopt shutdown sendto recvfrom sendmsg recvmsg sendmmsg recvmmsg fcntl fcntl64 "
    "fstat ioctl lseek epoll_ctl epoll_wait epoll_pwait epoll_pwait2 readv writev pread64 "
    "pwrite64 preadv pwritev dup dup2 dup3 ftruncate getdents64 newfstatat openat unlinkat "
    "fsync fdatasync sendfile splice statx"
)
_ALSO = {"epoll_ctl": 2, "sendfile": 1, "splice": 2, "mmap": 4}
_PAIRS = frozenset({"pipe", "pipe2", "socketpair"})
_PROCESSES = calls(
    "kill tkill tgkill gettid getpid getppid clone clone3 fork vfork wait4 waitid "
    "set_tid_address prlimit64 sched_getaffinity"
)
_ADDRESSES = frozenset({"mmap", "mremap", "brk"})
_POINTER = re.compile(r"\b0x[0-9a-f]{5,16}\b")
_PORT = re.compile(r"htons\((\d+)\)")
_NAMED = re.compile(r"(?:0x[0-9a-f]+|\d+) /\* ([A-Z][A-Z0-9_|]*) \*/")
_DATA = re.compile(r"data=(?:\{u32=\d+, u64=(\d+)\}|(0x[0-9a-f]+|\d+|NULL))|data=\{[^}]*\}")
_COMMENT = re.compile(r"/\* \d+ (?:vars|entries).*?\*/")
_OUR_FOLDER = re.compile(r"/walkthrough-(?:[a-z0-9_]{8}/|[a-z0-9_]{0,8}(?=\"\.\.\.))")
_FIGURE = re.compile(r"(?<==)\d+")
_TOLD_PORT = re.compile(r":(\d{1,5})(?!\d)")
_STRING = re.compile(r'@?"(?:[^"\\]|\\.)*"(?:\.\.\.)?')
_DESCRIPTOR = re.compile(r"-?\d+")
_NUMBER = re.compile(r"\d+")
_FD_FIELD = re.compile(r"\bfd=(\d+)")


class Key(NamedTuple):
    """A row without what differs from run to run.

    Attributes:
        name: The call.
        arguments: Its arguments.
        result: Its result.
        about: The descriptor it is about, by what that is; "" for none.
    """

    name: str
    arguments: tuple[str, ...]
    result: str
    about: str


class Normal:
    """Normalises the rows of one side, one after the other.

    Args:
        longest: Bytes of a string that both sides show; what is longer is cut there.
    """

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._descriptors: dict[str, str] = {"0": "stdin", "1": "stdout", "2": "stderr"}
        self._born = Counter[str]()
        self._ports: dict[str, str] = {}
        self._watched: dict[str, str] = {}
        self._threads: dict[str, str] = {}

    def key(self, row: Row) -> Key:
        """Return the key of the next row."""
        if row.thread is not None:
            self._threads.setdefault(str(row.thread), f"thread {len(self._threads)}")
        name = row.name
        raw = split(row.arguments)
        ports_before = len(self._ports)
        arguments = [self._argument(name, at, text) for at, text in enumerate(raw)]
        about = arguments[0] if name in _FIRST and arguments else ""
        if name == "epoll_ctl" and len(arguments) > 2:
            self._watch(raw[-1], arguments[2])
            about = f"{arguments[0]} {arguments[2]}"
        result = self._result(name, raw, arguments, plain(row.result))
        if self._tells_a_port(name, arguments) and ports_before:
            # The text is as long as the port has digits, and so is what was written of it.
            arguments[2:3] = ["its length"] if len(arguments) > 2 else []
            result = "its length" if _NUMBER.fullmatch(result) else result
        if name == "close" and raw:
            self._descriptors.pop(plain(raw[0]), None)
        return Key(name, tuple(arguments), result, about)

    def _argument(self, name: str, at: int, text: str) -> str:
        bare = plain(text)
        holds_descriptor = (at == 0 and name in _FIRST) or _ALSO.get(name) == at
        if holds_descriptor and _DESCRIPTOR.fullmatch(bare):
            return self._descriptors.get(bare, bare)
        if name == "execve" and at == 2:
            return "environment"
        if name in _PROCESSES and bare in self._threads:
            return self._threads[bare]
        return self._text(bare)

    def _text(self, text: str) -> str:
        """Normalise what may stand anywhere: but for strings, each is looked at by itself."""
        if '"' not in text:
            return self._outside(text)
        parts, at = [], 0
        for string in _STRING.finditer(text):
            parts += [self._outside(text[at : string.start()]), self._string(string[0])]
            at = string.end()
        return "".join([*parts, self._outside(text[at:])])

    def _outside(self, text: str) -> str:
        if "/*" in text:
            text = _COMMENT.sub("...", _NAMED.sub(r"\1", text))
        if "htons(" in text:
            text = _PORT.sub(self._port, text)
        if "data=" in text:
            text = _DATA.sub(self._data, text)
        if "fd=" in text:
            text = _FD_FIELD.sub(lambda m: f"fd={self._descriptors.get(m[1], m[1])}", text)
        return _POINTER.sub("pointer", text) if "0x" in text else text

    def _string(self, text: str) -> str:
        data, whole = bytes_of(text)
        shown = cut(data, whole, self._longest)
        if ":" in shown and self._ports:
            shown = _TOLD_PORT.sub(lambda m: f":{self._ports.get(m[1], m[1])}", shown)
        if shown.startswith('"figures: '):
            shown = _FIGURE.sub("figure", shown)
        return _OUR_FOLDER.sub("/walkthrough-*/", shown)

    def _port(self, match: re.Match[str]) -> str:
        if match[1] == "0":
            return match[0]
        known = self._ports.setdefault(match[1], f"port {len(self._ports) + 1}")
        return f"htons({known})"

    def _data(self, match: re.Match[str]) -> str:
        number = match[1] or match[2] or ""
        return f"data={self._watched.get(number, 'anything')}"

    def _watch(self, event: str, descriptor: str) -> None:
        found = _DATA.search(event)
        if found is not None and (number := found[1] or found[2]):
            self._watched[number] = descriptor

    def _result(self, name: str, raw: tuple[str, ...], arguments: list[str], text: str) -> str:
        if name in OPENING and text.isdigit():
            return self._open(text, self._kind(name, arguments))
        if name.startswith("fcntl") and len(arguments) > 1 and "F_DUPFD" in arguments[1]:
            return self._open(text, f"copy of {arguments[0]}") if text.isdigit() else text
        if name in _PAIRS and text == "0":
            for number in _NUMBER.findall(next((one for one in raw if one.startswith("[")), "")):
                self._open(number, name)
            arguments[:] = ["pair" if one.startswith("[") else one for one in arguments]
        if name in _PROCESSES and text in self._threads:
            return self._threads[text]
        if name in _PROCESSES and name not in ("kill", "tkill", "tgkill") and text.isdigit():
            return "process" if text != "0" else text
        return "address" if name in _ADDRESSES and text.startswith("0x") else text

    def _kind(self, name: str, arguments: list[str]) -> str:
        if name in ("accept", "accept4"):
            return "connection"  # of whichever listener: of several on one port the kernel chooses
        if name.startswith("open"):
            return next((one for one in arguments if one.startswith('"')), name)
        return f"{name}({', '.join(arguments)})"

    def _open(self, number: str, kind: str) -> str:
        self._born[kind] += 1
        called = f"{kind}#{self._born[kind]}"
        self._descriptors[number] = called
        return called

    def _tells_a_port(self, name: str, arguments: list[str]) -> bool:
        return (
            name in ("write", "sendto", "read", "recvfrom")
            and len(arguments) > 1
            and ":port " in arguments[1]
        )


def longest_shown(rows: tuple[Row, ...]) -> int:
    """Return to how many bytes strings are cut on this side: the shortest that was; else a lot."""
    least = 1 << 30
    for row in rows:
        if '"...' in row.arguments:
            for string in _STRING.finditer(row.arguments):
                if string[0].endswith("..."):
                    least = min(least, len(bytes_of(string[0])[0]))
    return least


def keys_of(rows: tuple[Row, ...], longest: int, unmade: Container[int] = ()) -> list[Key]:
    """Return the key of every row.

    Args:
        rows: All of one side.
        longest: Bytes of a string that both sides show.
        unmade: Rows of calls that were never made: what stands in them was not met.
    """
    key: Callable[[Row], Key] = Normal(longest).key
    return [
        Key(row.name, (), row.result, "") if at in unmade else key(row)
        for at, row in enumerate(rows)
    ]
