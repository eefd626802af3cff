"""What one key press costs on the screen, with recordings of different sizes side by side.

Runs the real program in a pseudo-terminal and reads its CPU time from the kernel. The figure to
reach is 30 ms of CPU a step, forward or back, with 100,000 events loaded.

    python benchmarks/screen_step.py [--events 100000] [--steps 60]
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from step_cost import story
from terminal import Terminal
from walkthrough.model.events import Header
from walkthrough.recording.file import Writer

RIGHT, LEFT = b"\x1b[C", b"\x1b[D"
SHIPPED = Path(__file__).parents[1] / "scenarios" / "first-connection" / "recording.jsonl"


def measure(recording: Path, steps: int, size: tuple[int, int]) -> dict[str, list[float]]:
    """Return the CPU seconds of each step, forward and back."""
    command = [sys.executable, "-m", "walkthrough", str(recording)]
    with Terminal(command, size) as terminal:
        terminal.wait_for(b"resolveAddrList")
        terminal.settle(0.5)
        if recording != SHIPPED:
            terminal.press(b"G")  # to the end, so that there is much behind
            terminal.settle(3.0)
            for _ in range(steps):
                terminal.press(LEFT)
            terminal.settle(1.0)
        costs: dict[str, list[float]] = {}
        for name, key in (("forward", RIGHT), ("back", LEFT), ("forward again", RIGHT)):
            costs[name] = []
            for _ in range(steps):
                before = terminal.cpu()
                terminal.press(key)
                terminal.settle()
                costs[name].append(terminal.cpu() - before)
        return costs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--steps", type=int, default=60)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        large = Path(folder) / "large.jsonl"
        with Writer(large, Header(server="go", go_version="go1.27.3")) as writer:
            for event in story(options.events, 10):
                writer.write(event)
        for name, recording in ((f"{options.events:,} events", large), ("shipped", SHIPPED)):
            for size in ((40, 120), (24, 80)):
                for way, costs in measure(recording, options.steps, size).items():
                    milliseconds = sorted(cost * 1000 for cost in costs)
                    middle = statistics.median(milliseconds)
                    high = milliseconds[int(len(milliseconds) * 0.95)]
                    print(
                        f"{name:16}{size[1]:4}x{size[0]:<4}{way:15}"
                        f"median {middle:5.1f}  p95 {high:5.1f}  max {milliseconds[-1]:5.1f} ms"
                    )


if __name__ == "__main__":
    main()
