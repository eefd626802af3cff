"""Reads a process's descriptors, epoll interest lists and TCP tables out of /proc, see proc(5).

Parsers take text and bytes and never fail on odd ones; only the `read_` functions touch files.
"""

import os
import platform
import re
import socket
import struct
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from walkthrough.capture.kernel.netlink import LISTEN, InetSocket
from walkthrough.model.kernel_state import Descriptor, EpollInterest
from walkthrough.model.linux.constants import (
    EPOLL_EVENTS,
    O_ACCESS,
    O_ACCESS_MASK,
    flags,
    open_flag_names,
)
from walkthrough.model.values import Flags

_LISTED = 100
_FDINFO = 512
"""Bytes of a socket's fdinfo that are read: its flags are on the second line."""
EPOLL = "anon_inode:[eventpoll]"
_SOCKET = re.compile(r"socket:\[(\d{1,20})\]")
_KINDS = (
    (EPOLL, "epoll"),
    ("anon_inode:[eventfd", "eventfd"),  # newer kernels add the counter's id after it
    ("pipe:[", "pipe"),
    ("/", "file"),
)


def parse_descriptor(fd: int, target: str) -> Descriptor:
    """Return what ``/proc/PID/fd/N`` is, from the text it links to."""
    if match := _SOCKET.fullmatch(target):
        return Descriptor(fd, "socket", target, int(match[1]))
    for beginning, kind in _KINDS:
        if target.startswith(beginning):
            return Descriptor(fd, kind, target)
    return Descriptor(fd, "other", target)


def parse_interests(text: str) -> Iterator[EpollInterest]:
    """Parse the ``tfd: N events: MASK data: HEX`` lines of an epoll's fdinfo; skip others."""
    for line in text.splitlines():
        words = line.replace(":", " ").split()
        if len(words) < 6 or (words[0], words[2], words[4]) != ("tfd", "events", "data"):
            continue
        try:
            fd, events, data = int(words[1]), int(words[3], 16), int(words[5], 16)
        except ValueError:
            continue
        yield EpollInterest(fd, flags(EPOLL_EVENTS, events), data)


def parse_tcp_table(text: str, family: int) -> Iterator[InetSocket]:
    """Parse ``/proc/net/tcp`` or ``tcp6``. A listener's backlog is not in it: -1."""
    size = 4 if family == socket.AF_INET else 16
    for line in text.splitlines()[1:]:
        words = line.split()
        try:
            local, local_port = _end(words[1])
            remote, remote_port = _end(words[2])
            state = int(words[3], 16)
            send, receive = (int(number, 16) for number in words[4].split(":"))
            inode = int(words[9])
        except (IndexError, ValueError, struct.error):
            continue
        if len(local) != size or len(remote) != size:
            continue
        yield InetSocket(
            family,
            state,
            local,
            local_port,
            remote,
            remote_port,
            receive,
            -1 if state == LISTEN else send,
            inode,
        )


def _end(text: str) -> tuple[bytes, int]:
    host, _, port = text.partition(":")
    # Each 32-bit word of the address was printed as the number that its bytes make here.
    words = (int(host[at : at + 8], 16) for at in range(0, len(host), 8))
    return b"".join(struct.pack("=I", word) for word in words), int(port, 16)


def parse_descriptor_flags(text: str) -> Flags | None:
    """Return the ``flags: OCTAL`` line of a descriptor's fdinfo; None if there is none."""
    for line in text.splitlines():
        name, _, number = line.partition(":")
        if name != "flags":
            continue
        try:
            raw = int(number, 8)
        except ValueError:
            return None
        found = flags(open_flag_names(platform.machine()), raw & ~O_ACCESS_MASK)
        return Flags((O_ACCESS[raw & O_ACCESS_MASK], *found.names), raw, found.rest)
    return None


def with_flags(pid: int, descriptor: Descriptor) -> Descriptor:
    """Return a socket's descriptor with its flags, if they can be read; any other as it is."""
    if descriptor.kind != "socket":
        return descriptor
    try:
        with open(f"/proc/{pid}/fdinfo/{descriptor.fd}", "rb", buffering=0) as file:
            text = file.read(_FDINFO).decode("ascii", "replace")
    except OSError:
        return descriptor  # closed meanwhile
    return msgspec.structs.replace(descriptor, flags=parse_descriptor_flags(text))


class ProcessDescriptors(NamedTuple):
    """The open descriptors of a process.

    Attributes:
        listed: The first hundred of them, by number.
        total: How many there are.
        sockets: The descriptor of every socket by its inode; of several the lowest.
        epolls: The descriptors of epoll instances.
    """

    listed: tuple[Descriptor, ...]
    total: int
    sockets: dict[int, int]
    epolls: tuple[int, ...]


def read_descriptors(pid: int, private: frozenset[str] = frozenset()) -> ProcessDescriptors:
    """Return the open descriptors of ``pid``.

    Args:
        pid: The process.
        private: Targets of descriptors to leave out.

    Raises:
        OSError: The process is gone, or belongs to somebody else.
    """
    folder = f"/proc/{pid}/fd"
    listed: list[Descriptor] = []
    count = 0
    sockets: dict[int, int] = {}
    epolls: list[int] = []
    for fd in sorted(map(int, os.listdir(folder))):
        try:
            target = os.readlink(f"{folder}/{fd}")
        except FileNotFoundError:
            continue  # closed meanwhile: a running process may do that
        if target in private:
            continue
        count += 1
        if count <= _LISTED:
            target = target.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
            listed.append(parse_descriptor(fd, target))
        if target.startswith("socket:["):
            sockets.setdefault(parse_descriptor(fd, target).inode, fd)
        elif target == EPOLL:
            epolls.append(fd)
    return ProcessDescriptors(tuple(listed), count, sockets, tuple(epolls))


def read_interests(pid: int, fd: int) -> list[str]:
    """Return the lines of the interest list of the epoll instance ``fd``, by what they watch.

    Raises:
        OSError: It cannot be read.
    """
    with open(f"/proc/{pid}/fdinfo/{fd}", encoding="ascii", errors="replace") as file:
        lines = [line for line in file if line.startswith("tfd:")]
    # The kernel's own order is by memory address, so it differs in every run.
    return sorted(lines, key=_watched)


def _watched(line: str) -> tuple[int, str]:
    """Sort key of a line of an interest list: its descriptor, then the rest."""
    number = line[4:].partition("events")[0].strip()
    return (int(number) if number.isdecimal() else 0), line


def read_tcp_table(pid: int, family: int) -> list[InetSocket]:
    """Return the TCP sockets of one family in the network namespace of ``pid``.

    Raises:
        OSError: The table cannot be read.
    """
    name = "tcp" if family == socket.AF_INET else "tcp6"
    with open(f"/proc/{pid}/net/{name}", encoding="ascii", errors="replace") as file:
        return list(parse_tcp_table(file.read(), family))


def same_network(pid: int) -> bool:
    """Return whether ``pid`` is in this process's network namespace; True if that is unknown."""
    try:
        return os.stat(f"/proc/{pid}/ns/net").st_ino == os.stat("/proc/self/ns/net").st_ino
    except OSError:
        return True


def read_system_call(pid: int) -> int:
    """Return the number of the system call that a process is blocked in; -1 if it is not known.

    It is the first word of ``/proc/PID/syscall``, proc(5), which only those may read who may
    trace the process; of one that runs it says ``running``.
    """
    try:
        with open(f"/proc/{pid}/syscall", encoding="ascii", errors="replace") as file:
            number = file.read(64).partition(" ")[0]
    except OSError:
        return -1
    return int(number) if number.isdecimal() else -1
