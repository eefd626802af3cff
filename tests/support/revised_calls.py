"""Calls that turn out to belong elsewhere, and the same as if that had been known at once."""

from hypothesis import strategies as st

from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    RevisedCall,
    StagesRevised,
)
from walkthrough.model.revisions import revised_entry, revised_return
from walkthrough.model.stages import Place, Stage, Step

_PLACES = st.sampled_from(
    [Place(), Place(Stage.SYS_SOCKET), Place(Stage.LISTEN), Place(None, Step.READ)]
)


@st.composite
def revised_calls(draw: st.DrawFn) -> tuple[list[AnyEvent], list[AnyEvent]]:
    """Calls of two threads and revisions among them; and the same, told right from the start."""
    told: list[AnyEvent] = []
    open_spans: dict[int, int] = {}
    places: dict[int, RevisedCall] = {}

    def revision(span: int) -> RevisedCall:
        place = draw(_PLACES)
        mark = place.step or place.stage
        return RevisedCall(
            span, place.stage, place.step, place == Place(), mark.value if mark else None
        )

    for seq in range(draw(st.integers(1, 40))):
        thread = draw(st.integers(1, 2))
        if places and draw(st.integers(0, 4)) == 0:
            spans = draw(st.lists(st.sampled_from(sorted(places)), max_size=3))
            calls = tuple(revision(span) for span in spans)
            places.update((call.span, call) for call in calls)
            told.append(StagesRevised(seq=seq, time_ns=seq, calls=calls))
        elif thread in open_spans:
            call = places[open_spans.pop(thread)]
            ended = CallReturned(seq=seq, time_ns=seq, call="read", thread=thread, span=call.span)
            told.append(revised_return(ended, call))
        else:
            open_spans[thread] = seq + 100
            places[seq + 100] = call = revision(seq + 100)
            begun = CallEntered(seq=seq, time_ns=seq, call="read", thread=thread, span=call.span)
            told.append(revised_entry(begun, call))
    right: list[AnyEvent] = []
    for event in told:
        known = places.get(event.span or 0)
        if known is not None and isinstance(event, CallEntered):
            event = revised_entry(event, known)
        elif known is not None and isinstance(event, CallReturned):
            event = revised_return(event, known)
        right.append(event)
    return told, right


def called(call: str, seq: int, stage: Stage | None) -> tuple[CallEntered, CallReturned]:
    """Return a call whose span has the number of its beginning."""
    mark = stage.value if stage is not None else None
    return (
        CallEntered(seq=seq, time_ns=seq, call=call, span=seq, stage=stage, mark=mark),
        CallReturned(seq=seq + 1, time_ns=seq, call=call, span=seq, stage=stage),
    )
