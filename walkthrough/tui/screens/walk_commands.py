"""What the walk's own actions do: it moves the cursor, commands the capture, arranges the panes."""

from functools import partial

from walkthrough.tui.panes.registry import PANES
from walkthrough.tui.screens.controller import Commands, Controller
from walkthrough.tui.screens.help import HelpScreen
from walkthrough.tui.screens.status import WalkMode
from walkthrough.tui.widgets.action import next_catalogue


class WalkController(Controller):
    """The actions of one walk; whether one is allowed now was asked before (`Action.refusal`)."""

    def commands(self) -> Commands:
        """Return what carries out each action."""
        return {
            "step": self.step,
            "back": self.back,
            "next_stage": self.next_stage,
            "previous_stage": self.previous_stage,
            "next_change": self.next_change,
            "previous_change": self.previous_change,
            "run": self.run,
            "pause": self.pause,
            "first": self.first,
            "edge": self.edge,
            "connect": self.connect,
            "accept": self.accept,
            "send": self.send,
            "receive": self.receive,
            "half_close": self.half_close,
            "close_client": self.close_client,
            "reset_client": self.reset_client,
            **{f"pane_{each.id}": partial(self.pane, each.id) for each in PANES},
            "next_pane": self.next_pane,
            "previous_pane": self.previous_pane,
            "zoom": self.zoom,
            "unzoom": self.unzoom,
            "language": self.language,
            "help": self.help,
            "palette": self.palette,
            "leave": self.leave,
            "quit": self.quit,
        }

    def step(self) -> None:
        """Go to the next event, or release the server to it."""
        if self._walk.live is not None and self._walk.status.at_edge:
            self._walk.live.step()
        elif self._walk.history is not None:
            self._walk.move_to(self._walk.history.next_step(self._walk.status.index))

    def back(self) -> None:
        """Go to the event before."""
        if self._walk.history is not None:
            self._walk.move_to(self._walk.history.previous_step(self._walk.status.index))

    def next_stage(self) -> None:
        """Go to where another stage begins, once that is read; live, release until it does."""
        history, here = self._walk.history, self._walk.status.index
        if history is None:
            return
        if self._walk.reader.want_stage(here, self._walk.staying):
            self._walk.tell_header()
        elif self._is_ahead(history.stage_after(here), history.next_stage(here)):
            assert self._walk.live is not None
            self._walk.live.next_stage()

    def previous_stage(self) -> None:
        """Go back to where the stage before began."""
        if self._walk.history is not None:
            self._walk.move_to(self._walk.history.previous_stage(self._walk.status.index))

    def next_change(self) -> None:
        """Go to the next change, once that is read; live, release until something changes."""
        history, here = self._walk.history, self._walk.status.index
        if history is None:
            return
        if self._walk.reader.want_change(here, self._walk.staying):
            self._walk.tell_header()
        elif self._is_ahead(history.change_after(here), history.next_change(here)):
            assert self._walk.live is not None
            self._walk.live.next_change()

    def previous_change(self) -> None:
        """Go back to the change before."""
        if self._walk.history is not None:
            self._walk.move_to(self._walk.history.previous_change(self._walk.status.index))

    def _is_ahead(self, known: int | None, index: int) -> bool:
        """Go to ``index``; True if what was looked for is not known and a halted server has it."""
        self._walk.move_to(index)
        live = self._walk.live
        return known is None and live is not None and live.mode is WalkMode.HALTED

    def run(self) -> None:
        """Let the server run, or halt it; in a replay, go to the end."""
        if self._walk.live is None or not self._walk.live.mode.live:
            self.edge()
        elif self._walk.live.mode is WalkMode.RUNNING:
            self._walk.live.pause()
        elif self._walk.status.traced is not None and self._walk.live.mode is WalkMode.WAITING:
            self.edge()
            if self._walk.live.halts_once_woken:
                self._walk.live.run()
            else:
                self._walk.live.pause()
            self._walk.show()
        else:
            self.edge()
            if self._walk.live.mode is WalkMode.HALTED:
                self._walk.live.run()
                self._walk.show()

    def pause(self) -> None:
        """Halt the server at its next event."""
        live = self._walk.live
        if live is not None:
            live.pause()
            if live.mode is not WalkMode.HALTED and self._walk.status.traced is None:
                self._walk.say(self._walk.tr("The server will halt at its next event."))

    def first(self) -> None:
        """Go to the first event that is not quiet."""
        if self._walk.history is not None:
            self._walk.move_to(self._walk.history.beginning())

    def edge(self) -> None:
        """Go to the newest event."""
        self._walk.move_to_end()

    def connect(self) -> None:
        """Let a new client connect."""
        self._act("connect")

    def accept(self) -> None:
        """Take the connection that the server has made to its neighbour."""
        self._act("accept")

    def send(self) -> None:
        """Let a client send."""
        self._act("send")

    def receive(self) -> None:
        """Let a client receive."""
        self._act("receive")

    def half_close(self) -> None:
        """Let a client end its side."""
        self._act("half-close")

    def close_client(self) -> None:
        """Let a client close."""
        self._act("close")

    def reset_client(self) -> None:
        """Let a client reset its connection."""
        self._act("reset")

    def _act(self, action: str) -> None:
        """Let a client act, and look at the newest event, where it will be seen."""
        if self._walk.live is not None:
            self.edge()
            self._walk.live.act(action)

    def pane(self, id: str) -> None:
        """Go to a pane, or zoom it."""
        self._walk.arrangement.choose(id)

    def next_pane(self) -> None:
        """Go to the next pane."""
        self._walk.arrangement.turn(1)

    def previous_pane(self) -> None:
        """Go to the pane before."""
        self._walk.arrangement.turn(-1)

    def zoom(self) -> None:
        """Zoom the pane, or show all again."""
        self._walk.arrangement.zoom()

    def unzoom(self) -> None:
        """Show all panes."""
        self._walk.arrangement.unzoom()

    def language(self) -> None:
        """Switch the language."""
        self._walk.speak(next_catalogue(self._walk.language).language)

    def help(self) -> None:
        """Show the keys."""
        self._walk.ask(HelpScreen(self._walk.tr), self._clicked)

    def _clicked(self, id: str | None) -> None:
        if id:
            self._walk.action_perform(id)

    def palette(self) -> None:
        """Search the actions."""
        self._walk.program.action_command_palette()

    def leave(self) -> None:
        """End the server, and go back to home if the walk was opened there."""
        if self._walk.status.from_home:
            self._walk.action_perform("home")
        else:
            self.quit()

    def quit(self) -> None:
        """End the server and leave."""
        self._walk.leave()
