"""Several processes and threads: whose descriptor it is, and whose order counts."""

from collections import Counter
from random import Random

import pytest

from walkthrough.compare.align import compare
from walkthrough.compare.inputs import of_log
from walkthrough.compare.model import PairVerdict, Side
from walkthrough.strace_log.log import parse

LISTENS = """\
50 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3
50 bind(3, {sa_family=AF_INET, sin_port=htons(7099), sin_addr=inet_addr("127.0.0.1")}, 16) = 0
50 listen(3, 7) = 0
"""
FORKS = "50 clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD) = 60\n"
SERVER = (
    "50 accept4(3, NULL, NULL, 0) = 5",
    '50 read(5, "knock", 9) = 5',
    '50 write(5, "come in", 7) = 7',
    "50 close(5) = 0",
    "50 wait4(-1, NULL, 0, NULL) = 60",
)
CLIENT = (
    "60 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 5",
    "60 connect(5, {sa_family=AF_INET, sin_port=htons(7099), "
    'sin_addr=inet_addr("127.0.0.1")}, 16) = 0',
    '60 write(5, "knock", 5) = 5',
    '60 read(5, "come in", 9) = 7',
    "60 exit_group(0) = ?",
)


def side(*texts: str) -> Side:
    lines = [line + "\n" for text in texts for line in text.splitlines()]
    return of_log(parse(lines), "side")


def interleaved(chance: Random, *threads: tuple[str, ...]) -> str:
    """Return the lines of several threads, each in order, in some order between them."""
    left = [list(lines) for lines in threads]
    out = []
    while any(left):
        out.append(chance.choice([lines for lines in left if lines]).pop(0))
    return "\n".join(out)


@pytest.mark.parametrize("seed", range(40))
def test_the_order_between_two_processes_is_no_difference(seed: int) -> None:
    chance = Random(seed)
    one = side(LISTENS, FORKS, interleaved(chance, SERVER, CLIENT))
    other = side(LISTENS, FORKS, interleaved(chance, SERVER, CLIENT))
    found = compare(one, other)
    assert not found.differs, [pair for pair in found.pairs if pair.verdict != "same"]


@pytest.mark.parametrize(
    ("old", "new", "counted"),
    [
        ('50 write(5, "come in"', '50 write(5, "go away"', {PairVerdict.ARGUMENTS: 1}),
        (
            '60 write(5, "knock", 5) = 5',
            '60 write(5, "knock", 5) = -1 EPIPE (x)',
            {PairVerdict.RESULT: 1},
        ),
        ("50 close(5) = 0", "", {PairVerdict.MISSING: 1}),
        ("60 exit_group(0)", "60 exit_group(1)", {PairVerdict.ARGUMENTS: 1}),
    ],
)
def test_what_one_of_two_processes_does_otherwise_is_one(
    old: str, new: str, counted: dict[PairVerdict, int]
) -> None:
    both = interleaved(Random(3), SERVER, CLIENT)
    other = interleaved(Random(4), SERVER, CLIENT)
    assert old in other
    found = compare(side(LISTENS, FORKS, both), side(LISTENS, FORKS, other.replace(old, new)))
    differences = Counter(
        pair.verdict for pair in found.pairs if pair.verdict not in ("same", "moved")
    )
    assert differences == counted


def test_another_order_within_one_of_two_processes_is_one() -> None:
    made = "\n".join((*SERVER, *CLIENT))
    turned = made.replace("50 listen(3, 7) = 0\n", "")
    late = LISTENS.replace(
        "50 listen(3, 7) = 0\n", "50 setsockopt(3, SOL_SOCKET, SO_MARK, [1], 4) = 0\n"
    )
    early = late.splitlines()
    early = [early[0], early[2], early[1]]
    found = compare(side(late, FORKS, turned), side("\n".join(early), FORKS, turned))
    assert Counter(pair.verdict for pair in found.pairs)[PairVerdict.ORDER] == 1


def test_a_connection_may_be_served_by_another_of_two_workers() -> None:
    forks = FORKS + FORKS.replace("= 60", "= 61")
    serves = (
        "{} accept4(3, NULL, NULL, SOCK_NONBLOCK) = 8",
        '{} recvfrom(8, "knock", 9, 0, NULL, NULL) = 5',
        '{} sendto(8, "come in", 7, 0, NULL, 0) = 7',
        "{} close(8) = 0",
    )
    first, second = (
        "\n".join(line.format(worker) for worker in workers for line in serves)
        for workers in ((60, 61, 60), (61, 61, 60))
    )
    assert not compare(side(LISTENS, forks, first), side(LISTENS, forks, second)).differs


