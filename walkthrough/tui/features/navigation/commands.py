"""What the actions of the timeline do: go somewhere, and keep bookmarks."""

from collections.abc import Callable

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import Message, message
from walkthrough.model.events import Header
from walkthrough.state.history import History
from walkthrough.tui.features.navigation.bookmark_list import (
    BookmarkChoice,
    BookmarkList,
    BookmarkListing,
)
from walkthrough.tui.features.navigation.goto_parser import destination, is_number
from walkthrough.tui.features.navigation.pending_goto import PendingGoto
from walkthrough.tui.panes.timeline.pane import TimelinePane
from walkthrough.tui.screens.controller import Commands, Controller
from walkthrough.tui.screens.walk_context import Panes, WalkContext
from walkthrough.tui.widgets.prompt import PromptRequest
from walkthrough.user_data.bookmarks import (
    LONGEST_NOTE,
    BookmarkComplaint,
    BookmarkFault,
    Bookmarks,
)
from walkthrough.view.step import StepContext
from walkthrough.view.timeline.rows import Band, clock
from walkthrough.view.timeline.status_line import whose_step


class TimelineController(Controller):
    """Goes to events, times and stages, and keeps the bookmarks.

    Args:
        walk: The walk.
        panes: Its panes.
        bookmarks_of: Finds the bookmarks of what is walked.
    """

    def __init__(
        self, walk: WalkContext, panes: Panes, bookmarks_of: Callable[[Header], Bookmarks]
    ) -> None:
        super().__init__(walk, panes)
        self._bookmarks_of = bookmarks_of
        self._bookmarks: Bookmarks | None = None
        self._prompt = walk.prompt
        self._complaints: list[BookmarkComplaint] = []
        self._asked: int | None = None  # the event that was asked for by its number
        self._seeking = PendingGoto(walk, panes.timeline, self._find, self._arrive)

    def commands(self) -> Commands:
        """Return what carries out each action."""
        return {
            "go_to": self.go_to,
            "bookmark": self.bookmark,
            "list_bookmarks": self.list_bookmarks,
            "previous_bookmark": self.previous_bookmark,
            "next_bookmark": self.next_bookmark,
        }

    def mounted(self) -> None:
        """Prepare to search for what was asked."""
        self._seeking.mounted()

    def before(self, id: str) -> bool:
        """Close the prompt: any other action replaces it."""
        self._prompt.leave()
        self._asked = None
        return id == "unzoom" and self._seeking.give_up()

    def shown(self, step: StepContext) -> None:
        """Get the bookmarks as soon as it is known what they belong to."""
        if self._bookmarks is None:
            self._bookmarks = self._bookmarks_of(step.history.header)
            self._marked()
        self._say_where(step.history, step.index)
        self._seeking.shown(step.index)

    def translated(self) -> None:
        """Close the prompt, since its language has changed."""
        self._prompt.leave()

    def go_to(self) -> None:
        """Ask where to go, and go there."""
        history = self._walk.history
        if history is not None and len(history):
            hint = self.tr("event 1–{last}, time (12.5ms, 1.2s) or stage (bind)", last=len(history))
            self._prompt.ask(PromptRequest(self.tr("Go to"), hint, self._go, again="g"))
        else:
            self._walk.say(self.tr("There is no event yet."))

    def _go(self, typed: str) -> str:
        found = self._find(typed)
        if isinstance(found, str):
            return found
        if found is None:
            self._seeking.begin(typed)
        else:
            self._arrive(typed, found)
        self._prompt.leave()  # last: what it lays out is then drawn together with the rest
        return ""

    def _find(self, typed: str) -> int | str | None:
        """Return where to go, what is wrong, or None if that is not known yet."""
        history, facts = self._walk.history, self._pane.timeline
        assert history is not None
        assert facts is not None
        index, count = self._walk.status.index, len(history)
        more = self._walk.reader.going_on
        found = destination(typed, facts, index, count, self.tr, more=more)
        if more and isinstance(found, int) and found < count <= history.step_end(found) + 1:
            return None  # the rest of its step is still to come
        return found

    def _arrive(self, typed: str, found: int) -> None:
        history = self._walk.history
        assert history is not None
        self._asked = found if is_number(typed) else None
        self._walk.move_to(history.beginning() if not typed.strip() else found)

    def _say_where(self, history: History, index: int) -> None:
        """Say so if the step that was reached is about another event than was asked for.

        Beside the position, which says another number: a message would cost more than the jump.
        """
        asked = self._asked
        if asked is None:
            return
        if asked >= len(history):
            if history.whole:  # it was to come, and did not
                self._asked = None
                self._walk.say(self.tr("Events are 1 to {last}.", last=len(history)))
        elif index == history.step_end(asked):
            self._asked = None
            if index != asked:
                self._walk.remark(whose_step(history, asked, self.tr))

    def bookmark(self) -> None:
        """Ask for a note, and set a bookmark here; or edit the one that is here."""
        here = self._here()
        if here is not None:
            self._edit(here)

    def list_bookmarks(self) -> None:
        """List the bookmarks."""
        history, here = self._walk.history, self._here()
        if history is None or here is None:
            return
        listed = BookmarkListing(
            bookmarks=self._kept.all,
            about=lambda seq: self._about(history, seq),
            number=self._number,
            remove=self._remove,
            here=here,
            remarks=tuple(_said(one, self.tr) for one in self._complaints),
        )
        self._walk.ask(BookmarkList(listed, self.tr), self._chosen)

    def previous_bookmark(self) -> None:
        """Go back to the bookmark before."""
        here = self._here()
        if here is not None:
            self._jump(self._kept.before(here), self.tr("There is no bookmark before this event."))

    def next_bookmark(self) -> None:
        """Go to the next bookmark."""
        here = self._here()
        if here is not None:
            self._jump(self._kept.after(here), self.tr("There is no bookmark after this event."))

    @property
    def tr(self) -> Catalogue:
        """The catalogue of the language of the walk."""
        return self._walk.tr

    @property
    def _pane(self) -> TimelinePane:
        return self._panes.timeline

    @property
    def _kept(self) -> Bookmarks:
        if self._bookmarks is None:
            self._bookmarks = Bookmarks()
        return self._bookmarks

    def _here(self) -> int | None:
        """Return the event that the step is about; it stays the same when others come to ride."""
        history, index = self._walk.history, self._walk.status.index
        if history is None or index < 0:
            self._walk.say(self.tr("There is no event yet."))
            return None
        return history.step_start(index)

    def _jump(self, seq: int | None, none: str) -> None:
        history = self._walk.history
        if seq is None or history is None or seq >= len(history):
            self._walk.say(none)
            return
        self._walk.move_to(seq)

    def _number(self, seq: int) -> int:
        """Return the number that the header shows for the step that event ``seq`` leads."""
        history = self._walk.history
        return 1 + (history.step_end(seq) if history is not None and seq < len(history) else seq)

    def _about(self, history: History, seq: int) -> str | None:
        """Say when and where event ``seq`` was, None if it has not come yet."""
        if seq >= len(history):
            return None
        facts = self._pane.timeline
        where = Band(facts.bands.at(seq), 0, 0).name if facts is not None else ""
        return f"{clock(history.event(seq).time_ns):>11}  {where:<18}"

    def _chosen(self, chosen: BookmarkChoice | None) -> None:
        if chosen is not None:
            self._walk.move_to(chosen.seq)
            if chosen.edit:
                self._edit(chosen.seq)

    def _edit(self, seq: int) -> None:
        note, tr = self._kept.note(seq), self.tr
        hint = (
            message("Enter sets a bookmark at event {at}, with or without a note")
            if note is None
            else message("Enter keeps it · Ctrl+D removes it (event {at})")
        )
        self._prompt.ask(
            PromptRequest(
                tr.in_context("a bookmark", "Note"),
                tr(hint, at=self._number(seq)),
                lambda typed: self._put(seq, typed),
                value=note or "",
                longest=LONGEST_NOTE,
                remove=None if note is None else lambda: self._remove(seq),
            )
        )

    def _put(self, seq: int, note: str) -> str:
        there = self._kept.note(seq) is not None
        self._kept.put(seq, note.strip())
        self._walk.say(
            self.tr(
                message("Bookmark at event {at} changed.")
                if there
                else message("Bookmark set at event {at}."),
                at=self._number(seq),
            )
        )
        self._marked()
        return ""

    def _remove(self, seq: int) -> None:
        self._kept.remove(seq)
        self._walk.say(self.tr("Bookmark at event {at} removed.", at=self._number(seq)))
        self._marked()

    def _marked(self) -> None:
        """Show what has changed of the bookmarks, and say what went wrong."""
        self._pane.bookmark({one.seq: one.note for one in self._kept.all()})
        self._walk.marked = frozenset(one.seq for one in self._kept.all())
        new = self._kept.complaints()
        self._complaints += new
        if new:
            self._walk.say(self.tr.sentences(_said(one, self.tr) for one in new))


_SENTENCES: dict[BookmarkFault, Message] = {
    BookmarkFault.BROKEN: message(
        "{name} holds no bookmarks that can be read; it is left as it is, and new "
        "bookmarks are kept elsewhere."
    ),
    BookmarkFault.FOREIGN: message(
        "{name} holds the bookmarks of another recording; it is left as it is, and new "
        "bookmarks are kept elsewhere."
    ),
    BookmarkFault.NEWER: message(
        "{name} was written by a newer walkthrough; it is left as it is, and new "
        "bookmarks are kept elsewhere."
    ),
    BookmarkFault.ELSEWHERE: message("{name} cannot be written; bookmarks are kept in {instead}."),
    BookmarkFault.UNKEPT: message(
        "{name} cannot be written ({why}): bookmarks last until you leave."
    ),
}


def _said(complaint: BookmarkComplaint, tr: Catalogue) -> str:
    """Say in a sentence what is wrong with where bookmarks are kept."""
    return tr(
        _SENTENCES[complaint.trouble],
        name=complaint.path.name,
        instead=str(complaint.instead),
        why=complaint.why,
    )
