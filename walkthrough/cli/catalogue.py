"""What home shows and opens: the available scenarios, the kept recordings, what can run here.

Implements the screen's `HomeCatalogue`; knows no widget.
"""

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec

from walkthrough.capture.environment.system import refused_elsewhere
from walkthrough.cli import autosave
from walkthrough.cli.errors import UsageError
from walkthrough.cli.open import OpenRequest, open_wanted
from walkthrough.i18n.languages import ENGLISH
from walkthrough.i18n.messages import Message
from walkthrough.i18n.system_errors import reason
from walkthrough.i18n.texts import Texts
from walkthrough.recording.file import RecordingError
from walkthrough.recording.summary import summarize
from walkthrough.scenario import loader as scenarios
from walkthrough.scenario.chapters import Chapter, by_chapter
from walkthrough.scenario.labs import has_lab
from walkthrough.scenario.loader import ScenarioError
from walkthrough.scenario.misconceptions import seen_false
from walkthrough.scenario.schema import Scenario
from walkthrough.tui.screens.home.catalogue import (
    CannotOpenError,
    Capabilities,
    ExpectationSummary,
    HomeEntry,
    RecordingEntry,
    RunBlocker,
    ScenarioDetail,
)
from walkthrough.tui.screens.session_source import SessionSource
from walkthrough.view.traced_program import program_name

_SERVERS = ("go", "python")
_PATIENCE = 60.0
"""Seconds within which the check of what can run here must end."""


class ScenarioCatalogue:
    """The scenarios and recordings of this machine."""

    def __init__(self) -> None:
        self._remarks: tuple[Message | str, ...] = ()

    def entries(self) -> tuple[HomeEntry, ...]:
        """Return the scenarios by chapter; one whose file has a mistake comes last, and says so."""
        try:
            folders = scenarios.folders()
            self._remarks = scenarios.shadowed_names(folders)
        except ScenarioError as error:
            self._remarks = (error.message,)
            return ()
        found = []
        for name, folder in folders.items():
            order, entry = _entry(name, folder)
            found.append((by_chapter(entry.chapter, order, name), entry))
        return tuple(entry for _, entry in sorted(found, key=lambda each: each[0]))

    def remarks(self) -> tuple[Message | str, ...]:
        """Return remarks on the list."""
        return self._remarks

    def detail(self, name: str) -> ScenarioDetail:
        """Return more about a scenario; what cannot be read is reported, never raised."""
        try:
            folder = scenarios.find(name)
            scenario = scenarios.load_folder(folder)
            lesson = scenarios.load_lesson(folder)
            kept = folder / scenarios.RECORDING
            recording = _recorded(kept) if kept.exists() else None
        except (ScenarioError, RecordingError, OSError) as error:
            return ScenarioDetail(trouble=reason(error))
        return ScenarioDetail(
            promised=_promised(scenario),
            questions=tuple(question.ask for question in lesson.question),
            beliefs=seen_false(name, lesson),
            recording=recording,
        )

    def recents(self) -> tuple[RecordingEntry, ...]:
        """Return the recordings of live sessions, the newest first."""
        found = []
        with contextlib.suppress(OSError):
            for path in autosave.folder().glob("*.jsonl"):
                with contextlib.suppress(OSError, RecordingError):
                    found.append((path.stat().st_mtime, _recorded(path)))
        found.sort(key=lambda each: (-each[0], str(each[1].path)))
        return tuple(recorded for _, recorded in found)

    async def abilities(self) -> Capabilities:
        """Ask a separate process what can run here; the screen neither forks nor traces."""
        if why := refused_elsewhere():
            return _nothing_runs(why)
        from walkthrough.capture import processes
        from walkthrough.capture.workers.availability_report import Availability

        try:
            asked = await processes.start(
                processes.python("walkthrough.capture.workers.availability"),
                stderr=asyncio.subprocess.DEVNULL,
            )
        except OSError:
            return Capabilities()
        try:
            answer, _ = await asyncio.wait_for(asked.communicate(), _PATIENCE)
            survey = msgspec.json.decode(answer, type=Availability)
        except (TimeoutError, msgspec.MsgspecError):
            return Capabilities()
        finally:
            await processes.put_away(asked)  # home may have been left
        return Capabilities(
            traces_go=survey.traces_go,
            lacking={
                (each.scenario, each.server): RunBlocker(each.lack, each.why)
                for each in survey.answers
                if each.lack
            },
            known=frozenset(each.scenario for each in survey.answers),
            alone=frozenset(survey.alone),
            exposed=frozenset(survey.exposed),
            no_namespace=survey.no_namespace,
        )

    def open_live(self, name: str, server: str) -> SessionSource:
        """Open a scenario live; the capture reports if its server cannot run."""
        return _opened(lambda: open_wanted(OpenRequest(name, server, trial=False)))

    def open_replay(self, name: str) -> SessionSource:
        """Open a scenario's own recording."""
        return _opened(lambda: open_wanted(OpenRequest(name, replay=True)))

    def open_path(self, path: str) -> SessionSource:
        """Open a recording, a log, or a scenario's folder."""
        # A name without a folder would be taken for a scenario's.
        whole = path if os.path.dirname(path) else os.path.join(os.curdir, path)
        return _opened(lambda: open_wanted(OpenRequest(whole, trial=False)))


