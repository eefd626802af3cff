"""The notes: what the project says about lines of Go, in each language, and where each belongs.

A note is data (``notes/*.toml``, one file a chapter): it names a function and a piece of its
text, so it finds its line in any version of the source. Nothing here reads Go's source itself.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache, lru_cache
from importlib import resources
from typing import Self

import msgspec

from walkthrough.i18n.errors import MessageError
from walkthrough.i18n.messages import Message, escaped, message
from walkthrough.i18n.texts import Texts, decoded
from walkthrough.model.stages import Place, Stage, Step
from walkthrough.source import toml_text
from walkthrough.source.functions import (
    LineRange,
    find_function,
    find_functions,
    find_python_functions,
    qualified,
)
from walkthrough.source.go_root import plain_version
from walkthrough.source.references import SeeAlsoError, parse_see_also

FOLLOWED = "go1.27"
"""The Go that the instrumented server, which has none, follows."""
LISTS = ("function", "text", "python")
"""Keys of a note under which one string may stand for a list of one."""
SAYS = "says"
"""The key of a table under which its text stands."""
_MOST_KEPT = 64
"""How many files of notes are kept as what they say."""
_CONDITION = re.compile(r"(<|>=)\s*(\d{1,6})\.(\d{1,6})$")


class NoteError(MessageError):
    """A file of notes cannot be used; the message is one sentence."""

    def __init__(self, said: Message | str) -> None:
        super().__init__(escaped(said))  # it quotes the file


class Note(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One note.

    Attributes:
        id: Its name, unique over all files: ``chapter.subject``.
        function: The function it speaks of, as Go prints it; more than one if versions differ.
        text: A piece of the line it is tied to, the shortest that occurs once in the function;
            several are tried in turn. "" ties it to the function's first line.
        said: The note, under the key ``says``.
        versions: Go versions it holds for: ``>=1.24``, ``<1.24``, joined by a comma.
        stage: With ``step``: the place whose caption it is.
        step: See ``stage``.
        after: It takes over as caption once this step has been passed within the stage.
        python: Beside the instrumented server: the piece of its text, where Go's is not enough.
        python_function: Its function there, where no decorator gives it Go's name.
        go_only: It speaks of the Go program itself, and has no place beside the Python server.
        see: Where it can be read up: ``accept(2)``, ``net/sock_posix.go socket()``.
    """

    id: str
    function: tuple[str, ...]
    text: tuple[str, ...]
    said: Texts = msgspec.field(name="says")
    versions: str = ""
    stage: Stage | None = None
    step: Step | None = None
    after: Step | None = None
    python: tuple[str, ...] = ()
    python_function: str = ""
    go_only: bool = False
    see: tuple[str, ...] = ()

    @property
    def place(self) -> Place:
        """The place whose caption it is, `NOWHERE` for a note that is only shown at its line."""
        return Place(self.stage, self.step)

    def says(self, language: str) -> str:
        """Return the text in ``language``, else in English."""
        return self.said.says(language)

    def holds_for(self, go_version: str) -> bool:
        """Return whether the note speaks of this version of Go; of an unknown one all do."""
        return holds_for(self.versions, go_version)


