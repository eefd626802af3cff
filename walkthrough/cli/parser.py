"""The parser of the command line, made with argparse. Runs nothing itself."""

import argparse
import contextlib
from collections.abc import Callable
from functools import partial

from walkthrough import __version__
from walkthrough.cli.argparse_texts import argparse_in
from walkthrough.cli.errors import UsageError
from walkthrough.formatting.terminal import show
from walkthrough.i18n.catalogue import Catalogue, languages

TYPE_CHECKING = False
if TYPE_CHECKING:  # `typing` would be imported for ``--version`` by this module alone
    from typing import NoReturn, TypedDict

    class _ChoiceSettings(TypedDict):
        """What `add_argument` takes for an option that has one of several values."""

        type: Callable[[str], str]
        metavar: str


SERVERS = ("auto", "go", "python")

_COMMAND_COLUMN = 39
_MARGIN = 4
"""Columns that help leaves free: argparse counts the characters of what usage begins with."""
_PAGE = 80
"""Columns of the help's last part, which is not a paragraph."""


def _overview(tr: Catalogue) -> str:
    """Return the list of all commands."""
    commands = (
        (
            "[SCENARIO | RECORDING | LOG]",
            tr("step through it on the screen; alone: home, which lists what there is"),
        ),
        ("scenarios", tr("list the scenarios")),
        ("record SCENARIO -o FILE", tr("run one unattended and write the recording")),
        ("trace -- PROGRAM [ARG ...]", tr("trace a program of your own, launched or running (-p)")),
        ("check [SCENARIO ...]", tr("run them and hold each against what it promises")),
        ("lab [NAME]", tr("write the program yourself, and have it held to promises")),
        ("compare A [B]", tr("compare a run with strace, or two runs")),
        ("export FILE --to json", tr("write a recording in another format")),
        ("progress", tr("what was learned, which is kept on this machine alone")),
        ("doctor", tr("what this machine can do, and how to get the rest")),
    )
    lines = [tr("commands:")]
    for words, does in commands:
        start = f"  walkthrough {words}"
        first, *rest = _wrapped(does, _PAGE - _COMMAND_COLUMN)
        if len(start) < _COMMAND_COLUMN:
            lines.append(f"{start:<{_COMMAND_COLUMN}}{first}")
        else:
            lines += [start, " " * _COMMAND_COLUMN + first]
        lines += [" " * _COMMAND_COLUMN + line for line in rest]
    last = tr(
        "`walkthrough COMMAND --help` explains each. A file called like a command is opened as "
        "./record."
    )
    return "\n".join((*lines, "", *_wrapped(last, _PAGE))) + "\n"


def _wrapped(text: str, width: int) -> list[str]:
    if text.isascii() and len(text) <= width:
        return [text]
    from walkthrough.formatting.line_breaks import breaks

    return [text[start:end] for start, end in breaks(text, width, width)]


class _HelpFormatter(argparse.HelpFormatter):
    """Wraps text by the cells that it takes, and keeps what is already laid out in lines."""

    def __init__(self, prog: str) -> None:
        import shutil  # brings three compressors

        super().__init__(prog, width=shutil.get_terminal_size().columns - _MARGIN)

    def _split_lines(self, text: str, width: int) -> list[str]:
        return _wrapped(" ".join(text.split()), width)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if "\n" in text:
            return text
        return "\n".join(indent + line for line in _wrapped(text, width - len(indent)))


class _CommandParser(argparse.ArgumentParser):
    """An ArgumentParser whose errors are ours: one sentence, exit status 2."""

    def __init__(
        self,
        prog: str,
        description: str,
        overview: Callable[[], str] | None = None,
    ) -> None:
        """Take what its help says; the overview below is made where help is asked for."""
        super().__init__(prog=prog, description=description, formatter_class=_HelpFormatter)
        self._overview = overview
        self.color = False  # from Python 3.14 on argparse would bring its own

    def format_help(self) -> str:
        if self._overview is not None:
            self.epilog = self._overview()
        return super().format_help()

    def error(self, said: str) -> "NoReturn":
        from walkthrough.i18n.messages import message

        command = f"{self.prog} --help"
        raise UsageError(message("{what}; see `{command}`.", what=said, command=command))

    def _print_message(self, text: str, file: object = None) -> None:
        """Print help and version."""
        show(text.removesuffix("\n"))


