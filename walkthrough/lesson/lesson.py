"""What one step shows of the lesson: the source, the executing line, the notes, the call chain.

Joins an event and its world with source and notes into a plain record for a screen or an export
to draw; it knows neither. Source and notes of a file are joined once and kept.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec

import walkthrough
from walkthrough.formatting.go_values import text
from walkthrough.i18n.messages import Message
from walkthrough.lesson.log_notes import SERVER as LOG
from walkthrough.lesson.log_notes import LogNote, note_for
from walkthrough.lesson.sources import LessonSources
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    FunctionEntered,
    FunctionReturned,
    Header,
    SourcePlace,
)
from walkthrough.model.stages import Place, Stage, Step
from walkthrough.model.values import Argument
from walkthrough.scenario import loader as scenarios
from walkthrough.scenario.schema import Question, Scenario
from walkthrough.source.call_stack import SKIPPED as SKIPPED
from walkthrough.source.call_stack import CallStacks, StackFrame
from walkthrough.source.go_root import find_go_root, find_some_go_root
from walkthrough.source.library import SourceLibrary
from walkthrough.source.notes import FOLLOWED, Note, Notes
from walkthrough.source.program_sources import ProgramSources, program_sources
from walkthrough.state.reducer import span_key
from walkthrough.state.world import OpenSpan, World

PROGRAM = "program"
"""What the header of a traced program names that is not Go."""


class StepView(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to show at one step.

    Attributes:
        file: The source file, as events name it; "" if the event has none.
        line: The executing line, from 1; 0 if unknown.
        lines: The whole file; empty if it is not on this machine.
        missing: Why ``lines`` is empty, one sentence; "" otherwise.
        notes: Line number -> note, in the requested language.
        breadcrumb: The call chain in short names, outermost first, `SKIPPED` for gaps.
        frames: The call chain with places, outermost first; the function of the line comes last.
        crumbs: For each entry of the breadcrumb the number of its frame, -1 for gaps.
        function: The function, as Go prints it.
        arguments: What it was called with: ``fd=3 backlog=4096``.
        results: What it returned: ``nil``.
        caption: The note of this place on the path, "" off the path.
        note: That note's id, "" without one.
    """

    file: str = ""
    line: int = 0
    lines: tuple[str, ...] = ()
    missing: Message | str = ""
    notes: dict[int, str] = {}
    breadcrumb: tuple[str, ...] = ()
    frames: tuple[StackFrame, ...] = ()
    crumbs: tuple[int, ...] = ()
    function: str = ""
    arguments: str = ""
    results: str = ""
    caption: str = ""
    note: str = ""


class Lesson:
    """Notes and source for one recording or live run.

    Args:
        header: The recording's first line.
        library: Where source is read from.
        notes: The program's notes, and the scenario's.
        scenario: What is being run, None for the user's own program.
        questions: The scenario's own questions.

    Attributes:
        sources: More to read: the other server's source, a document, definitions.
    """

    def __init__(
        self,
        header: Header,
        library: SourceLibrary,
        notes: Notes,
        scenario: Scenario | None = None,
        questions: Sequence[Question] = (),
    ) -> None:
        self.header = header
        self.scenario = scenario
        self.questions = questions
        self._library = library
        self._notes = notes.for_version(header.go_version) if header.go_version else notes
        self._chains = CallStacks(library)
        self.sources = LessonSources(library, self._notes, header.go_version)

    def view(
        self, event: AnyEvent, world: World, language: str, entered: FunctionEntered | None = None
    ) -> StepView:
        """Return what to show once ``event`` has happened.

        Args:
            event: The event.
            world: The world after it.
            language: ``en`` or ``zh``.
            entered: For a function that returned, the event of its entry if known: its
                arguments are shown with the results.
        """
        owner = _owner(event, world)
        spans = world.spans.get(owner, ()) if owner is not None else ()
        # A client that acts, a thread that starts: the server has not moved.
        source = event.source or world.source
        file, line = (source.file, source.line) if source is not None else ("", 0)
        lines = self._library.lines(file) if file else None
        note = self._caption(event, world, owner)
        arguments, results = _values(event, spans, entered)
        functions = [span for span in spans if not span.call]
        breadcrumb, crumbs, frames = self._chains.of(functions, event, source, entered)
        return StepView(
            file=file,
            line=line if lines is None or 0 < line <= len(lines) else 0,
            lines=lines or (),
            missing=self._missing(file) if lines is None else "",
            notes=self.sources.notes(file, language),
            breadcrumb=breadcrumb,
            frames=frames,
            crumbs=crumbs,
            function=event.function or (functions[-1].name if functions else ""),
            arguments=arguments,
            results=results,
            caption=note.says(language) if note is not None else "",
            note=note.id if note is not None else "",
        )

    @property
    def notes(self) -> Notes:
        """The notes that hold for what is walked, the scenario's own among them."""
        return self._notes

    def source_of(self, place: SourcePlace) -> tuple[str, ...]:
        """Return the lines of the file of ``place``, empty if it is not on this machine."""
        return self._library.lines(place.file) or ()

    def _missing(self, file: str) -> Message | str:
        return self._library.missing(file, self.header.go_version) if file else ""

    def _caption(self, event: AnyEvent, world: World, owner: int | None) -> Note | LogNote | None:
        place = event.place if event.place != Place() else world.place
        if place == Place():
            return None
        if self.header.server in (LOG, PROGRAM):  # notes about Go need not hold for it
            return note_for(event, place)
        if place.step in (Step.READ, Step.WRITE) and owner in world.parked:
            # The path goes no deeper than read, but parking is what needs a note now.
            place = Place(None, Step.POLL_WAIT)
        return self._notes.for_place(place, _passed(place, world, owner))


