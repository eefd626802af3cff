"""Bookmarks: kept, found again, never lost by what others do, and never a reason to fail."""

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkthrough.model.events import Header
from walkthrough.user_data import bookmarks as module
from walkthrough.user_data.bookmarks import (
    LARGEST_FILE,
    LONGEST_NOTE,
    Bookmark,
    BookmarkFault,
    Bookmarks,
    RecordingIdentity,
    bookmarks_path,
    file_name_for,
)

WHO = RecordingIdentity("burst", "2026-01-01T00:00:00Z", 42)
OTHER = RecordingIdentity("burst", "2026-01-02T00:00:00Z", 43)
WHOLE = b'{"type":"bookmarks","recording":%s,"bookmarks":[{"seq":3,"note":"n"}],"format":1}'
OWN = WHOLE % b'{"scenario":"burst","started":"2026-01-01T00:00:00Z","pid":42}'


def troubles(marks: Bookmarks) -> list[BookmarkFault]:
    return [one.trouble for one in marks.complaints()]


def listed(marks: Bookmarks) -> list[tuple[int, str]]:
    return [(one.seq, one.note) for one in marks.all()]


def test_what_is_put_is_there_again(tmp_path: Path) -> None:
    file = tmp_path / "walk.bookmarks.json"
    marks = Bookmarks((file,), WHO)
    assert not file.exists(), "nothing is written before there is something to keep"
    marks.put(41, "bind 失败 \x1b[31m")
    marks.put(7, "")
    again = Bookmarks((file,), WHO)
    assert listed(again) == [(7, ""), (41, "bind 失败 \x1b[31m")]
    again.put(7, "now with a note")
    again.remove(41)
    again.remove(41)
    assert listed(Bookmarks((file,), WHO)) == [(7, "now with a note")]
    assert troubles(again) == []
    assert [one.name for one in tmp_path.iterdir()] == [file.name], "no temporary file is left"


def test_without_a_place_they_last_as_long_as_it_does() -> None:
    marks = Bookmarks()
    marks.put(3, "x")
    assert marks.note(3) == "x"
    assert troubles(marks) == []


@pytest.mark.parametrize(
    ("at", "before", "after"), [(0, None, 5), (5, None, 9), (7, 5, 9), (9, 5, None), (20, 9, None)]
)
def test_the_next_one_and_the_one_before(at: int, before: int | None, after: int | None) -> None:
    marks = Bookmarks()
    marks.put(9, "")
    marks.put(5, "")
    assert marks.before(at) == before
    assert marks.after(at) == after
    assert list(marks.seqs()) == [5, 9]
    assert len(marks) == 2


def test_a_note_that_is_too_long_is_cut() -> None:
    marks = Bookmarks()
    marks.put(1, "x" * 10_000_000)
    assert marks.note(1) == "x" * LONGEST_NOTE


