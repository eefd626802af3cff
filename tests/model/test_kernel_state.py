"""Counting what a kernel's view lists and what it leaves out."""

import msgspec
import pytest

from walkthrough.i18n.messages import Message, message
from walkthrough.model.kernel_state import (
    Beyond,
    Descriptor,
    EpollInterest,
    EpollState,
    KernelState,
    SocketState,
    UnavailableReason,
    unavailable,
)
from walkthrough.model.values import Flags, SocketAddress


def socket(owner: str, state: str) -> SocketState:
    local = SocketAddress("AF_INET", host="127.0.0.1", port=1)
    return SocketState(owner, "AF_INET", "SOCK_STREAM", "TCP", state, local)


LISTED = KernelState(
    descriptors=(Descriptor(3, "socket", "socket:[1]", 1), Descriptor(4, "epoll", "anon")),
    sockets=(socket("server", "LISTEN"), socket("client", "ESTABLISHED")),
    epolls=(EpollState(4, (EpollInterest(3, Flags((), 0), 0),)), EpollState(9, ())),
)


def test_what_is_listed_is_counted() -> None:
    assert (LISTED.count_descriptors(), LISTED.count_interests()) == (2, 1)
    assert LISTED.count_sockets("server") == {"LISTEN": 1}
    assert LISTED.count_sockets("client") == {"ESTABLISHED": 1}
    assert LISTED.count_sockets("queue") == {}


def test_so_is_what_is_not() -> None:
    more = {"server ESTABLISHED": 9000, "server LISTEN": 1, "client ESTABLISHED": 7}
    state = KernelState(
        LISTED.descriptors, LISTED.sockets, LISTED.epolls, (), Beyond(9001, 8000, more)
    )
    assert (state.count_descriptors(), state.count_interests()) == (9003, 8001)
    assert state.count_sockets("server") == {"LISTEN": 2, "ESTABLISHED": 9000}
    assert state.count_sockets("client") == {"ESTABLISHED": 8}


GONE = message("Descriptors of process {process}: {why}", process=7, why=message("No such process"))


def test_a_reason_is_recorded_as_text_and_with_its_fields_apart() -> None:
    texts, reasons = unavailable([GONE, GONE, message("all the rest")])
    assert texts == ("Descriptors of process 7: No such process", "all the rest")
    assert reasons == (
        UnavailableReason(
            "Descriptors of process {process}: {why}", {"process": 7, "why": "No such process"}
        ),
        UnavailableReason("all the rest"),
    )
    state = KernelState(unavailable=texts, unavailable_reasons=reasons)
    assert msgspec.json.decode(msgspec.json.encode(state), type=KernelState) == state
    assert tuple(map(str, state.reasons())) == texts
    assert isinstance(state.reasons()[0], Message)


def test_sentences_without_fields_are_recorded_once() -> None:
    assert unavailable([message("all the rest")]) == (("all the rest",), ())


@pytest.mark.parametrize(
    "reasons",
    [
        (),
        (UnavailableReason("something else"),),
        (UnavailableReason("Descriptors of process {process}: {why}", {"process": 8}),),
        (UnavailableReason("{a}", {"a": "x"}), UnavailableReason("more than there are")),
    ],
)
def test_the_text_counts_where_the_reasons_say_something_else(
    reasons: tuple[UnavailableReason, ...],
) -> None:
    state = KernelState(
        unavailable=("Descriptors of process 7: {{gone}}",), unavailable_reasons=reasons
    )
    assert state.reasons() == ("Descriptors of process 7: {{gone}}",)
