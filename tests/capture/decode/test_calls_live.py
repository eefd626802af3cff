"""Two thousand system calls, the odd ones too: strace's line of each, and ours of the same call."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.need import need
from walkthrough.capture.decode.calls import calls_here
from walkthrough.capture.environment.doctor import can_trace_go
from walkthrough.capture.ptrace.full_speed import FullSpeedCapture
from walkthrough.formatting.strace_lines import line
from walkthrough.model.events import CallEntered, CallReturned

pytestmark = [pytest.mark.live, pytest.mark.timeout(120)]

CATALOGUE = Path(__file__).with_name("strace_catalogue.py")
NUMBERS = {spec.name: number for number, spec in calls_here().items()}
COMMAND = ("-S", "-E", str(CATALOGUE), json.dumps(NUMBERS))
FEWEST = 2000
AS_OF = (6, 1)
STACK = r"\b0x(?:7[0-9a-f]{10,11}|ffff[0-9a-f]{8})\b"  # on x86_64; on aarch64


def version(strace: str) -> tuple[int, ...]:
    result = subprocess.run([strace, "-V"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"version (\d+)\.(\d+)", result)
    return tuple(map(int, found.groups())) if found else ()


def theirs(strace: str, log: Path) -> list[str]:
    traced = ",".join(spec.name for spec in calls_here().values())
    options = ("-qq", "-o", str(log), "-e", "signal=none", "-e", f"trace={traced}")
    subprocess.run(
        [strace, *options, sys.executable, *COMMAND],
        stderr=subprocess.DEVNULL,  # strace says there what it could not read
        check=True,
    )
    return log.read_text("ascii").splitlines()


def ours() -> list[str]:
    capture = FullSpeedCapture(Path(sys.executable), [*COMMAND])
    capture.run(before_exec=lambda: os.closerange(3, 256))
    begun: dict[int | None, CallEntered] = {}
    lines = []
    for event in capture.events():
        if isinstance(event, CallEntered):
            begun[event.thread] = event
        elif isinstance(event, CallReturned):
            lines.append(line(begun.pop(event.thread), event))
    return lines


def catalogue(lines: list[str]) -> list[str]:
    """Return the lines between the marks, without what no two runs have in common."""
    marks = [at for at, text in enumerate(lines) if re.match(r"close\(-7[78]\)", text)]
    assert len(marks) == 2, "the program did not run to its end"
    plain = []
    for text in lines[marks[0] : marks[1]]:
        text = re.sub(r"htons\([1-9]\d{3,4}\)", "htons(PORT)", text)
        text = re.sub(STACK, "STACK", text)
        plain.append(re.sub(r"\) +(?== [-?\d])", ") ", text, count=1))
    return plain


def test_every_line_is_straces(strace: str, tmp_path: Path) -> None:
    need(version(strace) == AS_OF, f"strace {AS_OF} is what our lines are held against")
    able, why = can_trace_go()
    need(able, why)
    left, right = catalogue(theirs(strace, tmp_path / "log")), catalogue(ours())
    differing = [pair for pair in zip(left, right, strict=True) if pair[0] != pair[1]]
    print(f"{len(left) - len(differing)} of {len(left)} lines are strace's")
    for found, spelled in differing:
        print(f"strace: {found}\nours:   {spelled}")
    assert len(left) >= FEWEST
    assert {text.partition("(")[0] for text in left} == {
        spec.name for spec in calls_here().values()
    }
    assert not differing
