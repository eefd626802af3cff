"""Text that anyone may have written is drawn and not obeyed: it moves no border and costs no time.

Escape sequences, markup, right-to-left, characters without a width, ten megabytes in one read.
"""

import unicodedata
from collections.abc import Iterator

import pytest
from rich.cells import cell_len

from tests.support.records import HEADER, FakeLesson, Recorder, history_of
from tests.support.screen import press
from walkthrough.i18n.catalogue import catalogue
from walkthrough.lesson.lesson import StepView
from walkthrough.model.events import (
    AnyEvent,
    CaptureEnded,
    ClientActed,
    FunctionEntered,
    Header,
    KernelObserved,
    OutputWritten,
    ProcessStarted,
    SpanCutOff,
)
from walkthrough.model.kernel_state import Descriptor, SocketState
from walkthrough.model.values import (
    Constant,
    Data,
    Fields,
    GoError,
    Pointer,
    SocketAddress,
    Spelled,
    Text,
    Unreadable,
    Value,
)
from walkthrough.state.history import History
from walkthrough.state.world import World
from walkthrough.tui.app import WalkthroughApp
from walkthrough.tui.widgets.rows_view import RowsView
from walkthrough.view.copied_text import source_line, system_call, whole_step
from walkthrough.view.step import step_at
from walkthrough.view.text import MOST_CHARACTERS, safe

HOSTILE = {
    "escapes": "\x1b[2J\x1b[31mred\x1b]0;owned\x07\x1bP+q\x1b\\\x9b5A\x9d0;x\x9c\r\b\b\x7f",
    "lines": "one\ntwo\r\nthree\vfour\ffive\x85six\u2028seven\u2029eight\tnine",
    "markup": "[red]x[/red][@click=app.quit]y[/][link=http://x]z[/link][bold",
    "right-to-left": "abc\u202etxt.exe\u2066\u2067\u200f\u061c שלום مرحبا",
    "no width": "a\u200bb\u200cc\u200dd\ufeffe\u2060f\u00adg\u034fh\U000e0041i",
    "combining": "e\u0301a\u0300" + "z" + "\u0336\u0489\u20dd" * 12 + "ก้\u0e47",
    "wide": "测试，accept 队列！ｆｕｌｌ　ｗｉｄｔｈ한국어",
    "pictures": "☃❤\ufe0f👩\u200d👩\u200d👧🇨🇳👍🏽1\ufe0f\u20e3",
    "not text": "\udc80\ud800\ufffd\ufffe\U0010ffff\ue000\u0378",
}
SIZES = [(80, 24), (120, 40)]
BIG = 10_000_000


def encodable(text: str) -> str:
    """Return text as JSON can carry it: a recording holds no lone surrogates."""
    return text.encode("utf-8", "replace").decode()


def hostile_values(text: str) -> tuple[Value, ...]:
    return (
        Text(text),
        Data(text.encode("utf-8", "surrogatepass"), 999),
        Constant(text, 1),
        SocketAddress("AF_UNIX", path=text),
        SocketAddress("AF_INET", host=text),
        Fields(text, {text: Text(text)}),
        GoError(text, text),
        Unreadable(text),
        Spelled(text),
        Pointer(1, text),
    )


def hostile_walk(text: str) -> list[AnyEvent]:
    """Return a walk with ``text`` wherever an event can have any."""
    raw = text.encode("utf-8", "surrogatepass")
    text = encodable(text)
    values = hostile_values(text)
    path, host = SocketAddress("AF_UNIX", path=text), SocketAddress("AF_INET", host=text)
    walk = Recorder()
    walk.note(ProcessStarted, pid=1, command=(text,))
    walk.enter(f"net.{text}", "bind", **{text: values[0]})
    given = {f"a{n}": value for n, value in enumerate(values)}
    walk.enter("syscall.Bind", None, **given)
    walk.call("bind", **given)  # type: ignore[arg-type]
    walk.call(text or "x", 3, pathname=values[0], buf=values[1])
    walk.kernel(
        sockets=(
            SocketState(text, text, text, text, "LISTEN", path),
            SocketState("server", "AF_INET", "SOCK_STREAM", text, text, host, inode=7, fd=3),
        ),
        descriptors=(Descriptor(3, text, text),),
        unavailable=(text,),
    )
    walk.note(ClientActed, client=1, action=text, data=raw, error=Constant(text, 1), local=path)
    walk.note(ClientActed, client=1, action="send", data=raw)
    walk.note(OutputWritten, stream=1, data=raw)
    walk.leave(failed=True, err=values[6])
    walk.note(SpanCutOff, reason=text, function=text)
    walk.note(CaptureEnded, reason=text, lost={text: 3}, unlisted={text: 4})
    return walk.events


