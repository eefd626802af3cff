"""What a live test does where something that it needs is missing."""

import os

import pytest

IN_CI = os.environ.get("CI") == "true"


def need(present: bool, what: object) -> None:
    """Skip a live test, saying why; in CI, where everything is installed, fail instead."""
    if present:
        return
    if IN_CI:
        pytest.fail(f"{what}: a live test must not be skipped in CI")
    pytest.skip(str(what))