def _nothing_runs(why: Message) -> Capabilities:
    """Return what can be run where nothing can be captured."""
    with contextlib.suppress(ScenarioError):  # what is wrong with the list is shown with it
        names = scenarios.names()
        lacking = {
            (name, server): RunBlocker("machine", why) for name in names for server in _SERVERS
        }
        return Capabilities(lacking=lacking, known=frozenset(names))
    return Capabilities()


def _opened(opening: Callable[[], SessionSource]) -> SessionSource:
    try:
        return opening()
    except UsageError as error:
        raise CannotOpenError(error.message) from error


def _entry(name: str, folder: Path) -> tuple[int, HomeEntry]:
    """Return a scenario's position in its chapter, and its entry on home."""
    try:
        scenario = scenarios.load_folder(folder)
    except ScenarioError as error:
        called = Texts({ENGLISH: name if name.strip() else ascii(name)})
        broken = HomeEntry(
            name=name, chapter=Chapter.OWN, title=called, summary=called, broken=error.message
        )
        return sys.maxsize, broken
    return scenario.order, HomeEntry(
        name=name,
        chapter=scenario.chapter,
        title=scenario.title,
        teaser=scenario.teaser,
        summary=scenario.summary,
        servers=scenario.servers,
        address=scenario.address,
        needs=tuple(need.value for need in scenario.needs),
        recording=(folder / scenarios.RECORDING).is_file(),
        goals=tuple(goal.id for goal in scenario.goal),
        level=scenario.level.label if scenario.level is not None else None,
        minutes=scenario.minutes,
        after=scenario.after,
        lab=has_lab(folder),
    )


def _promised(scenario: Scenario) -> ExpectationSummary:
    expect = scenario.expect
    return ExpectationSummary(
        stages=len(expect.stages),
        printed=expect.printed,
        exit_code=expect.exit_code,
        calls=sum(len(calls.seen) for calls in expect.calls),
        kernel=len(expect.kernel),
    )


def _recorded(path: Path) -> RecordingEntry:
    seen = summarize(path)
    header = seen.header
    return RecordingEntry(
        path=path,
        scenario=header.scenario,
        program=program_name(header),
        server=header.server,
        go_version=header.go_version,
        when=_local(header.started),
        events=seen.events,
    )


def _local(started: str) -> datetime | None:
    try:
        return datetime.fromisoformat(started).astimezone()
    except (ValueError, OverflowError, OSError):
        return None