def lesson_for(
    header: Header,
    toolchain: Callable[[], Path | None] = lambda: None,
    program: ProgramSources | None = None,
) -> Lesson:
    """Return the lesson for a recording or a live run, with all that this machine has for it.

    A scenario that is not here (the recording came from elsewhere) is simply not joined.

    Args:
        header: Of the recording or the live run.
        toolchain: Returns the GOROOT that servers are built with here, for when Go's source is
            in none of the usual places.
        program: Where the source of a traced program is; None looks in the usual places.

    Raises:
        ScenarioError: The scenario is here, and one of its files has a mistake.
    """
    package = Path(walkthrough.__file__).resolve().parent
    notes, scenario, folder = Notes.load(), None, None
    questions: Sequence[Question] = ()
    if header.scenario in scenarios.names():
        folder = scenarios.find(header.scenario)
        scenario = scenarios.load_folder(folder)
        own = scenarios.load_lesson(folder)
        notes, questions = notes.plus(own.note), own.question
    go_root = _go_root(header)
    if go_root is None and (root := toolchain()) is not None:
        go_root = _go_root(header, [root])
    server: Path | None = scenarios.server_folder()
    if header.program is not None:  # its main.go is not that of the scenarios' server
        server, program = None, program or program_sources()
    library = SourceLibrary(
        go_root,
        server,
        package / "capture",
        folder,
        program,
        header.architecture or "x86_64",
    )
    return Lesson(header, library, notes, scenario, questions)


def _go_root(header: Header, candidates: Iterable[Path] | None = None) -> Path | None:
    # The Python server has no Go: it is shown with the version that it follows, or any other. For
    # any other recording only the source that was executed will do.
    if header.server == "python":
        return find_some_go_root(FOLLOWED, candidates)
    return find_go_root(header.go_version, candidates)


def _owner(event: AnyEvent, world: World) -> int | None:
    """Return the key of the call chain that ``event`` belongs to.

    An event without a chain of its own (the kernel's view, a client's action) is shown where the
    server stands.
    """
    match event:
        case FunctionEntered() | FunctionReturned() | CallEntered() | CallReturned():
            return span_key(event)
        case _:
            return world.focus


def _passed(place: Place, world: World, owner: int | None) -> tuple[Step, ...]:
    """Return the steps that the goroutine has completed in its current stage."""
    if place.stage is not Stage.ACCEPT or owner is None:
        return ()
    mine = [v for v in world.visits[-64:] if v.goroutine == owner]
    begun = max((v.entered for v in mine if v.place == Place(Stage.ACCEPT)), default=-1)
    return tuple(
        v.place.step
        for v in mine
        if v.place.step is not None and v.entered > begun and v.returned is not None
    )


def _values(
    event: AnyEvent, spans: Sequence[OpenSpan], entered: FunctionEntered | None
) -> tuple[str, str]:
    """Return arguments and results as text: of the event, else of the innermost open span."""
    match event:
        case FunctionReturned():
            return _list(entered.arguments if entered else ()), _list(event.results, names=False)
        case FunctionEntered() | CallEntered():
            return _list(event.arguments), ""
        case CallReturned():
            failed = f"-1 {event.error.name or event.error.raw}" if event.error else ""
            return _list(event.arguments), failed or str(event.result)
        case _:
            return (_list(spans[-1].arguments), "") if spans else ("", "")


def _list(arguments: Sequence[Argument], names: bool = True) -> str:
    if not names:
        return ", ".join(text(a.value) for a in arguments)
    return " ".join(f"{a.name}={text(a.value)}" if a.name else text(a.value) for a in arguments)
