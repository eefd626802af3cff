"""Nothing is untranslated: words, actions, notes, scenarios, and all that is drawn in Chinese."""

import ast
import os
import re
import string
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from babel.messages.pofile import read_po
from textual.pilot import Pilot

from tests.support.records import HEADER, FakeLesson, first_connection, history_of, index_of
from tests.support.screen import press
from tests.support.sentences import CHINESE, PACKAGE
from walkthrough.i18n.catalogue import catalogue, languages
from walkthrough.lesson.lesson import StepView
from walkthrough.model.events import AnyEvent, CallEntered, ClientActed, FunctionEntered
from walkthrough.scenario.loader import server_folder
from walkthrough.state.world import World
from walkthrough.tui.app import WalkthroughApp
from walkthrough.tui.screens.walk import WalkScreen
from walkthrough.tui.widgets.action import Group
from walkthrough.tui.widgets.actions import ACTIONS
from walkthrough.user_data.language import language_of
from walkthrough.view.step_text import step_text

EN, ZH = catalogue("en"), catalogue("zh")
SCENARIOS = server_folder().parent
_HAN = r"[\u4e00-\u9fff\u3000-\u303f\uff00-\uffef]"
HALF_WIDTH = re.compile(rf"{_HAN}[,;:!?)]|{_HAN}\.(?:\s|$)|[,;:!?(]{_HAN}")
"""Punctuation of English beside Chinese."""
PHRASE = re.compile(r"(?<![\w.])[A-Za-z][a-z]+(?: [a-z]{2,}){3,}")
"""Four English words in a row."""
QUOTED = re.compile(r"`[^`]*`|\"[^\"]*\"|sudo sysctl \S+|pip install \S+|::\S*")
"""What is typed, quoted, or an address is the same in every language."""

# Texts that are the same in both languages, for they are names.
NAMES = {
    "en": "the code of the language itself",
    "goroutine {number}": "Go's own word, as the glossary has it",
    "strace": "a program's name",
    "epoll: fd {fd} {events}": "what epoll says, in the kernel's words",
    "{kind}: {right} of {counted}": "numbers; the kind is translated",
}


class Pair(NamedTuple):
    """A text in both languages, and where it is kept."""

    where: str
    en: object
    zh: object


def in_toml(where: str, table: object) -> Iterator[Pair]:
    """Yield every text of a file of notes, of a scenario or of a lesson."""
    if isinstance(table, dict):
        if "en" in table or "zh" in table:
            yield Pair(where, table.get("en"), table.get("zh"))
        for key, value in table.items():
            yield from in_toml(f"{where}.{key}", value)
    elif isinstance(table, list):
        for number, value in enumerate(table):
            yield from in_toml(f"{where}[{number}]", value)


