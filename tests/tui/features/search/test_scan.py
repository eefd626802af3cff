"""What is found: needles, events by their text and by a filter, notes where they are met."""

import random
import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.support.records import CLIENT, HEADER, Recorder, first_connection, history_of, index_of
from tests.support.strategies import EVENTS as ANY_EVENT
from tests.support.strategies import event_lists
from walkthrough.i18n.catalogue import catalogue
from walkthrough.i18n.messages import Message
from walkthrough.i18n.texts import Texts
from walkthrough.model.events import (
    FORMAT_OF_REVISIONS,
    AnyEvent,
    CallEntered,
    CallReturned,
    ClientActed,
    FunctionEntered,
    FunctionReturned,
    Header,
    OutputWritten,
    ProcessStarted,
    RevisedCall,
    StagesRevised,
)
from walkthrough.model.stages import Stage, Step
from walkthrough.model.values import Argument, Constant
from walkthrough.recording.file import load
from walkthrough.scenario import loader as scenarios
from walkthrough.source.notes import Note
from walkthrough.state.history import LOOK_BACK, History
from walkthrough.tui.features.search import screenshot
from walkthrough.tui.features.search.command_palette import score
from walkthrough.tui.features.search.matching import SearchTerm
from walkthrough.tui.features.search.noted import NoteMatches
from walkthrough.tui.features.search.scan import FilteredEvents, Scan, ScanMatch, ScanOutcome
from walkthrough.tui.features.search.search import Search, excerpt, lines_with
from walkthrough.tui.features.search.sieve import EventSieve, sure_word
from walkthrough.tui.widgets.action import Action
from walkthrough.tui.widgets.actions import BY_ID
from walkthrough.view import event_filter
from walkthrough.view.event_fields import gist_of
from walkthrough.view.event_filter import Filter, FilterError, completions, parse
from walkthrough.view.step_text import step_text
from walkthrough.view.text import Piece

EN = catalogue("en")
ZH = catalogue("zh")


EVENTS = first_connection()


def always() -> bool:
    return True


def searched(
    text: str, events: list[AnyEvent] | None = None, start: int = 0, words: object = EN
) -> list[int]:
    """Return all events in which ``text`` is found, in order."""
    history = history_of(EVENTS if events is None else events)
    search = Search(history, SearchTerm(text), words, start)  # type: ignore[arg-type]
    search.work(always)
    assert search.done
    found = []
    at = -1
    while isinstance(match := search.next(at), ScanMatch) and not match.wrapped:
        found.append(match.event)
        at = match.event
    assert len(found) == len(search)
    return found


# Needles


@pytest.mark.parametrize(
    ("needle", "text", "found"),
    [
        ("eagain", "= -1 EAGAIN", True),
        ("EAGAIN", "= -1 EAGAIN", True),
        ("Eagain", "= -1 EAGAIN", False),
        ("a.c", "abc", False),
        ("a.c", "a.c", True),
        ("(", "listen(3", True),
        ("队列", "accept 队列", True),
        ("ÄR", "bär", False),
        ("är", "BÄR", True),
        ("listen", "", False),
    ],
)
def test_capitals_count_if_there_are_any_and_nothing_is_a_pattern(
    needle: str, text: str, found: bool
) -> None:
    assert SearchTerm(needle).found_in(text) is found
    assert bool(SearchTerm(needle).spans(text)) is found


def test_a_place_that_ends_beyond_a_character() -> None:
    needle = SearchTerm("ab")
    assert needle.found_in("ab ab", beyond=4)
    assert needle.found_in("xxab", beyond=3)
    assert not needle.found_in("ab", beyond=2)
    assert not needle.found_in("ab x", beyond=2)


def test_what_is_found_is_marked_across_pieces() -> None:
    row = (Piece("net.Li", "function"), Piece("sten(3)", ""), Piece(" ok", "dim"))
    marked = SearchTerm("listen").mark(row, "found")
    assert marked == (
        Piece("net.", "function"),
        Piece("Listen", "found"),
        Piece("(3)", ""),
        Piece(" ok", "dim"),
    )
    assert SearchTerm("nothing").mark(row, "found") is row