def test_a_blocked_accept_has_no_descriptor_before_it_returns() -> None:
    """While one thread waits for the next connection, another still reads from the one before."""
    threads = FORKS.replace("CLONE_CHILD_SETTID", "CLONE_FILES|CLONE_THREAD")
    first = "50 accept4(3, NULL, NULL, 0) = 5\n"
    waits = '50 accept4(3,  <unfinished ...>\n60 read(5, "a", 9) = 1\n60 close(5) = 0\n'
    served = '50 <... accept4 resumed>NULL, NULL, 0) = 5\n60 read(5, "b", 9) = 1\n60 close(5) = 0\n'
    late = (
        '60 read(5, "a", 9) = 1\n60 close(5) = 0\n'
        '50 accept4(3, NULL, NULL, 0) = 5\n60 read(5, "b", 9) = 1\n60 close(5) = 0\n'
    )
    one, other = side(LISTENS, threads, first, waits, served), side(LISTENS, threads, first, late)
    assert not compare(one, other).differs


def test_a_row_of_polls_does_not_decide_which_accept_is_which() -> None:
    """Between the two that found nothing and the many polls alike, the one that found counts."""
    poll = "70 epoll_pwait(4, [], 128, 0, NULL, 0) = 0\n"
    nothing = (
        "50 accept4(3, 0xc000120b74, [112], 0) = -1 EAGAIN (Resource temporarily unavailable)\n"
    )
    threads = FORKS.replace("CLONE_CHILD_SETTID", "CLONE_FILES|CLONE_THREAD").replace("60", "70")
    found = "50 accept4(3, NULL, NULL, 0) = 5\n50 setsockopt(5, SOL_TCP, TCP_NODELAY, [1], 4) = 0\n"
    begin = LISTENS + "50 epoll_create1(0) = 4\n" + threads
    one = begin + poll * 6 + nothing + poll * 3 + found + poll + nothing
    other = begin + poll + nothing + found + poll * 6 + nothing + poll * 3
    for left, right in ((one, other), (other, one)):
        counted = Counter(pair.verdict for pair in compare(side(left), side(right)).pairs)
        assert counted[PairVerdict.ORDER] == 0
        assert not compare(side(left), side(right)).differs


def test_equal_calls_that_come_again_are_in_no_other_order() -> None:
    asks = '50 recvfrom(5, "ask", 9, 0, NULL, NULL) = 3\n50 sendto(5, "told", 4, 0, NULL, 0) = 4\n'
    accepted = "50 accept4(3, NULL, NULL, 0) = 5\n"
    polls = "50 epoll_wait(4, [], 8, 0) = 0\n"
    one = LISTENS + accepted + asks + polls * 5 + asks
    other = LISTENS + accepted + polls * 5 + asks + asks
    assert not compare(side(one), side(other)).differs


def test_whose_news_came_first_is_the_clients_affair() -> None:
    accepts = "50 accept4(3, NULL, NULL, 0) = 5\n", "50 accept4(3, NULL, NULL, 0) = 6\n"
    reads = '50 read(5, "a", 9) = 1\n', '50 read(6, "b", 9) = 1\n'
    one = side(LISTENS, *accepts, *reads)
    assert not compare(one, side(LISTENS, *accepts, *reversed(reads))).differs
    assert not compare(one, side(LISTENS, accepts[0], reads[0], accepts[1], reads[1])).differs
    early = '50 write(5, "hello", 5) = 5\n'
    found = compare(
        side(LISTENS, accepts[0], early, reads[0]), side(LISTENS, accepts[0], reads[0], early)
    )
    assert Counter(pair.verdict for pair in found.pairs)[PairVerdict.ORDER] == 1


def test_waiting_for_bytes_that_were_not_there_yet_is_no_difference() -> None:
    accepted = "50 epoll_create1(0) = 4\n50 accept4(3, NULL, NULL, 0) = 5\n"
    came = '50 read(5, "a", 9) = 1\n'
    watches = "50 epoll_ctl(4, EPOLL_CTL_ADD, 5, {events=EPOLLIN, data={u32=5, u64=5}}) = 0\n"
    nothing = "50 read(5, 0x7ffc0000, 9) = -1 EAGAIN (Resource temporarily unavailable)\n"
    gone = "50 epoll_ctl(4, EPOLL_CTL_DEL, 5, NULL) = 0\n"
    quick, slow = accepted + came, accepted + nothing + watches + came + gone
    assert not compare(side(LISTENS, quick), side(LISTENS, slow)).differs
    assert compare(side(LISTENS, quick), side(LISTENS, accepted + watches + came)).differs


def test_one_connection_more_leaves_the_others_the_same() -> None:
    def served(text: str) -> str:
        return (
            "50 accept4(3, NULL, NULL, 0) = 5\n"
            f'50 read(5, "{text}", 9) = {len(text)}\n50 close(5) = 0\n'
        )

    one = side(LISTENS, *map(served, "abcdef"))
    other = side(LISTENS, *map(served, "abxcdef"))
    counted = Counter(pair.verdict for pair in compare(one, other).pairs)
    assert sum(counted[each] for each in (PairVerdict.EXTRA, PairVerdict.MISSING)) == 3
    assert counted[PairVerdict.ARGUMENTS] == counted[PairVerdict.RESULT] == 0


