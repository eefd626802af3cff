"""The protocol between the screen's process and the capture's process, JSON Lines both ways.

To the screen: the `Header`, then events as they are emitted, and between them the
notices below, which are never recorded. To the capture: the `Command` kinds.

Text travels as a `walkthrough.model.message.Message`, for the screen to show in
its language; a plain string is the same in every language.
"""

import msgspec

from walkthrough.model.events import AnyEvent, Header
from walkthrough.model.message import Message

EXPOSE = "--expose"
"""An argument for a capturing process: others on the network may connect."""
PACKETS = "--packets"
"""Another: what crosses the loopback interface of a namespace of its own is captured."""
SLOW = "--slow="
"""Another, followed by a number: limits of time are multiplied by that."""


class _Notice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type"):
    pass


class ProgressReported(_Notice, frozen=True, kw_only=True, tag="progress"):
    """Something slow happens before the first event.

    ``phase``: ``build`` or ``start``; of a program that is traced ``launch`` or ``attach``.
    """

    phase: str
    detail: Message | str = ""


class ServerChosen(_Notice, frozen=True, kw_only=True, tag="chosen"):
    """Which server was taken (``go`` or ``python``) and, in a sentence, why.

    ``remarks``: what the user should know about how it is run, in sentences.
    """

    server: str
    why: Message | str
    remarks: tuple[Message | str, ...] = ()


class ServerHalted(_Notice, frozen=True, kw_only=True, tag="halted"):
    """The server stands halted at event ``seq``; it waits for a command.

    Attributes:
        seq: The newest event.
        limit_s: After how many seconds without a command it is not kept halted any more; 0 for
            never.
    """

    seq: int
    limit_s: float = 0.0


class ServerRunning(_Notice, frozen=True, kw_only=True, tag="running"):
    """Threads were released, and none has reached an event since.

    ``waiting``: every goroutine of the path is parked; only a client can wake the server.
    ``halts``: it has just begun, and halts by itself where the first stage begins.
    """

    waiting: bool = False
    halts: bool = False


class ActionOffered(_Notice, frozen=True, kw_only=True, tag="offered"):
    """What the scenario's script would do next; sent whenever that changes.

    Attributes:
        action: A word of `walkthrough.scenario.schema.ActionKind`; "" once the script is done.
        client: Which client, as it is or will be numbered here; 0 if none does it.
        clients: How many do it, one after the other: ``client`` and those that follow.
        data: What is sent.
        to: For connect: another host than the server's by which to reach it.
        listener: For connect: which of the server's listeners, from 1.
        drop_replies: For connect: what the server's side answers is dropped.
        due: Whether it can be done now.
        when: The point at which it is due, as a script writes it; "" if it only has to wait for
            something to read, or for a connection to take.
        rests: Whether what ``when`` names is so, and only the server has to come to rest first: a
            thread is halted or runs.
        stalled: Whether it is not due and the server rests: it may become so with time, by what
            somebody lets a client do, or never.
        left: How many actions are left, this one included.
    """

    action: str = ""
    client: int = 0
    clients: int = 1
    data: bytes = b""
    to: str = ""
    listener: int = 1
    drop_replies: bool = False
    due: bool = False
    when: str = ""
    rests: bool = False
    stalled: bool = False
    left: int = 0


class ActionSkipped(_Notice, frozen=True, kw_only=True, tag="skipped"):
    """The script's next action was left out: ``client`` is gone, who was to do it.

    ``count``: how many were, this one and those behind it.
    """

    action: str
    client: int
    count: int = 1


class HaltLimitReached(_Notice, frozen=True, kw_only=True, tag="halt-limit"):
    """Nobody has let the server go on for ``limit_s`` seconds, so it was let go on.

    ``detached``: the capture has been attached to it, and ends.
    """

    limit_s: float
    detached: bool = False


class ServerGone(_Notice, frozen=True, kw_only=True, tag="gone"):
    """The server has ended, and the script goes on: its clients can still act."""


class CommandRefused(_Notice, frozen=True, kw_only=True, tag="refused"):
    """A command was not carried out, and ``message`` says why in one sentence; all else goes on."""

    message: Message | str


class CaptureFailed(_Notice, frozen=True, kw_only=True, tag="failed"):
    """The capture cannot go on; ``message`` is one sentence that says what to do."""

    message: Message | str


class CaptureFinished(_Notice, frozen=True, kw_only=True, tag="ended"):
    """No more events will come. The recording is whole."""


AnyNotice = (
    ProgressReported
    | ServerChosen
    | ServerHalted
    | ServerRunning
    | HaltLimitReached
    | ServerGone
    | ActionOffered
    | ActionSkipped
    | CommandRefused
    | CaptureFailed
    | CaptureFinished
)
Line = Header | AnyEvent | AnyNotice
"""Any line from the capture."""


class Command(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="do"):
    """A line to the capture."""


class ReleasingCommand(Command, frozen=True, kw_only=True):
    """Releases what is halted.

    Attributes:
        process: The process id of the only process at whose events to halt; None for all. Once it
            has ended, it is as if it were None.
    """

    process: int | None = None


class StepCommand(ReleasingCommand, frozen=True, kw_only=True, tag="step"):
    """Release one event and halt at the next."""


class NextStageCommand(ReleasingCommand, frozen=True, kw_only=True, tag="next-stage"):
    """Release until another stage begins, or a goal of the scenario is reached."""


class NextChangeCommand(ReleasingCommand, frozen=True, kw_only=True, tag="next-change"):
    """Release until something changes (`walkthrough.state.change_detector.ChangeDetector`).

    It ends where a goal of the scenario is reached, too.
    """


class RunCommand(Command, frozen=True, kw_only=True, tag="run"):
    """Release until told otherwise."""


class PauseCommand(Command, frozen=True, kw_only=True, tag="pause"):
    """Halt at the next event."""


class ActCommand(Command, frozen=True, kw_only=True, tag="act"):
    """Let clients act: ``connect``, ``accept``, ``send``, ``receive``, ``close``, ...

    Attributes:
        action: What it does, a word of `ClientActed`.
        client: Which one; 0 means the newest (for connect and accept: a new one).
        clients: How many do it, one after the other: ``client`` and those that follow by number.
        data: What it sends.
        to: For connect: another host than the server's by which to reach it.
        listener: For connect: which of the server's listeners, from 1.
        drop_replies: For connect: drop what is answered, until ``allow-replies``.
    """

    action: str
    client: int = 0
    clients: int = 1
    data: bytes = b""
    to: str = ""
    listener: int = 1
    drop_replies: bool = False


class NextActCommand(Command, frozen=True, kw_only=True, tag="next-act"):
    """Do what the scenario's script would do next, if that is due.

    ``early``: also if it is not due, as long as the server rests.
    """

    early: bool = False


class SkipActCommand(Command, frozen=True, kw_only=True, tag="skip-act"):
    """Leave out what the scenario's script would do next."""


class StopCommand(Command, frozen=True, kw_only=True, tag="stop"):
    """End the server and the capture."""


AnyCommand = (
    StepCommand
    | NextStageCommand
    | NextChangeCommand
    | RunCommand
    | PauseCommand
    | ActCommand
    | NextActCommand
    | SkipActCommand
    | StopCommand
)
