"""The text of a call taken apart: what is the same in every run, and what identifies an object.

A `CallShape` holds the call with a gap wherever a descriptor, a port, a process or the user data of
an epoll event stands; `normalize` fills the gaps, row by row. Servers repeat themselves,
so most rows share the shape of an earlier one.
"""

import re
from collections.abc import Iterator, Set
from enum import IntEnum
from hashlib import blake2b
from typing import NamedTuple

from walkthrough.call_stages.arguments import plain, split
from walkthrough.call_stages.calls import OPENING, PAIRS
from walkthrough.call_stages.strings import bytes_of
from walkthrough.compare import texts

_KEPT = 64
"""Characters of a text that a key holds as they are."""
GAP = "\ufdd0"
"""Marks where a name is filled in; it occurs in no text."""


def calls(text: str) -> frozenset[str]:
    """Return the names of system calls that occur in ``text``."""
    return frozenset(text.split())


ABOUT_A_DESCRIPTOR = calls(
    "read write close bind listen connect accept accept4 getsockname getpeername setsockopt "
    "getsockopt shutdown send recv sendto recvfrom sendmsg recvmsg sendmmsg recvmmsg fcntl fcntl64 "
    "fstat fstat64 ioctl lseek _llseek epoll_ctl epoll_wait epoll_pwait epoll_pwait2 readv writev "
    "pread64 pwrite64 preadv pwritev preadv2 pwritev2 dup dup2 dup3 ftruncate getdents getdents64 "
    "newfstatat openat openat2 unlinkat mkdirat fsync fdatasync sendfile sendfile64 splice tee "
    "statx fchmod fchown fchdir fstatfs flock fallocate fadvise64 readahead timerfd_settime "
    "timerfd_gettime inotify_add_watch inotify_rm_watch copy_file_range faccessat faccessat2 "
    "readlinkat pidfd_send_signal signalfd4"
)
_SECOND = {
    "epoll_ctl": 2, "sendfile": 1, "sendfile64": 1, "splice": 2, "tee": 1, "mmap": 4,
    "copy_file_range": 2,
}  # fmt: skip
_IDS_AT: dict[str, tuple[int, ...]] = {
    "kill": (0,), "tkill": (0,), "tgkill": (0, 1), "wait4": (0,), "waitid": (1,), "waitpid": (0,),
    "prlimit64": (0,), "sched_getaffinity": (0,), "sched_setaffinity": (0,), "setpgid": (0, 1),
    "getpgid": (0,), "getsid": (0,), "pidfd_open": (0,), "rt_sigqueueinfo": (0,),
    "rt_tgsigqueueinfo": (0, 1), "sched_setscheduler": (0,), "sched_getscheduler": (0,),
    "getpriority": (1,), "setpriority": (1,), "ptrace": (1,),
}  # fmt: skip
_TELLS_AN_ID = calls(
    "gettid getpid getppid getpgrp getpgid getsid setsid clone clone2 clone3 fork vfork wait4 "
    "waitpid waitid set_tid_address"
)
_ADDRESSES = frozenset({"mmap", "mremap", "brk"})
_COPIES = frozenset({"dup", "dup2", "dup3"})
VARYING_RESULTS = {
    "sysinfo": 0, "getrusage": 1, "times": 0, "time": 0, "gettimeofday": 0, "clock_gettime": 1,
    "clock_gettime64": 1, "adjtimex": 0,
}  # fmt: skip
"""Calls that return what a second run cannot repeat, and from which argument on."""
_STATUS = frozenset({"fstat", "fstat64", "stat", "stat64", "lstat", "newfstatat", "statx"})
_READS = calls("read pread64 recv recvfrom readv preadv recvmsg recvmmsg")
WRITES = calls("write pwrite64 send sendto writev pwritev sendmsg sendmmsg")
_TELLS_AN_ADDRESS = calls("bind connect getsockname getpeername")
_COUNTED = calls("read pread64 recv recvfrom write pwrite64 send sendto")

STRING = re.compile(r'@?"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"(?:\.\.\.)?)?+', re.DOTALL)
"""A string without an end reaches to the end of the text, so that no quote is tried twice."""
_NUMBER = re.compile(r"-?\d+", re.ASCII).fullmatch
_NAMED_FLAGS = re.compile(r"0x[0-9a-f]+ \((flags [^)]*)\)", re.ASCII)
_NAMED = re.compile(r"(?:0x[0-9a-f]+|\d+) /\* ([A-Z][A-Z0-9_|]*|makedev\([^()*]{1,40}\)) \*/")
_COMMENT = re.compile(r"/\* \d+ (?:vars|entries)[^*]{0,99}\*/")
_NUMBERS = re.compile(r"\d+")
_LENGTH = re.compile(r"iov_len=\d+")
_TIMES = re.compile(
    r"stx?_(?:ino|blocks|mnt_id|[abcm]time(?:_nsec)?)=(?:\{[^{}]{0,200}\}|[^,}]{1,200}?)"
    r"(?: /\*[^*]{0,200}\*/)?(?=[,}])"
)
_GAPS = re.compile(
    r"htons\((\d+)\)"
    r"|data=(?:\{u32=\d+, u64=(\d+)\}|(0x[0-9a-f]+|\d+|NULL)|\{[^{}]*\})"
    r"|\bfd=(\d+)"
    r"|\b(\w*pid=|(?:parent|child)_tid(?:ptr)?=)(\[?)([1-9]\d*)"
    r"|nlmsg_seq=\d+"
    r"|\b0x[0-9a-f]{5,16}\b"
)
_RIGHTS = re.compile(r"cmsg_type=SCM_RIGHTS, cmsg_data=\[(?:[^\[\]]|\[[^\[\]]{0,99}\]){0,2048}+\]")
_FIGURE = re.compile(r"(?<==)\d+")
_OUR_FOLDER = re.compile(r"/walkthrough-(?:[a-z0-9_]{8}/|[a-z0-9_]{0,8}$)")