@given(st.text(max_size=30), st.text(min_size=1, max_size=3))
def test_marking_loses_no_text(text: str, needle: str) -> None:
    row = (Piece(text[:7]), Piece(text[7:], "dim"))
    assert "".join(piece.text for piece in SearchTerm(needle).mark(row, "found")) == text


def test_an_excerpt_of_a_long_text_shows_what_was_found() -> None:
    text = "x" * 5_000_000 + "here" + "y" * 5_000_000
    shown = excerpt(text, SearchTerm("HERE".lower()))
    assert "here" in shown
    assert len(shown) <= 401
    assert shown.startswith("…")


# Going from one to the next, in a history that grows


class Growing(History):
    """A history of which only the length counts."""

    def __init__(self, length: int) -> None:
        super().__init__(HEADER)
        self.length = length

    def __len__(self) -> int:
        return self.length


@given(
    st.sets(st.integers(0, 30)),
    st.integers(0, 30),
    st.integers(-1, 30),
    st.lists(st.integers(0, 9), max_size=12),
    st.integers(0, 8),
)
def test_a_scan_never_answers_wrongly_however_far_it_has_come(
    holding: set[int], start: int, at: int, slices: list[int], grows: int
) -> None:
    history = Growing(31 - grows)
    scan = Scan(history, start, holding.__contains__)
    for count in [0, *slices, 99]:
        budget = iter(range(count))
        scan.work(lambda budget=budget: next(budget, None) is not None)  # type: ignore[misc]
        if count == 99 and history.length < 31:
            history.length = 31
            scan.work(always)
        known = [each for each in sorted(holding) if each < history.length]
        after = [each for each in known if each > at]
        before = [each for each in known if each < at]
        ahead, behind = scan.next(at), scan.previous(at)
        if ahead is not ScanOutcome.NOT_YET:
            wrapped = ScanMatch(known[0], True) if known else ScanOutcome.NONE
            assert ahead == (ScanMatch(after[0]) if after else wrapped)
        if behind is not ScanOutcome.NOT_YET:
            right = (
                ScanMatch(before[-1])
                if before
                else ScanMatch(known[-1], True)
                if known
                else ScanOutcome.NONE
            )
            assert behind == right
        assert len(scan) <= len(known)
    assert scan.done
    assert scan.share == 1
    assert ScanOutcome.NOT_YET not in (scan.next(at), scan.previous(at))
    assert len(scan) == len(known)
    assert [scan.number(each) for each in known] == list(range(1, len(known) + 1))
    assert [scan.among(each, each) for each in known] == known


# What an event is found by


def test_a_call_is_found_once_where_it_is_made() -> None:
    entered = index_of(EVENTS, CallEntered, "bind")
    assert searched("sin_port=htons(7099)") == [entered]
    assert searched("bind(3") == [entered]


def test_what_only_the_end_of_a_call_tells_is_found_there() -> None:
    assert searched("EAGAIN (") == [index_of(EVENTS, CallReturned, "accept4")]
    walk = Recorder()
    walk.call("accept4", 4, sockfd=3, addr=CLIENT)
    walk.events[0] = replace(walk.events[0], arguments=(Argument("sockfd", 3),))
    assert searched("htons(40422)", walk.events) == [1]
    assert searched("accept4(3", walk.events) == [0]
    assert searched("4096) = 0") == [index_of(EVENTS, CallReturned, "listen")]


def test_a_function_is_found_where_it_is_called_and_its_results_where_it_returns() -> None:
    assert searched("net.sysSocket") == [index_of(EVENTS, FunctionEntered, "net.sysSocket")]
    assert searched("sotype=1") == [index_of(EVENTS, FunctionEntered, "net.sysSocket")]
    assert searched("= EAGAIN") == []
    assert index_of(EVENTS, FunctionReturned, "internal/poll.accept") in searched("eagain")


