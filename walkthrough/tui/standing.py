"""Where a walk stands: replay or live, halted or running, at the edge or behind it.

Plain facts that actions and the header read; knows no widget.
"""

from dataclasses import dataclass
from enum import Enum, auto


class Mode(Enum):
    """What the source of the events is doing."""

    REPLAY = auto()
    STARTING = auto()
    HALTED = auto()
    RUNNING = auto()
    WAITING = auto()
    ENDED = auto()
    FAILED = auto()

    @property
    def live(self) -> bool:
        """Tell whether a server is there to be commanded."""
        return self in (Mode.HALTED, Mode.RUNNING, Mode.WAITING)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the walk stands now.

    Attributes:
        mode: What the source of the events is doing.
        index: The event shown; -1 while there is none.
        last: The newest event; -1 while there is none.
        strace: A log of strace's lies beside the walk.
        reading: How far the recording has been read, in words; "" once it has been read whole.
    """

    mode: Mode
    index: int
    last: int
    strace: bool = False
    reading: str = ""

    @property
    def at_edge(self) -> bool:
        """Tell whether the newest event is the one shown."""
        return self.index >= self.last
