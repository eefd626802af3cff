"""Runs the script of an unattended session, and knows when it is over."""

from collections.abc import Iterable, Iterator

import msgspec

from walkthrough.capture.clients.client import Clients
from walkthrough.capture.clients.dialling import HandshakeTimeout
from walkthrough.capture.session.memory_usage import measure
from walkthrough.capture.session.recorder import SessionRecorder
from walkthrough.capture.session.script import DueAction, Script
from walkthrough.capture.session.target import Target
from walkthrough.formatting.escaping import printable
from walkthrough.i18n.messages import Message, message
from walkthrough.model.events import ClientActed, DetailEnded
from walkthrough.model.protocol import ActCommand
from walkthrough.scenario.checks.stderr import last_words
from walkthrough.scenario.schema import ActionKind, Scenario, ScriptAction

_BEGINS = (ActionKind.CONNECT, ActionKind.ACCEPT)
BATCH_SECONDS = 2.0
"""How long a batch of clients waits in total for handshakes that do not complete."""


class ScriptRunner:
    """Runs one script.

    Args:
        scenario: Whose script.
        target: The server.
        clients: Who acts.
        recorder: Where it is recorded.

    Attributes:
        unfollowed: How many clients have connected since detail has ended.
    """

    def __init__(
        self, scenario: Scenario, target: Target, clients: Clients, recorder: SessionRecorder
    ) -> None:
        self._target = target
        self._clients = clients
        self._recorder = recorder
        self.script = Script(scenario.script, scenario.end, clients)
        self._failed: ClientActed | None = None
        self.unfollowed = 0

    def run_due(self, resting: bool, exited: bool = False) -> bool:
        """Do all that is due; return whether the script is over.

        Args:
            resting: Whether the server stands still.
            exited: Whether it has ended: then nothing can have an effect any more.

        Raises:
            CaptureError: An action cannot be executed.
        """
        recorder = self._recorder
        while (turn := self.script.turn(recorder.world, resting)) is not None:
            self._take(turn)
            self.script.done(turn)
            resting = exited
        return self.script.over(recorder.world, resting)

    @property
    def complaint(self) -> Message | None:
        """What went wrong, if a client failed or the server printed an error; None otherwise."""
        output = self._recorder.world.output
        if said := last_words(
            b"".join(d for stream, d in output if stream == 2 and isinstance(d, bytes))
        ).strip():
            return message("the server said: {words}", words=printable(said))
        if self._failed is not None and self._failed.error is not None:
            error = self._failed.error
            return message(
                "client {client} could not {action} ({error})",
                client=self._failed.client,
                action=self._failed.action,
                error=str(error.name),
            )
        return None

    @property
    def unfinished(self) -> ScriptAction | None:
        """The first action of the script that never became due."""
        return self.script.left[0] if self.script.left else None

    def _take(self, turn: DueAction) -> None:
        self._recorder.observe(must=turn.first == turn.action.client)
        match turn.action.do:
            case ActionKind.MEASURE:
                self._measure()
            case ActionKind.LET_GO:
                self._target.let_go()
                self._recorder.write_now(DetailEnded(seq=-1, time_ns=0))
            case _:
                self._let_act(turn)
        self._recorder.observe(must=turn.clients == turn.action.clients)

    def _let_act(self, turn: DueAction) -> None:
        patience = HandshakeTimeout(BATCH_SECONDS)
        acted = (
            self._acted(turn.action, number, patience)
            for number in range(turn.first, turn.first + turn.clients)
        )
        detailed = self._recorder.world.detailed
        for event in acted if detailed else merge_acts(acted):
            self._recorder.write(event)
            if not detailed and event.error is None and turn.action.do in _BEGINS:
                self.unfollowed += event.clients

    def _acted(self, action: ScriptAction, number: int, patience: HandshakeTimeout) -> ClientActed:
        event = self._clients.act(
            ActCommand(
                action=action.do.value,
                client=number,
                data=action.payload,
                to=action.to,
                listener=action.listener,
                drop_replies=action.drop_replies,
            ),
            patience,
        )
        if event.error is not None and event.error.name != action.fails:
            self._failed = event
        return msgspec.structs.replace(event, time_ns=self._recorder.elapsed())

    def _measure(self) -> None:
        kernel = self._recorder.kernel
        if kernel is not None:
            world = self._recorder.world
            output = [(to, data) for to, data in world.output if isinstance(data, bytes)]
            measured = measure(self._target.pid, kernel, output, self._recorder.buffers())
            self._recorder.write_now(measured)


def merge_acts(acted: Iterable[ClientActed]) -> Iterator[ClientActed]:
    """Merge equal actions of consecutive clients; those that moved data stay separate."""
    joined: ClientActed | None = None
    for event in acted:
        if joined is not None and not event.data and _alike(joined, event):
            joined = msgspec.structs.replace(joined, clients=joined.clients + 1)
            continue
        if joined is not None:
            yield joined
        joined = event
    if joined is not None:
        yield joined


def _alike(joined: ClientActed, event: ClientActed) -> bool:
    return (
        not joined.data
        and joined.client + joined.clients == event.client
        and (joined.action, joined.error, joined.remote)
        == (event.action, event.error, event.remote)
    )
