"""Of all scenarios: each call that we tell of is spelled as strace spells it.

The share is printed, and every line that differs. Runs of the instrumented server are watched by
both at once, so their lines are equal as they stand; a Go program is run twice, so what differs
from run to run is taken out, and how often its scheduler polls is left aside.
"""

import io
import re
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path

import pytest

from tests.support.need import need
from walkthrough.capture.environment.backends import choose
from walkthrough.capture.environment.requirements import why_not_runnable
from walkthrough.capture.environment.server_kind import ServerKind
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.strace import run as strace_run
from walkthrough.compare import align, inputs
from walkthrough.compare.model import DIFFERENCES, Comparison, Pair, PairVerdict, Row
from walkthrough.export.strace import to_strace
from walkthrough.formatting.c_strings import quoted
from walkthrough.recording.file import RecordingWriter
from walkthrough.recording.output import OutputTarget
from walkthrough.scenario import loader as scenarios
from walkthrough.strace_log import log
from walkthrough.strace_log.model import LogCall
from walkthrough.strace_log.strings import bytes_of

pytestmark = [pytest.mark.live, pytest.mark.timeout(240)]

NAMES = scenarios.names()
MAY_DIFFER = "the two runs may differ"
"""What remarks say where listeners share a port and where SYNs are dropped: each run accepts as it
happens."""


def ran(server: ServerKind, folder: Path) -> Iterator[tuple[str, strace_run.StraceRun]]:
    """Run every scenario that this server and this machine can run, with strace beside it."""
    try:
        choose(server)
    except CaptureError as error:
        need(False, str(error))
    for name in NAMES:
        scenario = scenarios.load(name)
        if server in scenario.servers and not why_not_runnable(scenario, server):
            yield name, strace_run.run(scenario, server, folder / f"{name}.log")


def verdict(name: str, same: int, differing: list[str]) -> None:
    print(f"\n{name}: {same} of {same + len(differing)} lines are strace's")
    print(*differing, sep="\n")


@pytest.mark.usefixtures("strace")
def test_of_a_go_program(tmp_path: Path) -> None:
    same, differing = 0, []
    for name, run in ran(ServerKind.GO, tmp_path):
        theirs = inputs.of_log(log.load(run.log), first_line=run.main, ours=run.ours)
        ours = inputs.of_events("ours", run.header, run.events)
        comparison = align.compare(theirs, ours)
        chance = any(MAY_DIFFER in str(remark) for remark in run.remarks)
        for pair in of_the_program(comparison):
            told = rows(comparison, pair)
            if chance and "accept4" in (row.name for _, row in told):
                continue
            if len(told) == 1 and told[0][1].result in ("", "?"):
                continue  # one of the runs was ended in the middle of it
            # Which goroutine is on which thread, and so the order there, is the scheduler's choice.
            same += pair.verdict in (PairVerdict.SAME, PairVerdict.MOVED, PairVerdict.ORDER)
            if pair.verdict in DIFFERENCES - {PairVerdict.ORDER}:
                lines = [f"  {who} {spelled(row)}" for who, row in told]
                differing.append("\n".join([f"{name}: {pair.verdict}", *lines]))
    verdict("Go", same, differing)
    assert same > 1000
    assert not differing


def of_the_program(comparison: Comparison) -> Iterator[Pair]:
    """Leave out what the runtime does before main."""
    begun = False
    for pair in comparison.pairs:
        begun = begun or (pair.right is not None and pair.right >= comparison.right.main)
        if begun:
            yield pair


def rows(comparison: Comparison, pair: Pair) -> list[tuple[str, Row]]:
    found = []
    if pair.left is not None:
        found.append(("strace", comparison.left.rows[pair.left]))
    if pair.right is not None:
        found.append(("ours  ", comparison.right.rows[pair.right]))
    return found


def spelled(call: LogCall | Row) -> str:
    return f"{call.thread} {call.name}({call.arguments}) = {call.result}"


@pytest.mark.usefixtures("strace")
def test_of_the_instrumented_server_as_they_stand(tmp_path: Path) -> None:
    same, differing = 0, []
    for name, run in ran(ServerKind.PYTHON, tmp_path):
        assert run.same_run
        theirs, ours = list(of_strace(run)), list(exported(run, tmp_path / "recording"))
        changes = list(unified_diff(theirs, ours, f"{name}: strace", "ours", n=0, lineterm=""))
        differing += ["\n".join(changes)] if changes else []
        same += len(ours) if theirs == ours else 0
    verdict("Python", same, differing)
    assert same > 1000
    assert not differing


def of_strace(run: strace_run.StraceRun) -> Iterator[str]:
    """Give its lines, but for those by which the server is watched."""
    private = {str(number) for number in run.ours}
    for call in log.load(run.log).calls:
        traced = call.line >= run.main and call.name in run.header.calls
        if traced and call.arguments.partition(",")[0] not in private:
            yield shortened(call)


def exported(run: strace_run.StraceRun, path: Path) -> Iterator[str]:
    """Give the lines of the export, but for calls that were never made."""
    with RecordingWriter(OutputTarget(path, force=True), run.header) as writer:
        for event in run.events:
            writer.write(event)
    out = io.BytesIO()
    to_strace(path, out)
    for call in log.parse(out.getvalue().splitlines(keepends=True)).calls:
        if not call.injected and call.name != "execve":
            yield spelled(call)


def shortened(call: LogCall) -> str:
    """Spell a call of a log made with ``-s 1024`` as if it had been made without."""
    text = spelled(call)
    if call.name not in ("read", "write", "sendto", "recvfrom"):
        return text
    return re.sub(r'"(?:[^"\\]|\\.)*"(?:\.\.\.)?', lambda m: short(m[0]), text, count=1)


def short(string: str) -> str:
    data, whole = bytes_of(string)
    return quoted(data, len(data) + (not whole))
