"""packet/main.go: the server for datagrams. Receives in a loop, prints what each one holds."""

from typing import NoReturn

from walkthrough.capture.instrumented.errors import RaisedError
from walkthrough.capture.instrumented.net.dial import listen_packet
from walkthrough.capture.instrumented.os.file_unix import fprintln, stderr, stdout
from walkthrough.capture.instrumented.os.proc import exit_
from walkthrough.capture.instrumented.quote import quote
from walkthrough.capture.instrumented.runtime.proc import sched
from walkthrough.capture.instrumented.tracing import traced

args: tuple[str, str] = ("udp", "127.0.0.1:0")
reply = b""


@traced("main.main")
async def main() -> None:
    """Receive until that fails: the socket that is bound is the one that is read."""
    network, address = args
    try:
        connection = await listen_packet(network, address)
    except RaisedError as err:
        await fprintln(stderr, err)
        exit_(1)
    await fprintln(stdout, "listening on", connection.local_addr())

    buffer = bytearray(1 << 16)
    while True:
        try:
            count, sender = await connection.read_from(buffer)
        except RaisedError as err:
            await fprintln(stderr, err)
            exit_(1)
        await fprintln(stdout, sender, "sent", quote(bytes(buffer[:count])))
        if not reply or sender is None:
            continue
        try:
            await connection.write_to(reply, sender)
        except RaisedError as err:
            await fprintln(stderr, err)


def run(network: str, address: str, answer: bytes) -> NoReturn:
    """Run the program to its end."""
    global args, reply
    args, reply = (network, address), answer
    sched.schedule(sched.newproc(main()))
    exit_(0)
