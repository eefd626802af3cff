"""``walkthrough check``: runs scenarios, checks each against its promises, and prints a table."""

import argparse
import asyncio
import contextlib
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
from rich.text import Text

from walkthrough.capture.environment.exposure import refusal
from walkthrough.capture.environment.resource_limits import refuse_too_few_processes
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.workers.pool import CheckJob, run
from walkthrough.capture.workers.unattended import RunOutcome, ScenarioVerdict
from walkthrough.cli.errors import UsageError
from walkthrough.cli.output import Printer, ProgressBar
from walkthrough.cli.signals import unwind_on_signals
from walkthrough.formatting.escaping import printable
from walkthrough.formatting.terminal import say, show_json
from walkthrough.i18n.messages import Message
from walkthrough.i18n.system_errors import reason
from walkthrough.scenario import loader as scenarios
from walkthrough.scenario.loader import ScenarioError
from walkthrough.scenario.schema import Need

SERVERS = ("go", "python")
_BROKEN_SECONDS = 60.0
_COLOURS = {RunOutcome.PASSED: "green", RunOutcome.FAILED: "bold red", RunOutcome.NOT_RUN: "yellow"}


def check(options: argparse.Namespace) -> int:
    """Check what was named, or all; return the exit status: 0 all passed, 1 one failed."""
    unwind_on_signals()
    try:
        refuse_too_few_processes()
    except CaptureError as error:
        raise UsageError(reason(error)) from error
    names = _names(options.scenarios)
    if options.scenarios and not options.expose:
        _refuse_to_expose(names)
    servers = SERVERS if options.server == "both" else (options.server,)
    jobs = _jobs(names, servers, expose=options.expose) * options.repeat
    width = options.jobs or min(2, os.cpu_count() or 1)
    verdicts = asyncio.run(_gather(jobs, width))
    if options.json:
        show_json([_in_english(each) for each in verdicts])
    else:
        _print(names, servers, verdicts)
    counted = Counter(verdict.outcome for verdict in verdicts)
    if counted[RunOutcome.FAILED]:
        return 1
    if not counted[RunOutcome.PASSED]:
        raise UsageError("nothing could be run here; `walkthrough doctor` says what is missing.")
    return 0


def _in_english(verdict: ScenarioVerdict) -> object:
    """Return a verdict as plain data: programs read it, so its sentences are English."""
    why, remarks = tuple(map(str, verdict.why)), tuple(map(str, verdict.remarks))
    return msgspec.to_builtins(msgspec.structs.replace(verdict, why=why, remarks=remarks))


def _names(wanted: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the scenarios that are meant.

    Raises:
        UsageError: No scenario has that name, or is in that folder.
    """
    found, by_name = [], []
    try:
        for each in wanted:
            if scenarios.is_folder(each):
                found.append((scenarios.add_folder(Path(each)), Path(each).resolve()))
            else:
                there = scenarios.find(each)
                found.append((there.name, there.resolve()))
                by_name.append(there.name)
        every = () if wanted else scenarios.names()
        for said in scenarios.shadowed_names((*every, *by_name)):
            say(f"walkthrough: {said}")
    except ScenarioError as error:
        raise UsageError(reason(error)) from error
    folders = dict(reversed(found))
    for name, folder in found:
        if folders[name] != folder:
            raise UsageError(
                f"{folders[name]} and {folder} are both called {name}: check one at a time, or "
                "rename one."
            )
    return every or tuple(dict.fromkeys(name for name, _ in found))


def _refuse_to_expose(names: Iterable[str]) -> None:
    """Refuse named scenarios that others could connect to; when all are run, they are skipped.

    Raises:
        UsageError: There is one, and no network namespace to run it in.
    """
    for name in names:
        with contextlib.suppress(ScenarioError):  # its own run reports what is wrong with it
            scenario = scenarios.load(name)
            if sentence := refusal(scenario):
                raise UsageError(sentence)


def _jobs(names: Iterable[str], servers: Sequence[str], *, expose: bool) -> list[CheckJob]:
    """Return the runs, those with the most clients first: they take longest."""
    weighed = []
    for name in names:
        clients, timeout_s, claims = 0, _BROKEN_SECONDS, ""
        with contextlib.suppress(ScenarioError):  # its own run reports what is wrong with it
            scenario = scenarios.load(name)
            clients = sum(action.clients for action in scenario.script)
            timeout_s = scenario.timeout_s
            if Need.PORT in scenario.needs:
                claims = scenario.address.rpartition(":")[2]
        weighed += [
            (clients, CheckJob(name, server, timeout_s, claims, expose)) for server in servers
        ]
    return [job for _, job in sorted(weighed, key=lambda each: -each[0])]


async def _gather(jobs: Sequence[CheckJob], width: int) -> list[ScenarioVerdict]:
    """Run all, with a bar on standard error if that is a terminal."""
    verdicts = []
    with ProgressBar("checking", len(jobs)) as bar:
        async with contextlib.aclosing(run(jobs, width)) as coming:
            async for verdict in coming:
                verdicts.append(verdict)
                bar.advance(f"{verdict.scenario} ({verdict.server}) {verdict.outcome}")
    return verdicts


def _print(
    names: Sequence[str], servers: Sequence[str], verdicts: Sequence[ScenarioVerdict]
) -> None:
    printer = Printer()
    rows = []
    for name in names:
        mine = [each for each in verdicts if each.scenario == name]
        cells = (_cell([each for each in mine if each.server == server]) for server in servers)
        rows.append((Text(printable(name)), *cells))
    printer.table(("scenario", *servers), rows)
    for outcome in (RunOutcome.NOT_RUN, RunOutcome.FAILED):
        for said in dict.fromkeys(_told(each) for each in verdicts if each.outcome is outcome):
            printer.print()
            printer.sentences(said)
    for said in dict.fromkeys(_remarked(each) for each in verdicts if each.remarks):
        printer.print()
        printer.sentences(said)
    counted = Counter(each.outcome for each in verdicts)
    printer.print()
    printer.sentences(", ".join(f"{counted[each]} {each}" for each in RunOutcome))


def _cell(verdicts: Sequence[ScenarioVerdict]) -> Text:
    """Return one cell: of several runs, how many had each outcome, and the longest time."""
    counted = Counter(each.outcome for each in verdicts)
    text = Text()
    for outcome, count in counted.items():
        word = outcome.upper() if outcome is RunOutcome.FAILED else outcome.value
        if text:
            text.append(", ")
        times = f" {count} of {len(verdicts)}" if len(verdicts) > 1 else ""
        text.append(f"{word}{times}", _COLOURS[outcome])
    if any(each.seconds for each in verdicts):
        text.append(f"  {max(each.seconds for each in verdicts):.1f} s", "dim")
    return text


def _told(verdict: ScenarioVerdict) -> str:
    """Return a block of lines: which run, and each sentence about it."""
    return _block(verdict, verdict.why)


def _remarked(verdict: ScenarioVerdict) -> str:
    return _block(verdict, verdict.remarks)


def _block(verdict: ScenarioVerdict, said: Iterable[Message | str]) -> str:
    state = "FAILED" if verdict.outcome is RunOutcome.FAILED else verdict.outcome.value
    sentences = (f"  {printable(str(each))}" for each in said)
    return "\n".join((f"{printable(verdict.scenario)}, {verdict.server}: {state}", *sentences))
