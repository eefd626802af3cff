"""Routes: ways through some of the scenarios, for somebody with little time or one interest.

Data only; the scenarios are in the order in which they are walked.
"""

from collections.abc import Mapping
from typing import NamedTuple

from walkthrough.i18n.messages import Message, message


class Route(NamedTuple):
    """One route.

    Attributes:
        name: Its name, for commands and preferences.
        title: A few words.
        scenarios: The names of its scenarios, in order.
    """

    name: str
    title: Message
    scenarios: tuple[str, ...]


_ALL = (
    Route(
        "45-minutes",
        message("45 minutes"),  # docs/teaching.md teaches it
        ("handshake-before-accept", "accept-parks", "burst", "backlog-full"),
    ),
    Route(
        "document",
        message("The document"),  # in the order of a listing's parts: docs/document.md
        (
            "first-connection",
            "the-document-today",
            "ipv4-any",
            "dual-stack",
            "control-hook",
            "handshake-before-accept",
            "backlog-full",
            "accept-parks",
            "second-listener",
            "burst",
            "slow-client",
            "half-close",
            "many-connections",
            "own-epoll",
        ),
    ),
    Route(
        "operations",
        message("Operations"),
        (
            "port-in-use",
            "restart-in-time-wait",
            "privileged-port",
            "backlog-full",
            "backlog-capped",
            "two-queues",
            "out-of-descriptors-at-accept",
            "emfile-recovers",
            "client-resets",
            "close-with-unread",
            "close-while-accepting",
            "inherited-listener",
            "reuseport-balance",
            "many-connections",
        ),
    ),
)
ROUTES: Mapping[str, Route] = {each.name: each for each in _ALL}
"""All, by name, in the order in which they are offered."""


def next_route(name: str | None) -> Route | None:
    """Return the route that comes after ``name``; None stands for all chapters, in both ways."""
    names = [None, *ROUTES]
    at = names.index(name) if name in names else 0
    following = names[(at + 1) % len(names)]
    return ROUTES[following] if following is not None else None
