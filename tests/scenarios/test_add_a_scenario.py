"""docs/add-a-scenario.md: its example works as it stands, and it leaves no key out."""

import re
import sys
from pathlib import Path

import msgspec
import pytest

from tests.support.need import need
from walkthrough.capture.command_line import arguments
from walkthrough.capture.environment.doctor import can_trace_go
from walkthrough.capture.session.run_config import RunConfig
from walkthrough.capture.workers.unattended import RunOutcome, ScenarioVerdict
from walkthrough.cli import main
from walkthrough.model.stages import Stage, Step
from walkthrough.scenario import loader as scenarios
from walkthrough.scenario import schema as files
from walkthrough.scenario.loader import ScenarioError, load_folder

PAGE = (Path(__file__).parents[2] / "docs" / "add-a-scenario.md").read_text("utf-8")
NAME = "too-many-files"
OWN = "one-client"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a reader has after writing down the two files of the page."""
    monkeypatch.setenv(scenarios.ELSEWHERE, "")
    monkeypatch.chdir(tmp_path)
    place = tmp_path / NAME
    place.mkdir()
    for kind in ("scenario", "lesson"):
        (place / f"{kind}.toml").write_text(block_of(f"toml {kind}"), "utf-8")
    return place


@pytest.fixture
def own(folder: Path) -> Path:
    """What a reader has after writing down the example with a Go program of its own, too."""
    place = folder.parent / OWN
    place.mkdir()
    (place / "scenario.toml").write_text(block_of("toml own"), "utf-8")
    (place / "main.go").write_text(block_of("go"), "utf-8")
    return place


def block_of(kind: str) -> str:
    (block,) = re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)
    return str(block)


def change(folder: Path, old: str, new: str) -> None:
    file = folder / "scenario.toml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


@pytest.mark.live
@pytest.mark.skipif(sys.platform != "linux", reason="the servers need Linux")
def test_the_example_works(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["check", f"./{NAME}", "--json"])
    verdicts = msgspec.json.decode(capsys.readouterr().out, type=list[ScenarioVerdict])
    assert {each.server for each in verdicts} == {"go", "python"}
    for each in verdicts:
        assert each.why == () or each.outcome is RunOutcome.NOT_RUN
    assert status == 0


@pytest.mark.live
@pytest.mark.skipif(sys.platform != "linux", reason="the servers need Linux")
def test_the_example_with_a_program_of_its_own_works(
    own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    need(*can_trace_go())
    kept = own / "recording.jsonl"
    assert main(["check", f"./{OWN}", "--server", "go"]) == 0, capsys.readouterr().out
    assert main(["record", f"./{OWN}", "-o", str(kept)]) == 0, capsys.readouterr().err
    assert kept.is_file()


@pytest.mark.live
@pytest.mark.skipif(sys.platform != "linux", reason="the servers need Linux")
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("package main", "package foo", "main.go says package foo; it must be package main."),
        ('"net"', '"net"\n\t"example.com/x"', "; only Go's standard library is available ("),
        ("conn.Close()", 'panic("no: " + conn.RemoteAddr().Network())', "saying 'panic: no: tcp'"),
    ],
)
def test_what_the_page_says_of_a_program_that_is_none_or_dies(
    old: str, new: str, said: str, own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    need(*can_trace_go())
    program = own / "main.go"
    text = program.read_text("utf-8")
    assert old in text
    program.write_text(text.replace(old, new), "utf-8")
    assert main(["check", f"./{OWN}", "--server", "go"]) == 1
    assert said in capsys.readouterr().out


@pytest.mark.live
@pytest.mark.skipif(sys.platform != "linux", reason="the servers need Linux")
def test_what_the_page_says_of_a_broken_promise(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change(folder, "accept_queue = 1", "accept_queue = 2")
    assert main(["check", f"./{NAME}", "--server", "python"]) == 1
    said = capsys.readouterr().out.replace(f"{NAME}, python", f"{NAME}, go")
    (shown,) = re.findall(rf"```\n({NAME}, go: FAILED\n.*?)```", PAGE, re.DOTALL)
    assert shown in said


def test_what_the_page_says_of_a_mistake(folder: Path) -> None:
    change(folder, '"ENFILE"', '"ENFILES"')
    (shown,) = re.findall(rf"```\n({NAME}/scenario\.toml, line .*)\n```", PAGE)
    with pytest.raises(ScenarioError) as error:
        load_folder(folder)
    assert str(error.value) == shown


def test_the_lesson_is_one(folder: Path) -> None:
    lesson = scenarios.load_lesson(folder)
    assert (len(lesson.note), len(lesson.question)) == (1, 1)
    assert all(note.id.startswith(f"{NAME}.") for note in lesson.note)


@pytest.mark.parametrize(
    "struct",
    [
        files.Scenario,
        files.ServerOptions,
        files.Neighbour,
        files.Limits,
        files.Fault,
        files.ScriptAction,
        files.Expect,
        files.CallsSeen,
        files.KernelSeen,
        files.Question,
        files.Choice,
    ],
)
def test_every_key_is_explained(struct: type[msgspec.Struct]) -> None:
    for field in msgspec.structs.fields(struct):
        name = field.encode_name
        assert re.search(rf"`{name}\b|\b{name}\]", PAGE), f"{struct.__name__}.{name}"


@pytest.mark.parametrize(
    "words",
    [
        files.NETWORKS,
        files.OPTIONS,
        files.CALLS,
        [each.value for each in files.ActionKind],
        [each.value for each in files.Program],
        [each.value for each in files.Need],
        [each.value for each in Stage],
        [each.value for each in Step],
    ],
)
def test_every_word_that_may_be_written_is_there(words: list[str]) -> None:
    for word in words:
        assert f"`{word}`" in PAGE, word


def test_the_flags_of_a_program_of_ones_own_are_named() -> None:
    options = files.ServerOptions(
        control=("A",),
        keep_alive_s=1,
        backlog=1,
        deadline_ms=1,
        reply="r",
        close_on="c",
        retry=True,
        read_most=1,
    )
    found = arguments(RunConfig("one", "tcp", (":0",), options), own=True)
    assert len(found) == 10
    for flag in found[:8]:
        assert f"`{flag.partition('=')[0]}`" in PAGE


def test_every_link_leads_somewhere() -> None:
    for anchor in re.findall(r"\]\(#([\w-]+)\)", PAGE):
        headings = re.findall(r"^#+ (.*)$", PAGE, re.MULTILINE)
        assert anchor in {
            re.sub(r"[^\w -]", "", each).lower().replace(" ", "-") for each in headings
        }
    for file in re.findall(r"\]\(([\w.-]+\.\w+)\)", PAGE):
        assert (Path(__file__).parents[2] / "docs" / file).is_file(), file
