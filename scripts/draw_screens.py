"""Draws the pictures under docs/screens again, from live walks and from real recordings.

Needs Go, ptrace, strace and the extra `pictures`; `draw_traces` draws those of traced programs. The
picture of a long recording is drawn only when one is named, of 100,000 events or more
(docs/benchmarks.md tells how to record one).

    python scripts/draw_screens.py [--long RECORDING] [NAME ...]
"""

import argparse
import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import cairosvg
from textual.pilot import Pilot
from textual.widgets._toast import Toast

from walkthrough.capture.workers.live_feed import LiveFeed
from walkthrough.cli.catalogue import ScenarioCatalogue
from walkthrough.cli.strace_option import ON_THE_SPOT, align_log
from walkthrough.lesson.lesson import lesson_for
from walkthrough.model.events import AnyEvent, CallReturned, ClientActed, FunctionReturned
from walkthrough.recording.file import load
from walkthrough.scenario import loader as scenarios
from walkthrough.state.history import History
from walkthrough.tui.app import WalkthroughApp
from walkthrough.tui.features.search.screenshot import by_cells
from walkthrough.tui.panes.sequence.pane import SequencePane
from walkthrough.tui.panes.timeline.pane import TimelinePane
from walkthrough.tui.screens.walk import WalkScreen

_ROOT = Path(__file__).resolve().parent.parent
FOLDER = _ROOT / "docs" / "screens"
PREFORK = _ROOT / "tests" / "support" / "traced" / "prefork.jsonl"
"""A traced server of several processes."""
FONT = "DejaVu Sans Mono"
# The renderer knows no length of a text, and gives each character whole pixels: what is left of a
# cell of 12.2 goes between them, or long borders would end before their corners.
_CELL = "font-size: 20.27px; letter-spacing: 0.2px;"
CHINESE = "Noto Sans Mono CJK SC"
PATIENCE = 300.0  # seconds after which what is waited for is taken for lost
_WIDE_SIZE = 22.5  # so that a wide character fills its two cells
# One wide character, as `by_cells` leaves it.
_WIDE = re.compile(
    r'<text ([^>]*?)textLength="[\d.]+"([^>]*)>([\u2e80-\u9fff\uf900-\ufaff\uff00-\uff60])</text>'
)
WIDE, SMALL, HUGE = (120, 40), (80, 24), (250, 70)


class Drawn(NamedTuple):
    """A walk that is being drawn."""

    app: WalkthroughApp
    pilot: Pilot[None]

    async def until(self, condition: Callable[[], bool]) -> None:
        """Let the application work until something is so."""
        async with asyncio.timeout(PATIENCE):
            while not condition():
                await self.pilot.pause()

    def newest(self) -> AnyEvent | None:
        """Return the newest event that a step lands on."""
        history = self.app.walk.history
        return history.event(history.step_start(len(history) - 1)) if history else None

    async def step(self, key: str = "space") -> None:
        """Press a key that releases the server, and wait until it says that it stands again."""
        before = self.newest()
        await self.pilot.press(key)
        await self.until(lambda: self.newest() != before and self.stands())

    def stands(self) -> bool:
        """Return whether the server has halted, and that has been drawn."""
        live, status = self.app.walk.live, self.app.walk.status
        return live is not None and live.ready and status.at_edge

    async def walk_to(self, reached: Callable[[AnyEvent], bool], key: str = "space") -> None:
        """Step until the newest event is one of a kind."""
        await self.until(self.stands)
        while not ((event := self.newest()) is not None and reached(event)):
            await self.step(key)

    def save(self, name: str) -> None:
        """Write the picture."""
        write(self.app.export_screenshot(title="walkthrough"), name)


@asynccontextmanager
async def drawing(app: WalkthroughApp, size: tuple[int, int]) -> AsyncIterator[Drawn]:
    """Run an application without a terminal."""
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield Drawn(app, pilot)


def live(scenario: str, language: str = "en", *, strace: bool = False) -> WalkthroughApp:
    """Return a live walk of the Go server."""
    beside = align_log(ON_THE_SPOT, scenario, "go") if strace else None
    feed = LiveFeed(scenario, "go")
    return WalkthroughApp(feed=feed, lesson_factory=lesson_for, language=language, strace=beside)


def replayed(recording: Path, language: str = "en") -> WalkthroughApp:
    """Return a replay."""
    history = History.load(load(recording))
    return WalkthroughApp(history=history, lesson_factory=lesson_for, language=language)


def returned(function: str) -> Callable[[AnyEvent], bool]:
    """Return whether an event is the return of a function."""
    return lambda event: isinstance(event, FunctionReturned) and event.function == function


def is_queued(walk: WalkScreen) -> bool:
    """Return whether the kernel has been seen to hold a connection that nobody has accepted."""
    history = walk.history
    kernel = history.world(len(history) - 1).kernel if history is not None else None
    return kernel is not None and any(each.accept_queue for each in kernel.sockets)


def is_whole(walk: WalkScreen) -> bool:
    """Return whether the panes that take a history in piece by piece have done so."""
    diagram, pane = walk.query_one(SequencePane), walk.query_one(TimelinePane)
    history = walk.history
    timeline = pane.timeline
    taken = timeline is not None and history is not None and timeline.taken == len(history)
    return (diagram.reached or not diagram.display) and (taken or not pane.display)


async def settle(drawn: Drawn) -> None:
    """Let all be drawn, and what was said on the way be gone."""
    screen = drawn.app.screen
    drawn.app.clear_notifications()
    await drawn.until(lambda: not screen.query(Toast))
    if isinstance(screen, WalkScreen):
        await drawn.until(lambda: is_whole(screen))
    await drawn.pilot.pause()  # until that has been drawn


