"""What a live test does where something that it needs is missing."""

import os
import sys

import pytest

IN_CI = os.environ.get("CI") == "true"


def need(present: bool, what: object) -> None:
    """Skip a live test, saying why; in CI, where everything is installed, fail instead."""
    if present:
        return
    if IN_CI:
        pytest.fail(f"{what}: a live test must not be skipped in CI")
    pytest.skip(str(what))


def need_protection() -> None:
    """Skip a live test of what keeps a running program alive that is traced: code for x86_64."""
    need(
        sys.platform == "linux" and os.uname().machine == "x86_64",
        "programs that run already are traced on Linux on x86_64 alone",
    )
