"""What may reach a terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkthrough.formatting.escaping import printable


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain", "plain"),
        ("你好，世界\u3000！", "你好，世界\u3000！"),
        ("a\nb\tc\r", "a\\nb\\tc\\r"),
        ("\x1b[31mred\x1b]0;title\x07", "\\x1b[31mred\\x1b]0;title\\x07"),
        ("\x9b1m", "\\x9b1m"),
        ("abc\u202edef\u2066", "abc\\u202edef\\u2066"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("\udc9b", "\\udc9b"),
        ("\U000e0041", "\\U000e0041"),
        ("back\\slash", "back\\slash"),
        (b"ok\xff\x1b", "ok\\xff\\x1b"),
        (b"\xe4\xbd\xa0", "你"),
        ("", ""),
    ],
)
def test_escapes(raw: str | bytes, shown: str) -> None:
    assert printable(raw) == shown


@given(st.text() | st.binary())
def test_result_is_printable_and_stays_as_it_is(raw: str | bytes) -> None:
    shown = printable(raw)
    assert all(c.isprintable() or c.isspace() for c in shown)
    assert not any(c in "\n\r\t\x0b\x0c\x1c\x1d\x1e\x1f\x85\u2028\u2029" for c in shown)
    assert printable(shown) == shown
    shown.encode()
