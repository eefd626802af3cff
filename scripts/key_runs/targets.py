"""What the keys are pressed in: walks, live and replayed, and home; each in folders of its own."""

import os
import random
import sys
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

import msgspec

from walkthrough.scenario import loader as scenarios

_LIVE = ("first-connection", "accept-parks", "port-in-use", "backlog-full", "dial", "udp", "burst")
MARK = "WALKTHROUGH_KEYS_RUN"
"""In the environment of all that a run starts, so that what is left behind is found."""


class Target(NamedTuple):
    """What is started.

    Attributes:
        what: A scenario, "" for home.
        server: ``auto``, ``go`` or ``python``.
        replay: Whether the scenario's recording is shown.
        language: ``en`` or ``zh``.
    """

    what: str
    server: str = "auto"
    replay: bool = False
    language: str = "en"

    @property
    def words(self) -> tuple[str, ...]:
        """The words behind ``walkthrough``."""
        how = ("--replay",) if self.replay else ("--server", self.server)
        return (*((self.what,) if self.what else ()), *how, "--lang", self.language)

    @property
    def name(self) -> str:
        """What to call it."""
        return " ".join(self.words if self.what else ("home", *self.words))


class Finding(msgspec.Struct):
    """What went wrong.

    Attributes:
        kind: What it is, the same for the same fault.
        text: More of it.
        action: After how many actions.
    """

    kind: str
    text: str
    action: int


class Ran(msgspec.Struct):
    """What came of one run.

    Attributes:
        mode: ``pilot`` or ``terminal``.
        seed: What it was made from.
        target: In what the keys were pressed.
        keys: How many were.
        seconds: How long it took.
        starts: How often the program was started: some keys leave it.
        findings: What went wrong.
    """

    mode: str
    seed: int
    target: str
    keys: int = 0
    seconds: float = 0.0
    starts: int = 0
    findings: list[Finding] = msgspec.field(default_factory=list)


def target_of(seed: int) -> Target:
    """Return what the run of a seed is about: a half is live, a tenth home."""
    chance = random.Random(f"target {seed}")
    language = chance.choice(("en", "en", "zh"))
    match seed % 10:
        case 0:
            return Target("", chance.choice(("python", "go")), language=language)
        case 1 | 2 | 3:
            return Target(chance.choice(_LIVE), "python", language=language)
        case 4 | 5:
            return Target(chance.choice(_LIVE), "go", language=language)
    recorded = [
        name for name in scenarios.names() if (scenarios.find(name) / scenarios.RECORDING).exists()
    ]
    return Target(chance.choice(recorded), replay=True, language=language)


def environment(folder: Path, cache: Path, mark: str) -> dict[str, str]:
    """Return the environment of a run, whose folders are its own; only what was built is shared."""
    for name in ("config", "data", "state", "tmp", "here", "home"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    return {
        **os.environ,
        "HOME": str(folder / "home"),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "XDG_DATA_HOME": str(folder / "data"),
        "XDG_STATE_HOME": str(folder / "state"),
        "XDG_CACHE_HOME": str(cache),
        "TMPDIR": str(folder / "tmp"),
        "PYTHONUNBUFFERED": "1",
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
        MARK: mark,
    }


def left_behind(mark: str, but: Collection[int] = ()) -> dict[int, str]:
    """Return what a run has started and is still there: the commands by process."""
    wanted = f"{MARK}={mark}".encode()
    found = {}
    for process in Path("/proc").iterdir():
        if not process.name.isdigit() or int(process.name) in but:
            continue
        try:
            if wanted in (process / "environ").read_bytes().split(b"\0"):
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ")
                if command:  # else it is over, and only waited for
                    found[int(process.name)] = command.decode(errors="replace")[:120]
        except OSError:
            continue
    return found
