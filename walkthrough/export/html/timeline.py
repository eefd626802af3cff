"""The timeline as the page draws it: bands, incidents and lanes, column by column."""

from collections.abc import Iterable
from itertools import groupby

from walkthrough.export.html.rows import Json
from walkthrough.i18n.catalogue import Catalogue
from walkthrough.state.timeline.lanes import Activity
from walkthrough.state.timeline.timeline import EventTimeline
from walkthrough.view.timeline.columns import TimelineColumns
from walkthrough.view.timeline.page import shares
from walkthrough.view.timeline.rows import DOINGS, GLYPHS, bands_of, first_of, lane_label
from walkthrough.view.timeline.scale import scale_for

COLUMNS = 1200
"""At most; with fewer events each has one of its own."""
LANES = 12
"""How many goroutines and threads are shown, the most important first."""
_LABEL = 24
_DRAWN = (Activity.RUN, Activity.CALL, Activity.PARKED)


def timeline_data(timeline: EventTimeline, count: int, tr: Catalogue) -> Json:
    """Return the timeline of ``count`` events.

    Bands are ``[first column, column after, name, kind, whether it is a stage]``; incidents
    ``[column, glyph, kind]``; lanes ``[name, [first column, column after, doing, …]]``, where a
    doing is 1 for running, 2 for in a call, 3 for parked.
    """
    scale = scale_for(count, min(COLUMNS, max(count, 1)), growing=False)
    columns = TimelineColumns(timeline, scale)
    goroutines, threads = shares(timeline.lanes, LANES)
    lanes = [
        *timeline.lanes.first_goroutines(0, goroutines),
        *timeline.lanes.first_threads(threads),
    ]
    return {
        "columns": scale.width,
        "bands": [
            [band.first, band.after, band.name, band.kind, int(band.glyph == "━")]
            for band in bands_of(columns.bands(count))
            if band.name
        ],
        "incidents": [
            [column, *GLYPHS[first_of(found)]]
            for column, found in enumerate(columns.incidents())
            if found
        ],
        "lanes": [
            [
                lane_label(lane, tr, _LABEL, timeline.lanes.programs),
                _stretches(columns.lane(lane.track, count)),
            ]
            for lane in lanes
        ],
        "hidden": [
            timeline.lanes.goroutines - sum(not lane.thread for lane in lanes),
            timeline.lanes.threads - sum(lane.thread for lane in lanes),
        ],
        "kinds": [DOINGS[doing][1] for doing in _DRAWN],
    }


def _stretches(codes: Iterable[int]) -> list[int]:
    """Return where something is done: first column, column after, what."""
    found: list[int] = []
    at = 0
    for code, columns in groupby(codes):
        after = at + sum(1 for _ in columns)
        if code in _DRAWN:
            found += (at, after, _DRAWN.index(Activity(code)) + 1)
        at = after
    return found
