"""Checks what the clients did against the script: every action, with its promised outcome."""

from collections.abc import Iterator, Sequence

from walkthrough.formatting.escaping import printable
from walkthrough.i18n.messages import Message, message, plural
from walkthrough.model.events import ClientActed
from walkthrough.scenario.checks.promise_miss import PromiseMiss
from walkthrough.scenario.schema import NO_CLIENTS, ActionKind, ScriptAction

_MOST_REPORTED = 5
_LONGEST = 100


class ClientCheck:
    """Follows the script along the clients' actions."""

    def __init__(self, script: Sequence[ScriptAction]) -> None:
        self._script = [
            (number, action)
            for number, action in enumerate(script, 1)
            if action.do not in NO_CLIENTS
        ]
        self._at = 0
        self._done = 0
        self._short = 0
        self._absent: list[range] = []  # those that did not connect, and so do nothing later
        self._wrong: list[PromiseMiss] = []

    def fold(self, event: ClientActed) -> None:
        """Record what a client, or a group of clients, did."""
        while self._at < len(self._script):
            number, action = self._script[self._at]
            due = action.client + self._done
            last = action.client + action.clients - 1
            if event.action == action.do and due <= event.client <= last:
                self._short += event.client - due
                self._judge(number, action, event)
                self._done = event.client + event.clients - action.client
                if self._done >= action.clients:
                    self._next()
                return
            left = range(action.client + self._done, action.client + action.clients)
            if not self._done and action.clients == 1 and not self._is_absent(action.client):
                break  # a whole batch may be missing, for lack of descriptors
            if action.do is ActionKind.CONNECT:
                self._absent.append(left)
            self._short += len(left)
            self._next()
        said = message(
            "Client {client} did {action}, which the script does not ask for there.",
            client=event.client,
            action=ascii(event.action),
        )
        self._wrong.append(PromiseMiss(said, event.seq))

    def _is_absent(self, client: int) -> bool:
        return any(client in absent for absent in self._absent)

    def _next(self) -> None:
        self._at, self._done = self._at + 1, 0

    def _judge(self, number: int, action: ScriptAction, event: ClientActed) -> None:
        failed = event.error.name or str(event.error.raw) if event.error is not None else ""
        receives = action.receives.encode("utf-8")
        said: Message | None = None
        if failed != action.fails:
            said = message(
                "Action {number} of the script, {action} by client {client}, was to {promised}"
                ", and {came}.",
                promised=message("fail with {error}", error=action.fails)
                if action.fails
                else message("succeed"),
                came=message("failed with {error}", error=failed)
                if failed
                else message("succeeded"),
            )
        elif receives and not event.omitted and event.data != receives:
            said = message(
                "Action {number} of the script, {action} by client {client}, was to receive "
                "{wanted}, and received {found}.",
                wanted=_quoted(receives),
                found=_quoted(event.data)
                if event.data
                else message("nothing (the end of the stream)"),
            )
        if said is not None:
            named = said.with_fields(
                number=number, action=ascii(action.do.value), client=event.client
            )
            self._wrong.append(PromiseMiss(named, event.seq))

    def misses(self, lost: int, finished: bool) -> Iterator[PromiseMiss]:
        """Yield what was promised and not seen.

        Args:
            lost: Clients that this machine had no descriptors for: they are not expected.
            finished: Whether the script is done; if not, that is reported elsewhere.
        """
        yield from self._wrong[:_MOST_REPORTED]
        if more := self._wrong[_MOST_REPORTED:]:
            said = plural(
                "{count} more action of clients did not come out as promised.",
                "{count} more actions of clients did not come out as promised.",
                len(more),
            )
            yield PromiseMiss(said, more[0].event)
        rest = sum(action.clients for _, action in self._script[self._at :]) - self._done
        missing = self._short + (rest if finished else 0) - lost
        if missing > 0:
            yield PromiseMiss(
                message("{count} of the clients in the script did not act.", count=missing)
            )


def _quoted(data: bytes) -> str:
    shown = printable(data[:_LONGEST])
    return f"'{shown}'{'...' if len(data) > _LONGEST else ''}"