class Notes:
    """All notes, in the order of the chapters."""

    def __init__(self, notes: Iterable[Note], own: Iterable[Note] = ()) -> None:
        """Take the notes, and a scenario's own, which say more of a place than the others do.

        Raises:
            NoteError: Two of them share an id.
        """
        self._general, self._own = tuple(notes), tuple(own)
        self.all = (*self._general, *self._own)
        self._by_function: dict[str, list[Note]] = {}
        self._by_place: dict[Place, list[Note]] = {}
        seen: set[str] = set()
        for note in self.all:
            if note.id in seen:
                raise NoteError(
                    message("two notes are called {id}; give each its own id.", id=ascii(note.id))
                )
            seen.add(note.id)
            for function in note.function:
                self._by_function.setdefault(function, []).append(note)
        for note in (*self._own, *self._general):
            if note.place != Place():
                self._by_place.setdefault(note.place, []).append(note)

    @classmethod
    def load(cls) -> Self:
        """Load the notes that come with the program."""
        folder = resources.files("walkthrough.source") / "notes"
        files = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=_name)
        found: list[Note] = []
        for file in files:
            found.extend(_known_notes(file.read_text("utf-8"), file.name))
        return cls(found)

    def plus(self, more: Iterable[Note]) -> "Notes":
        """Return these notes and, after them, a scenario's own."""
        return Notes(self.all, more)

    def for_version(self, go_version: str) -> "Notes":
        """Return those that hold for ``go_version``."""
        general, own = (
            [note for note in notes if note.holds_for(go_version)]
            for notes in (self._general, self._own)
        )
        return Notes(general, own)

    def for_function(self, function: str) -> tuple[Note, ...]:
        """Return the notes that speak of ``function``, named as Go prints it."""
        return tuple(self._by_function.get(qualified(function), ()))

    def for_place(self, place: Place, passed: Iterable[Step] = ()) -> Note | None:
        """Return the main note of a stage or a finer step.

        Args:
            place: Where. The exact place counts first, then its step anywhere, then its stage.
            passed: Steps already behind within the stage: the first accept4 of an Accept and
                the one after the wait do not have the same note.
        """
        behind = set(passed)
        for candidate in (place, Place(None, place.step), Place(place.stage)):
            notes = self._by_place.get(candidate) if candidate != Place() else None
            if notes:
                fitting = [n for n in notes if n.after is None or n.after in behind]
                # The note with the condition says more than the one without.
                return min(
                    fitting, key=lambda n: (n not in self._own, n.after is None), default=None
                )
        return None

    def at(self, lines: tuple[str, ...], function: str) -> dict[int, Note]:
        """Resolve the notes of ``function`` to lines of the Go file ``lines``.

        A note whose piece of text is not found exactly once has no line.
        """
        body = find_function(find_functions(lines), function)
        if body is None:
            return {}
        return {
            line: note
            for note in self.for_function(function)
            if (line := anchor(note, lines, body)) is not None
        }

    def in_file(self, file: str, lines: tuple[str, ...]) -> dict[int, tuple[Note, ...]]:
        """Resolve every note that belongs into a file: line number -> its notes, in order."""
        if file.endswith(".py"):
            return self._gather(self._python_places(lines))
        return self._gather(self._go_places(file, lines))

    @staticmethod
    def _gather(found: Iterator[tuple[int, Note]]) -> dict[int, tuple[Note, ...]]:
        gathered: dict[int, tuple[Note, ...]] = {}
        for line, note in found:
            if note not in gathered.get(line, ()):
                gathered[line] = (*gathered.get(line, ()), note)
        return gathered

    def _go_places(self, file: str, lines: tuple[str, ...]) -> Iterator[tuple[int, Note]]:
        functions = find_functions(lines)
        package = file.rpartition("/")[0] if file.count("/") else ""
        for function, notes in self._by_function.items():
            body = functions.get(function)
            if body is None and function_package(function) in (package, _main_of(file)):
                body = find_function(functions, function)
            if body is None:
                continue
            for note in notes:
                if (line := anchor(note, lines, body)) is not None:
                    yield line, note

    def _python_places(self, lines: tuple[str, ...]) -> Iterator[tuple[int, Note]]:
        """Place notes beside the instrumented server, which keeps Go's names in other spelling."""
        functions, code = find_python_functions(lines)
        folded = tuple(map(fold, code))
        for note in self.all:
            names = (note.python_function,) if note.python_function else note.function
            bodies = [functions[name] for name in names if name in functions]
            line = python_anchor(note, folded, bodies[0]) if bodies else None
            if line is not None:
                yield line, note


def function_package(function: str) -> str:
    """Return a qualified name's package path: ``internal/poll`` of ``internal/poll.accept``."""
    head, slash, tail = function.rpartition("/")
    return head + slash + tail.partition(".")[0]


def anchor(note: Note, lines: tuple[str, ...], body: LineRange) -> int | None:
    """Return the line of ``body`` that ``note`` is tied to; None unless it is exactly one."""
    return _only_line(lines, note.text, body)


def python_anchor(note: Note, folded: tuple[str, ...], body: LineRange) -> int | None:
    """Return the line that ``note`` is tied to in a function of the instrumented server.

    Args:
        note: The note.
        folded: The file's lines, docstrings blanked, each through `fold`.
        body: The function.
    """
    if note.go_only:
        return None
    return _only_line(folded, map(fold, note.python or note.text), body)


def _only_line(lines: tuple[str, ...], pieces: Iterable[str], body: LineRange) -> int | None:
    for piece in pieces:
        if not piece:
            return body.first
        hits = [n for n in range(body.first, body.last + 1) if piece in _code(lines[n - 1])]
        if len(hits) == 1:
            return hits[0]
    return None


def _code(line: str) -> str:
    """Return a line unless it is all comment: what a comment happens to say anchors nothing."""
    return "" if line.lstrip().startswith(("//", "#")) else line


