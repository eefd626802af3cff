"""Converts socket addresses from Python's form (tuples, str, bytes) to the model's. No I/O."""

import socket
from typing import Any

from walkthrough.model.linux.constants import AF
from walkthrough.model.values import SocketAddress


def socket_address(family: int, raw: Any) -> SocketAddress:
    """Convert what getsockname(), getpeername() or accept() gave for a socket of ``family``.

    Args:
        family: AF_ number.
        raw: A tuple for inet families, str or bytes for unix ones, None or "" for no address.

    Returns:
        The address; of a family that is neither inet nor unix only the family's name.
    """
    name = AF.get(family, str(int(family)))
    if family == socket.AF_UNIX:
        path = raw if isinstance(raw, bytes) else str(raw or "").encode("utf-8", "surrogateescape")
        return SocketAddress(name, path=path.decode("utf-8", "replace"))
    if family not in (socket.AF_INET, socket.AF_INET6) or not raw:
        return SocketAddress(name)
    flowinfo, scope_id = raw[2:4] if len(raw) == 4 else (0, 0)
    host = str(raw[0]).partition("%")[0]
    return SocketAddress(name, host=host, port=raw[1], flowinfo=flowinfo, scope_id=scope_id)
