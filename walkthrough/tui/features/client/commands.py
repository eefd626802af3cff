"""Lets clients do what somebody types, and what the scenario's script does next."""

from walkthrough.model.protocol import NextActCommand
from walkthrough.tui.features.client.act_parser import LONGEST, complete, explain, parse_act
from walkthrough.tui.features.client.stalled_act import StalledActScreen
from walkthrough.tui.screens.controller import Commands, Controller
from walkthrough.tui.widgets.prompt import PromptRequest
from walkthrough.view.next_act import StalledAct


class ClientController(Controller):
    """Lets clients act."""

    def commands(self) -> Commands:
        """Return what carries out the action."""
        return {"client_line": self.ask, "next_act": self.next_act}

    def next_act(self) -> None:
        """Let the clients do what the script would do next; if it is not due, ask about it."""
        live, status = self._walk.live, self._walk.status
        if live is None:
            return
        self._walk.move_to_end()
        if status.act_is_stalled and status.offered is not None:
            tr, hushed = self._walk.tr, self._walk.hushed
            self._walk.ask(StalledActScreen(status.offered, tr, hushed=hushed), self._stalled)
        else:
            live.let_act(NextActCommand())

    def _stalled(self, answer: int | None) -> None:
        """Do what was chosen; None for going on waiting."""
        live = self._walk.live
        if live is None or answer is None:
            return
        if answer == StalledAct.LEAVE_OUT:
            live.skip_act()
        else:
            live.let_act(NextActCommand(early=True))

    def ask(self) -> None:
        """Ask what a client is to do."""
        tr = self._walk.tr
        self._walk.move_to_end()
        self._walk.prompt.ask(
            PromptRequest(
                tr("Client"),
                tr("connect 5, send hello, close 1 · Tab"),
                self._typed,
                longest=LONGEST,
                explain=lambda text: explain(text, self._walk.tr),
                complete=complete,
            )
        )

    def _typed(self, text: str) -> str:
        """Let the clients act; return what is wrong with what was typed, "" if nothing is."""
        live, history, tr = self._walk.live, self._walk.history, self._walk.tr
        if live is None or history is None or not live.mode.live:
            return tr("The capture has ended; step back to look at what happened.")
        if not text.strip():
            return ""
        known = history.world(len(history) - 1).clients
        command = parse_act(text, known, tr)
        if isinstance(command, str):
            return command
        self._walk.prompt.leave()
        live.let_act(command)
        return ""
