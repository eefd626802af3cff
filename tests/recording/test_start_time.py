"""When a recording began, whatever its header says."""

import pytest

from walkthrough.model.events import Header
from walkthrough.recording.start_time import began_ns


@pytest.mark.parametrize(
    ("started", "ns"),
    [
        ("1970-01-01T00:00:01.000002Z", 1_000_002_000),
        ("2026-11-30T12:00:00.123Z", 1796040000_123_000_000),
        ("", 0),
        ("yesterday", 0),
        ("9999-99-99T00:00:00Z", 0),
    ],
)
def test_a_time_or_none(started: str, ns: int) -> None:
    assert began_ns(Header(started=started)) == ns
