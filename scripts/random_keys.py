"""Presses random keys in the screen: it may not crash, freeze, or leave anything behind.

Walks under both servers, replays and home; sizes from 1x1 to 250x70; keys, clicks and pastes,
several at one go. ``pilot`` presses them in the screen itself, ``terminal`` in a tmux; ``pairs``
presses every pair of keys at one go, in every mode of walk and home, and is the same each time.

    python scripts/random_keys.py pilot --keys 150000 --state FILE
    python scripts/random_keys.py terminal --minutes 120 --jobs 3 --state FILE
    python scripts/random_keys.py pairs --state FILE

Each run is made from its seed alone, and written down as a line of the state file, which the next
start goes on from. A finding is made smaller, and printed with its seed and what led to it; it can
be made again with `--only SEED`. Each run has folders of its own, and a network of its own where
`unshare` gives one: some scenarios listen at every address. Ends with status 1 if there was a
finding. Needs Linux; `terminal` needs tmux.

What it has found, each a test under tests/tui now: a hidden prompt that had the keys and sent each
on to itself for ever (a question of predict mode that comes while a note is typed); pages turned in
a palette whose list is not open; help or the palette opened while home comes; Tab typed behind the
Enter that opens a walk; a worker of a palette that is gone; a key after the end.
"""

import argparse
import asyncio
import contextlib
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
from key_runs.targets import Finding, Ran, environment, left_behind, target_of
from key_runs.typing import InputAction, actions

