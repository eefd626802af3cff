"""options.go, socket_options.go: what the server can do besides listening and accepting."""

from contextlib import suppress

from walkthrough.capture.instrumented import flags
from walkthrough.capture.instrumented.connections import go_on, leave
from walkthrough.capture.instrumented.errors import (
    Errno,
    OpError,
    RaisedError,
    SyscallError,
)
from walkthrough.capture.instrumented.net.dial import ListenConfig, Listener
from walkthrough.capture.instrumented.net.net import Conn
from walkthrough.capture.instrumented.net.rawconn import RawConn
from walkthrough.capture.instrumented.os.file_unix import fprintln, stderr, stdout
from walkthrough.capture.instrumented.os.proc import exit_
from walkthrough.capture.instrumented.runtime import proc
from walkthrough.capture.instrumented.runtime.time import nanotime
from walkthrough.capture.instrumented.sync.waitgroup import WaitGroup
from walkthrough.capture.instrumented.syscall import syscall_linux as syscall
from walkthrough.capture.instrumented.tracing import traced

_SECOND, _MILLISECOND = 1_000_000_000, 1_000_000

SOCKET_OPTIONS = {
    "SO_REUSEADDR": (syscall.SOL_SOCKET, syscall.SO_REUSEADDR),
    "SO_REUSEPORT": (syscall.SOL_SOCKET, syscall.SO_REUSEPORT),
    "SO_KEEPALIVE": (syscall.SOL_SOCKET, syscall.SO_KEEPALIVE),
    "IP_FREEBIND": (syscall.IPPROTO_IP, syscall.IP_FREEBIND),
    "IPV6_V6ONLY": (syscall.IPPROTO_IPV6, syscall.IPV6_V6ONLY),
    "TCP_NODELAY": (syscall.IPPROTO_TCP, syscall.TCP_NODELAY),
    "TCP_USER_TIMEOUT": (syscall.IPPROTO_TCP, syscall.TCP_USER_TIMEOUT),
}


first: Listener | None = None
connections = WaitGroup()


@traced("main.mainWithOptions")
async def main_with_options(network: str, addresses: list[str]) -> None:
    """Do what main does, on every address and as the options say."""
    global first
    others: list[Listener] = []
    for address in addresses:
        if address == "same" and first is not None:
            address = str(first.addr())
        try:
            listener = await listen(network, address)
        except RaisedError as err:
            await fprintln(stderr, err)
            exit_(1)
        await fprintln(stdout, "listening on", listener.addr())
        if first is None:
            first = listener
        else:
            others.append(listener)
    for listener in others:
        proc.sched.newproc(accept_loop(listener))
    if first is not None:
        await accept_loop(first)


@traced("main.listen")
async def listen(network: str, address: str) -> Listener:
    """Open one listener as the options say."""
    config = ListenConfig(
        control if flags.given.controls else None, flags.given.keep_alive * _SECOND
    )
    listener = await config.listen(network, address)
    if flags.given.backlog >= 0:
        listen_again(listener, flags.given.backlog)
    if flags.given.deadline > 0:
        listener.set_deadline(nanotime() + flags.given.deadline * _MILLISECOND)
    return listener


@traced("main.control")
def control(_network: str, _address: str, raw: RawConn) -> None:
    """Set the options: the socket is there, and has no address yet."""
    failed: RaisedError | None = None

    @traced("main.control.func1")
    def set_all(descriptor: int) -> None:
        nonlocal failed
        try:
            for option in flags.given.controls:
                syscall.setsockopt_int(descriptor, *SOCKET_OPTIONS[option], 1)
        except Errno as err:
            failed = SyscallError("setsockopt", err)

    raw.control(set_all)
    if failed is not None:
        raise failed


@traced("main.listenAgain")
def listen_again(listener: Listener, backlog: int) -> None:
    """Change the backlog: listen(2) may be called on a socket that listens already."""
    failed: RaisedError | None = None

    @traced("main.listenAgain.func1")
    def again(descriptor: int) -> None:
        nonlocal failed
        try:
            syscall.listen(descriptor, backlog)
        except Errno as err:
            failed = SyscallError("listen", err)

    listener.syscall_conn().control(again)
    if failed is not None:
        raise failed


@traced("main.acceptLoop")
async def accept_loop(listener: Listener) -> None:
    """Accept until that fails; after a listener was closed, wait until all have been served."""
    while True:
        try:
            connection = await listener.accept()
        except OpError as err:
            await fprintln(stderr, err)
            if await go_on(err):
                continue
            await connections.wait()
            return
        connections.add(1)
        proc.sched.newproc(_serve(connection))


@traced("main.acceptLoop.func1")
async def _serve(connection: Conn) -> None:
    # Imported late: the program serves, and does so here as elsewhere.
    from walkthrough.capture.instrumented.main import serve

    try:
        if flags.given.read_most < 0:
            await serve(connection)
        else:
            await leave(connection, flags.given.read_most)
    finally:
        connections.done()


@traced("main.answer")
async def answer(connection: Conn, received: bytes) -> None:
    """Do what the options want done for a connection that has been read to its end."""
    if flags.given.close_on and received == flags.given.close_on and first is not None:
        with suppress(RaisedError):
            await first.close()
    if flags.given.reply:
        try:
            await connection.write(flags.given.reply)
        except RaisedError as err:
            await fprintln(stderr, err)
