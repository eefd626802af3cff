"""Which action of a script is due, and how much of it; and many clients told as one."""

from typing import Any

import pytest

from walkthrough.capture.session.script import SLICE, DueAction, Script
from walkthrough.capture.session.script_runner import merge_acts
from walkthrough.model.events import ClientActed, FunctionEntered, FunctionReturned
from walkthrough.model.protocol import ActCommand
from walkthrough.model.stages import Place, Stage, Step
from walkthrough.model.values import Constant, SocketAddress
from walkthrough.scenario.schema import ActionKind, End, ScriptAction
from walkthrough.state.world import OpenSpan, World

END = End(when="after close")
PARKED = World(
    spans={1: (OpenSpan(1, "accept", Place(Stage.ACCEPT), 0, "accept"),)}, parked=frozenset({1})
)


class Room:
    """Clients of whom only so many more fit, and who have at hand what they are told."""

    def __init__(self, room: int = 100_000, ready: bool = True) -> None:
        self.left = room
        self.asked: list[tuple[str, int, int]] = []
        self.is_ready = ready

    def room(self) -> int:
        return self.left

    def ready(self, action: str, client: int, least: int) -> bool:
        self.asked.append((action, client, least))
        return self.is_ready


def script(*actions: ScriptAction, clients: Room | None = None) -> Script:
    return Script(actions, END, clients or Room())  # type: ignore[arg-type]


def action(when: str = "at once", do: ActionKind = ActionKind.CONNECT, **more: Any) -> ScriptAction:
    return ScriptAction(when=when, do=do, **more)


def returned(stage: Stage) -> FunctionReturned:
    return FunctionReturned(seq=0, time_ns=0, stage=stage, mark=stage.value)


def test_an_action_is_due_at_its_point_counted_from_the_one_before() -> None:
    it = script(action("after bind"), action("after bind"))
    assert it.turn(World(), resting=False) is None
    it.fold(returned(Stage.BIND))
    turn = it.turn(World(), resting=False)
    assert turn is not None
    it.done(turn)
    assert it.turn(World(), resting=False) is None  # that bind was before
    it.fold(returned(Stage.BIND))
    assert it.turn(World(), resting=False) is not None
    assert len(it.left) == 1


def test_a_point_about_rest_waits_for_it() -> None:
    it = script(action("while accept is parked"))
    assert it.turn(PARKED, resting=False) is None
    assert it.turn(PARKED, resting=True) is not None


def test_a_great_batch_is_done_in_slices_between_which_the_server_comes_to_rest() -> None:
    it = script(action(client=2, clients=SLICE * 2 + 10))
    turns = []
    for resting in (False, False, True, True):
        if (turn := it.turn(World(), resting)) is not None:
            assert it.turn(World(), resting) == turn  # asking changes nothing
            it.done(turn)
            turns.append((turn.first, turn.clients))
    assert turns == [(2, SLICE), (2 + SLICE, SLICE), (2 + 2 * SLICE, 10)]
    assert it.left == ()


def test_a_great_batch_is_cut_where_no_descriptors_are_left_and_that_is_counted() -> None:
    clients = Room(SLICE + 100)
    it = script(action(clients=SLICE * 3), action(), clients=clients)
    turns = []
    while (turn := it.turn(World(), resting=True)) is not None:
        it.done(turn)
        clients.left -= turn.clients
        turns.append(turn.clients)
    assert turns == [SLICE, 100, 1]
    assert it.cut == 3 * SLICE - SLICE - 100


def test_who_never_came_to_be_is_passed_over_later() -> None:
    clients = Room(SLICE + 2)
    it = script(
        action(clients=SLICE * 2),
        action(do=ActionKind.SEND, client=SLICE + 1, clients=4),
        action(do=ActionKind.CLOSE, client=SLICE + 3),
        action(do=ActionKind.RECEIVE, client=1, clients=SLICE * 2),
        clients=clients,
    )
    turns = []
    while (turn := it.turn(World(), resting=True)) is not None:
        it.done(turn)
        if turn.action.do is ActionKind.CONNECT:
            clients.left -= turn.clients
        turns.append((turn.action.do, turn.first, turn.clients))
    assert turns == [
        (ActionKind.CONNECT, 1, SLICE),
        (ActionKind.CONNECT, SLICE + 1, 2),
        (ActionKind.SEND, SLICE + 1, 2),
        (ActionKind.RECEIVE, 1, SLICE),
        (ActionKind.RECEIVE, SLICE + 1, 2),
    ]
    assert it.left == ()
    assert it.cut == 2 * (SLICE - 2) + 2 + 1


