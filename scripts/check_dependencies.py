"""Runs the tests with the newest and with the oldest versions that pyproject.toml allows.

    python scripts/check_dependencies.py [newest] [oldest] [-- PYTEST-ARGUMENTS]

Each set is installed into an environment of its own in a temporary folder; the tests that trace
real servers are left out (``-m "not live"``), unless pytest's arguments say otherwise. Exit status
1 if any set could not be installed or has a test that fails.

What it said last is in docs/architecture.md.
"""

import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
SETS = ("newest", "oldest")
_REQUIREMENT = re.compile(r"([\w.-]+)(?:\[[\w,-]+\])?\s*(?:>=|==)\s*([\w.]+)")


def lowest() -> Iterator[str]:
    """Yield a constraint for every dependency that pyproject.toml names: its lowest version.

    Raises:
        ValueError: A dependency has no lower bound.
    """
    content = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    project = content["project"]
    named = [
        *content["build-system"]["requires"],
        *project["dependencies"],
        *(each for extra in project["optional-dependencies"].values() for each in extra),
    ]
    for requirement in named:
        found = _REQUIREMENT.match(requirement)
        if found is None:
            raise ValueError(f"{requirement} has no lower bound")
        yield f"{found[1]}=={found[2]}"


def tried(name: str, folder: Path, arguments: list[str]) -> bool:
    """Install one set into ``folder`` and run the tests; return whether all went well."""
    environment = {**os.environ}
    if name == "oldest":
        constraints = folder / "oldest.txt"
        constraints.write_text("\n".join(lowest()) + "\n", "utf-8")
        environment["PIP_CONSTRAINT"] = str(constraints)  # for what builds the package, too
    python = folder / "venv" / "bin" / "python"
    for command in (
        [sys.executable, "-m", "venv", str(folder / "venv")],
        [str(python), "-m", "pip", "install", "-q", "-e", f"{ROOT}[go,dev]"],
        [str(python), "-m", "pip", "freeze", "--exclude-editable"],
        [str(python), "-m", "pytest", "-q", "-m", "not live", *arguments],
    ):
        print(f"{name}: {' '.join(command)}", flush=True)
        if subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode:
            return False
    return True


def main(words: list[str]) -> int:
    """Try the sets that are named, all by default."""
    at = words.index("--") if "--" in words else len(words)
    names, arguments = words[:at], words[at + 1 :]
    if unknown := [name for name in names if name not in SETS]:
        print(f"unknown: {', '.join(unknown)}; choose from {', '.join(SETS)}", file=sys.stderr)
        return 2
    failed = []
    for name in names or SETS:
        with tempfile.TemporaryDirectory(prefix="walkthrough-dependencies-") as folder:
            if not tried(name, Path(folder), arguments):
                failed.append(name)
    print(
        "\n".join(f"{name}: {'failed' if name in failed else 'passed'}" for name in names or SETS)
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
