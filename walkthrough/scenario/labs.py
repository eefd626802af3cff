"""Labs: what a scenario has for people to program themselves. Finds and loads them; runs nothing.

A lab is the folder ``lab`` in a scenario's folder. What it runs and promises is a scenario of its
own, whose program people write: so ``scenario.toml`` there is like any other, and ``main.go`` is
what they begin with. ``lab.toml`` has what is said about it.
"""

from pathlib import Path
from typing import NamedTuple

from walkthrough.i18n.messages import message
from walkthrough.scenario import loader
from walkthrough.scenario.loader import FILE, PROGRAM, ScenarioError
from walkthrough.scenario.schema import LabFile, Scenario
from walkthrough.scenario.validation.errors import mistake
from walkthrough.scenario.validation.toml_decode import TomlDocument

FOLDER = "lab"
LAB = "lab.toml"
SUFFIX = "-lab"
"""What the name of a lab's scenario has after that of the scenario that it belongs to."""
MEMORY_MB, CPU_S, FILE_MB, DESCRIPTORS = 1024, 30, 64, 1024
"""The limits on a program that is not ours, where the lab gives none."""


class ScenarioLab(NamedTuple):
    """A lab, loaded.

    Attributes:
        name: The scenario that it belongs to.
        folder: Where its files are.
        scenario: What is run and promised; its title and summary are the lab's title and task.
        texts: What is said about it.
    """

    name: str
    folder: Path
    scenario: Scenario
    texts: LabFile


def names() -> tuple[str, ...]:
    """Return the names of the scenarios that have a lab, sorted.

    Raises:
        ScenarioError: The environment names a folder that does not exist.
    """
    return tuple(name for name in loader.names() if has_lab(loader.find(name)))


def has_lab(folder: Path) -> bool:
    """Return whether the scenario in ``folder`` has a lab."""
    return _is_lab(folder / FOLDER)


def _is_lab(folder: Path) -> bool:
    try:
        return (folder / LAB).is_file()
    except OSError:
        return False


def load(name: str) -> ScenarioLab:
    """Load the lab of the scenario ``name``.

    Raises:
        ScenarioError: There is no such scenario, it has no lab, or one of the files has a mistake.
    """
    folder = loader.find(name) / FOLDER
    if not _is_lab(folder):
        raise ScenarioError(
            message(
                "{scenario} has no lab; these have one: {names}.",
                scenario=name,
                names=[*names()],
            )
        )
    return load_folder(folder, name)


def load_folder(folder: Path, name: str) -> ScenarioLab:
    """Load the lab in ``folder``, which belongs to the scenario ``name``.

    Raises:
        ScenarioError: One of its files cannot be read or has a mistake.
    """
    called = f"{name}/{FOLDER}/"
    text = loader.text_of(folder / FILE)
    scenario = loader.parse_scenario(text, f"{name}{SUFFIX}", called + FILE, own_program=True)
    document = TomlDocument(loader.text_of(folder / LAB), called + LAB)
    texts = document.convert(LabFile)
    if not texts.hint:
        raise document.error(mistake(("hint",), "there is no hint: give one [[hint]] at least."))
    return ScenarioLab(name, folder, scenario, texts)


def skeleton(lab: ScenarioLab) -> str:
    """Return the program that people begin with.

    Raises:
        ScenarioError: It cannot be read.
    """
    return loader.text_of(lab.folder / PROGRAM)
