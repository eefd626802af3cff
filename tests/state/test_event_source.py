"""A recording that is taken in bit by bit is the one that is taken in whole."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.strategies import event_lists
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    CaptureEnded,
    FunctionEntered,
    Header,
)
from walkthrough.model.stages import Place, Stage, Step
from walkthrough.recording.file import RecordingError, RecordingWriter, load
from walkthrough.state.checkpoints import CHECKPOINT
from walkthrough.state.event_source import EncodedEvents
from walkthrough.state.history import History


def everything(history: History) -> list[object]:
    """Return all that a history answers, for every index."""
    found: list[object] = [len(history), history.torn, history.beginning(), history.whole]
    for index in range(-1, len(history)):
        found += [history.world(index), history.step_end(index), history.step_start(index)]
        found += [history.next_step(index), history.previous_step(index)]
        found += [history.next_stage(index), history.previous_stage(index)]
        found += [history.calls_until(index), history.visible_calls_until(index)]
        if index >= 0:
            found.append(history.event(index))
    for number in range(history.calls_until(len(history))):
        found += [history.call(number), history.call_seq(number), history.call_place(number)]
    loud = history.visible_calls_until(len(history))
    groups = history.call_groups_until(loud)
    found += [history.visible_call(number) for number in range(loud)]
    found += [history.call_group(group) for group in range(groups)]
    return found


@given(event_lists(30), st.lists(st.integers(0, 9)), st.integers(0, 9))
def test_portions_make_the_same_history(
    events: list[AnyEvent], portions: list[int], first: int
) -> None:
    history = History.load(EncodedEvents(Header(scenario="s"), events), first)
    for portion in portions:
        before = len(history)
        assert everything(history)  # what is asked meanwhile changes nothing
        history.load_more(portion)
        assert before <= len(history) <= before + portion
    history.load_more()
    assert history.whole
    assert everything(history) == everything(History.of(Header(scenario="s"), events))
    history.load_more(5)
    assert len(history) == len(events)


def test_how_much_has_been_taken_in(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    count = 20_000
    with RecordingWriter(path, Header()) as writer:
        for seq in range(count):
            writer.write(CallEntered(seq=seq, time_ns=seq, call="read"))
    history = History.load(load(path), 5)
    assert len(history) == 5
    assert not history.whole
    shares = []
    while len(history) < count:
        share = history.share
        assert share is not None
        shares.append(share)
        history.load_more(1000)
    assert shares == sorted(shares)
    assert shares[0] < 0.5
    history.load_more()
    assert history.share == 1.0
    assert "has no end" in str(history.torn)
    assert len(history) == count


def test_nobody_knows_how_much_of_a_log_is_left() -> None:
    events = [CallEntered(seq=seq, time_ns=seq, call="read") for seq in range(9)]
    history = History.load(EncodedEvents(Header(), events), 4)
    assert (len(history), history.whole, history.share) == (4, False, None)


def written(path: Path, count: int) -> list[bytes]:
    with RecordingWriter(path, Header()) as writer:
        for seq in range(count - 1):
            writer.write(CallEntered(seq=seq, time_ns=seq, call="read", span=seq))
        writer.write(CaptureEnded(seq=count - 1, time_ns=count, reason="finished"))
    return path.read_bytes().splitlines(keepends=True)


@pytest.mark.parametrize("portion", [1, 7, 1000])
@pytest.mark.parametrize("at", range(20))
def test_damage_anywhere_ends_the_history_there(tmp_path: Path, at: int, portion: int) -> None:
    lines = written(tmp_path / "a.jsonl", 20)
    lines[at + 1] = b"{damaged}\n"
    (tmp_path / "a.jsonl").write_bytes(b"".join(lines))
    said = ""
    history = History.load(load(tmp_path / "a.jsonl"), 0)
    while not history.whole:
        try:
            history.load_more(portion)
        except RecordingError as error:
            said = str(error)
    assert len(history) == at
    assert f"line {at + 2}" in (said or str(history.torn))
    assert bool(said) == (at < 19), "a last line that is broken is no more than a torn end"
    whole = [msgspec.json.decode(line, type=AnyEvent) for line in lines[1 : at + 1]]
    assert everything(history)[4:] == everything(History.of(Header(), whole))[4:]
    history.load_more()
    assert len(history) == at


@pytest.mark.parametrize("left", [0, 40, 70_000])
def test_a_file_may_shrink_while_it_is_open(tmp_path: Path, left: int) -> None:
    path = tmp_path / "long.jsonl"
    written(path, 20_000)
    history = History.load(load(path), 100)
    with path.open("r+b") as file:
        file.truncate(left)
    history.load_more()
    assert history.whole
    assert len(history) >= 100
    assert str(history.torn).startswith(f"{path.name} ")
    for index in (0, 50, len(history) - 1):  # all that was read is kept, wherever it was read from
        assert history.event(index).seq == index
        assert history.world(index).seq == index


def test_a_file_may_be_written_anew_while_it_is_open(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    written(path, 20_000)
    history = History.load(load(path), 100)
    other = tmp_path / "other.jsonl"
    with RecordingWriter(other, Header(scenario="another, with a longer header")) as writer:
        for seq in range(20_000):
            writer.write(CallEntered(seq=seq, time_ns=seq, call="write"))
    path.write_bytes(other.read_bytes())  # as cp(1) does
    with pytest.raises(RecordingError, match=r"long\.jsonl"):
        history.load_more()
    assert history.whole
    assert history.world(len(history) - 1).calls == len(history)


def test_a_file_may_be_replaced_while_it_is_open(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    written(path, 20_000)
    history = History.load(load(path), 100)
    written(tmp_path / "other", 3)
    (tmp_path / "other").replace(path)
    history.load_more()
    assert (len(history), history.torn) == (20_000, "")


def test_a_file_may_grow_while_it_is_open(tmp_path: Path) -> None:
    path = tmp_path / "live.jsonl"
    with RecordingWriter(path, Header()) as writer:
        for seq in range(3 * CHECKPOINT):
            writer.write(CallEntered(seq=seq, time_ns=seq, call="read"))
        history = History.load(load(path), 10)
        writer.write(CaptureEnded(seq=3 * CHECKPOINT, time_ns=1, reason="finished"))
    history.load_more()
    assert (len(history), history.torn) == (3 * CHECKPOINT + 1, "")


def test_calls_are_grouped_where_they_serve_the_same() -> None:
    def called(seq: int, place: Place, quiet: bool = False) -> AnyEvent:
        return CallEntered(
            seq=seq, time_ns=seq, call="x", stage=place.stage, step=place.step, quiet=quiet
        )

    listen, read = Place(Stage.LISTEN), Place(None, Step.READ)
    accept, accept4 = Place(Stage.ACCEPT), Place(Stage.ACCEPT, Step.ACCEPT4)
    nowhere = Place()
    events = [
        called(0, nowhere),
        called(1, nowhere),
        called(2, listen),
        called(3, read, quiet=True),
        called(4, listen),
        called(5, accept),
        called(6, accept4),
        called(7, read),
        called(8, nowhere),
    ]
    history = History.of(Header(), events)
    assert history.visible_calls_until(8) == 8
    assert [history.call_group(group) for group in range(5)] == [0, 2, 4, 6, 7]
    assert [history.call_groups_until(count) for count in range(9)] == [0, 1, 1, 2, 2, 3, 3, 4, 5]


def test_events_in_a_row() -> None:
    events: list[AnyEvent] = [
        FunctionEntered(seq=0, time_ns=0, span=1),
        CallEntered(seq=1, time_ns=1, call="read", span=2),
        CallReturned(seq=2, time_ns=2, call="read", span=2),
    ]
    history = History.of(Header(), events)
    assert list(history.between(0, 3)) == events
    assert list(history.between(-5, 2)) == events[:2]
    assert list(history.between(1, 99)) == events[1:]
    assert list(history.between(2, 1)) == []
