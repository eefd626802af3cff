"""Attaches to a Go server under load, traces it and leaves it, a thousand times, and compares.

After every round the program's text, its mappings and its signals' handlers are compared with what
they were, and at the end the actions of all signals as well. Clients connect all the time.

    python benchmarks/attach_rounds.py [--rounds 1000] [--gc 100] [--seconds 0.05] [--quiet]
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from attach_load import LoadedServer, build, objections, state_of

TRACER = str(Path(__file__).with_name("attach_tracer.py"))
COUNTED = ("stops", "stepped_back", "queued", "changed_bytes")


class Rounds(NamedTuple):
    """What rounds have shown.

    Attributes:
        done: What each said, see `attach_tracer.one_round`.
        differences: What was not as before, in words.
    """

    done: list[dict[str, Any]]
    differences: list[str]


def start_tracer(pid: int, seconds: float, *more: int) -> "subprocess.Popen[str]":
    """Start the process that attaches, and wait until it is about to."""
    tracer = subprocess.Popen(
        [sys.executable, TRACER, str(pid), str(seconds), *map(str, more)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert tracer.stdout is not None
    assert tracer.stdout.readline().startswith("ready"), "the tracer did not start"
    return tracer


def attach_again_and_again(server: LoadedServer, rounds: int, seconds: float) -> Rounds:
    """Attach ``rounds`` times; stop early if the server has ended."""
    found = Rounds([], [])
    before = state_of(server.pid, with_actions=True)
    with start_tracer(server.pid, seconds) as tracer:
        assert tracer.stdin is not None
        assert tracer.stdout is not None
        for number in range(rounds):
            tracer.stdin.write("\n")
            tracer.stdin.flush()
            said = tracer.stdout.readline()
            if not said or not server.runs:
                found.differences.append(f"round {number}: {server.process.poll()}, {said!r}")
                break
            found.done.append(json.loads(said))
            now = state_of(server.pid)
            if now != before._replace(actions=b""):
                found.differences.append(f"round {number}: {differing(before, now)}")
            found.differences.extend(f"round {number}: {each}" for each in objections(server.pid))
        tracer.stdin.close()
    if server.runs and state_of(server.pid, with_actions=True) != before:
        found.differences.append("at the end it is not as it was")
    return found


def differing(before: NamedTuple, now: NamedTuple) -> str:
    """Say in what two states differ."""
    pairs = zip(before._fields, before, now, strict=True)
    return ", ".join(name for name, was, is_now in pairs if was != is_now and name != "actions")


def percentile(values: list[float], part: float) -> float:
    """Return the value that ``part`` of all values do not exceed."""
    return sorted(values)[min(int(part * len(values)), len(values) - 1)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--gc", default="100", help="GOGC of the server")
    parser.add_argument("--seconds", type=float, default=0.05, help="how long each round traces")
    parser.add_argument("--quiet", action="store_true", help="without clients: to measure pauses")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        program = build(Path(folder))
        command, clients = [str(program), "127.0.0.1:0"], 0 if options.quiet else 3
        with LoadedServer(command, clients, 0.002, GOGC=options.gc) as server:
            found = attach_again_and_again(server, options.rounds, options.seconds)
            server.stop_clients()
            died = not server.runs
    print(f"{len(found.done)} rounds, {found.done[0]['breakpoints']} breakpoints, died: {died}")
    print(f"{server.served} clients served, {len(server.failures)} failed: {server.failures[:5]}")
    print(f"slowest client {server.slowest:.2f} s; differences: {found.differences[:5] or 'none'}")
    for name in ("attach_ms", "pause_ms", "detach_ms"):
        values = [each[name] for each in found.done]
        print(
            f"{name}: median {statistics.median(values):.1f}, 99 % {percentile(values, 0.99):.1f}, "
            f"most {max(values):.1f}"
        )
    counted = Counter[str]()
    for each in found.done:
        counted.update({name: each[name] for name in COUNTED})
    last = found.done[-1]
    print(dict(counted), {name: last[name] for name in ("unprotected", "left_behind")})
    if died or server.failures or found.differences:
        sys.exit(1)


if __name__ == "__main__":
    main()
