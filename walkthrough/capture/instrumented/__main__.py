"""``python -m walkthrough.capture.instrumented``: the instrumented server as a program."""

import argparse
import signal
import sys

from walkthrough.capture.instrumented import main, tracing
from walkthrough.capture.instrumented.errors import Throw
from walkthrough.capture.instrumented.halting import Halter
from walkthrough.capture.instrumented.os.proc import exit_
from walkthrough.capture.instrumented.syscall.numbers import NOT_HERE, NUMBERS


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="walkthrough.capture.instrumented", description=__doc__)
    parser.add_argument("--network", default="tcp", help="tcp, tcp4 or tcp6")
    parser.add_argument("--address", default="127.0.0.1:0", help="host:port; port 0: any")
    parser.add_argument("--events-fd", type=int, help="descriptor to write events to")
    parser.add_argument("--release-fd", type=int, help="descriptor to be released by")
    parsed = parser.parse_args()
    if (parsed.events_fd is None) != (parsed.release_fd is None):
        parser.error("--events-fd and --release-fd go together")
    return parsed


def _run() -> None:
    arguments = _arguments()
    if not NUMBERS:
        sys.exit(NOT_HERE)
    # As a Go program without handlers of its own: SIGINT ends it.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if arguments.events_fd is not None:
        tracing.find_def_lines()
        tracing.install(tracing.Tracer(Halter(arguments.events_fd, arguments.release_fd)))
    try:
        main.run(arguments.network, arguments.address)
    except Throw as fatal:
        sys.stderr.write(f"fatal error: {fatal}\n")
        sys.stderr.flush()
        exit_(2)


if __name__ == "__main__":
    _run()
