"""What can be wrong with a script: its points, and the order of what its clients do."""

from collections.abc import Callable, Iterator

from walkthrough.i18n.messages import Message, message, plural
from walkthrough.model.linux.constants import ERRNO
from walkthrough.scenario.schema import NO_CLIENTS, ActionKind, Program, Scenario, ScriptAction
from walkthrough.scenario.validation.errors import Keys, Mistake, instead, mistake
from walkthrough.scenario.validation.reachability import never_after, never_reached
from walkthrough.state.triggers import Point, PointError, PointKind, parse_point

ERRORS = tuple(ERRNO.values())
MOST_RECEIVED = 1 << 16
"""Bytes that a client receives at once."""
_STILL_TRYING = "EINPROGRESS"
"""The error of connect(2) after which a client is kept: the kernel continues by itself.

EAGAIN, by which a unix socket says that the accept queue is full, leaves nothing to go on with.
"""


def failure_mistakes(fails: str, keys: Keys) -> Iterator[Mistake]:
    """Yield that ``fails`` of a table names no error; "" names none on purpose."""
    if fails and fails not in ERRORS:
        yield mistake(
            (*keys, "fails"),
            "fails is {found}, which is no error of errno(3); {instead}",
            found=ascii(fails),
            instead=instead(fails, ERRORS),
        )


def point_mistakes(text: str, keys: Keys, scenario: Scenario | None) -> Iterator[Mistake]:
    """Yield what is wrong with a point.

    Args:
        text: The point.
        keys: Where it is.
        scenario: The one whose server has to reach it; None if it may do anything.
    """
    try:
        point = parse_point(text)
    except PointError as error:
        yield mistake(keys, "{key}: {why}", key=str(keys[-1]), why=error.message)
        return
    if scenario is not None and (why := never_reached(point, scenario)):
        yield mistake(
            keys,
            "{key}: '{point}' is never reached, for {why}.",
            key=str(keys[-1]),
            point=str(point),
            why=why,
        )


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
    """Yield points that can no longer come when it is their turn."""
    points: list[tuple[Keys, Point]] = [
        (("script", at, "when"), each.point) for at, each in enumerate(scenario.script)
    ]
    points.append((("end", "when"), scenario.end.point))
    let_go = next(
        (at for at, each in enumerate(scenario.script) if each.do is ActionKind.LET_GO), None
    )
    if let_go is not None and points[let_go][1].kind is PointKind.EXITED:
        yield mistake(points[let_go][0], "when: once the server has ended it cannot be let go.")
    for keys, point in points[let_go + 1 :] if let_go is not None else ():
        if point.kind in (PointKind.AFTER, PointKind.BEFORE):
            yield mistake(
                keys,
                "when: '{point}' is never reached here, for after 'let-go' no function is "
                "captured.",
                point=str(point),
            )
        elif point.kind is PointKind.PARKED:
            yield mistake(
                keys,
                "when: '{point}' cannot be known here: after 'let-go' nobody sees where "
                "goroutines park; use 'server idle'.",
                point=str(point),
            )
    earlier: list[Point] = []
    for keys, point in points:
        for before in earlier:
            if not own_program and (why := never_after(point, before)):
                yield mistake(
                    keys,
                    "when: '{point}' is never reached here, for {why}.",
                    point=str(point),
                    why=why,
                )
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
        ("drop_replies", action.drop_replies, ActionKind.CONNECT),
    )
    for key, given, deed in belongs:
        if given and do is not deed:
            yield mistake(
                (*keys, key),
                "{key} belongs to {action}, not to {do}.",
                key=key,
                action=ascii(deed.value),
                do=ascii(do.value),
            )
    if action.drop_replies and scenario.network not in ("tcp", "tcp4", "tcp6"):
        yield mistake(
            (*keys, "drop_replies"),
            "drop_replies needs a handshake, and {network} has none.",
            network=ascii(scenario.network),
        )
    if do is ActionKind.SEND and not action.data:
        yield mistake(keys, "missing key 'data': what 'send' sends.")
    if do in NO_CLIENTS and action.fails:
        yield mistake(
            (*keys, "fails"),
            "fails is about what a client does, and {do} is not.",
            do=ascii(do.value),
        )
    if action.fails and action.receives:
        yield mistake(
            (*keys, "receives"), "what fails receives nothing: leave out 'fails' or this."
        )
    if len(action.receives.encode()) > MOST_RECEIVED:
        yield mistake(
            (*keys, "receives"),
            "receives has {count} bytes; allowed are {most} at most.",
            count=len(action.receives.encode()),
            most=MOST_RECEIVED,
        )
    yield from failure_mistakes(action.fails, keys)
    listeners = 1 + len(scenario.server.also)
    if scenario.neighbour is not None and scenario.neighbour.hands_over:
        listeners += len(scenario.neighbour.also)
    if action.listener > listeners:
        yield Mistake(
            (*keys, "listener"),
            plural(
                "listener is {found}; there is {count} listener ('also' adds more).",
                "listener is {found}; there are {count} listeners ('also' adds more).",
                listeners,
                found=action.listener,
            ),
        )
    if do in NO_CLIENTS and (action.client, action.clients) != (1, 1):
        yield mistake(
            keys, "{do} is done by no client; leave 'client' and 'clients' out.", do=ascii(do.value)
        )
    if do is ActionKind.LET_GO and scenario.servers != ("go",):
        yield mistake(
            (*keys, "do"), "do is 'let-go', which the Go server alone can do: servers = [\"go\"]."
        )
    if own_program:
        return
    dials = scenario.server.program is Program.DIAL
    if do is ActionKind.ACCEPT and not (dials and scenario.neighbour is not None):
        yield mistake(
            (*keys, "do"),
            "do is 'accept', which takes the connection that the server has made to "
            "the neighbour: it needs program 'dial' in [server] and a table "
            "[neighbour].",
        )
    if do is ActionKind.CONNECT and dials:
        yield mistake((*keys, "do"), "do is 'connect', but the program 'dial' does not listen.")


class _ConnectedClients:
    """Tracks which clients have a connection, as far as the script itself shows."""

    def __init__(self) -> None:
        self._open: set[int] = set()

    def act(self, action: ScriptAction, keys: Keys) -> Iterator[Mistake]:
        does: dict[ActionKind, Callable[[ScriptAction, int], Message | None]] = {
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

    def _begin(self, action: ScriptAction, client: int) -> Message | None:
        if client in self._open:
            return message(
                "client {client} is connected already; give the new one another number.",
                client=client,
            )
        if not action.fails or action.fails == _STILL_TRYING:
            self._open.add(client)
        return None

    def _use(self, action: ScriptAction, client: int) -> Message | None:
        if client in self._open or action.fails in ("ENOTCONN", "EBADF"):
            return None
        return message(
            "client {client} is not connected here, so it cannot {do}: let it 'connect' first.",
            client=client,
            do=ascii(action.do.value),
        )

    def _end(self, action: ScriptAction, client: int) -> Message | None:
        wrong = self._use(action, client)
        self._open.discard(client)
        return wrong
