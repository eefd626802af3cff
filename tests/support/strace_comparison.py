"""Lines of a run compared with strace's: each recorded call must be spelled as strace spells it.

Runs of the instrumented server are watched by both at once, so their lines are equal as they
stand; a Go program is run twice, so what differs from run to run is taken out, and how often its
scheduler polls is left aside.
"""

import io
import re
from collections.abc import Iterator
from pathlib import Path

from walkthrough.call_stages.strings import bytes_of
from walkthrough.capture.strace import run as strace_run
from walkthrough.compare import align, inputs
from walkthrough.compare.model import DIFFERENCES, Comparison, Pair, PairVerdict, Row
from walkthrough.export.strace import to_strace
from walkthrough.formatting.c_strings import quoted
from walkthrough.recording.file import RecordingWriter
from walkthrough.recording.output import OutputTarget
from walkthrough.strace_log import log
from walkthrough.strace_log.model import LogCall

MAY_DIFFER = "the two runs may differ"
"""What remarks say where listeners share a port and where SYNs are dropped: each run accepts as it
happens."""


def of_a_go_program(run: strace_run.StraceRun) -> tuple[int, list[str]]:
    """Return how many calls are spelled as strace spells them, and those that are not."""
    same, differing = 0, []
    theirs = inputs.of_log(log.load(run.log), first_line=run.main, ours=run.ours)
    ours = inputs.of_events("ours", run.header, run.events)
    comparison = align.compare(theirs, ours)
    chance = any(MAY_DIFFER in str(remark) for remark in run.remarks)
    for pair in of_the_program(comparison):
        found = rows(comparison, pair)
        if chance and "accept4" in (row.name for _, row in found):
            continue
        if len(found) == 1 and found[0][1].result in ("", "?"):
            continue  # one of the runs was ended in the middle of it
        # Which goroutine is on which thread, and so the order there, is the scheduler's choice.
        same += pair.verdict in (PairVerdict.SAME, PairVerdict.MOVED, PairVerdict.ORDER)
        if pair.verdict in DIFFERENCES - {PairVerdict.ORDER}:
            lines = [f"  {who} {spelled(row)}" for who, row in found]
            differing.append("\n".join([str(pair.verdict), *lines]))
    return same, differing


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


def of_strace(run: strace_run.StraceRun) -> Iterator[str]:
    """Give strace's lines, but for those by which the server is watched."""
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
