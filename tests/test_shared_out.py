"""Workers share the tests out, but one takes all that belong together."""

import os
from pathlib import Path

import pytest

from tests.support.shared_out import PIECE

HERE = os.environ.get("PYTEST_XDIST_WORKER", "the only one")


def _taken_by(folder: Path, name: str) -> str:
    """Return the worker that was the first to take a test of some that belong together."""
    folder = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    try:
        with (folder / f"taken {name}").open("x", encoding="ascii") as file:
            file.write(HERE)
    except FileExistsError:
        return (folder / f"taken {name}").read_text("ascii")
    return HERE


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> str:
    return _taken_by(tmp_path_factory.getbasetemp(), "for a fixture")


@pytest.mark.parametrize("number", range(3 * PIECE))
def test_what_a_module_makes_is_made_once(once: str, number: int) -> None:
    assert once == HERE, number


@pytest.mark.together("some tests")
@pytest.mark.parametrize("number", range(3 * PIECE))
def test_what_is_marked_stays_together(
    tmp_path_factory: pytest.TempPathFactory, number: int
) -> None:
    assert _taken_by(tmp_path_factory.getbasetemp(), "by mark") == HERE, number
