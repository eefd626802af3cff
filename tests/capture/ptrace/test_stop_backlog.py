"""Stops that are kept until the program pauses."""

import itertools

import pytest

from walkthrough.capture.ptrace import stop_backlog
from walkthrough.capture.ptrace.stop_backlog import KeptStop, StopBacklog
from walkthrough.capture.ptrace.stops import StopKind, ThreadStop

CALL = ThreadStop(StopKind.CALL_ENTERED, 7, 1, held=True)
THREAD = ThreadStop(StopKind.THREAD_STARTED, 8, 2, held=True)


def test_what_comes_after_a_kept_stop_is_kept() -> None:
    backlog = StopBacklog(lambda: False)
    assert not backlog.keeps(THREAD)
    assert backlog.keeps(CALL)
    backlog.append(KeptStop(CALL))
    assert backlog.keeps(THREAD)
    backlog.append(KeptStop(THREAD))
    assert [backlog.take().what, backlog.take().what] == [CALL, THREAD]
    assert not backlog


def test_a_program_that_is_to_stand_stands() -> None:
    assert not StopBacklog(lambda: True).keeps(CALL)


def test_stops_are_taken_until_none_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stop_backlog, "TURN_SECONDS", 60)
    backlog = StopBacklog(lambda: False)
    backlog.append(KeptStop(CALL))
    waiting, asked = [True, True], itertools.count()

    def take() -> bool:
        next(asked)
        return bool(waiting and waiting.pop())

    assert not backlog.is_amid(take)
    assert waiting == []
    before = next(asked)
    assert not backlog.is_amid(take)  # it does not wait again, until one comes
    assert next(asked) == before + 1
    backlog.append(KeptStop(CALL))
    assert not backlog.is_amid(lambda: False)


def test_whoever_asks_has_a_turn() -> None:
    backlog, taken = StopBacklog(lambda: False), itertools.count()
    assert backlog.is_amid(lambda: next(taken) >= 0)
    assert next(taken) > 0


def test_no_more_are_kept_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stop_backlog, "TURN_SECONDS", 60)
    monkeypatch.setattr(stop_backlog, "MOST_STOPS", 3)
    backlog = StopBacklog(lambda: False)

    def take() -> bool:
        backlog.append(KeptStop(CALL))
        return True

    assert backlog.is_amid(take)
    assert backlog.is_full
    assert len([backlog.take() for _ in range(3)]) == 3
    assert not backlog
