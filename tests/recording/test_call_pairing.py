"""Calls are joined by thread and span, in the order of their ends."""

from walkthrough.model.events import CallEntered, CallReturned, ProcessStarted, SpanCutOff
from walkthrough.recording.call_pairing import CallPairing, PairedCall

READ = CallEntered(seq=0, time_ns=0, thread=7, span=1, call="read")
WAIT = CallEntered(seq=1, time_ns=1, thread=8, span=1, call="epoll_pwait")


def test_a_call_ends_with_the_return_of_its_own_thread() -> None:
    calls = CallPairing(7)
    assert not [*calls.ended_at(READ), *calls.ended_at(WAIT)]
    returned = CallReturned(seq=2, time_ns=2, thread=8, span=1, call="epoll_pwait")
    assert [*calls.ended_at(returned)] == [PairedCall(WAIT, returned)]
    assert [*calls.rest()] == [PairedCall(READ, None)]
    assert not [*calls.rest()]


def test_a_call_without_a_thread_is_of_the_main_one() -> None:
    calls = CallPairing(7)
    assert not [*calls.ended_at(READ)]
    returned = CallReturned(seq=1, time_ns=1, span=1, call="read")
    assert [*calls.ended_at(returned)] == [PairedCall(READ, returned)]


def test_what_was_cut_off_or_begun_anew_has_no_end() -> None:
    calls = CallPairing(7)
    assert not [*calls.ended_at(READ)]
    again = CallEntered(seq=1, time_ns=1, thread=7, span=1, call="write")
    assert [*calls.ended_at(again)] == [PairedCall(READ, None)]
    cut = SpanCutOff(seq=2, time_ns=2, thread=7, span=1, reason="killed")
    assert [*calls.ended_at(cut)] == [PairedCall(again, None)]
    assert not [*calls.ended_at(cut)]


def test_an_end_without_a_beginning_is_a_call_too() -> None:
    returned = CallReturned(seq=0, time_ns=0, thread=7, span=1, call="read")
    calls = CallPairing(7)
    assert [*calls.ended_at(returned)] == [PairedCall(None, returned)]
    assert not [*calls.ended_at(ProcessStarted(seq=1, time_ns=1, pid=7))]
