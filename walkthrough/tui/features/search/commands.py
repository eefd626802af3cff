"""What the actions of finding do: search, filter, copy, save the screen or a page."""

import asyncio
from pathlib import Path

from textual.widget import Widget

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.errors import MessageError
from walkthrough.i18n.system_errors import reason
from walkthrough.model.events import Header
from walkthrough.recording.output import OutputError
from walkthrough.tui.app_context import PageWriter
from walkthrough.tui.features.search import screenshot
from walkthrough.tui.features.search.bars import CopyBar, SearchInput
from walkthrough.tui.features.search.filter_controller import Filtering
from walkthrough.tui.features.search.keeping import keep, shortly
from walkthrough.tui.features.search.search_controller import Searching
from walkthrough.tui.screens.controller import Commands, Controller
from walkthrough.tui.screens.walk_context import Panes, WalkContext
from walkthrough.view import copied_text as copy_rows
from walkthrough.view.step import StepContext

_LENT = {"n": "next_match", "N": "previous_match"}
"""Keys that mean something else while a search is on."""


class FindController(Controller):
    """Searches, filters and copies: its bars lie above the key bar, or in its place."""

    def __init__(self, walk: WalkContext, panes: Panes) -> None:
        super().__init__(walk, panes)
        self._searching = Searching(walk, panes.source, self._arrange)
        self._filtering = Filtering(walk, panes.calls, self._arrange)
        self._copy_bar = CopyBar(close=self._asked)
        self._step: StepContext | None = None
        self._focus: Widget | None = None

    def commands(self) -> Commands:
        """Return what carries out each action."""
        return {
            "search": self.search,
            "next_match": self.next_match,
            "previous_match": self.previous_match,
            "filter": self.filter,
            "copy": self.copy,
            "copy_line": self.copy_line,
            "copy_call": self.copy_call,
            "copy_step": self.copy_step,
            "save_screen": self.save_screen,
            "save_page": self.save_page,
        }

    def above(self, id: str) -> tuple[Widget, ...]:
        """Return the bars, one of which may be visible."""
        bars = (self._filtering.bar, self._searching.bar, self._copy_bar)
        return bars if id == "keys" else ()

    def before(self, id: str) -> bool:
        """Take over what means something else while there is a search or a filter."""
        match id:
            case "unzoom":
                return self._escape()
            case "next_pane" | "previous_pane" if self._searching.editing:
                self._searching.switch(1 if id == "next_pane" else -1)
                return True
            case "next_pane" | "previous_pane" if self._filtering.editing:
                self._filtering.complete()
                return True
            case "step":
                return self._filtering.step(1)
            case "back":
                return self._filtering.step(-1)
        return False

    def clicked(self, index: int, *, roughly: bool) -> int:
        """Go to an event that passes the filter, where any nearby event will do."""
        return self._filtering.near(index) if roughly else index

    def shown(self, step: StepContext) -> None:
        """Follow the walk."""
        self._step = step
        self._searching.shown(step)
        self._filtering.shown(step)

    def translated(self) -> None:
        """Say it in another language."""
        self._searching.translated()
        self._filtering.translated()

    # Searching

    def search(self) -> None:
        """Let a text be typed, and search for it."""
        self._begin_typing()
        self._searching.open()

    def next_match(self) -> None:
        """Go to the next match."""
        self._searching.go(1)

    def previous_match(self) -> None:
        """Go to the match before."""
        self._searching.go(-1)

    # Filtering

    def filter(self) -> None:
        """Let a filter be typed."""
        self._begin_typing()
        self._filtering.open()

    # Copying

    def copy(self) -> None:
        """Ask what is to be copied."""
        tr = self.tr
        self._remember_focus()
        labels = (tr("source line"), tr("system call"), tr("whole step"))
        self._copy_bar.ask(tr("Copy"), labels)
        self._walk.set_modes({"-copying": True})
        self._walk.set_focus(self._copy_bar)

    def copy_line(self) -> None:
        """Copy the source line."""
        text = copy_rows.source_line(self._step) if self._step is not None else ""
        self._copy(text, self.tr("There is no source line here to copy."))

    def copy_call(self) -> None:
        """Copy the system call."""
        text = copy_rows.system_call(self._step) if self._step is not None else ""
        self._copy(text, self.tr("There is no system call yet to copy."))

    def copy_step(self) -> None:
        """Copy the whole step."""
        tr = self.tr
        text = copy_rows.whole_step(self._step, tr) if self._step is not None else ""
        self._copy(text, tr("There is no event yet to copy."))

    def _copy(self, text: str, nothing: str) -> None:
        if not text:
            self._walk.say(nothing)
            return
        self._walk.program.copy_to_clipboard(text)
        tr, kept = self.tr, keep(text)
        if kept is None:
            self._walk.say(
                tr.plural(
                    "Sent to the terminal's clipboard: {count} character. Not every terminal "
                    "takes it.",
                    "Sent to the terminal's clipboard: {count} characters. Not every terminal "
                    "takes them.",
                    len(text),
                )
            )
        else:
            self._walk.say(
                tr.plural(
                    "Copied, {count} character. Where the terminal does not take it, it is in "
                    "{file}.",
                    "Copied, {count} characters. Where the terminal does not take them, they are "
                    "in {file}.",
                    len(text),
                    file=shortly(kept),
                )
            )

    def _asked(self) -> None:
        if self._walk.has_mode("-copying"):
            self._walk.set_modes({"-copying": False})
            if self._copy_bar.has_focus:
                self._restore_focus()

    # The picture

    def save_screen(self) -> None:
        """Save the screen as a picture in the current folder, with no message lying over it."""
        self._walk.program.clear_notifications()
        self._walk.run_worker(self._save_uncovered(), group="picture")

    async def _save_uncovered(self) -> None:
        await self._walk.take_messages_away()
        self._walk.call_after_refresh(self._save)

    def _save(self) -> None:
        history = self._walk.history
        scenario = history.header.scenario if history is not None else ""
        name = screenshot.file_name(scenario, self._walk.status.index + 1)
        svg = screenshot.self_contained(self._walk.program.export_screenshot())
        tr = self.tr
        try:
            path = screenshot.save(svg, Path(), name)
        except (OSError, OutputError) as error:
            why = reason(error)
            self._walk.say(tr("The screen could not be saved as {file}: {why}", file=name, why=why))
            return
        self._walk.say(tr("The screen is saved: {file}", file=path.name))

    # The page

    def save_page(self) -> None:
        """Save the walk so far as a page in the current folder; it takes a few seconds."""
        writer, history = self._walk.program.page_writer, self._walk.history
        if writer is None or history is None:
            self._walk.say(self.tr("Pages are made by `walkthrough export` alone."))
            return
        self._walk.say(self.tr("The page is being made …"))
        lines = history.lines(0, len(history))
        work = self._write_page(writer, history.header, lines)
        self._walk.run_worker(work, group="page", exclusive=True)

    async def _write_page(self, writer: PageWriter, header: Header, lines: list[bytes]) -> None:
        name, tr = screenshot.page_name(header.scenario), self.tr
        try:
            page, remark = await asyncio.to_thread(writer, header, lines)
            path = screenshot.save(page, Path(), name)
        except (OSError, MessageError) as error:
            why = error.message if isinstance(error, MessageError) else reason(error)
            self._walk.say(tr("The page could not be saved as {file}: {why}", file=name, why=why))
            return
        saved = tr("The page is saved: {file}", file=path.name)
        self._walk.say(tr.sentences((saved, tr.text(remark))) if remark else saved)

    # What is at the bottom, and which widget has the focus

    @property
    def tr(self) -> Catalogue:
        """The catalogue of the language of the walk."""
        return self._walk.tr

    def _escape(self) -> bool:
        """End what was begun last; return whether there was anything."""
        if self._filtering.editing:
            self._filtering.close()
        elif self._searching.on:
            self._searching.close()
        else:
            return False
        return True

    def _begin_typing(self) -> None:
        """Type in one line at a time."""
        self._remember_focus()
        if self._filtering.editing:
            self._filtering.close()
        if self._searching.editing:
            self._searching.close()

    def _arrange(self) -> None:
        """Show the bars that are needed, and override keys."""
        walk, searching, filtering = self._walk, self._searching, self._filtering
        typing = searching.editing or filtering.editing
        walk.set_modes(
            {
                "-searching": searching.on,
                "-filtering": filtering.on or filtering.editing,
                "-typing": typing,
            }
        )
        if isinstance(walk.focused, SearchInput) and not typing:
            self._restore_focus()
        walk.override_keys(_LENT if searching.on else {})

    def _remember_focus(self) -> None:
        focused = self._walk.focused
        if not isinstance(focused, SearchInput | CopyBar):
            self._focus = focused

    def _restore_focus(self) -> None:
        self._walk.give_keys_back(self._focus)
        self._focus = None