HOSTILE = {
    "empty": b"",
    "no JSON": b"\x00\xff\xfe",
    "half": OWN[:40],
    "a list": b"[1,2,3]",
    "another document": b'{"type":"header","format":1}',
    "deep": b"[" * 100_000,
    "a negative event": OWN.replace(b'"seq":3', b'"seq":-3'),
    "an event beyond all": OWN.replace(b'"seq":3', b'"seq":' + b"9" * 400),
    "a note that is none": OWN.replace(b'"n"', b"7"),
    "a lone surrogate": OWN.replace(b'"n"', b'"\\ud800"'),
    "too long": OWN + b" " * LARGEST_FILE,
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_file_of_ours_is_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    file, other = tmp_path / "a.bookmarks.json", tmp_path / "data" / "b.bookmarks.json"
    file.write_bytes(content)
    marks = Bookmarks((file, other), WHO)
    assert listed(marks) == []
    assert troubles(marks) == [BookmarkFault.BROKEN]
    marks.put(1, "kept all the same")
    assert file.read_bytes() == content
    assert troubles(marks) == [], "said once"
    assert listed(Bookmarks((file, other), WHO)) == [(1, "kept all the same")]


def test_another_recordings_bookmarks_are_left_as_they_are(tmp_path: Path) -> None:
    file, data = tmp_path / "a.bookmarks.json", tmp_path / "b.bookmarks.json"
    Bookmarks((file,), OTHER).put(9, "of the recording that was here before")
    marks = Bookmarks((file, data), WHO)
    assert troubles(marks) == [BookmarkFault.FOREIGN]
    marks.put(1, "mine")
    assert listed(Bookmarks((file,), OTHER)) == [(9, "of the recording that was here before")]
    assert listed(Bookmarks((file, data), WHO)) == [(1, "mine")]


def test_what_a_newer_program_wrote_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "a.bookmarks.json"
    content = OWN.replace(b'"format":1', b'"format":2,"colours":true')
    file.write_bytes(content)
    marks = Bookmarks((file,), WHO)
    assert troubles(marks) == [BookmarkFault.NEWER]
    marks.put(1, "x")
    assert marks.note(1) == "x"
    assert file.read_bytes() == content


def test_a_folder_in_the_way_and_a_pipe_are_no_files(tmp_path: Path) -> None:
    folder, pipe = tmp_path / "folder", tmp_path / "pipe"
    folder.mkdir()
    os.mkfifo(pipe)  # to open it would wait for ever
    for place in (folder, pipe):
        assert troubles(Bookmarks((place,), WHO)) == [BookmarkFault.BROKEN]


def refuse(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing be written below ``place``, whoever runs the tests."""
    real = module._replace

    def replace(path: Path, content: bytes) -> None:
        if place in path.parents:
            raise PermissionError(13, "Permission denied")
        real(path, content)

    monkeypatch.setattr(module, "_replace", replace)


def test_where_the_first_place_cannot_be_written_the_second_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = tmp_path / "locked"
    locked.mkdir()
    first, second = locked / "a.bookmarks.json", tmp_path / "data" / "b.bookmarks.json"
    refuse(locked, monkeypatch)
    marks = Bookmarks((first, second), WHO)
    marks.put(5, "x")
    (complaint,) = marks.complaints()
    assert (complaint.trouble, complaint.path) == (BookmarkFault.ELSEWHERE, first)
    assert complaint.instead == second
    assert "denied" in str(complaint.why)
    marks.put(6, "y")
    assert troubles(marks) == [], "said once"
    assert listed(Bookmarks((first, second), WHO)) == [(5, "x"), (6, "y")]


def test_where_no_place_can_be_written_they_last_until_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(tmp_path, monkeypatch)
    marks = Bookmarks((tmp_path / "a.json", tmp_path / "b.json"), WHO)
    marks.put(5, "x")
    marks.put(6, "y")
    assert listed(marks) == [(5, "x"), (6, "y")]
    assert troubles(marks) == [BookmarkFault.UNKEPT]
    monkeypatch.undo()
    marks.remove(5)  # the disk has room again
    assert listed(Bookmarks((tmp_path / "a.json",), WHO)) == [(6, "y")]


def test_of_two_files_the_newer_counts(tmp_path: Path) -> None:
    first, second = tmp_path / "a.json", tmp_path / "b.json"
    Bookmarks((first,), WHO).put(1, "old")
    Bookmarks((second,), WHO).put(2, "new")
    os.utime(first, (1000, 1000))
    assert listed(Bookmarks((first, second), WHO)) == [(2, "new")]
    os.utime(second, (500, 500))
    assert listed(Bookmarks((first, second), WHO)) == [(1, "old")]


def test_two_screens_keep_each_others_bookmarks(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    one, other = Bookmarks((file,), WHO), Bookmarks((file,), WHO)
    one.put(1, "one")
    other.put(2, "other")
    one.remove(2)
    assert listed(Bookmarks((file,), WHO)) == [(1, "one")]


def test_a_write_that_fails_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.json"
    marks = Bookmarks((file,), WHO)
    marks.put(1, "safe")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    marks.put(2, "lost with the disk")
    assert troubles(marks) == [BookmarkFault.UNKEPT]
    assert listed(Bookmarks((file,), WHO)) == [(1, "safe")]
    assert [one.name for one in tmp_path.iterdir()] == ["a.json"]


def test_a_files_mode_stays(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    marks = Bookmarks((file,), WHO)
    marks.put(1, "")
    file.chmod(0o600)
    marks.put(2, "")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("recording", "kept"),
    [
        ("walk.jsonl", "walk.bookmarks.json"),
        ("server.log", "server.log.bookmarks.json"),
        ("trace", "trace.bookmarks.json"),
        (".jsonl", ".jsonl.bookmarks.json"),
    ],
)
def test_the_file_beside_a_recording(recording: str, kept: str) -> None:
    assert bookmarks_path(Path("/a") / recording) == Path("/a") / kept


@given(st.builds(Header, scenario=st.text(max_size=300), started=st.text(), pid=st.integers()))
def test_a_name_made_of_any_header_is_a_files_name(header: Header) -> None:
    name = file_name_for(header, Path("/some/where/log"))
    assert name == os.path.basename(name)
    assert not name.startswith(".")
    assert name.isascii()
    assert name.isprintable()
    assert len(name) < 200


def test_recordings_have_names_of_their_own() -> None:
    headers = [
        Header(scenario="burst", started="2026-01-01T00:00:00Z", pid=1),
        Header(scenario="burst", started="2026-01-01T00:00:00Z", pid=2),
        Header(scenario="burst", started="2026-01-01T00:00:01Z", pid=1),
    ]
    names = {file_name_for(header, Path("/a/x.jsonl")) for header in headers}
    logs = {file_name_for(Header(), Path(path)) for path in ("/a/log", "/b/log")}
    assert len(names) == 3
    assert len(logs) == 2, "a log's header says nothing, so its path does"


@given(st.binary(max_size=200) | st.binary(max_size=60).map(lambda cut: OWN + cut))
def test_no_content_raises(content: bytes) -> None:
    found = module._decode(content)
    assert isinstance(found, BookmarkFault | module._BookmarkFile)


def test_a_bookmark_is_an_event_and_a_note() -> None:
    assert Bookmark(3).note == ""


def test_a_new_file_is_for_its_owner_and_a_link_stays_one(tmp_path: Path) -> None:
    place = tmp_path / "data" / "bookmarks" / "r.bookmarks.json"
    Bookmarks((place,)).put(1, "mine")
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
    link = tmp_path / "r.bookmarks.json"
    link.symlink_to(place)
    Bookmarks((link,)).put(2, "too")
    assert link.is_symlink()
    assert Bookmarks((place,)).note(2) == "too"
