"""Every step of recorded servers of several processes, in all panes and both languages."""

import pytest

from tests.support.process_logs import all_histories
from walkthrough.i18n.catalogue import catalogue
from walkthrough.model.events import CallEntered, CallReturned, FunctionEntered, ProcessExited
from walkthrough.state.history import History
from walkthrough.state.sequence.diagram import SequenceDiagram
from walkthrough.state.timeline.lanes import Activity
from walkthrough.state.timeline.timeline import EventTimeline
from walkthrough.state.world import PROCESS_SHIFT
from walkthrough.view.calls import CallRows
from walkthrough.view.copied_text import whole_step
from walkthrough.view.event_text import sentence, who
from walkthrough.view.kernel_pane import kernel_rows
from walkthrough.view.path import path_rows
from walkthrough.view.sequence.page import SequencePage
from walkthrough.view.step import step_at
from walkthrough.view.text import Row, width_of
from walkthrough.view.timeline.page import TimelinePage, chosen_lanes, here_of, lane_slots
from walkthrough.view.timeline.rows import lane_label
from walkthrough.view.timeline.scale import scale_for

HISTORIES = all_histories()
_OF_A_THREAD = (CallEntered, CallReturned, FunctionEntered)


def text(rows: list[Row]) -> list[str]:
    return ["".join(piece.text for piece in row) for row in rows]


@pytest.mark.parametrize("name", [*HISTORIES])
@pytest.mark.parametrize(("language", "width"), [("en", 36), ("zh", 80)])
def test_every_step_says_whose_it_is(name: str, language: str, width: int) -> None:
    history, tr = HISTORIES[name], catalogue(language)
    ladder = SequencePage()
    for index in history.steps():
        step = step_at(history, index, None, tr)
        event, world = step.event, step.world
        assert event is not None
        calls = CallRows(step, width)
        panes = [
            kernel_rows(step, width).rows,
            [each.row for each in path_rows(world, {}, tr, width)],
            [calls.row(at) for at in range(len(calls))],
        ]
        ladder.show(step, width)
        panes.append([ladder.row(at) for at in range(ladder.last_row + 1)])
        for rows in panes:
            assert all(width_of(row) <= width for row in rows), (index, text(rows))
        assert whole_step(step, tr)
        assert sentence(event, tr, kernel=world.kernel, several=world.several)
        if world.several and isinstance(event, ProcessExited):
            assert str(event.pid) in who(event, tr, world)
        if world.several and isinstance(event, _OF_A_THREAD):
            pid = str(event.process or history.header.pid)
            assert pid in who(event, tr, world)
            # The kernel pane begins with the same process, if it was seen by then.
            seen = world.kernel_of(world.pid)
            if seen is not None:
                assert world.kernel is seen
                headings = [
                    row for row in text(panes[0]) if row.split()[-1:] and row.split()[-1] == pid
                ]
                assert headings, (index, text(panes[0]))


@pytest.mark.parametrize("name", ["prefork", "workers"])
def test_who_accepts_from_the_shared_listener_has_the_connection_alone(name: str) -> None:
    history = HISTORIES[name]
    told = [history.event(index) for index in range(len(history))]
    ends = [
        event
        for event in told
        if isinstance(event, CallReturned) and event.call == "accept4" and event.error is None
    ]
    assert ends
    for event in ends:
        process, fd = event.process or 0, event.result
        world = history.world(history.step_end(event.seq))
        view = world.kernels[process]
        (mine,) = (each for each in view.sockets if each.fd == fd)
        assert mine.state in ("ESTABLISHED", "CLOSE_WAIT")
        listener = next(each for each in view.sockets if each.state == "LISTEN")
        for other, state in world.kernels.items():
            inodes = {each.inode for each in state.descriptors}
            assert (mine.inode in inodes) == (other == process)
            assert listener.inode in inodes


def test_goroutines_of_two_processes_have_lanes_of_their_own() -> None:
    history = HISTORIES["workers"]
    timeline = EventTimeline(history)
    while timeline.take():
        pass
    first, *others = timeline.lanes.programs
    child = others[-1]
    mains = [lane for lane in timeline.lanes.first_goroutines(0, 99) if lane.number == 1]
    assert [lane.process for lane in mains] == [0, child]
    tr = catalogue("en")
    names = [lane_label(lane, tr, 20, timeline.lanes.programs) for lane in mains]
    assert names == [f"{first} g1 main", f"{child} g1 main"]
    ends = {lane.process: lane.track.last for lane in mains}
    assert ends == {0: Activity.GONE, child: Activity.GONE}
    threads = timeline.lanes.first_threads(99)
    order = [lane.process for lane in threads]
    assert order == sorted(order, key=[0, *others].index)
    assert lane_label(threads[0], tr, 20, timeline.lanes.programs) == f"workers {first}"
    # The lane that acts is that of the process, though another has a goroutine of that number.
    acts = next(
        index
        for index in history.steps()
        if (event := history.event(history.step_start(index))).process == child
        and event.goroutine == 1
    )
    here = here_of(step_at(history, acts, None, tr))
    assert here.goroutine == 1 + (child << PROCESS_SHIFT)
    page = TimelinePage(timeline, 100, 20, scale_for(len(history), 82, growing=False), tr)
    marked = [row for row in text(page.rows(here, 0, None)) if row.startswith(" > ")]
    assert f" > {child} g1 main" in marked[0]
    assert mains[1] in chosen_lanes(timeline.lanes, lane_slots(20), 0, here)


def test_one_process_ends_and_its_lanes_with_it() -> None:
    history = HISTORIES["workers"]
    timeline = EventTimeline(history)
    while timeline.take():
        pass
    _, tried, child = timeline.lanes.programs
    (lane,) = (each for each in timeline.lanes.first_threads(99) if each.process == tried)
    assert lane.track.last == Activity.GONE
    whose = {each.number for each in timeline.lanes.first_threads(99) if each.process == child}
    assert child in whose


def ladder_of(history: History) -> SequenceDiagram:
    diagram = SequenceDiagram(history)
    diagram.extend(len(history) - 1, len(history))
    return diagram


@pytest.mark.parametrize("name", ["prefork", "workers"])
def test_the_ladder_of_a_capture_tells_what_is_shared_once(name: str) -> None:
    history = HISTORIES[name]
    diagram = ladder_of(history)
    rows = [diagram.row(at) for at in range(diagram.count(len(history) - 1))]
    accepts = [row for row in rows if row.call is not None and row.call.name == "accept4"]
    served = [row for row in accepts if row.call is not None and not row.call.error]
    assert all(row.process for row in served)
    assert len({row.connection for row in served}) == len(served)
    handshakes = [row for row in rows if row.packet is not None and row.packet.sign == "SYN"]
    assert len(handshakes) == len(served)
    waits = [row for row in rows if type(row.fact).__name__ == "UnreadBytes" and row.call is None]
    assert len(waits) <= len(served)
    assert diagram.ended(len(history) - 1) == rows[-1].index
