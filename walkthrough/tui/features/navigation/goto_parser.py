"""Where to go: an event's number, a time or a stage's name, parsed from what was typed.

Pure: text in, an event or a sentence out.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.model.stages import Place, Stage, Step
from walkthrough.state.timeline.timeline import EventTimeline
from walkthrough.view.timeline.rows import clock

_NUMBER = re.compile(r"[0-9][0-9 ,_]*")
_TIME = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+) ?([^\W\d]+)")
_UNITS = {
    **dict.fromkeys(("ns", "纳秒"), 1),
    **dict.fromkeys(("us", "μs", "微秒"), 1_000),
    **dict.fromkeys(("ms", "毫秒"), 1_000_000),
    **dict.fromkeys(("s", "秒"), 1_000_000_000),
    **dict.fromkeys(("min", "分", "分钟"), 60_000_000_000),
}
MOST_EVENTS = 10**12
"""No recording holds more."""
_LONGEST = 40
"""Characters; no number, time or name is longer."""


def destination(
    text: str,
    timeline: EventTimeline,
    index: int,
    count: int,
    tr: Catalogue,
    *,
    more: bool = False,
) -> int | str | None:
    """Return the event that ``text`` means, or a sentence that says what is allowed.

    None stands for an event that may still come: what is read so far does not tell.

    Args:
        text: What was typed; nothing means the first event. A stage means its next beginning after
            the cursor, or its first if there is none.
        timeline: What is known of the events.
        index: The cursor.
        count: How many events there are, one at least.
        tr: The catalogue of the language to say it in.
        more: Whether events are still being read: a number may then be that of one to come, and
            so may a time or a stage.
    """
    typed = _plain(text)
    if not typed:
        return 0
    if len(typed) > _LONGEST:
        return tr("Type an event's number, a time with ms or s, or a stage's name.")
    if _NUMBER.fullmatch(typed):
        number = int(re.sub(r"[ ,_]", "", typed))
        there = 1 <= number <= (MOST_EVENTS if more else count)
        return number - 1 if there else tr("Events are 1 to {last}.", last=count)
    if match := _TIME.fullmatch(typed):
        unit = _UNITS.get(match[2].lower())
        if unit is None:
            return tr("Type an event's number, a time with ms or s, or a stage's name.")
        found = timeline.first_at(round(float(match[1]) * unit))
        if found < count:
            return found
        return (
            None
            if more
            else tr("The last event is at {time}.", time=clock(timeline.time(count - 1)))
        )
    if not typed[0].isalpha():
        return tr("Type an event's number, a time with ms or s, or a stage's name.")
    more = more or timeline.taken < count
    return _beginning(typed.lower(), timeline, index, tr, more=more)


def is_number(text: str) -> bool:
    """Return whether an event's number was typed, and no time or stage."""
    return _NUMBER.fullmatch(_plain(text)) is not None


def _plain(text: str) -> str:
    """Return what was typed: Chinese input methods have numbers and letters that are wide."""
    return unicodedata.normalize("NFKC", text[: 4 * _LONGEST]).strip()


def _beginning(
    typed: str, timeline: EventTimeline, index: int, tr: Catalogue, *, more: bool
) -> int | str | None:
    place = _named(typed)
    if place is None:
        return tr("No stage or step is called that; stages: {stages}.", stages=tr.listed(Stage))
    if not isinstance(place, Place):
        return tr("Which one: {stages}?", stages=tr.listed(place))
    begins = timeline.begins.get(place, ())
    after = bisect_right(begins, index)
    if after < len(begins):
        return begins[after]
    if more:
        return None
    return (
        begins[0]
        if begins
        else tr("{stage} is not begun in these events.", stage=str(place.stage or place.step))
    )


def _named(typed: str) -> Place | Sequence[str] | None:
    """Return the stage or the finer step that is meant, several names if it may be any of them."""
    places = [*(Place(stage) for stage in Stage), *(Place(None, step) for step in Step)]
    names = [str(place.stage or place.step) for place in places]
    for place, name in zip(places, names, strict=True):
        if name.lower() == typed:
            return place
    for kind in (Stage, Step):
        fitting = [
            (place, name)
            for place, name in zip(places, names, strict=True)
            if (place.stage is not None) is (kind is Stage) and name.lower().startswith(typed)
        ]
        if len(fitting) == 1:
            return fitting[0][0]
        if fitting:
            return [name for _, name in fitting]
    return None
