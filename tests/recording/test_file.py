"""Reading and writing recordings: round trips, and every way in which a file can be wrong."""

import os
from pathlib import Path

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.strategies import event_lists
from walkthrough.model.events import (
    FORMAT,
    AnyEvent,
    CallEntered,
    CaptureEnded,
    Header,
    OutputWritten,
    ProcessStarted,
)
from walkthrough.recording.file import LONGEST_LINE, RecordingError, RecordingWriter, load
from walkthrough.recording.output import OutputTarget

HEADER = Header(program_version="0.1.0", server="go", scenario="first-connection", pid=42)
EVENTS: list[AnyEvent] = [
    ProcessStarted(seq=0, time_ns=0, pid=42),
    OutputWritten(seq=1, time_ns=10, stream=1, data=b"\x00\xffhello\n"),
    CaptureEnded(seq=2, time_ns=20, reason="finished"),
]


def lines(*events: AnyEvent) -> list[bytes]:
    return [msgspec.json.encode(one) for one in (HEADER, *events)]


def saved(path: Path, *parts: bytes) -> Path:
    path.write_bytes(b"".join(part + b"\n" for part in parts))
    return path


def read(path: Path) -> tuple[list[AnyEvent], str]:
    recording = load(path)
    return [event for _, event in recording], str(recording.torn)


@given(event_lists())
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, events: list[AnyEvent]
) -> None:
    path = tmp_path_factory.getbasetemp() / "round-trip.jsonl"
    with RecordingWriter(OutputTarget(path, force=True), HEADER) as writer:
        for event in events:
            writer.write(event)
    recording = load(path)
    assert recording.header == HEADER
    pairs = list(recording)
    assert [event for _, event in pairs] == events
    assert path.read_bytes().splitlines()[1:] == [line for line, _ in pairs]
    assert (recording.torn == "") == (bool(events) and isinstance(events[-1], CaptureEnded))
    assert list(recording) == pairs, "it can be read again"


def test_every_line_is_in_the_file_at_once(tmp_path: Path) -> None:
    path = tmp_path / "live.jsonl"
    writer = RecordingWriter(path, HEADER)
    assert path.read_bytes().count(b"\n") == 1
    for number, event in enumerate(EVENTS, 2):
        writer.write(event)
        assert path.read_bytes().count(b"\n") == number
    writer.close()
    writer.close()
    assert read(path) == (EVENTS, "")


@pytest.mark.parametrize("cut", range(1, len(lines(EVENTS[1])[1]) + 1))
def test_a_torn_last_line_ends_the_recording(tmp_path: Path, cut: int) -> None:
    whole = saved(tmp_path / "torn.jsonl", *lines(*EVENTS[:2])).read_bytes()
    path = tmp_path / "torn.jsonl"
    path.write_bytes(whole[: -1 - cut])
    events, torn = read(path)
    assert events == EVENTS[:1]
    assert torn.startswith(f"{path.name} ")
    # Cut off at the very end of a line, nothing is broken; only the end is missing.
    at_line_end = cut == len(lines(EVENTS[1])[1])
    assert ("has no end" if at_line_end else "breaks off in line 3") in torn
    assert "1 event" in torn


def test_a_last_line_without_newline_counts_if_it_is_whole(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.jsonl", *lines(*EVENTS))
    path.write_bytes(path.read_bytes()[:-1])
    assert read(path) == (EVENTS, "")


def test_a_missing_end_is_said(tmp_path: Path) -> None:
    events, torn = read(saved(tmp_path / "a.jsonl", *lines(*EVENTS[:2])))
    assert len(events) == 2
    assert torn == "a.jsonl has no end: its capture was cut off after 2 events."


def test_blank_lines_and_carriage_returns_do_no_harm(tmp_path: Path) -> None:
    header, *rest = lines(*EVENTS)
    path = saved(tmp_path / "a.jsonl", header + b"\r", b"", *(line + b"\r" for line in rest), b" ")
    assert read(path) == (EVENTS, "")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n", "is not a recording of walkthrough"),
        (b"\x7fELF\x02\x01\x01\x00\x00\xff\xfe", "is not a recording of walkthrough"),
        (b"hello world\n", "is not a recording of walkthrough"),
        (b"{}\n", "is not a recording of walkthrough"),
        (b"[1, 2]\n", "is not a recording of walkthrough"),
        (b'{"type":"header"}\n', "is not a recording of walkthrough"),
        (b'{"type":"header","format":"1"}\n', "is not a recording of walkthrough"),
        (b'{"type":"header","format":0}\n', "is not a recording of walkthrough"),
        (b'{"type":"process_started","seq":0}\n', "is not a recording of walkthrough"),
        (b"[" * 100_000, "is not a recording of walkthrough"),
        (b'{"type":"header","format":1,"pid":"x"}\n', "damaged header"),
        (
            b'{"type":"header","format":%d,"new":{}}\n' % (FORMAT + 1),
            f"has format {FORMAT + 1}, and this walkthrough reads up to {FORMAT}: upgrade",
        ),
    ],
    ids=lambda part: str(part)[:30],
)
def test_what_is_no_recording(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "thing"
    path.write_bytes(content)
    with pytest.raises(RecordingError, match=message) as caught:
        load(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b'{"type":"output_written","seq":1', r"damaged in line 3"),
        (b'{"type":"unheard_of","seq":1,"time_ns":0}', r"damaged in line 3"),
        (b'{"type":"process_started","seq":1,"time_ns":0,"pid":"\xff"}', r"damaged in line 3"),
        (lines()[0], r"damaged in line 3"),
        (lines(EVENTS[0])[1], r"line 3 holds event 0 where event 1 was due"),
        (lines(EVENTS[2])[1], r"line 3 holds event 2 where event 1 was due"),
    ],
    ids=["torn", "unknown kind", "wrong type", "second header", "repeated", "gap"],
)
def test_a_broken_line_in_the_middle(tmp_path: Path, line: bytes, message: str) -> None:
    header, first, _, last = lines(*EVENTS)
    recording = load(saved(tmp_path / "a.jsonl", header, first, line, last))
    with pytest.raises(RecordingError, match=message):
        list(recording)


