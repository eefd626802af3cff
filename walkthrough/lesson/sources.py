"""What there is to read with a step: the other server's source, a document, definitions.

Combines the finders of `source` for a screen, and keeps what was found.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from walkthrough.i18n.messages import Message
from walkthrough.source.alignment import AlignedFunction, align
from walkthrough.source.call_stack import StackFrame
from walkthrough.source.counterparts import Counterpart, Counterparts, NoCounterpart
from walkthrough.source.definitions import Definitions
from walkthrough.source.document import Document, Passage
from walkthrough.source.function_matching import MAIN, by_name, called_instead, says_whose
from walkthrough.source.functions import Definition, LineRange, find_function, local, qualified
from walkthrough.source.interfaces import Dispatch
from walkthrough.source.library import INSTRUMENTED, SourceLibrary
from walkthrough.source.line_mapping import FunctionText, LineMapping, MatchPrecision
from walkthrough.source.notes import Notes

_PATH = ("", "net", "internal/poll", "runtime", "syscall", "os")
"""The packages that the path leads through; "" is the server's own."""
_SYSCALLS = (
    "internal/runtime/syscall/linux",
    "internal/runtime/syscall",
    "runtime/internal/syscall",
)
"""Where the runtime's own system calls are, in the newest Go first."""
_LIKENESS = 0.5
"""How much of a function must be the same for it to count as another one, renamed."""
_SERVERS = ("main.go", f"{INSTRUMENTED}/main.py")
"""Where the shared server's main is; others are as far from a document as any program's."""
_MOST = 1000


class DocumentMatch(NamedTuple):
    """A function of the call chain as the document shows it.

    Attributes:
        passage: The document's.
        function: The function, as Go prints it.
        line: The line of the document that is executing, or calls what is executing.
        how: How sure that line is.
        caller: It is a caller: what is executing is not in the document.
        file: The file of the running Go that it was compared with, "" if not on this machine.
        aligned: How the two compare, None if that is not on this machine.
    """

    passage: Passage
    function: str
    line: int
    how: MatchPrecision
    caller: bool
    file: str
    aligned: AlignedFunction | None