def test_who_is_made_later_after_all_acts_again() -> None:
    clients = Room(SLICE)
    it = script(
        action(clients=SLICE * 2),
        action(client=SLICE + 5),
        action(do=ActionKind.SEND, client=SLICE + 4, clients=3),
        clients=clients,
    )
    turns = []
    while (turn := it.turn(World(), resting=True)) is not None:
        it.done(turn)
        clients.left = 0
        turns.append((turn.action.do, turn.first, turn.clients))
    assert turns[1:] == [(ActionKind.CONNECT, SLICE + 5, 1), (ActionKind.SEND, SLICE + 5, 1)]
    assert it.cut == SLICE + 2


def test_a_small_batch_is_not_cut() -> None:
    # There the error that a client gets may be what is to be seen.
    it = script(action(clients=3), clients=Room(0))
    assert it.turn(World(), resting=False) == DueAction(action(clients=3), 1, 3)
    assert it.cut == 0


def test_receiving_waits_until_enough_has_come() -> None:
    clients = Room(ready=False)
    it = script(action(do=ActionKind.RECEIVE, client=4, receives="höflich"), clients=clients)
    assert it.turn(World(), resting=True) is None
    assert clients.asked == [("receive", 4, len("höflich".encode()))]
    clients.is_ready = True
    assert it.turn(World(), resting=False) is not None


@pytest.mark.parametrize("do", [ActionKind.RECEIVE, ActionKind.ACCEPT])
def test_what_is_to_fail_does_not_wait(do: ActionKind) -> None:
    it = script(action(do=do, fails="EAGAIN"), clients=Room(ready=False))
    assert it.turn(World(), resting=False) is not None


def test_it_is_over_once_all_is_done_and_the_end_reached() -> None:
    it = script(action())
    entered = FunctionEntered(seq=0, time_ns=0, step=Step.CLOSE, mark="close")
    closed = FunctionReturned(seq=0, time_ns=0, step=Step.CLOSE, mark="close")
    it.fold(closed)
    assert not it.over(World(), resting=True)
    turn = it.turn(World(), resting=True)
    assert turn is not None
    it.done(turn)
    assert not it.over(World(), resting=True)  # that was before the last action
    it.fold(entered)
    assert not it.over(World(), resting=True)
    it.fold(closed)
    assert it.over(World(), resting=False)


THERE = SocketAddress("AF_INET", host="127.0.0.1", port=80)


def acted(client: int, error: str = "", data: bytes = b"") -> ClientActed:
    return ClientActed(
        seq=-1,
        time_ns=client,
        client=client,
        action="connect",
        remote=THERE,
        data=data,
        error=Constant(error, 1) if error else None,
    )


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([], []),
        ([acted(1)], [(1, 1)]),
        ([acted(1), acted(2), acted(3)], [(1, 3)]),
        ([acted(1), acted(2, "EMFILE"), acted(3, "EMFILE"), acted(4)], [(1, 1), (2, 2), (4, 1)]),
        ([acted(1), acted(3)], [(1, 1), (3, 1)]),
        ([acted(1, data=b"x"), acted(2, data=b"x")], [(1, 1), (2, 1)]),
        ([acted(1), acted(2, data=b"x")], [(1, 1), (2, 1)]),
    ],
)
def test_clients_in_a_row_with_the_same_outcome_are_told_as_one(
    events: list[ClientActed], expected: list[tuple[int, int]]
) -> None:
    assert [(each.client, each.clients) for each in merge_acts(events)] == expected


# Where somebody else lets the clients act as well


class Known(Room):
    """Clients some of whom are there."""

    def __init__(self, *there: int) -> None:
        super().__init__()
        self.there = set(there)
        self.used = set(there)

    def has(self, number: int) -> bool:
        return number in self.there

    def unused(self, number: int) -> int:
        return max(self.used) + 1 if number in self.used else number


def offered(*actions: ScriptAction, clients: Room) -> Script:
    return Script(actions, END, clients, offered=True)  # type: ignore[arg-type]


def by_hand(action: str, client: int, error: str = "", **more: Any) -> tuple[ClientActed, Any]:
    event = ClientActed(
        seq=0,
        time_ns=0,
        client=client,
        action=action,
        remote=THERE,
        data=more.get("data", b""),
        error=Constant(error, 1) if error else None,
    )
    return event, ActCommand(action=action, **more)


