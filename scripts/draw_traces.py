"""Draws the pictures of docs/trace.md again, each from a live walk of the server it is about.

Needs Go, ptrace, nginx, redis, caddy, node and the extra `pictures`. Servers listen on loopback, on
the ports that the pictures show.

    python scripts/draw_traces.py [NAME ...]
"""

import argparse
import asyncio
import os
import socket
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from draw_screens import WIDE, Drawn, drawing, is_queued, settle

from walkthrough.capture.environment.go_toolchain import find_go
from walkthrough.capture.session.trace_request import HALT_LIMIT_S, TraceRequest, launch
from walkthrough.capture.workers.live_feed import TraceFeed
from walkthrough.lesson.lesson import lesson_for
from walkthrough.model.events import AnyEvent, CallReturned
from walkthrough.model.stages import Stage
from walkthrough.tui.app import WalkthroughApp
from walkthrough.tui.screens.status import WalkMode

NGINX = """
daemon off; worker_processes 2; pid {folder}/pid; error_log {folder}/log;
events {{ worker_connections 64; }}
http {{ access_log off; server {{ listen 127.0.0.1:8080; location / {{ return 204; }} }} }}
"""
CADDY = """
{{
    admin off
    storage file_system {folder}
}}
http://127.0.0.1:8081 {{
    bind 127.0.0.1
    respond "hello"
}}
"""
NODE = """
const answer = (request, response) => response.end("hello");
require("http").createServer(answer).listen(8082, "127.0.0.1");
"""
SHOP = """
package main

import "net/http"

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("tea")) })
	http.ListenAndServe("127.0.0.1:8083", nil)
}
"""
GET = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"


@asynccontextmanager
async def tracing(request: TraceRequest) -> AsyncIterator[Drawn]:
    """Walk through a program."""
    app = WalkthroughApp(feed=TraceFeed(request), lesson_factory=lesson_for, language="en")
    async with drawing(app, WIDE) as drawn:
        yield drawn


async def rest(drawn: Drawn) -> None:
    """Let the program run until it waits, and halt it there."""
    live = drawn.app.walk.live
    assert live is not None
    await drawn.until(lambda: live.mode is WalkMode.WAITING)
    await drawn.pilot.press("full_stop")
    await drawn.until(drawn.stands)


async def run(drawn: Drawn) -> None:
    """Let a launched program go on from its first stage, see `rest`."""
    await drawn.until(drawn.stands)
    await drawn.pilot.press("r")
    await rest(drawn)


@contextmanager
def client(port: int, data: bytes) -> Iterator[None]:
    """Connect, and send something before anybody has accepted."""
    with socket.create_connection(("127.0.0.1", port)) as connected:
        connected.sendall(data)
        yield


async def save(drawn: Drawn, name: str) -> None:
    """Draw what is there now."""
    await settle(drawn)
    drawn.save(name)


def brought(*calls: str) -> Callable[[AnyEvent], bool]:
    """Return whether an event is the success of one of these calls."""
    return lambda event: (
        isinstance(event, CallReturned) and event.call in calls and event.error is None
    )


async def nginx(name: str) -> None:
    """A traced nginx with two workers: one of them takes a connection."""
    with TemporaryDirectory() as folder:
        configuration = Path(folder, "nginx.conf")
        configuration.write_text(NGINX.format(folder=folder))
        async with tracing(launch(("nginx", "-c", str(configuration)))) as drawn:
            await drawn.until(drawn.stands)
            for _ in range(4):  # sysSocket, bind, listen, and the first worker's pollServerInit
                await drawn.step("n")
            await drawn.pilot.press("r")
            await rest(drawn)
            with client(8080, GET):
                await drawn.until(lambda: is_queued(drawn.app.walk))
                await drawn.step("n")
                await save(drawn, name)


async def redis(name: str) -> None:
    """A client's command has been answered."""
    with TemporaryDirectory() as folder:
        words = ("redis-server", "--port", "6380", "--bind", "127.0.0.1", "--dir", folder)
        async with tracing(launch((*words, "--save", ""))) as drawn:
            await run(drawn)
            with client(6380, b"SET greeting hello\r\n"):
                await drawn.until(lambda: is_queued(drawn.app.walk))
                await drawn.walk_to(brought("write"), "w")
                await save(drawn, name)


async def node(name: str) -> None:
    """A connection has been accepted."""
    with TemporaryDirectory() as folder:
        script = Path(folder, "server.js")
        script.write_text(NODE)
        async with tracing(launch(("node", str(script)))) as drawn:
            await run(drawn)
            with client(8082, GET):
                await drawn.until(lambda: is_queued(drawn.app.walk))
                await drawn.walk_to(brought("accept4", "accept"), "w")
                await save(drawn, name)


async def go(name: str) -> None:
    """A stripped, position-independent Go server: somebody connects before it calls accept."""
    toolchain = find_go()
    with TemporaryDirectory() as folder:
        Path(folder, "main.go").write_text(SHOP)
        subprocess.run(
            [toolchain.go, "build", "-buildmode=pie", "-ldflags=-s -w", "-o", "shop", "main.go"],
            cwd=folder,
            env={**os.environ, "GOFLAGS": "", "CGO_ENABLED": "0"},
            check=True,
        )
        async with tracing(launch((f"{folder}/shop",))) as drawn:
            await drawn.walk_to(lambda event: event.stage is Stage.ACCEPT, "n")
            with client(8083, GET):
                await drawn.until(lambda: is_queued(drawn.app.walk))
                await save(drawn, name)


async def caddy(name: str) -> None:
    """Debian's caddy, attached to and halted while somebody connects."""
    with TemporaryDirectory() as folder:
        Path(folder, "Caddyfile").write_text(CADDY.format(folder=folder))
        server = subprocess.Popen(
            ["caddy", "run", "--config", f"{folder}/Caddyfile"],
            env={**os.environ, "HOME": folder},
            stderr=subprocess.DEVNULL,
        )
        try:
            await until_it_listens(8081)
            request = TraceRequest(pids=(server.pid,), begin="run", halt_limit_s=HALT_LIMIT_S)
            async with tracing(request) as drawn:
                await rest(drawn)
                with client(8081, GET):
                    await drawn.until(lambda: is_queued(drawn.app.walk))
                    await drawn.walk_to(brought("accept4"), "w")
                    await save(drawn, name)
        finally:
            server.terminate()
            server.wait()


async def until_it_listens(port: int) -> None:
    """Wait until something can be connected to."""
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            await asyncio.sleep(0.05)
        else:
            return


PICTURES: dict[str, Callable[[str], Awaitable[None]]] = {
    "trace-nginx-120x40": nginx,
    "trace-redis-120x40": redis,
    "trace-node-120x40": node,
    "trace-go-120x40": go,
    "trace-caddy-120x40": caddy,
}


async def draw(names: Iterable[str]) -> None:
    """Draw some pictures, one after another."""
    for name in names:
        await PICTURES[name](name)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="such as trace-go-120x40")
    asyncio.run(draw(parser.parse_args().names or PICTURES))
