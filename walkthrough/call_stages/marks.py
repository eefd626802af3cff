"""What a call stands for: the stage or finer step whose visit begins with it (`CallEntered.mark`).

Where no function is captured a visit lasts while calls follow that belong to the same place.
"""

from walkthrough.model.stages import NOWHERE, Place, Stage, Step

_CONNECT = Place(None, Step.CONNECT)
_EACH_TIME = frozenset(
    {Place(Stage.ACCEPT), _CONNECT, Place(None, Step.READ), Place(None, Step.WRITE)}
)
"""Places where each call is a separate visit; at others a visit lasts while calls follow."""


def begun_by(place: Place) -> Place:
    """Return where a call is where no function is captured: accept4 itself is the stage then."""
    return Place(Stage.ACCEPT) if place == Place(Stage.ACCEPT, Step.ACCEPT4) else place


def ends_visit(name: str, place: Place) -> bool:
    """Return whether a call belongs to a visit of its own, and ends the one before."""
    # What is done before and after connect(2) belongs to it, as the same attempt.
    return place != NOWHERE and not (place == _CONNECT and name != "connect")


def mark_of(name: str, place: Place, before: Place) -> str | None:
    """Return what a call stands for; None if it continues the same, or stands for nothing.

    Args:
        name: The call's name.
        place: Its place (`begun_by`).
        before: The place of the last call before it for which `ends_visit` is true.
    """
    if not ends_visit(name, place) or (place == before and place not in _EACH_TIME):
        return None
    own = place.step or place.stage
    return None if own is None else own.value
