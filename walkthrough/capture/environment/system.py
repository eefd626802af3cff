"""The system that this runs on: whether it can capture, and what a recording says about it."""

import platform
import sys

from walkthrough.i18n.messages import Message, message


def elsewhere() -> tuple[Message, Message]:
    """Return what holds on any system other than Linux, and what to do."""
    return (
        message(
            "this is {system}: recordings can be replayed, nothing can be captured",
            system=system_name(),
        ),
        message("Capture on Linux (a virtual machine or a container will do)."),
    )


def refused_elsewhere() -> Message | None:
    """Return None on Linux, else in one sentence why nothing can be captured here.

    Call it before anything else of `capture` is imported, much of which only Linux can import.
    """
    here: str = sys.platform  # a variable, since the type checker knows what the name itself is
    if here == "linux":
        return None
    return message(
        "This is {system}: recordings can be replayed, nothing can be captured; capture on Linux "
        "(a virtual machine or a container will do).",
        system=system_name(),
    )


def system_name() -> str:
    """Return the system's name: ``Linux``, ``Darwin``, ``Windows``."""
    return platform.system() or sys.platform


def kernel_name() -> str:
    """Return the kernel's name and version, ``Linux 6.18.44``, without what a builder added.

    A recording says little about its machine, since recordings are passed on.
    """
    return f"{platform.system()} {platform.release().partition('-')[0]}"
