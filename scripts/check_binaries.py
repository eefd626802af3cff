"""Builds our three programs in every way that Go has, and traces each: what is found, how fast.

Each of server, packet and dial is built plain, without DWARF (-w), stripped (-s -w), as a
position-independent executable, and as one that is stripped, with each Go version. For each, the
functions found are held against the symbols of the plain build, the stages that it passes against
those of the plain build, and the time of a first look, in a process of its own, against 150 ms.
Other programs, such as /usr/bin/caddy, are looked at alone.

Not part of every CI run: it installs each toolchain and builds with it. One that is here already is
named by its folder, GOROOT; Go 1.19 and 1.20 are no packages, so they have to be. Programs are
kept in the cache, so that a second run builds nothing.

    python scripts/check_binaries.py [1.21.13 1.24.3 1.27.3 /usr/lib/go-1.19] [--also PROGRAM]
"""

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from check_go_versions import install

from walkthrough.capture.environment.go_build import source_in
from walkthrough.capture.environment.go_toolchain import FLAGS, Toolchain, build_server, number
from walkthrough.scenario.loader import server_folder

VERSIONS = ("1.21.13", "1.24.3", "1.27.3")
PROGRAMS = ("server", "packet", "dial")
BUILDS = {
    "plain": (),
    "-w": ("-ldflags=-w",),
    "-s -w": ("-ldflags=-s -w",),
    "pie": ("-buildmode=pie",),
    "pie -s -w": ("-buildmode=pie", "-ldflags=-s -w"),
}
MOST_MS = 150.0
LOOKS = 3
SECONDS = 60.0

# What server/connections.go takes from Go 1.21, for an older one.
_MIN = """package main

import "time"

func min(a, b time.Duration) time.Duration {
	if a < b {
		return a
	}
	return b
}
"""

# In a process of its own, since a first look is one with nothing imported and nothing kept.
_LOOK = """
import json, os, sys, tempfile, time
os.environ["XDG_CACHE_HOME"] = tempfile.mkdtemp()
from pathlib import Path
from walkthrough.capture.ptrace.program_analysis import analyse_program
from walkthrough.capture.ptrace.traced_functions import program_functions, traced_functions
program, chosen = Path(sys.argv[1]), {"ours": traced_functions, "any": program_functions}
def look():
    before = time.process_time()
    found = analyse_program(program, chosen[sys.argv[2]])
    return found, 1000 * (time.process_time() - before)
found, first = look()
again, second = look()
assert again == found
print(json.dumps({
    "version": found.go_version, "first": first, "second": second,
    "functions": {each.name: each.low for each in found.functions},
    "unobserved": {each.function: each.reason for each in found.unobserved},
}))
"""

_TRACE = """
import json, os, signal, sys
from pathlib import Path
from walkthrough.capture.ptrace.architecture.selection import native
from walkthrough.capture.ptrace.full_speed import FullSpeedCapture
from walkthrough.capture.ptrace.program_analysis import analyse_program
from walkthrough.capture.ptrace.traced_functions import parse_version, traced_functions
from walkthrough.model.events import CallReturned, begins_stage
program = Path(sys.argv[1])
analysis = analyse_program(program, traced_functions)
watched = traced_functions(parse_version(analysis.go_version), native())
capture = FullSpeedCapture(program, sys.argv[2:], analysis, watched)
signal.signal(signal.SIGTERM, lambda *_: os.kill(capture.pid, signal.SIGKILL))
capture.run()
events = capture.events()
calls = [each for each in events if isinstance(each, CallReturned) and not each.quiet]
print(json.dumps({
    "stages": [str(each.stage) for each in events if begins_stage(each)],
    "calls": len(calls),
    "unknown": [each.call for each in calls if each.goroutine is None or each.source is None],
}), file=sys.stderr)
"""


class Verdict(NamedTuple):
    """One line of the table; ``wrong`` says what is not as it has to be."""

    cells: tuple[str, ...]
    wrong: tuple[str, ...]


def toolchain(named: str, folder: Path) -> Toolchain:
    """Return a toolchain: that in a folder, or of a version, which is installed."""
    root = Path(named).resolve() if os.path.isdir(named) else install(named, folder / named)
    version = (root / "VERSION").read_text("utf-8").split()[0]
    return Toolchain(root / "bin" / "go", root, version)


def build(go: Toolchain, program: str, flags: tuple[str, ...], folder: Path) -> Path:
    """Build one of the programs, or take it from the cache."""
    source = source_in(server_folder())
    if program != "server":
        module = f"walkthrough.example/scenarios/server/{program}"
        source = source._replace(folder=source.folder / program, module=module)
    elif number(go.version) < (1, 21):
        copy = folder / f"server-{go.version}"
        copy.mkdir(exist_ok=True)
        for file in source.folder.glob("*.go"):
            (copy / file.name).write_bytes(file.read_bytes())
        (copy / "min.go").write_text(_MIN, "utf-8")
        source = source._replace(folder=copy)
    return build_server(go, source, lambda line: None, (*FLAGS, *flags))


def look(program: Path, functions: str) -> dict[str, Any]:
    """Analyse a program several times; return the quickest."""
    found = []
    for _ in range(LOOKS):
        command = [sys.executable, "-c", _LOOK, str(program), functions]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        found.append(json.loads(done.stdout))
    return min(found, key=lambda each: each["first"])