def test_a_run_of_our_own_is_one_process_though_nobody_saw_its_threads_made() -> None:
    """Go's threads, in a log without clone(2): a number one was given is read by another."""
    log = (
        "socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3\n"
        "[pid 51] accept4(3, NULL, NULL, 0) = 4\n"
        '[pid 52] read(4, "a", 9) = 1\n'
        "[pid 53] close(4) = 0\n"
        "[pid 51] accept4(3, NULL, NULL, 0) = 4\n"
        '[pid 53] read(4, "b", 9) = 1\n'
        "[pid 52] close(4) = 0\n"
    )
    read = parse(line + "\n" for line in log.splitlines())
    other = "".join(f"50 {line.partition('] ')[2] or line}\n" for line in log.splitlines())
    found = compare(of_log(read, "log", one_process=True), side(other))
    assert not found.differs, [pair for pair in found.pairs if pair.verdict != "same"]


@pytest.mark.parametrize("call", ["accept4(3, ", "wait4(60, ", "clone("])
def test_a_call_that_a_signal_has_begun_anew_is_no_difference(call: str) -> None:
    quiet = FORKS + "50 accept4(3, NULL, NULL, 0) = 5\n50 wait4(60, NULL, 0, NULL) = 60\n"
    begun = (
        "50 " + call + "0x7fff00000000) = ? ERESTARTSYS (To be restarted if SA_RESTART is set)\n"
    )
    one, other = side(LISTENS, quiet), side(LISTENS, begun, quiet)
    for found in (compare(one, other), compare(other, one)):
        assert not found.differs, [pair for pair in found.pairs if pair.verdict != "same"]
    refused = begun.replace("? ERESTARTSYS (To be restarted if SA_RESTART is set)", "-1 EPERM")
    assert compare(one, side(LISTENS, refused, quiet)).differs


def port(number: int) -> str:
    return f'{{sa_family=AF_INET, sin_port=htons({number}), sin_addr=inet_addr("127.0.0.1")}}'


def prefork(listener: int, client: int, *, soon: bool, upstream: int = 0) -> Side:
    """Return a run whose worker waits in accept4 before its maker asks for the port, or not."""
    made = LISTENS.replace("7099", "0")
    asks = f"50 getsockname(3, {port(listener)}, [16]) = 0\n"
    waits = "60 accept4(3,  <unfinished ...>\n"
    comes = f"70 connect(5, {port(listener)}, 16) = 0\n"
    if upstream:
        comes = comes.replace(f"{listener}", f"{upstream}")
    taken = f"60 <... accept4 resumed>{port(client)}, [16], 0) = 5\n"
    found = f'60 write(2, "from 127.0.0.1:{client} to 127.0.0.1:{listener}\\n", 36) = 36\n'
    also = "50 clone(child_stack=NULL, flags=SIGCHLD) = 70\n"
    return side(made, FORKS, also, waits + asks if soon else asks + waits, comes, taken, found)


def test_whose_port_is_met_first_is_no_difference() -> None:
    one, other = prefork(4100, 5200, soon=True), prefork(4300, 5400, soon=False)
    assert not compare(one, other).differs
    assert compare(one, prefork(4300, 5400, soon=False, upstream=9)).differs


def test_a_process_is_known_that_was_made_while_a_read_of_its_name_waited() -> None:
    def side_of(child: int, *, early: bool, said: str = "am") -> Side:
        makes = f"50 clone(child_stack=NULL, flags=SIGCHLD) = {child}\n"
        reads, text = "60 read(5,  <unfinished ...>\n", f'"I {said} {child}\\n"'
        size = len(text) - 3
        begun = reads + makes if early else makes + reads
        return side(LISTENS, FORKS, begun, f"60 <... read resumed>{text}, 99) = {size}\n")

    assert not compare(side_of(71, early=True), side_of(8003, early=False)).differs
    assert compare(side_of(71, early=True), side_of(8003, early=True, said="was")).differs


def test_of_workers_that_share_a_listener_one_may_have_looked_in_vain() -> None:
    workers = FORKS + FORKS.replace("= 60", "= 61")
    none = "{} accept4(3, NULL, NULL, SOCK_NONBLOCK) = -1 EAGAIN\n"
    one = "{} accept4(3, NULL, NULL, SOCK_NONBLOCK) = 8\n{} close(8) = 0\n"
    taken = "".join(one.format(worker, worker) for worker in (60, 61, 60))
    looked = taken + none.format(61)
    assert not compare(side(LISTENS, workers, taken), side(LISTENS, workers, looked)).differs
    assert not compare(side(LISTENS, workers, looked), side(LISTENS, workers, taken)).differs
    # One that has the listener for itself decides alone whether it looks.
    alone = "".join(one.format(60, 60) for _ in range(3))
    late = alone + none.format(60)
    assert compare(side(LISTENS, FORKS, alone), side(LISTENS, FORKS, late)).differs