def test_clients_output_addresses_and_sentences_are_found() -> None:
    client = next(event.seq for event in EVENTS if isinstance(event, ClientActed))
    assert client in searched("127.0.0.1:40422")
    assert searched("handshake") == [client]
    assert searched("握手", words=ZH) == [client]
    assert searched("Serving 127") == [
        next(event.seq for event in EVENTS if isinstance(event, OutputWritten))
    ]
    assert searched("process 4242") == [0]


def test_the_first_match_is_known_before_all_are() -> None:
    history = history_of(EVENTS)
    start = index_of(EVENTS, CallEntered, "listen")
    search = Search(history, SearchTerm("epoll_ctl"), EN, start)
    budget = iter(range(20))
    search.work(lambda: next(budget, None) is not None)
    first = search.next(start)
    assert isinstance(first, ScanMatch)
    assert first.event > start
    assert search.previous(start) is ScanOutcome.NOT_YET
    assert search.number(first.event) is None
    search.work(always)
    assert isinstance(search.previous(start), ScanMatch)
    assert search.number(first.event) == 2


def test_a_history_that_grows_is_searched_on() -> None:
    walk = Recorder()
    walk.enter("net.Listen")
    history = history_of(walk.events)
    search = Search(history, SearchTerm("listen"), EN, 0)
    search.work(always)
    assert (search.done, len(search)) == (True, 1)
    walk.call("listen", sockfd=3, backlog=128)
    for event in walk.events[1:]:
        history.append(event)
    assert not search.done
    search.work(always)
    assert (search.done, len(search)) == (True, 2)


def test_lines_of_a_text() -> None:
    assert lines_with(SearchTerm("b"), ("a", "B b", "c", "ab")) == (2, 4)


def test_which_call_an_event_begins_or_ends() -> None:
    history = history_of(EVENTS)
    calls = [event for event in EVENTS if isinstance(event, CallEntered)]
    for number, entered in enumerate(calls):
        assert history.call_of(entered.seq) == number
        returned = history.call_seq(number)[1]
        assert returned is None or history.call_of(returned) == number
    assert history.call_of(0) is None
    assert msgspec.json.decode(history.line(3), type=AnyEvent) == EVENTS[3]


def test_a_call_that_began_too_long_ago_is_not_looked_for() -> None:
    walk = Recorder()
    walk.call("epoll_pwait", returns=False)
    late = CallReturned(seq=1, time_ns=1, call="epoll_pwait", span=1)
    short = history_of([walk.events[0], late])
    assert short.call_of(1) == 0
    for _ in range(LOOK_BACK):
        walk.call("read", returns=False)
    walk.events.append(replace(late, seq=len(walk.events)))
    assert history_of(walk.events).call_of(len(walk.events) - 1) is None


# The sieve: fast, and never wrong


@pytest.mark.parametrize("name", ["port-in-use", "burst", "udp", "unix-socket", "dual-stack"])
def test_the_sieve_lets_everything_through_that_is_shown(name: str) -> None:
    history = History.load(load(scenarios.find(name) / scenarios.RECORDING))
    chance = random.Random(name)
    for index in range(len(history)):
        text, _ = step_text(history.event(index), EN)
        for _ in range(8):
            if not text:
                break
            start = chance.randrange(len(text))
            part = text[start : start + chance.randint(1, 16)]
            for needle in (SearchTerm(part), SearchTerm(part.lower())):
                assert EventSieve(needle).may_hold(history.line(index)), (part, text)


@given(st.one_of(*ANY_EVENT.values()), st.data())
def test_the_sieve_lets_everything_through_that_can_be_shown(
    event: AnyEvent, data: st.DataObject
) -> None:
    text, _ = step_text(event, EN)
    if not text:
        return
    start = data.draw(st.integers(0, len(text) - 1))
    needle = SearchTerm(text[start : start + data.draw(st.integers(1, 12))])
    assert EventSieve(needle).may_hold(msgspec.json.encode(event)), text


