"""dial/main.go: the other branch. Connects, sends a line, prints the reply, closes."""

from typing import NoReturn

from walkthrough.capture.instrumented.errors import RaisedError
from walkthrough.capture.instrumented.io.read_all import read_all
from walkthrough.capture.instrumented.net.dial import dial
from walkthrough.capture.instrumented.os.file_unix import fprintln, stderr, stdout
from walkthrough.capture.instrumented.os.proc import exit_
from walkthrough.capture.instrumented.quote import quote
from walkthrough.capture.instrumented.runtime.proc import sched
from walkthrough.capture.instrumented.tracing import traced

args: tuple[str, str] = ("tcp", "127.0.0.1:7099")
say = b"hello\n"


@traced("main.main")
async def main() -> None:
    """Send a line, and print what comes back until the other end closes."""
    network, address = args
    try:
        connection = await dial(network, address)
        await fprintln(stdout, "connected to", connection.remote_addr())
        await connection.write(say)
        received, err = await read_all(connection.read)
        await fprintln(stdout, connection.remote_addr(), "sent", quote(received))
        if err is not None:
            raise err
        await connection.close()
    except RaisedError as err:
        await fprintln(stderr, err)
        exit_(1)


def run(network: str, address: str, said: bytes) -> NoReturn:
    """Run the program to its end."""
    global args, say
    args, say = (network, address), said
    sched.schedule(sched.newproc(main()))
    exit_(0)
