"""The processes of a log: whose each thread is, who made it, and how it came to its program.

Threads that share a table of descriptors are one process here, as `sharing` finds them.
"""

from collections.abc import Sequence

from walkthrough.call_stages.arguments import split
from walkthrough.call_stages.calls import CLONES, made_by
from walkthrough.call_stages.descriptor_sharing import DescriptorSharing
from walkthrough.call_stages.strings import bytes_of
from walkthrough.call_stages.told_call import Thread
from walkthrough.strace_log.model import LogCall

EXECUTES = ("execve", "execveat")


class LogProcesses:
    """Which processes a log has.

    Attributes:
        several: Whether there is more than one.
        first: The process of the log's first call; 0 in a log without process ids.
    """

    def __init__(self, calls: Sequence[LogCall], sharing: DescriptorSharing) -> None:
        self._sharing = sharing
        self.several = len({*map(sharing.of, sharing.first)}) > 1
        begun = next((call.thread for call in calls if call.thread is not None), 0)
        self.first: int = (sharing.of(begun) or begun) if self.several else begun
        self._makers: dict[Thread, Thread] = {}
        if self.several:
            self._calling = {call.thread for call in calls}
            for call in calls:
                if (child := self._child_of(call)) is not None:
                    self._makers.setdefault(child, sharing.of(call.thread))

    def of(self, thread: Thread) -> int | None:
        """Return a thread's process as `Event.process` has it: None for the first."""
        if not self.several:
            return None
        process = self._sharing.of(thread)
        return None if process in (None, self.first) else process

    def made_by(self, call: LogCall) -> int | None:
        """Return the process that a call has made, if it makes calls in the log itself."""
        return self._child_of(call) if self.several else None

    def _child_of(self, call: LogCall) -> int | None:
        child = made_by(call) if call.name in CLONES else None
        own = child is not None and self._sharing.of(child) == child != self.first
        return child if own and child in self._calling else None

    def is_certain(self, process: int) -> bool:
        """Return whether it is one, and not a thread of another whose making is not in the log."""
        return process in self._makers or process in self._sharing.apart

    def maker(self, process: int) -> int | None:
        """Return the process that made one; None if its making is not in the log."""
        return self._makers.get(process)


def command_of(call: LogCall) -> tuple[str, ...]:
    """Return the name and the arguments of the program that execve(2) begins."""
    arguments = split(call.arguments)
    at = 2 if call.name == "execveat" else 1
    words = split(arguments[at][1:-1]) if len(arguments) > at else ()
    texts = [bytes_of(word)[0].decode("utf-8", "replace") for word in words]
    return (texts[0].rpartition("/")[2], *texts[1:]) if texts else ()
