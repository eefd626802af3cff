"""``walkthrough lab``: lists the labs, begins one, runs the program that somebody wrote for it."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from rich.text import Text

from walkthrough.capture.errors import CaptureError
from walkthrough.cli.errors import UsageError
from walkthrough.cli.lab_files import begin, own_program, read_program
from walkthrough.cli.lab_run import LabOutcome, run_lab
from walkthrough.cli.open import named
from walkthrough.cli.output import Printer
from walkthrough.cli.signals import unwind_on_signals
from walkthrough.formatting.escaping import printable
from walkthrough.formatting.terminal import say, show_json
from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import Message, message
from walkthrough.recording.file import RecordingError
from walkthrough.recording.output import OutputError
from walkthrough.scenario import labs
from walkthrough.scenario.labs import ScenarioLab
from walkthrough.scenario.loader import ScenarioError
from walkthrough.user_data.progress import Progress
from walkthrough.user_data.progress_format import LONGEST_PREDICTION
from walkthrough.user_data.progress_summary import LabProgress


class LabRequest(NamedTuple):
    """What is wanted of a lab.

    Attributes:
        name: The scenario that it belongs to, or its folder.
        folder: The folder with the program; None for the one of the scenario's name.
        prediction: What was predicted; None if that was not said here.
        hint: Whether one more hint is wanted, and no run.
        as_json: Whether it is printed for other programs.
    """

    name: str
    folder: str | None
    prediction: str | None
    hint: bool
    as_json: bool


def lab_list(tr: Catalogue, *, as_json: bool) -> int:
    """List the labs; one that is broken is named on standard error.

    Returns:
        0, or 1 if one is broken.
    """
    loaded, broken, progress = [], 0, _progress(tr)
    try:
        names = labs.names()
    except ScenarioError as error:
        raise UsageError(error.message) from error
    for name in names:
        try:
            loaded.append(labs.load(name))
        except ScenarioError as error:
            broken += 1
            say(f"walkthrough: {tr.text(error.message)}")
    if as_json:
        show_json([_row(lab, progress.known.lab(lab.name)) for lab in loaded], indent=2)
        return 1 if broken else 0
    rows = []
    for lab in loaded:
        known = progress.known.lab(lab.name)
        state = Text(_state(known, tr), "green" if known.passed else "")
        title = lab.scenario.title.says(tr.language)
        rows.append((Text(printable(lab.name)), state, Text(printable(title))))
    printer = Printer()
    printer.table((tr("Lab"), tr("State"), tr("Title")), rows)
    printer.print()
    printer.sentences(tr("Begin one with {command}.", command="walkthrough lab NAME"))
    return 1 if broken else 0


def _progress(tr: Catalogue) -> Progress:
    progress = Progress.load()
    _say_problems(progress, tr)
    return progress


def _say_problems(progress: Progress, tr: Catalogue) -> None:
    for problem in progress.problems():
        say(f"walkthrough: {tr.text(problem)}")


def _state(known: LabProgress, tr: Catalogue) -> str:
    if known.passed:
        return tr.in_context("a lab", "done")
    return tr.in_context("a lab", "begun") if known != LabProgress() else "-"


def _row(lab: ScenarioLab, known: LabProgress) -> dict[str, Any]:
    return {
        "name": lab.name,
        "title": dict(lab.scenario.title),
        "task": dict(lab.scenario.summary),
        "predict": dict(lab.texts.predict),
        "hints": len(lab.texts.hint),
        "shown": min(known.hints, len(lab.texts.hint)),
        "prediction": known.prediction,
        "passed": known.passed,
    }


def lab_of(wanted: LabRequest, tr: Catalogue, progress: Callable[[Message | str], None]) -> int:
    """Do what is wanted of one lab.

    Args:
        wanted: What.
        tr: What the command speaks.
        progress: Receives a message now and then while a build lasts.

    Returns:
        0, or 1 if a promise was not kept.

    Raises:
        UsageError: The program cannot be run, and why.
    """
    try:
        name, remarks = named(wanted.name)
        for remark in remarks:
            say(f"walkthrough: {tr.text(remark)}")
        return _LabCommand(labs.load(name), wanted, tr).obey(progress)
    except (CaptureError, ScenarioError, RecordingError, OutputError) as error:
        raise UsageError(error.message) from error


class _LabCommand:
    """One call of the command, of a lab that is there."""

    def __init__(self, lab: ScenarioLab, wanted: LabRequest, tr: Catalogue) -> None:
        self._lab = lab
        self._wanted = wanted
        self._tr = tr
        self._progress = _progress(tr)
        self._printer = Printer()

    def obey(self, progress: Callable[[Message | str], None]) -> int:
        file = own_program(self._lab, self._wanted.folder)
        if self._wanted.hint:
            self._remember(hint=True)
            self._show_hint()
            return 0
        if not file.exists() and not file.is_symlink():
            if self._wanted.as_json:
                raise UsageError(
                    message(
                        "There is no {file} yet: begin the lab without --json.",
                        file=printable(str(file)),
                    )
                )
            self._begin(file)
            return 0
        program = read_program(file)
        prediction = self._prediction(file)
        unwind_on_signals()
        outcome = run_lab(self._lab, program, progress)
        if outcome.misses:
            self._remember(hint=True)
        elif not self._known.passed:
            self._remember(passed=True)
        if self._wanted.as_json:
            show_json(self._document(outcome, file, prediction))
        else:
            self._report(outcome, prediction)
        return 1 if outcome.misses else 0

    @property
    def _known(self) -> LabProgress:
        return self._progress.known.lab(self._lab.name)

    def _remember(self, *, prediction: str = "", hint: bool = False, passed: bool = False) -> None:
        if hint and self._known.hints >= len(self._lab.texts.hint):
            return
        self._progress.record_lab(self._lab.name, prediction=prediction, hint=hint, passed=passed)
        _say_problems(self._progress, self._tr)

    def _remember_prediction(self, said: str) -> None:
        if said:
            self._remember(prediction=said)

    # beginning

    def _begin(self, file: Path) -> None:
        """Put down the task and what to begin with."""
        tr, language = self._tr, self._tr.language
        begin(self._lab, file)
        self._heading(self._lab.scenario.title.says(language))
        self._paragraph(self._lab.scenario.summary.says(language))
        if self._wanted.prediction or not self._known.prediction:
            self._remember_prediction(self._asked())
        if not self._known.prediction:
            self._paragraph(self._question())
        self._printer.sentences(
            tr("{file} is what you begin with. Once it is written:", file=printable(str(file)))
        )
        self._printer.uncut(f"  {self._command()}")

    def _command(self) -> str:
        """Return the command by which the program is run."""
        folder = f" {printable(self._wanted.folder)}" if self._wanted.folder is not None else ""
        option = "" if self._known.prediction else " --predict '...'"
        return f"walkthrough lab {printable(self._wanted.name)}{folder}{option}"

    def _heading(self, text: str) -> None:
        self._printer.print(Text(printable(text), "bold"))

    def _paragraph(self, text: str) -> None:
        self._printer.sentences(text.strip())
        self._printer.print()

    # predicting

    def _question(self) -> str:
        asked = self._lab.texts.predict.says(self._tr.language)
        return self._tr("Predict first: {question}", question=asked)

    def _prediction(self, file: Path) -> str:
        """Return what was predicted, which has to be known before anything is run.

        Raises:
            UsageError: It is not.
        """
        said = self._asked() if self._wanted.prediction or not self._known.prediction else ""
        self._remember_prediction(said)
        if not self._known.prediction:
            raise UsageError(
                message(
                    "{file} is not run before you have predicted: {question} Answer with "
                    "`{command}`.",
                    file=printable(str(file)),
                    question=self._lab.texts.predict.says(self._tr.language),
                    command=self._command(),
                )
            )
        return self._known.prediction

    def _asked(self) -> str:
        """Return what is predicted: on the command line, or at a terminal; "" for nothing."""
        if self._wanted.prediction is not None:
            return self._wanted.prediction.strip()
        if not (sys.stdin.isatty() and sys.stderr.isatty()) or self._wanted.as_json:
            return ""
        say(self._question())
        return sys.stdin.readline(LONGEST_PREDICTION).strip()

    # reporting

    def _report(self, outcome: LabOutcome, prediction: str) -> None:
        tr, printer, name = self._tr, self._printer, printable(self._lab.name)
        for said in outcome.remarks:
            say(tr.text(said))
        if outcome.misses:
            printer.print(Text(tr("{lab}: FAILED", lab=name), "bold red"))
        else:
            printer.print(Text(tr("{lab}: PASSED, every promise was kept", lab=name), "green"))
        for miss in outcome.misses:
            where = tr(" (event {number})", number=miss.event + 1) if miss.event is not None else ""
            printer.sentences(f"  {printable(tr.text(miss.said))}{where}")
        printer.print()
        printer.sentences(tr("You predicted: {prediction}", prediction=printable(prediction)))
        if not outcome.misses:
            answer = self._lab.texts.answer.says(tr.language)
            printer.sentences(tr("What happened: {answer}", answer=answer))
        printer.sentences(tr("Look at it (g goes to an event):"))
        printer.uncut(f"  walkthrough {_quoted(outcome.recording)}")
        if outcome.misses:
            printer.print()
            self._show_hint()

    def _show_hint(self) -> None:
        tr, hints = self._tr, self._lab.texts.hint
        number = min(max(self._known.hints, 1), len(hints))
        hint = hints[number - 1].says(tr.language)
        said = tr("Hint {number} of {count}: {hint}", number=number, count=len(hints), hint=hint)
        self._printer.sentences(said)

    def _document(self, outcome: LabOutcome, file: Path, prediction: str) -> dict[str, Any]:
        """Return the outcome as plain data: programs read it, so its sentences are English."""
        hints = [hint.says("en") for hint in self._lab.texts.hint]
        return {
            "lab": self._lab.name,
            "outcome": "failed" if outcome.misses else "passed",
            "misses": [
                {"why": str(miss.said), "event": None if miss.event is None else miss.event + 1}
                for miss in outcome.misses
            ],
            "prediction": prediction,
            "hints": hints[: self._known.hints],
            "program": str(file),
            "recording": str(outcome.recording),
        }


def _quoted(path: Path) -> str:
    import shlex

    return shlex.quote(printable(str(path)))
