"""The message by which a widget asks for an action, whoever carries it out."""

from textual.message import Message


class Perform(Message):
    """Someone asks for the action ``id`` of the action table."""

    def __init__(self, id: str) -> None:
        super().__init__()
        self.id = id
