"""What pyproject.toml asks for is what is used; constraints.txt and the README agree with it.

So do the version that the package states and what is said of it elsewhere.
"""

import ast
import re
import sys
import tomllib
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name
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


OLDEST_PYTHON = re.findall(r"[\d.]+", PROJECT["requires-python"])[0]


@pytest.mark.parametrize("name", PINNED)
def test_the_version_known_good_runs_in_the_oldest_python(name: NormalizedName) -> None:
    """Debian 12 has Python 3.11.2: a package that wants 3.11.5 cannot be installed there."""
    try:
        there = distribution(name)
    except PackageNotFoundError:
        pytest.skip("not installed here")
    if there.version != PINNED[name]:
        pytest.skip(f"another version is installed: {there.version}")
    asked = SpecifierSet(there.metadata["Requires-Python"] or "")
    assert asked.contains(f"{OLDEST_PYTHON}.0")


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


SOLD_AS = packages_distributions()
"""The distributions that bring each importable package."""
DEPENDENCIES, EXTRAS = PROJECT["dependencies"], PROJECT["optional-dependencies"]

ONLY_WITH_AN_EXTRA = {"perfetto": "walkthrough/export/perfetto/"}
"""Packages that one part of the program imports when it is used: where, and the extra's name."""


def names(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(each).name) for each in requirements}


@cache
def imported(*folders: str) -> dict[str, str]:
    """Return the distributions that the Python files below ``folders`` import: name -> a file."""
    own = {"walkthrough", "tests"} | {
        path.stem for folder in ("benchmarks", "scripts") for path in (ROOT / folder).rglob("*")
    }
    found: dict[str, str] = {}
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                modules = []
                if isinstance(node, ast.Import):
                    modules = [each.name for each in node.names]
                elif isinstance(node, ast.ImportFrom) and not node.level:
                    modules = [node.module or ""]
                for module in (each.partition(".")[0] for each in modules):
                    if module in own or module in sys.stdlib_module_names:
                        continue
                    for name in SOLD_AS.get(module, [module]):
                        found[canonicalize_name(name)] = str(path.relative_to(ROOT))
    return found


def is_a_tool(name: str) -> bool:
    """Return whether a package is used without an import: as a command, or as somebody's plugin."""
    commands = (ROOT / "Makefile").read_text("utf-8")
    site = (ROOT / "docs" / "conf.py").read_text("utf-8")
    if f"-m {name}" in commands or f'"{name.replace("-", "_")}"' in site:
        return True
    try:
        points = distribution(name).entry_points
    except PackageNotFoundError:
        return False
    return any(
        point.group == "pytest11" or (point.group == "console_scripts" and point.name in commands)
        for point in points
    )


def test_whatever_the_program_imports_is_declared() -> None:
    # An editable install compiles its catalogues itself; the build hook has it ask for Babel.
    hook = (ROOT / "hatch_build.py").read_text("utf-8")
    editable = re.findall(r'^BABEL = "(.+)"$', hook, re.M)
    used, declared = imported("walkthrough"), names([*DEPENDENCIES, *editable])
    used = {name: file for name, file in used.items() if name not in declared}
    for name, folder in ONLY_WITH_AN_EXTRA.items():
        assert used.pop(name).startswith(folder)
        assert name in names(EXTRAS[name])
    assert used == {}


def test_whatever_is_declared_the_program_imports() -> None:
    assert names(DEPENDENCIES) - imported("walkthrough").keys() == set()


def test_whatever_is_imported_beside_the_program_is_declared() -> None:
    declared = names(DEPENDENCIES).union(*map(names, EXTRAS.values()))
    used = imported("tests", "benchmarks", "scripts")
    assert {name: file for name, file in used.items() if name not in declared} == {}


def test_whatever_development_asks_for_is_used() -> None:
    asked = names([*EXTRAS["dev"], *EXTRAS["pictures"]])
    unused = asked - imported("tests", "benchmarks", "scripts").keys()
    assert {name for name in unused if not is_a_tool(name)} == set()


def test_no_extra_of_a_dependency_is_asked_for() -> None:
    """An extra brings packages that the tests above do not see: 23 MB of grammars once."""
    assert [each.name for each in NEEDED if each.extras] == []
