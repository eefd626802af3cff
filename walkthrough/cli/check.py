"""``walkthrough check``: runs scenarios, checks each against its promises, and prints a table."""

import argparse
import asyncio
import contextlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
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
from walkthrough.cli.packets_option import refuse_packets_outside
from walkthrough.cli.signals import unwind_on_signals
from walkthrough.formatting.escaping import printable
from walkthrough.formatting.terminal import say, show_json
from walkthrough.i18n.catalogue import Catalogue, languages
from walkthrough.i18n.messages import Message, in_context, message
from walkthrough.scenario import loader as scenarios
from walkthrough.scenario.checks.choices import unexplained, unexplained_choices
from walkthrough.scenario.checks.languages import missing_texts, untranslated
from walkthrough.scenario.loader import ScenarioError
from walkthrough.scenario.schema import Need

SERVERS = ("go", "python")
_BROKEN_SECONDS = 60.0
_LACKS_NOTHING: dict[str, object] = {"untranslated": {}, "unexplained": []}
_COLOURS = {RunOutcome.PASSED: "green", RunOutcome.FAILED: "bold red", RunOutcome.NOT_RUN: "yellow"}


def check(options: argparse.Namespace, tr: Catalogue) -> int:
    """Check what was named, or all; return the exit status: 0 all passed, 1 one failed."""
    unwind_on_signals()
    try:
        refuse_too_few_processes()
    except CaptureError as error:
        raise UsageError(error.message) from error
    refuse_packets_outside(packets=options.packets, expose=options.expose)
    names = _names(options.scenarios, tr)
    if options.scenarios and not options.expose:
        _refuse_to_expose(names)
    servers = SERVERS if options.server == "both" else (options.server,)
    asked = (options.expose, options.packets, options.slow)
    jobs = _jobs(names, servers, *asked) * options.repeat
    width = options.jobs or min(2, os.cpu_count() or 1)
    verdicts = sorted(asyncio.run(_gather(jobs, width, tr)), key=_order(names, servers))
    if options.json:
        show_json(_document(names, verdicts))
    else:
        _print(names, servers, verdicts, tr)
    counted = Counter(verdict.outcome for verdict in verdicts)
    if counted[RunOutcome.FAILED]:
        return 1
    if not counted[RunOutcome.PASSED]:
        raise UsageError(
            message(
                "nothing could be run here; `{command}` says what is missing.",
                command="walkthrough doctor",
            )
        )
    return 0


def _document(names: Iterable[str], verdicts: Iterable[ScenarioVerdict]) -> list[dict[str, object]]:
    """Return verdicts as plain data: programs read it, so its sentences are English."""
    texts = {name: _missing_texts(name) for name in names}
    found = []
    for verdict in verdicts:
        why, remarks = tuple(map(str, verdict.why)), tuple(map(str, verdict.remarks))
        plain = msgspec.to_builtins(msgspec.structs.replace(verdict, why=why, remarks=remarks))
        found.append({**plain, **texts.get(verdict.scenario, _LACKS_NOTHING)})
    return found


def _missing_texts(name: str) -> dict[str, object]:
    """Return the names of the texts that a scenario lacks.

    Those that are shown in English, by the language that lacks them; and the wrong choices that
    have no explanation.
    """
    try:
        folder = scenarios.find(name)
        scenario, lesson = scenarios.load_folder(folder), scenarios.load_lesson(folder)
    except ScenarioError:
        return _LACKS_NOTHING  # what is wrong with it is its verdict
    return {
        "untranslated": missing_texts(scenario, lesson, languages()),
        "unexplained": unexplained_choices(lesson),
    }


