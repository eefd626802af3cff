"""Where something can be read up: a manual page, or a function in Go's source.

A note or a question names such places (``see``); what is named is only a text, so nothing here
reads a file.
"""

import re
from enum import StrEnum
from typing import NamedTuple

from walkthrough.i18n.errors import MessageError
from walkthrough.i18n.messages import escaped, message

_MANUAL = re.compile(r"([A-Za-z_][\w.+-]*)\(([1-9])\)")
_GO = re.compile(r"((?:[a-z0-9_]+/)+[a-z0-9_]+\.go) ((?:(?:\(\*\w+\)|\w+)\.)?\w+)\(\)")
_PAGES = {
    "accept4": "accept",
    "dup2": "dup",
    "dup3": "dup",
    "epoll_create1": "epoll_create",
    "epoll_pwait": "epoll_wait",
    "epoll_pwait2": "epoll_wait",
    "eventfd2": "eventfd",
    "openat": "open",
    "pipe2": "pipe",
    "recvfrom": "recv",
    "recvmsg": "recv",
    "sendmsg": "send",
    "sendto": "send",
    "setsockopt": "getsockopt",
    "unlinkat": "unlink",
    "writev": "readv",
}
"""The manual page of a system call that has none of its own name."""


class SeeAlsoError(MessageError):
    """A text names nothing that can be read up; the message is one sentence."""


class SeeAlsoKind(StrEnum):
    """What is referred to."""

    MANUAL = "manual"
    """A manual page: ``accept(2)``."""
    GO = "go"
    """A function in Go's source: ``net/sock_posix.go socket()``."""


class SeeAlso(NamedTuple):
    """One place to read up.

    Attributes:
        kind: What it is.
        name: The page's name, or the file below Go's ``src``.
        part: The page's section, ``1`` to ``9``; or the function in the file, a method with its
            receiver: ``(*FD).Accept``.
    """

    kind: SeeAlsoKind
    name: str
    part: str

    def __str__(self) -> str:
        if self.kind is SeeAlsoKind.MANUAL:
            return f"{self.name}({self.part})"
        return f"{self.name} {self.part}()"

    @property
    def copied(self) -> str:
        """What is copied of it: the command that shows a manual page, else file and function."""
        manual = self.kind is SeeAlsoKind.MANUAL
        return f"man {self.part} {self.name}" if manual else str(self)


def parse_see_also(text: str) -> SeeAlso:
    """Parse ``accept(2)`` or ``net/sock_posix.go socket()``.

    Raises:
        SeeAlsoError: It is neither.
    """
    if (manual := _MANUAL.fullmatch(text)) is not None:
        return SeeAlso(SeeAlsoKind.MANUAL, manual[1], manual[2])
    if (place := _GO.fullmatch(text)) is not None:
        return SeeAlso(SeeAlsoKind.GO, place[1], place[2])
    raise SeeAlsoError(
        escaped(
            message(
                "see has {found}; it takes manual pages, 'accept(2)', and functions of Go's "
                "source, 'net/sock_posix.go socket()'.",
                found=ascii(text[:60]),
            )
        )
    )


def manual_page_of(call: str) -> SeeAlso:
    """Return the manual page of a system call."""
    return SeeAlso(SeeAlsoKind.MANUAL, _PAGES.get(call, call), "2")
