"""What opening a recording and moving in it cost on the screen, sizes side by side.

Runs the real program in a pseudo-terminal and reads its CPU time and memory from the kernel. To
reach: the first picture of 100,000 events after 1 s; of 1,000,000 after 2.5 s, with at most 600 MB
at any time; 30 ms of CPU for a step forward, a step back, and a jump to anywhere; less than 1 % of
a CPU while nobody does anything. Exit status 1 if one is missed.

A virtual machine's CPU is now fast, now slow. So a loop that always does the same is timed before
and after each key, and what the key cost is given as it was and, "steadied", by what the loop took
at its fastest; the figure counts for the steadied cost.

    python benchmarks/screen_step.py [--events 100000 1000000] [--steps 60] [--shipped]
"""

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from step_cost import story
from terminal import Terminal
from walkthrough.model.events import Header
from walkthrough.recording.file import RecordingWriter
from walkthrough.tui.widgets.actions import ACTIONS

RIGHT, LEFT, END, HOME = b"\x1b[C", b"\x1b[D", b"\x1b[F", b"\x1b[H"
SHIPPED = Path(__file__).parents[1] / "scenarios" / "first-connection" / "recording.jsonl"
SIZES = ((40, 120), (24, 80))
CAN_GO_TO = any("g" in action.keys for action in ACTIONS)
MOST_CPU, MOST_IDLE, MOST_BYTES = 0.030, 0.01, 600e6
MOST_SECONDS = {100_000: 1.0, 1_000_000: 2.5}


class Figures:
    """Prints what was measured, and remembers whether anything was missed."""

    def __init__(self) -> None:
        self.missed = False

    def steps(self, what: str, costs: "list[Cost]") -> None:
        """Print what several presses of a key cost."""
        fastest = min(cost.loop for cost in costs)
        as_they_were = _spread([cost.cpu for cost in costs])
        steadied = [cost.cpu * fastest / cost.loop for cost in costs]
        self._print(
            what,
            f"{as_they_were} ms CPU; steadied {_spread(steadied)}",
            max(steadied) > MOST_CPU,
        )

    def tell(self, what: str, said: str) -> None:
        """Print what has no figure to reach."""
        self._print(what, said, False)

    def one(self, what: str, said: str, value: float, most: float) -> None:
        """Print one figure."""
        self._print(what, said, value > most)

    def _print(self, what: str, said: str, missed: bool) -> None:
        self.missed |= missed
        print(f"  {what:26}{said}{'   MISSED' if missed else ''}", flush=True)


class Cost(NamedTuple):
    """Seconds of CPU that a key cost, and that the loop took meanwhile."""

    cpu: float
    loop: float


def _spread(seconds: list[float]) -> str:
    thousandths = sorted(1000 * one for one in seconds)
    high = thousandths[int(len(thousandths) * 0.95)]
    return f"{statistics.median(thousandths):5.1f} (95 % {high:5.1f}, worst {thousandths[-1]:5.1f})"


def loop() -> float:
    """Return the seconds of CPU that a loop takes which always does the same."""
    began = time.process_time()
    total = 0
    for number in range(30_000):
        total += number * number
    return time.process_time() - began


def made(count: int, folder: str) -> Path:
    """Write a recording of so many events."""
    path = Path(folder, f"{count}.jsonl")
    with RecordingWriter(path, Header(server="go", go_version="go1.27.3")) as writer:
        for event in story(count, 10):
            writer.write(event)
    return path


def costs(terminal: Terminal, keys: Iterator[bytes]) -> list[Cost]:
    """Return what each of some keys costs."""
    taken = []
    loops = loop()
    for key in keys:
        before = terminal.cpu()
        terminal.press(key)
        terminal.settle()
        cpu = terminal.cpu() - before
        again = loop()
        taken.append(Cost(cpu, (loops + again) / 2))
        loops = again
    return taken


def times(count: int, key: bytes) -> Iterator[bytes]:
    """Yield a key so many times."""
    return (key for _ in range(count))


def drag(rows: int) -> Iterator[bytes]:
    """Yield a drag along the last row but one of the screen, where the timeline is."""
    yield b"\x1b[<0;10;%dM" % (rows - 1)
    for column in range(12, 72, 3):
        yield b"\x1b[<32;%d;%dM" % (column, rows - 1)
    yield b"\x1b[<0;72;%dm" % (rows - 1)


