"""``python -m walkthrough.capture.instrumented``: the instrumented server as a program."""

import argparse
import signal
import sys
from typing import NoReturn

from walkthrough.capture.instrumented import (
    dial_main,
    flags,
    main,
    packet,
    tracing,
)
from walkthrough.capture.instrumented.errors import Throw
from walkthrough.capture.instrumented.flags import Options
from walkthrough.capture.instrumented.options import SOCKET_OPTIONS
from walkthrough.capture.instrumented.os.proc import exit_
from walkthrough.capture.instrumented.syscall import trap
from walkthrough.capture.instrumented.syscall.numbers import NOT_HERE, NUMBERS


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="walkthrough.capture.instrumented", description=__doc__, allow_abbrev=False
    )
    add = parser.add_argument
    add("--program", choices=("accept", "packet", "dial"), default="accept", help="what it does")
    add("--network", default="tcp", help="tcp, tcp4, tcp6, udp, udp4, udp6 or unix")
    add("--address", action="append", help="host:port (port 0: any) or a path; may be repeated")
    add("--control", default="", help="socket options to set before bind, joined by commas")
    add("--keep-alive", type=int, default=0, help="seconds, below 0: none")
    add("--backlog", type=int, default=-1, help="call listen(2) once more with it")
    add("--deadline", type=int, default=0, help="milliseconds that Accept may take")
    add("--reply", default="", help="text to write back on a connection that has been read")
    add("--say", default="hello\n", help="text that dial sends")
    add("--close-on", default="", help="text at which the first listener is closed")
    add("--retry", default="False", choices=("True", "False"), help="go on after passing errors")
    add("--read-most", type=int, default=-1, help="bytes to read of a connection, below 0: all")
    add("--nofile", type=int, help="RLIMIT_NOFILE, see getrlimit(2)")
    add("--fault", action="append", default=[], help="errno=ENOSPC,at=pollOpen,call=epoll_ctl,...")
    add("--events-fd", type=int, help="descriptor to write events to")
    add("--release-fd", type=int, help="descriptor to be released by")
    parsed = parser.parse_args()
    if (parsed.events_fd is None) != (parsed.release_fd is None):
        parser.error("--events-fd and --release-fd go together")
    parsed.address = parsed.address or ["127.0.0.1:0"]
    if parsed.program != "accept" and len(parsed.address) > 1:
        parser.error(f"{parsed.program} takes one --address")
    parsed.control = tuple(parsed.control.split(",")) if parsed.control else ()
    if unknown := [each for each in parsed.control if each not in SOCKET_OPTIONS]:
        parser.error(f"unknown socket options: {unknown}; known: {', '.join(SOCKET_OPTIONS)}")
    return parsed


def _run() -> None:
    arguments = _arguments()
    if not NUMBERS:
        sys.exit(str(NOT_HERE))
    # Like a Go program without its own handlers: SIGINT ends it.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    _watch(arguments)
    _limit(arguments.nofile)
    try:
        _program(arguments)
    except Throw as fatal:
        sys.stderr.write(f"fatal error: {fatal}\n")
        sys.stderr.flush()
        exit_(2)


def _watch(arguments: argparse.Namespace) -> None:
    """Install the emitter of events, if requested, and the injected faults."""
    if arguments.events_fd is not None:
        from walkthrough.capture.instrumented.halting import HaltingPipe

        tracing.find_def_lines()
        tracing.install(tracing.CallTracer(HaltingPipe(arguments.events_fd, arguments.release_fd)))
    if arguments.fault:
        # Imported only now, since it takes as long as the rest of the start.
        from walkthrough.capture.instrumented.fault_words import parse
        from walkthrough.capture.session.faults import FaultInjector

        try:
            trap.inject(FaultInjector([parse(each) for each in arguments.fault]).strikes)
        except ValueError as error:
            sys.exit(f"--fault: {error}")
        if tracing.tracer() is None:  # the place decides, and only a tracer knows it
            tracing.install(tracing.CallTracer(lambda event: None))


def _limit(nofile: int | None) -> None:
    """Limit the descriptors. Nothing is imported from here on, since that needs one."""
    if nofile is not None:
        from walkthrough.capture.session.rlimits import impose
        from walkthrough.scenario.schema import Limits

        impose(Limits(nofile=nofile))


def _program(arguments: argparse.Namespace) -> NoReturn:
    reply, close_on = arguments.reply.encode(), arguments.close_on.encode()
    if arguments.program == "packet":
        packet.run(arguments.network, arguments.address[0], reply)
    if arguments.program == "dial":
        dial_main.run(arguments.network, arguments.address[0], arguments.say.encode())
    flags.given = Options(
        arguments.control,
        arguments.keep_alive,
        arguments.backlog,
        arguments.deadline,
        reply,
        close_on,
        arguments.retry == "True",
        arguments.read_most,
    )
    main.run(arguments.network, arguments.address)


if __name__ == "__main__":
    _run()
