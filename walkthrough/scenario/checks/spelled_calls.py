"""System calls as strace would print them, each spelled only if a pattern may match it."""

from walkthrough.formatting.strace_lines import line
from walkthrough.model.events import CallEntered, CallReturned
from walkthrough.scenario.checks.patterns import TextPattern

_LONGEST = 200


class SpelledCall:
    """One system call, spelled on demand."""

    def __init__(self, entered: CallEntered | None, returned: CallReturned | None) -> None:
        known = returned or entered
        self.name = known.call if known is not None else ""
        self.seq = known.seq if known is not None else None
        self._ends = (entered, returned)
        self._line: str | None = None

    @property
    def line(self) -> str:
        """The whole line."""
        if self._line is None:
            self._line = line(*self._ends)
        return self._line

    @property
    def shown(self) -> str:
        """The line as a message quotes it: cut where it is very long."""
        long = len(self.line) > _LONGEST
        return f"`{self.line[:_LONGEST]}{'...' if long else ''}`"

    def fits(self, pattern: TextPattern) -> bool:
        """Return whether the pattern matches it."""
        return pattern.call in ("", self.name) and pattern.fits(self.line)
