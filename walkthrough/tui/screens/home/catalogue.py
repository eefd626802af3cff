"""What home is given, as plain records, and what it asks of the code that composes the program.

Home opens no file, runs no server and does not know how what can be run is found out.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from walkthrough.i18n.errors import MessageError
from walkthrough.i18n.messages import Message
from walkthrough.i18n.texts import Texts
from walkthrough.scenario.chapters import Chapter
from walkthrough.tui.screens.session_source import SessionSource

SERVERS = ("auto", "go", "python")
"""What home can run scenarios under, in the order in which one key goes through them."""


class CannotOpenError(MessageError):
    """It cannot be opened; the message is one sentence that says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeEntry:
    """One scenario at hand.

    Attributes:
        name: Its folder's name.
        chapter: The chapter that it belongs to.
        title: A few words.
        teaser: A line that makes readers curious; None if it has none.
        summary: What there is to see, in a sentence or two.
        servers: Under which servers it can be run: ``go``, ``python``.
        address: Where its server listens.
        needs: What the machine must have, in the words of its file.
        recording: Whether it has a recording.
        goals: The ids of its goals.
        level: How much somebody has to know before it; None if it does not say.
        minutes: How long it takes; None if it does not say.
        after: The names of the scenarios that should be known before it.
        lab: Whether it has a lab.
        broken: What is wrong with its files, in a sentence; "" if nothing is.
    """

    name: str
    chapter: Chapter
    title: Texts
    teaser: Texts | None = None
    summary: Texts
    servers: tuple[str, ...] = ()
    address: str = ""
    needs: tuple[str, ...] = ()
    recording: bool = False
    goals: tuple[str, ...] = ()
    level: Message | None = None
    minutes: int | None = None
    after: tuple[str, ...] = ()
    lab: bool = False
    broken: Message | str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingEntry:
    """What is known about a recording without reading it.

    Attributes:
        path: The file.
        scenario: The scenario that was run, "" if none.
        program: The name of the program that was traced, "" if none.
        server: ``go``, ``python``, ``program`` or ``""``.
        go_version: As in ``go1.27.3``.
        when: When it was begun, in local time; None if it does not say.
        events: How many it holds; None if that is not known.
    """

    path: Path
    scenario: str = ""
    program: str = ""
    server: str = ""
    go_version: str = ""
    when: datetime | None = None
    events: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectationSummary:
    """What a scenario's table ``[expect]`` says must be seen, counted or quoted.

    Attributes:
        stages: How many stages it goes through.
        printed: Patterns of what the server prints.
        exit_code: The status with which the server ends; None if it does not end.
        calls: How many system calls are named.
        kernel: At how many moments the kernel's state is.
    """

    stages: int = 0
    printed: tuple[str, ...] = ()
    exit_code: int | None = None
    calls: int = 0
    kernel: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioDetail:
    """What is shown about a scenario when it is looked at.

    Attributes:
        promised: What must be seen in it.
        questions: The questions that its lesson asks.
        beliefs: The numbers of the misconceptions that it shows to be false.
        recording: Its recording, None if there is none.
        trouble: What is wrong with its lesson or its recording, in a sentence; "" if nothing is.
    """

    promised: ExpectationSummary = ExpectationSummary()
    questions: tuple[Texts, ...] = ()
    beliefs: tuple[int, ...] = ()
    recording: RecordingEntry | None = None
    trouble: Message | str = ""


@dataclass(frozen=True, slots=True)
class RunBlocker:
    """What keeps a scenario from being run here under one server.

    Attributes:
        kind: Which kind of thing, for a sentence in any language: ``server``, ``program``,
            ``ipv6``, ``mptcp``, ``port``; any other is given by ``why``.
        why: A sentence.
    """

    kind: str
    why: Message | str


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What can be run on this machine.

    Attributes:
        traces_go: Whether a Go server can be traced at all.
        lacking: What is missing, by scenario and server; a pair that is not in it can be run.
        known: The scenarios that were asked about; of others it is not known.
        alone: The scenarios that run in a network namespace of their own.
        exposed: Those that let others on the network connect while they run.
        no_namespace: Why these have no namespace, as a part of a sentence.
    """

    traces_go: bool = False
    lacking: dict[tuple[str, str], RunBlocker] | None = None
    known: frozenset[str] = frozenset()
    alone: frozenset[str] = frozenset()
    exposed: frozenset[str] = frozenset()
    no_namespace: Message | str = ""


class HomeCatalogue(Protocol):
    """The scenarios and recordings at hand, and the ways to open one.

    What opens something may take a moment, so home calls it beside the screen's own thread.
    """

    def entries(self) -> tuple[HomeEntry, ...]:
        """Return the scenarios, in the order in which they are listed."""

    def remarks(self) -> tuple[Message | str, ...]:
        """Return remarks on the list, one sentence each."""

    def detail(self, name: str) -> ScenarioDetail:
        """Return more about a scenario; never raises."""

    def recents(self) -> tuple[RecordingEntry, ...]:
        """Return the recordings of this user's live sessions, the newest first."""

    async def abilities(self) -> Capabilities:
        """Find out what can be run here; if it cannot be found out, nothing is known."""

    def open_live(self, name: str, server: str) -> SessionSource:
        """Open a scenario live under ``auto``, ``go`` or ``python``.

        Raises:
            CannotOpenError: It cannot be.
        """

    def open_replay(self, name: str) -> SessionSource:
        """Open a scenario's own recording.

        Raises:
            CannotOpenError: It has none, or it is broken.
        """

    def open_path(self, path: str) -> SessionSource:
        """Open a recording, an strace log, or a scenario's folder.

        Raises:
            CannotOpenError: It is none of them.
        """
