"""Where bookmarks are kept: beside a recording of the user's, and never among what is shipped."""

import os
from pathlib import Path

import pytest

from walkthrough.cli import autosave
from walkthrough.cli import bookmarks as module
from walkthrough.cli.bookmarks import bookmarks_of
from walkthrough.model.events import Header
from walkthrough.scenario import loader as scenarios
from walkthrough.user_data.bookmarks import bookmarks_path

HEADER = Header(server="go", scenario="burst", started="2026-01-01T00:00:00Z", pid=7)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    data = tmp_path / "data"
    monkeypatch.setattr(module, "folder", lambda: data)
    return data


def test_beside_the_recording(tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    bookmarks_of(Path("walk.jsonl"), HEADER).put(3, "here")
    assert (tmp_path / "walk.bookmarks.json").exists()
    assert not data.exists()
    assert bookmarks_of(tmp_path / "walk.jsonl", HEADER).note(3) == "here"


def test_in_the_data_folder_where_the_recording_is_one_of_ours(data: Path) -> None:
    path = scenarios.find("burst") / scenarios.RECORDING
    bookmarks_of(path, HEADER).put(3, "there")
    assert not bookmarks_path(path).exists()
    assert len(list(data.iterdir())) == 1
    assert bookmarks_of(path, HEADER).note(3) == "there"


def test_nowhere_if_the_recording_is_not_kept(data: Path) -> None:
    marks = bookmarks_of(None, HEADER)
    marks.put(3, "x")
    assert marks.complaints() == []
    assert not data.exists()


def test_they_go_when_the_recording_goes(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "recordings"
    place.mkdir()
    monkeypatch.setattr(autosave, "folder", lambda: place)
    monkeypatch.setattr(autosave, "MOST_KEPT", 2)
    old, newer = place / "burst-1.jsonl", place / "burst-2.jsonl"
    for age, path in ((1000, old), (2000, newer)):
        path.write_bytes(b"")
        os.utime(path, (age, age))
        bookmarks_of(path, HEADER).put(3, "x")
    feed = autosave.AutosavedFeed(None, "burst")  # type: ignore[arg-type]  # nothing is asked of it
    feed._keep(HEADER)
    feed._end()
    assert not old.exists()
    assert not bookmarks_path(old).exists()
    assert newer.exists()
    assert bookmarks_path(newer).exists()
    assert feed.path is not None
    assert feed.path.exists()