def test_the_sieve_passes_over_most_of_what_cannot_hold_a_word() -> None:
    history = history_of(EVENTS)
    sieve = EventSieve(SearchTerm("getsockname"))
    kept = [e for e in EVENTS if sieve.may_hold(history.line(e.seq))]
    assert not any(isinstance(event, FunctionEntered) for event in kept)
    assert len(kept) <= 5  # none of them is a call or a function


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("net.(*netFD).listenStream", "listenStream"),
        ("7099", ""),
        ("0xdeadbeef", ""),
        ("fd", ""),
        ("sin_port=htons", ""),
        ("temporarily unavailable", ""),
        ("队列", ""),
    ],
)
def test_a_word_that_only_the_data_can_have(text: str, word: str) -> None:
    assert sure_word(text) == word


# Filters


def passing(text: str, events: list[AnyEvent] | None = None) -> list[AnyEvent]:
    events = EVENTS if events is None else events
    history = history_of(events)
    scan = FilteredEvents(history, parse(text), 0)
    scan.work(always)
    return [event for event in events if scan.among(event.seq, event.seq) is not None]


def is_call(event: AnyEvent, *names: str) -> bool:
    return isinstance(event, CallEntered | CallReturned) and event.call in names


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("stage:accept", lambda e: e.stage == "accept"),
        ("STAGE:Accept", lambda e: e.stage == "accept"),
        ("step:accept4,pollWait", lambda e: e.step in ("accept4", "pollWait")),
        ("call:epoll_ctl", lambda e: is_call(e, "epoll_ctl")),
        ("call:bind,listen", lambda e: is_call(e, "bind", "listen")),
        ("stage:accept call:epoll_ctl", lambda e: is_call(e, "epoll_ctl") and e.stage == "accept"),
        (
            "stage：accept　call：epoll_ctl",
            lambda e: is_call(e, "epoll_ctl") and e.stage == "accept",
        ),
        ("g:1", lambda e: e.goroutine == 1),
        ("goroutine:2", lambda e: False),
        ("thread:4242", lambda e: e.thread == 4242),
        ("error:EAGAIN", lambda e: getattr(e, "error", None) is not None),
        ("stage:bind stage:listen", lambda e: False),
    ],
)
def test_what_passes(text: str, passes: object) -> None:
    riders = ("kernel_observed", "output_written")
    expected = [
        event
        for event in EVENTS
        if passes(event) and event.__struct_config__.tag not in riders  # type: ignore[operator]
    ]
    assert passing(text) == expected


def test_errors_are_what_failed_and_not_what_is_only_not_yet() -> None:
    walk = Recorder()
    walk.note(ProcessStarted, pid=1)
    walk.enter("syscall.Bind", "bind", fd=3)
    walk.call("bind", error="EADDRINUSE", sockfd=3)
    walk.leave(failed=True, err=Constant("EADDRINUSE", 98))
    walk.enter("internal/poll.accept", "accept4", s=3)
    walk.call("accept4", error="EAGAIN", sockfd=3)
    walk.leave(failed=True, err=Constant("EAGAIN", 11))
    walk.note(ClientActed, client=1, action="connect", error=Constant("ECONNREFUSED", 111))
    walk.note(ClientActed, client=1, action="receive", error=Constant("EAGAIN", 11))
    failed = passing("errors", walk.events)
    assert [type(event) for event in failed] == [CallReturned, FunctionReturned, ClientActed]
    assert passing("errors call:accept4", walk.events) == []
    assert len(passing("error:EAGAIN", walk.events)) == 3
    assert len(passing("error:eaddrinuse,ECONNREFUSED", walk.events)) == 3


@pytest.mark.parametrize(
    ("text", "why", "given"),
    [
        ("fd:3", event_filter.UNKNOWN, "fd:3"),
        ("accept", event_filter.UNKNOWN, "accept"),
        ("stage", event_filter.UNKNOWN, "stage"),
        ("stage:", event_filter.EMPTY, "stage"),
        ("stage:,", event_filter.EMPTY, "stage"),
        ("stage:bind,connect", event_filter.NO_STAGE, "connect"),
        ("step:bind", event_filter.NO_STEP, "bind"),
        ("g:one", event_filter.NO_NUMBER, "one"),
        ("thread:-1", event_filter.NO_NUMBER, "-1"),
        ("g:²", event_filter.NO_NUMBER, "²"),
    ],
)
def test_a_filter_that_cannot_be_understood(text: str, why: Message, given: str) -> None:
    with pytest.raises(FilterError) as raised:
        parse(text)
    assert (raised.value.why, raised.value.given) == (why, given)


