"""The parser of the command line, made with argparse. Runs nothing itself."""

import argparse
import contextlib
from collections.abc import Callable, Sequence
from functools import partial
from typing import NoReturn, TypedDict

from walkthrough import __version__
from walkthrough.cli.errors import UsageError
from walkthrough.formatting.terminal import show

SERVERS = ("auto", "go", "python")

OVERVIEW = """\
commands:
  walkthrough [SCENARIO | RECORDING | LOG]
                                       step through it on the screen; alone: home, which lists
                                       what there is
  walkthrough scenarios                list the scenarios
  walkthrough record SCENARIO -o FILE  run one unattended and write the recording
  walkthrough check [SCENARIO ...]     run them and hold each against what it promises
  walkthrough compare A [B]            lay strace beside a run, or two runs beside each other
  walkthrough export FILE --to json    write a recording in another format
  walkthrough doctor                   what this machine can do, and how to get the rest

`walkthrough COMMAND --help` explains each. A file called like a command is opened as ./record.
"""


class _CommandParser(argparse.ArgumentParser):
    """An ArgumentParser whose errors are ours: one sentence, exit status 2."""

    def __init__(
        self,
        prog: str,
        description: str,
        epilog: str | None = None,
        formatter_class: type[argparse.HelpFormatter] = argparse.HelpFormatter,
    ) -> None:
        super().__init__(
            prog=prog, description=description, epilog=epilog, formatter_class=formatter_class
        )
        self.color = False  # from Python 3.14 on argparse would bring its own

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; see `{self.prog} --help`.")

    def _print_message(self, message: str, file: object = None) -> None:
        """Print help and version."""
        show(message.removesuffix("\n"))


def _show_parser() -> _CommandParser:
    parser = _CommandParser(
        prog="walkthrough",
        description="Step through what Go's net.Listen and Accept do: the source, the system calls "
        "and the kernel, side by side.",
        epilog=OVERVIEW,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"walkthrough {__version__}")
    parser.add_argument(
        "what",
        nargs="?",
        metavar="SCENARIO | RECORDING | LOG",
        help="a scenario to run live, or the file of a recording, or of a log of strace's, to step "
        "through (default: home, where all of them are listed)",
    )
    _add_server(parser, None)  # on home, what was chosen there before
    parser.add_argument(
        "--replay", action="store_true", help="replay the scenario's own recording instead"
    )
    parser.add_argument(
        "--strace",
        nargs="?",
        const="",
        metavar="LOG",
        help="show a log of strace's beside it, in step; without LOG the scenario is run under "
        "strace first",
    )
    parser.add_argument(
        "--document",
        metavar="FILE.md",
        help="show the Go blocks of a Markdown text of your own in the place of the source; "
        "remembered until another is chosen (O on the screen)",
    )
    _add_expose(parser)
    _add_language(parser)
    return parser


class _ChoiceSettings(TypedDict):
    """What `add_argument` takes for an option that has one of several values."""

    type: Callable[[str], str]
    metavar: str


def _one_of(*allowed: str) -> _ChoiceSettings:
    """Return the settings of an option with these values.

    Not argparse's own ``choices``, whose message is worded differently from Python 3.12 on: a
    refusal is the same everywhere, and so is its translation.
    """

    def checked(text: str) -> str:
        if text not in allowed:
            raise argparse.ArgumentTypeError(
                f"invalid choice: {text!a} (choose from {', '.join(allowed)})"
            )
        return text

    return {"type": checked, "metavar": "{" + ",".join(allowed) + "}"}


def _add_server(parser: argparse.ArgumentParser, default: str | None = "auto") -> None:
    parser.add_argument(
        "--server",
        **_one_of(*SERVERS),
        default=default,
        help="a real Go program under ptrace, the instrumented Python server, or Go where it can "
        "(default: auto)",
    )


def _add_language(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--lang",
        **_one_of("en", "zh"),
        help="language of notes and screen (default: what was chosen last, else from LANG)",
    )


def _add_expose(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--expose",
        action="store_true",
        help="run a server that listens on every interface on this machine's own, where others on "
        "your network can connect (default: in a network namespace of its own)",
    )


def _record_parser() -> _CommandParser:
    parser = _CommandParser(
        prog="walkthrough record",
        description="Run a scenario unattended, its script being the client, and write down all "
        "that happens.",
    )
    parser.add_argument("scenario", metavar="SCENARIO", help="see `walkthrough scenarios`")
    parser.add_argument(
        "-o", "--output", required=True, metavar="FILE", help="the recording; - for standard output"
    )
    _add_writing(parser)
    _add_payload(parser)
    _add_server(parser)
    _add_expose(parser)
    return parser


