"""The system that this runs on: whether it can capture, and what a recording says of it."""

import platform
import sys

ELSEWHERE = (
    "this is {system}: recordings can be replayed, nothing can be captured",
    "Capture on Linux (a virtual machine or a container will do).",
)
"""What is so on any other system, and what to do."""


def refused_elsewhere() -> str:
    """Return "" on Linux, else in one sentence why nothing can be captured here.

    To be asked before anything else of `capture` is imported, much of which only Linux can import.
    """
    here: str = sys.platform  # a variable, since the type checker knows what the name itself is
    if here == "linux":
        return ""
    found, advice = (each.format(system=system_name()) for each in ELSEWHERE)
    return f"{found[0].upper()}{found[1:]}; {advice[0].lower()}{advice[1:]}"


def system_name() -> str:
    """Return the system's name: ``Linux``, ``Darwin``, ``Windows``."""
    return platform.system() or sys.platform


def kernel_name() -> str:
    """Return the kernel's name and version, ``Linux 6.18.44``, without what a builder added.

    A recording says little of its machine, since recordings are handed on.
    """
    return f"{platform.system()} {platform.release().partition('-')[0]}"
