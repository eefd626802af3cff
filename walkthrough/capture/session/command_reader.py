"""Reads commands, one JSON line each, from a descriptor; they may arrive in pieces."""

import os

import msgspec

from walkthrough.model.protocol import AnyCommand

_CHUNK = 1 << 16


class CommandReader:
    """The commands that arrive on ``descriptor``."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._rest = b""

    def read(self) -> list[AnyCommand | str] | None:
        """Return what has arrived: commands, and for an invalid line the reason as text.

        Returns:
            None at the end of the input.
        """
        data = os.read(self.descriptor, _CHUNK)
        if not data:
            return None
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [_decoded(line) for line in lines]


def _decoded(line: bytes) -> AnyCommand | str:
    try:
        return _COMMANDS.decode(line)
    except (msgspec.MsgspecError, RecursionError) as error:
        return str(error)


_COMMANDS: msgspec.json.Decoder[AnyCommand] = msgspec.json.Decoder(AnyCommand)