def trace(program: Path, kind: str) -> dict[str, Any]:
    """Run a program under the tracer, with a client that it serves; return what was seen."""
    network = socket.SOCK_DGRAM if kind == "packet" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, network) as ours:
        ours.bind(("127.0.0.1", 0))
        port = ours.getsockname()[1]
        if kind == "dial":
            ours.listen()
            threading.Thread(target=_answer, args=(ours,), daemon=True).start()
        else:
            ours.close()
        name = "udp" if kind == "packet" else "tcp"
        command = [sys.executable, "-c", _TRACE, str(program), name, f"127.0.0.1:{port}"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as traced:
            timer = threading.Timer(SECONDS, traced.kill)
            timer.start()
            assert traced.stdout is not None
            assert traced.stderr is not None
            if kind != "dial" and traced.stdout.readline():  # it says where it listens
                _speak(port, network)
                traced.stdout.readline()  # and what has come
                traced.send_signal(signal.SIGTERM)
            said = traced.stderr.read()
            timer.cancel()
    return dict(json.loads(said.splitlines()[-1]))


def _speak(port: int, network: socket.SocketKind) -> None:
    with socket.socket(socket.AF_INET, network) as client:
        client.settimeout(SECONDS)
        client.connect(("127.0.0.1", port))
        client.sendall(b"hello")
        if network == socket.SOCK_STREAM:
            client.shutdown(socket.SHUT_WR)
            client.recv(1)


def _answer(listener: socket.socket) -> None:
    there, _ = listener.accept()
    with there:
        there.settimeout(SECONDS)
        there.sendall(b"answer")
        there.shutdown(socket.SHUT_WR)
        while there.recv(4096):
            pass


def symbols(program: Path) -> dict[str, int]:
    """Return the functions of a program by its symbol table, as pyelftools reads it."""
    from elftools.elf.elffile import ELFFile

    with program.open("rb") as file:
        table: Any = ELFFile(file).get_section_by_name(".symtab")
        return {
            each.name: each["st_value"]
            for each in table.iter_symbols()
            if each["st_info"]["type"] == "STT_FUNC"
        }


def checked(
    label: tuple[str, ...], program: Path, kind: str, plain: dict[str, Any], truth: dict[str, int]
) -> Verdict:
    """Look at a build and trace it; hold both against the plain build and its symbols."""
    found, seen = look(program, "ours"), trace(program, kind)
    functions, wrong = found["functions"], []
    expected = plain["functions"]
    if functions.keys() != expected.keys():
        wrong.append(f"functions: {sorted(functions.keys() ^ expected.keys())}")
    if label[-1] == "plain":
        moved = [name for name in functions if truth.get(name) != functions[name]]
        if moved:
            wrong.append(f"not where the symbols are: {moved}")
        absent = [name for name, why in found["unobserved"].items() if why == "absent"]
        if there := [name for name in absent if name in truth]:
            wrong.append(f"symbols that were not found: {there}")
    if seen["stages"] != plain["stages"] or not seen["stages"]:
        wrong.append(f"stages: {' '.join(seen['stages'])}")
    if seen["unknown"]:
        wrong.append(f"calls without goroutine or source: {seen['unknown']}")
    if found["first"] > MOST_MS:
        wrong.append(f"took longer than {MOST_MS:.0f} ms")
    inlined = sum(why == "inlined" for why in found["unobserved"].values())
    cells = (
        *label,
        f"{len(functions)}/{len(expected)}",
        str(inlined),
        str(len(seen["stages"])),
        str(seen["calls"]),
        f"{found['first']:.0f}",
        f"{found['second']:.0f}",
    )
    return Verdict(cells, tuple(wrong))


def verdicts(go: Toolchain, folder: Path) -> Iterator[Verdict]:
    """Yield what is found of all programs and builds of one toolchain."""
    for kind in PROGRAMS:
        plain: dict[str, Any] = {}
        truth: dict[str, int] = {}
        for name, flags in BUILDS.items():
            program = build(go, kind, flags, folder)
            if not plain:
                plain, truth = look(program, "ours") | trace(program, kind), symbols(program)
            yield checked((go.version, kind, name), program, kind, plain, truth)


def main() -> int:
    """Check all builds; exit status 1 if anything is wrong with one."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("versions", nargs="*", default=VERSIONS, metavar="VERSION")
    parser.add_argument("--also", action="append", default=[], type=Path, metavar="PROGRAM")
    options = parser.parse_args()
    heads = ("Go", "program", "build", "functions", "inlined", "stages", "calls", "ms", "again")
    print(" | ".join(heads), flush=True)
    failed = count = 0
    with tempfile.TemporaryDirectory(prefix="walkthrough-binaries-") as folder:
        for named in options.versions:
            for verdict in verdicts(toolchain(named, Path(folder)), Path(folder)):
                print(" | ".join(verdict.cells), *verdict.wrong, sep="  ", flush=True)
                count += 1
                failed += bool(verdict.wrong)
    for program in options.also:
        found = look(program, "any")
        inlined = sum(why == "inlined" for why in found["unobserved"].values())
        cells = (found["version"], program.name, "as it is", str(len(found["functions"])))
        took = (f"{found['first']:.0f}", f"{found['second']:.0f}")
        print(" | ".join((*cells, str(inlined), "-", "-", *took)), flush=True)
        count += 1
        failed += found["first"] > MOST_MS
    print(f"{count - failed} of {count} as they have to be")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
