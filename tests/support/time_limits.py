"""Limits of time, longer where the machine is slow or emulated.

    WALKTHROUGH_TESTS_SLOW=20 python -m pytest tests/capture

None is a measurement: each ends a test that would never end by itself. pytest's own limits are
multiplied by `tests/conftest.py`.
"""

import os

SLOW = float(os.environ.get("WALKTHROUGH_TESTS_SLOW", "1"))
SLOWED = ("--slow", f"{SLOW:g}") if SLOW > 1 else ()
"""What ``walkthrough record`` and ``check`` are given, for the scenarios' own limits."""


def limit(seconds: float) -> float:
    """Return a limit for this machine from one for a machine that is as fast as others."""
    return seconds * SLOW
