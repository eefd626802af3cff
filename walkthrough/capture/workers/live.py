"""The capture's own process.

Run as ``python -m walkthrough.capture.workers.live SCENARIO SERVER [--expose] [--packets]``.

Writes JSON Lines to its standard output and reads commands from its standard input; ptrace is used
here and never in the screen's process. It ends, and its server with it, when its input ends.
"""

import contextlib
import select
import sys

from walkthrough.capture.environment import leftovers
from walkthrough.capture.environment.backends import choose, prepare
from walkthrough.capture.environment.exposure import isolated
from walkthrough.capture.environment.server_kind import ServerKind
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.session.fixtures import Fixtures
from walkthrough.capture.session.session import CaptureSession
from walkthrough.capture.workers.screen_end import LineWriter, end_with_the_screen
from walkthrough.i18n.messages import Message
from walkthrough.model.protocol import (
    EXPOSE,
    PACKETS,
    CaptureFailed,
    ProgressReported,
    ServerChosen,
)
from walkthrough.scenario.loader import ScenarioError, load


def main(arguments: list[str]) -> int:
    """Capture one scenario, driven through standard input and output.

    Args:
        arguments: The scenario's name, the server wanted, `EXPOSE` if others may connect, and
            `PACKETS` if packets are to be captured.

    Returns:
        0, or 2 after a `CaptureFailed` line.
    """
    end_with_the_screen()
    emit = LineWriter()

    def built(detail: Message) -> None:
        if _screen_is_gone():  # then a build must end, too
            sys.exit(2)
        emit(ProgressReported(phase="build", detail=detail))

    leftovers.remove()
    name, wanted, *options = arguments
    try:
        scenario = load(name)
        # The screen shows who can connect before the user lets the server take its first step.
        with isolated(
            scenario, expose=EXPOSE in options, warned=True, packets=PACKETS in options
        ) as exposure:
            choice = choose(ServerKind(wanted))
            # Who else can connect is in the header, and stays on the screen.
            remarks = exposure.packet_remarks() if exposure.exposed else exposure.remarks()
            emit(ServerChosen(server=choice.server.value, why=choice.why, remarks=remarks))
            with Fixtures(scenario, exposure) as fixtures:
                target = prepare(scenario, choice.server, built, fixtures)
                emit(ProgressReported(phase="start"))
                CaptureSession(target, emit, scenario, commands=0, fixtures=fixtures).run()
    except (CaptureError, ScenarioError) as error:
        with contextlib.suppress(OSError):
            emit(CaptureFailed(message=error.message))
        return 2
    except BrokenPipeError:
        return 2  # the screen is gone; the session has already ended the server
    return 0


def _screen_is_gone() -> bool:
    poll = select.poll()
    poll.register(0, select.POLLRDHUP)
    return any(event & (select.POLLHUP | select.POLLRDHUP) for _, event in poll.poll(0))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
