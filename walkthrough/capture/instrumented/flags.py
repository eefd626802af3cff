"""options.go: what the server can be told to do besides, as package flag has it."""

from typing import NamedTuple


class Options(NamedTuple):
    """What the command line says.

    Attributes:
        controls: Socket options that ``ListenConfig.Control`` sets to 1.
        keep_alive: ``ListenConfig.KeepAlive`` in seconds; 0: Go's own, below 0: none.
        backlog: Call listen(2) once more with this backlog; below 0: do not.
        deadline: Milliseconds that Accept may take from when the listener was opened; 0: any.
        reply: What is written back on a connection that has been read to its end.
        close_on: What a connection must have sent to make the server close the first listener.
        retry: Whether to wait and accept again after an error of Accept that may pass.
        read_most: Bytes after which a connection is closed, whatever else has come; below 0: it
            is read to its end.
    """

    controls: tuple[str, ...] = ()
    keep_alive: int = 0
    backlog: int = -1
    deadline: int = 0
    reply: bytes = b""
    close_on: bytes = b""
    retry: bool = False
    read_most: int = -1

    def special(self) -> bool:
        """Return whether one of them concerns listening or accepting."""
        return self._replace(reply=b"") != Options()


given = Options()
