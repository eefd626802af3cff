"""connections.go: errors of Accept that pass, and connections that are not read to their end."""

from contextlib import suppress

from walkthrough.capture.instrumented import flags
from walkthrough.capture.instrumented.errors import NetClosingError, OpError, RaisedError
from walkthrough.capture.instrumented.io.read_all import limit_reader, read_all
from walkthrough.capture.instrumented.net.net import Conn
from walkthrough.capture.instrumented.os.file_unix import fprintln, stderr, stdout
from walkthrough.capture.instrumented.os.proc import exit_
from walkthrough.capture.instrumented.quote import quote
from walkthrough.capture.instrumented.runtime.proc import sleep
from walkthrough.capture.instrumented.runtime.time import nanotime
from walkthrough.capture.instrumented.tracing import traced

_SHORTEST, _LONGEST = 5_000_000, 1_000_000_000  # nanoseconds

# How long the last pause was, and when it ended.
_pause = 0
_failed = 0


@traced("main.goOn")
async def go_on(err: OpError) -> bool:
    """Say whether to accept again: no if the listener was closed, yes, after a pause, with -retry.

    Any other error ends the program.
    """
    if isinstance(err.err, NetClosingError):
        return False
    if not flags.given.retry or not err.temporary():
        exit_(1)
    await back_off()
    return True


@traced("main.backOff")
async def back_off() -> None:
    """Wait, and after each error in a row twice as long as before."""
    global _pause, _failed
    if _pause == 0 or nanotime() - _failed > _LONGEST:
        _pause = _SHORTEST
    else:
        _pause = min(2 * _pause, _LONGEST)
    await sleep(_pause)
    _failed = nanotime()


@traced("main.leave")
async def leave(connection: Conn, most: int) -> None:
    """Read at most so many bytes and close the connection, whatever else has come."""
    received, err = await read_all(limit_reader(connection.read, most))
    await fprintln(stdout, connection.remote_addr(), "sent", quote(received) + ", or more")
    if err is not None:
        await fprintln(stderr, err)
    with suppress(RaisedError):
        await connection.close()