def _show_parser(tr: Catalogue) -> _CommandParser:
    parser = _CommandParser(
        prog="walkthrough",
        description=tr(
            "Step through what Go's net.Listen and Accept do: the source, the system calls "
            "and the kernel, side by side."
        ),
        overview=partial(_overview, tr),
    )
    parser.add_argument(
        "--version",
        action="version",
        version=f"walkthrough {__version__}",
        help=tr("show program's version number and exit"),
    )
    parser.add_argument(
        "what",
        nargs="?",
        metavar="SCENARIO | RECORDING | LOG",
        help=tr(
            "a scenario to run live, or the file of a recording, or of an strace log, to step "
            "through (default: home, where all of them are listed)"
        ),
    )
    _add_server(parser, tr, None)  # on home, what was chosen there before
    parser.add_argument(
        "--replay", action="store_true", help=tr("replay the scenario's own recording instead")
    )
    parser.add_argument(
        "--strace",
        nargs="?",
        const="",
        metavar="LOG",
        help=tr(
            "show an strace log with it, in step; without LOG the scenario is run under strace "
            "first"
        ),
    )
    parser.add_argument(
        "--document",
        metavar="FILE.md",
        help=tr(
            "show the Go blocks of a Markdown text of your own in the place of the source; "
            "remembered until another is chosen (O on the screen)"
        ),
    )
    _add_source(parser, tr)
    _add_expose(parser, tr)
    _add_packets(parser, tr)
    _add_language(parser, tr)
    return parser


def _one_of(tr: Catalogue, *allowed: str) -> "_ChoiceSettings":
    """Return the settings of an option with these values.

    Not argparse's own ``choices``, whose message is worded differently from Python 3.12 on: a
    refusal is the same everywhere, and so is its translation.
    """

    def checked(text: str) -> str:
        if text not in allowed:
            raise argparse.ArgumentTypeError(
                tr(
                    "invalid choice: {value} (choose from {choices})",
                    value=ascii(text),
                    choices=[*allowed],
                )
            )
        return text

    return {"type": checked, "metavar": "{" + ",".join(allowed) + "}"}


def _add_server(
    parser: argparse.ArgumentParser, tr: Catalogue, default: str | None = "auto"
) -> None:
    parser.add_argument(
        "--server",
        **_one_of(tr, *SERVERS),
        default=default,
        help=tr(
            "a real Go program under ptrace, the instrumented Python server, or Go where it can "
            "(default: auto)"
        ),
    )


def _add_language(parser: argparse.ArgumentParser, tr: Catalogue) -> None:
    parser.add_argument(
        "--lang",
        **_one_of(tr, *languages()),
        help=tr(
            "the language that is spoken (default: what was chosen last on the screen, else that "
            "of LANG)"
        ),
    )


def _add_expose(parser: argparse.ArgumentParser, tr: Catalogue) -> None:
    parser.add_argument(
        "--expose",
        action="store_true",
        help=tr(
            "run a server that listens on every interface on this machine's own, where others "
            "on your network can connect (default: in its own network namespace)"
        ),
    )


def _add_source(parser: argparse.ArgumentParser, tr: Catalogue) -> None:
    parser.add_argument(
        "--source",
        action="append",
        default=[],
        metavar="DIR",
        help=tr(
            "a folder with the source of a traced program: its module, or a GOROOT; looked in "
            "before where it was built and the module cache"
        ),
    )


