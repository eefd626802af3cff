"""What a walk's screen is made from, once somebody has opened it. Plain data; knows no files."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from walkthrough.replay.feed import Feed
from walkthrough.replay.history import History

if TYPE_CHECKING:
    from walkthrough.compare.following import Following
    from walkthrough.tui.walk import BookmarksFactory


def _nowhere() -> Path | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A walk ready to be shown: a recording, or a capture.

    Attributes:
        history: The recording; or
        feed: the capture.
        strace: A log of strace's to show beside it.
        remarks: What is to be said of it once, a sentence each.
        bookmarks: Finds the bookmarks once the header is known; None if they are not kept.
        kept: Tells where a capture is being recorded; None if it is not.
        not_kept: Tells why a capture could not be recorded, a sentence; "" if it could.
    """

    history: History | None = None
    feed: Feed | None = None
    strace: "Following | None" = None
    remarks: tuple[str, ...] = ()
    bookmarks: "BookmarksFactory | None" = None
    kept: Callable[[], Path | None] = _nowhere
    not_kept: Callable[[], str] = str
