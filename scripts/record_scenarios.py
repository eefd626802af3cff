"""Records scenarios again under the Go server, into their folders.

A recording replaces the old one only if it keeps what its scenario promises, and all at once.

    python scripts/record_scenarios.py [SCENARIO ...]
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from walkthrough.capture.environment.requirements import why_not_runnable
from walkthrough.capture.environment.server_kind import ServerKind
from walkthrough.capture.errors import CaptureError
from walkthrough.recording.file import RecordingError, load
from walkthrough.scenario import loader as scenarios
from walkthrough.scenario.checks.checker import check_run
from walkthrough.scenario.loader import ScenarioError

_SPARE_SECONDS = 300
"""Beyond the scenario's own time: the first build of a server may be cold."""


def record(name: str) -> tuple[str, ...]:
    """Record one scenario and put the file into its folder; return what is wrong, if anything.

    ptrace belongs to a process, so each scenario is run in one of its own.
    """
    try:
        scenario = scenarios.load(name)
        if reason := why_not_runnable(scenario, ServerKind.GO):
            return (f"Not run: {reason}",)
    except (CaptureError, ScenarioError) as error:
        return (str(error),)
    there = scenarios.find(name) / scenarios.RECORDING
    fresh = there.with_name(f".{os.getpid()}-{there.name}")
    command = [sys.executable, "-m", "walkthrough", "record", name]
    command += ["--server", "go", "-o", str(fresh), "--mode", "644"]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=scenario.timeout_s + _SPARE_SECONDS
        )
        if wrong := _misses(name, fresh):
            return (*wrong, *done.stderr.strip().splitlines()[-1:])
        os.replace(fresh, there)
    except subprocess.TimeoutExpired:
        return ("It did not come to an end.",)
    finally:
        fresh.unlink(missing_ok=True)
    return ()


def _misses(name: str, recording: Path) -> tuple[str, ...]:
    try:
        opened = load(recording)
        missed = check_run(scenarios.load(name), opened.header, (event for _, event in opened))
        return tuple(map(str, missed))
    except RecordingError as error:
        return (str(error),)


def main(arguments: list[str] | None = None) -> int:
    """Record the scenarios named, all if none is; return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("scenario", nargs="*", default=scenarios.names())
    status, total = 0, 0
    for name in parser.parse_args(arguments).scenario:
        if wrong := record(name):
            status = 1
            print(f"{name}: left as it was", *wrong, sep="\n    ", flush=True)
            continue
        size = (scenarios.find(name) / scenarios.RECORDING).stat().st_size
        total += size
        print(f"{name}: {size / 1024:.0f} KiB", flush=True)
    print(f"recorded in all: {total / 1024:.0f} KiB")
    return status


if __name__ == "__main__":
    sys.exit(main())
