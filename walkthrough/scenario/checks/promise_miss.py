"""A promise that was not kept, and the event at which that can be seen."""

from typing import NamedTuple

from walkthrough.i18n.messages import Message


class PromiseMiss(NamedTuple):
    """What was promised and not seen.

    Attributes:
        said: The sentence.
        event: The number of the event that it speaks of, or that came nearest to it: its place in
            the recording, from 0; None where nothing did.
    """

    said: Message
    event: int | None = None
