"""The timeline column by column, on one scale: what is final about a column is kept.

Pure: a timeline and a scale in, codes out. How a code is drawn is in `rows`.
"""

from collections.abc import Callable

from walkthrough.state.timeline.lanes import Activity
from walkthrough.state.timeline.run_length import RunLengthTrack
from walkthrough.state.timeline.timeline import EventTimeline, Incident
from walkthrough.view.timeline.scale import Scale

UNREAD = 254
"""A column whose events exist and were not processed yet."""
BEYOND = 255
"""A column for events that have not happened."""
_MOST_KEPT = 256
"""For how many lanes the columns are kept."""

_CALL, _NOBODY = int(Activity.CALL), (int(Activity.ABSENT), int(Activity.GONE))


def telling_band(counts: list[int]) -> int:
    """Choose which of several bands a column shows: the longest; off the path only if nearly all.

    Args:
        counts: How many events each of `PLACES` in `state/timeline/timeline.py` has; 0 is no place.
    """
    most = max(range(1, len(counts)), key=counts.__getitem__)
    return 0 if counts[0] > 3 * sum(counts[1:]) else most


def telling_doing(counts: list[int]) -> int:
    """Choose what a lane's column shows: a short life before none, a call from a third on."""
    there = sum(count for doing, count in enumerate(counts) if doing not in _NOBODY)
    if not there:
        return max(_NOBODY, key=counts.__getitem__)
    if counts[_CALL] * 3 >= there:
        return _CALL
    return max((Activity.RUN, Activity.CALL, Activity.PARKED), key=counts.__getitem__)


class TimelineColumns:
    """All columns of a timeline on one scale."""

    def __init__(self, timeline: EventTimeline, scale: Scale) -> None:
        self._timeline = timeline
        self.scale = scale
        # By the track's identity; the track is kept with it, so that no other one can get it.
        self._kept: dict[int, tuple[RunLengthTrack, bytearray]] = {}
        self._incidents: list[Incident] = []

    def bands(self, count: int) -> bytearray:
        """Return the band of each column, of ``count`` events."""
        return self._all_columns(self._timeline.bands, telling_band, count)

    def lane(self, track: RunLengthTrack, count: int) -> bytearray:
        """Return what a lane's owner does in each column, of ``count`` events."""
        return self._all_columns(track, telling_doing, count)

    def incidents(self) -> list[Incident]:
        """Return the incidents of each column, as far as events were processed."""
        taken, kept = self._timeline.taken, self._incidents
        incidents = kept + [
            self._timeline.incidents_in(*self.scale.events(column))
            for column in range(len(kept), self._begun(taken))
        ]
        self._incidents = incidents[: self._whole(taken)]
        return incidents

    def _begun(self, count: int) -> int:
        """Count the columns that have any of the first ``count`` events."""
        return self.scale.columns(count - 1)[1] if count else 0

    def _whole(self, count: int) -> int:
        """Count the columns that have no event but the first ``count``."""
        whole = self._begun(count)
        while whole and self.scale.events(whole - 1)[1] > count:
            whole -= 1
        return whole

    def _all_columns(
        self, track: RunLengthTrack, choose: Callable[[list[int]], int], count: int
    ) -> bytearray:
        if len(self._kept) > _MOST_KEPT:
            self._kept.clear()
        _, kept = self._kept.setdefault(id(track), (track, bytearray()))
        taken = min(self._timeline.taken, count)
        begun, width = self._begun(taken), self.scale.width
        columns = kept + self._columns(track, choose, len(kept), begun, taken)
        kept[:] = columns[: self._whole(taken)]
        reading = min(self._begun(count), width)
        columns += bytes((UNREAD,)) * max(reading - begun, 0)
        return columns + bytes((BEYOND,)) * (width - len(columns))

    def _columns(
        self,
        track: RunLengthTrack,
        choose: Callable[[list[int]], int],
        first: int,
        after: int,
        taken: int,
    ) -> bytes:
        """Return the codes of columns ``first`` to ``after - 1``."""
        scale = self.scale
        if first >= after:
            return b""
        if scale.capacity < scale.width:  # each column is part of one event
            return bytes(track.at(scale.events(column)[0]) for column in range(first, after))
        edges = [scale.events(column)[0] for column in range(first, after)]
        edges.append(min(scale.events(after - 1)[1], taken))
        return bytes(
            found if isinstance(found, int) else choose(found) for found in track.spread(edges)
        )
