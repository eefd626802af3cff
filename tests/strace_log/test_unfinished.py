"""Calls without an end, torn and wrapped ones: read, and told what was done."""

import pytest

from tests.support.logs import described, read
from walkthrough.model.events import CallEntered, CallReturned
from walkthrough.model.stages import Stage
from walkthrough.state.history import History
from walkthrough.state.world import VisitProgress
from walkthrough.strace_log.events import to_events
from walkthrough.strace_log.model import LineKind

FAILED = "listen(6, 9) = -1 EBADF (Bad file descriptor)"
BEFORE = "socket(AF_INET, SOCK_STREAM, 0) = 6\nlisten(6, 9) = 0\n"


@pytest.mark.parametrize(
    "hanging",
    [
        "accept(6, ",
        "accept(6, \n",
        "accept(6,\n",
        "accept(6, ^C\n",
        "accept(6, \n^C\n",
        "accept(6, \n$ \n",
        "accept(6, \nme@box:~/src$ kill 9\n",
        "[pid 44] accept(6, \n",
        "12:00:00.5 accept(6, \n",
        "  accept(6, \n",
        "  accept(6, ",
        "Mar  9 11:12:13 box strace[4]: accept(6, \n",
        "accept(sockfd=6, \n",
        "accept(sockfd=6",
        "accept(6, \nstrace: Process 44 attached\n",
        "accept(6, \n+++ killed by SIGKILL +++\n",
    ],
)
def test_the_call_in_which_a_server_hangs_is_begun_and_has_not_returned(hanging: str) -> None:
    log = read(BEFORE + hanging)
    assert described(log)[2:] == ["accept(6) = "]
    assert (log.unknown, log.cut, log.calls[-1].cut) == (0, True, True)
    assert "the log ends in the middle of a line." in map(str, log.remarks)
    history = History.of(*to_events(log))
    events = [history.event(at) for at in range(len(history))]
    assert [e.call for e in events if isinstance(e, CallEntered)][-1] == "accept"
    assert [e.call for e in events if isinstance(e, CallReturned)] == ["socket", "listen"]
    assert history.world(len(history) - 1).progress(Stage.ACCEPT) is VisitProgress.CURRENT


@pytest.mark.parametrize(
    "given_up",
    [
        "accept(6, strace: Process 44 detached\n <detached ...>\n",
        "accept(6, ^Cstrace: Process 44 detached\n <detached ...>\n",
        "accept(6, ^C/usr/bin/strace: Process 44 detached\n <detached ...>\n",
        "accept(6, Process 44 detached\n <detached ...>\n",
        "accept(6, ^C\nstrace: Process 44 detached\n <detached ...>\n",
        "accept(6, \n^C\nstrace: Process 44 detached\n <detached ...>\n",
        "accept(6,  <detached ...>\n",
        "accept(6, ^C <unfinished ...>\n",
        "accept(sockfd=6 <detached ...>\n",
        "[pid 44] accept(6, ^Cstrace: Process 44 detached\n <detached ...>\n"
        "strace: Process 45 detached\n",
    ],
)
def test_a_call_that_strace_let_go_of_is_one_call(given_up: str) -> None:
    log = read(BEFORE + given_up)
    assert [line.rstrip("? ") for line in described(log)[2:]] == ["accept(6) ="]
    assert (log.unknown, log.torn, log.wrapped, log.remarks) == (0, 0, 0, ())


def test_the_programs_own_words_in_a_call_are_told() -> None:
    log = read(BEFORE + 'write(1, ready to serve\n"ready to serve\\n", 15) = 15\n')
    assert [call.result for call in log.calls] == ["6", "0", "15"]
    assert list(map(str, log.remarks)) == [
        "1 call contains output of the program: -o LOG keeps it apart."
    ]


@pytest.mark.parametrize(
    "written",
    [
        'write(1, "up\\n", 3up\n) = 3\n',
        'write(1, "\\n", 1\n)                       = 1\n',
        '[pid 7] write(2</dev/pts/1>, "9 lives\\n", 89 lives\n) = 8\n',
        'write(1, "up\\nat 80", 8up\nat 80) = 8\n',
        'write(1, "listening for al"..., 31listening for all who come by\n) = 31\n',
    ],
)
def test_what_is_printed_in_a_write_is_no_part_of_it(written: str) -> None:
    log = read(BEFORE + written)
    call = log.calls[-1]
    assert call.arguments.rpartition(", ")[2] == call.result
    assert (log.torn, log.wrapped, log.unknown, log.cut) == (1, 0, 0, False)