class HostileLesson(FakeLesson):
    """A lesson in whose source and notes it stands as well."""

    text = ""

    def view(
        self, event: AnyEvent, world: World, language: str, entered: FunctionEntered | None = None
    ) -> StepView:
        view = super().view(event, world, language, entered)
        lines = tuple(f"x = {self.text!s} // {n}" for n in range(9))
        return StepView(
            file=self.text,
            line=2,
            lines=lines,
            notes={2: self.text, 3: "a note"},
            breadcrumb=(self.text, *view.breadcrumb, self.text),
            function=self.text,
            arguments=self.text,
            results=self.text,
            caption=self.text,
        )


def app_of(text: str, language: str = "en") -> WalkthroughApp:
    def lesson(header: Header) -> HostileLesson:
        made = HostileLesson(header)
        made.text = encodable(text)
        return made

    shown = encodable(text)
    header = Header(scenario=shown, go_version=shown, server="go", command=(shown,))
    history = history_of(hostile_walk(text), header)
    history.torn = shown
    return WalkthroughApp(history=history, lesson_factory=lesson, language=language)


def own_width(line: str) -> int:
    """Measure a line without the library that drew it, as wcwidth(3) does."""
    cells = 0
    for character in line:
        if unicodedata.category(character) in ("Mn", "Me", "Cf"):
            continue
        cells += 2 if unicodedata.east_asian_width(character) in "WF" else 1
    return cells


def wrong_on(app: WalkthroughApp) -> Iterator[str]:
    """Yield what is wrong with the screen as it is drawn."""
    width = app.size.width
    for number, strip in enumerate(app.screen._compositor.render_strips()):
        line = strip.text
        for character in line:
            category = unicodedata.category(character)
            if category in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
                yield f"line {number}: U+{ord(character):04X} ({category}) in {line!a}"
                break
        if strip.cell_length != width:
            yield f"line {number} is {strip.cell_length} cells wide"
        if own_width(line) != width:
            yield f"line {number} is {own_width(line)} cells wide by our own measure: {line!a}"


@pytest.mark.parametrize(("kind", "size"), [*zip(HOSTILE, SIZES * len(HOSTILE), strict=False)])
async def test_it_is_drawn_and_not_obeyed(kind: str, size: tuple[int, int]) -> None:
    app = app_of(HOSTILE[kind], "zh" if kind == "wide" else "en")
    wrong = []
    async with app.run_test(size=size, notifications=True) as pilot:
        await pilot.pause()
        while True:
            index = app.walk.status.index
            wrong += [f"event {index}: {said}" for said in wrong_on(app)]
            await press(pilot, "space")
            if app.walk.status.index == index:
                break
        for keys in (["4", "4"], ["3"], ["1"], ["2"], ["6"], ["7"], ["z"], ["slash", "x", "enter"]):
            await press(pilot, *keys)
            wrong += [f"{keys}: {said}" for said in wrong_on(app)]
    assert not wrong, "\n".join(wrong)


