"""A Go server under load, and what can be compared of it: for the programs that attach to it.

The server makes and ends threads, allocates, and starts a program again and again. Clients connect,
send, half-close and read to the end; what fails is kept.
"""

import contextlib
import hashlib
import os
import random
import re
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Self

from walkthrough.capture.environment.go_toolchain import find_go
from walkthrough.capture.kernel.thread_status import threads_of
from walkthrough.capture.ptrace.memory import ProcessMemory
from walkthrough.capture.ptrace.remote_call import (
    ALL_BLOCKED,
    MMAP,
    MUNMAP,
    RT_SIGACTION,
    RemoteCalls,
    choose_site,
    find_instruction,
)
from walkthrough.capture.ptrace.seized_process import SeizedProcess

SOURCE = """package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"time"
)

var kept [64][]byte

func main() {
	listener, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		panic(err)
	}
	fmt.Println("listening on", listener.Addr())
	go startPrograms()
	go endThreads()
	for {
		connection, err := listener.Accept()
		if err != nil {
			panic(err)
		}
		go serve(connection)
	}
}

func serve(connection net.Conn) {
	defer connection.Close()
	received, _ := io.ReadAll(connection)
	kept[len(received)%64] = make([]byte, 1<<14)
	connection.Write(received)
}

func startPrograms() {
	for {
		time.Sleep(30 * time.Millisecond)
		if err := exec.Command("/bin/true").Run(); err != nil {
			panic(err)
		}
	}
}

func endThreads() {
	for {
		time.Sleep(5 * time.Millisecond)
		go func() {
			runtime.LockOSThread() // and never unlocked: the thread ends with it
			time.Sleep(time.Millisecond)
		}()
	}
}
"""
SECONDS = 10.0
"""How long a client waits before it counts as failed."""


def build(folder: Path) -> Path:
    """Build the server that makes it hard."""
    (folder / "main.go").write_text(SOURCE)
    (folder / "go.mod").write_text("module stress\n\ngo 1.21\n")
    program = folder / "stress"
    settings = {"GOTOOLCHAIN": "local", "GOPROXY": "off", "CGO_ENABLED": "0", "GOFLAGS": "-mod=mod"}
    subprocess.run(
        [str(find_go().go), "build", "-o", str(program), "."],
        cwd=folder,
        env={**os.environ, **settings},
        check=True,
    )
    return program


class Failure(NamedTuple):
    """A client that got no answer, or a wrong one: when, and why."""

    second: float
    why: str


class LoadedServer:
    """A server, and clients that never leave it alone; a context manager.

    Args:
        command: Its argument vector. It prints ``:PORT`` in its first line.
        clients: How many connect at a time.
        pause: Seconds between a client's connections.
        more: Additional environment variables.
    """

    def __init__(
        self, command: list[str], clients: int = 3, pause: float = 0.0, **more: str
    ) -> None:
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, env={**os.environ, **more}, start_new_session=True
        )
        assert self.process.stdout is not None
        found = re.search(rb":(\d+)\D*$", self.process.stdout.readline())
        assert found is not None
        self._port = int(found[1])
        self._pause = pause
        self._ends = threading.Event()
        self.served = 0
        self.slowest = 0.0
        self.failures: list[Failure] = []
        self._began = time.monotonic()
        self._threads = [threading.Thread(target=self._drain)]
        self._threads += [threading.Thread(target=self._connect, args=(n,)) for n in range(clients)]
        for each in self._threads:
            each.start()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self.process.poll() is None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop_clients()
        self.process.kill()
        self.process.wait()
        self._threads[0].join()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def stop_clients(self) -> None:
        """Have all clients finish what they do, and make no more connections. Idempotent."""
        self._ends.set()
        for each in self._threads[1:]:
            each.join()

    def _drain(self) -> None:
        assert self.process.stdout is not None
        for _ in self.process.stdout:
            pass

    def _connect(self, number: int) -> None:
        # From addresses of their own: no client waits for a port that is in TIME_WAIT.
        chosen = random.Random(number)
        said = b"x" * (100 + number)
        while not self._ends.wait(self._pause):
            host = ".".join(("127", *(str(chosen.randrange(1, 250)) for _ in range(3))))
            began = time.monotonic()
            try:
                with socket.create_connection(
                    ("127.0.0.1", self._port), timeout=SECONDS, source_address=(host, 0)
                ) as client:
                    client.sendall(said)
                    client.shutdown(socket.SHUT_WR)
                    got = b"".join(iter(lambda: client.recv(4096), b""))
                if got not in (said, b""):  # the scenarios' server does not answer
                    raise OSError(f"{got!r} instead of {said!r}")
                self.served += 1
            except OSError as error:
                self.failures.append(Failure(began - self._began, str(error)))
                if not self.runs:
                    return
            self.slowest = max(self.slowest, time.monotonic() - began)


class ProcessState(NamedTuple):
    """What a tracer must leave as it was.

    Attributes:
        text: A digest of all code that is mapped.
        mappings: Lines of its memory map, without what grows by itself.
        actions: Of all 64 signals, as the kernel keeps them; empty if not asked for.
        handled: The signals that it handles, ignores.
    """

    text: str
    mappings: tuple[str, ...]
    actions: bytes
    handled: tuple[str, ...]


def state_of(pid: int, with_actions: bool = False) -> ProcessState:
    """Return the state of a process; its signals' actions cost a moment's halt."""
    digest, kept = hashlib.sha256(), []
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            words = line.split()
            is_file = len(words) > 5 and words[5].startswith("/")
            if words[1][2] == "x" or is_file:
                kept.append(line)
            if words[1][2] == "x" and words[-1] != "[vsyscall]":
                low, high = (int(each, 16) for each in words[0].split("-"))
                try:
                    digest.update(os.pread(memory.fileno(), high - low, low))
                except OSError:  # taken away since its line was read: a state of its own
                    digest.update(b"gone")
    actions = signal_actions(pid) if with_actions else b""
    return ProcessState(digest.hexdigest(), tuple(kept), actions, _status(pid, "SigCgt", "SigIgn"))


def _status(task: int, *names: str) -> tuple[str, ...]:
    lines = Path(f"/proc/{task}/status").read_text().splitlines()
    return tuple(line for line in lines if line.partition(":")[0] in names)


def signal_actions(pid: int) -> bytes:
    """Ask a process for the actions of its signals: one of its threads makes the calls."""
    seized = SeizedProcess(pid, lambda thread: False)
    memory = ProcessMemory(pid)
    try:
        assert seized.stop(5)
        site = choose_site(seized.interrupted(), memory, find_instruction(pid, memory))
        assert site is not None
        with RemoteCalls(pid, site) as calls:
            scratch = calls.call(MMAP, 0, 4096, 3, 0x22, -1, 0)
            for number in range(1, 65):
                calls.call(RT_SIGACTION, number, 0, scratch + 32 * (number - 1), 8)
            found = memory.read(scratch, 32 * 64)
            calls.call(MUNMAP, scratch, 4096)
    finally:
        seized.release(5)
        memory.close()
    return found


def objections(pid: int) -> Iterator[str]:
    """Yield what a tracer has left behind in the threads of a process: masks, being traced."""
    for thread in threads_of(pid):
        with contextlib.suppress(OSError):
            tracer, blocked = (line.split()[1] for line in _status(thread, "TracerPid", "SigBlk"))
            if tracer != "0":
                yield f"thread {thread} is traced by {tracer}"
            if int(blocked, 16) == ALL_BLOCKED:
                yield f"thread {thread} blocks {blocked}"