class GapKind(IntEnum):
    """What a gap is filled with."""

    DESCRIPTOR = 0
    PORT = 1
    DATA = 2
    ID = 3
    RESULT = 4
    """The descriptor that the call returns."""


Gap = tuple[GapKind, str]
"""What is filled in, and the number in that place."""


class RowKey(NamedTuple):
    """A row without what differs from run to run; it has gaps until they are filled.

    Attributes:
        name: The call.
        arguments: Its arguments.
        result: Its result.
        about: The object behind its descriptor; "" for none.
    """

    name: str
    arguments: tuple[str, ...]
    result: str
    about: str


class CallShape(NamedTuple):
    """The structure of a call's text.

    Attributes:
        key: The call with its gaps.
        gaps: What they stand for, in their order: arguments, then the result; `about` is filled
            from its arguments.
        ports: Digits in its strings that may be those of a port.
        ids: Digits in its strings that may be those of a process.
        is_read: It reads: what it returns may come from the kernel.
        opens: It returns a new descriptor.
        copies: It returns another number for a descriptor.
        pair: It returns two new descriptors.
    """

    key: RowKey
    gaps: tuple[Gap, ...]
    ports: frozenset[str]
    ids: frozenset[str]
    is_read: bool = False
    opens: bool = False
    copies: bool = False
    pair: bool = False