class LessonSources:
    """Everything there is to read, for one recording or live run.

    Args:
        library: Where source is read from.
        notes: The notes that hold for it.
        go_version: The Go that runs, "" if none does.

    Attributes:
        go_version: The Go whose source is available, "" if none is.
    """

    def __init__(self, library: SourceLibrary, notes: Notes, go_version: str = "") -> None:
        self._library = library
        self._running = go_version
        self._notes = notes
        self._beside: dict[tuple[str, str], dict[int, str]] = {}
        self._counterparts = Counterparts(library, notes)
        self._definitions = Definitions(library, notes)
        self._document: Document | None = None
        self._found: dict[tuple[str, str], tuple[Passage, AlignedFunction | None] | None] = {}
        self.go_version = library.go_version

    def lines(self, file: str) -> tuple[str, ...]:
        """Return the lines of a file that events name, empty if it is not on this machine."""
        return self._library.lines(file) or ()

    def missing(self, file: str) -> Message:
        """Say why `lines` has nothing for a file."""
        return self._library.missing(file, self._running)

    def notes(self, file: str, language: str) -> dict[int, str]:
        """Return the notes beside a file by line, in ``language``."""
        key = (file, language)
        if key not in self._beside:
            if len(self._beside) >= _MOST:
                self._beside.clear()
            lines = self._library.lines(file) if file else None
            placed = self._notes.in_file(file, lines) if lines is not None else {}
            self._beside[key] = {
                line: "\n".join(note.says(language) for note in notes)
                for line, notes in placed.items()
            }
        return self._beside[key]

    def function_at(self, file: str, line: int) -> tuple[str, LineRange] | None:
        """Return the function that a line is in, as Go prints it, and its lines."""
        return self._definitions.function_at(file, line)

    def functions(self, file: str) -> dict[str, LineRange]:
        """Return all functions of a file."""
        return self._definitions.functions(file)

    def counterpart(self, file: str, line: int) -> Counterpart | NoCounterpart:
        """Return what does the same in the other program (`Counterparts.of`)."""
        return self._counterparts.of(file, line)

    def definition(
        self, file: str, line: int, ahead: Definition | None = None
    ) -> Definition | None:
        """Return where what is called on a line is defined (`Definitions.called_on`)."""
        return self._definitions.called_on(file, line, ahead)

    def dispatched(self, file: str, line: int) -> Dispatch | None:
        """Return which interface's method a line calls (`Definitions.dispatched_on`)."""
        return self._definitions.dispatched_on(file, line)

    def deeper(self, file: str, line: int) -> Definition | None:
        """Return what a function, whose declaration is on ``line``, calls first.

        Calls on the path come before all others.
        """
        at = self.function_at(file, line)
        if at is None or line != at[1].first:
            return None
        first = None
        for number in range(at[1].first + 1, at[1].last + 1):
            found = self.definition(file, number)
            if found is not None and self._notes.for_function(found.function):
                return found
            first = first or found
        return first

    def in_document(
        self, document: Document, file: str, line: int, function: str, frames: Sequence[StackFrame]
    ) -> DocumentMatch | None:
        """Find what the document shows of a place: its function, else the nearest caller.

        Args:
            document: The document.
            file: Where the server stands, as events name it.
            line: From 1, 0 if unknown.
            function: What is executing, by the event.
            frames: The call chain, outermost first.
        """
        at = self.function_at(file, line)
        executing = at[0] if at is not None else function
        places = [(executing, file, line)]
        callers = [one for one in reversed(frames) if one.span is not None]
        places += [(one.function, one.file, one.line) for one in callers]
        for name, where, stands in dict.fromkeys(places):
            caller = name != executing
            found = self._shown(document, name, where, stands, caller=caller)
            if found is None and not caller:
                found = self._declared(document, where, stands)
            if found is not None:
                return found
        return None

    def not_running(self, document: Document) -> Iterator[Passage]:
        """Yield the document's functions that the installed Go does not have, as they are found.

        Searches whole packages, so it is too slow for a step.
        """
        if not self._library.has_go:
            return
        renamed = self._renamed(document)
        for passage in document.passages:
            if passage in renamed or self._is_exported_now(document, passage):
                continue
            if not any(
                self._definitions.declares(package, passage.name, passage.linked)
                for package in _PATH
            ):
                yield passage

    def _is_exported_now(self, document: Document, passage: Passage) -> bool:
        """Return whether a declaration without a body is an exported function today."""
        return _is_bare(document, passage) and any(
            name.lower() == passage.name.lower()
            for package in _SYSCALLS
            for file in self._library.package(package)
            for name in self.functions(file)
        )

    def _renamed(self, document: Document) -> set[Passage]:
        """Return the counterpart of a function of the program's own that has another name."""
        found = set()
        for file in self._library.folder("", ".go"):
            lines, functions = self.lines(file), self.functions(file)
            for name, body in functions.items():
                passage = called_instead(document, file, lines, functions, name, body)
                if passage is not None:
                    found.add(passage)
        return found

    def _shown(
        self, document: Document, function: str, file: str, line: int, *, caller: bool
    ) -> DocumentMatch | None:
        python = file.endswith(".py")
        go = self.counterpart(file, line) if python and line else None
        if isinstance(go, Counterpart):
            file, line, python = go.file, go.line, False
        match = self._match(document, function, file)
        if match is None:
            return None
        passage, aligned = match
        if aligned is not None:
            there, exact = aligned.at(line)
            how = MatchPrecision.LINE if exact else MatchPrecision.AROUND
            if caller and line <= aligned.running.first:  # the line of the call is unknown
                how = MatchPrecision.FUNCTION
            return DocumentMatch(passage, function, there, how, caller, file, aligned)
        there, how = passage.body.first, MatchPrecision.FUNCTION
        if python and line and (at := self.function_at(file, line)) is not None:
            one = FunctionText(document.lines, passage.body)
            there, how = LineMapping(one, FunctionText(self.lines(file), at[1])).one(line)
        return DocumentMatch(passage, function, there, how, caller, "", None)

    def _declared(self, document: Document, file: str, line: int) -> DocumentMatch | None:
        """Find the declaration, without a body, of what a line calls.

        What the runtime once wrote in assembly, and declared for Go under a name of its own, is a
        Go function today, and exported: ``epollcreate1`` has become ``EpollCreate1``.
        """
        lines = self.lines(file)
        text = lines[line - 1].lower() if 0 < line <= len(lines) else ""
        bare = [
            one
            for one in document.passages
            if f"{one.name.lower()}(" in text and _is_bare(document, one)
        ]
        called = self.definition(file, line) if bare else None
        if called is None:
            return None
        for passage in bare:
            if passage.name.lower() == local(called.function).lower():
                body = find_function(self.functions(called.file), called.function)
                return DocumentMatch(
                    passage,
                    called.function,
                    passage.body.first,
                    MatchPrecision.FUNCTION,
                    caller=False,
                    file=called.file,
                    aligned=body
                    and align(document.lines, passage.body, self.lines(called.file), body),
                )
        return None

    def _match(
        self, document: Document, function: str, file: str
    ) -> tuple[Passage, AlignedFunction | None] | None:
        if document is not self._document or len(self._found) >= _MOST:
            self._document = document
            self._found.clear()
        key = (function, file)
        if key not in self._found:
            self._found[key] = self._compare(document, function, file)
        return self._found[key]

    def _compare(
        self, document: Document, function: str, file: str
    ) -> tuple[Passage, AlignedFunction | None] | None:
        lines = () if file.endswith(".py") else self.lines(file)
        functions = self.functions(file) if lines else {}
        body = find_function(functions, function)
        if body is None:
            if function == MAIN and file not in _SERVERS:
                return None  # every program has one, and nothing says that it is this one
            for passage in document.passages_of(function):
                # The bare name may be another package's: net.Listen, syscall.Listen.
                if says_whose(passage, function) or not function.startswith("syscall."):
                    return passage, None
            return None
        found = by_name(document, function, lines, functions, body)
        if found is not None:
            return found
        for passage in document.passages_like(function):
            aligned = align(document.lines, passage.body, lines, body)
            if aligned.likeness >= _LIKENESS:
                return passage, aligned
        name = local(qualified(function))
        instead = called_instead(document, file, lines, functions, name, body)
        if instead is not None:
            return instead, align(document.lines, instead.body, lines, body)
        return None


def _is_bare(document: Document, passage: Passage) -> bool:
    """Return whether a passage is a declaration without a body: it was written in assembly."""
    return "{" not in document.lines[passage.body.first - 1]
