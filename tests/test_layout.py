"""Tests stand where what they test does: tests/state/test_diff.py tests walkthrough/state/diff.py.

A file is named after a module or a package, if need be with what of it is tested behind the name:
``test_session_ends.py``, ``test_go_target_live.py``.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import FIXED_PORT
from walkthrough.scenario import loader as scenarios

TESTS = Path(__file__).parent
PACKAGE = TESTS.parent / "walkthrough"
FILES = sorted(path.relative_to(TESTS) for path in TESTS.rglob("test_*.py"))

FOLDERS = {
    "facts": "what Linux and Go do, which our texts say, tried out without any module of ours",
    "scenarios": "the scenarios that ship: their files, recordings, Go programs and pages",
    "scripts": "the programs in scripts/",
    "systems": "every command and the screen where another system's Python would run them",
}
"""Folders of tests that are about no package."""

CROSS_CUTTING = {
    "test_contributing.py": "CONTRIBUTING.md",
    "test_dependencies.py": "pyproject.toml",
    "test_forms.py": "the forms for issues",
    "test_layout.py": "the tests themselves",
    "export/test_notebook.py": "docs/tables.ipynb",
    "test_names.py": "the names of classes, and which modules import each other",
    "test_shared_out.py": "how tests are shared out among workers",
    "test_words.py": "the words of all texts",
    "capture/test_capture_messages.py": "all sentences of the package",
    "cli/test_current_folder.py": "every command, where something lies in the current folder",
    "cli/test_languages_of_commands.py": "every command, in every language",
    "i18n/test_chinese.py": "the Chinese catalogue",
    "scenario/test_sentences.py": "all sentences of the package",
    "tui/test_empty.py": "every pane and dialog, with nothing in it",
    "tui/test_hostile_text.py": "all that is drawn, with texts that a terminal would obey",
    "tui/test_key_pairs.py": "every mode, with every two keys",
    "tui/test_languages.py": "all that is drawn, in Chinese",
    "tui/test_pseudo_language.py": "all that is drawn, in a language without an English word",
    "view/test_every_step.py": "every pane, at every step of all recordings",
}
"""Tests that are about more than one package, and about what."""


def stands_for(path: Path) -> bool:
    """Return whether a module or package has the name of a file of tests, or the begin of it."""
    folder = PACKAGE / path.parent
    known = {each.stem for each in folder.glob("*.py")} | {
        each.name for each in folder.iterdir() if each.is_dir()
    }
    name = path.stem.removeprefix("test_")
    return any(name == each or name.startswith(f"{each}_") for each in known)


@pytest.mark.parametrize("path", FILES, ids=str)
def test_a_file_is_named_after_what_it_tests(path: Path) -> None:
    if path.parts[0] in FOLDERS or path.as_posix() in CROSS_CUTTING:
        return
    assert (PACKAGE / path.parent).is_dir(), f"there is no walkthrough/{path.parent}"
    assert stands_for(path), f"walkthrough/{path.parent} has no module of this name"


def test_no_exception_is_left_of_what_is_gone() -> None:
    assert {*FOLDERS} <= {path.parts[0] for path in FILES}
    assert {*CROSS_CUTTING} <= {path.as_posix() for path in FILES}


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def test_no_module_imports_tests() -> None:
    """What several share is in tests/support, where a reader finds it and nobody runs it twice."""
    for path in sorted(TESTS.rglob("*.py")):
        modules = imported(ast.parse(path.read_text("utf-8")))
        wrong = [name for name in modules if any(p.startswith("test_") for p in name.split("."))]
        assert not wrong, path


def test_folders_of_tests_are_packages() -> None:
    """Else two files of one name could not be told apart."""
    folders = {path.parent for path in TESTS.rglob("test_*.py")} | {TESTS / "support"}
    assert not [folder for folder in folders if not (folder / "__init__.py").is_file()]


def test_scenarios_with_a_port_of_their_own_are_kept_apart() -> None:
    every = scenarios.names()
    assert {name for name in every if "port" in scenarios.load(name).needs} == {*FIXED_PORT}
