"""The filter as the user sees it: what is typed, and stepping from event to event that passes.

It draws its bar, dims the calls that do not pass, and moves the cursor of the screen. What
passes is decided by `walkthrough.view.event_filter`.
"""

from collections.abc import Callable, Iterable

from textual.worker import Worker

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import message, plural
from walkthrough.state.world import PROCESS_SHIFT
from walkthrough.tui.features.search.bars import EntryBar, KeyHint
from walkthrough.tui.features.search.scan import FilteredEvents, ScanMatch, ScanOutcome
from walkthrough.tui.features.search.slices import work_off
from walkthrough.tui.panes.calls import CallsPane
from walkthrough.tui.screens.walk_context import WalkContext
from walkthrough.view.event_filter import Filter, FilterError, completions, parse
from walkthrough.view.step import StepContext
from walkthrough.view.text import Piece, safe

_ABOUT = {
    "": message(
        "stage: step: call: g: thread: process: error: errors; all must hold, a,b is a or b; "
        "empty removes it"
    ),
    "stage": message("one of the eight stages"),
    "step": message("a finer step"),
    "call": message("a system call"),
    "g": message("a goroutine's number, 0 for the scheduler"),
    "thread": message("a thread's number"),
    "process": message("a process's number"),
    "error": message("an error's name"),
    "errors": message("what failed (EAGAIN is no failure)"),
}


_NUMBER = (1 << PROCESS_SHIFT) - 1
"""Of a key into `World.spans`, the goroutine's own number."""
_AT_ONCE = 2000
"""How many events a step looks through before it leaves the rest to slices."""


