"""docs/add-a-scenario.md, Faults: whether Go names the call that failed, held against both servers.

Each row becomes a scenario that promises what the page says.
"""

import sys
from pathlib import Path

import msgspec
import pytest

from walkthrough.capture.workers.unattended import RunOutcome, ScenarioVerdict
from walkthrough.cli import main
from walkthrough.scenario import loader as scenarios

SCENARIO = """
network = "tcp"
address = "127.0.0.1:0"
timeout_s = 20
title = {{en = "x", zh = "x"}}
summary = {{en = "x", zh = "x"}}
end.when = "{end}"

[[fault]]
at = "{at}"
call = "{call}"
errno = "{errno}"
{script}
[expect]
printed = ['{printed}']
{exit_code}
"""
CLIENT = """
[[script]]
when = "while accept is parked"
do = "connect"

[[script]]
when = "while read is parked"
do = "close"
"""

# at, call, errno, what is printed, the exit status (None: the server goes on and is left by its
# client)
ROWS = [
    ("sysSocket", "socket", "EMFILE", "listen tcp *: socket: too many open files", 1),
    (
        "setDefaultListenerSockopts",
        "setsockopt",
        "EINVAL",
        "listen tcp *: setsockopt: invalid argument",
        1,
    ),
    ("bind", "bind", "EACCES", "listen tcp *: bind: permission denied", 1),
    ("listen", "listen", "EADDRINUSE", "listen tcp *: listen: address already in use", 1),
    ("pollOpen", "epoll_ctl", "ENOSPC", "listen tcp 127.0.0.1:0: no space left on device", 1),
    ("getsockname", "getsockname", "EBADF", "listening on <nil>", None),
    ("setNoDelay", "setsockopt", "EINVAL", '127.0.0.1:* sent ""', None),
    ("accept/getsockname", "getsockname", "EBADF", '127.0.0.1:* sent ""', None),
    ("pollServerInit", "epoll_create1", "EMFILE", "fatal error: runtime: netpollinit failed", 2),
    ("pollServerInit", "eventfd2", "EMFILE", "fatal error: runtime: eventfd failed", 2),
]


@pytest.mark.live
@pytest.mark.skipif(sys.platform != "linux", reason="the servers need Linux")
def test_the_table_of_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(scenarios.ELSEWHERE, "")
    folders = []
    for number, (at, call, errno, printed, code) in enumerate(ROWS):
        ends = code is not None
        text = SCENARIO.format(
            end="server exited" if ends else "server idle",
            at=at,
            call=call,
            errno=errno,
            script="" if ends else CLIENT,
            printed=printed,
            exit_code=f"exit_code = {code}" if ends else "",
        )
        folders.append(tmp_path / f"row-{number}")
        folders[-1].mkdir()
        (folders[-1] / "scenario.toml").write_text(text, "utf-8")
    status = main(["check", "--json", *map(str, folders)])
    verdicts = msgspec.json.decode(capsys.readouterr().out, type=list[ScenarioVerdict])
    assert {each.server for each in verdicts} == {"go", "python"}
    assert {each.why for each in verdicts if each.outcome is RunOutcome.FAILED} == set()
    assert status == 0