KEYS = {"pilot": 1500, "terminal": 300, "pairs": 0}
"""Keys of one run."""
_WORK = 600
"""Seconds of a processor after which a run is taken for hung."""
_SHRINKING = 180.0
"""Seconds that are spent on making a finding smaller."""
_ISOLATED = ("unshare", "-rn", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")


def isolated() -> tuple[str, ...]:
    """Return what starts a command in a network of its own, nothing where that cannot be had."""
    try:
        subprocess.run((*_ISOLATED, "true"), check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return ()
    return _ISOLATED


class Runs:
    """Makes runs, each in a process of its own.

    Args:
        mode: ``pilot`` or ``terminal``.
        cache: Where what is built is kept, for all runs.
    """

    def __init__(self, mode: str, cache: Path) -> None:
        self._mode, self._cache = mode, cache
        self._isolated = isolated()
        if not self._isolated:
            print("no network of its own: home is left out", flush=True)

    def make(self, seed: int, done: Sequence[InputAction]) -> Ran:
        """Do something in the target of a seed."""
        target = target_of(seed)
        ran = Ran(self._mode, seed, target.name)
        if not self._isolated and not target.what:
            return ran
        with tempfile.TemporaryDirectory(prefix="keys-") as name:
            folder = Path(name)
            given = folder / "given.json"
            given.write_bytes(msgspec.json.encode(list(done)))
            mark = f"{os.getpid()}-{seed}-{time.monotonic_ns()}"
            command = (*self._isolated, sys.executable, __file__, self._mode)
            began = time.monotonic()
            try:
                process = subprocess.run(
                    (*command, "--only", str(seed), "--given", str(given)),
                    env=environment(folder, self._cache, mark),
                    cwd=folder / "here",
                    capture_output=True,
                    check=False,
                )
                return msgspec.json.decode(process.stdout.splitlines()[-1], type=Ran)
            except (IndexError, msgspec.MsgspecError):
                kind = "hung" if process.returncode == -signal.SIGXCPU else "died"
                text = (process.stdout + process.stderr).decode(errors="replace")
                ran.findings.append(Finding(kind, text[-4000:], 0))
                for pid in left_behind(mark):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
            ran.seconds = time.monotonic() - began
        return ran

    def smaller(self, ran: Ran, done: list[InputAction]) -> list[InputAction]:
        """Return fewer actions that lead to the same."""
        finding = ran.findings[0]
        end = time.monotonic() + _SHRINKING
        best = done[: finding.action] if finding.action else done

        def leads(fewer: list[InputAction]) -> bool:
            again = self.make(ran.seed, fewer).findings
            return bool(again) and again[0].kind == finding.kind

        size = max(len(best) // 2, 1)
        while time.monotonic() < end:
            for at in range(0, len(best), size):
                fewer = best[:at] + best[at + size :]
                if time.monotonic() > end:
                    break
                if fewer and leads(fewer):
                    best = fewer
                    break
            else:
                if size == 1:
                    break
                size = max(size // 2, 1)
        return best


def one(mode: str, seed: int, done: list[InputAction]) -> Ran:
    """Make one run, in this process."""
    target = target_of(seed)
    ran = Ran(mode, seed, target.name)
    resource.setrlimit(resource.RLIMIT_CPU, (_WORK, _WORK + 10))
    if mode == "pairs":
        from key_runs import pairs

        asyncio.run(pairs.press_unit(seed, ran))
    elif mode == "pilot":
        from key_runs import pilot

        asyncio.run(pilot.press(target, done, ran))
    else:
        from key_runs import terminal

        terminal.press(target, done, ran, Path.cwd().parent, dict(os.environ))
    return ran


def main() -> int:
    """Make runs until there are enough; return 1 if there was a finding."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mode", choices=KEYS)
    parser.add_argument("--state", type=Path, help="what was run, a line for each run")
    parser.add_argument("--keys", type=int, default=0, help="so many, with those in the state file")
    parser.add_argument("--minutes", type=float, default=0, help="so long, likewise, of all jobs")
    parser.add_argument("--jobs", type=int, default=1, help="so many runs at a time")
    parser.add_argument("--only", type=int, metavar="SEED", help="make this run alone")
    parser.add_argument("--given", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--cache", type=Path, help="where what is built is kept")
    options = parser.parse_args()
    if options.given is not None:
        done = msgspec.json.decode(options.given.read_bytes(), type=list[InputAction])
        print(msgspec.json.encode(one(options.mode, options.only, done)).decode())
        return 0
    cache = options.cache or Path(tempfile.mkdtemp(prefix="keys-cache-"))
    try:
        return _make(options, Runs(options.mode, cache))
    finally:
        if options.cache is None:
            shutil.rmtree(cache, ignore_errors=True)


def _make(options: argparse.Namespace, runs: Runs) -> int:
    mode: str = options.mode
    before = _read(options.state, mode)
    lock = threading.Lock()
    seeds = {ran.seed for ran in before}
    keys, seconds = sum(ran.keys for ran in before), sum(ran.seconds for ran in before)
    findings, next_seed, units = 0, 0, 0
    if mode == "pairs":
        from key_runs import pairs

        units = len(pairs.units())

    def enough() -> bool:
        if options.only is not None:
            return keys > 0
        if mode == "pairs":
            return len(seeds) == units
        return (not options.keys or keys >= options.keys) and (
            not options.minutes or seconds >= options.minutes * 60
        )

    def work() -> None:
        nonlocal keys, seconds, findings, next_seed
        while True:
            with lock:
                if enough():
                    return
                while next_seed in seeds:
                    next_seed += 1
                seed = next_seed if options.only is None else options.only
                seeds.add(seed)
            done = actions(seed, KEYS[mode]) if KEYS[mode] else []
            ran = runs.make(seed, done)
            least = runs.smaller(ran, done) if ran.findings and done else []
            with lock:
                keys, seconds = keys + ran.keys, seconds + ran.seconds
                findings += len(ran.findings)
                if options.state is not None:
                    with options.state.open("ab") as state:
                        state.write(msgspec.json.encode(ran) + b"\n")
                for finding in ran.findings:
                    print(f"seed {seed}, {ran.target}: {finding.kind}: {finding.text}")
                    print("after:", " | ".join(map(str, least)), flush=True)

    if options.only is not None:
        keys = 0
    with ThreadPoolExecutor(options.jobs) as pool:
        for job in [pool.submit(work) for _ in range(options.jobs)]:
            job.result()
    print(f"{mode}: {len(seeds)} runs, {keys:,} keys, {seconds / 60:.0f} min: {findings} findings")
    return int(findings > 0)


def _read(state: Path | None, mode: str) -> list[Ran]:
    if state is None or not state.exists():
        return []
    lines = state.read_bytes().splitlines()
    return [
        ran for ran in (msgspec.json.decode(line, type=Ran) for line in lines) if ran.mode == mode
    ]


if __name__ == "__main__":
    sys.exit(main())
