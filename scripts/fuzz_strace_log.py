"""Mutates logs of strace's and uses each: nothing may raise, lose a line, or take too long.

Each is parsed, turned into events and folded to the end, and compared with what it was made of.

    strace -f -o LOG PROGRAM
    python scripts/fuzz_strace_log.py LOG [LOG ...] [--seconds 600] [--seed 1]

Mutations are seeded: a finding can be made again by its seed, and is written beside the log that it
was made of. Ends with status 1 if there was one.
"""

import argparse
import random
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from walkthrough.compare.align import compare
from walkthrough.compare.beside import Beside
from walkthrough.compare.sides import of_log
from walkthrough.compare.table import summary, table
from walkthrough.notation.safe import printable
from walkthrough.replay.history import History
from walkthrough.strace_log.arguments import label, plain, split
from walkthrough.strace_log.events import to_events
from walkthrough.strace_log.log import Log, LogError, parse

_LINES = 60
_SECONDS_PER_MEGABYTE = 20.0
_LEAST_SECONDS = 0.5
_PIECES = (
    b" <unfinished ...>", b"<... ", b" resumed>", b") = ", b"(", b")", b"[", b"]", b"{", b"}", b'"',
    b"\\", b"\\\"", b"'", b"/*", b"*/", b"<", b">", b"->", b"<<", b",", b", ", b"=", b"?", b"\0",
    b"\n", b"\r\n", b"\xff\xfe", b"\xe2\x80\xa8", b"\x1b[31m", b"[pid 7] ", b"77 ", b"12:00:00 ",
    b"0.000001 ", b"99999999999999999999", b" > a(b+0x1) [0x1]", b"+++ exited with 0 +++",
    b"+++ superseded by execve in pid 7 +++", b"--- SIGURG ---", b"strace: Process 7 attached",
    b" <detached ...>", b" <pid changed to 7 ...>", b" <0.000001>", b"(INJECTED)", b"\xd9\xa3",
)  # fmt: skip

Mutation = Callable[[random.Random, bytearray], None]


def cut(chance: random.Random, data: bytearray) -> None:
    """Take some bytes out."""
    at, length = _span(chance, data)
    del data[at : at + length]


def double(chance: random.Random, data: bytearray) -> None:
    """Repeat some bytes."""
    at, length = _span(chance, data)
    data[at:at] = data[at : at + length] * chance.choice((1, 2, 30))


def flip(chance: random.Random, data: bytearray) -> None:
    """Put other bytes in the place of some."""
    for _ in range(chance.randint(1, 8)):
        data[chance.randrange(len(data))] = chance.randrange(256)


def insert(chance: random.Random, data: bytearray) -> None:
    """Insert pieces of the grammar, and what is none of it."""
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(data) + 1)
        data[at:at] = chance.choice(_PIECES) * chance.choice((1, 1, 1, 2, 50))


def splice(chance: random.Random, data: bytearray) -> None:
    """Move some bytes elsewhere."""
    at, length = _span(chance, data)
    piece = data[at : at + length]
    to = chance.randrange(len(data) + 1)
    data[to : to + chance.randrange(length + 1)] = piece


def swap_lines(chance: random.Random, data: bytearray) -> None:
    """Put the lines in another order."""
    lines = data.splitlines(keepends=True)
    chance.shuffle(lines)
    data[:] = b"".join(lines)


def end_early(chance: random.Random, data: bytearray) -> None:
    """Cut the log off."""
    del data[chance.randrange(len(data)) :]


MUTATIONS: tuple[Mutation, ...] = (cut, double, flip, insert, splice, swap_lines, end_early)


def _span(chance: random.Random, data: bytearray) -> tuple[int, int]:
    at = chance.randrange(len(data))
    return at, chance.randint(1, chance.choice((1, 4, 40, 400)))


def mutated(chance: random.Random, lines: list[bytes]) -> tuple[bytes, bytes]:
    """Return some lines of a log, as they are and changed in up to six ways."""
    at = chance.randrange(len(lines))
    original = b"".join(lines[at : at + chance.randint(1, _LINES)])
    data = bytearray(original)
    for _ in range(chance.randint(1, 6)):
        if data:
            chance.choice(MUTATIONS)(chance, data)
    return original, bytes(data)


def lost(log: Log, lines: list[bytes]) -> list[int]:
    """Return the numbers of lines that hold something, and of which the log tells nothing."""
    told = {number for call in log.calls for number in (call.line, call.end)}
    told.update(other.line for other in log.others)
    return [at for at, line in enumerate(lines, 1) if line.strip(b"\r\n") and at not in told]


def finding(original: bytes, data: bytes) -> str:
    """Use a log; return what went wrong, or ""."""
    lines = as_lines(data)
    began = time.thread_time()
    try:
        log = parse(lines)
        for call in log.calls:
            for text in (*split(call.arguments), call.result):
                plain(text)
                label(text)
        remarks = " ".join(log.remarks)
        read = time.thread_time() - began
        shown = "".join(use(log, parse(as_lines(original))))
    except Exception as error:
        return f"raised {error!r}"
    took = time.thread_time() - began
    if gone := lost(log, lines):
        return f"lost lines {gone[:5]}"
    allowed = _LEAST_SECONDS + len(data) / 2**20 * _SECONDS_PER_MEGABYTE
    if read > allowed or took > 4 * allowed:
        return f"took {read:.1f} s to read, {took:.1f} s in all, for {len(data)} bytes"
    return "" if printable(remarks + shown) == remarks + shown else "texts that are not printable"


def as_lines(data: bytes) -> list[bytes]:
    """Return bytes line by line, ends included."""
    lines = [line + b"\n" for line in data.split(b"\n")]
    lines[-1] = lines[-1][:-1]
    return [line for line in lines if line]


def use(log: Log, original: Log) -> Iterator[str]:
    """Do with a log what the commands do; give what is shown."""
    try:
        history = History.of(*to_events(log))
        history.world(len(history) - 1)
    except LogError:
        pass  # no socket in it
    comparison = compare(of_log(original, "original"), of_log(log, "mutated"))
    yield from (line.text for line in table(comparison, 100, everything=True))
    yield from (printable(text) for text in summary(comparison))
    yield from (printable(line.text) for line in Beside(comparison, log.others).lines)


def main() -> int:
    """Read mutated logs until the time is over; return 1 if there was a finding."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("logs", metavar="LOG", nargs="+", type=Path)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    logs = [(log, log.read_bytes().splitlines(keepends=True)) for log in options.logs]
    end = time.monotonic() + options.seconds
    seed, findings, size = options.seed, 0, 0
    while time.monotonic() < end:
        chance = random.Random(seed)
        log, lines = chance.choice(logs)
        original, data = mutated(chance, lines) if lines else (b"", b"")
        size += len(data)
        if found := finding(original, data):
            findings += 1
            kept = log.with_name(f"{log.name}.finding-{seed}")
            kept.write_bytes(data)
            print(f"seed {seed}: {printable(found)[:200]}; see {kept}", flush=True)
        seed += 1
    inputs = seed - options.seed
    print(f"{inputs} inputs of {size >> 20} MiB in {options.seconds:.0f} s: {findings} findings")
    return int(findings > 0)


if __name__ == "__main__":
    sys.exit(main())