def test_messages_carry_nothing_that_acts_on_a_terminal(tmp_path: Path) -> None:
    header, first, _, last = lines(*EVENTS)
    evil = b'{"type":"\\u001b[2J\\u202e","seq":1,"time_ns":0}'
    path = saved(tmp_path / "a\x1b[31mb.jsonl", header, first, evil, last)
    with pytest.raises(RecordingError) as caught:
        list(load(path))
    assert str(caught.value).isprintable()
    assert "a\\x1b[31mb.jsonl" in str(caught.value)


def test_a_line_may_be_long(tmp_path: Path) -> None:
    long = OutputWritten(seq=0, time_ns=0, stream=1, data=os.urandom(8_000_000))
    path = saved(tmp_path / "long.jsonl", *lines(long))
    assert path.stat().st_size > 10_000_000
    assert read(path)[0] == [long]


def test_a_line_without_end_is_not_read_into_memory(tmp_path: Path) -> None:
    path = saved(tmp_path / "endless", *lines(EVENTS[0]))
    with path.open("r+b") as file:
        file.truncate(2 * LONGEST_LINE)  # a hole: a line of zeros
    with pytest.raises(RecordingError, match="line 3 is longer than 64 MiB"):
        read(path)


def deep(levels: int) -> bytes:
    value = b'{"kind":"reference","value":' * levels + b"1" + b"}" * levels
    return (
        b'{"type":"call_entered","seq":0,"time_ns":0,"call":"x","arguments":[{"name":"a","value":'
        + value
        + b"}]}"
    )


def test_values_nested_without_sense_are_a_damaged_line(tmp_path: Path) -> None:
    path = saved(tmp_path / "deep.jsonl", lines()[0], deep(100_000), lines(EVENTS[2])[1])
    with pytest.raises(RecordingError, match="damaged in line 2"):
        read(path)


@settings(max_examples=300)
@given(
    st.one_of(
        st.binary(max_size=200),
        st.lists(
            st.one_of(
                st.sampled_from(lines(*EVENTS)),
                st.binary(max_size=60),
                st.sampled_from([b"", b"{}", b"null", b'{"type":"call_entered"}', deep(3)]),
            ),
            max_size=6,
        ).map(b"\n".join),
    )
)
@example(b"\n".join(lines(CallEntered(seq=0, time_ns=0, call="x", span=10**30))))
def test_no_file_is_too_odd(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "odd"
    path.write_bytes(content)
    said, events = "Read.", list[AnyEvent]()
    try:
        events, _ = read(path)
    except RecordingError as error:
        said = str(error)
    assert said.isprintable()
    assert said.endswith(".")
    assert [event.seq for event in events] == list(range(len(events)))


@pytest.mark.parametrize(
    ("opening", "name"),
    [(load, "mine.jsonl"), (lambda path: RecordingWriter(path, HEADER), "new.jsonl")],
    ids=["read", "write"],
)
def test_no_permission(tmp_path: Path, opening: object, name: str) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    path = saved(folder / "mine.jsonl", *lines(*EVENTS))
    path.chmod(0)
    folder.chmod(0o500)  # a file that is there may be replaced by whoever may write into its folder
    if os.access(path, os.R_OK):
        pytest.skip("this user is denied nothing")
    assert callable(opening)
    with pytest.raises(RecordingError, match="permission is denied"):
        opening(folder / name)


def test_permission_is_denied_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deny(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = saved(tmp_path / "mine.jsonl", *lines(*EVENTS))
    monkeypatch.setattr("builtins.open", deny)
    monkeypatch.setattr("tempfile.mkstemp", deny)
    for opening in (load, lambda name: RecordingWriter(OutputTarget(name, force=True), HEADER)):
        with pytest.raises(RecordingError, match="permission is denied; choose another place"):
            opening(path)


def test_a_named_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(RecordingError, match="is not a file"):
        load(tmp_path / "pipe")


def test_a_file_may_vanish_after_it_was_looked_at(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.jsonl", *lines(*EVENTS))
    recording = load(path)
    path.unlink()
    with pytest.raises(RecordingError, match="no such file"):
        list(recording)


def test_what_is_there_is_replaced_only_if_that_is_meant(tmp_path: Path) -> None:
    old = saved(tmp_path / "old.jsonl", *lines(*EVENTS))
    with pytest.raises(RecordingError, match="exists: replace it with --force"):
        RecordingWriter(old, HEADER)
    assert load(old).header == HEADER
    with RecordingWriter(OutputTarget(old, force=True), Header(scenario="new")):
        assert load(old).header.scenario == "new", "from its header on"
    assert [each.name for each in tmp_path.iterdir()] == ["old.jsonl"]


def test_a_full_disk_is_said() -> None:
    with pytest.raises(RecordingError, match="/dev/full cannot be written: No space left"):
        RecordingWriter("/dev/full", HEADER)


def test_text_that_is_not_unicode_is_said(tmp_path: Path) -> None:
    with RecordingWriter(tmp_path / "a.jsonl", HEADER) as writer:
        with pytest.raises(RecordingError, match="cannot be written: 'utf-8' codec"):
            writer.write(CallEntered(seq=0, time_ns=0, call="\udcff"))
        writer.write(EVENTS[0])
    assert read(tmp_path / "a.jsonl")[0] == EVENTS[:1]