def _add_packets(parser: argparse.ArgumentParser, tr: Catalogue) -> None:
    parser.add_argument(
        "--packets",
        action="store_true",
        help=tr(
            "capture the packets, too: server and clients run in a network namespace of their "
            "own, where nobody else can connect"
        ),
    )


def _add_slow(parser: argparse.ArgumentParser, tr: Catalogue) -> None:
    parser.add_argument(
        "--slow",
        type=partial(_slow, tr),
        default=1.0,
        metavar="FACTOR",
        help=tr(
            "multiply the scenario's limit of time, on a slow or an emulated machine (default: 1)"
        ),
    )


def _record_parser(tr: Catalogue) -> _CommandParser:
    parser = _CommandParser(
        prog="walkthrough record",
        description=tr(
            "Run a scenario unattended, its script being the client, and write down all "
            "that happens."
        ),
    )
    parser.add_argument("scenario", metavar="SCENARIO", help=tr("see `walkthrough scenarios`"))
    parser.add_argument(
        "-o",
        "--output",
        required=True,
        metavar="FILE",
        help=tr("the recording; - for standard output"),
    )
    _add_writing(parser, tr)
    _add_payload(parser, tr)
    _add_server(parser, tr)
    _add_expose(parser, tr)
    _add_packets(parser, tr)
    _add_slow(parser, tr)
    _add_language(parser, tr)
    return parser


def _trace_parser(tr: Catalogue) -> _CommandParser:
    parser = _CommandParser(
        prog="walkthrough trace",
        description=tr(
            "Trace any program that listens: on the screen, halted where it begins to listen; "
            "with -o, or without a terminal, into a recording, until it ends or Ctrl-C. A Go "
            "program's functions are shown, any other's system calls. Your program, your folder "
            "and your environment are used as they are."
        ),
    )
    parser.usage = (
        "%(prog)s [OPTION ...]\n       [--] PROGRAM [ARG ...] | -p PID"  # wrapped as argparse would
    )
    parser.add_argument(
        "-p",
        dest="pids",
        type=partial(_process, tr),
        action="append",
        default=[],
        metavar="PID",
        help=tr("a process that runs, in place of a program; it runs on afterwards"),
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help=tr("record there, without a screen; - for standard output"),
    )
    _add_writing(parser, tr)
    _add_payload(parser, tr)
    begin = parser.add_mutually_exclusive_group()
    begin.add_argument(
        "--halt",
        dest="begin",
        action="store_const",
        const="halt",
        help=tr("on the screen: halt at the first stage (default for a program)"),
    )
    begin.add_argument(
        "--run",
        dest="begin",
        action="store_const",
        const="run",
        help=tr("on the screen: let it run, and follow it; . halts it (default for -p)"),
    )
    parser.add_argument(
        "--only",
        type=partial(_scope, tr),
        default="listen",
        metavar="{listen,all,STAGE}",
        help=tr(
            "what is followed: the listening path and its connections (default: listen), every "
            "call that is known, or one stage or step, such as accept"
        ),
    )
    parser.add_argument(
        "--for",
        dest="seconds",
        type=partial(_seconds, tr),
        metavar="SECONDS",
        help=tr("end after that time"),
    )
    parser.add_argument(
        "--halt-limit",
        type=partial(_seconds, tr),
        metavar="SECONDS",
        help=tr(
            "keep it halted for at most that long, then let it run on; with -p it is detached "
            "(default: 60 with -p, else no limit)"
        ),
    )
    parser.add_argument(
        "--limit",
        type=partial(_bytes, tr),
        default=1 << 30,
        metavar="SIZE",
        help=tr("end when the recording has reached that size, such as 500M (default: 1G)"),
    )
    _add_source(parser, tr)
    _add_language(parser, tr)
    parser.add_argument(
        "words",
        nargs=argparse.REMAINDER,
        metavar="PROGRAM",
        help=tr("the program and its arguments, as in a shell"),
    )
    return parser