def _check_parser() -> _CommandParser:
    parser = _CommandParser(
        prog="walkthrough check",
        description="Run scenarios unattended and hold each against what it promises. Exit status "
        "0 if all that could be run passed, 1 if one failed, 2 if none could be run.",
    )
    parser.add_argument(
        "scenarios",
        nargs="*",
        metavar="SCENARIO",
        help="a scenario, or a folder with a scenario.toml (default: all scenarios)",
    )
    parser.add_argument(
        "--server",
        **_one_of("go", "python", "both"),
        default="both",
        help="the server to run them under (default: %(default)s)",
    )
    parser.add_argument(
        "--jobs", type=_count, metavar="N", help="how many to run at a time (default: at most 2)"
    )
    parser.add_argument(
        "--repeat", type=_count, default=1, metavar="N", help="run each so many times (default: 1)"
    )
    _add_expose(parser)
    parser.add_argument("--json", action="store_true", help="for other programs")
    return parser


def _compare_parser() -> _CommandParser:
    parser = _CommandParser(
        prog="walkthrough compare",
        description="Lay the system calls of two runs beside each other, stage by stage. Each is a "
        "recording, a log of strace's or a scenario; one scenario alone is run under strace as "
        "well. Exit status 0 the same, 1 different, 2 could not compare.",
    )
    parser.add_argument("one", metavar="A", help="a scenario, a recording or a log of strace's")
    parser.add_argument("other", metavar="B", nargs="?", help="the same; what A is compared with")
    _add_server(parser)
    _add_expose(parser)
    parser.add_argument(
        "--log", metavar="FILE", help="keep strace's log there, where a scenario is run under it"
    )
    _add_writing(parser)
    parser.add_argument(
        "--all", action="store_true", help="show polls and what only one side can hold, too"
    )
    parser.add_argument("--json", action="store_true", help="for other programs")
    return parser


def _add_writing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--force", action="store_true", help="replace a file that is there (never the one read)"
    )
    parser.add_argument(
        "--mode",
        type=_mode,
        metavar="MODE",
        help="the new file's permissions, as chmod has them: 644 for what is to be handed out "
        "(default: 600, and no more than what is read has)",
    )


def _add_payload(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--no-payload",
        dest="payload",
        action="store_false",
        help="leave out what was read and written, sent and printed; its length stays",
    )


def _mode(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) in (3, 4):
        with contextlib.suppress(ValueError):
            if (mode := int(text, 8)) <= 0o777:
                return mode
    raise argparse.ArgumentTypeError(f"{text!a} is no mode such as 644, 640 or 600")


def _count(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else 0
    if not 1 <= number <= 1000:
        raise argparse.ArgumentTypeError(f"{text!a} is no number from 1 to 1000")
    return number


def _export_parser() -> _CommandParser:
    parser = _CommandParser(
        prog="walkthrough export", description="Write a recording in another format."
    )
    parser.add_argument("recording", metavar="FILE", help="a recording")
    from walkthrough.export.registry import formats

    known = formats()
    parser.add_argument(
        "--to",
        **_one_of(*known),
        required=True,
        help="; ".join(f"{name}: {each.summary}" for name, each in known.items()).replace(
            "%", "%%"
        ),
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        default="-",
        help="where to write it; - is standard output, the default",
    )
    _add_writing(parser)
    _add_payload(parser)
    return parser


def _scenarios_parser() -> _CommandParser:
    parser = _CommandParser(prog="walkthrough scenarios", description="List the scenarios.")
    parser.add_argument("--json", action="store_true", help="for other programs")
    _add_language(parser)
    return parser


def _doctor_parser() -> _CommandParser:
    return _CommandParser(
        prog="walkthrough doctor",
        description="Say what this machine can do, and how to get what is missing. Exit status 0 "
        "if the Go server can be traced here, 1 if only the instrumented server can run.",
    )


_PARSERS: dict[str, Callable[[], _CommandParser]] = {
    "record": _record_parser,
    "check": _check_parser,
    "compare": _compare_parser,
    "export": _export_parser,
    "scenarios": _scenarios_parser,
    "doctor": _doctor_parser,
}


def is_of_screen(arguments: Sequence[str]) -> bool:
    """Return whether the words are those of the command that shows the screen."""
    return not arguments or arguments[0] not in _PARSERS


def parse(arguments: list[str]) -> Callable[[], int]:
    """Find the command and return it, ready to be called.

    Raises:
        UsageError: The arguments are not a command.
    """
    name = "" if is_of_screen(arguments) else arguments[0]
    if name:
        options = _PARSERS[name]().parse_args(arguments[1:])
    else:
        options = _show_parser().parse_args(arguments)
    from walkthrough.cli import commands

    return partial(getattr(commands, name or "show"), options)
