"""The kernel's names as data: no bit is lost, and every error has a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkthrough.model.linux import constants as k
from walkthrough.model.values import Constant, Flags


@pytest.mark.parametrize(
    ("table", "raw", "flags"),
    [
        (k.SOCK_FLAGS, 0o2004000, Flags(("SOCK_CLOEXEC", "SOCK_NONBLOCK"), 0o2004000)),
        (k.EPOLL_EVENTS, 0x80002001, Flags(("EPOLLIN", "EPOLLRDHUP", "EPOLLET"), 0x80002001)),
        (k.EPOLL_EVENTS, 0, Flags((), 0)),
        (k.EPOLL_CREATE, 0o2000001, Flags(("EPOLL_CLOEXEC",), 0o2000001, 1)),
        (k.O_FLAGS, 0o4010000, Flags(("O_SYNC",), 0o4010000)),
        (k.O_FLAGS, 0o10000, Flags(("O_DSYNC",), 0o10000)),
        (k.O_ACCESS, 0, Flags(("O_RDONLY",), 0)),
    ],
)
def test_flags_are_split_by_name(table: k.Table, raw: int, flags: Flags) -> None:
    assert k.flags(table, raw) == flags


TABLES = [
    value
    for name, value in vars(k).items()
    if name.isupper() and isinstance(value, dict) and isinstance(next(iter(value.values())), str)
]


@given(st.sampled_from(TABLES), st.integers(0, 2**32))
def test_no_bit_is_lost(table: k.Table, raw: int) -> None:
    split = k.flags(table, raw)
    bits = {name: number for number, name in table.items()}
    together = split.rest
    for name in split.names:
        together |= bits[name]
    assert together == raw == split.raw


def test_a_number_without_a_name_stays_a_number() -> None:
    assert k.constant(k.AF, 2) == Constant("AF_INET", 2)
    assert k.constant(k.AF, 99) == Constant("", 99)


def test_every_error_has_a_text() -> None:
    # Those above 511 are the kernel's own; no C library has words for them.
    assert {number for number in k.ERRNO if number < 512} == set(k.ERRNO_TEXT)
