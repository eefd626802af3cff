"""What a picture of the whole screen is, for whoever takes one and whoever writes it down."""

from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

from walkthrough.state.history import History


class ScreenPicture(NamedTuple):
    """The screen at one step.

    Attributes:
        event: The number of the event shown, from 0.
        time_ns: When it happened, in nanoseconds since the capture began.
        stage: The stage that begins there; "" if none does.
        rows: The rows of the screen from the top, each as texts with the parameters of the SGR
            sequence (ECMA-48) that sets their look: ``("bind", "1;38;2;125;207;255")``.
        svg: Draws the same as an SVG document.
    """

    event: int
    time_ns: int
    stage: str
    rows: tuple[tuple[tuple[str, str], ...], ...]
    svg: Callable[[], str]


class PictureRequest(NamedTuple):
    """Which pictures are wanted.

    Attributes:
        language: The screen's language, its code.
        columns: How many there are; `SMALLEST` at least.
        rows: How many there are.
        events: The steps wanted, by the numbers of their events; None for all of them.
    """

    language: str
    columns: int
    rows: int
    events: Iterable[int] | None = None


class ScreenCamera(Protocol):
    """Takes pictures of a walk."""

    def __call__(
        self, history: History, wanted: PictureRequest, look: Callable[[ScreenPicture], None]
    ) -> None:
        """Show each step that is wanted to ``look``, in order."""
        ...
