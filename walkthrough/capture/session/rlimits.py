"""Limits on the server's process, set before its program begins, see getrlimit(2)."""

import resource

from walkthrough.capture.errors import CaptureError
from walkthrough.i18n.messages import message
from walkthrough.scenario.schema import Limits


def refuse_beyond(limits: Limits) -> None:
    """Refuse limits above this user's own, which only root may raise.

    Raises:
        CaptureError: One is.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limits.nofile is None or most == resource.RLIM_INFINITY or limits.nofile <= most:
        return
    raise CaptureError(
        message(
            "The scenario gives the server {nofile} descriptors, and this user may have {most} at "
            "most (ulimit -Hn): have that raised, or lower limits.nofile.",
            nofile=limits.nofile,
            most=most,
        )
    )


def impose(limits: Limits) -> None:
    """Set the limits on this process, hard as well as soft.

    Descriptors that are open already stay open, whatever their numbers.
    """
    for kind, value in (
        (resource.RLIMIT_DATA, _bytes(limits.memory_mb)),
        (resource.RLIMIT_CPU, limits.cpu_s),
        (resource.RLIMIT_FSIZE, _bytes(limits.file_mb)),
        (resource.RLIMIT_NOFILE, limits.nofile),
    ):
        if value is not None:
            _lower(kind, value)


def _lower(kind: int, value: int) -> None:
    _, most = resource.getrlimit(kind)
    if most != resource.RLIM_INFINITY and kind != resource.RLIMIT_NOFILE:
        value = min(value, most)  # this user may have less already
    resource.setrlimit(kind, (value, value))


def _bytes(mebibytes: int | None) -> int | None:
    return None if mebibytes is None else mebibytes << 20
