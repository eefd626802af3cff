"""Mutates Go programs and analyses each: nothing may raise but a sentence, or take too long.

    python scripts/fuzz_binaries.py [PROGRAM ...] [--inputs 20000] [--seed 1] [--keep FOLDER]

Without a program the scenarios' server is taken. Programs are cut short, and bytes, words and
addresses are changed, most of them where the tables of the file and of Go's runtime are. Mutations
are seeded: a finding can be made again by its seed, and a run that was broken off goes on with
`--seed`. Ends with status 1 if there was a finding.
"""

import argparse
import random
import struct
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path
from unittest import mock

from walkthrough.capture.environment.go_toolchain import build_server, find_go
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.ptrace import program_analysis
from walkthrough.capture.ptrace.program_analysis import analyse_program
from walkthrough.formatting.escaping import printable
from walkthrough.scenario.loader import server_folder

_SECONDS = 2.0
_REPORT_EVERY = 1000
_MAGICS = (b"\xf0\xff\xff\xff\0\0\1\x08", b"\xf1\xff\xff\xff\0\0\1\x08")
_BUILD_INFO = b"\xff Go buildinf:"
_ODD_WORDS = (0, 1, 8, 0x7FFFFFFF, 0xFFFFFFFF, 1 << 31, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)

Spot = tuple[int, int]


def spots(content: bytes) -> list[Spot]:
    """Return where changes tell most, as offset and size: headers, Go's tables, what it says."""
    (sections,) = struct.unpack_from("<Q", content, 40)
    (count,) = struct.unpack_from("<H", content, 60)
    found = [(0, 64), (64, 1024), (sections, 64 * count), (0, len(content))]
    for magic in _MAGICS:
        at = content.find(magic)
        while at >= 0:
            found += [(at, 72), (at, 72), (at + 72, len(content) // 5)]
            at = content.find(magic, at + 1)
    at = content.find(_BUILD_INFO)
    return [*found, (max(at, 0), 400)]


def mutated(chance: random.Random, content: bytes, places: list[Spot]) -> bytes:
    """Return the program cut short, or with up to 200 changes."""
    if chance.random() < 0.2:
        return content[: chance.randrange(len(content))]
    data = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 4, 16, 200))):
        first, size = chance.choice(places)
        at = min(first + chance.randrange(max(size, 1)), len(data) - 8)
        width = chance.choice((1, 4, 8))
        at -= at % width
        word = chance.choice((*_ODD_WORDS, chance.getrandbits(64), chance.getrandbits(24)))
        data[at : at + width] = word.to_bytes(8, "little")[:width]
    return bytes(data)


def outcome(program: Path) -> str:
    """Analyse a program as a trace does; return what came of it, FINDING if it is one."""
    began = time.process_time()
    try:
        analysis = analyse_program(program)
        said = "not Go" if analysis is None else "analysed"
    except CaptureError as error:
        text = str(error)
        said = type(error).__name__
        if printable(text) != text or "\n" in text or not text.endswith("."):
            said = f"FINDING: {text!a}"
    except Exception:
        said = f"FINDING: {traceback.format_exc()}"
    taken = time.process_time() - began
    return said if taken < _SECONDS else f"FINDING: {taken:.1f} s"


def main() -> int:
    """Mutate and analyse."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("programs", nargs="*", type=Path, metavar="PROGRAM")
    parser.add_argument("--inputs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=Path())
    options = parser.parse_args()
    programs = options.programs or [build_server(find_go(), server_folder(), lambda line: None)]
    samples = [(content, spots(content)) for content in (each.read_bytes() for each in programs)]
    counted: Counter[str] = Counter()
    findings = 0
    with tempfile.TemporaryDirectory() as folder, mock.patch.object(program_analysis, "_keep"):
        program = Path(folder) / "program"
        for seed in range(options.seed, options.seed + options.inputs):
            chance = random.Random(seed)
            program.write_bytes(mutated(chance, *chance.choice(samples)))
            said = outcome(program)
            counted[said.partition(":")[0]] += 1
            if said.startswith("FINDING"):
                findings += 1
                kept = options.keep / f"program-{seed}"
                kept.write_bytes(program.read_bytes())
                print(f"seed {seed}, {kept}: {said}", flush=True)
            if seed % _REPORT_EVERY == 0:
                print(f"seed {seed}: {dict(counted)}", flush=True)
    print(f"{options.inputs} inputs: {dict(counted)}, {findings} findings")
    return int(findings > 0)


if __name__ == "__main__":
    sys.exit(main())
