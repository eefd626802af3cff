"""What tracing costs a server under load, against strace, side by side in one run.

2,000 short connections (connect, send 1 KiB, half-close, read to the end, close) to the Go server
and to one in Python: bare, under ``strace -f`` with the system calls that walkthrough captures,
under the tracer with system calls alone, and with the Go functions as well, both also with a
seccomp filter; and as users do it, by ``walkthrough trace -o FILE``. Prints wall time of the load
as ratios.

    python benchmarks/capture_load.py [--connections 2000] [--rounds 3] [--server go|python]
"""

import argparse
import os
import platform
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from walkthrough.capture.decode.calls import calls_of_programs
from walkthrough.capture.environment.go_toolchain import build_server, find_go
from walkthrough.scenario.loader import server_folder

CAPTURE = """
import os, signal, sys
from pathlib import Path
from walkthrough.capture.ptrace.architecture.selection import native
from walkthrough.capture.ptrace.full_speed import FullSpeedCapture
from walkthrough.capture.ptrace.program_analysis import analyse_program
from walkthrough.capture.ptrace.traced_functions import parse_version, traced_functions

program, asked = Path(sys.argv[1]), sys.argv[2:]
analysis, watched = None, ()
if "functions" in asked:
    analysis = analyse_program(program, traced_functions)
    watched = traced_functions(parse_version(analysis.go_version), native())
filtered = "filtered" in asked
arguments = asked[asked.index("--") + 1:]
capture = FullSpeedCapture(program, arguments, analysis, watched, filtered)
signal.signal(signal.SIGTERM, lambda *_: os.kill(capture.pid, signal.SIGKILL))
print(capture.run(), "stops", file=sys.stderr)
"""


def load(port: int, connections: int) -> float:
    payload = b"x" * 1024
    began = time.perf_counter()
    for _ in range(connections):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            client.sendall(payload)
            client.shutdown(socket.SHUT_WR)
            while client.recv(4096):
                pass
    return time.perf_counter() - began


def measure(command: list[str], connections: int) -> float:
    with tempfile.TemporaryFile() as complaints:
        server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints)
        assert server.stdout is not None
        found = re.search(rb":(\d+)", server.stdout.readline())
        if found is None:
            complaints.seek(0)
            raise SystemExit(f"the server did not start: {complaints.read().decode()}")
        drain = subprocess.Popen(["cat"], stdin=server.stdout, stdout=subprocess.DEVNULL)
        try:
            return load(int(found[1]), connections)
        finally:
            for pid in children(server.pid) or [server.pid]:
                os.kill(pid, signal.SIGKILL if pid != server.pid else signal.SIGTERM)
            server.wait()
            drain.wait()


def children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in text.split()]


PYTHON = """
import socket
there = socket.create_server(("127.0.0.1", 0))
print(f"listening on 127.0.0.1:{there.getsockname()[1]}", flush=True)
while True:
    taken, _ = there.accept()
    while data := taken.recv(4096):
        taken.sendall(data)
    taken.close()
"""


def ways_to(program: list[str], folder: str, *, go: bool) -> dict[str, list[str]]:
    """Return the commands that start a server, by what they are called."""
    names = ",".join(spec.name for spec in calls_of_programs(platform.machine()).values())
    ways = {"bare": program}
    if strace := shutil.which("strace"):
        log = f"{folder}/log"
        ways["strace -f"] = [strace, "-f", "-o", log, "-e", f"trace={names}", *program]
    trace = [sys.executable, "-c", CAPTURE, program[0]]
    end = ["--", *program[1:]]
    ways["tracer, system calls"] = [*trace, "calls", *end]
    ways["tracer, calls, seccomp"] = [*trace, "calls", "filtered", *end]
    if go:
        ways["tracer, calls and functions"] = [*trace, "functions", *end]
        ways["tracer, all that, seccomp"] = [*trace, "functions", "filtered", *end]
    command = [sys.executable, "-m", "walkthrough", "trace", "-o", f"{folder}/t.jsonl", "--force"]
    for only in ("all", "listen"):
        ways[f"walkthrough trace --only {only}"] = [*command, "--only", only, "--", *program]
    return ways


def compare(name: str, program: list[str], connections: int, rounds: int, *, go: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ways = ways_to(program, folder, go=go)
        times: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(rounds):
            for way, command in ways.items():
                times[way].append(measure(command, connections))
    bare = statistics.median(times["bare"])
    base = statistics.median(times.get("strace -f", times["bare"]))
    print(f"{name}: {connections} connections, median of {rounds} rounds")
    for way, seconds in times.items():
        middle = statistics.median(seconds)
        print(f"{way:34}{middle:7.2f} s {middle / bare:6.2f}x bare {middle / base:6.2f}x strace")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--connections", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--server", choices=["go", "python"])
    options = parser.parse_args()
    if options.server != "python":
        server = build_server(find_go(), server_folder(), lambda line: None)
        program = [str(server), "tcp", "127.0.0.1:0"]
        compare("Go", program, options.connections, options.rounds, go=True)
    if options.server != "go":
        python = os.path.realpath(sys.executable)
        program = [python, "-I", "-S", "-c", PYTHON]
        compare("Python", program, options.connections, options.rounds, go=False)


if __name__ == "__main__":
    main()
