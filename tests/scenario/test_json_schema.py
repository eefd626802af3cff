"""The published schemas are those of the structs, and agree with what is read."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from walkthrough.formatting.json_schema import canonical
from walkthrough.scenario import loader as scenarios
from walkthrough.scenario.json_schema import SchemaKind, document, main, schema

DOCS = Path(__file__).parents[2] / "docs"
VALIDATORS: dict[SchemaKind, Any] = {
    kind: jsonschema.Draft202012Validator(schema(kind)) for kind in SchemaKind
}
FILES = [
    pytest.param(kind, file, id=f"{file.parent.relative_to(scenarios.folder())}-{kind}")
    for kind in SchemaKind
    for file in sorted(scenarios.folder().rglob(f"{kind}.toml"))
]


def content(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text("utf-8"))


@pytest.mark.parametrize("kind", SchemaKind)
def test_the_published_schema_is_up_to_date(kind: SchemaKind) -> None:
    published = json.loads((DOCS / f"{kind}.schema.json").read_text("utf-8"))
    assert canonical(published) == canonical(json.loads(document(kind))), "write it: make schema"


@pytest.mark.parametrize("kind", SchemaKind)
def test_it_is_a_schema(kind: SchemaKind) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(kind))


@pytest.mark.parametrize(("kind", "file"), FILES)
def test_every_file_is_valid(kind: SchemaKind, file: Path) -> None:
    error = jsonschema.exceptions.best_match(VALIDATORS[kind].iter_errors(content(file)))
    assert error is None, f"{file}: {error}"


@pytest.mark.parametrize(("kind", "file"), FILES)
def test_a_misspelt_key_is_not(kind: SchemaKind, file: Path) -> None:
    """In every table of every file: one more key is one too many."""
    whole = content(file)
    tables = list(_tables(whole))
    assert tables
    for table in tables:
        table["misspelt"] = 1
        assert not VALIDATORS[kind].is_valid(whole)
        del table["misspelt"]
    assert VALIDATORS[kind].is_valid(whole)


def _tables(value: object, key: str = "") -> list[dict[str, Any]]:
    """Return every table but those whose keys are free: states of sockets and their counts."""
    if isinstance(value, list):
        return [table for each in value for table in _tables(each, key)]
    if not isinstance(value, dict) or key in ("sockets", "clients", "neighbour_accepted"):
        return []
    return [value, *(table for k, each in value.items() for table in _tables(each, k))]


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        (SchemaKind.SCENARIO, ["network"], "tpc"),
        (SchemaKind.SCENARIO, ["timeout_s"], 0),
        (SchemaKind.SCENARIO, ["script", 0, "do"], "sent"),
        (SchemaKind.SCENARIO, ["script", 0, "clients"], 0),
        (SchemaKind.SCENARIO, ["title"], "One"),
        (SchemaKind.LESSON, ["question", 0, "choice"], []),
        (SchemaKind.LESSON, ["question", 0, "when"], 3),
        (SchemaKind.LESSON, ["note", 0, "function"], 3),
    ],
)
def test_what_is_not_allowed_is_not_valid(kind: SchemaKind, path: list[Any], value: object) -> None:
    whole = content(scenarios.folder() / "first-connection" / f"{kind}.toml")
    at: Any = whole
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    assert not VALIDATORS[kind].is_valid(whole)


OLD_NOTE = """
[[note]]
id = "a.b"
function = "net.Listen"
text = ""
"""
SAYS = 'says = { en = "One.", zh = "一。" }\n'


@pytest.mark.parametrize(
    ("texts", "valid"),
    [
        (SAYS, True),
        ('en = "One."\nzh = "一。"\n', True),
        ('en = "One."\n', True),
        ('zh = "一。"\n', False),
        ("", False),
        (SAYS + 'en = "One."\n', False),
        (SAYS + 'zh = "一。"\n', False),
        ('en = ""\n', False),
    ],
)
def test_texts_beside_the_other_keys_are_valid_as_far_as_they_are_read(
    texts: str, valid: bool, tmp_path: Path
) -> None:
    choices = "".join(
        f"[[question.choice]]\n{texts}{'right = true' if right else ''}\n"
        for right in (True, False)
    )
    question = (
        '[[question]]\nid = "a.q"\nwhen = "after bind"\nask = { en = "What?" }\n'
        f'why = {{ en = "So." }}\n{choices}'
    )
    for written in (OLD_NOTE + texts, question):
        assert VALIDATORS[SchemaKind.LESSON].is_valid(tomllib.loads(written)) is valid
        folder = tmp_path / "a"
        folder.mkdir(exist_ok=True)
        (folder / "lesson.toml").write_text(written, "utf-8")
        if valid:
            scenarios.load_lesson(folder)
        else:
            with pytest.raises(scenarios.ScenarioError):
                scenarios.load_lesson(folder)


def test_every_key_is_described() -> None:
    for kind in SchemaKind:
        for name, definition in schema(kind)["$defs"].items():
            assert definition["description"], name
            for key, of_key in definition.get("properties", {}).items():
                found = of_key.get("description") or key in ("when", "en", "zh", "note", "question")
                assert found or name == "Choice", f"{name}.{key} is not described"


def test_the_command_prints_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lesson"]) == 0
    assert capsys.readouterr().out == document(SchemaKind.LESSON)
    done = subprocess.run(
        [sys.executable, "-m", "walkthrough.scenario.json_schema", "poem"],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "scenario|lesson" in done.stderr
