"""What a walk's screen is made from, once somebody has opened it. Plain data; knows no files."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from walkthrough.i18n.messages import Message
from walkthrough.model.events import Header
from walkthrough.state.event_source import Feed
from walkthrough.state.history import History
from walkthrough.user_data.bookmarks import Bookmarks

if TYPE_CHECKING:
    from walkthrough.compare.follow import FollowedComparison

BookmarksFactory = Callable[[Header], Bookmarks]
"""Finds the bookmarks of what is walked, once its header is known."""


class SavedSession(NamedTuple):
    """Where a capture is recorded.

    Attributes:
        path: The recording, or what could not be written.
        why: Why it could not; "" if it could.
    """

    path: Path
    why: Message | str = ""


def _nowhere() -> SavedSession | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSource:
    """A walk ready to be shown: a recording, or a capture.

    Attributes:
        history: The recording; or
        feed: the capture.
        strace: An strace log to show beside it.
        remarks: What to say about it once, one sentence each.
        bookmarks: Finds the bookmarks once the header is known; None if they are not kept.
        kept: Returns where a capture is being recorded, or why it cannot be; None if there is
            nothing to record.
    """

    history: History | None = None
    feed: Feed | None = None
    strace: "FollowedComparison | None" = None
    remarks: tuple[Message | str, ...] = ()
    bookmarks: BookmarksFactory | None = None
    kept: Callable[[], SavedSession | None] = _nowhere
