"""What was learned: which scenarios were seen, what was answered, and what was believed wrongly.

Kept on this machine alone, in the user's data folder; `walkthrough.user_data.progress_file` says
how. Nothing wrong with the file ever stops the program: one sentence says what is not remembered.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, Protocol, Self

from walkthrough.i18n.messages import Message
from walkthrough.user_data.progress_errors import ProgressFault, ProgressFileError, broken_lines
from walkthrough.user_data.progress_file import FileContent, ProgressFile
from walkthrough.user_data.progress_format import (
    LONGEST_NAME,
    LONGEST_PREDICTION,
    AnswerEntry,
    LabEntry,
    ProgressEntry,
    WalkEntry,
)
from walkthrough.user_data.progress_summary import ProgressSummary

FILE = "progress.jsonl"


class Answered(Protocol):
    """An answer that counts; `walkthrough.quiz.answer.QuizAnswer` is one."""

    @property
    def scenario(self) -> str:
        """The scenario that was walked through; "" for none."""

    @property
    def question(self) -> str:
        """The question's name, the same in every walk."""

    @property
    def topic(self) -> str:
        """What kind of question it is."""

    @property
    def right(self) -> bool:
        """Whether the answer was right."""

    @property
    def believes(self) -> int:
        """The misconception that the answer stands for, by its number; 0 for none."""

    @property
    def tests(self) -> tuple[int, ...]:
        """The misconceptions that the question's choices stand for, by their numbers."""


class ForgottenProgress(NamedTuple):
    """What was deleted: how many scenarios it was about, and how many answers."""

    scenarios: int
    answers: int


class Progress:
    """What was learned by one user.

    Args:
        path: The file that it is kept in; without one it lasts as long as this object.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._file = ProgressFile(path) if path is not None else None
        self._unsaved: list[ProgressEntry] = []
        self._problems: list[Message | str] = []
        self._said: set[ProgressFault] = set()
        self._known = ProgressSummary()

    @classmethod
    def load(cls, path: Path | None = None) -> Self:
        """Read what is remembered; never raises.

        Args:
            path: The file, by default the one in the user's data folder.
        """
        progress = cls(path if path is not None else progress_path())
        progress.refresh()
        return progress

    @property
    def path(self) -> Path | None:
        """The file that it is kept in."""
        return self._file.path if self._file is not None else None

    @property
    def known(self) -> ProgressSummary:
        """What is known by now."""
        return self._known

    def refresh(self) -> None:
        """Take over what other screens have learned meanwhile; never raises (see `problems`)."""
        try:
            self.read()
        except ProgressFileError as error:
            self._say(error.fault, error.message)

    def read(self) -> None:
        """Take over what the file holds, if it has changed.

        Raises:
            ProgressFileError: It cannot be used.
        """
        if self._file is not None:
            self._merge(self._file.read(), self._unsaved)

    def problems(self) -> list[Message | str]:
        """Return what has gone wrong since the last call, each a sentence that is said once."""
        problems, self._problems = self._problems, []
        return problems

    def record(self, answer: Answered) -> None:
        """Remember an answer; never raises (see `problems`)."""
        self._record(
            AnswerEntry(
                scenario=_name(answer.scenario),
                question=_name(answer.question),
                topic=_name(answer.topic),
                right=answer.right,
                believes=answer.believes,
                tests=answer.tests,
                day=_today(),
            )
        )

    def record_walk(
        self, scenario: str, *, seen: bool = False, reached: Iterable[str] = ()
    ) -> None:
        """Remember what a walk has shown, if that is new; never raises (see `problems`).

        Args:
            scenario: The scenario's name; "", which is none, is not remembered.
            seen: Whether it was seen to its end.
            reached: The ids of goals that were reached.
        """
        name = _name(scenario)
        known = self._known.scenario(name)
        new = tuple(goal for goal in map(_name, reached) if goal not in known.reached)
        if name and (new or (seen and not known.seen)):
            self._record(WalkEntry(scenario=name, seen=seen, reached=new, day=_today()))

    def record_lab(
        self, scenario: str, *, prediction: str = "", hint: bool = False, passed: bool = False
    ) -> None:
        """Remember what was done in a scenario's lab; never raises (see `problems`).

        Args:
            scenario: The scenario's name.
            prediction: What was predicted; what is longer than `LONGEST_PREDICTION` is cut off.
            hint: Whether one more hint was shown.
            passed: Whether every promise was kept.
        """
        said = prediction[:LONGEST_PREDICTION].encode("utf-8", "replace").decode()
        self._record(
            LabEntry(
                scenario=_name(scenario), prediction=said, hint=hint, passed=passed, day=_today()
            )
        )

    def forget(self, scenario: str | None = None) -> ForgottenProgress:
        """Delete what is remembered of a scenario, or everything; return how much that was.

        Raises:
            ProgressFileError: Nothing was deleted.
        """

        def unwanted(entry: ProgressEntry) -> bool:
            return scenario is None or entry.scenario == scenario

        removed: list[ProgressEntry] = []
        if self._file is not None:
            removed += self._file.remove(None if scenario is None else unwanted)
        removed += filter(unwanted, self._unsaved)
        self._unsaved = [entry for entry in self._unsaved if not unwanted(entry)]
        self._begin_again(self._unsaved)
        self.refresh()
        return ForgottenProgress(
            len({entry.scenario for entry in removed if entry.scenario}),
            sum(entry.times for entry in removed if isinstance(entry, AnswerEntry)),
        )

    def _record(self, entry: ProgressEntry) -> None:
        self._known.take(entry)
        self._unsaved.append(entry)
        if self._file is None:
            return
        try:
            before = self._file.append(self._unsaved)
        except ProgressFileError as error:
            self._say(error.fault, error.message)
            return
        saved, self._unsaved = self._unsaved, []
        self._merge(before, saved)

    def _merge(self, content: FileContent | None, own: Iterable[ProgressEntry]) -> None:
        """Begin again with what the file holds, if that was not known, and what comes after it."""
        if content is None:
            return
        self._begin_again((*content.entries, *own))
        if content.broken and self.path is not None:
            self._say(ProgressFault.LINES, broken_lines(self.path, content.broken))

    def _begin_again(self, entries: Iterable[ProgressEntry]) -> None:
        self._known = ProgressSummary()
        for entry in entries:
            self._known.take(entry)

    def _say(self, fault: ProgressFault, sentence: Message | str) -> None:
        if fault not in self._said:
            self._said.add(fault)
            self._problems.append(sentence)


def progress_path() -> Path:
    """Return the file in which it is kept (XDG data folder)."""
    import platformdirs

    return Path(platformdirs.user_data_dir("walkthrough")) / FILE


def _name(text: str) -> str:
    """Return a name that JSON can hold; a file's name may have bytes that are no text."""
    return text[:LONGEST_NAME].encode("utf-8", "replace").decode()


def _today() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d}"
