"""Kills commands with SIGKILL at random moments, and looks for what is left behind.

After each kill no process of it may live for more than a second (each is known by a variable of
its environment), what it has written must be readable, and the next start must have removed its
temporary folders. Moments come from a seed, so that each trial can be made again.

    python scripts/kill_trials.py --times 200 --seed 1 --state kills.jsonl

Prints a summary as JSON; exit status 0 if nothing was left.
"""

import argparse
import contextlib
import json
import os
import pty
import random
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from walkthrough.recording.file import RecordingError, load

MARK = "WALKTHROUGH_TRIAL"
GRACE_SECONDS = 1.0
WALKTHROUGH = [sys.executable, "-P", "-m", "walkthrough"]
KINDS: dict[str, tuple[tuple[str, ...], float]] = {
    # what is run, and so many seconds at most before it is killed
    "record go": (("record", "first-connection", "--server", "go", "-o", "out.jsonl"), 4.0),
    "record python": (("record", "first-connection", "--server", "python", "-o", "out.jsonl"), 4.0),
    "check": (("check", "first-connection", "port-in-use", "accept-deadline"), 8.0),
    "compare python": (("compare", "first-connection", "--server", "python"), 4.0),
    "compare go": (("compare", "first-connection", "--server", "go"), 6.0),
    "build": (("record", "first-connection", "--server", "go", "-o", "out.jsonl"), 12.0),
    "build in check": (("check", "first-connection", "--server", "go"), 12.0),
    "live": (("first-connection", "--server", "go"), 5.0),
    "home": ((), 3.0),
}


def main() -> int:
    """Make the trials that the state file does not hold yet."""
    options = _options()
    state = Path(options.state)
    done = [json.loads(line) for line in state.read_text().splitlines()] if state.exists() else []
    kinds = options.kind or list(KINDS)
    with state.open("a", encoding="utf-8") as file:
        for number in range(len(done), options.times):
            chance = random.Random(f"{options.seed}/{number}")
            kind = kinds[number % len(kinds)]
            trial_result = {"number": number, "kind": kind, **trial(kind, chance, options.cache)}
            done.append(trial_result)
            file.write(json.dumps(trial_result) + "\n")
            file.flush()
    summary = summed_up(done)
    print(json.dumps(summary, indent=1))
    return 0 if done and not any(summary[each] for each in ("orphans", "left", "unreadable")) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", action="append", choices=list(KINDS))
    parser.add_argument("--state", default="kill_trials.jsonl", help="what was done so far")
    parser.add_argument(
        "--cache",
        type=Path,
        default=Path(tempfile.gettempdir(), f"kill-trials-{os.getuid()}"),
        help="a cache folder that is used again",
    )
    return parser.parse_args()


def trial(kind: str, chance: random.Random, cache: Path) -> dict[str, Any]:
    """Start, kill, look."""
    words, longest = KINDS[kind]
    with tempfile.TemporaryDirectory(prefix="trial-") as name:
        folder = Path(name)
        (folder / "tmp").mkdir()
        building = kind.startswith("build")
        places = folder / "cache" if building else cache
        environment = {
            **os.environ,
            MARK: f"{os.getpid()}-{folder.name}",
            "TMPDIR": str(folder / "tmp"),
            "XDG_CACHE_HOME": str(places),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_DATA_HOME": str(folder / "data"),
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
        }
        if building:
            environment["GOCACHE"] = str(folder / "go-build")  # nothing is compiled yet
        after = chance.uniform(0.02, longest)
        killed = _kill_after(after, words, folder, environment)
        orphans = _orphans(environment[MARK])
        unreadable = _unreadable(folder)
        _next_start(folder, environment)
        left = [
            str(path.relative_to(where))
            for where in (folder / "tmp", places / "walkthrough" / "builds")
            if where.exists()
            for path in where.iterdir()
            if path.name.startswith(("walkthrough-", ".build-", ".analysis-"))
            and not path.name.startswith(f"walkthrough-{os.getuid()}")
        ]
    return {
        "after": round(after, 3),
        "killed": killed,
        "orphans": orphans,
        "unreadable": unreadable,
        "left": left,
    }


def _kill_after(
    seconds: float, words: Sequence[str], folder: Path, environment: dict[str, str]
) -> bool:
    """Run a command in a terminal, kill it after a time; return whether it was still running."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        ["/bin/sh", "-c", 'stty rows 40 cols 120; exec "$@"', "sh", *WALKTHROUGH, *words],
        cwd=folder,
        env=environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    end = time.monotonic() + seconds
    try:
        while process.poll() is None and (left := end - time.monotonic()) > 0:
            if select.select([ours], [], [], min(left, 0.1))[0]:
                with contextlib.suppress(OSError):
                    os.read(ours, 65536)
        running = process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
        return running
    finally:
        # The terminal stays open meanwhile: its hang-up would hide what outlives a kill.
        _TERMINALS.append(ours)


_TERMINALS: list[int] = []


def _marked(mark: str) -> list[str]:
    wanted = f"{MARK}={mark}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if wanted in (entry / "environ").read_bytes().split(b"\0"):
                    status = (entry / "stat").read_text().rpartition(")")[2].split()[0]
                    if status not in "ZX":
                        words = (entry / "cmdline").read_bytes().replace(b"\0", b" ")
                        found.append(f"{entry.name} {words.decode('utf-8', 'replace')[:120]}")
    return found


def _orphans(mark: str) -> list[str]:
    """Return what still runs when the time of grace is over."""
    end = time.monotonic() + GRACE_SECONDS
    while (left := _marked(mark)) and time.monotonic() < end:
        select.select([], [], [], 0.02)
    for each in left:
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(each.split()[0]), signal.SIGKILL)
    while _TERMINALS:
        os.close(_TERMINALS.pop())
    return left


def _unreadable(folder: Path) -> list[str]:
    """Try all recordings that were begun: what was written until then can be read."""
    wrong = []
    for path in (*folder.glob("*.jsonl"), *folder.glob("data/**/*.jsonl")):
        try:
            for _ in load(path):
                pass
        except RecordingError as error:
            wrong.append(str(error))
    return wrong


def _next_start(folder: Path, environment: dict[str, str]) -> None:
    """Start once more what is quickly done."""
    words = ("record", "first-connection", "--server", "python", "-o", "next.jsonl")
    subprocess.run(
        [*WALKTHROUGH, *words], cwd=folder, env=environment, capture_output=True, check=True
    )


def summed_up(done: list[dict[str, Any]]) -> dict[str, Any]:
    """Return how many trials there were, and what was left."""
    listed: Callable[[str], list[Any]] = lambda key: [  # noqa: E731
        (each["number"], each["kind"], each["after"], each[key]) for each in done if each[key]
    ]
    return {
        "trials": len(done),
        "killed while running": sum(each["killed"] for each in done),
        "by kind": Counter(each["kind"] for each in done),
        "orphans": listed("orphans"),
        "left": listed("left"),
        "unreadable": listed("unreadable"),
    }


if __name__ == "__main__":
    sys.exit(main())