async def queue(name: str, size: tuple[int, int], *, strace: bool = False) -> None:
    """The server is halted between listen and accept, and a client connects."""
    async with drawing(live("first-connection", strace=strace), size) as drawn:
        await drawn.walk_to(returned("net.Listen"))
        await drawn.pilot.press("c")
        walk = drawn.app.walk
        await drawn.until(lambda: isinstance(drawn.newest(), ClientActed) and is_queued(walk))
        await drawn.until(drawn.stands)
        await settle(drawn)
        drawn.save(name)


async def home(name: str, size: tuple[int, int], language: str) -> None:
    """Home, once it is known what can be run."""
    app = WalkthroughApp(
        lesson_factory=lesson_for, language=language, catalogue=ScenarioCatalogue()
    )
    async with drawing(app, size) as drawn:
        await app.workers.wait_for_complete()
        await settle(drawn)
        drawn.save(name)


async def port_in_use(name: str, size: tuple[int, int]) -> None:
    """The port is taken: the moment at which bind has failed, in Chinese."""
    async with drawing(live("port-in-use", "zh"), size) as drawn:
        await drawn.walk_to(returned("syscall.Bind"))
        await settle(drawn)
        drawn.save(name)


async def predict(name: str, size: tuple[int, int]) -> None:
    """A question of accept-parks, answered wrongly."""
    app = replayed(scenarios.find("accept-parks") / scenarios.RECORDING)
    async with drawing(app, size) as drawn:
        history = app.walk.history
        assert history is not None
        accept = next(
            at for at in range(len(history)) if history.event(at).function == "internal/poll.accept"
        )
        app.walk.move_to(accept)
        await drawn.pilot.press("p", "space")
        await drawn.pilot.pause()
        await drawn.pilot.press("1", "enter")
        await settle(drawn)
        drawn.save(name)


async def presenting(name: str, size: tuple[int, int]) -> None:
    """Two panes and a caption, when a client has connected to a server that waits."""
    app = replayed(scenarios.find("first-connection") / scenarios.RECORDING)
    async with drawing(app, size) as drawn:
        history = app.walk.history
        assert history is not None
        at = next(at for at in range(len(history)) if isinstance(history.event(at), ClientActed))
        app.walk.move_to(at)
        await drawn.pilot.press("P")
        await settle(drawn)
        drawn.save(name)


async def processes(name: str, size: tuple[int, int], language: str = "en") -> None:
    """A child of a prefork server accepts from the listener that all share; one stays with it."""
    async with drawing(replayed(PREFORK, language), size) as drawn:
        history = drawn.app.walk.history
        assert history is not None
        accepted = next(
            at
            for at in range(len(history))
            if isinstance(event := history.event(at), CallReturned)
            and event.call == "accept4"
            and event.error is None
        )
        drawn.app.walk.move_to(accepted)
        await drawn.pilot.press("I")
        await settle(drawn)
        drawn.save(name)


async def whole(name: str, size: tuple[int, int]) -> None:
    """A whole conversation on a large terminal, with the Python beside the Go."""
    app = replayed(scenarios.find("first-connection") / scenarios.RECORDING)
    async with drawing(app, size) as drawn:
        history = app.walk.history
        assert history is not None
        at = max(
            at
            for at in range(len(history))
            if (event := history.event(at)).function == "internal/poll.accept"
            and isinstance(event, FunctionReturned)
            and not event.failed
        )
        app.walk.move_to(at)
        await drawn.pilot.press("v")
        await settle(drawn)
        drawn.save(name)


async def long(name: str, size: tuple[int, int], recording: Path) -> None:
    """The middle of a long recording."""
    async with drawing(replayed(recording), size) as drawn:
        history = drawn.app.walk.history
        assert history is not None
        assert len(history) >= 100_000, "this recording is not long enough"
        drawn.app.walk.move_to(len(history) // 2)
        await settle(drawn)
        drawn.save(name)


PICTURES: dict[str, Callable[[str], Awaitable[None]]] = {
    "home-120x40": lambda name: home(name, WIDE, "en"),
    "home-80x24-zh": lambda name: home(name, SMALL, "zh"),
    "walk-120x40": lambda name: queue(name, WIDE),
    "walk-80x24": lambda name: queue(name, SMALL),
    "walk-250x70": lambda name: whole(name, HUGE),
    "strace-120x40": lambda name: queue(name, WIDE, strace=True),
    "processes-120x40": lambda name: processes(name, WIDE),
    "predict-120x40": lambda name: predict(name, WIDE),
    "port-in-use-zh-120x40": lambda name: port_in_use(name, WIDE),
    "presenting-80x24": lambda name: presenting(name, SMALL),
}


def write(svg: str, name: str) -> None:
    """Write one picture as PNG."""
    # a web font would be fetched; the picture is made with fonts that are here
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    svg = svg.replace("Fira Code", FONT).replace("font-size: 20px;", _CELL)
    # the renderer looks in one font only, so words in Chinese are given theirs
    style = f"font-family:{CHINESE};font-size:{_WIDE_SIZE}px"
    svg = _WIDE.sub(rf'<text \1\2 style="{style}">\3</text>', by_cells(svg))
    cairosvg.svg2png(bytestring=svg.encode(), write_to=str(FOLDER / f"{name}.png"))


async def main() -> None:
    """Draw those that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="such as walk-120x40")
    parser.add_argument("--long", type=Path, metavar="RECORDING")
    options = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    for name in options.names or PICTURES:
        await PICTURES[name](name)
    if options.long is not None:
        await long("long-120x40", WIDE, options.long)


if __name__ == "__main__":
    asyncio.run(main())
