"""main.go: the server. Listens, accepts in a loop, prints what each connection sent."""

from contextlib import suppress
from typing import NoReturn

from walkthrough.capture.instrumented import flags, options
from walkthrough.capture.instrumented.errors import RaisedError
from walkthrough.capture.instrumented.io.read_all import read_all
from walkthrough.capture.instrumented.net.dial import listen
from walkthrough.capture.instrumented.net.net import Conn
from walkthrough.capture.instrumented.os.file_unix import fprintln, stderr, stdout
from walkthrough.capture.instrumented.os.proc import exit_
from walkthrough.capture.instrumented.quote import quote
from walkthrough.capture.instrumented.runtime.proc import sched
from walkthrough.capture.instrumented.tracing import traced

# The command line's arguments, as Go has them in os.Args: the network, then addresses.
args: tuple[str, ...] = ("tcp", "127.0.0.1:0")


@traced("main.main")
async def main() -> None:
    """Serve until accepting fails. With options, or on several addresses, another function does."""
    network, *addresses = args
    if flags.given.special() or len(addresses) > 1:
        await options.main_with_options(network, addresses)
        return
    address = addresses[0]

    try:
        listener = await listen(network, address)
    except RaisedError as err:
        await fprintln(stderr, err)
        exit_(1)
    await fprintln(stdout, "listening on", listener.addr())

    while True:
        try:
            connection = await listener.accept()
        except RaisedError as err:
            await fprintln(stderr, err)
            exit_(1)
        sched.newproc(serve(connection))


@traced("main.serve")
async def serve(connection: Conn) -> None:
    """Read one connection to its end, print what came, close it."""
    try:
        received, err = await read_all(connection.read)
        await fprintln(stdout, connection.remote_addr(), "sent", quote(received))
        if err is not None:
            await fprintln(stderr, err)
        else:
            await options.answer(connection, received)
    finally:
        with suppress(RaisedError):
            await connection.close()


def run(network: str, addresses: list[str]) -> NoReturn:
    """Run the program to its end."""
    global args
    args = (network, *addresses)
    sched.schedule(sched.newproc(main()))
    exit_(0)
