"""What the action of a client's own line does: ask for it, and let the clients act."""

from walkthrough.tui.features.client.act_parser import LONGEST, complete, explain, parse_act
from walkthrough.tui.screens.controller import Commands, Controller
from walkthrough.tui.widgets.prompt import PromptRequest


class ClientController(Controller):
    """Lets clients do what somebody types."""

    def commands(self) -> Commands:
        """Return what carries out the action."""
        return {"client_line": self.ask}

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
