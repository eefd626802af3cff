"""The strace(1) program: whether it is installed and may trace, and attaching it to a process."""

import errno
import os
import re
import select
import signal
import subprocess
import sys
import time
from typing import NamedTuple

from walkthrough.capture import processes
from walkthrough.capture.decode.kinds import DATA_LIMIT
from walkthrough.capture.environment.doctor import examine_one, strace_version
from walkthrough.capture.environment.resource_limits import advice, not_started, reason
from walkthrough.capture.errors import CaptureError
from walkthrough.formatting.escaping import printable
from walkthrough.i18n.messages import message
from walkthrough.source.search_path import find_program

OLDEST = (5, 0)
"""The oldest strace whose logs are read."""
ATTACH_SECONDS = 10.0
TORN = message("strace was ended before the server was, so its log is torn: run it again.")
_OTHERWISE = message(
    "or compare a log that was made elsewhere with a recording (compare RECORDING LOG)"
)


def torn(status: int | None) -> CaptureError:
    """Return the error for a strace that was ended, with the limit if one was the reason.

    Args:
        status: Its exit status, or the negative number of the signal that ended it.
    """
    if status is not None and status == -signal.SIGXFSZ:
        error = OSError(errno.EFBIG, os.strerror(errno.EFBIG))
        return CaptureError(
            message(
                "strace's log could not be written ({why}): {advice}.",
                why=reason(error),
                advice=advice(error),
            )
        )
    return CaptureError(TORN)


class Strace(NamedTuple):
    """The strace of this machine: its path and the version that it prints."""

    path: str
    version: str

    def attach(
        self, pid: int, calls: tuple[str, ...], stderr: int, *options: str
    ) -> subprocess.Popen[bytes]:
        """Start tracing the process ``pid`` and all its future threads and processes.

        It ends once they all have. `await_attached` finds out whether it was allowed.

        Args:
            pid: A process that has allowed it, see `allow`.
            calls: Names of the system calls to trace; those it does not know are left out.
            stderr: Descriptor for its standard error: its log, unless ``-o`` is among ``options``.
            options: More of its options.

        Raises:
            CaptureError: It cannot be started.
        """
        traced = ",".join(f"?{name}" for name in calls)
        command = ["strace", "-f", "-s", str(DATA_LIMIT), "-e", f"trace={traced}", *options]
        try:
            return processes.popen([*command, "-p", str(pid)], executable=self.path, stderr=stderr)
        except OSError as error:
            raise not_started("strace", error) from error


def find() -> Strace:
    """Return this machine's strace.

    Raises:
        CaptureError: There is none, or it may not trace; says how to get it.
    """
    if sys.platform != "linux":
        raise CaptureError(
            message(
                "strace is a program of Linux: use it there, {otherwise}.", otherwise=_OTHERWISE
            )
        )
    path = find_program("strace")
    if path is None:
        raise CaptureError(
            message(
                "strace is not installed: install the package strace (apt install strace, dnf "
                "install strace), {otherwise}.",
                otherwise=_OTHERWISE,
            )
        )
    allowed = examine_one("ptrace")
    if not allowed.ok:
        raise CaptureError(
            message(
                "strace may not trace here ({found}): see doctor, {otherwise}.",
                found=allowed.found,
                otherwise=_OTHERWISE,
            )
        )
    version = re.match(r"(\d+)\.(\d+)\S*", strace_version(path) or "")
    if version is None:
        raise CaptureError(
            message("strace does not work here ({path}): install it again.", path=printable(path))
        )
    if (int(version[1]), int(version[2])) < OLDEST:
        raise CaptureError(
            message(
                "strace {version} is too old: get {oldest} or newer, {otherwise}.",
                version=version[0],
                oldest=".".join(str(part) for part in OLDEST),
                otherwise=_OTHERWISE,
            )
        )
    return Strace(path, version[0])


def refused(words: str) -> CaptureError:
    """Return the error for a strace that could not attach, with its own message."""
    said = printable(" ".join(words.split())[-200:]) or message("it gave no reason")
    return CaptureError(
        message(
            "strace could not trace the server ({said}): see doctor, {otherwise}.",
            said=said,
            otherwise=_OTHERWISE,
        )
    )


def await_attached(stderr: int) -> None:
    """Wait until strace says on the pipe ``stderr`` that it is attached.

    Raises:
        CaptureError: It cannot attach, or says nothing for `ATTACH_SECONDS`.
    """
    said = b""
    deadline = time.monotonic() + ATTACH_SECONDS
    while b" attached" not in said:
        left = deadline - time.monotonic()
        ready = left > 0 and select.select([stderr], [], [], left)[0]
        data = os.read(stderr, 4096) if ready else b""
        if not data:
            raise refused(said.decode("utf-8", "replace"))
        said += data
