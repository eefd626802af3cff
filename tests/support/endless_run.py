"""Runs strace beside a server to which nobody connects; to be run in a process of its own.

    python -m tests.support.endless_run SERVER LOG SECONDS

Under the tracer it ends by its seconds; once strace runs it has as many as are given.
"""

import sys
from pathlib import Path

import msgspec

from walkthrough.capture.environment.server_kind import ServerKind
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.strace import run as strace_run
from walkthrough.scenario import loader as scenarios
from walkthrough.scenario.schema import End


def main(server: str, log: str, seconds: str) -> None:
    endless = msgspec.structs.replace(
        scenarios.load("first-connection"), script=(), end=End(when="server exited"), timeout_s=2
    )

    def say(line: object) -> None:
        if "strace" in str(line):
            msgspec.structs.force_setattr(endless, "timeout_s", float(seconds))
        print(line, flush=True)

    try:
        strace_run.run(endless, ServerKind(server), Path(log), say)
    except CaptureError as error:
        say(f"refused: {error}")


if __name__ == "__main__":
    main(*sys.argv[1:])
