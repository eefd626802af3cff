"""What reading and comparing large logs costs: time, memory, and how both grow.

    python benchmarks/strace_log.py [LINES]

A real server is traced once with strace(1), and its connections are repeated until the log has
LINES lines (1,000,000 by default), with other ports each time. Each measurement is a process of its
own, CPU time and the most memory it ever held. One line with a string of 10 MB is measured beside
ten with 1 MB each, for strings of several kinds. To reach: a million lines parsed in 12 s and
1.5 GB, two of a million compared in 60 s and 1.2 GB; ten times the lines at near-linear cost. Exit
status 1 if one of the first is missed, or a line costs more than twice as much in the long log as
in the short one, or a byte in the one line
more than twice what it costs in the ten. Needs strace.
"""

import os
import re
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from time import process_time

from walkthrough.capture.environment.server_kind import ServerKind
from walkthrough.capture.strace import run as strace_run
from walkthrough.cli.output import Printer
from walkthrough.compare.align import compare
from walkthrough.compare.inputs import of_log
from walkthrough.compare.table import table
from walkthrough.i18n.catalogue import catalogue
from walkthrough.scenario.loader import load as load_scenario
from walkthrough.strace_log.events import to_events
from walkthrough.strace_log.log import load, parse

MOST_GROWTH = 2.0
LINES = 1_000_000
STRINGS = {
    "letters": b"a",
    "escapes": b"\\377",
    "quotes": b'\\"',
    "ends of calls": b") = 3 <",
    "brackets": b"[({",
    "comments": b"/* ",
    "addresses": b"sin_addr=inet_addr(",
}
STRING_BYTES = 10_000_000
_CLIENT_PORT = re.compile(rb"htons\((\d{5})\)")


def traced(path: Path) -> list[bytes]:
    """Trace a scenario with strace; return the log's lines."""
    strace_run.run(load_scenario("first-connection"), ServerKind.PYTHON, path, lambda _: None)
    return path.read_bytes().splitlines(keepends=True)


def repeated(lines: list[bytes], count: int, path: Path) -> Path:
    """Write a log of ``count`` lines: the first accept and what follows it, over and over."""
    begin = next(at for at, line in enumerate(lines) if b" accept4(" in line)
    with open(path, "wb") as out:
        out.writelines(lines[:begin])
        body, written, port = lines[begin:], begin, 20000
        while written < count:
            port = 20000 + (port + 1) % 40000
            other = _CLIENT_PORT.sub(b"htons(%d)" % port, b"".join(body[: count - written]))
            out.write(other)
            written += min(len(body), count - written)
    return path


def with_strings(lines: list[bytes], fill: bytes, count: int, path: Path) -> Path:
    """Write a log with ``count`` strings, `STRING_BYTES` in all."""
    string = fill * (STRING_BYTES // count // len(fill))
    with open(path, "wb") as out:
        out.writelines(lines)
        for number in range(count):  # equal ones would be looked at once
            out.write(b'1 write(1, "%d ' % number + string + b'", 9) = 9\n')
    return path


def using(path: Path) -> None:
    """Read one log, make its events and compare it with itself."""
    log = load(path)
    for _ in to_events(log)[1]:
        pass
    compare(of_log(log), of_log(log))


def parsing(path: Path) -> None:
    """Read one log."""
    load(path)


def opening(path: Path) -> None:
    """Read one log and make its events."""
    for _ in to_events(load(path))[1]:
        pass


def comparing(path: Path) -> None:
    """Compare one log with itself, less some lines, and print all of it for a file."""
    log = load(path)
    with open(path, "rb") as file:
        fewer = parse([line for at, line in enumerate(file) if at % 1000], "fewer")
    comparison = compare(of_log(log), of_log(fewer))
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        printer = Printer()
        printer.file = nowhere
        for line in table(comparison, printer.width, catalogue("en")):
            printer.uncut(line.text)


MOST: dict[Callable[[Path], None], tuple[float, float]] = {
    parsing: (12.0, 1.5e9),
    comparing: (60.0, 1.2e9),
}
"""CPU seconds and bytes that a million lines may take."""


def _measured(work: Callable[[Path], None], path: Path, answer: object) -> None:
    began = process_time()
    work(path)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    answer.put((process_time() - began, most))  # type: ignore[attr-defined]


def measured(work: Callable[[Path], None], path: Path) -> tuple[float, int]:
    """Return CPU seconds and the most bytes held, of a fresh process."""
    context = get_context("spawn")
    answer = context.Queue()
    process = context.Process(target=_measured, args=(work, path, answer))
    process.start()
    result: tuple[float, int] = answer.get()
    process.join()
    return result


def main() -> int:
    """Measure; return 1 if a figure is missed."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else LINES
    missed = False
    with tempfile.TemporaryDirectory() as folder:
        lines = traced(Path(folder, "traced"))
        short = repeated(lines, count // 10, Path(folder, "short"))
        long = repeated(lines, count, Path(folder, "long"))
        version = subprocess.run(["strace", "-V"], capture_output=True, text=True, check=True)
        print(f"{version.stdout.splitlines()[0]}; {count // 10:,} and {count:,} lines")
        for work in (parsing, opening, comparing):
            few, _ = measured(work, short)
            many, most = measured(work, long)
            growth = many / few / 10
            print(
                f"{work.__name__:<10} {few:6.2f} s  {many:6.2f} s, {most / 1e6:5.0f} MB;"
                f" a line costs {growth:.2f}x as much"
            )
            missed |= growth > MOST_GROWTH
            seconds, size = MOST.get(work, (many, most))
            missed |= many > seconds or most > size
        for kind, fill in STRINGS.items():
            ten, _ = measured(using, with_strings(lines, fill, 10, Path(folder, "ten")))
            one, most = measured(using, with_strings(lines, fill, 1, Path(folder, "one")))
            print(
                f"a string of 10 MB, {kind:<14} {ten:6.2f} s in ten  {one:6.2f} s in one,"
                f" {most / 1e6:5.0f} MB; a byte costs {one / ten:.2f}x as much"
            )
            missed |= one / ten > MOST_GROWTH
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