def _check_parser(tr: Catalogue) -> _CommandParser:
    parser = _CommandParser(
        prog="walkthrough check",
        description=tr(
            "Run scenarios unattended and hold each against what it promises. Exit status "
            "0 if all that could be run passed, 1 if one failed, 2 if none could be run."
        ),
    )
    parser.add_argument(
        "scenarios",
        nargs="*",
        metavar="SCENARIO",
        help=tr("a scenario, or a folder with a scenario.toml (default: all scenarios)"),
    )
    parser.add_argument(
        "--server",
        **_one_of(tr, "go", "python", "both"),
        default="both",
        help=tr("the server to run them under (default: %(default)s)"),
    )
    parser.add_argument(
        "--jobs",
        type=partial(_count, tr),
        metavar="N",
        help=tr("how many to run at a time (default: at most 2)"),
    )
    parser.add_argument(
        "--repeat",
        type=partial(_count, tr),
        default=1,
        metavar="N",
        help=tr("run each that many times (default: 1)"),
    )
    _add_expose(parser, tr)
    _add_packets(parser, tr)
    _add_slow(parser, tr)
    parser.add_argument("--json", action="store_true", help=tr("for other programs"))
    _add_language(parser, tr)
    return parser


def _lab_parser(tr: Catalogue) -> _CommandParser:
    parser = _CommandParser(
        prog="walkthrough lab",
        description=tr(
            "Write a small Go program, and have it run with clients and held to promises. The "
            "first time the task and a program to begin with are put down. Exit status 0 all "
            "promises kept, 1 not all, 2 could not be run."
        ),
    )
    parser.add_argument(
        "name",
        nargs="?",
        metavar="NAME",
        help=tr("the scenario that the lab belongs to (default: list the labs)"),
    )
    parser.add_argument(
        "folder",
        nargs="?",
        metavar="FOLDER",
        help=tr("the folder with your main.go (default: ./NAME)"),
    )
    parser.add_argument(
        "--predict",
        metavar="TEXT",
        help=tr("what you predict; it is asked for before the first run"),
    )
    parser.add_argument("--hint", action="store_true", help=tr("show one more hint, run nothing"))
    parser.add_argument("--json", action="store_true", help=tr("for other programs"))
    _add_language(parser, tr)
    return parser


def _compare_parser(tr: Catalogue) -> _CommandParser:
    parser = _CommandParser(
        prog="walkthrough compare",
        description=tr(
            "Compare the system calls of two runs, stage by stage. Each is a recording, an "
            "strace log or a scenario; one scenario alone is run under strace as well. Exit "
            "status 0 the same, 1 different, 2 could not compare."
        ),
    )
    parser.add_argument("one", metavar="A", help=tr("a scenario, a recording or an strace log"))
    parser.add_argument(
        "other", metavar="B", nargs="?", help=tr("the same; what A is compared with")
    )
    _add_server(parser, tr)
    _add_expose(parser, tr)
    parser.add_argument(
        "--log",
        metavar="FILE",
        help=tr("keep strace's log there, where a scenario is run under it"),
    )
    _add_writing(parser, tr)
    parser.add_argument(
        "--all", action="store_true", help=tr("show polls and what only one side can hold, too")
    )
    parser.add_argument("--json", action="store_true", help=tr("for other programs"))
    _add_language(parser, tr)
    return parser


def _add_writing(parser: argparse.ArgumentParser, tr: Catalogue) -> None:
    parser.add_argument(
        "--force", action="store_true", help=tr("replace a file that is there (never the one read)")
    )
    parser.add_argument(
        "--mode",
        type=partial(_mode, tr),
        metavar="MODE",
        help=tr(
            "the new file's permissions, as chmod has them: 644 for what is to be handed out "
            "(default: 600, and no more than what is read has)"
        ),
    )


def _add_payload(parser: argparse.ArgumentParser, tr: Catalogue) -> None:
    parser.add_argument(
        "--no-payload",
        dest="payload",
        action="store_false",
        help=tr("leave out what was read and written, sent and printed; its length stays"),
    )


