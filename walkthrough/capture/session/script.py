"""The scenario's script as it is executed: which action is due, and for which clients.

It decides from worlds and from the clients' input; the session acts. Where somebody else acts as
well (`offered`), clients may be numbered otherwise than in the script, be gone, or have done
already what comes next.
"""

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from walkthrough.capture.clients.client import Clients
from walkthrough.model.events import AnyEvent, ClientActed, FunctionEntered, FunctionReturned
from walkthrough.model.protocol import ActCommand
from walkthrough.scenario.schema import NO_CLIENTS, ActionKind, End, ScriptAction
from walkthrough.state.triggers import Point, PointKind, PointWatcher, reached_by
from walkthrough.state.world import World

SLICE = 512
"""How many clients act at once; then the server may process what they have done."""
MOST_SINCE = 4096
"""Events that are kept while somebody leaves an action undone that is due."""
_WAITS = (ActionKind.RECEIVE, ActionKind.ACCEPT)
BEGINS = (ActionKind.CONNECT, ActionKind.ACCEPT)
"""Actions that make a client."""


class DueAction(NamedTuple):
    """What is due now: ``action``, by the clients ``first`` to ``first + clients - 1``."""

    action: ScriptAction
    first: int
    clients: int


def command_of(action: ScriptAction, client: int) -> ActCommand:
    """Return what lets client number ``client`` do an action."""
    return ActCommand(
        action=action.do.value,
        client=client,
        data=action.payload,
        to=action.to,
        listener=action.listener,
        drop_replies=action.drop_replies,
    )