@pytest.mark.parametrize(
    ("wanted", "done", "counts"),
    [
        (action("before accept"), by_hand("connect", 1), True),
        (action(to="127.0.0.1"), by_hand("connect", 1), True),  # that is where it went
        (action(to="::1"), by_hand("connect", 1), False),
        (action(listener=2), by_hand("connect", 1), False),
        (action(listener=2), by_hand("connect", 1, listener=2), True),
        (action(fails="ECONNREFUSED"), by_hand("connect", 1), False),
        (action(fails="ECONNREFUSED"), by_hand("connect", 1, "ECONNREFUSED"), True),
        (action(), by_hand("connect", 1, "ECONNREFUSED"), False),
        (action(), by_hand("accept", 1), False),
        (action(do=ActionKind.SEND, data="x\n"), by_hand("send", 1, data=b"x\n"), True),
        (action(do=ActionKind.SEND, data="x\n"), by_hand("send", 1, data=b"y\n"), False),
        (action(do=ActionKind.SEND, data="x\n"), by_hand("send", 2, data=b"x\n"), False),
        (action(do=ActionKind.CLOSE), by_hand("close", 1), True),
        (action(do=ActionKind.CLOSE), by_hand("reset", 1), False),
        (action(do=ActionKind.RECEIVE), by_hand("receive", 1, "EAGAIN"), False),
    ],
)
def test_what_is_done_by_hand_as_the_script_would_counts(
    wanted: ScriptAction, done: tuple[ClientActed, ActCommand], counts: bool
) -> None:
    it = offered(wanted, clients=Known(1, 2))
    it.note(*done)
    assert len(it.left) == (not counts)


def test_a_client_made_by_hand_keeps_its_number_and_the_script_follows() -> None:
    clients = Known(1, 2)  # 1 is none of the script's
    it = offered(action(), action(do=ActionKind.SEND, data="x"), clients=clients)
    assert it.next_clients() == (3, 1)
    it.note(*by_hand("connect", 2))
    assert it.next_clients() == (2, 1)
    assert it.number(1) == 2
    it.note(*by_hand("send", 1, data=b"x"))
    assert len(it.left) == 1
    it.note(*by_hand("send", 2, data=b"x"))
    assert not it.left


def test_a_client_of_the_script_gets_another_number_if_its_own_is_taken() -> None:
    it = offered(action(), action(do=ActionKind.CLOSE), clients=Known(1, 7))
    assert it.new_number(1) == 8
    turn = it.turn(World(), resting=True)
    assert turn == DueAction(action(), 1, 1)
    it.done(turn)
    assert it.next_clients() == (8, 1)


def test_the_rest_of_a_batch_is_left_when_its_first_came_by_hand() -> None:
    it = offered(action(clients=3), clients=Known())
    it.note(*by_hand("connect", 1))
    assert not it.is_amid  # nobody has asked for the rest
    turn = it.turn(World(), resting=True)
    assert turn is not None
    assert (turn.first, turn.clients) == (2, 2)


def test_actions_whose_clients_are_all_gone_are_passed_over() -> None:
    close = action(do=ActionKind.CLOSE, clients=2)
    gone = action(do=ActionKind.SEND, client=3)
    refused = action(do=ActionKind.SEND, client=3, fails="ENOTCONN")
    it = offered(gone, close, gone, refused, clients=Known(2))
    assert it.skip_gone() == [gone]
    turn = it.turn(World(), resting=True)
    assert turn == DueAction(close, 2, 1)  # the first of the two is gone
    assert it.skip_gone() == []
    it.done(turn)
    assert it.skip_gone() == [gone]
    assert [*it.left] == [refused]  # which is about a client that is gone
    assert it.cut == 0


def test_who_is_late_for_one_action_does_not_miss_the_next_ones() -> None:
    it = offered(
        action("after bind"),
        action("after listen", ActionKind.SEND),
        action(do=ActionKind.SEND),
        action("before accept", ActionKind.CLOSE),
        action("after listen", client=2),
        clients=Known(1),
    )
    entered = FunctionEntered(seq=0, time_ns=0, stage=Stage.ACCEPT, mark=Stage.ACCEPT.value)
    it.fold(returned(Stage.LISTEN))  # before the first was due: that one counts for nobody
    it.fold(returned(Stage.BIND))
    it.fold(returned(Stage.LISTEN))
    it.fold(entered)
    for _ in range(4):
        turn = it.turn(World(), resting=False)
        assert turn is not None
        it.done(turn)
    assert it.turn(World(), resting=False) is None
    it.fold(returned(Stage.LISTEN))
    assert it.turn(World(), resting=False) is not None


def test_who_acts_before_it_is_due_waits_for_the_next_moment() -> None:
    it = offered(action("after listen"), action("after listen", client=2), clients=Known())
    it.fold(returned(Stage.BIND))
    it.note(*by_hand("connect", 1))
    assert it.turn(World(), resting=False) is None
    it.fold(returned(Stage.LISTEN))
    assert it.turn(World(), resting=False) is not None


def test_asking_whether_it_is_due_changes_nothing() -> None:
    clients = Room(ready=False)
    it = script(action("after bind", ActionKind.RECEIVE), clients=clients)
    assert not it.is_reached(World(), resting=True)
    it.fold(returned(Stage.BIND))
    assert it.is_reached(World(), resting=False)
    assert not it.is_due(World(), resting=False)
    clients.is_ready = True
    assert it.is_due(World(), resting=False)
    assert len(it.left) == 1
