"""What tracing costs a server under load, against strace, side by side in one run.

2,000 short connections (connect, send 1 KiB, half-close, read to the end, close) to the Go server:
bare, under ``strace -f`` with the system calls that walkthrough captures, under the tracer with
system calls alone, and with the Go functions as well; both also with a seccomp filter. Prints wall
time of the load as ratios.

    python benchmarks/capture_load.py [--connections 2000] [--rounds 3]
"""

import argparse
import os
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

from walkthrough.capture.decode.calls import NAMES
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
capture = FullSpeedCapture(program, ["tcp", "127.0.0.1:0"], analysis, watched, filtered)
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--connections", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    server = build_server(find_go(), server_folder(), lambda line: None)
    program = [str(server), "tcp", "127.0.0.1:0"]
    names = ",".join(NAMES)
    trace = [sys.executable, "-c", CAPTURE, str(server)]
    ways = {"bare": program}
    if strace := shutil.which("strace"):
        log = tempfile.NamedTemporaryFile(suffix=".strace")  # noqa: SIM115
        ways["strace -f"] = [strace, "-f", "-o", log.name, "-e", f"trace={names}", *program]
    ways["walkthrough, system calls"] = [*trace, "calls"]
    ways["walkthrough, calls, seccomp"] = [*trace, "calls", "filtered"]
    ways["walkthrough, calls and functions"] = [*trace, "functions"]
    ways["walkthrough, all that, seccomp"] = [*trace, "functions", "filtered"]
    times: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(options.rounds):
        for way, command in ways.items():
            times[way].append(measure(command, options.connections))
    bare = statistics.median(times["bare"])
    base = statistics.median(times.get("strace -f", times["bare"]))
    print(f"{options.connections} connections, median of {options.rounds} rounds")
    for way, seconds in times.items():
        middle = statistics.median(seconds)
        print(f"{way:34}{middle:7.2f} s {middle / bare:6.2f}x bare {middle / base:6.2f}x strace")


if __name__ == "__main__":
    main()
