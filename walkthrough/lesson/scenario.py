"""Scenario files: what a lesson runs, and what its client does when.

A scenario is a folder with a ``scenario.toml``. This module finds, reads and checks it, and says
in one sentence what is wrong with one; it runs nothing.
"""

import difflib
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

import msgspec

import walkthrough
from walkthrough.lesson.format import NETWORKS, Deed, End, Scenario, ScriptAction, Words
from walkthrough.lesson.notes import Note, NoteError, notes_of
from walkthrough.notation.safe import printable
from walkthrough.replay.points import PointError, parse_point

FILE = "scenario.toml"
LESSON = "lesson.toml"
RECORDING = "recording.jsonl"
LARGEST_FILE = 1024 * 1024
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class ScenarioError(Exception):
    """A scenario that cannot be used: one sentence with file, key, what was found and allowed."""

    def __init__(self, message: str) -> None:
        super().__init__(printable(message))  # it quotes the file


def folder() -> Path:
    """Return the folder of the scenarios: in the package once installed, else beside it."""
    package = Path(walkthrough.__file__).resolve().parent
    inside = package / "scenarios"
    return inside if inside.is_dir() else package.parent / "scenarios"


def server_folder() -> Path:
    """Return the folder of the shared server's source, ``main.go`` and ``go.mod``."""
    return folder() / "server"


def names() -> tuple[str, ...]:
    """Return the names of the scenarios at hand, sorted."""
    try:
        return tuple(sorted(path.parent.name for path in folder().glob(f"*/{FILE}")))
    except OSError:
        return ()


def find(name: str) -> Path:
    """Return the folder of a scenario.

    Raises:
        ScenarioError: There is none of that name.
    """
    known = names()
    if name in known:
        return folder() / name
    near = difflib.get_close_matches(name, known, 1)
    hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(known) or 'none'}."
    raise ScenarioError(f"There is no scenario {name!a}; {hint}")


def load(name: str) -> Scenario:
    """Load a scenario by its name.

    Raises:
        ScenarioError: There is none, or its file has a mistake.
    """
    return load_folder(find(name))


def load_folder(path: Path) -> Scenario:
    """Load the scenario in the folder ``path``.

    Raises:
        ScenarioError: Its file cannot be read or has a mistake.
    """
    file = path / FILE
    return parse_scenario(_read(file), path.name, _called(file))


def load_notes(path: Path) -> tuple[Note, ...]:
    """Load the scenario's own notes from ``lesson.toml`` in ``path``; none if it has no such file.

    Raises:
        ScenarioError: The file has a mistake.
    """
    file = path / LESSON
    if not file.is_file():
        return ()
    document = _toml(_read(file), _called(file))
    if unknown := sorted(set(document) - {"note"}):
        raise ScenarioError(_unknown_key(_called(file), "", unknown[0], ("note",)))
    try:
        return tuple(notes_of(document.get("note", []), _called(file)))
    except NoteError as error:
        raise ScenarioError(f"{error}.") from None


def parse_scenario(text: str, name: str, called: str = FILE) -> Scenario:
    """Parse and check a ``scenario.toml``.

    Args:
        text: The file.
        name: The folder's name.
        called: What to call the file in an error.

    Raises:
        ScenarioError: It has a mistake.
    """
    document = _toml(text, called)
    document.setdefault("name", name)
    _check_keys(document, called)
    try:
        scenario = msgspec.convert(document, Scenario)
    except msgspec.ValidationError as error:
        raise ScenarioError(f"{called}: {_plainly(str(error))}.") from None
    _check(scenario, name, called)
    return scenario


