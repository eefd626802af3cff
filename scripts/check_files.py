"""Looks at files as a linter of Python does not: those that are named, or all that git knows.

    python scripts/check_files.py [FILE...]

Text is UTF-8, its lines end in a newline alone and in no white space, no conflict is left in it;
TOML, JSON and YAML can be read; nothing is larger than a megabyte. Exit status 1 if a file is not
so. For pre-commit; takes no time worth mentioning.
"""

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import yaml

LARGEST = 1024 * 1024
"""Bytes. Recordings are a third of that, pictures two thirds."""
_CONFLICT = ("<<<<<<< ", ">>>>>>> ")


def problems(path: Path) -> Iterator[str]:
    """Yield what is wrong with a file, in a few words each."""
    data = path.read_bytes()
    if len(data) > LARGEST:
        yield f"is larger than {LARGEST} bytes"
    if b"\0" in data[:8192]:
        return
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        yield f"is not UTF-8 (byte {error.start})"
        return
    if "\r\n" in text:
        yield "has lines that end in CR LF"
    if text and not text.endswith("\n"):
        yield "does not end in a newline"
    for number, line in enumerate(text.split("\n"), 1):
        if line != line.rstrip(" \t"):
            yield f"has white space at the end of line {number}"
        if line.startswith(_CONFLICT):
            yield f"has a conflict in line {number}"
    yield from _unreadable(path, text)


def _unreadable(path: Path, text: str) -> Iterator[str]:
    try:
        match path.suffix:
            case ".toml":
                tomllib.loads(text)
            case ".json":
                json.loads(text)
            case ".yml" | ".yaml":
                yaml.safe_load(text)
    except (ValueError, yaml.YAMLError) as error:
        yield f"cannot be read: {' '.join(str(error).split())}"


def _all() -> list[str]:
    known = subprocess.run(["git", "ls-files", "-z"], check=True, capture_output=True, text=True)
    return known.stdout.split("\0")[:-1]


def main(names: list[str]) -> int:
    """Print what is wrong with the files, one line each."""
    found = False
    for name in names or _all():
        path = Path(name)
        if path.is_file() and not path.is_symlink():
            for problem in problems(path):
                print(f"{name} {problem}")
                found = True
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