class Script:
    """One script, followed from its beginning.

    Args:
        actions: What is to be done, in order.
        end: When it is over; None if only the server's end ends it.
        clients: Who acts.
        offered: Whether somebody else lets the clients act, and the script only says what it would
            do.

    Attributes:
        cut: Actions that were skipped, because there was no descriptor for the client: its
            connect, and everything after it.
    """

    def __init__(
        self,
        actions: Sequence[ScriptAction],
        end: End | None,
        clients: Clients,
        *,
        offered: bool = False,
    ) -> None:
        self._left = deque(actions)
        self._end = end.point if end is not None else None
        self._clients = clients
        self._watcher = PointWatcher()
        self._begun = 0
        self._in_batch = False  # they were begun here, and not by hand
        self._never_made: set[int] = set()
        self._offered = offered
        self._since_due: list[AnyEvent] | None = None  # None while the next action is not due
        self._numbers: dict[int, int] = {}  # of clients that have another one than in the script
        self.cut = 0

    def fold(self, event: AnyEvent) -> None:
        """Record an event."""
        self._watcher.fold(event)
        if not self._offered or not isinstance(event, FunctionEntered | FunctionReturned):
            return
        if self._since_due is None:
            self._since_due = [] if self._makes_due(event) else None
        elif event.mark is not None and len(self._since_due) < MOST_SINCE:
            self._since_due.append(event)

    def turn(self, world: World, resting: bool, *, early: bool = False) -> DueAction | None:
        """Return what is due now, None if nothing is. Call `done` after doing it.

        Args:
            world: The world now.
            resting: Whether the server is at rest. Only then is a point due that is about rest:
                a goroutine counts as parked a little before it really is.
            early: Whether what comes next counts as due.
        """
        while self._left:
            action = self._left[0]
            if not (early or self._due(action, world, resting)):
                return None
            early = False
            self._pass_over(action)
            if self._begun >= action.clients:
                self._next()
                continue
            count = self._together(action)
            if action.clients > SLICE and action.do is ActionKind.CONNECT:
                count = min(count, self._clients.room())
            if count:
                return DueAction(action, action.client + self._begun, count)
            self._cut_short(action)
        return None

    def done(self, turn: DueAction) -> None:
        """Note that the action is done; what happened until now no longer counts."""
        if turn.action.do is ActionKind.CONNECT:
            self._never_made.difference_update(range(turn.first, turn.first + turn.clients))
        self._begun += turn.clients
        self._in_batch = True
        if self._begun >= turn.action.clients:
            self._next()

    def number(self, client: int) -> int:
        """Return the number that the script's ``client`` has."""
        return self._numbers.get(client, client)

    def new_number(self, client: int) -> int:
        """Return the number under which the script's ``client`` begins: another may have its."""
        if self._offered:
            self._numbers[client] = self._clients.unused(client)
        return self.number(client)

    def is_due(self, world: World, resting: bool) -> bool:
        """Return whether the next action is due; changes nothing. See `turn`."""
        return bool(self._left) and self._due(self._left[0], world, resting)

    def is_reached(self, world: World, resting: bool) -> bool:
        """Return whether the point of the next action is reached: it may wait for more."""
        return bool(self._left) and self._reached(self._left[0].point, world, resting)

    def next_clients(self) -> tuple[int, int]:
        """Return which client is to do the next action, and how many with it, the ones done aside.

        (0, 1) for an action that no client does.
        """
        action = self._left[0]
        if action.do in NO_CLIENTS:
            return 0, 1
        first = action.client + self._begun
        number = self._clients.unused(first) if action.do in BEGINS else self.number(first)
        return number, action.clients - self._begun

    def skip_gone(self) -> list[ScriptAction]:
        """Pass over the actions that come next and whose clients are all gone; return them."""
        skipped = []
        while self._left and self._all_gone(self._left[0]):
            skipped.append(self._left[0])
            self._next()
        return skipped

    def skip(self) -> None:
        """Pass over the next action."""
        self._next()

    def leave_out(self) -> None:
        """Pass over the next action, which is not due: what has happened counts for the next."""
        self._left.popleft()
        self._begun = 0

    def note(self, acted: ClientActed, act: ActCommand) -> None:
        """Count what somebody else let a client do, if it is what the script would do next."""
        if not self._left or acted.action != self._left[0].do.value:
            return
        action = self._left[0]
        error = acted.error.name if acted.error is not None else ""
        first = action.client + self._begun
        if error != action.fails:
            return
        if action.do in BEGINS:
            there = acted.remote.host if acted.remote is not None else ""
            if (
                action.to not in ("", there)
                or act.listener != action.listener
                or act.drop_replies != action.drop_replies
            ):
                return
            self._numbers[first] = acted.client
        elif acted.client != self.number(first):
            return
        if action.do is ActionKind.SEND and acted.data != action.payload:
            return
        self._begun += 1
        if self._begun >= action.clients:
            self._next()

    def over(self, world: World, resting: bool) -> bool:
        """Return whether all is done and the end is reached."""
        if self._left or self._end is None:
            return False
        return self._reached(self._end, world, resting)

    @property
    def is_amid(self) -> bool:
        """Return whether a batch of clients has begun and is not done."""
        return self._in_batch

    @property
    def left(self) -> tuple[ScriptAction, ...]:
        """The actions that have not been due so far."""
        return tuple(self._left)

    def _due(self, action: ScriptAction, world: World, resting: bool) -> bool:
        if self._in_batch:  # the rest of a batch, once the server has processed the first part
            return resting
        if not self._reached(action.point, world, resting):
            return False
        if action.do not in _WAITS or action.fails:
            return True
        least = len(action.receives.encode())
        numbers = range(action.client, action.client + action.clients)
        return all(
            self._clients.ready(action.do.value, self.number(number), least)
            for number in numbers
            if number not in self._never_made
        )

    def _reached(self, point: Point, world: World, resting: bool) -> bool:
        return (resting or not point.is_about_rest) and self._watcher.due(point, world)

    def _cut_short(self, action: ScriptAction) -> None:
        """Continue without those clients of a large batch for which no descriptor is left."""
        self.cut += action.clients - self._begun
        self._never_made |= {*range(action.client + self._begun, action.client + action.clients)}
        self._next()

    def _pass_over(self, action: ScriptAction) -> None:
        """Skip clients that were never made."""
        while self._begun < action.clients and self._is_missing(action, self._begun):
            self._begun += 1
            self.cut += not self._offered

    def _together(self, action: ScriptAction) -> int:
        """Count the clients that may act at once, up to the next one that was never made."""
        most = min(SLICE, action.clients - self._begun)
        return next((at for at in range(most) if self._is_missing(action, self._begun + at)), most)

    def _is_missing(self, action: ScriptAction, at: int) -> bool:
        """Return whether the client at position ``at`` of an action does not exist."""
        client = action.client + at
        if action.do is not ActionKind.CONNECT and client in self._never_made:
            return True
        return self._offered and self._is_gone(action, client)

    def _is_gone(self, action: ScriptAction, client: int) -> bool:
        """Return whether a client has no connection with which it could do this."""
        begins = action.do in NO_CLIENTS or action.do in BEGINS
        return not (begins or action.fails == "ENOTCONN" or self._clients.has(self.number(client)))

    def _all_gone(self, action: ScriptAction) -> bool:
        numbers = range(action.client + self._begun, action.client + action.clients)
        return all(self._is_gone(action, number) for number in numbers)

    def _next(self) -> None:
        self._left.popleft()
        self._begun = 0
        self._in_batch = False
        self._watcher.restart()
        if self._offered:
            self._catch_up()

    def _catch_up(self) -> None:
        """Count what happened since the action before was due, as if it had been done then.

        Who lets the server go on first, and only then the client act, would else wait for a moment
        that has passed.
        """
        since, self._since_due = self._since_due or [], None
        if self._left and self._left[0].point.kind is PointKind.START:
            self._since_due = since
            return
        for at, event in enumerate(since):
            self._watcher.fold(event)
            if self._makes_due(event):
                self._since_due = since[at + 1 :]
                return

    def _makes_due(self, event: AnyEvent) -> bool:
        return bool(self._left) and reached_by(self._left[0].point, event)