class _ShapeBuilder:
    """Builds one shape."""

    def __init__(self, name: str, longest: int, ports: dict[str, str], ids: Set[str]) -> None:
        self._name = name
        self._longest = longest
        self._known = (ports, ids)
        self._gaps: list[Gap] = []
        self._ports: frozenset[str] = texts.NO_DIGITS
        self._ids: frozenset[str] = texts.NO_DIGITS
        self._freed = False
        self._sets_owner = False

    def shape(self, arguments: str, result: str) -> CallShape:
        name = self._name
        raw = split(arguments)
        named = _NAMED_FLAGS.fullmatch(result)  # by name: machines number some of them differently
        result = named[1] if named is not None else plain(result)
        pair = name in PAIRS and result == "0"
        self._sets_owner = raw[1:2] == ("F_SETOWN",)
        given = [self._argument(at, text, pair=pair) for at, text in enumerate(raw)]
        if (place := VARYING_RESULTS.get(name)) is not None and result[:1] != "-":
            given[place:] = ["varies"]
        if self._freed:
            given, result = self._without_length(given, result)
        opens = name in OPENING and result.isdigit()
        copies = result.isdigit() and (
            name in _COPIES or (name.startswith("fcntl") and "F_DUPFD" in "".join(given[1:2]))
        )
        result = self._result(given, result, opens or copies)
        key = RowKey(name, tuple(given), result, self._about(given))
        ports, ids = self._ports, self._ids
        is_read = name in _READS
        return CallShape(key, tuple(self._gaps), ports, ids, is_read, opens, copies, pair)

    def _about(self, given: list[str]) -> str:
        if self._name == "epoll_ctl" and len(given) > 2:
            return f"{given[0]} {given[2]}"
        return given[0] if self._name in ABOUT_A_DESCRIPTOR and given else ""

    def _gap(self, fills: GapKind, number: str) -> str:
        self._gaps.append((fills, number))
        return GAP

    def _argument(self, at: int, text: str, *, pair: bool) -> str:
        bare, name = plain(text), self._name
        if pair and text.startswith("["):
            return "pair"
        if (at == 0 and name in ABOUT_A_DESCRIPTOR) or _SECOND.get(name) == at:
            if _NUMBER(bare):
                return self._gap(GapKind.DESCRIPTOR, bare)
        elif at in _IDS_AT.get(name, ()) and _NUMBER(bare) and bare.lstrip("-0") not in ("", "1"):
            sign = "-" if bare.startswith("-") else ""
            return sign + self._gap(GapKind.ID, bare.lstrip("-"))
        if at == 2 and name.startswith("fcntl") and bare.isdigit() and self._sets_owner:
            return self._gap(GapKind.ID, bare)
        if name == "execve" and at == 2:
            return "environment"
        if name == "getrandom" and at == 0:
            return "random"
        if at == 1 and name in ("dup2", "dup3") and bare.isdigit() and len(bare) > 0:
            return bare if bare in ("0", "1", "2") else "a number"
        return self._text(bare)

    def _text(self, text: str) -> str:
        """Normalize what may occur anywhere, except strings, which are normalized one by one."""
        if GAP in text:
            text = text.replace(GAP, "\ufffd")
        if '"' not in text:
            return self._outside(text)
        parts, at = [], 0
        for string in STRING.finditer(text):
            parts += [self._outside(text[at : string.start()]), self._string(string[0])]
            at = string.end()
        return "".join([*parts, self._outside(text[at:])])

    def _outside(self, text: str) -> str:
        if "/*" in text:
            if self._name in _STATUS:
                text = _TIMES.sub("", text)
            text = _COMMENT.sub("...", _NAMED.sub(r"\1", text))
        if self._name in _STATUS and "st" in text:
            text = _TIMES.sub("", text)
        if "SCM_RIGHTS" in text:
            text = _RIGHTS.sub("cmsg_type=SCM_RIGHTS", text)
        return _GAPS.sub(self._filled, text) if "=" in text or "(" in text or "0x" in text else text

    def _filled(self, match: re.Match[str]) -> str:
        whole = match[0]
        if whole.startswith("htons"):
            return whole if match[1] == "0" else f"htons({self._gap(GapKind.PORT, match[1])})"
        if whole.startswith("0x"):
            return "pointer"
        if whole.startswith("data="):
            number = match[2] or match[3]
            if self._name == "epoll_ctl" or number is None:
                return "data=its own"
            return f"data={self._gap(GapKind.DATA, number)}"
        if match[4] is not None:
            return f"fd={self._gap(GapKind.DESCRIPTOR, match[4])}"
        if match[7] is not None:
            return f"{match[5]}{match[6]}{self._gap(GapKind.ID, match[7])}"
        return "nlmsg_seq=any"

    def _string(self, text: str) -> str:
        data, whole = bytes_of(text)
        cut = not whole or len(data) > self._longest
        shown = data[: self._longest].decode("latin-1")
        if shown.startswith("figures: "):
            shown = _FIGURE.sub("figure", shown)
        if "/walkthrough-" in shown:
            shown = _OUR_FOLDER.sub("/walkthrough-*/", shown)
        found = texts.normalize(shown, cut)
        self._freed = self._freed or found.freed
        self._ports |= found.ports
        self._ids |= found.ids
        shown = found.text
        ports, ids = self._known
        if any(port in ports for port in found.ports) or not found.ids.isdisjoint(ids):
            shown = texts.without(shown, ports, found.ids & ids)
            self._freed = True
        if len(shown) > _KEPT:  # it is compared and never shown, so a long one is shortened
            digest = blake2b(shown.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
            shown = shown[:_KEPT] + digest
        return f'"{shown}"' + "..." * cut

    def _without_length(self, given: list[str], result: str) -> tuple[list[str], str]:
        """Remove the length of a text that may differ in length."""
        if self._name in _TELLS_AN_ADDRESS:  # a path, whose length is an argument as well
            given[-1] = _NUMBERS.sub("its length", given[-1])
            return given, result
        if self._name not in _READS and self._name not in WRITES:
            return given, result
        if self._name in _COUNTED:
            given[2:3] = ["its length"] if len(given) > 2 else []
        else:
            given = [_LENGTH.sub("iov_len=its length", one) for one in given]
        return given, "its length" if _NUMBER(result) and result != "0" else result

    def _result(self, given: list[str], result: str, new: bool) -> str:
        if new:
            return self._gap(GapKind.RESULT, result)
        if self._name in _TELLS_AN_ID and result.isdigit() and result != "0":
            return self._gap(GapKind.ID, result)
        if self._name in VARYING_RESULTS and result.isdigit():
            return "varies"
        return "address" if self._name in _ADDRESSES and result.startswith("0x") else result


def shape_of(
    name: str,
    arguments: str,
    result: str,
    longest: int,
    ports: dict[str, str],
    ids: Set[str],
) -> CallShape:
    """Take the text of a call apart.

    Args:
        name: The call.
        arguments: The text between the parentheses.
        result: What is behind ``=``.
        longest: Bytes of a string that both sides show; longer ones are cut.
        ports: Ports that are known by their digits, and what to call them.
        ids: Known processes.
    """
    return _ShapeBuilder(name, longest, ports, ids).shape(arguments, result)


def filled(key: RowKey, names: tuple[str, ...]) -> RowKey:
    """Fill the gaps of a key."""
    if not names:
        return key
    given = iter(names)
    arguments = tuple(_fill(one, given) if GAP in one else one for one in key.arguments)
    result = _fill(key.result, given) if GAP in key.result else key.result
    about = key.about
    if GAP in about:
        both = key.name == "epoll_ctl" and len(arguments) > 2
        about = f"{arguments[0]} {arguments[2]}" if both else arguments[0]
    return RowKey(key.name, arguments, result, about)


def _fill(text: str, names: Iterator[str]) -> str:
    first, *parts = text.split(GAP)
    return first + "".join(next(names) + part for part in parts)
