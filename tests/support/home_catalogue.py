"""A home without files: a few scenarios and recordings of our own, and a catalogue that a test
drives."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from tests.support.records import first_connection, history_of
from walkthrough.i18n.messages import Message
from walkthrough.i18n.texts import Texts
from walkthrough.scenario.chapters import Chapter
from walkthrough.tui.screens.home.catalogue import (
    CannotOpenError,
    Capabilities,
    ExpectationSummary,
    HomeEntry,
    RecordingEntry,
    RunBlocker,
    ScenarioDetail,
)
from walkthrough.tui.screens.session_source import SessionSource


def words(en: str, zh: str) -> Texts:
    return Texts({"en": en, "zh": zh})


FIRST = HomeEntry(
    name="first-connection",
    chapter=Chapter.FLOW,
    title=words("The first connection", "第一个连接"),
    teaser=words("One connection, from Listen to its end", "从 Listen 到关闭，一步不漏"),
    summary=words(
        "A server listens, one client connects, says a line and leaves. Watch which half of the "
        "work the kernel does before accept is ever called.",
        "一个服务端开始监听，一个客户端连上来，说一句话，然后离开。"
        "留意哪些事内核在 accept 被调用之前就已做完。",
    ),
    servers=("go", "python"),
    address="127.0.0.1:0",
    recording=True,
)
TODAY = HomeEntry(
    name="the-document-today",
    chapter=Chapter.FLOW,
    title=words("The listing and today's Go", "老源码与今天的 Go"),
    teaser=words("epoll before bind: no listing told you", "先有 epoll 后有 bind，书上可没说"),
    summary=words("The same example with today's Go.", "拿今天的 Go 跑同一个例子。"),
    servers=("go",),
    address="0.0.0.0:7099",
    needs=("ipv6", "mptcp", "port"),
    recording=True,
)
PARKS = HomeEntry(
    name="accept-parks",
    chapter=Chapter.POLLER,
    title=words("Accept waits, accept4 does not", "等的是 Accept，不是 accept4"),
    teaser=words("If accept4 does not wait, then who does?", "accept4 不等，那是谁在等？"),
    summary=words("Nobody is there, so accept4 says EAGAIN.", "没有人来，accept4 返回 EAGAIN。"),
    servers=("go", "python"),
    address="127.0.0.1:0",
    recording=True,
)
TAKEN = HomeEntry(
    name="port-in-use",
    chapter=Chapter.WRONG,
    title=words("The port is taken", "端口被占用"),
    teaser=words("SO_REUSEADDR is set, and does not help", "设了 SO_REUSEADDR，也不管用"),
    summary=words("Another program listens here.", "另一个程序已经在这个地址上监听。"),
    servers=("go", "python"),
    address="{neighbour}",
    recording=True,
)
MINE = HomeEntry(
    name="mine",
    chapter=Chapter.OWN,
    title=words("Mine [bold]and nobody's", "我的"),
    summary=words("Something of my own.", "我自己的东西。"),
    servers=("go", "python"),
    address="127.0.0.1:0",
)
BROKEN = HomeEntry(
    name="wrong\x1b[2J",
    chapter=Chapter.OWN,
    title=words("wrong\x1b[2J", "wrong\x1b[2J"),
    summary=words("wrong", "wrong"),
    broken="wrong/scenario.toml, line 1: unknown key 'netwrok'; did you mean 'network'?",
)
ENTRIES = (FIRST, TODAY, PARKS, TAKEN, MINE, BROKEN)
PORT = RunBlocker("port", "It needs 0.0.0.0:7099, where another program listens.")
RECENTS = (
    RecordingEntry(
        path=Path("/home/student/.local/share/walkthrough/recordings/accept-parks-2.jsonl"),
        scenario="accept-parks",
        server="go",
        go_version="go1.27.3",
        when=datetime(2026, 3, 2, 21, 7),
        events=1341,
    ),
    RecordingEntry(
        path=Path("/home/student/.local/share/walkthrough/recordings/first-connection-1.jsonl"),
        scenario="first-connection",
        server="python",
        when=datetime(2026, 3, 1, 9, 30),
        events=None,
    ),
)
ABILITIES = Capabilities(
    traces_go=True,
    lacking={
        ("the-document-today", "go"): PORT,
        ("the-document-today", "python"): RunBlocker("server", "It runs under --server go only."),
    },
    known=frozenset(entry.name for entry in ENTRIES if not entry.broken),
)
DETAIL = ScenarioDetail(
    promised=ExpectationSummary(
        stages=8, printed=("listening on *",), exit_code=1, calls=19, kernel=5
    ),
    questions=(
        words("Nobody has connected yet. What does the first accept4 do?", "还没有人连接。"),
        words("Now a client connects. What happens first?", "现在一个客户端连接。"),
    ),
    recording=replace(RECENTS[0], path=Path("/scenarios/first-connection/recording.jsonl")),
)


def replay() -> SessionSource:
    return SessionSource(history=history_of(first_connection()))


@dataclass
class FakeCatalogue:
    """A catalogue that says what it is told to.

    Attributes:
        listed: The scenarios.
        kept: The recordings.
        able: What can be run.
        known: Set once it may be told what can be run; set from the start.
        refused: What may not be opened, with the sentence.
        live: What a live walk gives; the recording if it is None.
        asked: What was asked to be opened.
        said: Remarks about the list.
    """

    listed: tuple[HomeEntry, ...] = ENTRIES
    kept: tuple[RecordingEntry, ...] = RECENTS
    able: Capabilities = ABILITIES
    known: asyncio.Event = field(default_factory=asyncio.Event)
    refused: dict[str, Message | str] = field(default_factory=dict)
    live: SessionSource | None = None
    asked: list[tuple[str, ...]] = field(default_factory=list)
    said: tuple[Message | str, ...] = ()

    def __post_init__(self) -> None:
        self.known.set()

    def entries(self) -> tuple[HomeEntry, ...]:
        return self.listed

    def remarks(self) -> tuple[Message | str, ...]:
        return self.said

    def detail(self, name: str) -> ScenarioDetail:
        return DETAIL

    def recents(self) -> tuple[RecordingEntry, ...]:
        return self.kept

    async def abilities(self) -> Capabilities:
        await self.known.wait()
        return self.able

    def open_live(self, name: str, server: str) -> SessionSource:
        self._ask("live", name, server)
        return self.live if self.live is not None else replay()

    def open_replay(self, name: str) -> SessionSource:
        self._ask("replay", name)
        return replay()

    def open_path(self, path: str) -> SessionSource:
        self._ask("path", path)
        return replay()

    def _ask(self, *asked: str) -> None:
        self.asked.append(asked)
        if asked[1] in self.refused:
            raise CannotOpenError(self.refused[asked[1]])