def _names(wanted: Sequence[str], tr: Catalogue) -> tuple[str, ...]:
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
            say(f"walkthrough: {tr.text(said)}")
    except ScenarioError as error:
        raise UsageError(error.message) from error
    folders = dict(reversed(found))
    for name, folder in found:
        if folders[name] != folder:
            raise UsageError(
                message(
                    "{one} and {other} are both called {name}: check one at a time, or rename one.",
                    one=printable(str(folders[name])),
                    other=printable(str(folder)),
                    name=name,
                )
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


def _jobs(
    names: Iterable[str], servers: Sequence[str], expose: bool, packets: bool, slow: float
) -> list[CheckJob]:
    """Return the runs, those with the most clients first: they take longest."""
    weighed = []
    for name in names:
        clients, timeout_s, claims = 0, _BROKEN_SECONDS, ""
        with contextlib.suppress(ScenarioError):  # its own run reports what is wrong with it
            scenario = scenarios.load(name)
            clients = sum(action.clients for action in scenario.script)
            timeout_s = scenario.timeout_s * slow
            if Need.PORT in scenario.needs:
                claims = scenario.address.rpartition(":")[2]
        weighed += [
            (clients, CheckJob(name, server, timeout_s, claims, expose, packets, slow))
            for server in servers
        ]
    return [job for _, job in sorted(weighed, key=lambda each: -each[0])]


def _order(
    names: Sequence[str], servers: Sequence[str]
) -> Callable[[ScenarioVerdict], tuple[int, int]]:
    """Return the key by which verdicts are in the order of the request, whichever came first."""
    return lambda verdict: (names.index(verdict.scenario), servers.index(verdict.server))


async def _gather(jobs: Sequence[CheckJob], width: int, tr: Catalogue) -> list[ScenarioVerdict]:
    """Run all, with a bar on standard error if that is a terminal."""
    verdicts = []
    with ProgressBar(tr("checking"), len(jobs)) as bar:
        async with contextlib.aclosing(run(jobs, width)) as coming:
            async for verdict in coming:
                verdicts.append(verdict)
                outcome = tr(_OUTCOMES[verdict.outcome])
                bar.advance(f"{verdict.scenario} ({verdict.server}) {outcome}")
    return verdicts


def _print(
    names: Sequence[str],
    servers: Sequence[str],
    verdicts: Sequence[ScenarioVerdict],
    tr: Catalogue,
) -> None:
    printer = Printer()
    rows = []
    for name in names:
        mine = [each for each in verdicts if each.scenario == name]
        cells = (_cell([each for each in mine if each.server == server], tr) for server in servers)
        rows.append((Text(printable(name)), *cells))
    printer.table((tr("scenario"), *servers), rows)
    for outcome in (RunOutcome.NOT_RUN, RunOutcome.FAILED):
        unlike = [each for each in verdicts if each.outcome is outcome]
        for said in dict.fromkeys(_block(each, each.why, tr) for each in unlike):
            printer.print()
            printer.sentences(said)
    remarked = [each for each in verdicts if each.remarks]
    for said in dict.fromkeys(_block(each, each.remarks, tr) for each in remarked):
        printer.print()
        printer.sentences(said)
    for said in filter(None, (_lacks(name, tr) for name in names)):
        printer.print()
        printer.sentences(said)
    counted = Counter(each.outcome for each in verdicts)
    comma = tr.in_context("between the parts of a list", ", ")
    printer.print()
    printer.sentences(comma.join(tr(_COUNTED[each], number=counted[each]) for each in RunOutcome))


def _lacks(name: str, tr: Catalogue) -> str:
    """Return a block of lines: which texts of a scenario are missing; "" if none is."""
    try:
        folder = scenarios.find(name)
        scenario, lesson = scenarios.load_folder(folder), scenarios.load_lesson(folder)
    except ScenarioError:
        return ""  # what is wrong with it is said already
    lacks = (*untranslated(scenario, lesson, languages()), *unexplained(lesson))
    said = [f"  {tr(each)}" for each in lacks]
    return "\n".join((f"{printable(name)}:", *said)) if said else ""


def _cell(verdicts: Sequence[ScenarioVerdict], tr: Catalogue) -> Text:
    """Return one cell: of several runs, how many had each outcome, and the longest time."""
    counted = Counter(each.outcome for each in verdicts)
    text = Text()
    for outcome, count in counted.items():
        if text:
            text.append(tr.in_context("between the parts of a list", ", "))
        said = _emphasized(outcome, tr)
        if len(verdicts) > 1:
            said = tr("{outcome} {some} of {all}", outcome=said, some=count, all=len(verdicts))
        text.append(said, _COLOURS[outcome])
    if any(each.seconds for each in verdicts):
        text.append(f"  {max(each.seconds for each in verdicts):.1f} s", "dim")
    return text


def _block(verdict: ScenarioVerdict, said: Iterable[Message | str], tr: Catalogue) -> str:
    """Return a block of lines: which run, and each sentence about it."""
    title = f"{printable(verdict.scenario)}, {verdict.server}: {_emphasized(verdict.outcome, tr)}"
    return "\n".join((title, *(f"  {printable(tr.text(each))}" for each in said)))


def _emphasized(outcome: RunOutcome, tr: Catalogue) -> str:
    """Return an outcome; a failure stands out, where letters have a case."""
    said = tr(_OUTCOMES[outcome])
    return said.upper() if outcome is RunOutcome.FAILED else said


_OUTCOMES = {
    RunOutcome.PASSED: in_context("how a run ended", "passed"),
    RunOutcome.FAILED: in_context("how a run ended", "failed"),
    RunOutcome.NOT_RUN: in_context("how a run ended", "not run"),
}
_COUNTED = {
    RunOutcome.PASSED: message("{number} passed"),
    RunOutcome.FAILED: message("{number} failed"),
    RunOutcome.NOT_RUN: message("{number} not run"),
}
