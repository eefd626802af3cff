"""The catalogue: scenarios and recordings as home is told of them, and what opening one gives."""

import asyncio
import os
import shutil
import signal
from pathlib import Path

import pytest

from walkthrough.capture import processes
from walkthrough.cli import autosave
from walkthrough.cli.catalogue import ScenarioCatalogue
from walkthrough.scenario import loader as scenarios
from walkthrough.scenario.chapters import Chapter
from walkthrough.tui.screens.home.catalogue import CannotOpenError, HomeCatalogue

MINE = """
network = "tcp"
address = "127.0.0.1:0"
chapter = "wrong"
order = 3
needs = ["port"]
end.when = "server idle"
title = {en = "One", zh = "一"}
summary = {en = "One.", zh = "一。"}
"""
SHIPPED = scenarios.folder() / "first-connection" / scenarios.RECORDING
LOG = b"7 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3\n7 listen(3, 128) = 0\nwhat?\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the user's own scenarios, and an empty data folder."""
    own = tmp_path / "own"
    (own / "mine").mkdir(parents=True)
    (own / "mine" / "scenario.toml").write_text(MINE, "utf-8")
    monkeypatch.setenv(scenarios.ELSEWHERE, str(own))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_it_is_a_catalogue() -> None:
    catalogue: HomeCatalogue = ScenarioCatalogue()
    assert catalogue.entries()


def test_scenarios_come_by_chapter_and_their_place_in_it(here: Path) -> None:
    entries = ScenarioCatalogue().entries()
    assert [entry.name for entry in entries[:2]] == ["first-connection", "the-document-today"]
    assert {entry.name for entry in entries} == set(scenarios.names())
    ranks = [list(Chapter).index(entry.chapter) for entry in entries]
    assert ranks == sorted(ranks)
    wrong = [entry.name for entry in entries if entry.chapter is Chapter.WRONG]
    assert wrong[2:4] == ["mine", "out-of-descriptors-at-socket"]


def test_what_is_told_of_one(here: Path) -> None:
    entries = {entry.name: entry for entry in ScenarioCatalogue().entries()}
    mine = entries["mine"]
    assert (mine.title.says("en"), mine.title.says("zh"), mine.teaser, mine.needs) == (
        "One",
        "一",
        None,
        ("port",),
    )
    assert (mine.recording, mine.servers) == (False, ("go", "python"))
    assert entries["mptcp"].servers == ("go",)
    assert entries["mptcp"].recording


def test_a_broken_one_hides_no_other(here: Path) -> None:
    (here / "own" / "mine" / "scenario.toml").write_text("netwrok = 1")
    catalogue = ScenarioCatalogue()
    entries = {entry.name: entry for entry in catalogue.entries()}
    assert len(entries) > 20
    assert str(entries["mine"].broken).startswith(
        "mine/scenario.toml, line 1: unknown key 'netwrok'"
    )
    assert entries["mine"].chapter is Chapter.OWN
    assert "netwrok" in str(catalogue.detail("mine").trouble)


