"""The list of watched functions, and what its names stand for."""

from pathlib import Path

import pytest

from walkthrough.capture.errors import CaptureError
from walkthrough.capture.ptrace import traced_functions as listing
from walkthrough.capture.ptrace.architecture.x86_64 import X86_64
from walkthrough.capture.ptrace.binary import _expanded
from walkthrough.capture.ptrace.traced_functions import traced_functions
from walkthrough.i18n.catalogue import catalogue
from walkthrough.model.stages import Step
from walkthrough.scenario.schema import Program

PROGRAMS = {program.value for program in Program}


@pytest.mark.parametrize("version", [(1, 19), (1, 20), (1, 21), (1, 24), (1, 27)])
def test_the_list_is_consistent(version: tuple[int, int]) -> None:
    listed = traced_functions(version, X86_64)
    names = [each.name for each in listed]
    assert len(set(names)) == len(names)
    for each in listed:
        assert each.programs is None or each.programs <= PROGRAMS, each
    marks = {each.mark for each in listed}
    assert {step.value for step in Step} <= marks


def test_a_function_that_only_one_program_has_is_expected_there_alone() -> None:
    by_name = {each.name: each for each in traced_functions((1, 27), X86_64)}
    for name, programs in {
        "net.Listen": {"accept"},
        "net.ListenPacket": {"packet"},
        "net.Dial": {"dial"},
        "syscall.Bind": PROGRAMS,
    }.items():
        assert {each for each in PROGRAMS if by_name[name].expected_in(each)} == programs


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (
            {"name": "net.Dial", "arguments": ["n:strnig"]},
            "net.Dial has the kind of n:strnig; allow",
        ),
        ({"name": "net.Dial", "results": ["err"]}, "net.Dial has the kind of err; allowed are"),
        (
            {"name": "net.Dial", "results": "err:error"},
            "net.Dial has results that is no list of te",
        ),
        ({"name": "net.Dial", "argument": []}, "net.Dial has the key argument; allowed are argum"),
        ({"name": "net.Dial", "mark": "bindd"}, "net.Dial has the mark bindd; allowed are resolve"),
        ({"name": "net.Dial", "inside": ["acept"]}, "net.Dial has the mark acept; allowed are"),
        ({"name": "net.Dial", "within": "acept"}, "net.Dial has the mark acept; allowed are"),
        ({"arguments": []}, "[[function]] 1 has no name: correct the file."),
        ("net.Dial", "function has an entry that is no table"),
    ],
)
def test_a_mistake_in_the_list_is_one_sentence(
    entry: object, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "_data", lambda: {"function": [entry]})
    with pytest.raises(CaptureError) as caught:
        traced_functions((1, 27), X86_64)
    assert said in str(caught.value)
    assert str(caught.value).endswith("correct the file.")
    assert "{" not in catalogue("zh")(caught.value.message)


def test_a_list_that_is_not_toml_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "path.toml").write_text("[[function]\nname = 3")
    monkeypatch.setattr(listing, "files", lambda package: tmp_path)
    listing._data.cache_clear()
    try:
        with pytest.raises(
            CaptureError, match=r"path.toml cannot be read \(.*\): mend it, or rein"
        ):
            traced_functions((1, 27), X86_64)
    finally:
        listing._data.cache_clear()


FUNCTIONS = {
    "main.main",
    "main.serve",
    "main.serve.func1",
    "main.(*loop).next",
    "main.commandLine",
    "main.init",
    "main.init.0",
    "main.map.init.0",
    "main.main.gowrap1",
    "main.serve.deferwrap2",
    "main.(*loop).next-fm",
    "main.generic[go.shape.int]",
    "net.Listen",
}


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("net.Listen", "net.Gone"), ["net.Listen", "net.Gone"]),
        (
            ("main.main", "main.*", "-main.commandLine"),
            ["main.main", "main.(*loop).next", "main.serve", "main.serve.func1"],
        ),
        (
            ("main.s*", "main.serve"),
            ["main.serve.func1", "main.serve"],
        ),
    ],
)
def test_a_name_can_stand_for_many(names: tuple[str, ...], expected: list[str]) -> None:
    assert list(_expanded(names, FUNCTIONS)) == expected
