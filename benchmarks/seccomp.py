"""What a seccomp filter saves where most calls are of no interest, side by side in one run.

``dd bs=1`` copies 20,000 bytes (40,000 calls, none of which is captured): bare, under ``strace -f``
and ``strace -f --seccomp-bpf`` with the same calls, and under the tracer without a filter and with
one. Prints wall time as ratios.

    python benchmarks/seccomp.py [--bytes 20000] [--rounds 5]
"""

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from walkthrough.capture.decode.calls import NAMES

TRANSFER = frozenset({"read", "write", "close", "openat", "fcntl", "dup2"})
"""Calls that are captured elsewhere, and that ``dd`` makes."""
FOLLOWED = sorted(set(NAMES) - TRANSFER)
CAPTURE = """
import sys, time
from pathlib import Path
from walkthrough.capture.decode.calls import calls_here
from walkthrough.capture.ptrace.tracer import PtraceTracer

filtered, names, command = sys.argv[1] == "filtered", sys.argv[2].split(","), sys.argv[3:]
follow = {number: call for number, call in calls_here().items() if call.name in names}
tracer = PtraceTracer(follow=follow, filtered=filtered)
tracer.start(Path(command[0]), command)
began = time.perf_counter()
for stop in tracer.stops():
    if stop.held:
        tracer.resume(stop.thread)
print(time.perf_counter() - began)
tracer.kill()
"""


def seconds(command: list[str]) -> float:
    """Return how long a command takes; the tracer says itself how long its program took."""
    began = time.perf_counter()
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    return float(done.stdout or time.perf_counter() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bytes", type=int, default=20000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    dd = shutil.which("dd") or "/bin/dd"
    copies = [dd, "if=/dev/zero", "of=/dev/null", "bs=1", f"count={options.bytes}"]
    start = [dd, "if=/dev/zero", "of=/dev/null", "bs=1", "count=0"]
    names = ",".join(FOLLOWED)
    trace = [sys.executable, "-c", CAPTURE]
    ways: dict[str, list[str]] = {"bare": []}
    with tempfile.NamedTemporaryFile(suffix=".strace") as log:
        if strace := shutil.which("strace"):
            ways["strace -f"] = [strace, "-f", "-o", log.name, "-e", f"trace={names}"]
            ways["strace -f --seccomp-bpf"] = [*ways["strace -f"], "--seccomp-bpf"]
        ways["walkthrough"] = [*trace, "all", names]
        ways["walkthrough, seccomp"] = [*trace, "filtered", names]
        times: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(options.rounds):
            for way, before in ways.items():
                # What it takes to begin is not what is compared.
                times[way].append(seconds([*before, *copies]) - seconds([*before, *start]))
    bare = statistics.median(times["bare"])
    print(f"{options.bytes} bytes one by one, median of {options.rounds} rounds")
    for way, taken in times.items():
        middle = statistics.median(taken)
        print(f"{way:28}{middle:7.3f} s {middle / bare:7.2f}x bare")


if __name__ == "__main__":
    main()