def test_without_scenarios_it_is_said_why(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(scenarios.ELSEWHERE, "/nowhere")
    catalogue = ScenarioCatalogue()
    assert catalogue.entries() == ()
    assert "names '/nowhere', which is no folder" in str(catalogue.remarks()[0])


def test_of_two_by_one_name_it_is_said_which_is_meant(here: Path) -> None:
    shutil.copytree(SHIPPED.parent, here / "own" / "first-connection")
    catalogue = ScenarioCatalogue()
    catalogue.entries()
    assert "first-connection is taken from" in str(catalogue.remarks()[0])


def test_more_about_one(here: Path) -> None:
    detail = ScenarioCatalogue().detail("port-in-use")
    assert detail.promised.exit_code == 1
    assert detail.promised.stages == 5
    assert detail.questions
    assert detail.recording is not None
    assert detail.recording.when is not None
    assert (detail.recording.events or 0) > 100
    assert ScenarioCatalogue().detail("mine").recording is None
    assert "There is no scenario" in str(ScenarioCatalogue().detail("nowhere").trouble)


def test_a_damaged_recording_is_told_of(here: Path) -> None:
    (here / "own" / "mine" / "recording.jsonl").write_text("{}")
    assert "is not a header" in str(ScenarioCatalogue().detail("mine").trouble)


def test_recordings_of_live_sessions_come_newest_first(here: Path) -> None:
    assert ScenarioCatalogue().recents() == ()
    place = autosave.folder()
    place.mkdir(parents=True)
    for age, name in enumerate(("b.jsonl", "a.jsonl", "c.jsonl")):
        shutil.copy(SHIPPED, place / name)
        os.utime(place / name, (2_000_000_000 - age, 2_000_000_000 - age))
    (place / "junk.jsonl").write_text("junk")
    (place / "folder.jsonl").mkdir()
    recents = ScenarioCatalogue().recents()
    assert [each.path.name for each in recents] == ["b.jsonl", "a.jsonl", "c.jsonl"]
    assert recents[0].scenario == "first-connection"
    assert recents[0].events == sum(1 for _ in SHIPPED.open("rb")) - 1


def test_a_data_folder_that_is_a_file_holds_nothing(here: Path) -> None:
    (here / "data").touch()
    assert ScenarioCatalogue().recents() == ()


async def test_what_can_be_run_is_asked_of_another_process(here: Path) -> None:
    abilities = await ScenarioCatalogue().abilities()
    assert abilities.known == set(scenarios.names())
    assert abilities.lacking is not None
    assert abilities.lacking["mptcp", "python"].kind == "server"


@pytest.mark.parametrize("program", ["/nowhere/python", shutil.which("false") or "/bin/false"])
async def test_if_that_fails_nothing_is_known(
    program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", program)
    abilities = await ScenarioCatalogue().abilities()
    assert (abilities.known, abilities.lacking) == (frozenset(), None)


# Opening


def test_who_leaves_before_the_answer_leaves_nothing_behind(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[asyncio.subprocess.Process] = []
    start = processes.start

    async def noted(command: list[str], **how: int) -> asyncio.subprocess.Process:
        started.append(await start(command, **how))
        return started[-1]

    async def left() -> None:
        asking = asyncio.create_task(ScenarioCatalogue().abilities())
        while not started:
            await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking

    monkeypatch.setattr(processes, "python", lambda module: ["/bin/sleep", "60"])
    monkeypatch.setattr(processes, "start", noted)
    asyncio.run(left())
    assert started[0].returncode == -signal.SIGKILL
    assert vars(started[0])[
        "_transport"
    ].is_closing()  # or it would be closed without a loop, later


async def test_live_it_is_kept_and_no_process_is_started_yet(here: Path) -> None:
    opened = ScenarioCatalogue().open_live("mine", "python")
    assert opened.history is None
    assert opened.feed is not None
    assert opened.kept() is None
    await opened.feed.close()


def test_a_replay_and_files(here: Path) -> None:
    catalogue = ScenarioCatalogue()
    assert catalogue.open_replay("burst").history is not None
    shutil.copy(SHIPPED, here / "walk.jsonl")
    (here / "a.log").write_bytes(LOG)
    for path in ("walk.jsonl", "./walk.jsonl", str(here / "walk.jsonl")):
        opened = catalogue.open_path(path)
        assert opened.history is not None
        assert opened.history.header.scenario == "first-connection"
    opened = catalogue.open_path("a.log")
    assert opened.remarks
    assert str(opened.remarks[0]).startswith("a.log: 1 line was not understood")


async def test_a_folder_with_a_scenario_is_run_and_found_from_then_on(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(scenarios.ELSEWHERE, "")
    catalogue = ScenarioCatalogue()
    assert "mine" not in {entry.name for entry in catalogue.entries()}
    opened = catalogue.open_path("own/mine/")
    assert opened.feed is not None
    await opened.feed.close()
    assert "mine" in {entry.name for entry in catalogue.entries()}


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("nowhere.jsonl", "nowhere.jsonl cannot be read: there is no such file"),
        ("burst", "./burst cannot be read"),
        ("own", "There is no scenario.toml in './own': name a scenario or its folder."),
        ("own/mine/scenario.toml", "is a scenario's file: name its folder, 'own/mine'."),
        ("text", "log"),
    ],
)
def test_what_cannot_be_opened_is_refused_in_a_sentence(path: str, why: str, here: Path) -> None:
    (here / "text").write_text("Nothing of the kind.\n")
    with pytest.raises(CannotOpenError) as refused:
        ScenarioCatalogue().open_path(path)
    assert why in str(refused.value) or why.replace("./", "") in str(refused.value)
    assert "\n" not in str(refused.value)


def test_what_has_no_recording_cannot_be_replayed(here: Path) -> None:
    with pytest.raises(CannotOpenError, match="has no recording yet: make one with"):
        ScenarioCatalogue().open_replay("mine")
    (here / "own" / "mine" / "scenario.toml").write_text("netwrok = 1")
    with pytest.raises(CannotOpenError, match="unknown key"):
        ScenarioCatalogue().open_live("mine", "auto")
