"""What can be wrong with a script: its points, and the order of what its clients do."""

from collections.abc import Callable, Iterator

from walkthrough.model.linux.constants import ERRNO
from walkthrough.scenario.schema import NO_CLIENTS, ActionKind, Program, Scenario, ScriptAction
from walkthrough.scenario.validation.errors import Keys, Mistake, instead
from walkthrough.scenario.validation.reachability import never_after, never_reached
from walkthrough.state.triggers import Moment, Point, PointError, parse_point

ERRORS = tuple(ERRNO.values())
MOST_RECEIVED = 1 << 16
"""Bytes that a client takes in one go."""
_STILL_TRYING = ("EINPROGRESS", "EAGAIN")
"""Errors of connect(2) after which the socket is kept: the kernel goes on by itself."""


def point_mistakes(text: str, keys: Keys, scenario: Scenario | None) -> Iterator[Mistake]:
    """Yield what is wrong with a point.

    Args:
        text: The point.
        keys: Where it stands.
        scenario: Whose server has to reach it; None if it may do anything.
    """
    try:
        point = parse_point(text)
    except PointError as error:
        yield Mistake(keys, f"{keys[-1]}: {error}")
        return
    if scenario is not None and (why := never_reached(point, scenario)):
        yield Mistake(keys, f"{keys[-1]}: '{point}' is never reached, for {why}")


def script_mistakes(scenario: Scenario, own_program: bool) -> Iterator[Mistake]:
    """Yield what is wrong with the script and its end."""
    known = None if own_program else scenario
    for at, action in enumerate(scenario.script):
        yield from point_mistakes(action.when, ("script", at, "when"), known)
    yield from point_mistakes(scenario.end.when, ("end", "when"), known)
    yield from _order(scenario, own_program)
    clients = _ConnectedClients()
    for at, action in enumerate(scenario.script):
        yield from _action(action, ("script", at), scenario, own_program)
        yield from clients.act(action, ("script", at))


def _order(scenario: Scenario, own_program: bool) -> Iterator[Mistake]:
    """Yield points that cannot come any more at their turn."""
    told: list[tuple[Keys, Point]] = [
        (("script", at, "when"), each.point) for at, each in enumerate(scenario.script)
    ]
    told.append((("end", "when"), scenario.end.point))
    let_go = next(
        (at for at, each in enumerate(scenario.script) if each.do is ActionKind.LET_GO), None
    )
    if let_go is not None and told[let_go][1].moment is Moment.EXITED:
        yield Mistake(told[let_go][0], "when: once the server has ended it cannot be let go")
    for keys, point in told[let_go + 1 :] if let_go is not None else ():
        if point.moment in (Moment.AFTER, Moment.BEFORE):
            why = "after 'let-go' no function is captured"
            yield Mistake(keys, f"when: '{point}' is never reached here, for {why}")
        elif point.moment is Moment.PARKED:
            why = "after 'let-go' nobody sees where goroutines park; take 'server idle'"
            yield Mistake(keys, f"when: '{point}' cannot be told here: {why}")
    earlier: list[Point] = []
    for keys, point in told:
        for before in earlier:
            if not own_program and (why := never_after(point, before)):
                yield Mistake(keys, f"when: '{point}' is never reached here, for {why}")
                break
        earlier.append(point)


def _action(
    action: ScriptAction, keys: Keys, scenario: Scenario, own_program: bool
) -> Iterator[Mistake]:
    do = action.do
    belongs: tuple[tuple[str, bool, ActionKind], ...] = (
        ("data", bool(action.data), ActionKind.SEND),
        ("receives", bool(action.receives), ActionKind.RECEIVE),
        ("to", bool(action.to), ActionKind.CONNECT),
        ("listener", action.listener != 1, ActionKind.CONNECT),
    )
    for key, given, deed in belongs:
        if given and do is not deed:
            yield Mistake((*keys, key), f"{key} belongs to {deed.value!a}, not to {do.value!a}")
    if do is ActionKind.SEND and not action.data:
        yield Mistake(keys, "missing key 'data': what 'send' sends")
    if do in NO_CLIENTS and action.fails:
        yield Mistake(
            (*keys, "fails"), f"fails is about what a client does, and {do.value!a} is not"
        )
    if action.fails and action.receives:
        yield Mistake((*keys, "receives"), "what fails receives nothing: leave out 'fails' or this")
    if len(action.receives.encode()) > MOST_RECEIVED:
        found = f"receives has {len(action.receives.encode())} bytes"
        yield Mistake((*keys, "receives"), f"{found}; allowed are {MOST_RECEIVED} at most")
    if action.fails and action.fails not in ERRORS:
        found = f"fails is {action.fails!a}, which is no error of errno(3)"
        yield Mistake((*keys, "fails"), f"{found}; {instead(action.fails, ERRORS)}")
    listeners = 1 + len(scenario.server.also)
    if action.listener > listeners:
        there = "there is 1 listener" if listeners == 1 else f"there are {listeners} listeners"
        yield Mistake(
            (*keys, "listener"), f"listener is {action.listener}; {there} ('also' adds more)"
        )
    if do in NO_CLIENTS and (action.client, action.clients) != (1, 1):
        yield Mistake(keys, f"{do.value!a} is done by no client; leave 'client' and 'clients' out")
    if do is ActionKind.LET_GO and scenario.servers != ("go",):
        yield Mistake(
            (*keys, "do"), "do is 'let-go', which the Go server alone can do: servers = [\"go\"]"
        )
    if own_program:
        return
    dials = scenario.server.program is Program.DIAL
    if do is ActionKind.ACCEPT and not (dials and scenario.neighbour is not None):
        yield Mistake(
            (*keys, "do"),
            "do is 'accept', which takes the connection that the server has made to the neighbour: "
            "it needs program 'dial' in [server] and a table [neighbour]",
        )
    if do is ActionKind.CONNECT and dials:
        yield Mistake((*keys, "do"), "do is 'connect', but the program 'dial' does not listen")


class _ConnectedClients:
    """Follows which clients have a connection, as far as the script itself tells."""

    def __init__(self) -> None:
        self._open: set[int] = set()

    def act(self, action: ScriptAction, keys: Keys) -> Iterator[Mistake]:
        does: dict[ActionKind, Callable[[ScriptAction, int], str]] = {
            ActionKind.CONNECT: self._begin,
            ActionKind.ACCEPT: self._begin,
            ActionKind.CLOSE: self._end,
            ActionKind.RESET: self._end,
        }
        if action.do in NO_CLIENTS:
            return
        for client in range(action.client, action.client + action.clients):
            if wrong := does.get(action.do, self._use)(action, client):
                yield Mistake((*keys, "client"), wrong)
                return

    def _begin(self, action: ScriptAction, client: int) -> str:
        if client in self._open:
            return f"client {client} is connected already; give the new one another number"
        if not action.fails or action.fails in _STILL_TRYING:
            self._open.add(client)
        return ""

    def _use(self, action: ScriptAction, client: int) -> str:
        if client in self._open or action.fails in ("ENOTCONN", "EBADF"):
            return ""
        return (
            f"client {client} is not connected here, so it cannot {action.do.value!a}: let it "
            f"'connect' first"
        )

    def _end(self, action: ScriptAction, client: int) -> str:
        wrong = self._use(action, client)
        self._open.discard(client)
        return wrong
