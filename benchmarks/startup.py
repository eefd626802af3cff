"""How long a user waits: `walkthrough --help`, and from the command to the halted server on screen.

Each is set beside what it cannot be faster than: an interpreter that does nothing, one that imports
the screen's toolkit. Runs the screen in a pseudo-terminal of 120x40, warm (the build is cached).

    python benchmarks/startup.py [--rounds 5]
"""

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from terminal import Terminal


def timed(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - began


def until_shown(command: list[str], wanted: bytes) -> float:
    """Return the seconds from the command to ``wanted`` on its terminal."""
    with Terminal(command) as terminal:
        return terminal.wait_for(wanted)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    us = [sys.executable, "-m", "walkthrough"]
    ways: dict[str, Callable[[], float]] = {
        "python -c pass": lambda: timed([sys.executable, "-c", "pass"]),
        "walkthrough --help": lambda: timed([*us, "--help"]),
        "import textual.app": lambda: timed([sys.executable, "-c", "import textual.app"]),
        "replay to the picture": lambda: until_shown(
            [*us, "first-connection", "--replay"], b"resolveAddrList"
        ),
        "live, Go, to the halt": lambda: until_shown(
            [*us, "first-connection", "--server", "go"], b"resolveAddrList"
        ),
        "live, Python, to the halt": lambda: until_shown(
            [*us, "first-connection", "--server", "python"], b"resolveAddrList"
        ),
    }
    times: dict[str, list[float]] = {way: [] for way in ways}
    ways["live, Go, to the halt"]()  # builds, if it was not built yet
    for _ in range(rounds):
        for way, run in ways.items():
            times[way].append(run())
    base = statistics.median(times["python -c pass"])
    for way, seconds in times.items():
        middle = statistics.median(seconds)
        print(f"{way:28}{middle * 1000:8.0f} ms {middle / base:6.1f}x an empty interpreter")


if __name__ == "__main__":
    main()
