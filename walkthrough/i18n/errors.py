"""Errors that say a message.

Apart from `messages`, which needs msgspec: a command that only prints its help goes without.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from walkthrough.model.message import Message


class MessageError(Exception):
    """Something that could not be done, and what to do about it.

    Attributes:
        message: Both, in one or more sentences; a plain string is the same in every language.
    """

    def __init__(self, said: "Message | str") -> None:
        super().__init__(said)
        self.message = said

    def __str__(self) -> str:
        return str(self.message)


class CatalogueError(MessageError):
    """A catalogue that cannot be read, or a language that has none."""
