"""What live tests need, and what happens when it is missing; lets tests import `strategies`."""

import os
import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def need(present: bool, what: str) -> None:
    """Skip a live test, saying why; in CI, where everything is installed, fail instead."""
    if present:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what}: a live test must not be skipped in CI")
    pytest.skip(what)


@pytest.fixture(scope="session")
def go_server(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scenario server's program, built with the Go that is installed."""
    from walkthrough.capture.doctor import can_trace_go
    from walkthrough.capture.toolchain import build_server, find_go
    from walkthrough.lesson.scenario import server_folder

    able, why = can_trace_go()
    need(able, why)
    return build_server(find_go(), server_folder(), lambda line: None)


@pytest.fixture(scope="session")
def strace() -> str:
    """The strace program."""
    need(sys.platform == "linux", "strace needs Linux")
    found = shutil.which("strace")
    need(found is not None, "strace is not installed")
    return str(found)
