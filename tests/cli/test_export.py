"""``walkthrough export`` gives a format what it asks for, and refuses what it has no use for."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from walkthrough.cli import main
from walkthrough.export.registry import FormatOption, formats


@pytest.mark.parametrize(
    ("option", "flag"),
    [
        (FormatOption.SOURCE, ["--no-source"]),
        (FormatOption.EVENT, ["--event", "3"]),
        (FormatOption.SIZE, ["--size", "80x24"]),
        (FormatOption.PACE, ["--pace", "0.5"]),
    ],
)
def test_an_option_that_makes_no_difference_is_refused(
    option: FormatOption, flag: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    others = [name for name, each in formats().items() if option not in each.takes]
    assert others
    assert len(others) < len(formats())
    for name in others:
        assert main(["export", "first-connection", "--to", name, *flag, "-o", "none"]) == 2
        assert f"{flag[0]} makes no difference to {name}: leave it out." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--event", "first"], "'first' is no event's number"),
        (["--size", "120"], "a size is columns and rows, from 80x24"),
        (["--size", "79x24"], "a size is columns and rows, from 80x24"),
        (["--size", "1000x40"], "a size is columns and rows, from 80x24"),
        (["--pace", "nan"], "a pace is a number of seconds, from 0.05 to 60"),
        (["--pace", "soon"], "a pace is a number of seconds, from 0.05 to 60"),
        (["--event", "4000"], "There is no event 4000: the recording's last one is 399."),
    ],
)
def test_values_that_cannot_be(
    given: list[str], said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    picture = tmp_path / "x.svg"
    assert main(["export", "first-connection", "--to", "svg", "-o", str(picture), *given]) == 2
    assert said in capsys.readouterr().err
    assert not [*tmp_path.iterdir()]


def test_a_cast_and_a_picture_of_the_screen(tmp_path: Path) -> None:
    cast, picture = tmp_path / "walk.cast", tmp_path / "step.svg"
    small = ["--size", "80x24"]
    command = ["export", "first-connection", "--lang", "zh", *small]
    assert main([*command, "--to", "svg", "--event", "174", "-o", str(picture)]) == 0
    assert ">回<" in picture.read_text("utf-8")
    assert main([*command, "--to", "cast", "--pace", "0.25", "-o", str(cast)]) == 0
    begin, *events = map(json.loads, cast.read_text("utf-8").splitlines())
    assert begin["term"]["cols"] == 80
    assert [each[2] for each in events if each[1] == "m"][:3] == [
        "resolveAddrList",
        "sysSocket",
        "setDefaultSockopts",
    ]


@pytest.mark.parametrize(("words", "status"), [(["x.jsonl"], 2), (["x.jsonl", "--to", "json"], 2)])
def test_no_format_is_imported_but_the_one_that_is_wanted(
    words: list[str], status: int, tmp_path: Path
) -> None:
    code = (
        "import sys\n"
        "from walkthrough.cli import main\n"
        f"assert main(['export', *{words!r}]) == {status}\n"
        "print([name for name in sys.modules if name.startswith('walkthrough.export.')])\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    others = {"walkthrough.export.registry", "walkthrough.export.json"}
    assert set(ast.literal_eval(ran.stdout)) <= others