def fold(text: str) -> str:
    """Reduce a line to what Go's and Python's spelling of it have in common."""
    return re.sub(r"[_\s]|self\.", "", text).lower()


def _main_of(file: str) -> str:
    """Return ``main`` for a file of a program of ours, else something that is no package."""
    ours = "/" not in file or file.startswith(("walkthrough.example/", "scenarios/"))
    return "main" if ours else "\0"


def holds_for(versions: str, go_version: str) -> bool:
    """Return whether ``versions`` (see `Note.versions`) hold for ``go1.27.3``; an unknown has all.

    Raises:
        NoteError: ``versions`` cannot be understood, and the version of Go is known.
    """
    number = re.match(r"go(\d{1,6})\.(\d{1,6})(?!\d)", plain_version(go_version))
    if number is None:
        return True
    version = (int(number[1]), int(number[2]))
    return all((version < bound) == (sign == "<") for sign, bound in _conditions(versions))


@cache
def _conditions(versions: str) -> tuple[tuple[str, tuple[int, int]], ...]:
    found = []
    for part in filter(None, (part.strip() for part in versions.split(","))):
        match = _CONDITION.match(part)
        if match is None:
            raise NoteError(
                message(
                    "versions {versions} is not like '>=1.24' or '>=1.21,<1.24'.",
                    versions=ascii(versions[:40]),
                )
            )
        found.append((match[1], (int(match[2]), int(match[3]))))
    return tuple(found)


def parse_notes(text: str, name: str) -> list[Note]:
    """Parse a TOML file of ``[[note]]`` tables.

    Args:
        text: The file.
        name: What to call it in an error.

    Raises:
        NoteError: It is not TOML, or a note lacks something or has something unknown.
    """
    try:
        document = toml_text.parse(text)
    except toml_text.TomlError as error:
        raise NoteError(
            message("{file} is not TOML: {why}.", file=name, why=error.message)
        ) from None
    return notes_of(document.get("note", []), name)


@lru_cache(maxsize=_MOST_KEPT)
def _known_notes(text: str, name: str) -> tuple[Note, ...]:
    """Return the same as `parse_notes`: each walk reads the notes that come with the program."""
    return tuple(parse_notes(text, name))


def notes_of(tables: object, name: str) -> list[Note]:
    """Turn the ``[[note]]`` tables of a parsed file into notes; raises as `parse_notes` does."""
    if not isinstance(tables, list):
        raise NoteError(message("{file}: notes are written as [[note]].", file=name))
    notes = []
    for number, table in enumerate(tables, 1):
        if not isinstance(table, Mapping):
            raise NoteError(message("{file}: note {note} is not a table.", file=name, note=number))
        wrong = message(
            "{file}, note {note}: {why}", file=name, note=ascii(table.get("id", number))
        )
        try:
            note = msgspec.convert(prepared(table), Note, dec_hook=decoded)
            check_versions(note.versions)
            check_references(note.see)
        except msgspec.ValidationError as error:
            raise NoteError(wrong.with_fields(why=f"{error}.")) from None
        except NoteError as error:
            raise NoteError(wrong.with_fields(why=error.message)) from None
        notes.append(note)
    return notes


def check_versions(versions: str) -> None:
    """Raise NoteError if ``versions`` cannot be understood."""
    _conditions(versions)


def check_references(see: Iterable[str]) -> None:
    """Raise NoteError if one of the places to read up is none."""
    for text in see:
        try:
            parse_see_also(text)
        except SeeAlsoError as error:
            raise NoteError(error.message) from None


def prepared(table: Mapping[str, object]) -> dict[str, object]:
    """Let one string stand for a list of one, and texts beside the other keys for ``says``."""
    ready = with_says(table, Note.__struct_fields__)
    for key in LISTS:
        if isinstance(ready.get(key), str):
            ready[key] = [ready[key]]
    return ready


def with_says(table: Mapping[str, object], keys: Collection[str]) -> dict[str, object]:
    """Put the texts that are beside a table's other keys under ``says``, as in today's form.

    Args:
        table: The table, as it is in a file.
        keys: Its keys that are no languages.
    """
    # Here, for the process that traces reads scenarios and has no catalogue.
    from walkthrough.i18n.catalogue import languages

    texts = {key: value for key, value in table.items() if key not in keys and key in languages()}
    if not texts or SAYS in table:
        return dict(table)
    return {**{key: value for key, value in table.items() if key not in texts}, SAYS: texts}


def _name(file: object) -> str:
    return str(getattr(file, "name", ""))
