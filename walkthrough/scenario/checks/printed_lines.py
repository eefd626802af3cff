"""The lines that a server prints, put together from the pieces in which they were written."""

from walkthrough.model.events import OutputWritten


class PrintedLines:
    """Both streams; `add` returns what a piece completes."""

    def __init__(self) -> None:
        self._begun: dict[int, bytes] = {}

    def add(self, event: OutputWritten) -> list[str]:
        """Return the lines that are whole with this piece, without their ends and empty ones."""
        *lines, rest = (self._begun.get(event.stream, b"") + event.data).split(b"\n")
        self._begun[event.stream] = rest
        return [line.decode("utf-8", "backslashreplace") for line in lines if line]