@given(st.text(alphabet="stagecllgerno:, 0123456789accept", max_size=30))
def test_any_text_is_a_filter_or_says_why_not(text: str) -> None:
    try:
        understood = parse(text)
    except FilterError:
        return
    assert isinstance(understood, Filter)
    assert parse(understood.text).text == understood.text


def test_no_words_make_no_filter() -> None:
    assert parse("  ").conditions == ()


@given(event_lists())
def test_the_traces_of_a_filter_pass_over_nothing(events: list[AnyEvent]) -> None:
    history = history_of(events)
    for text in ("stage:accept", "step:read", "call:close", "g:3", "thread:0", "errors"):
        understood = parse(text)
        for index in range(len(history)):
            line = history.line(index)
            gist = gist_of(line)
            slow = all(each.meets(gist, line) for each in understood.conditions)
            assert understood.passes(line) == slow


@given(event_lists())
def test_a_step_stops_where_the_history_says(events: list[AnyEvent]) -> None:
    history = history_of(events)
    for index in range(1, len(history)):
        assert gist_of(history.line(index)).leads == (history.step_start(index) == index)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("st", ["stage:", "step:"]),
        ("errors st", ["stage:", "step:"]),
        ("stage:ac", ["stage:accept"]),
        ("stage:bind,li", ["stage:bind,listen"]),
        ("call:acc", ["call:accept", "call:accept4"]),
        ("g:1", ["g:1", "g:18"]),
        ("x", []),
        ("", ["stage:", "step:", "call:", "g:", "thread:", "process:", "error:", "errors"]),
    ],
)
def test_completions(text: str, found: list[str]) -> None:
    assert completions(text, ("bind", "accept4", "accept"), (1, 18, 20)) == found


# Notes


def note(id: str, **fields: object) -> Note:
    said = Texts({"en": "x", "zh": "字"})
    return Note(id=id, text=("",), said=said, **{"function": ("f",), **fields})  # type: ignore[arg-type]


def test_a_note_is_met_at_the_first_event_of_its_place_or_function() -> None:
    notes = [
        note("listen", stage=Stage.LISTEN),
        note("wait", stage=Stage.ACCEPT, step=Step.POLL_WAIT),
        note("again", stage=Stage.ACCEPT, step=Step.ACCEPT4, after=Step.POLL_WAIT),
        note("backlog", function=("net.listenerBacklog", "net.other")),
        note("never", function=("net.never",)),
    ]
    meetings = NoteMatches(history_of(EVENTS), notes)
    meetings.work(always)
    assert meetings.done
    assert [(met.note.id, met.event) for met in meetings.met] == [
        ("backlog", index_of(EVENTS, FunctionEntered, "net.listenerBacklog")),
        ("listen", index_of(EVENTS, FunctionEntered, "syscall.Listen")),
        ("wait", index_of(EVENTS, FunctionEntered, "internal/poll.runtime_pollWait")),
        ("again", index_of(EVENTS, FunctionEntered, "internal/poll.accept", 1)),
    ]


# The picture's file


@pytest.mark.parametrize(
    ("scenario", "name"),
    [
        ("first-connection", "walkthrough-first-connection-7.svg"),
        ("", "walkthrough-program-7.svg"),
        ("../../etc/passwd", "walkthrough-etc-passwd-7.svg"),
        ("\x1b[31m端口", "walkthrough-31m-7.svg"),
        (".." * 200, "walkthrough-program-7.svg"),
    ],
)
def test_the_name_of_a_picture(scenario: str, name: str) -> None:
    assert screenshot.file_name(scenario, 7) == name


def test_a_picture_is_for_its_owner_and_follows_no_link(tmp_path: Path) -> None:
    (tmp_path / "walkthrough-x-1.svg").symlink_to("elsewhere")
    path = screenshot.save("<svg>", tmp_path, "walkthrough-x-1.svg")
    assert path.name == "walkthrough-x-1-2.svg"
    assert path.stat().st_mode & 0o777 == 0o600
    assert not (tmp_path / "elsewhere").exists()
    with pytest.raises(OSError, match="No such file"):
        screenshot.save("<svg>", tmp_path / "none", "walkthrough-x-1.svg")