class Filtering:
    """The filter of one screen.

    Args:
        walk: The walk.
        calls: The pane of calls, in which those are dimmed that do not pass.
        arrange: Called when there is another bar to see, or none.
    """

    def __init__(self, walk: WalkContext, calls: CallsPane, arrange: Callable[[], None]) -> None:
        self._walk, self._calls = walk, calls
        self._arrange = arrange
        self.bar = EntryBar(
            id="find-filter", changed=self._typed, entered=self._entered, left=self.close
        )
        self._filter: Filter | None = None
        self._passing: FilteredEvents | None = None
        self._step: StepContext | None = None
        self._worker: Worker[None] | None = None
        self._wanted = 0
        self._staying: int | None = None  # what the walk stayed with when it was looked through

    @property
    def on(self) -> bool:
        """Return whether there is a filter."""
        return self._filter is not None

    @property
    def editing(self) -> bool:
        """Return whether one is being typed."""
        return self.bar.editing

    def open(self) -> None:
        """Let a filter be typed, or the one that is on be changed."""
        tr = self.tr
        text = f"{self._filter.text} " if self._filter is not None else ""
        self.bar.edit(tr("filter"), text)
        self._arrange()
        self._typed(text)

    def close(self) -> None:
        """End the typing; what was on stays on."""
        self.bar.rest()
        self._arrange()
        self.draw()

    def complete(self) -> None:
        """Complete the word that is being typed, as far as there is only one way to go on."""
        text = self.bar.text
        found = self._completions(text)
        begun = text.rpartition(" ")[2]
        common = _in_common(found)
        if len(common) > len(begun):
            whole = len(found) == 1 and not common.endswith(":")
            self.bar.put(text[: len(text) - len(begun)] + common + " " * whole)

    def step(self, by: int) -> bool:
        """Go to the next event that passes; False if the server is to be released instead."""
        history, passing = self._walk.history, self._passing
        if history is None or passing is None:
            return False
        status = self._walk.status
        if by > 0 and status.at_edge:
            return False
        answer = self._look(passing, by)
        if answer is ScanOutcome.NOT_YET:
            budget = iter(range(_AT_ONCE))
            passing.work(lambda: next(budget, None) is not None)
            answer = self._look(passing, by)
        self._wanted = by if answer is ScanOutcome.NOT_YET else 0
        tr = self.tr
        if isinstance(answer, ScanMatch) and not answer.wrapped:
            self._walk.move_to(answer.event)
        elif answer is ScanOutcome.NOT_YET:
            self._walk.say(tr("Looking for the next event that passes …"))
            self._work()
        elif by > 0 and status.mode.live:
            # The newest event is where the server stands, and where it can be released from.
            self._walk.move_to(status.last)
        else:
            none = (
                message("No event ahead passes the filter {filter}.")
                if by > 0
                else message("No event before this one passes the filter {filter}.")
            )
            self._walk.say(tr(none, filter=safe(passing.filter.text)))
        return True

    def near(self, index: int) -> int:
        """Return the event that passes and is nearest to ``index``, of those found so far."""
        passing = self._passing
        if passing is None:
            return index
        found = (passing.previous(index + 1), passing.next(index))
        events = [each.event for each in found if isinstance(each, ScanMatch) and not each.wrapped]
        return min(events, key=lambda event: abs(event - index), default=index)

    def shown(self, step: StepContext) -> None:
        """Follow the walk."""
        self._step = step
        if self._filter is not None:
            if self._staying != self._walk.staying:
                self._set(self._filter)
            self._work()
            self.draw()

    def translated(self) -> None:
        """Say it in another language."""
        if self.editing:
            self.bar.edit(self.tr("filter"), self.bar.text)
            self._typed(self.bar.text)
        else:
            self.draw()

    # What is typed

    def _typed(self, text: str) -> None:
        """Say what may be written here."""
        tr = self.tr
        key = text.rpartition(" ")[2].partition(":")[0].lower()
        found = self._completions(text)
        listed = " ".join(each.rpartition(",")[2].partition(":")[2] or each for each in found)
        key = {"goroutine": "g"}.get(key, key)
        said = tr.text(_ABOUT.get(key, tr(_ABOUT[""])))
        names = bool(text and not text.endswith(" ") and listed)
        row = (Piece(f" {safe(listed)}") if names else Piece(f" {said}", "dim"),)
        hints = [KeyHint("Tab", tr("completes"), "next_pane"), KeyHint("Esc", tr("ends"), "unzoom")]
        self.bar.status.tell(row, hints, whole=not names)

    def _completions(self, text: str) -> list[str]:
        step = self._step
        if step is None:
            return completions(text, (), ())
        *_, last = text.split(" ")
        world = step.world
        whose: Iterable[int] = {number & _NUMBER for number in world.spans if number > 0}
        if last.startswith("thread"):
            whose = world.threads
        elif last.startswith("process"):
            whose = world.processes
        return completions(text, step.history.header.calls, sorted(whose))

    def _entered(self, text: str) -> None:
        tr = self.tr
        try:
            history = self._walk.history
            filter = parse(text, history.header.pid if history is not None else 0)
        except FilterError as error:
            said = tr(error.why, given=safe(error.given), allowed=tr.listed(error.allowed))
            self._walk.say(said)
            return
        had = self.on
        self._set(filter if filter.conditions else None)
        if had and not self.on:
            self._walk.say(tr("No filter any more: a step goes to every event again."))
        self.close()

    def _set(self, filter: Filter | None) -> None:
        self._filter = filter
        self._passing = None
        self._wanted = 0
        self._staying = self._walk.staying
        history = self._walk.history
        if filter is not None and history is not None:
            at = history.step_start(max(self._walk.status.index, 0)) if len(history) else 0
            self._passing = FilteredEvents(history, filter, at, self._staying)
        self._calls.dim(self._dims if filter is not None else None)
        self._work()

    def _dims(self, number: int) -> bool:
        """Return whether system call ``number`` does not pass, neither where it begins nor ends."""
        history, filter = self._walk.history, self._filter
        if history is None or filter is None:
            return False
        entered, returned = history.call_seq(number)
        return not any(
            filter.passes(history.line(seq)) for seq in (entered, returned) if seq is not None
        )

    @property
    def tr(self) -> Catalogue:
        """The catalogue of the language of the walk."""
        return self._walk.tr

    # Looking through events, in slices

    def _look(self, passing: FilteredEvents, by: int) -> ScanMatch | ScanOutcome:
        history, index = self._walk.history, self._walk.status.index
        assert history is not None
        return (
            passing.next(index) if by > 0 else passing.previous(history.step_start(max(index, 0)))
        )

    def _work(self) -> None:
        if any(not job.done for job in self._jobs()) and (
            self._worker is None or self._worker.is_finished
        ):
            self._worker = self._walk.run_worker(work_off(self._jobs, self._tell), group="filter")

    def _jobs(self) -> tuple[FilteredEvents, ...]:
        return (self._passing,) if self._passing is not None else ()

    def _tell(self) -> bool:
        if not self._walk.is_attached or self._passing is None:
            return False
        if self._wanted and self._look(self._passing, self._wanted) is not ScanOutcome.NOT_YET:
            self.step(self._wanted)
        else:
            self.draw()
        return bool(self._wanted)

    # The bar

    def draw(self) -> None:
        """Say what the filter is, how many events pass, and whether the one shown does."""
        if self._filter is None or self._passing is None or self.editing:
            return
        tr = self.tr
        passing = self._passing
        count = len(passing)
        template = (
            plural("{count} event passes", "{count} events pass", count)
            if passing.done
            else plural("{count} event passes so far", "{count} events pass so far", count)
        )
        said = [
            Piece(" " + tr("filter") + " ", "key"),
            Piece(safe(self._filter.text), "strong"),
            Piece(f"  {tr(template, count=f'{count:,}')}"),
        ]
        if not passing.done:
            percent = int(passing.share * 100)
            said.append(Piece("  " + tr("{percent} % looked through", percent=percent), "dim"))
        history, index = self._walk.history, self._walk.status.index
        if history is not None and index >= 0:
            lead = history.step_start(index)
            if not self._filter.passes_as_step(history.line(lead)):
                said.append(Piece("  " + tr("this one does not"), "failed"))
        self.bar.status.tell(tuple(said), [KeyHint("F", tr("filter"), "filter")])


def _in_common(texts: list[str]) -> str:
    """Return what all of ``texts`` begin with."""
    low, high = min(texts, default=""), max(texts, default="")
    same = (at for at, (one, other) in enumerate(zip(low, high, strict=False)) if one != other)
    return low[: next(same, min(len(low), len(high)))]
