"""A system call in strace's notation, as far as it has gone: what stages are told from."""

from typing import Protocol

Thread = int | None
"""A thread's id; None where there is only one."""


class ToldCall(Protocol):
    """A system call, of a log or of a capture.

    Until it has ended, its result is not known, nor what the kernel writes into its arguments.
    """

    @property
    def thread(self) -> Thread:
        """Who makes it."""

    @property
    def name(self) -> str:
        """Its name: ``accept4``."""

    @property
    def arguments(self) -> str:
        """The text between the parentheses."""

    @property
    def result(self) -> str:
        """What follows ``=``; ``?`` or "" if nothing does, or not yet."""
