"""Kills a tracer with SIGKILL at random moments while it attaches, traces and leaves a Go server.

The server has to live on, none of its clients may fail, and once the guardian has done its work
text, mappings, signals' actions and masks have to be what they were.

With ``--steps`` it is killed at each single one of its steps instead: requests of ptrace(2),
waits and writes. Those of a whole round are counted first.

    python benchmarks/tracer_kills.py [--kills 200] [--gc 100] [--seed 0] [--steps]
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from attach_load import LoadedServer, build, objections, state_of
from attach_rounds import differing, start_tracer

PATIENCE_S = 30.0
_LONGEST_S = 0.25
_TRACED_S = 0.05


class Kills(NamedTuple):
    """What killing has shown.

    Attributes:
        waited: How long it took after each until all was as before, in seconds.
        differences: What was not, in words.
    """

    waited: list[float]
    differences: list[str]


def kill_again_and_again(server: LoadedServer, kills: int, seed: int = 0) -> Kills:
    """Kill ``kills`` tracers, each within a quarter of a second of its first round."""
    chosen = random.Random(seed)

    def kill_one(_: int) -> None:
        with start_tracer(server.pid, _TRACED_S) as tracer:
            assert tracer.stdin is not None
            tracer.stdin.write("\n" * 100)
            tracer.stdin.flush()
            time.sleep(chosen.uniform(0, _LONGEST_S))
            tracer.kill()
            tracer.wait()

    return _kill(server, range(kills), kill_one)


def steps_of_a_round(server: LoadedServer) -> int:
    """Return how many steps a round takes, in which little is traced."""
    with start_tracer(server.pid, 0, sys.maxsize) as tracer:
        said, _ = tracer.communicate("\n")
    return int(json.loads(said)["steps"])


def kill_at_steps(server: LoadedServer, steps: Iterable[int]) -> Kills:
    """Kill a tracer at each of the given steps of its first rounds."""

    def kill_one(step: int) -> None:
        with start_tracer(server.pid, 0, step) as tracer:
            tracer.communicate("\n" * 100)

    return _kill(server, steps, kill_one)


def _kill(server: LoadedServer, numbers: Iterable[int], kill_one: Callable[[int], None]) -> Kills:
    found = Kills([], [])
    before = state_of(server.pid, with_actions=True)
    for number in numbers:
        kill_one(number)
        began = time.monotonic()
        said = "?"
        while said and time.monotonic() < began + PATIENCE_S and server.runs:
            time.sleep(0.005)
            said = _said(server.pid, before)
        if not server.runs:
            found.differences.append(f"kill {number}: it ended ({server.process.poll()})")
            break
        found.waited.append(time.monotonic() - began)
        if said:
            found.differences.append(f"kill {number}: {said}")
    if server.runs and state_of(server.pid, with_actions=True) != before:
        found.differences.append("at the end it is not as it was")
    return found


def _said(pid: int, before: NamedTuple) -> str:
    """Say what of a process is not as before, "" if all is; nobody may be tracing it."""
    try:
        left = ", ".join(objections(pid))
        return left or differing(before, state_of(pid))
    except OSError:
        return "it has ended"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--gc", default="100", help="GOGC of the server")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", action="store_true", help="kill it at each of its steps")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        command = [str(build(Path(folder))), "127.0.0.1:0"]
        with LoadedServer(command, 3, 0.002, GOGC=options.gc) as server:
            if options.steps:
                found = kill_at_steps(server, range(1, steps_of_a_round(server) + 1))
            else:
                found = kill_again_and_again(server, options.kills, options.seed)
            server.stop_clients()
            died = not server.runs
    print(f"{len(found.waited)} tracers killed, the server died: {died}")
    print(f"{server.served} clients served, {len(server.failures)} failed: {server.failures[:5]}")
    print(f"slowest client {server.slowest:.2f} s; differences: {found.differences[:5] or 'none'}")
    print(f"as before after at most {max(found.waited):.2f} s")
    if died or server.failures or found.differences:
        sys.exit(1)


if __name__ == "__main__":
    main()
