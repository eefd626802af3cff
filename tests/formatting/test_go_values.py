"""Go's values as text: one line each, printable, cut where they nest."""

import pytest
from hypothesis import given

from tests.support.strategies import values
from walkthrough.formatting.escaping import printable
from walkthrough.formatting.go_values import text
from walkthrough.model.values import (
    Constant,
    Data,
    Fields,
    Flags,
    GoError,
    Pointer,
    Reference,
    Several,
    SocketAddress,
    Text,
    Unreadable,
    Value,
)

GO_ROWS: list[tuple[Value, str]] = [
    (3, "3"),
    (-1, "-1"),
    (True, "true"),
    (None, "nil"),
    (Text("tcp"), '"tcp"'),
    (Text('a"\x1b\\', truncated=True), '"a\\"\\x1b\\\\"...'),
    (Text("x" * 300), f'"{"x" * 256}"...'),
    (SocketAddress("AF_INET", "127.0.0.1", 7099), "127.0.0.1:7099"),
    (SocketAddress("AF_INET6", "::", 80), "[::]:80"),
    (SocketAddress("AF_INET6", "fe80::1", 80, scope_id=2), "[fe80::1%2]:80"),
    (SocketAddress("AF_UNIX", path="\0name"), "@name"),
    (SocketAddress("AF_UNIX", path="/run/x\x07"), "/run/x\\x07"),
    (Constant("AF_INET", 2), "AF_INET"),
    (Constant("", 99), "99"),
    (Flags(("A", "B"), 0x13, 0x10), "A|B|0x10"),
    (Flags((), 0), "0"),
    (Data(b"hi\n", 3), '"hi\\n"'),
    (Reference(SocketAddress("AF_INET", "1.2.3.4", 5)), "&1.2.3.4:5"),
    (Several((1, 2)), "[1, 2]"),
    (Fields("net.TCPAddr", {"Port": 80, "Zone": Text("")}), 'net.TCPAddr{Port: 80, Zone: ""}'),
    (Pointer(0xC0000140A0, "*net.netFD"), "*net.netFD 0xc0000140a0"),
    (Pointer(0), "nil"),
    (GoError("*net.OpError", "listen tcp: bind"), "error: listen tcp: bind"),
    (
        GoError("syscall.Errno", "", Constant("EADDRINUSE", 98)),
        "error: EADDRINUSE (Address already in use)",
    ),
    (GoError("*errors.errorString"), "error: *errors.errorString"),
    (Unreadable("no memory there", 16), "unreadable: no memory there"),
]


@pytest.mark.parametrize(("value", "shown"), GO_ROWS, ids=lambda part: str(part)[:40])
def test_go_values(value: Value, shown: str) -> None:
    assert text(value) == shown


@given(values)
def test_any_value_is_one_printable_line(value: Value) -> None:
    assert printable(text(value)) == text(value)


def test_nesting_is_cut() -> None:
    value: Value = 1
    for _ in range(500):
        value = Reference(value)
    assert text(value).endswith("...")


def test_absurd_numbers_stay_short() -> None:
    assert len(text(10**5000)) < 300