def opening(terminal: Terminal, count: int, figures: Figures) -> None:
    """Measure from the command until all has been read, and keys that are pressed meanwhile."""
    seconds = terminal.wait_for(b"resolveAddrList")
    most = MOST_SECONDS.get(count, 2.5)
    figures.one("first picture", f"{seconds:.2f} s, {terminal.cpu():.2f} s CPU", seconds, most)
    terminal.rest(0.2)
    reading = until_drawn(terminal)
    terminal.press(END)
    seconds = terminal.wait_for(b"event %d/%d" % (count, count))
    figures.tell("all has been read", f"{seconds:.2f} s, {terminal.cpu():.2f} s CPU")
    terminal.settle(1.0)
    terminal.press(HOME)
    terminal.settle(1.0)
    resting = until_drawn(terminal)
    terminal.press(END)
    terminal.settle(1.0)
    figures.tell(
        "a step till it is drawn",
        f"median {reading[0]:.0f}  max {reading[1]:.0f} ms while it reads, "
        f"median {resting[0]:.0f}  max {resting[1]:.0f} ms then",
    )


def until_drawn(terminal: Terminal) -> tuple[float, float]:
    """Step from the first event; return the milliseconds until it is on the screen."""
    waits = []
    for number in range(2, 22):
        waits.append(terminal.time_to(RIGHT, b"event %d/" % number) * 1000)
        terminal.rest(0.1)
    return statistics.median(waits), max(waits)


def moving(terminal: Terminal, count: int, steps: int, rows: int, figures: Figures) -> None:
    """Measure steps near the end, and jumps, on a screen of so many rows."""
    terminal.settle(1.0)
    figures.steps("back, never seen", costs(terminal, times(steps, LEFT)))
    figures.steps("forward", costs(terminal, times(steps, RIGHT)))
    figures.steps("back again", costs(terminal, times(steps, LEFT)))
    figures.steps("Home and End", costs(terminal, iter([HOME, END] * 5)))
    figures.steps("a stage back", costs(terminal, times(10, b"b")))
    figures.steps("a stage forward", costs(terminal, times(10, b"n")))
    if CAN_GO_TO:
        picker = random.Random(1)
        taken: list[Cost] = []
        for _ in range(20):
            terminal.press(b"g")
            terminal.settle()
            terminal.press(b"%d" % picker.randrange(1, count))
            terminal.settle()
            taken += costs(terminal, iter([b"\r"]))
        figures.steps("go to a number", taken)
    figures.steps("dragging the timeline", costs(terminal, drag(rows)))


def resting(terminal: Terminal, figures: Figures) -> None:
    """Measure what the program does while nobody does anything, and what it holds."""
    terminal.settle(2.0)
    before = terminal.cpu()
    terminal.rest(5.0)
    idle = (terminal.cpu() - before) / 5.0
    figures.one("idle", f"{idle:.2%} of a CPU", idle, MOST_IDLE)
    peak = terminal.peak()
    figures.one("memory", f"{peak / 1e6:.0f} MB at most", peak, MOST_BYTES)


def measure(recording: Path, count: int, steps: int, size: tuple[int, int], name: str) -> bool:
    """Print all figures for one recording; return whether one was missed."""
    figures = Figures()
    print(f"{name}, {size[1]}x{size[0]}", flush=True)
    command = [sys.executable, "-m", "walkthrough", str(recording)]
    with Terminal(command, size) as terminal:
        opening(terminal, count, figures)
        moving(terminal, count, steps, size[0], figures)
        resting(terminal, figures)
    return figures.missed


def first_time(steps: int) -> bool:
    """Print what it costs to walk through the shipped recording for the first time."""
    figures = Figures()
    print("first-connection, 120x40, from the start")
    with Terminal([sys.executable, "-m", "walkthrough", str(SHIPPED)], SIZES[0]) as terminal:
        terminal.wait_for(b"resolveAddrList")
        terminal.settle(1.0)
        figures.steps("forward, never seen", costs(terminal, times(steps, RIGHT)))
        figures.steps("back", costs(terminal, times(steps, LEFT)))
    return figures.missed


def main() -> int:
    """Measure; return 1 if a figure is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, nargs="*", default=[100_000, 1_000_000])
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--shipped", action="store_true", help="only the shipped recording")
    options = parser.parse_args()
    missed = False
    with tempfile.TemporaryDirectory() as folder:
        for count in [] if options.shipped else options.events:
            recording = made(count, folder)
            for size in SIZES:
                missed |= measure(recording, count, options.steps, size, f"{count:,} events")
            recording.unlink()
    return int(missed | first_time(options.steps))


if __name__ == "__main__":
    sys.exit(main())
