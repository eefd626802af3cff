"""A real program, traced and under strace: each call that is on the path is at the same place."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.need import need
from tests.support.time_limits import limit
from walkthrough.call_stages.marks import begun_by
from walkthrough.capture.environment.doctor import can_trace_go
from walkthrough.model.stages import NOWHERE, Place, Stage, Step
from walkthrough.recording.file import load
from walkthrough.state.history import History
from walkthrough.strace_log.log import load as load_log
from walkthrough.strace_log.told_stages import place_of_calls

pytestmark = [pytest.mark.live, pytest.mark.timeout(120)]

PROGRAM = """
import os, select, socket
name = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
name.connect(("127.0.0.1", 53))  # nobody is asked
name.close()
server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
poller = select.epoll()
server.bind(("127.0.0.1", 0))
server.listen(2)
poller.register(server.fileno(), select.EPOLLIN)
client = socket.socket()
client.connect(server.getsockname())
poller.poll(5)
served, _ = server.accept()
poller.register(served.fileno(), select.EPOLLIN)
client.send(b"x")
poller.poll(5)
served.recv(9)
if not os.fork():
    server.close()
    served.send(b"y")
    os._exit(0)
os.wait()
client.recv(9)
poller.unregister(served.fileno())
served.close()
select.select([server], [], [], 0)
server.close()
"""


def test_the_stages_are_those_of_straces_log(strace: str, tmp_path: Path) -> None:
    able, why = can_trace_go()
    need(able, why)
    program = tmp_path / "server.py"
    program.write_text(PROGRAM)
    command = [sys.executable, "-S", "-E", str(program)]
    recording = tmp_path / "traced.jsonl"
    how = ("trace", "--only", "all", "-o", str(recording), "--", *command)
    subprocess.run(
        [sys.executable, "-m", "walkthrough", *how],
        check=True,
        capture_output=True,
        timeout=limit(100),
    )
    history = History.load(load(recording))
    entered = [history.call(each)[0] for each in range(history.calls_until(len(history)))]

    log = tmp_path / "log"
    trace = f"trace={','.join(history.header.calls)},execve,clone,clone3,vfork,fork,exit_group"
    subprocess.run(
        [strace, "-f", "-qq", "-o", log, "-e", trace, *command], check=True, timeout=limit(100)
    )
    logged = load_log(log).calls
    places = [begun_by(place) for place in place_of_calls(logged)]
    parent = logged[0].thread
    for child in (False, True):
        found = [
            (event.call, event.place)
            for event in entered
            if event.place != NOWHERE and (event.process is not None) is child
        ]
        assert found == [
            (call.name, place)
            for call, place in zip(logged, places, strict=True)
            if place != NOWHERE and (call.thread != parent) is child
        ]
        assert found
    told = {event.place for event in entered}
    assert told >= {
        Place(Stage.RESOLVE_ADDR_LIST),
        Place(Stage.POLL_SERVER_INIT),
        Place(Stage.POLL_OPEN),
        Place(Stage.ACCEPT),
        Place(None, Step.CONNECT),
        Place(None, Step.POLL_READY),
        Place(None, Step.WRITE),
    }
