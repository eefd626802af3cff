"""What one step shows of the lesson: the source, the executing line, the notes, the call chain.

Joins an event and its world with source and notes into a plain record for a screen or an export
to draw; it knows neither. Source and notes of a file are joined once and kept.
"""

from collections.abc import Sequence
from pathlib import Path

import msgspec

import walkthrough
from walkthrough.lesson import scenario as scenarios
from walkthrough.lesson.format import Scenario
from walkthrough.lesson.functions import Body, find_function, find_functions, local, short
from walkthrough.lesson.notes import Note, Notes
from walkthrough.lesson.source import SourceLibrary, find_go_root
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    FunctionEntered,
    FunctionReturned,
    Header,
    SourcePlace,
)
from walkthrough.model.path import Place, Stage, Step
from walkthrough.model.values import Argument
from walkthrough.notation.values import text
from walkthrough.replay.advance import span_key
from walkthrough.replay.world import OpenSpan, World

SKIPPED = "..."
"""Stands in a breadcrumb for frames left out: inlined away, not watched, or too many to show."""

MOST_CRUMBS = 7

# Called through a variable, so the caller's text has another name (net/hook_unix.go,
# internal/poll/hook_unix.go, the same in go1.21 to go1.27).
_CALLED_AS = {
    "Listen": ("listenFunc",),
    "runtime_pollServerInit": ("serverInit",),
}


