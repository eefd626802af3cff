"""What pyproject.toml asks for, what constraints.txt pins, and what the README installs agree.

So do the version that the package states and what is said of it elsewhere.
"""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from walkthrough import __version__

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
NEEDED = [
    Requirement(each)
    for group in (PROJECT["dependencies"], *PROJECT["optional-dependencies"].values())
    for each in group
]
PINNED = {
    canonicalize_name(name): version
    for name, version in (
        line.split("==")
        for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines()
        if not line.startswith("#")
    )
}


@pytest.mark.parametrize("needed", NEEDED, ids=lambda needed: needed.name)
def test_the_version_known_good_is_one_that_is_allowed(needed: Requirement) -> None:
    assert needed.specifier.contains(PINNED[canonicalize_name(needed.name)])


@pytest.mark.parametrize("needed", NEEDED, ids=lambda needed: needed.name)
def test_every_dependency_has_a_lower_bound(needed: Requirement) -> None:
    assert any(each.operator in (">=", "==") for each in needed.specifier), (
        "scripts/check_dependencies.py installs the lowest version that is allowed"
    )


def test_constraints_are_names_and_versions_alone() -> None:
    for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines():
        assert line.startswith("# ") or re.fullmatch(r"[\w.-]+==[\w.]+", line), line


def test_the_readme_installs_what_is_known_good() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    (install,) = re.findall(r"^ {4}(python3 -m venv .*)$", readme, re.M)
    assert "'.[go,dev]' -c constraints.txt" in install


def test_the_version_stands_in_one_place() -> None:
    assert "version" not in PROJECT
    assert "version" in PROJECT["dynamic"]
    assert str(Version(__version__)) == __version__


def test_the_version_has_a_release_note() -> None:
    note = ROOT / "docs" / "releases" / f"{Version(__version__).base_version}.md"
    assert note.read_text("utf-8").startswith(f"# walkthrough {Version(__version__).base_version}")
