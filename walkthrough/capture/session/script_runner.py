"""Lets the clients act: as the script of an unattended session says, or as somebody asks."""

from collections.abc import Iterable, Iterator

import msgspec

from walkthrough.capture.clients.client import Clients
from walkthrough.capture.clients.dialling import CONNECT_SECONDS, HandshakeTimeout
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.session.memory_usage import measure
from walkthrough.capture.session.recorder import SessionRecorder
from walkthrough.capture.session.script import BEGINS, DueAction, Script, command_of
from walkthrough.capture.session.session_plan import SessionPlan
from walkthrough.capture.session.target import Target
from walkthrough.formatting.escaping import printable
from walkthrough.i18n.messages import Message, message, plural
from walkthrough.model.events import ClientActed
from walkthrough.model.protocol import ActCommand
from walkthrough.scenario.checks.stderr import last_words
from walkthrough.scenario.schema import ActionKind, ScriptAction

BATCH_SECONDS = 2.0
"""How long a batch of clients waits in total for handshakes that do not complete."""
FEW = 16
"""Of as many clients that act together, the kernel is looked at after each."""
MOST_AT_ONCE = 1000
"""How many clients can be asked to act at once, other than by the script."""


class ScriptRunner:
    """Runs one script.

    Args:
        plan: Whose script.
        target: The server.
        clients: Who acts.
        recorder: Where it is recorded.
        offered: Whether the session is attended, and the script only says what it would do.

    Attributes:
        unfollowed: How many clients have connected since detail has ended.
    """

    def __init__(
        self,
        plan: SessionPlan,
        target: Target,
        clients: Clients,
        recorder: SessionRecorder,
        *,
        offered: bool = False,
    ) -> None:
        self._target = target
        self._clients = clients
        self._recorder = recorder
        self.script = Script(plan.script, plan.end, clients, offered=offered)
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
            self.take(turn)
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

    def take(self, turn: DueAction) -> None:
        """Do what is due.

        Raises:
            CaptureError: It cannot be executed; it counts as not done.
        """
        self._recorder.observe(must=turn.first == turn.action.client)
        match turn.action.do:
            case ActionKind.MEASURE:
                self._measure()
            case ActionKind.LET_GO:
                self._target.let_go()
                self._recorder.end_detail()
            case _:
                self._let_act(turn)
        self._recorder.observe(must=turn.clients == turn.action.clients)
        self.script.done(turn)

    def act(self, act: ActCommand) -> None:
        """Let clients act as somebody asks; the script counts what it would have done itself.

        Raises:
            CaptureError: That is impossible, or too many are asked to at once.
        """
        if not 1 <= act.clients <= MOST_AT_ONCE:
            raise CaptureError(
                plural(
                    "At most {count} client can act at once: ask for fewer.",
                    "At most {count} clients can act at once: ask for fewer.",
                    MOST_AT_ONCE,
                )
            )
        self._recorder.observe()
        patience = HandshakeTimeout(BATCH_SECONDS if act.clients > 1 else CONNECT_SECONDS)
        numbers = range(act.client, act.client + act.clients) if act.client else [0] * act.clients
        for number in numbers:
            one = msgspec.structs.replace(act, client=number, clients=1)
            self._recorder.act_begins()
            acted = self._clients.act(one, patience)
            self._recorder.write_now(acted)
            self._recorder.write_packets()
            self.script.note(acted, one)
            if act.clients <= FEW:
                self._recorder.observe()
        self._recorder.observe()

    def _let_act(self, turn: DueAction) -> None:
        patience = HandshakeTimeout(BATCH_SECONDS)
        number_of = self.script.new_number if turn.action.do in BEGINS else self.script.number
        acted = (
            self._acted(turn.action, number_of(client), patience)
            for client in range(turn.first, turn.first + turn.clients)
        )
        detailed = self._recorder.world.detailed
        for event in acted if detailed else merge_acts(acted):
            self._recorder.write(event)
            self._recorder.write_packets()
            if detailed and turn.action.clients <= FEW:
                self._recorder.observe()  # or this would show in the step of the next client
            if not detailed and event.error is None and turn.action.do in BEGINS:
                self.unfollowed += event.clients

    def _acted(self, action: ScriptAction, number: int, patience: HandshakeTimeout) -> ClientActed:
        self._recorder.act_begins()
        event = self._clients.act(command_of(action, number), patience)
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
