"""Checks the tracer in an emulated aarch64 Linux: what `make check-aarch64` does.

Records first-connection there and holds it, event by event, against the recording of x86_64 that
comes with the scenario; runs six scenarios; and runs the tests that trace.

    python scripts/aarch64/check_aarch64.py [--all] [--runs N] [--go VERSION ...] [--slow FACTOR]

``--all`` runs every scenario, under both servers, and all tests of the capture; ``--go`` adds other
versions of Go. The machine is emulated: it takes ten minutes or so, hours with ``--all``.
"""

import argparse
import base64
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from guest import GO_VERSION, run
from guest_image import CACHE

from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    FunctionEntered,
    FunctionReturned,
    begins_stage,
)
from walkthrough.recording.file import load
from walkthrough.scenario import loader as scenarios

SCENARIO = "first-connection"
SIX = (SCENARIO, "accept-parks", "half-close", "dual-stack", "epoll-ctl-fails", "unix-socket")
TESTS = ("tests/capture/ptrace", "tests/capture/decode")
WORK = "/kept/work"
_MAIN = 1  # the goroutine that listens and accepts
_VARIES = re.compile(r":\d+\b")


class WalkStep(NamedTuple):
    """One event of the main goroutine, without what differs from run to run.

    Attributes:
        what: Its kind, place, function and call, and whether it failed.
        values: Its arguments or results.
        file: Its source file, "" for none.
        line: Its line there.
    """

    what: tuple[str, ...]
    values: Any
    file: str
    line: int


def steps(recording: Path) -> list[WalkStep]:
    """Return the main goroutine's events of a recording."""
    return [step for _, event in load(recording) if (step := _step(event)) is not None]


def stages(recording: Path) -> list[str]:
    """Return the stages that begin, in their order."""
    return [str(event.stage) for _, event in load(recording) if begins_stage(event)]


def _step(event: AnyEvent) -> WalkStep | None:
    if not isinstance(event, FunctionEntered | FunctionReturned | CallEntered | CallReturned):
        return None
    if event.goroutine != _MAIN or event.quiet:
        return None
    call = event.call if isinstance(event, CallEntered | CallReturned) else ""
    error = event.error if isinstance(event, CallReturned) else None
    what = (
        type(event).__name__,
        str(event.place),
        event.function or "",
        call,
        error.name if error is not None else "",
    )
    values = event.results if isinstance(event, FunctionReturned) else event.arguments
    source = event.source
    return WalkStep(
        what,
        _steady(msgspec.to_builtins(values)),
        source.file if source is not None else "",
        source.line if source is not None else 0,
    )


def _steady(value: Any) -> Any:
    """Return a value without addresses, ports, and numbers that a machine chooses."""
    if isinstance(value, dict):
        kind = value.get("kind")
        if kind == "pointer":
            return "pointer"
        if kind == "data":
            return _steady(base64.b64decode(value["data"]).decode("latin-1"))
        if kind == "epoll_event":
            return _steady(value["events"])
        left_out = {"port"} | ({"raw"} if kind in ("flags", "constant") else set())
        return {name: _steady(each) for name, each in value.items() if name not in left_out}
    if isinstance(value, list | tuple):
        return [_steady(each) for each in value]
    return _VARIES.sub(":PORT", value) if isinstance(value, str) else value


def differences(ours: list[WalkStep], theirs: list[WalkStep]) -> Iterator[str]:
    """Yield how a walk on aarch64 differs from one on x86_64, but for files of a machine's own."""
    if len(ours) != len(theirs):
        yield f"{len(theirs)} events, and {len(ours)} on x86_64"
    for number, (one, other) in enumerate(zip(ours, theirs, strict=False), 1):
        if one.what != other.what:
            yield f"event {number} is {other.what}, and {one.what} on x86_64"
            return  # what follows is no pair
        if one.values != other.values:
            yield f"event {number}, {one.what}: {other.values}, and {one.values} on x86_64"
        own = other.file.endswith("_linux_arm64.go")
        if one.file != other.file.replace("_linux_arm64.go", "_linux_amd64.go"):
            yield f"event {number}, {one.what}, is in {other.file}, and in {one.file} on x86_64"
        elif not own and one.line != other.line:
            yield f"event {number}, {one.what}: line {other.line}, and {one.line} on x86_64"


def check(version: str, runs: int, names: tuple[str, ...], server: str, slow: float) -> bool:
    """Check one version of Go; say what is wrong and return whether all is well."""
    print(f"== Go {version}", flush=True)
    work = CACHE / "kept/work"
    for old in work.glob("run-*.jsonl"):
        old.unlink()
    record = f"python3 -m walkthrough record {SCENARIO} --server go --slow {slow:g} --force"
    script = [f"for n in $(seq {runs}); do {record} -o {WORK}/run-$n.jsonl; done"]
    chosen = " ".join(names)
    script.append(f"python3 -m walkthrough check {chosen} --server {server} --slow {slow:g}")
    well = run(["bash", "-c", "; ".join(script)], version, 4 * 3600) == 0
    recorded = sorted(work.glob("run-*.jsonl"))
    if len(recorded) != runs:
        print(f"{runs - len(recorded)} of {runs} recordings are not there")
        well = False
    lists = {tuple(stages(each)) for each in recorded}
    if len(lists) > 1:
        print(f"{len(lists)} different lists of stages:", *lists, sep="\n  ")
        well = False
    if version == GO_VERSION:
        ours = steps(scenarios.find(SCENARIO) / "recording.jsonl")
        for each in recorded:
            wrong = list(differences(ours, steps(each)))
            print(f"{each.name}: {len(ours)} events of the main goroutine", *wrong, sep="\n  ")
            well = well and not wrong
    return well


def main() -> int:
    """Check what the command line names, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--all", action="store_true", help="every scenario and server, more tests")
    parser.add_argument("--runs", type=int, default=1, help="of first-connection (default: 1)")
    parser.add_argument("--go", nargs="*", default=(), metavar="VERSION", help="others, too")
    parser.add_argument("--slow", type=float, default=20, help="see `walkthrough check` (20)")
    options = parser.parse_args()
    names, server = ((), "both") if options.all else (SIX, "go")
    well = check(GO_VERSION, options.runs, names, server, options.slow)
    for version in options.go:
        well = check(version, options.runs, names, "go", options.slow) and well
    pytest = ["python3", "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider"]
    pytest += ["-m", "not attaches"]  # which is for x86_64
    tests = ("tests/capture",) if options.all else TESTS
    slowly = ["env", f"WALKTHROUGH_TESTS_SLOW={options.slow:g}"]
    well = run([*slowly, *pytest, *tests], seconds=6 * 3600) == 0 and well
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
