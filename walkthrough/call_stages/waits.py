"""Which descriptors a call waits for, or is told of: poll(2), select(2), epoll(7).

At most so many are looked at of one call.
"""

import re
from itertools import islice

_POLLED = re.compile(r"fd=(\d{1,7})(?=[<,])|(?<=[\[ ])(\d{1,7})(?=[<\] ])", re.ASCII).finditer
_LABEL = re.compile(r"<[^<>]*(?:->[^<>]*)?>(?=[\], ])")
_MOST_POLLED = 64
_DATA = re.compile(r"u64=(\d{1,20}|0x[0-9a-f]{1,16})|data=(\d{1,20}|0x[0-9a-f]{1,16})").findall
_MOST_DATA = 64
_LARGEST_FD = 1 << 20
"""User data of epoll(7) is taken for a descriptor up to here; beyond, for a pointer."""


def polled(arguments: str) -> list[str]:
    """Return the descriptors that poll(2) or select(2) waits for."""
    text = _LABEL.sub("", arguments) if "<" in arguments else arguments
    return [found[1] or found[2] for found in islice(_POLLED(text), _MOST_POLLED)]


def user_data(text: str) -> list[int]:
    """Return the user data of epoll(7), as far as it is spelled out."""
    numbers = (one or other for one, other in _DATA(text)[:_MOST_DATA])
    return [int(each, 16 if each.startswith("0x") else 10) for each in numbers]


def may_be_descriptor(data: int) -> bool:
    """Return whether user data may be the descriptor itself, as programs often have it."""
    return 2 < data < _LARGEST_FD