def test_a_write_that_a_paste_has_wrapped() -> None:
    log = read('write(1, "ready to serve\\n", 1\n5) = 15\nwrite(9, "up\\n", 3\n) = 3\n')
    assert described(log) == [r'write(1, "ready to serve\n", 15) = 15', r'write(9, "up\n", 3) = 3']
    assert (log.torn, log.wrapped) == (0, 2)


@pytest.mark.parametrize(
    "words", ["open(the door", "accept(all of them", "printf(6, ", "read(file)", "close(the app)"]
)
def test_words_of_the_program_are_no_call_that_hangs(words: str) -> None:
    log = read(f"{BEFORE}{words}\n")
    assert (len(log.calls), log.unknown, log.cut) == (2, 1, False)


BIND = (
    'bind(6, {sa_family=AF_INET, sin_port=htons(7), sin_addr=inet_addr("127.0.0.1")}, 16) = '
    "-1 EADDRINUSE (Address already in use)"
)


@pytest.mark.parametrize("first", ["", "[pid 44] ", "12:00:01.5 ", "    "])
@pytest.mark.parametrize("width", range(8, len(BIND), 3))
def test_a_line_that_a_paste_has_wrapped_is_put_together(width: int, first: str) -> None:
    pieces = [BIND[at : at + width] for at in range(0, len(BIND), width)]
    log = read(first + "\n".join(pieces) + "\nlisten(6, 9) = 0\n")
    assert described(log) == [BIND, "listen(6, 9) = 0"]
    assert (log.unknown, log.wrapped, log.torn, log.cut) == (0, 1, 0, False)
    assert "1 call was put together from lines that a paste had wrapped." in map(str, log.remarks)


@pytest.mark.parametrize(
    ("lines", "call"),
    [
        (["accept4(6, NULL,", "  NULL, 0) = 7"], "accept4(6, NULL, NULL, 0) = 7"),
        (["accept4(6, NULL, NULL, 0)     ", "    = 7"], "accept4(6, NULL, NULL, 0) = 7"),
        (['write(7, "a,', 'b", 3) = 3'], 'write(7, "a,b", 3) = 3'),
        (['write(7, "a ', ' b", 4) = 4'], 'write(7, "a  b", 4) = 4'),
        (
            ["accept(6, NULL, NULL) = -1 EAGAIN (Resource temporarily", "unavailable)"],
            "accept(6, NULL, NULL) = -1 EAGAIN (Resource temporarily unavailable)",
        ),
        (
            ["accept(6, NULL, NULL) = -1 EAGAIN (Resource tempo", "rarily unavailable)"],
            "accept(6, NULL, NULL) = -1 EAGAIN (Resource temporarily unavailable)",
        ),
        (["recv(7, ", '"x", ', "9, 0) = 1"], 'recv(7, "x", 9, 0) = 1'),
        (["listen(6, 9) =", "0"], "listen(6, 9) = 0"),
        (["listen(6, 9) =", "-1 EBADF (Bad file descriptor)"], FAILED),
        (["accept4(6, NULL, [9", "  => 2], 0) = 7"], "accept4(6, NULL, [9 => 2], 0) = 7"),
        ([BIND[:-16], f"    {BIND[-16:]}"], BIND),
    ],
)
def test_white_space_at_the_break(lines: list[str], call: str) -> None:
    log = read("\n".join(lines) + "\n")
    assert (described(log), log.unknown, log.wrapped) == ([call], 0, 1)


def test_halves_and_signals_are_put_together_too() -> None:
    log = read(
        "7 accept4(6,  <unfin\nished ...>\n"
        "7 <... accept4 resumed>NULL, NU\nLL, 0) = 8\n"
        "7 --- SIGTERM {si_signo=SIGTERM, si_co\nde=SI_USER} ---\n"
    )
    assert described(log) == ["accept4(6, NULL, NULL, 0) = 8"]
    assert log.unknown == 0
    assert [other.text for other in log.others if other.kind is LineKind.SIGNAL] == [
        "--- SIGTERM {si_signo=SIGTERM, si_code=SI_USER} ---"
    ]