def test_a_picture_is_written_over_nothing(tmp_path: Path) -> None:
    names = [screenshot.save(f"<svg>{n}", tmp_path, "walkthrough-x-1.svg").name for n in range(3)]
    assert names == ["walkthrough-x-1.svg", "walkthrough-x-1-2.svg", "walkthrough-x-1-3.svg"]
    assert (tmp_path / names[0]).read_text() == "<svg>0"


def test_wide_characters_stand_at_their_cells_in_a_picture() -> None:
    """Textual gives a text's place in cells, and its length in characters."""
    row = '<text class="a" x="24" y="20" textLength="{}" clip-path="c">{}</text>'
    svg = screenshot.by_cells(row.format("60", "a&amp;内核b") + row.format("24", "a&amp;") + "<g/>")
    found = re.findall(r'x="([\d.]+)" y="20" textLength="([\d.]+)" clip-path="c">([^<]*)<', svg)
    assert found == [
        ("24.00", "24.00", "a&amp;"),
        ("48.00", "24.00", "内"),
        ("72.00", "24.00", "核"),
        ("96.00", "12.00", "b"),
        ("24", "24", "a&amp;"),
    ]
    assert svg.endswith("<g/>")


def test_a_picture_needs_nothing_from_the_web() -> None:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg"><style>@font-face { font-family: "Fira Code"; '
        'src: url("https://cdn.example/F.woff2") format("woff2"); }\n'
        ".x-matrix { font-family: Fira Code, monospace; font-size: 20px; }</style></svg>"
    )
    kept = screenshot.self_contained(svg)
    assert "@font-face" not in kept
    assert "https" not in kept
    assert "monospace; font-size: 20px" in kept


# The palette


@pytest.mark.parametrize(
    ("typed", "id"),
    [
        ("next stage", "next_stage"),
        ("下一阶段", "next_stage"),
        ("搜索", "search"),
        ("/", "search"),
        ("svg", "save_screen"),
        ("复制 源码", "copy_line"),
        ("FIN", "half_close"),
        ("strace writes", "copy_call"),
        ("z", "zoom"),
        ("F", "filter"),
        ("f", "half_close"),
    ],
)
def test_the_palette_finds_by_words_of_both_languages_and_by_key(typed: str, id: str) -> None:
    best: Action = max(BY_ID.values(), key=lambda action: score(action, typed))
    assert best.id == id


def names(action: Action) -> tuple[str, ...]:
    return action.name(EN), action.name(ZH)


def test_every_action_is_found_by_its_own_name() -> None:
    for action in BY_ID.values():
        for name in names(action):
            top = max(score(other, name) for other in BY_ID.values())
            assert score(action, name) == top == 1
    assert all(score(action, "qwertz") == 0 for action in BY_ID.values())


def test_a_history_that_is_revised_is_looked_through_again() -> None:
    """A call that was made long before may turn out to be what is looked for."""
    calls: list[AnyEvent] = [
        CallEntered(seq=seq, time_ns=seq, call="read", span=seq, quiet=seq == 1) for seq in range(3)
    ]
    history = History.of(Header(format=FORMAT_OF_REVISIONS), calls)
    scan = FilteredEvents(history, parse("stage:listen"), 0)
    notes = NoteMatches(history, [note("n", stage=Stage.LISTEN, function=())])
    for each in (scan, notes):
        each.work(lambda: True)
        assert each.done
    assert (len(scan), notes.met) == (0, [])
    call = RevisedCall(1, Stage.LISTEN, mark="listen")
    history.append(StagesRevised(seq=3, time_ns=3, calls=(call,)))
    for each in (scan, notes):
        assert not each.done
        each.work(lambda: True)
        assert each.done
    assert scan.next(-1) == ScanMatch(1)
    assert [each.event for each in notes.met] == [1]