async def test_markup_opens_no_links_and_presses_no_keys() -> None:
    app = app_of(HOSTILE["markup"])
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "space", "space")
        strips = app.screen._compositor.render_strips()
        assert any("[@click=app.quit]" in strip.text for strip in strips)
        for strip in strips:
            for segment in strip:
                assert segment.style is None or not segment.style.link
                meta = segment.style.meta if segment.style is not None else {}
                assert "@click" not in meta


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_is_copied_is_safe_to_paste(kind: str) -> None:
    text = HOSTILE[kind]
    history = history_of(hostile_walk(text))
    lesson = HostileLesson()
    lesson.text = encodable(text)
    for index in range(len(history)):
        step = step_at(history, index, lesson, catalogue("en"))
        for copied in (source_line(step), system_call(step)):
            assert safe(copied) == copied
        for line in whole_step(step, catalogue("en")).splitlines():
            assert safe(line) == line


# Ten megabytes


def big_walk(kind: str) -> list[AnyEvent]:
    """Return a walk in which one event holds ten megabytes."""
    text = "x测\x1b[31m" * (BIG // 8)
    raw = b"\x1b[31m\xe6\xb5\x8b" * (BIG // 8)
    walk = Recorder()
    walk.note(ProcessStarted, pid=1)
    walk.enter("net.Listen", "bind")
    walk.call("socket", 3, domain=2)
    match kind:
        case "read":
            walk.call("read", BIG, fd=3, buf=Data(raw, BIG), count=BIG)
        case "path":
            walk.call("openat", 3, pathname=Text(text))
        case "argument":
            walk.enter("main.f", None, s=Text(text))
        case "output":
            walk.note(OutputWritten, stream=1, data=raw)
        case "lines of output":
            walk.note(OutputWritten, stream=1, data=b"a\n" * (BIG // 2))
        case "client":
            walk.note(ClientActed, client=1, action="send", data=raw)
        case "error":
            walk.leave(failed=True, err=GoError("x", text))
        case "descriptor":
            walk.kernel(descriptors=(Descriptor(3, "file", text),))
        case "unavailable":
            walk.kernel(unavailable=(text,))
    for _ in range(3):
        walk.call("read", 5, fd=3)
    return walk.events


BIG_KINDS = (
    "read",
    "path",
    "argument",
    "output",
    "lines of output",
    "client",
    "error",
    "descriptor",
    "unavailable",
)


@pytest.mark.parametrize("kind", BIG_KINDS)
async def test_ten_megabytes_are_stepped_over(kind: str) -> None:
    history = history_of(big_walk(kind), HEADER)
    app = WalkthroughApp(history=history, lesson_factory=FakeLesson, language="en")
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        indexes = []
        at = app.walk.status.index
        while (following := history.next_step(at)) != at:
            indexes.append(following)
            at = following
        for index in (*indexes, *reversed(indexes)):
            app.walk.move_to(index)
            await pilot.pause()
            # What is long is cut before it is made into rows, so that no step has to wrap it.
            assert longest_row(app) <= MOST_CHARACTERS * 4 + 200
        assert not list(wrong_on(app))


def longest_row(app: WalkthroughApp) -> int:
    """Return how many characters the longest row holds of all that the panes would draw."""
    return max(
        sum(len(piece.text) for piece in view.row(number))
        for view in app.walk.query(RowsView)
        for number in range(min(view.virtual_size.height, 200))
    )


def test_text_is_cut_before_it_is_looked_at() -> None:
    shown = safe("\x1b" * BIG)
    assert len(shown) <= MOST_CHARACTERS * 4 + 1
    assert shown.endswith("…")
    assert safe("x" * MOST_CHARACTERS) == "x" * MOST_CHARACTERS


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_is_measured_is_what_a_terminal_shows(kind: str) -> None:
    shown = safe(HOSTILE[kind])
    assert cell_len(shown) == own_width(shown)


def test_the_walk_is_hostile_everywhere() -> None:
    """Every kind of event that can hold text holds it."""
    history = History.of(HEADER, hostile_walk("[red]"))
    lines = [history.line(index) for index in range(len(history))]
    with_text = [line for line in lines if b"[red]" in line or b"W3JlZF0" in line]
    assert len(with_text) >= 10
    assert any(isinstance(history.event(index), KernelObserved) for index in range(len(history)))
    assert any(isinstance(history.event(index), CaptureEnded) for index in range(len(history)))
