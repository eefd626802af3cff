"""Scenario files: what a lesson runs, and what its client does when.

A scenario is a folder with a ``scenario.toml``. This module finds and loads it, and says in one
sentence what is wrong with one; it runs nothing.
"""

import difflib
import os
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import walkthrough
from walkthrough.formatting.escaping import printable
from walkthrough.i18n.messages import Message, escaped, message
from walkthrough.i18n.system_errors import system_error_text
from walkthrough.scenario.schema import LessonFile, Program, Scenario
from walkthrough.scenario.validation.errors import Mistake, TomlLines, sentence
from walkthrough.scenario.validation.errors import ScenarioError as ScenarioError
from walkthrough.scenario.validation.prerequisite_rules import prerequisite_mistakes
from walkthrough.scenario.validation.question_rules import lesson_mistakes
from walkthrough.scenario.validation.scenario_rules import scenario_mistakes
from walkthrough.scenario.validation.toml_decode import TomlDocument
from walkthrough.source.notes import Note, prepared, with_says

FILE = "scenario.toml"
LESSON = "lesson.toml"
PROGRAM = "main.go"
RECORDING = "recording.jsonl"
ELSEWHERE = "WALKTHROUGH_SCENARIOS"
"""Environment variable: more folders of scenarios, or of one scenario each, as in PATH.

They come first.
"""
LARGEST_FILE = 1024 * 1024
_MOST_KEPT = 256
"""How many texts of each kind are kept as what they say: home and each walk read the same."""


def folder() -> Path:
    """Return the folder of the scenarios: in the installed package, else next to it."""
    package = Path(walkthrough.__file__).resolve().parent
    inside = package / "scenarios"
    return inside if inside.is_dir() else package.parent / "scenarios"


def server_folder() -> Path:
    """Return the folder of the shared server's source, ``main.go`` and ``go.mod``."""
    return folder() / "server"


def names() -> tuple[str, ...]:
    """Return the names of the available scenarios, sorted.

    Raises:
        ScenarioError: The environment names a folder that does not exist.
    """
    return tuple(sorted(_at_hand()))


def folders() -> dict[str, Path]:
    """Return the folder of every available scenario by its name, sorted by names.

    Raises:
        ScenarioError: The environment names a folder that does not exist.
    """
    return {name: Path(place) for name, place in sorted(_at_hand().items())}


def _at_hand() -> dict[str, str]:
    """Return the folders of the scenarios by name; the first of several with one name."""
    found: dict[str, str] = {}
    for place in _places():
        found.setdefault(os.path.basename(place), place)
    return found


def _places() -> Iterator[str]:
    """Yield the folder of every scenario, in the order in which they are searched."""
    for parent in (*_elsewhere(), str(folder())):
        if os.path.isfile(os.path.join(parent, FILE)):
            yield os.path.abspath(parent)
            continue
        try:
            inside = sorted(entry.path for entry in os.scandir(parent))
        except OSError as error:
            raise ScenarioError(
                message(
                    "The scenarios in {folder} cannot be read: {why}.",
                    folder=ascii(parent),
                    why=system_error_text(error),
                )
            ) from None
        yield from (each for each in inside if os.path.isfile(os.path.join(each, FILE)))


def shadowed_names(wanted: Iterable[str]) -> tuple[Message, ...]:
    """Say, one sentence each, which of the ``wanted`` names several folders have.

    A folder that was named by its path (`add_folder`) is meant, so it is not reported.
    """
    found: dict[str, list[Path]] = {}
    for place in map(Path, _places()):
        found.setdefault(place.name, []).append(place)
    named = _elsewhere()
    said = []
    for name in wanted:
        taken, *others = found.get(name, [folder()])
        if str(taken) not in named:
            said += [
                message(
                    "{name} is taken from {taken}, and not from {other}.",
                    name=printable(name),
                    taken=printable(str(taken)),
                    other=printable(str(other)),
                )
                for other in others
                if not os.path.samefile(taken, other)
            ]
    return tuple(each for at, each in enumerate(said) if each not in said[:at])


def _elsewhere() -> list[str]:
    """Return the folders named in the environment: of scenarios, or of one scenario each.

    Raises:
        ScenarioError: One of them is not a folder.
    """
    named = [each for each in os.environ.get(ELSEWHERE, "").split(os.pathsep) if each]
    for each in named:
        if not os.path.isdir(each):
            raise ScenarioError(
                message(
                    "{variable} names {folder}, which is no folder: correct it.",
                    variable=ELSEWHERE,
                    folder=ascii(each),
                )
            )
    return named