class StepView(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to show at one step.

    Attributes:
        file: The source file, as events name it; "" if the event has none.
        line: The executing line, from 1; 0 if unknown.
        lines: The whole file; empty if it is not on this machine.
        missing: Why ``lines`` is empty, one sentence; "" otherwise.
        notes: Line number -> note, in the language asked for.
        breadcrumb: The call chain in short names, outermost first, `SKIPPED` for gaps.
        function: The function, as Go prints it.
        arguments: What it was called with: ``fd=3 backlog=4096``.
        results: What it returned: ``nil``.
        caption: The note of this place on the path, "" off the path.
        note: That note's id, "" without one.
    """

    file: str = ""
    line: int = 0
    lines: tuple[str, ...] = ()
    missing: str = ""
    notes: dict[int, str] = {}
    breadcrumb: tuple[str, ...] = ()
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
        scenario: What is being run, None for a program of the user's.
    """

    def __init__(
        self,
        header: Header,
        library: SourceLibrary,
        notes: Notes,
        scenario: Scenario | None = None,
    ) -> None:
        self.header = header
        self.scenario = scenario
        self._library = library
        self._notes = notes.for_version(header.go_version) if header.go_version else notes
        self._beside: dict[tuple[str, str], dict[int, str]] = {}
        self._direct: dict[tuple[str, str, str], bool] = {}
        self._functions: dict[str, dict[str, Body]] = {}

    def view(
        self, event: AnyEvent, world: World, language: str, entered: FunctionEntered | None = None
    ) -> StepView:
        """Return what to show once ``event`` has happened.

        Args:
            event: The event.
            world: The world after it.
            language: ``en`` or ``zh``.
            entered: For a function that returned, the event of its entry if at hand: its
                arguments are shown beside the results.
        """
        owner = _owner(event, world)
        spans = world.spans.get(owner, ()) if owner is not None else ()
        # A client that acts, a thread that starts: the server still stands where it stood.
        source = event.source or world.source
        file, line = (source.file, source.line) if source is not None else ("", 0)
        lines = self._library.lines(file) if file else None
        note = self._caption(event, world, owner)
        arguments, results = _values(event, spans, entered)
        functions = [span for span in spans if not span.call]
        return StepView(
            file=file,
            line=line if lines is None or 0 < line <= len(lines) else 0,
            lines=lines or (),
            missing=self._missing(file) if lines is None else "",
            notes=self._notes_beside(file, lines, language),
            breadcrumb=self._breadcrumb(functions, event),
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

    def _missing(self, file: str) -> str:
        return self._library.missing(file, self.header.go_version) if file else ""

    def _notes_beside(
        self, file: str, lines: tuple[str, ...] | None, language: str
    ) -> dict[int, str]:
        if lines is None:
            return {}
        key = (file, language)
        if key not in self._beside:
            if len(self._beside) > 1000:
                self._beside.clear()
            self._beside[key] = {
                line: "\n".join(note.says(language) for note in notes)
                for line, notes in self._notes.in_file(file, lines).items()
            }
        return self._beside[key]

    def _caption(self, event: AnyEvent, world: World, owner: int | None) -> Note | None:
        place = event.place if event.place != Place() else world.place
        if place == Place():
            return None
        if place.step in (Step.READ, Step.WRITE) and owner in world.parked:
            # The path goes no deeper than read, but it is the parking that is worth a word now.
            place = Place(None, Step.POLL_WAIT)
        return self._notes.for_place(place, _passed(place, world, owner))

    def _breadcrumb(self, spans: Sequence[OpenSpan], event: AnyEvent) -> tuple[str, ...]:
        chain = [(span.name, span.source) for span in spans]
        if isinstance(event, FunctionReturned) and event.function:
            # Its span is closed in the world after it, yet it is what the step is about.
            chain.append((event.function, event.source))
        crumbs: list[str] = []
        for number, (name, _) in enumerate(chain):
            if number and not self._calls(chain[number - 1], name):
                crumbs.append(SKIPPED)
            crumbs.append(short(name))
        return _shorten(crumbs)

    def _calls(self, caller: tuple[str, SourcePlace | None], callee: str) -> bool:
        """Tell whether the caller's own text calls the callee; if not, a frame lies between.

        Without the source nothing can be told, and no gap is claimed.
        """
        name, source = caller
        if source is None:
            return True
        key = (source.file, name, callee)
        if key not in self._direct:
            self._direct[key] = self._names(source.file, name, callee)
        return self._direct[key]

    def _names(self, file: str, caller: str, callee: str) -> bool:
        lines = self._library.lines(file)
        if lines is None or file.endswith(".py"):
            return True
        if file not in self._functions:
            self._functions[file] = find_functions(lines)
        body = find_function(self._functions[file], caller)
        if body is None:
            return True
        last = local(callee).rpartition(".")[2]
        wanted = (last, *_CALLED_AS.get(last, ()))
        inside = "\n".join(lines[body.first : body.last])
        return any(f"{name}(" in inside or f".Do({name}" in inside for name in wanted)


def lesson_for(header: Header) -> Lesson:
    """Return the lesson for a recording or a live run, with all that this machine has for it.

    A scenario that is not at hand (the recording came from elsewhere) is simply not joined.

    Raises:
        ScenarioError: The scenario is here, and one of its files has a mistake.
    """
    package = Path(walkthrough.__file__).resolve().parent
    notes, scenario, folder = Notes.load(), None, None
    if header.scenario in scenarios.names():
        folder = scenarios.find(header.scenario)
        scenario = scenarios.load_folder(folder)
        notes = notes.plus(scenarios.load_notes(folder))
    library = SourceLibrary(
        find_go_root(header.go_version), scenarios.server_folder(), package / "capture", folder
    )
    return Lesson(header, library, notes, scenario)


def _owner(event: AnyEvent, world: World) -> int | None:
    """Return the key of the call chain that ``event`` belongs to.

    An event without a chain of its own (the kernel's view, a client's doing) is shown where the
    server stands.
    """
    match event:
        case FunctionEntered() | FunctionReturned() | CallEntered() | CallReturned():
            return span_key(event)
        case _:
            return world.focus


def _passed(place: Place, world: World, owner: int | None) -> tuple[Step, ...]:
    """Return the steps that the goroutine has behind it in the stage it is in now."""
    if place.stage is not Stage.ACCEPT or owner is None:
        return ()
    mine = [v for v in world.visits[-64:] if v.goroutine == owner]
    begun = max((v.entered for v in mine if v.place == Place(Stage.ACCEPT)), default=-1)
    return tuple(
        v.place.step
        for v in mine
        if v.place.step is not None and v.entered > begun and v.returned is not None
    )


def _shorten(crumbs: list[str]) -> tuple[str, ...]:
    """Keep the first two and the last of a chain that is too long, and say that it is shortened."""
    if len(crumbs) <= MOST_CRUMBS:
        return tuple(crumbs)
    tail = crumbs[-(MOST_CRUMBS - 3) :]
    head = crumbs[:2]
    while tail and tail[0] == SKIPPED:
        tail = tail[1:]
    while head and head[-1] == SKIPPED:
        head = head[:-1]
    return (*head, SKIPPED, *tail)


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
