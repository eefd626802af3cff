"""main.go: the server. Listens, accepts in a loop, prints what each connection sent."""

import sys
from typing import NoReturn

from walkthrough.capture.instrumented.errors import RaisedError
from walkthrough.capture.instrumented.io.read_all import read_all
from walkthrough.capture.instrumented.net.dial import listen
from walkthrough.capture.instrumented.net.tcpsock import TCPConn
from walkthrough.capture.instrumented.os.file_unix import stderr, stdout
from walkthrough.capture.instrumented.quote import quote
from walkthrough.capture.instrumented.runtime.proc import sched
from walkthrough.capture.instrumented.tracing import traced

# The command line, as Go has it in os.Args: the network and the address.
args: tuple[str, str] = ("tcp", "127.0.0.1:0")


@traced("main.main")
async def main() -> None:
    """Serve until accepting fails."""
    network, address = args
    try:
        listener = listen(network, address)
    except RaisedError as err:
        await stderr.write(f"{err}\n".encode())
        sys.exit(1)
    await stdout.write(f"listening on {listener.addr()}\n".encode())

    while True:
        try:
            connection = await listener.accept()
        except RaisedError as err:
            await stderr.write(f"{err}\n".encode())
            sys.exit(1)
        sched.newproc(serve(connection))


@traced("main.serve")
async def serve(connection: TCPConn) -> None:
    """Read one connection to its end, print what came, close it."""
    try:
        received, err = await read_all(connection.read)
        line = f"{connection.remote_addr()} sent {quote(received)}\n"
        await stdout.write(line.encode())
        if err is not None:
            await stderr.write(f"{err}\n".encode())
    finally:
        connection.close()


def run(network: str, address: str) -> NoReturn:
    """Run the program; it ends with ``sys.exit``, as Go's with ``os.Exit``."""
    global args
    args = (network, address)
    sched.schedule(sched.newproc(main()))
    sys.exit(0)
