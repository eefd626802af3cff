"""What the layers of lessons say of an author's files is said in messages, which have languages."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import walkthrough

PACKAGE = Path(walkthrough.__file__).parent
FOLDERS = ("scenario", "source", "lesson", "quiz", "state")
SAYS = ("Mistake", "ScenarioError", "NoteError", "PointError", "TomlError", "DocumentError")


def plain(file: Path) -> Iterator[int]:
    """Yield the lines on which an error or a mistake is given a sentence that is no message."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in SAYS:
            for given in node.args:
                constant = isinstance(given, ast.Constant) and " " in str(given.value)
                if constant or isinstance(given, ast.JoinedStr | ast.BinOp):
                    yield node.lineno


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_error_is_a_finished_sentence(folder: str) -> None:
    files = sorted((PACKAGE / folder).rglob("*.py"))
    assert files
    assert not [f"{file}:{line}" for file in files for line in plain(file)]


def test_a_finished_sentence_is_found(tmp_path: Path) -> None:
    file = tmp_path / "module.py"
    file.write_text(
        'raise NoteError("it is empty")\n'
        'raise NoteError(message("it is empty"))\n'
        'yield Mistake(keys, f"{key} is empty")\n'
        "raise PointError(error.message)\n"
    )
    assert list(plain(file)) == [1, 3]
