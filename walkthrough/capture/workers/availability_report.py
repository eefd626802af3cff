"""What `walkthrough.capture.workers.availability` reports: all that its reader has to import."""

import msgspec

from walkthrough.i18n.messages import Message


class Unavailable(msgspec.Struct, frozen=True):
    """What keeps one scenario from being run here under one server.

    Attributes:
        scenario: Its name.
        server: ``go`` or ``python``.
        lack: The kind of what is missing (`RequirementKind`), "" if it can be run.
        why: A sentence, "" if it can be run.
    """

    scenario: str
    server: str
    lack: str = ""
    why: Message | str = ""


class Availability(msgspec.Struct, frozen=True):
    """The answers for all available scenarios, except those whose files have a mistake.

    Attributes:
        traces_go: Whether a Go server can be traced here at all.
        answers: One for each scenario and server.
        alone: The scenarios that run in their own network namespace.
        exposed: Those that would let others on the network connect, since none is available.
        no_namespace: Why there is none, as a part of a sentence; "" if there is.
    """

    traces_go: bool
    answers: tuple[Unavailable, ...]
    alone: tuple[str, ...] = ()
    exposed: tuple[str, ...] = ()
    no_namespace: Message | str = ""
