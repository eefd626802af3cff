"""What goes over a pipe comes back as it was."""

from typing import Any

import msgspec
import pytest

from walkthrough.model import protocol
from walkthrough.model.events import Header, ThreadStarted

MESSAGES: list[Any] = [
    Header(server="go"),
    ThreadStarted(seq=0, time_ns=1, thread=7),
    protocol.ProgressReported(phase="build", detail="net"),
    protocol.ServerChosen(server="python", why="there is no Go"),
    protocol.ServerHalted(seq=4),
    protocol.ServerRunning(waiting=True),
    protocol.CaptureFailed(message="no"),
    protocol.CaptureFinished(),
]
COMMANDS: list[Any] = [
    protocol.StepCommand(),
    protocol.NextStageCommand(),
    protocol.RunCommand(),
    protocol.PauseCommand(),
    protocol.ActCommand(action="send", client=2, data=b"\x00\xff"),
    protocol.StopCommand(),
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda one: type(one).__name__)
def test_messages_come_back_as_they_were(message: Any) -> None:
    assert msgspec.json.decode(msgspec.json.encode(message), type=protocol.Line) == message


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: type(one).__name__)
def test_commands_come_back_as_they_were(command: Any) -> None:
    line = msgspec.json.encode(command)
    assert msgspec.json.decode(line, type=protocol.AnyCommand) == command
