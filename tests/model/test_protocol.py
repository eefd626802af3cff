"""What goes over a pipe comes back as it was."""

from typing import Any

import msgspec
import pytest

from walkthrough.i18n.messages import in_context, message, plural
from walkthrough.model import protocol
from walkthrough.model.events import Header, ThreadStarted

MESSAGES: list[Any] = [
    Header(server="go"),
    ThreadStarted(seq=0, time_ns=1, thread=7),
    protocol.ProgressReported(phase="build", detail="net"),
    protocol.ServerChosen(server="python", why="there is no Go"),
    protocol.ServerHalted(seq=4),
    protocol.ServerRunning(waiting=True),
    protocol.ServerGone(),
    protocol.ActionOffered(action="send", client=2, data=b"\x00\xff", when="server idle", left=3),
    protocol.ActionSkipped(action="close", client=2),
    protocol.CaptureFailed(message="no"),
    protocol.ProgressReported(
        phase="build", detail=plural("{count} package", "{count} packages", 3, last="net")
    ),
    protocol.ServerChosen(
        server="python",
        why=message(
            "Python, because: {why}", why=message("there is no Go in {places}", places=["/a", "/b"])
        ),
        remarks=(in_context("a pane", "Note"), "the same in every language"),
    ),
    protocol.CommandRefused(message=message("{number} is {size} too many", number=3, size=0.5)),
    protocol.CaptureFailed(message=message("{text}", text="{braces} and \x1b[2J \u4e2d")),
    protocol.CaptureFinished(),
]
COMMANDS: list[Any] = [
    protocol.StepCommand(),
    protocol.NextStageCommand(),
    protocol.NextChangeCommand(),
    protocol.RunCommand(),
    protocol.PauseCommand(),
    protocol.ActCommand(action="send", client=2, data=b"\x00\xff"),
    protocol.ActCommand(action="connect", clients=5, to="::1", listener=2),
    protocol.NextActCommand(),
    protocol.StopCommand(),
]


@pytest.mark.parametrize("line", MESSAGES, ids=lambda one: type(one).__name__)
def test_messages_come_back_as_they_were(line: Any) -> None:
    assert msgspec.json.decode(msgspec.json.encode(line), type=protocol.Line) == line


def test_what_is_said_is_a_sentence_and_its_fields() -> None:
    failed = protocol.CaptureFailed(message=message("{file} is gone.", file="x"))
    assert msgspec.json.encode(failed) == (
        b'{"type":"failed","message":{"id":"{file} is gone.","fields":{"file":"x"}}}'
    )


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: type(one).__name__)
def test_commands_come_back_as_they_were(command: Any) -> None:
    line = msgspec.json.encode(command)
    assert msgspec.json.decode(line, type=protocol.AnyCommand) == command
