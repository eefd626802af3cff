"""Tells by what a program can read whether its processor is emulated, and what Linux runs in.

Takes text and returns findings, so that every sign can be tested anywhere. Those of Rosetta and of
WSL are known from what others have reported; neither was at hand.
"""

import re
from enum import Enum, auto

_IMAGES = {"x86_64": "amd64", "aarch64": "arm64"}
"""What container images call the machines, by uname(2)'s name."""
_ROSETTA = "VirtualApple"
"""The processor that Apple's Rosetta shows to programs for x86_64."""
_ARM = re.compile(r"^CPU implementer\s*:", re.MULTILINE)
_INTEL = re.compile(r"^vendor_id\s*:", re.MULTILINE)


class SystemKind(Enum):
    """What a Linux runs in, as far as it makes a difference here."""

    PLAIN = auto()
    CONTAINER = auto()
    WSL_1 = auto()
    WSL_2 = auto()


def system_kind(release: str, in_container: bool) -> SystemKind:
    """Return what this Linux runs in.

    Args:
        release: As uname(2) has it.
        in_container: Whether a file is there that Docker or Podman puts into containers.
    """
    if "microsoft" in release.lower():
        # WSL 1 has no Linux in it: it answers system calls itself, under this old release.
        return SystemKind.WSL_1 if release.startswith("4.4.0") else SystemKind.WSL_2
    return SystemKind.CONTAINER if in_container else SystemKind.PLAIN


def real_processor(machine: str, cpuinfo: str) -> str | None:
    """Return what images for the real processor are called, if another one is emulated.

    An emulator of one program (qemu-user, Rosetta) says through uname(2) that this is the machine
    that the program is made for. /proc/cpuinfo is the kernel's, of the processor that there is; or
    Rosetta's, which names itself.

    Args:
        machine: As uname(2) has it.
        cpuinfo: What /proc/cpuinfo says.

    Returns:
        ``arm64`` or ``amd64``; None if nothing is known to be emulated.
    """
    if machine == "x86_64" and (_ROSETTA in cpuinfo or _ARM.search(cpuinfo)):
        return _IMAGES["aarch64"]
    if machine == "aarch64" and _INTEL.search(cpuinfo) and not _ARM.search(cpuinfo):
        return _IMAGES["x86_64"]
    return None