def find(name: str) -> Path:
    """Return the folder of a scenario.

    Raises:
        ScenarioError: There is no scenario of that name.
    """
    known = _at_hand()
    if name in known:
        return Path(known[name])
    if os.path.isfile(name):
        raise ScenarioError(
            message("{name} is a file: name the scenario's folder.", name=ascii(name))
        )
    if os.path.dirname(name):
        raise ScenarioError(
            message(
                "There is no folder {folder}: name a scenario or its folder.", folder=ascii(name)
            )
        )
    near = difflib.get_close_matches(name, known, 1)
    if near:
        raise ScenarioError(
            message(
                "There is no scenario {name}; did you mean {near}?", name=ascii(name), near=near[0]
            )
        )
    raise ScenarioError(
        message(
            "There is no scenario {name}; there are: {names}.",
            name=ascii(name),
            names=[*sorted(known)],
        )
    )


def files(name: str) -> tuple[Path, ...]:
    """Return the files that running a scenario reads, which its output must not replace.

    Raises:
        ScenarioError: There is no scenario of that name.
    """
    there = find(name)
    return tuple(there / each for each in (FILE, LESSON, PROGRAM))


def is_folder(text: str) -> bool:
    """Return whether ``text`` is a scenario's folder (``./mine``), and not a name."""
    if os.path.dirname(text):
        return os.path.isdir(text)
    return os.path.isdir(text) and text not in names()


def add_folder(path: Path) -> str:
    """Make the scenario in the folder ``path`` found by its name, before any other of that name.

    This holds for this process and its children; neighbouring folders are not added.

    Returns:
        The name of the scenario in the folder ``path``.

    Raises:
        ScenarioError: There is no scenario in it.
    """
    place = os.path.realpath(path)
    if not os.path.isdir(place):
        raise ScenarioError(
            message(
                "There is no folder {folder}: name a scenario or its folder.",
                folder=ascii(str(path)),
            )
        )
    if not _is_file(Path(place, FILE)):
        raise ScenarioError(
            message(
                "There is no {file} in {folder}: name a scenario or its folder.",
                file=FILE,
                folder=ascii(str(path)),
            )
        )
    if os.pathsep in place:
        raise ScenarioError(
            message(
                "The folder {folder} has {separator} in its path, which cannot be: rename it.",
                folder=ascii(place),
                separator=ascii(os.pathsep),
            )
        )
    named = [place, *(each for each in _elsewhere() if each != place)]
    os.environ[ELSEWHERE] = os.pathsep.join(named)
    return os.path.basename(place)


def load(name: str) -> Scenario:
    """Load a scenario by its name.

    Raises:
        ScenarioError: There is no such scenario, or its file has a mistake.
    """
    return load_folder(find(name))


def load_folder(path: Path) -> Scenario:
    """Load the scenario in the folder ``path``.

    Raises:
        ScenarioError: Its file cannot be read or has a mistake.
    """
    file = path / FILE
    own_program = _is_file(path / PROGRAM)
    text = text_of(file)
    scenario = parse_scenario(text, path.name, _called(file), own_program)
    if scenario.after and path.parent != folder():  # a test looks at those that come with it
        for mistake in prerequisite_mistakes(
            scenario.name,
            scenario.after,
            lambda: {*_at_hand(), *(each for each in scenario.after if _is_beside(path, each))},
            lambda name: _after_of(path.parent if _is_beside(path, name) else None, name),
        ):
            raise ScenarioError(sentence(_called(file), mistake, TomlLines(text)))
    return scenario


def _is_beside(path: Path, name: str) -> bool:
    return _is_file(path.parent / name / FILE)


def _after_of(parent: Path | None, name: str) -> tuple[str, ...]:
    """Return what a scenario names as its prerequisites; what cannot be read names none."""
    try:
        file = (parent / name if parent is not None else find(name)) / FILE
        after = tomllib.loads(text_of(file)).get("after", ())
    except (ScenarioError, ValueError):
        return ()
    return tuple(each for each in after if isinstance(each, str)) if type(after) is list else ()


def load_lesson(path: Path) -> LessonFile:
    """Load the notes and questions in the folder ``path``; none if it has no ``lesson.toml``.

    Raises:
        ScenarioError: The file, or the scenario in its folder, has a mistake.
    """
    file = path / LESSON
    if not _is_file(file):
        return LessonFile()
    able = not _is_file(path / PROGRAM) and _is_file(path / FILE)
    scenario = load_folder(path) if able else None
    return parse_lesson(text_of(file), _called(file), scenario, path.name)