def fields(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def complaints(pair: Pair) -> list[str]:
    """Return what is wrong with a pair of texts."""
    where, en, zh = pair
    if not isinstance(en, str) or not isinstance(zh, str):
        return [] if en == zh else [f"{where}: {en!r} and {zh!r} are no texts"]
    if bool(en.strip()) != bool(zh.strip()):
        return [f"{where}: one language has nothing to say"]
    wrong = []
    plain = re.sub(r"\{[^}]*\}", "", en)
    # Only names: `ECONNREFUSED.`, `LISTEN, backlog {most}`.
    same = en in NAMES or en.rstrip(".").replace(", ", "，") == zh.rstrip("。")
    if re.search(r"[A-Za-z]{2,}", plain) and not CHINESE.search(zh) and not same:
        wrong.append(f"{where}: {zh!r} is not Chinese")
    if CHINESE.search(en):
        wrong.append(f"{where}: {en!r} is not English")
    return wrong + [f"{where}: {what}" for what in bad_chinese(zh)]


def bad_chinese(zh: str) -> list[str]:
    wrong = []
    zh = QUOTED.sub('"', zh)
    if match := HALF_WIDTH.search(zh):
        around = zh[max(match.start() - 8, 0) : match.end() + 8]
        wrong.append(f"English punctuation beside Chinese in …{around}…")
    if match := PHRASE.search(zh):
        wrong.append(f"English in {zh!r}: {match[0]!r}")
    return wrong


# Messages


def test_actions_are_described_in_sentences() -> None:
    for action in ACTIONS:
        assert EN(action.help).endswith((".", "?")), action.id
        assert ZH(action.help).endswith(("。", "？")), action.id
        assert action.name(EN) != action.name(ZH) or action.name(EN) == "strace", action.id
    assert all(CHINESE.search(ZH(group.value)) for group in Group)


def test_notes_scenarios_and_lessons() -> None:
    files = [*(PACKAGE / "source" / "notes").glob("*.toml"), *SCENARIOS.glob("*/*.toml")]
    pairs = [
        pair
        for file in files
        for pair in in_toml(f"{file.parent.name}/{file.name}", tomllib.loads(file.read_text()))
    ]
    assert len(pairs) > 300
    wrong = [said for pair in pairs for said in complaints(pair)]
    assert not wrong, "\n".join(wrong)


# Code

MESSAGES = frozenset(("message", "plural", "in_context", "tr"))


def called(call: ast.Call) -> str:
    return str(getattr(call.func, "attr", getattr(call.func, "id", "")))


def english_in(file: Path) -> Iterator[tuple[int, str]]:
    """Yield what looks like a sentence in English, docstrings and what is raised aside."""
    tree = ast.parse(file.read_text("utf-8"))
    passed: set[int] = set()
    for node in ast.walk(tree):
        inner: list[ast.AST] = []
        if isinstance(node, ast.Expr | ast.Raise | ast.Assert):
            if not isinstance(node, ast.Expr) or isinstance(node.value, ast.Constant):
                inner = [node]
        elif isinstance(node, ast.Call) and called(node) in MESSAGES:
            inner = [node]  # the catalogues have it
        elif isinstance(node, ast.AnnAssign | ast.Assign):
            targets = [node.target] if isinstance(node, ast.AnnAssign) else node.targets
            if any(isinstance(each, ast.Name) and each.id.endswith("CSS") for each in targets):
                inner = [node]
        passed.update(id(each) for start in inner for each in ast.walk(start))
    for node in ast.walk(tree):
        if id(node) in passed or not isinstance(node, ast.Constant):
            continue
        if isinstance(node.value, str) and PHRASE.search(node.value):
            yield node.lineno, node.value


def test_no_module_of_the_screen_holds_english_of_its_own() -> None:
    wrong = []
    for file in sorted(
        each for layer in ("tui", "view") for each in (PACKAGE / layer).rglob("*.py")
    ):
        wrong += [
            f"{file.relative_to(PACKAGE)}:{line}: {text!r}" for line, text in english_in(file)
        ]
    assert not wrong, "\n".join(wrong)


def test_chinese_stands_in_the_catalogue_and_in_what_is_typed() -> None:
    typed = {"goto_parser.py", "event_filter.py", "text.py"}
    found = [
        file.name
        for layer in ("tui", "view")
        for file in (PACKAGE / layer).rglob("*.py")
        if CHINESE.search(file.read_text("utf-8"))
    ]
    assert set(found) <= typed


# What the layers below say


def test_every_message_is_good_chinese() -> None:
    file = PACKAGE / "i18n" / "locale" / "zh" / "LC_MESSAGES" / "walkthrough.po"
    with file.open("rb") as stream:
        catalogue = read_po(stream, locale="zh")
    wrong = []
    for each in catalogue:
        if each.id:
            texts = [each.string] if isinstance(each.string, str) else each.string or []
            wrong += [complaint for chinese in texts for complaint in bad_chinese(chinese)]
    assert not wrong, "\n".join(wrong)


# Which language


@pytest.mark.parametrize(
    ("asked", "environment", "language"),
    [
        (None, {"LANG": "zh_CN.UTF-8"}, "zh"),
        (None, {"LANG": "zh_TW"}, "zh"),
        (None, {"LANG": "en_US.UTF-8"}, "en"),
        (None, {"LANG": "zh_CN.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        (None, {"LANG": "de_DE.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, "zh"),
        (None, {}, "en"),
        ("zh", {"LANG": "en_US.UTF-8"}, "zh"),
        ("en", {"LANG": "zh_CN.UTF-8"}, "en"),
    ],
)
def test_which_language_is_spoken(
    asked: str | None, environment: dict[str, str], language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert language_of(asked) == language
    assert catalogue(language).language == language
    assert os.environ.get("LANG") == environment.get("LANG")


# What is drawn

EVENTS = first_connection()
STEPS = (
    0,
    index_of(EVENTS, CallEntered, "socket"),
    index_of(EVENTS, FunctionEntered, "syscall.Listen"),
    next(event.seq for event in EVENTS if isinstance(event, ClientActed)) + 1,
    len(EVENTS) - 1,
)
TECHNICAL = frozenset(
    re.findall(
        "[A-Za-z]+",
        # Names: of programs, of protocols, of what Go and the kernel have.
        "walkthrough Go goroutine strace fd epoll SVG svg EN Python LOG accept connect read write "
        "close LISTEN CLOSE ESTABLISHED FIN RST SYN ACK TCP backlog EAGAIN errors INJECTED main "
        "func IN OUT ERR HUP RDHUP ET PRI EPOLLIN file socket eventfd pipe NULL "
        # Keys, and what may be typed.
        "Esc Enter Tab End Home space Ctrl Shift PgUp PgDn English stage step call thread error",
    )
)


class ChineseSource(FakeLesson):
    """A lesson whose source has no English in it."""

    LINES = tuple(f"函数 := 取(fd, {number}) // 第 {number} 行" for number in range(1, 240))

    def view(
        self, event: AnyEvent, world: World, language: str, entered: FunctionEntered | None = None
    ) -> StepView:
        view = super().view(event, world, language, entered)
        return StepView(
            file=view.file,
            line=view.line,
            lines=self.LINES if view.lines else (),
            missing=view.missing,
            notes=view.notes,
            breadcrumb=view.breadcrumb,
            function=view.function,
            arguments=view.arguments,
            results=view.results,
        )


def words_in_data() -> frozenset[str]:
    """Return the words that the events themselves hold, and those of strace's notation."""
    history = history_of(EVENTS)
    texts = [HEADER.scenario]
    for index in range(len(history)):
        values = re.findall(r'[:\[,]"([^"]*)"(?!:)', history.line(index).decode())
        texts += [*values, step_text(history.event(index), ZH).text]
    return frozenset(word for text in texts for word in re.findall("[A-Za-z]+", text))


ALLOWED = TECHNICAL | words_in_data()


def english_on(app: WalkthroughApp) -> set[str]:
    """Return the English words that are to be seen, names aside."""
    strips = app.screen._compositor.render_strips()
    lines = [strip.text for strip in strips]
    lines += [str(note.message) for note in app._notifications]
    found: set[str] = set()
    for line in lines:
        for cell in re.split("[│┃╭╮╰╯━─┏┓┗┛…▌▐]", line):
            words = re.findall(r"[A-Za-z]+", cell)
            for at, word in enumerate(words):
                if len(word) < 3 or word in ALLOWED:
                    continue
                # What is wrapped or cut may be a part of a name.
                edge = at in (0, len(words) - 1)
                if not (edge and any(word in name for name in ALLOWED)):
                    found.add(word)
    return found


def in_chinese_app() -> WalkthroughApp:
    return WalkthroughApp(history=history_of(EVENTS), lesson_factory=ChineseSource, language="zh")


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (250, 70)])
async def test_no_english_is_drawn_at_any_moment(size: tuple[int, int]) -> None:
    app = in_chinese_app()
    async with app.run_test(size=size) as pilot:
        for step in STEPS:
            app.walk.move_to(step)
            await pilot.pause()
            assert not english_on(app), step


async def back_to_the_walk(app: WalkthroughApp, pilot: Pilot[None]) -> None:
    while not isinstance(app.screen, WalkScreen):
        app.pop_screen()
        await pilot.pause()
    await press(pilot, "escape")
    app.clear_notifications()


async def test_no_english_is_drawn_whatever_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null")
    app = in_chinese_app()
    named = {*re.findall("[A-Za-z]+", str(tmp_path)), "Markdown", "FILE", "document", "export"}
    wrong = {}
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        app.walk.move_to(STEPS[2])
        for action in ACTIONS:
            if action.id in (
                "leave",
                "quit",
                "language",
                "glossary",
            ):  # which explains English words
                continue
            app.walk.action_perform(action.id)
            await pilot.pause()
            words = {word for word in english_on(app) if not any(word in each for each in named)}
            if words:
                wrong[action.id] = words
            await back_to_the_walk(app, pilot)
    assert not wrong


@pytest.mark.parametrize(
    "keys",
    [
        ["slash", "接"],
        ["slash", "接", "tab"],
        ["slash", "接", "tab", "tab", "enter"],
        ["slash", "鲸", "enter"],
        ["F", "x", "enter"],
        ["F", *"stage:7", "enter"],
        ["F", *"g:7", "enter", "space"],
        ["question_mark", "slash", "鲸"],
        ["ctrl+p", "鲸"],
        ["y", "c"],
    ],
)
async def test_no_english_is_drawn_while_one_finds(
    keys: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null")
    app = in_chinese_app()
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await press(pilot, *keys)
        await pilot.pause(0.4)
        assert not english_on(app) - {"stages", "probe", "setDeadline"}


async def test_the_key_changes_the_language_and_nothing_stays_behind() -> None:
    app = WalkthroughApp(history=history_of(EVENTS), lesson_factory=ChineseSource, language="en")
    async with app.run_test(size=(120, 40)) as pilot:
        app.walk.move_to(STEPS[3])
        await press(pilot, "slash", *"bind", "enter", "F", *"stage:bind", "enter")
        assert english_on(app)
        for language in (*languages()[1:], "en"):  # the key goes round
            await press(pilot, "l")
            assert app.walk.language == language
            if language in ("en", "zh"):  # another may be half translated, in somebody's checkout
                assert bool(english_on(app)) == (language == "en")