SMALLEST = (80, 24)
"""Columns and rows of the smallest screen that all panes fit on."""


def _event(tr: Catalogue, text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 16:
        return int(text)
    raise argparse.ArgumentTypeError(tr("{value} is no event's number", value=ascii(text)))


def _size(tr: Catalogue, text: str) -> tuple[int, int]:
    columns, _, rows = text.partition("x")
    if all(each.isascii() and each.isdigit() and len(each) <= 3 for each in (columns, rows)):
        size = (int(columns), int(rows))
        if all(each >= least for each, least in zip(size, SMALLEST, strict=True)):
            return size
    raise argparse.ArgumentTypeError(
        tr(
            "a size is columns and rows, from {smallest} to 999x999, such as 120x40",
            smallest="x".join(map(str, SMALLEST)),
        )
    )


def _slow(tr: Catalogue, text: str) -> float:
    with contextlib.suppress(ValueError):
        if 1 <= (factor := float(text)) <= 100:
            return factor
    raise argparse.ArgumentTypeError(tr("a machine is slow by a factor from 1 to 100"))


def _pace(tr: Catalogue, text: str) -> float:
    with contextlib.suppress(ValueError):
        if 0.05 <= (seconds := float(text)) <= 60:
            return seconds
    raise argparse.ArgumentTypeError(tr("a pace is a number of seconds, from 0.05 to 60"))


def _mode(tr: Catalogue, text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) in (3, 4):
        with contextlib.suppress(ValueError):
            if (mode := int(text, 8)) <= 0o777:
                return mode
    raise argparse.ArgumentTypeError(
        tr("{value} is no mode such as 644, 640 or 600", value=ascii(text))
    )


def _count(tr: Catalogue, text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else 0
    if not 1 <= number <= 1000:
        raise argparse.ArgumentTypeError(
            tr("{value} is no number from 1 to 1000", value=ascii(text))
        )
    return number


def _process(tr: Catalogue, text: str) -> int:
    if text.isascii() and text.isdigit() and 0 < (number := int(text[:12])) < 1 << 22:
        return number
    raise argparse.ArgumentTypeError(tr("{value} is no process id", value=ascii(text)))


def _scope(tr: Catalogue, text: str) -> str:
    from walkthrough.model.stages import Stage, Step

    allowed = ("listen", "all", *Stage, *Step)
    if text in allowed:
        return text
    raise argparse.ArgumentTypeError(
        tr(
            "invalid choice: {value} (choose from {choices})",
            value=ascii(text),
            choices=[*map(str, allowed)],
        )
    )


_LONGEST_S = 1e6


def _seconds(tr: Catalogue, text: str) -> float:
    with contextlib.suppress(ValueError):
        if 0 < (seconds := float(text)) <= _LONGEST_S:
            return seconds
    raise argparse.ArgumentTypeError(tr("{value} is no number of seconds", value=ascii(text)))


_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


def _bytes(tr: Catalogue, text: str) -> int:
    digits = text.rstrip("KMGTkmgt")
    unit = _UNITS.get(text[len(digits) :].upper())
    if unit is not None and digits.isascii() and digits.isdigit() and 0 < len(digits) < 12:
        return int(digits) * unit
    raise argparse.ArgumentTypeError(tr("{value} is no size such as 500M or 2G", value=ascii(text)))


class _ExportParser(_CommandParser):
    """The parser of export: formats are only imported, for what they say, where help is asked for.

    Attributes:
        wanted: The option that names a format.
    """

    wanted: argparse.Action

    def __init__(self, tr: Catalogue) -> None:
        super().__init__(
            prog="walkthrough export", description=tr("Write a recording in another format.")
        )
        self._tr = tr

    def format_help(self) -> str:
        from walkthrough.export.registry import formats

        said = [f"{name}: {self._tr.text(each.summary)}" for name, each in formats().items()]
        self.wanted.help = "; ".join(said).replace("%", "%%")
        return super().format_help()


def _export_parser(tr: Catalogue) -> _CommandParser:
    parser = _ExportParser(tr)
    parser.add_argument(
        "recording",
        metavar="FILE|SCENARIO",
        help=tr("a recording, or a scenario for the one that comes with it"),
    )
    from walkthrough.export.registry import names

    parser.wanted = parser.add_argument("--to", **_one_of(tr, *names()), required=True)
    parser.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        default="-",
        help=tr("where to write it; - is standard output, the default"),
    )
    _add_writing(parser, tr)
    _add_payload(parser, tr)
    parser.add_argument(
        "--no-source",
        dest="source",
        action="store_false",
        help=tr("leave out the lines of source; their numbers and the notes stay"),
    )
    parser.add_argument(
        "--event",
        type=partial(_event, tr),
        metavar="N",
        help=tr("svg: the step of this event, as the screen numbers them; without it the last"),
    )
    parser.add_argument(
        "--size",
        type=partial(_size, tr),
        metavar="COLUMNSxROWS",
        help=tr("svg and cast: the size of the screen; without it 120x40"),
    )
    parser.add_argument(
        "--pace",
        type=partial(_pace, tr),
        metavar="SECONDS",
        help=tr("cast: how long a step is shown; without it 1"),
    )
    _add_language(parser, tr)
    return parser


def _scenarios_parser(tr: Catalogue) -> _CommandParser:
    from walkthrough.scenario.routes import ROUTES

    parser = _CommandParser(prog="walkthrough scenarios", description=tr("List the scenarios."))
    parser.add_argument("--json", action="store_true", help=tr("for other programs"))
    parser.add_argument(
        "--route",
        metavar="ROUTE",
        help=tr("only those of a route, in its order: {routes}", routes=tr.listed(ROUTES)),
    )
    _add_language(parser, tr)
    return parser


def _progress_parser(tr: Catalogue) -> _CommandParser:
    parser = _CommandParser(
        prog="walkthrough progress",
        description=tr(
            "Say what was learned: by scenario, topic and misconception, and what comes next. It "
            "is kept in one file of this machine, and nothing of it goes anywhere else."
        ),
    )
    parser.add_argument("--json", action="store_true", help=tr("for other programs"))
    parser.add_argument(
        "--forget",
        nargs="?",
        const=True,
        metavar="SCENARIO",
        help=tr(
            "delete what is remembered of a scenario, or all of it, and say what that was; at a "
            "terminal it asks first"
        ),
    )
    _add_language(parser, tr)
    return parser


def _doctor_parser(tr: Catalogue) -> _CommandParser:
    parser = _CommandParser(
        prog="walkthrough doctor",
        description=tr(
            "Say what this machine can do, and how to get what is missing. Exit status 0 "
            "if the Go server can be traced here, 1 if only the instrumented server can run."
        ),
    )
    _add_language(parser, tr)
    return parser


_PARSERS: dict[str, Callable[[Catalogue], _CommandParser]] = {
    "record": _record_parser,
    "trace": _trace_parser,
    "check": _check_parser,
    "compare": _compare_parser,
    "export": _export_parser,
    "lab": _lab_parser,
    "scenarios": _scenarios_parser,
    "progress": _progress_parser,
    "doctor": _doctor_parser,
}


def parse(arguments: list[str], tr: Catalogue) -> Callable[[], int]:
    """Find the command and return it, ready to be called.

    Args:
        arguments: The words of the command line.
        tr: What the command speaks.

    Raises:
        UsageError: The arguments are not a command.
    """
    name = arguments[0] if arguments and arguments[0] in _PARSERS else ""
    with argparse_in(tr):
        if name:
            options = _PARSERS[name](tr).parse_args(arguments[1:])
        else:
            options = _show_parser(tr).parse_args(arguments)
    from walkthrough.cli import commands

    return partial(getattr(commands, name or "show"), options, tr)