def lesson_sentence(path: Path, mistake: Mistake) -> Message:
    """Return a mistake in the lesson of the folder ``path`` as a sentence with file and line."""
    file = path / LESSON
    return escaped(sentence(_called(file), mistake, TomlLines(text_of(file))))


def program_folder(scenario: Scenario, path: Path) -> Path:
    """Return the folder of the Go program that the scenario in the folder ``path`` runs."""
    if _is_file(path / PROGRAM):
        return path
    program = scenario.server.program
    return server_folder() if program is Program.ACCEPT else server_folder() / program.value


def load_notes(path: Path) -> tuple[Note, ...]:
    """Load the scenario's own notes from ``lesson.toml`` in ``path``; raises as `load_lesson`."""
    return load_lesson(path).note


@lru_cache(maxsize=_MOST_KEPT)
def parse_scenario(text: str, name: str, called: str = FILE, own_program: bool = False) -> Scenario:
    """Parse and check a ``scenario.toml``.

    Args:
        text: The file.
        name: The folder's name.
        called: What to call the file in an error.
        own_program: Whether there is a ``main.go`` next to it.

    Raises:
        ScenarioError: It has a mistake.
    """
    document = TomlDocument(text, called)
    document.content.setdefault("name", name)
    scenario = document.convert(Scenario)
    for mistake in scenario_mistakes(scenario, name, own_program):
        raise document.error(mistake)
    return scenario


def parse_lesson(
    text: str, called: str = LESSON, scenario: Scenario | None = None, name: str = ""
) -> LessonFile:
    """Parse and check a ``lesson.toml``.

    Args:
        text: The file.
        called: What to call the file in an error.
        scenario: The scenario in its folder; None if its server may do anything.
        name: The folder's name, with which every id must begin; "" if any will do.

    Raises:
        ScenarioError: It has a mistake.
    """
    key = text, called, id(scenario), name
    if key not in _lessons:
        document = TomlDocument(text, called)
        _prepare(document.content)
        lesson = document.convert(LessonFile)
        for mistake in lesson_mistakes(lesson, scenario, name):
            raise document.error(mistake)
        if len(_lessons) >= _MOST_KEPT:
            _lessons.clear()
        _lessons[key] = scenario, lesson
    return _lessons[key][1]


_lessons: dict[tuple[str, str, int, str], tuple[Scenario | None, LessonFile]] = {}
"""What files say, by text and scenario; the scenario is kept with it, so that it keeps its id."""


def _prepare(tables: dict[str, Any]) -> None:
    """Convert notes and choices to today's form: their texts are in a table of their own."""
    _replace(tables, "note", prepared)
    questions = tables.get("question")
    for question in questions if isinstance(questions, list) else ():
        if isinstance(question, dict):
            _replace(
                question, "choice", lambda choice: with_says(choice, ("right", "why", "believes"))
            )


def _replace(
    table: dict[str, Any], key: str, form: Callable[[Mapping[str, object]], dict[str, object]]
) -> None:
    if isinstance(tables := table.get(key), list):
        table[key] = [form(each) if isinstance(each, Mapping) else each for each in tables]


def _is_file(file: Path) -> bool:
    try:
        return file.is_file()
    except OSError as error:  # no permission to search the folder
        raise ScenarioError(
            message(
                "{file} cannot be read: {why}.", file=_called(file), why=system_error_text(error)
            )
        ) from None


def text_of(file: Path) -> str:
    """Return the text of a scenario's file.

    Raises:
        ScenarioError: It cannot be read, is too large, or is no text.
    """
    try:
        with file.open("rb") as stream:
            raw = stream.read(LARGEST_FILE + 1)
        if len(raw) > LARGEST_FILE:
            raise ScenarioError(
                message("{file} is too large to be a scenario's (over 1 MB).", file=_called(file))
            )
        return raw.decode("utf-8-sig")  # some editors begin a file with a byte order mark
    except OSError as error:
        raise ScenarioError(
            message(
                "{file} cannot be read: {why}.", file=_called(file), why=system_error_text(error)
            )
        ) from None
    except UnicodeDecodeError:
        raise ScenarioError(message("{file} is not UTF-8 text.", file=_called(file))) from None


def _called(file: Path) -> str:
    return f"{file.parent.name}/{file.name}"
