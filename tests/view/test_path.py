"""Rows of the path pane, from worlds made by hand."""

import pytest
from rich.cells import cell_len

from walkthrough.i18n.catalogue import catalogue
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    FunctionEntered,
    FunctionReturned,
    Header,
)
from walkthrough.model.kernel_state import KernelState, SocketState
from walkthrough.model.stages import Place, Stage, Step
from walkthrough.model.values import Argument, Constant, SocketAddress
from walkthrough.recording.file import load
from walkthrough.scenario.loader import server_folder
from walkthrough.state.history import History
from walkthrough.state.world import World
from walkthrough.view.calls import heading_of
from walkthrough.view.event_text import sentence
from walkthrough.view.path import path_rows

EN = catalogue("en")


def visit(seq: int, span: int, place: Place, mark: str) -> list[AnyEvent]:
    entered = FunctionEntered(
        seq=seq, time_ns=seq, goroutine=1, span=span, stage=place.stage, step=place.step, mark=mark
    )
    left = FunctionReturned(
        seq=seq + 1,
        time_ns=seq,
        goroutine=1,
        span=span,
        stage=place.stage,
        step=place.step,
        mark=mark,
    )
    return [entered, left]


def listed(events: list[AnyEvent]) -> list[str]:
    world = History.of(Header(), events).world(len(events) - 1)
    rows = path_rows(world, dict.fromkeys(Stage, False), EN, 40)
    return ["".join(piece.text for piece in row.row).strip() for row in rows]


def test_what_happens_before_anyone_accepts_is_no_step_of_accepting() -> None:
    printed = visit(0, 1, Place(None, Step.WRITE), "write")
    assert not any("write" in row for row in listed(printed))
    accepting = printed + visit(2, 2, Place(Stage.ACCEPT), "accept")
    assert not any("write" in row for row in listed(accepting))
    answered = accepting + visit(4, 3, Place(None, Step.WRITE), "write")
    assert sum("write" in row for row in listed(answered)) == 1


def test_a_step_that_only_has_to_wait_has_not_failed() -> None:
    history = History.load(load(server_folder().parent / "accept-parks" / "recording.jsonl"))
    world = history.world(len(history) - 1)
    rows = [row.row for row in path_rows(world, dict.fromkeys(Stage, False), EN, 40)]
    waits = [row for row in rows if row[-1].text.strip() == "EAGAIN"]
    assert waits
    assert {row[0].text.strip() for row in waits} == {"✓"}
    assert {row[-1].kind for row in waits} == {"result"}


@pytest.mark.parametrize(
    ("name", "stages", "said"),
    [
        ("udp", ("listen", "accept"), "not used"),
        ("dial", ("bind", "listen", "accept"), "not used"),
        ("port-in-use", ("listen", "pollOpen", "accept"), "not reached"),
        ("first-connection", (), ""),
    ],
)
def test_what_this_server_does_not_come_to_is_not_ahead(
    name: str, stages: tuple[str, ...], said: str
) -> None:
    history = History.load(load(server_folder().parent / name / "recording.jsonl"))

    def rows(index: int) -> dict[str, str]:
        """Return the rows of stages by their first word."""
        found = path_rows(history.world(index), dict.fromkeys(Stage, True), EN, 40)
        return {row.stage.value: "".join(piece.text for piece in row.row) for row in found}

    end, start = rows(len(history) - 1), rows(history.beginning())
    assert {stage for stage, row in end.items() if row.startswith("–")} == {*stages}
    assert all(end[stage].rstrip().endswith(said) for stage in stages)
    assert all(row.startswith("·") for row in start.values()), "nothing is known at first"


@pytest.mark.parametrize(("partial", "unused"), [(False, 3), (True, 0)])
def test_of_what_is_known_in_part_nothing_is_called_unused(partial: bool, unused: int) -> None:
    here = SocketAddress("AF_INET", "127.0.0.1", 7099)
    dialled = SocketState(
        "server", "AF_INET", "SOCK_STREAM", "TCP", "ESTABLISHED", here, here, fd=3
    )
    world = World(kernel=KernelState(sockets=(dialled,), partial=partial))
    rows = path_rows(world, dict.fromkeys(Stage, True), EN, 40)
    assert sum(row.row[0].text.startswith("–") for row in rows) == unused


def test_steps_that_prepare_a_stage_are_listed_before_it_begins() -> None:
    place = Place(None, Step.SET_DEFAULT_LISTENER_SOCKOPTS)
    assert any("ListenerSockopts" in row for row in listed(visit(0, 1, place, place.step or "")))


@pytest.mark.parametrize(("width", "shown"), [(26, "EADDRINUSE"), (18, "EADDRINU…")])
def test_an_error_is_cut_only_where_there_is_no_room_for_it(width: int, shown: str) -> None:
    place = Place(Stage.BIND)
    failed = [
        *visit(0, 1, place, "syscall.Bind")[:1],
        FunctionReturned(
            seq=1,
            time_ns=1,
            goroutine=1,
            span=1,
            stage=place.stage,
            mark="syscall.Bind",
            failed=True,
            results=(Argument("err", Constant("EADDRINUSE", 98)),),
        ),
    ]
    rows = path_rows(History.of(Header(), failed).world(1), {}, EN, width)
    (row,) = (
        "".join(piece.text for piece in each.row) for each in rows if each.row[1].text == "bind"
    )
    assert row.endswith(f" {shown}")
    assert cell_len(row) == width


@pytest.mark.parametrize(
    ("place", "heading"),
    [
        (Place(), ""),
        (Place(Stage.BIND), "bind"),
        (Place(Stage.ACCEPT, Step.ACCEPT4), "accept"),
        (Place(None, Step.LISTENER_BACKLOG), "listen › listenerBacklog"),
        (Place(None, Step.WRITE), "write"),
        (Place(None, Step.READ), "read"),
        (Place(None, Step.POLL_READY), "pollReady"),
        (Place(None, Step.ACCEPT4), "accept4"),
    ],
)
def test_calls_stand_under_the_stage_that_they_serve(place: Place, heading: str) -> None:
    assert heading_of(place) == heading


def test_a_call_in_which_the_server_sleeps_is_no_longer_about_to_be_made() -> None:
    begun = CallEntered(seq=0, time_ns=0, thread=1, span=1, call="epoll_pwait")
    assert sentence(begun, EN) == "about to make the system call epoll_pwait"
    assert sentence(begun, EN, asleep=True) == "asleep in the system call epoll_pwait"
    ended = CallReturned(seq=1, time_ns=0, thread=1, span=1, call="epoll_pwait", result=1)
    assert sentence(ended, EN, asleep=True) == sentence(ended, EN)
