"""One look at several processes: who holds what, what they share, and whose a connection is."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

from tests.support.need import need
from walkthrough.capture.kernel.observe import KernelObserver
from walkthrough.capture.kernel.open_files import OpenFiles, table_of
from walkthrough.model.kernel_state import KernelState

SERVER = """
import os, select, socket, sys
listener = socket.create_server(("127.0.0.1", 0), backlog=3)
shared = select.epoll(); shared.register(listener, select.EPOLLIN)
print(listener.getsockname()[1], flush=True)
children = []
for number in range(2):
    down, up = os.pipe(), os.pipe()
    if not (pid := os.fork()):
        # Only the server can write to it: it ends when the server does.
        for end in (down[1], up[0], *(end for _, *ends in children for end in ends)): os.close(end)
        own = select.epoll(); held = []
        os.write(up[1], b"ok\\n")
        lines = os.fdopen(down[0])
        for line in lines:
            match line.split():
                case ["accept"]: held.append(listener.accept()[0])
                case ["drop"]: held.pop().close()
                case ["unlisten"]: listener.close()
                case ["leave"]: os._exit(0)
            os.write(up[1], b"ok\\n")
        os._exit(0)
    os.read(up[0], 3)
    children.append((pid, down[1], up[0]))
    print(pid, flush=True)
for line in sys.stdin:
    number, word = line.split()
    pid, to, back = children[int(number)]
    os.write(to, word.encode() + b"\\n")
    if word == "leave": os.waitpid(pid, 0)
    else: os.read(back, 3)
    print("ok", flush=True)
"""


class Prefork:
    """A server with two children that share its listener and an epoll."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.pid = process.pid
        self.port = self._number()
        self.children = (self._number(), self._number())

    def _number(self) -> int:
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())

    def do(self, child: int, word: str) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{child} {word}\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "ok\n"


@contextlib.contextmanager
def prefork() -> Iterator[tuple[Prefork, KernelObserver]]:
    with subprocess.Popen(
        [sys.executable, "-IS", "-c", SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            server = Prefork(process)
            with KernelObserver(process.pid) as observer:
                for child in server.children:
                    observer.watch(child)
                yield server, observer
        finally:
            process.kill()


def looks(observer: KernelObserver, last: int) -> dict[int, KernelState]:
    states = observer.observe_each(last)
    return {state.process: state for state in states}


def sockets(state: KernelState) -> list[tuple[str, str]]:
    return [(each.owner, each.state) for each in state.sockets]


def test_each_process_has_a_view_of_its_own() -> None:
    with prefork() as (server, observer):
        first, second = server.children
        assert observer.several
        states = observer.observe_each(first)
        assert [state.process for state in states] == [0, second, first]
        assert all(sockets(state) == [("server", "LISTEN")] for state in states)
        assert len({state.sockets[0].inode for state in states}) == 1
        # A fork has a table of its own, with the same open files.
        assert [state.table for state in states] == [0, 0, 0]

        with socket.create_connection(("127.0.0.1", server.port)) as client:
            waiting = looks(observer, first)
            for state in waiting.values():  # it is in the queue of all who listen there
                assert ("queue", "ESTABLISHED") in sockets(state)
                assert state.sockets[0].accept_queue == 1

            server.do(0, "accept")
            taken = looks(observer, first)
            assert sockets(taken[first]) == [
                ("server", "LISTEN"),
                ("server", "ESTABLISHED"),
                ("client", "ESTABLISHED"),
            ]
            remote = taken[first].sockets[1].remote
            assert remote is not None
            assert remote.port == client.getsockname()[1]
            for other in (0, second):
                assert sockets(taken[other]) == [("server", "LISTEN")]

            server.do(0, "drop")
            dropped = looks(observer, first)
            # Whoever held it is told what has become of it, nobody else.
            assert "client" in dict(sockets(dropped[first]))
            for other in (0, second):
                assert sockets(dropped[other]) == [("server", "LISTEN")]


def test_who_closes_the_shared_listener_has_it_no_more() -> None:
    with prefork() as (server, observer):
        first, second = server.children
        server.do(0, "unlisten")
        states = looks(observer, second)
        assert sockets(states[first]) == []
        assert sockets(states[second]) == sockets(states[0]) == [("server", "LISTEN")]


def test_a_process_that_ends_is_looked_at_no_more() -> None:
    with prefork() as (server, observer):
        first, second = server.children
        server.do(0, "leave")
        assert sorted(looks(observer, second)) == [0, second]  # gone, and not yet reported
        observer.forget(first)
        assert [state.process for state in observer.observe_each(first)] == [0, second]


def test_an_epoll_that_was_inherited_is_one() -> None:
    with prefork() as (server, observer):
        first, second = server.children
        seen = looks(observer, first)
        files = {
            process: [each.file for each in state.descriptors if each.kind == "epoll"]
            for process, state in seen.items()
        }
        need(any(files[0]), "this kernel was built without kcmp(2)")
        (shared,) = files[0]
        assert shared
        assert files[first][0] == files[second][0] == shared
        own = {files[first][1], files[second][1]}
        assert len(own | {shared}) == 3
        assert looks(observer, first)[second].descriptors == seen[second].descriptors


SHARING = """
import ctypes, os, platform, signal, sys
libc = ctypes.CDLL(None)
number = {"x86_64": 56, "aarch64": 220}[platform.machine()]
CLONE_FILES = 0x400
pid = libc.syscall(number, CLONE_FILES | signal.SIGCHLD, 0, 0, 0, 0)
if pid:
    print(pid, flush=True)
    os.waitpid(pid, 0)
else:
    signal.pause()
"""


def test_processes_that_share_the_whole_table_are_found() -> None:
    with subprocess.Popen(
        [sys.executable, "-IS", "-c", SHARING], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        try:
            with KernelObserver(process.pid) as observer:
                observer.watch(child)
                states = observer.observe_each(child)
                lowest = min(process.pid, child)
                need(states[0].table > 0, "this kernel was built without kcmp(2)")
                assert [state.table for state in states] == [lowest, lowest]
                assert states[0].descriptors == states[1].descriptors
        finally:
            os.kill(child, signal.SIGKILL)


def test_of_many_processes_some_are_looked_at_in_turn() -> None:
    with contextlib.ExitStack() as stack:
        sleepers = [
            stack.enter_context(subprocess.Popen(["sleep", "60"], start_new_session=True))
            for _ in range(40)
        ]
        try:
            observer = stack.enter_context(KernelObserver(os.getpid()))
            for each in sleepers:
                observer.watch(each.pid)
            last = sleepers[0].pid
            assert len(observer.observe_each(last)) == 41  # none of them was known
            seen: set[int] = set()
            for _ in range(4):
                states = observer.observe_each(last)
                assert len(states) == 16
                assert states[-1].process == last
                seen |= {state.process for state in states}
            assert seen == {0, *(each.pid for each in sleepers)}
        finally:
            for each in sleepers:
                each.kill()


def test_what_cannot_be_compared_has_no_number() -> None:
    files = OpenFiles()
    assert files.number([(os.getpid(), 0)]) == {}
    assert files.number([(os.getpid(), 0), (-1, 0)]) == {}
    assert table_of(os.getpid(), [os.getpid()]) == 0
    assert table_of(os.getpid(), [-1]) == 0
