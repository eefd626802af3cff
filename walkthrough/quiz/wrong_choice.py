"""What is said of a wrong choice: why one could think so, and what the screen shows instead."""

from typing import NamedTuple

from walkthrough.i18n.messages import Message


class WrongChoice(NamedTuple):
    """A wrong choice of a question from the trace.

    Attributes:
        why: Why one could think so, and what shows otherwise.
        believes: The number of the misconception that it stands for; 0 for none.
    """

    why: Message
    believes: int = 0

    def about(self, **fields: str | int) -> "WrongChoice":
        """Return it with the fields of its sentence filled in."""
        return self._replace(why=self.why.with_fields(**fields))
