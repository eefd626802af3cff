"""The script of an attended session: says what comes next and whether it is due, and does it."""

from collections.abc import Callable

from walkthrough.capture.errors import CaptureError
from walkthrough.capture.session.script_runner import ScriptRunner
from walkthrough.i18n.messages import Message, message
from walkthrough.model.protocol import ActCommand, ActionOffered, ActionSkipped
from walkthrough.state.triggers import PointKind
from walkthrough.state.world import World


class OfferedScript:
    """What a script would do, offered to somebody who decides when.

    Args:
        runner: Lets the clients act.
        world: Returns the world now.
        emit: Receives what is to be told: each offer that differs from the one before.
    """

    def __init__(
        self,
        runner: ScriptRunner,
        world: Callable[[], World],
        emit: Callable[[ActionOffered | ActionSkipped], None],
    ) -> None:
        self._runner = runner
        self._script = runner.script
        self._world = world
        self._emit = emit
        self._told = ActionOffered()
        self._was_due = False

    def becomes_due(self) -> bool:
        """Return whether what comes next has become due with the newest event.

        Somebody who lets the server go on shall not miss it. What is due while the server rests
        does not count: then it stands still anyway.
        """
        due = self._script.is_due(self._world(), resting=False)
        became, self._was_due = due and not self._was_due, due
        return became

    @property
    def only_waits_for_rest(self) -> bool:
        """Whether what was offered last is due as soon as the server has come to rest."""
        return self._told.rests

    def tell(self, resting: bool, *, halted: bool = False) -> None:
        """Say what comes next, if that is news.

        Args:
            resting: Whether the server is at rest, or has ended.
            halted: Whether a thread of it is halted all the same, and can be let go on.
        """
        self._skip_gone()
        offer = self._offer(resting, halted)
        if offer != self._told:
            self._told = offer
            self._emit(offer)
        self._was_due = self._script.is_due(self._world(), resting=False)

    def take(self, resting: bool, *, early: bool = False) -> Message | str | None:
        """Do what comes next; return why not, if it is not due.

        Of very many clients it is a part; `is_amid` is true until they are done.

        Args:
            resting: Whether the server is at rest, or has ended.
            early: Whether it is done as well if it is not due, while the server rests.
        """
        self._skip_gone()
        turn = self._script.turn(self._world(), resting, early=early and resting)
        if turn is None:
            if not self._script.left:
                return message("The scenario's clients have done all that its script says.")
            return message("What the scenario's client does next is not due yet.")
        try:
            self._runner.take(turn)
        except CaptureError as error:
            self._script.skip()  # or nothing behind it could ever be done
            return error.message
        return None

    def leave_out(self) -> None:
        """Pass over what comes next, unless it is being done."""
        if self._script.left and not self.is_amid:
            self._script.leave_out()

    def act(self, act: ActCommand) -> None:
        """Let a client act as somebody asks.

        Raises:
            CaptureError: It is impossible.
        """
        self._runner.act(act)

    @property
    def is_amid(self) -> bool:
        """Whether a batch of clients has begun and is not done."""
        return self._script.is_amid

    def outlives_the_server(self, begun: bool) -> bool:
        """Return whether clients still have something to do once the server has ended.

        Args:
            begun: Whether they have done something since: then what follows at once counts, too.
        """
        self._script.skip_gone()
        left = self._script.left
        ends = bool(left) and left[0].point.kind is PointKind.EXITED
        return (ends or begun) and self._script.is_due(self._world(), resting=True)

    def _skip_gone(self) -> None:
        if gone := self._script.skip_gone():
            number = self._script.number(gone[0].client)
            self._emit(ActionSkipped(action=gone[0].do.value, client=number, count=len(gone)))

    def _offer(self, resting: bool, halted: bool) -> ActionOffered:
        left = self._script.left
        if not left:
            return ActionOffered()
        action, world = left[0], self._world()
        client, clients = self._script.next_clients()
        due = not self.is_amid and self._script.is_due(world, resting)
        reached = self.is_amid or self._script.is_reached(world, resting)
        return ActionOffered(
            action=action.do.value,
            client=client,
            clients=clients,
            data=action.payload,
            to=action.to,
            listener=action.listener,
            drop_replies=action.drop_replies,
            due=due,
            when="" if reached else action.when,
            rests=not reached and self._script.is_reached(world, resting=True),
            stalled=resting and not halted and not due and not self.is_amid,
            left=len(left),
        )