def _read(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            raw = stream.read(LARGEST_FILE + 1)
        if len(raw) > LARGEST_FILE:
            raise ScenarioError(f"{_called(file)} is too large to be a scenario's (over 1 MB).")
        return raw.decode("utf-8")
    except OSError as error:
        raise ScenarioError(f"{_called(file)} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise ScenarioError(f"{_called(file)} is not UTF-8 text.") from None


def _called(file: Path) -> str:
    return f"{file.parent.name}/{file.name}"


def _toml(text: str, called: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ScenarioError(f"{called} is not TOML: {error}.") from None


def _check_keys(document: Mapping[str, object], called: str) -> None:
    """Refuse unknown keys by name, with the nearest known one."""
    tables: list[tuple[str, object, type[msgspec.Struct]]] = [("", document, Scenario)]
    tables += [(key, document.get(key), Words) for key in ("title", "summary")]
    tables.append(("end", document.get("end"), End))
    script = document.get("script")
    if isinstance(script, list):
        tables += [(f"script, action {n}", a, ScriptAction) for n, a in enumerate(script, 1)]
    for where, table, struct in tables:
        if isinstance(table, Mapping):
            allowed = tuple(field.encode_name for field in msgspec.structs.fields(struct))
            for key in table:
                if key not in allowed:
                    raise ScenarioError(_unknown_key(called, where, str(key), allowed))


def _unknown_key(called: str, where: str, key: str, allowed: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(key, allowed, 1)
    hint = f"did you mean {near[0]!a}?" if near else f"allowed are: {', '.join(allowed)}."
    place = f" ({where})" if where else ""
    return f"{called}{place} has an unknown key {key!a}; {hint}"


def _plainly(message: str) -> str:
    """Turn msgspec's words into this program's: ``... - at `$.script[0].do` `` and the like."""
    what, _, where = message.partition(" - at `$")
    what = what.replace("Object missing required field", "missing key").replace("`", "'")
    what = what.replace("Invalid enum value", "no such choice:")
    path = where.rstrip("`").lstrip(".")
    if path.startswith("script") and path.endswith(".do"):
        what += f" (allowed are: {', '.join(deed.value for deed in Deed)})"
    return f"{path}: {what}" if path else what


def _check(scenario: Scenario, name: str, called: str) -> None:
    def refuse(key: str, found: object, allowed: str) -> ScenarioError:
        return ScenarioError(f"{called}: {key} is {found!a}; {allowed}.")

    if not _NAME.fullmatch(name):
        raise refuse("the folder's name", name, "allowed are small letters, digits and hyphens")
    if scenario.name != name:
        raise refuse("name", scenario.name, f"it has to be the folder's name, {name}")
    if scenario.network not in NETWORKS:
        near = difflib.get_close_matches(scenario.network, NETWORKS, 1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise refuse("network", scenario.network, f"{hint}allowed are: {', '.join(NETWORKS)}")
    if not 0 < scenario.timeout_s <= 3600:
        raise refuse("timeout_s", scenario.timeout_s, "allowed is more than 0, at most 3600")
    for language in ("en", "zh"):
        for key, words in (("title", scenario.title), ("summary", scenario.summary)):
            if not words.says(language).strip():
                raise refuse(f"{key}.{language}", "", "it has to say something")
    _check_script(scenario, called)


def _check_script(scenario: Scenario, called: str) -> None:
    connected: set[int] = set()
    for number, action in enumerate(scenario.script, 1):
        where = f"{called} (script, action {number})"
        try:
            parse_point(action.when)
        except PointError as error:
            raise ScenarioError(f"{where}: when: {error}.") from None
        if action.client < 1:
            raise ScenarioError(f"{where}: client is {action.client}; clients count from 1.")
        if (action.do is Deed.SEND) != bool(action.data):
            raise ScenarioError(f"{where}: data belongs to 'send', and 'send' needs data.")
        if action.do is Deed.CONNECT:
            if action.client in connected:
                raise ScenarioError(f"{where}: client {action.client} has connected before.")
            connected.add(action.client)
        elif action.client not in connected:
            raise ScenarioError(f"{where}: client {action.client} has not connected yet.")
    try:
        parse_point(scenario.end.when)
    except PointError as error:
        raise ScenarioError(f"{called} (end): when: {error}.") from None
