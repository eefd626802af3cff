"""main.go: the server. Listens, accepts in a loop, prints what each connection sent."""

from contextlib import suppress
from typing import NoReturn

from walkthrough.capture.instrumented.errors import RaisedError
from walkthrough.capture.instrumented.io.read_all import read_all
from walkthrough.capture.instrumented.net.dial import listen
from walkthrough.capture.instrumented.net.tcpsock import TCPConn
from walkthrough.capture.instrumented.os.file_unix import File, stderr, stdout
from walkthrough.capture.instrumented.os.proc import exit_
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
        await fprintln(stderr, err)
        exit_(1)
    await fprintln(stdout, f"listening on {listener.addr()}")

    while True:
        try:
            connection = await listener.accept()
        except RaisedError as err:
            await fprintln(stderr, err)
            exit_(1)
        sched.newproc(serve(connection))


@traced("main.serve")
async def serve(connection: TCPConn) -> None:
    """Read one connection to its end, print what came, close it."""
    try:
        received, err = await read_all(connection.read)
        await fprintln(stdout, f"{connection.remote_addr()} sent {quote(received)}")
        if err is not None:
            await fprintln(stderr, err)
    finally:
        with suppress(RaisedError):
            connection.close()


async def fprintln(file: File, line: object) -> None:
    """Print a line; as with Go's fmt, a failure is not looked at."""
    with suppress(RaisedError):
        await file.write(f"{line}\n".encode())


def run(network: str, address: str) -> NoReturn:
    """Run the program to its end."""
    global args
    args = (network, address)
    sched.schedule(sched.newproc(main()))
    exit_(0)
