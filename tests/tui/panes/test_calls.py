"""Which calls the calls pane lists, and which it counts."""

from tests.support.records import FakeLesson
from tests.support.screen import press, rows_of, text_of
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    Header,
)
from walkthrough.state.history import History
from walkthrough.tui.app import WalkthroughApp


async def test_quiet_calls_are_counted_and_not_listed() -> None:
    events: list[AnyEvent] = []
    for at, quiet in enumerate((True, False, True, False)):
        name = "quietly" if quiet else f"loud{at}"
        events += [
            CallEntered(seq=2 * at, time_ns=1, thread=1, span=at, call=name, quiet=quiet),
            CallReturned(seq=2 * at + 1, time_ns=1, thread=1, span=at, call=name, quiet=quiet),
        ]
    app = WalkthroughApp(
        history=History.of(Header(), events), lesson_factory=FakeLesson, language="en"
    )
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "end")
        rows = rows_of(app, "calls")
        assert not any("quietly" in row for row in rows)
        assert sum("loud" in row for row in rows) == 2
        assert "2 (2 hidden)" in str(app.walk.query_one("#calls").border_title)
        await pilot.resize_terminal(100, 26)
        await pilot.pause()
        title = str(app.walk.query_one("#calls").border_title)
        assert "· 2" in title
        assert "quiet" not in title, "half of it would be cut off"
        assert "loud3" in text_of(app, "calls")
