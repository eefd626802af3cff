"""The list of watched functions, and what its names stand for."""

import pytest

from walkthrough.capture.ptrace.binary import _expanded
from walkthrough.capture.ptrace.traced_functions import traced_functions
from walkthrough.model.stages import Step
from walkthrough.scenario.schema import Program

PROGRAMS = {program.value for program in Program}


@pytest.mark.parametrize("version", [(1, 21), (1, 24), (1, 27)])
def test_the_list_is_consistent(version: tuple[int, int]) -> None:
    listed = traced_functions(version)
    names = [each.name for each in listed]
    assert len(set(names)) == len(names)
    for each in listed:
        assert each.programs is None or each.programs <= PROGRAMS, each
    marks = {each.mark for each in listed}
    assert {step.value for step in Step} <= marks


def test_a_function_that_only_one_program_has_is_expected_there_alone() -> None:
    by_name = {each.name: each for each in traced_functions((1, 27))}
    for name, programs in {
        "net.Listen": {"accept"},
        "net.ListenPacket": {"packet"},
        "net.Dial": {"dial"},
        "syscall.Bind": PROGRAMS,
    }.items():
        assert {each for each in PROGRAMS if by_name[name].expected_in(each)} == programs


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
