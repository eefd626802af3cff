"""What holds a needle: the events of a history, and the lines of a text."""

from collections.abc import Sequence

import msgspec

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.model.events import AnyEvent, CallReturned
from walkthrough.state.history import History
from walkthrough.tui.features.search.matching import SearchTerm
from walkthrough.tui.features.search.scan import Scan
from walkthrough.tui.features.search.sieve import EventSieve
from walkthrough.view.process_text import first_of
from walkthrough.view.step_text import step_text


class Search(Scan):
    """The events of a history that hold a needle.

    Args:
        history: What is searched; it may grow.
        needle: What for.
        tr: Says it in a language: some events are told by a sentence.
        start: Where to begin.
    """

    def __init__(self, history: History, needle: SearchTerm, tr: Catalogue, start: int) -> None:
        super().__init__(history, start, self._found)
        self.needle = needle
        self.tr = tr
        self._sieve = EventSieve(needle)
        # Not the history's own decoding: that keeps what was asked for last, which is visible.
        self._decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)

    def text(self, index: int) -> str:
        """Return the text in which event ``index`` holds the needle."""
        return step_text(self._event(index), self.tr, first_of(self._history)).text

    def _event(self, index: int) -> AnyEvent:
        return self._decoder.decode(self._history.line(index))

    def _found(self, index: int) -> bool:
        line = self._history.line(index)
        if not self._sieve.may_hold(line):
            return False
        event = self._decoder.decode(line)
        text, since = step_text(event, self.tr, first_of(self._history))
        if self.needle.found_in(text, since):
            return True
        # A call is found where it begins. Where it ends only if something there is new.
        return (
            isinstance(event, CallReturned)
            and self.needle.found_in(text)
            and not self._began_with_it(index)
        )

    def _began_with_it(self, index: int) -> bool:
        number = self._history.call_of(index)
        if number is None:
            return False
        return self.needle.found_in(self.text(self._history.call_seq(number)[0]))


def lines_with(needle: SearchTerm, lines: Sequence[str]) -> tuple[int, ...]:
    """Return the numbers, from 1, of the lines that hold ``needle``."""
    return tuple(number for number, line in enumerate(lines, 1) if needle.found_in(line))


def excerpt(text: str, needle: SearchTerm, before: int = 20, length: int = 400) -> str:
    """Return a piece of ``text`` of at most ``length`` characters that shows ``needle``."""
    span = needle.first(text)
    start = max(span[0] - before, 0) if span is not None and span[1] > length // 4 else 0
    return "…" * (start > 0) + text[start : start + length]
