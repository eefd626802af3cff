"""Two aligned runs: what is the same, what differs, and how it is called."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkthrough.compare.align import compare, compare_so_far
from walkthrough.compare.anchors import matches
from walkthrough.compare.follow import FollowedComparison
from walkthrough.compare.inputs import of_events, of_log
from walkthrough.compare.model import PairVerdict, Row, Side
from walkthrough.recording.file import load
from walkthrough.scenario import loader as scenarios
from walkthrough.state.history import History
from walkthrough.strace_log.log import parse

FIRST = scenarios.find("first-connection")
LISTEN = """\
7 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3
7 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
7 bind(3, {sa_family=AF_INET, sin_port=htons(7099), sin_addr=inet_addr("127.0.0.1")}, 16) = 0
7 listen(3, 128) = 0
7 epoll_create1(EPOLL_CLOEXEC) = 4
7 epoll_ctl(4, EPOLL_CTL_ADD, 3, {events=EPOLLIN, data={u32=3, u64=77}}) = 0
7 epoll_wait(4, [{events=EPOLLIN, data={u32=3, u64=77}}], 8, -1) = 1
7 accept4(3, NULL, NULL, 0) = 5
7 read(5, "hello", 512) = 5
7 close(5) = 0
"""


def side(text: str, **more: object) -> Side:
    made = of_log(parse([line + "\n" for line in text.splitlines()]), "side")
    return Side(made.name, made.rows, **more) if more else made  # type: ignore[arg-type]


def verdicts(left: Side, right: Side) -> Counter[PairVerdict]:
    return Counter(pair.verdict for pair in compare(left, right).pairs)


def test_another_numbering_is_the_same_run() -> None:
    other = LISTEN.replace("7 ", "9 ", 10).replace("(3,", "(8,").replace("= 3", "= 8")
    other = other.replace("ADD, 3,", "ADD, 8,").replace("u64=77", "u64=12").replace("7099", "40001")
    other = other.replace("(5", "(31").replace("= 5\n9 read", "= 31\n9 read")
    assert verdicts(side(LISTEN), side(other)) == {PairVerdict.SAME: 10}


@pytest.mark.parametrize(
    ("one", "other", "verdict"),
    [
        # What x86_64 and aarch64 say of the same flags.
        ("0x8002 (flags O_RDWR|O_LARGEFILE)", "0x20002 (flags O_RDWR|O_LARGEFILE)", "same"),
        ("0x8002 (flags O_RDWR|O_LARGEFILE)", "0x2 (flags O_RDWR)", "other result"),
    ],
)
def test_flags_are_compared_by_their_names(one: str, other: str, verdict: str) -> None:
    call = "7 fcntl(3, F_GETFL) = {}\n"
    found = verdicts(side(LISTEN + call.format(one)), side(LISTEN + call.format(other)))
    assert found[PairVerdict(verdict)] == (11 if verdict == "same" else 1)


@pytest.mark.parametrize(
    ("old", "new", "verdict", "unlike"),
    [
        ("listen(3, 128)", "listen(3, 16)", PairVerdict.ARGUMENTS, (1,)),
        ("listen(3, 128) = 0", "listen(3, 128) = -1 EADDRINUSE (x)", PairVerdict.RESULT, ()),
        ('"hello"', '"hullo"', PairVerdict.ARGUMENTS, (1,)),
        ("SO_REUSEADDR", "SO_REUSEPORT", PairVerdict.ARGUMENTS, (2,)),
    ],
)
def test_what_differs_is_named(
    old: str, new: str, verdict: PairVerdict, unlike: tuple[int, ...]
) -> None:
    found = compare(side(LISTEN), side(LISTEN.replace(old, new)))
    assert found.differs
    assert [(pair.verdict, pair.unlike) for pair in found.pairs if pair.verdict != "same"] == [
        (verdict, unlike)
    ]


def test_what_was_cut_before_main_hides_no_difference_behind_it() -> None:
    start = '7 read(9, ""..., 20) = 8\n'
    other = LISTEN.replace('"hello"', '"hullo"')
    assert verdicts(side(start + LISTEN, main=1), side(start + other, main=1)) == {
        PairVerdict.SAME: 10,
        PairVerdict.ARGUMENTS: 1,
    }


def test_what_only_one_has_stands_where_it_was() -> None:
    shorter = LISTEN.replace("7 listen(3, 128) = 0\n", "")
    found = compare(side(LISTEN), side(shorter)).pairs
    assert [pair.verdict for pair in found][3] is PairVerdict.MISSING
    found = compare(side(shorter), side(LISTEN)).pairs
    assert [pair.verdict for pair in found][3] is PairVerdict.EXTRA


def test_another_order_on_one_thread_is_a_difference_and_between_threads_it_is_not() -> None:
    lines = LISTEN.splitlines()
    swapped = [*lines[:1], lines[2], lines[1], *lines[3:]]
    counted = verdicts(side(LISTEN), side("\n".join(swapped)))
    assert (counted[PairVerdict.SAME], counted[PairVerdict.ORDER]) == (9, 1)
    two = [line.replace("7 ", "8 ", 1) if "close" in line else line for line in lines]
    moved = [two[-1], *two[:-1]]
    moved[0], moved[-1] = moved[-1], moved[0]
    of_two = [line.replace("7 ", "8 ", 1) if "listen" in line else line for line in lines]
    later = [line for line in of_two if "listen" not in line]
    later.insert(5, of_two[3])
    counted = verdicts(side("\n".join(of_two)), side("\n".join(later)))
    assert (counted[PairVerdict.SAME], counted[PairVerdict.MOVED]) == (9, 1)


def test_polls_and_wake_ups_are_nobodys_difference() -> None:
    more = '7 eventfd2(0, 0) = 6\n7 write(6, "x", 8) = 8\n7 epoll_wait(4, [], 8, 0) = 0\n'
    found = verdicts(side(LISTEN + more[:24]), side(LISTEN + more))
    assert (found[PairVerdict.POLL], found[PairVerdict.SAME]) == (2, 11)


def test_a_read_ahead_of_its_bytes_is_the_schedulers_and_an_accept_is_not() -> None:
    early = "7 read(5, 0xc000, 512) = -1 EAGAIN (Resource temporarily unavailable)\n"
    at = LISTEN.index("7 read(5")
    found = verdicts(side(LISTEN), side(LISTEN[:at] + early + LISTEN[at:]))
    assert (found[PairVerdict.POLL], found[PairVerdict.SAME], found.total()) == (1, 10, 11)
    parks = "7 accept4(3, NULL, NULL, 0) = -1 EAGAIN (Resource temporarily unavailable)\n"
    at = LISTEN.index("7 accept4(3")
    found = verdicts(side(LISTEN), side(LISTEN[:at] + parks + LISTEN[at:]))
    assert (found[PairVerdict.EXTRA], found[PairVerdict.SAME]) == (1, 10)


def test_two_equal_calls_are_in_no_other_order() -> None:
    """However two threads take turns: the same calls on each are no difference."""
    opened = "7 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3\n"
    again = "7 accept4(3, NULL, NULL, 0) = -1 EINTR (Interrupted system call)\n"
    nothing = "7 accept4(3, NULL, NULL, 0) = -1 EAGAIN (Resource temporarily unavailable)\n"
    one = again, again, nothing
    other = "8 epoll_pwait(5, [], 128, 0, NULL, 0) = 0\n", '8 write(1, "a", 1) = 1\n'
    turns = [opened + "".join(each) + "7 close(3) = 0\n" for each in interleaved(one, other)]
    for left, right in product(turns, turns):
        assert not compare(side(left), side(right)).differs, (left, right)
    between = again.replace("EINTR", "ECONNABORTED")
    left, right = opened + between + again * 2, opened + again + between + again
    found = verdicts(side(left), side(right))
    assert found[PairVerdict.ORDER] == 1, "something else stands between them"


def interleaved(one: Sequence[str], other: Sequence[str]) -> Iterator[list[str]]:
    for places in combinations(range(len(one) + len(other)), len(one)):
        ones, others = iter(one), iter(other)
        yield [next(ones if at in places else others) for at in range(len(one) + len(other))]


def test_an_accept_that_was_woken_by_old_news_is_the_schedulers() -> None:
    parks = "7 accept4(3, NULL, NULL, 0) = -1 EAGAIN (Resource temporarily unavailable)\n"
    at = LISTEN.index("7 accept4(3")
    once, twice = (LISTEN[:at] + parks * times + LISTEN[at:] for times in (1, 2))
    for left, right in ((once, twice), (twice, once)):
        found = verdicts(side(left), side(right))
        assert (found[PairVerdict.POLL], found[PairVerdict.SAME], found.total()) == (1, 11, 12)
    found = verdicts(side(LISTEN), side(twice))
    assert (found[PairVerdict.EXTRA], found[PairVerdict.POLL]) == (1, 1), (
        "the first of them is a difference"
    )
    other = parks.replace("accept4(3", "accept4(6")
    assert verdicts(side(once), side(once + other))[PairVerdict.EXTRA] == 1, "another listener"
    found = verdicts(side(once), side(once + parks))
    assert found[PairVerdict.EXTRA] == 1, "between the two a client was accepted"


@pytest.mark.parametrize(
    "cut", ["7 read(5,  <unfinished ...>\n", "7 read(5,  <unfinished ...>) = ?\n"]
)
def test_a_read_in_whose_midst_a_run_was_ended_is_none_either(cut: str) -> None:
    begun = LISTEN[: LISTEN.index("7 read(5")]
    nothing = "7 read(5, 0xc000, 512) = -1 EAGAIN (Resource temporarily unavailable)\n"
    found = verdicts(side(begun + cut), side(begun + nothing))
    assert (found[PairVerdict.POLL], found[PairVerdict.SAME], found.total()) == (1, 8, 9)
    assert verdicts(side(begun + cut), side(begun))[PairVerdict.POLL] == 1
    other = nothing.replace("512", "1024")
    assert verdicts(side(begun + other), side(begun + nothing))[PairVerdict.ARGUMENTS] == 1
    assert compare(side(begun + cut), side(LISTEN)).differs, "there its bytes came"
    hangs = cut.replace("read(5", "accept4(3")
    assert compare(side(begun + hangs), side(begun)).differs


def test_what_a_side_cannot_hold_is_beyond_it() -> None:
    log = side("7 mmap(NULL, 4096) = 0x7f0000000000\n" + LISTEN)
    covers = frozenset({"socket", "bind", "listen"})
    rows = tuple(row for row in side(LISTEN).rows if row.name in covers)
    walk = Side("walk", rows, covers=covers)
    counted = verdicts(walk, log)
    assert counted[PairVerdict.BEYOND] == 8
    assert not compare(walk, log).differs


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ('read(0, "abc", 9) = 3', r'read(0, "\x61\x62\x63", 9) = 3', True),
        ('read(0, "abc"..., 9) = 9', 'read(0, "abcdefghi", 9) = 9', True),
        ('read(0, "abc"..., 9) = 9', 'read(0, "abd"..., 9) = 9', False),
        ('read(0, "abc", 9) = 3', 'read(0, "abc"..., 9) = 3', False),
        ('read(0</dev/null>, "", 9) = 0', 'read(0, "", 9) = 0', True),
        ("close(3<TCP:[1->2]>) = 0", "close(3) = 0", True),
        ("socket(0x2 /* AF_INET */, 0) = 3", "socket(AF_INET, 0) = 3", True),
        ("mmap(NULL, 4096) = 0x7f1122334455", "mmap(NULL, 4096) = 0x7f9922334455", True),
        ("kill(7, SIGTERM) = 0", "kill(8, SIGTERM) = 0", True),
        (
            'bind(3, {sun_path="/tmp/walkthrough-abcd1234/s"}, 9) = 0',
            'bind(3, {sun_path="/tmp/walkthrough-wxyz1234/s"}, 9) = 0',
            True,
        ),
        (
            'write(1, "listening on /tmp/walkthrough-ab"..., 53) = 53',
            'write(1, "listening on /tmp/walkthrough-wxyz1234/s", 53) = 53',
            True,
        ),
        ('write(1, "figures: heap=7", 9) = 9', 'write(1, "figures: heap=8", 9) = 9', True),
        ("listen(3, 0) = 0", "listen(3, 1) = 0", False),
        ("bind(3, {sin_port=htons(0)}) = 0", "bind(3, {sin_port=htons(9)}) = 0", False),
    ],
)
def test_what_is_normalised(one: str, other: str, same: bool) -> None:
    left, right = side(f"7 {one}"), side(f"8 {other}")
    assert compare(left, right).differs is not same


def test_what_has_not_come_yet_is_not_missing_in_a_walk_that_goes_on() -> None:
    whole = side(LISTEN)
    for count in range(1, 11):
        begun = side("".join(LISTEN.splitlines(keepends=True)[:count]))
        so_far = [pair for pair in compare_so_far(begun, whole).pairs if pair.left is not None]
        calls = [at for at in range(count) if begun.rows[at].name != "epoll_wait"]
        met = [pair for pair in so_far if pair.left in calls]
        assert [(pair.left, pair.right, pair.verdict) for pair in met] == [
            (at, at, PairVerdict.SAME) for at in calls
        ]


def test_a_walk_that_has_ended_misses_what_never_came() -> None:
    log = parse([line + "\n" for line in LISTEN.splitlines()])
    events = [event for _, event in load(FIRST / scenarios.RECORDING)]
    history = History(load(FIRST / scenarios.RECORDING).header)
    following = FollowedComparison(log)
    for event in events[:-1]:
        history.append(event)
        aligned = following.align(history, ended=False)
        assert 0 <= aligned.reached + 1 <= len(aligned.lines)
    history.append(events[-1])
    ended = following.align(history, ended=True)
    assert ended is following.align(history, ended=True)
    verdict = {(line.number, line.verdict) for line in ended.lines if "epoll_wait" in line.text}
    assert verdict == {(7, PairVerdict.POLL)}
    whole = compare(of_events("", history.header, events), of_log(log))
    assert Counter(line.verdict for line in ended.lines) == Counter(p.verdict for p in whole.pairs)


@pytest.mark.parametrize("name", scenarios.names())
def test_a_recording_is_the_same_as_itself(name: str) -> None:
    recording = load(scenarios.find(name) / scenarios.RECORDING)
    one = of_events("one", recording.header, [event for _, event in recording])
    assert set(verdicts(one, one)) == {PairVerdict.SAME}


NUMBERS = st.lists(st.integers(0, 5), max_size=40)


@given(NUMBERS, NUMBERS)
def test_matches_ascend_and_are_equal(left: list[int], right: list[int]) -> None:
    found = matches(left, right)
    assert all(
        left[one : one + length] == right[other : other + length] for one, other, length in found
    )
    for (one, other, length), (next_one, next_other, _) in pairwise(found):
        assert length > 0
        assert one + length <= next_one
        assert other + length <= next_other


def test_long_sequences_are_matched_where_they_are_equal() -> None:
    left = [number % 1000 if number % 7 else number for number in range(60_000)]
    right = [number for at, number in enumerate(left) if at % 100]
    assert sum(length for _, _, length in matches(left, right)) == len(right)


ROWS = st.lists(
    st.builds(
        Row,
        at=st.just(0),
        thread=st.sampled_from([None, 1, 2]),
        name=st.sampled_from(["read", "accept4", "epoll_ctl", "close", "socket", "futex"]),
        arguments=st.sampled_from(["", "3", '3, "a"...', "3, EPOLL_CTL_ADD, 4, {u64=1}", "("]),
        result=st.sampled_from(["", "0", "3", "-1 EAGAIN (x)", "?"]),
    ),
    max_size=12,
)


def once(found: Sequence[int | None], count: int) -> bool:
    return sorted(number for number in found if number is not None) == list(range(count))


@given(ROWS, ROWS)
def test_every_row_is_in_one_pair(left: list[Row], right: list[Row]) -> None:
    pairs = compare(Side("l", tuple(left)), Side("r", tuple(right))).pairs
    assert once([pair.left for pair in pairs], len(left))
    assert once([pair.right for pair in pairs], len(right))


@given(ROWS)
def test_a_side_is_the_same_as_itself(rows: list[Row]) -> None:
    one = Side("one", tuple(rows))
    assert set(verdicts(one, one)) <= {PairVerdict.SAME}


@given(st.integers(0, 9))
def test_one_row_less_is_one_missing(at: int) -> None:
    rows = tuple(Row(n, 1, f"call{n}", "", "0") for n in range(10))
    less = rows[:at] + rows[at + 1 :]
    assert verdicts(Side("l", rows), Side("r", less)) == {
        PairVerdict.SAME: 9,
        PairVerdict.MISSING: 1,
    }
