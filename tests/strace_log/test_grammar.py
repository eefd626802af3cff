"""strace lines, as shaped by many options: every one is read, none is lost, none raises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkthrough.call_stages.arguments import label, plain, split
from walkthrough.strace_log.grammar import parse_line
from walkthrough.strace_log.log import parse
from walkthrough.strace_log.model import LineKind

ACCEPTED = '3, {sa_family=AF_INET, sin_port=htons(5), sin_addr=inet_addr("127.0.0.1")}, [112 => 16]'


@pytest.mark.parametrize(
    ("line", "thread", "time", "name", "arguments", "result", "duration"),
    [
        ("close(3) = 0", None, "", "close", "3", "0", ""),
        ("close(3)                                = 0", None, "", "close", "3", "0", ""),
        ("77 close(3) = 0", 77, "", "close", "3", "0", ""),
        ("77    close(3) = 0", 77, "", "close", "3", "0", ""),
        ("[pid 77] close(3) = 0", 77, "", "close", "3", "0", ""),
        ("[pid    77] close(3) = 0", 77, "", "close", "3", "0", ""),
        ("77<nginx> close(3) = 0", 77, "", "close", "3", "0", ""),
        ("[pid 77<n x>] close(3) = 0", 77, "", "close", "3", "0", ""),
        ("12:30:01 close(3) = 0", None, "12:30:01", "close", "3", "0", ""),
        ("77 12:30:01.5 close(3) = 0", 77, "12:30:01.5", "close", "3", "0", ""),
        ("1700000000.25 close(3) = 0", None, "1700000000.25", "close", "3", "0", ""),
        ("1700000000 close(3) = 0", None, "1700000000", "close", "3", "0", ""),
        ("77 1700000000 close(3) = 0", 77, "1700000000", "close", "3", "0", ""),
        ("     0.000016 close(3) = 0", None, "0.000016", "close", "3", "0", ""),
        ("77      0.000016 close(3) = 0", 77, "0.000016", "close", "3", "0", ""),
        ("12:30:01 (+     0.5) close(3) = 0", None, "12:30:01", "close", "3", "0", ""),
        ("77 [  14] [00007f5d8fbf8dd4] close(3) = 0", 77, "", "close", "3", "0", ""),
        ("[00007f5d8fbf8dd4] close(3) = 0", None, "", "close", "3", "0", ""),
        ("[????????????????] close(3) = 0", None, "", "close", "3", "0", ""),
        ("close(3) = 0 <0.000021>", None, "", "close", "3", "0", "0.000021"),
        ("close(3<socket:[9]>) = 0", None, "", "close", "3<socket:[9]>", "0", ""),
        (
            "close(3<TCP:[127.0.0.1:1->127.0.0.1:2]>) = 0",
            None,
            "",
            "close",
            "3<TCP:[127.0.0.1:1->127.0.0.1:2]>",
            "0",
            "",
        ),
        (f"accept4({ACCEPTED}, 0) = 7", None, "", "accept4", f"{ACCEPTED}, 0", "7", ""),
        ("exit_group(0) = ?", None, "", "exit_group", "0", "?", ""),
        (
            "bind(3, NULL, 0) = -1 EFAULT (Bad address) (INJECTED)",
            None,
            "",
            "bind",
            "3, NULL, 0",
            "-1 EFAULT (Bad address) (INJECTED)",
            "",
        ),
        (
            "fcntl(3, F_GETFL) = 0x802 (flags O_RDWR|O_NONBLOCK) <0.1>",
            None,
            "",
            "fcntl",
            "3, F_GETFL",
            "0x802 (flags O_RDWR|O_NONBLOCK)",
            "0.1",
        ),
        (
            'openat(AT_FDCWD</a>, "b", 0) = 3</a/b) = 3>',
            None,
            "",
            "openat",
            'AT_FDCWD</a>, "b", 0',
            "3</a/b) = 3>",
            "",
        ),
        (r'write(1, "a\") = 3\\", 8) = 8', None, "", "write", r'1, "a\") = 3\\", 8', "8", ""),
        ("socket(0x7 /* AF_??? ( */, 0) = 3", None, "", "socket", "0x7 /* AF_??? ( */, 0", "3", ""),
        (
            "restart_syscall(<... resuming interrupted read ...>) = 0",
            None,
            "",
            "restart_syscall",
            "<... resuming interrupted read ...>",
            "0",
            "",
        ),
        (
            "syscall_0x1c3(0x1, 0x2) = -1 ENOSYS (no)",
            None,
            "",
            "syscall_0x1c3",
            "0x1, 0x2",
            "-1 ENOSYS (no)",
            "",
        ),
        ("read(3,  <unfinished ...>) = ?", None, "", "read", "3", "?", ""),
        ("select(4, NULL <detached ...>", None, "", "select", "4, NULL", "?", ""),
        (
            "poll([{fd=3}], 1, 0) = 0 (Timeout)",
            None,
            "",
            "poll",
            "[{fd=3}], 1, 0",
            "0 (Timeout)",
            "",
        ),
    ],
)
def test_a_call(
    line: str, thread: int | None, time: str, name: str, arguments: str, result: str, duration: str
) -> None:
    body = parse_line(line)
    assert (body.thread, body.time, body.name) == (thread, time, name)
    assert (body.arguments, body.result, body.duration) == (arguments, result, duration)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("77 --- SIGURG {si_signo=SIGURG, si_code=SI_TKILL} ---", LineKind.SIGNAL),
        ("--- stopped by SIGSTOP ---", LineKind.SIGNAL),
        ("77 +++ exited with 0 +++", LineKind.EXITED),
        ("77 +++ killed by SIGSEGV (core dumped) +++", LineKind.KILLED),
        ("77 +++ superseded by execve in pid 78 +++", LineKind.NOTE),
        ("strace: Process 78 attached", LineKind.NOTE),
        ("[ Process PID=78 runs in 32 bit mode. ]", LineKind.NOTE),
        (" > /usr/lib/libc.so.6(__socket+0x7) [0x10adc7]", LineKind.FRAME),
        ("hello", LineKind.UNKNOWN),
        ("listening on 127.0.0.1:7099", LineKind.UNKNOWN),
        ("bind(3, {sa_family", LineKind.UNKNOWN),
    ],
)
def test_a_line_that_is_no_call(line: str, kind: LineKind) -> None:
    body = parse_line(line)
    assert (body.name, body.kind) == ("", kind)


def test_two_halves_are_one_call() -> None:
    log = parse(
        [
            "7 10:00:00.5 accept4(3,  <unfinished ...>\n",
            "8 10:00:01.0 close(4) = 0\n",
            "7 10:00:01.5 <... accept4 resumed>NULL, NULL, 0) = 5 <1.000000>\n",
        ]
    )
    accepted, closed = log.calls
    assert (accepted.name, accepted.arguments, accepted.result) == (
        "accept4",
        "3, NULL, NULL, 0",
        "5",
    )
    assert (accepted.line, accepted.end, accepted.time_ns) == (1, 3, 0)
    assert accepted.duration_ns == 1_000_000_000
    assert (closed.thread, closed.time_ns) == (8, 500_000_000)
    assert log.remarks == ()


@pytest.mark.parametrize("space", ["", " "])
def test_one_that_resumes_without_a_beginning_says_so(space: str) -> None:
    log = parse([f'7 <... read resumed>{space}"x", 9) = 1\n'])
    assert [(call.arguments, call.cut) for call in log.calls] == [('"x", 9', True)]
    assert list(map(str, log.remarks)) == ["of 1 call the log has only the end."]


def test_one_that_never_ends_is_kept() -> None:
    log = parse(["7 accept4(3,  <unfinished ...>\n", "7 +++ killed by SIGKILL +++\n"])
    assert [(call.arguments, call.result) for call in log.calls] == [("3", "")]


def test_a_log_that_is_cut_keeps_what_there_is() -> None:
    log = parse(["7 close(3) = 0\n", '7 write(1, "a) = 3'])
    assert log.cut
    assert [(call.name, call.result, call.cut) for call in log.calls] == [
        ("close", "0", False),
        ("write", "", True),
    ]
    assert list(map(str, log.remarks)) == ["the log ends in the middle of a line."]


def test_midnight_and_steps_of_a_clock() -> None:
    lines = [f"{time} close(3) = 0\n" for time in ("23:59:59", "00:00:01", "00:00:00.9")]
    assert [call.time_ns for call in parse(lines).calls] == [0, 2 * 10**9, 19 * 10**8]
    lines = [f"     {time} close(3) = 0\n" for time in ("0.000000", "0.000007", "1.000000")]
    assert [call.time_ns for call in parse(lines).calls] == [0, 7_000, 1_000_007_000]


def test_what_is_not_understood_is_counted_kept_and_shown_escaped() -> None:
    log = parse(["\x1b[2Jboo\n", "close(3) = 0\n"])
    assert log.unknown == 1
    assert log.others[0].text == "\x1b[2Jboo"
    assert list(map(str, log.remarks)) == [
        "1 line was not understood; line 1 is the first: \\x1b[2Jboo."
    ]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ()),
        ("3", ("3",)),
        ("3, 4096", ("3", "4096")),
        (ACCEPTED, (ACCEPTED[:1], ACCEPTED[3:-13], "[112 => 16]")),
        (r'1, "a, \", b", 3', ("1", r'"a, \", b"', "3")),
        ("3<TCP:[1, 2->3]>, 0x1 /* a, b */", ("3<TCP:[1, 2->3]>", "0x1 /* a, b */")),
        ("(, ", ("(,",)),
    ],
)
def test_arguments(text: str, parts: tuple[str, ...]) -> None:
    assert split(text) == parts


def test_labels_of_descriptors() -> None:
    assert plain("3<TCP:[127.0.0.1:1->127.0.0.1:2]>") == "3"
    assert plain("AT_FDCWD</tmp>") == "AT_FDCWD"
    assert (plain("3"), plain("[3<x>]")) == ("3", "[3<x>]")
    assert (label("3</dev/null>"), label("3")) == ("/dev/null", "")


PIECES = [
    "7 ",
    "[pid 7] ",
    "12:00:00 ",
    "close(",
    "<... ",
    "close resumed>",
    ")",
    " = ",
    "0",
    '"',
    "\\",
    "<",
    ">",
    "[",
    "{",
    "/*",
    "*/",
    " <unfinished ...>",
    "--- ",
    "+++ ",
    "\n",
    ", ",
    "?",
    "\x00",
    "\r",
    "\x85",
    "\u2028",
    "é",
    "-1 EAGAIN (x)",
    " <0.1>",
    " > f(x) [0x1]",
]
LINES = st.lists(st.sampled_from(PIECES), max_size=20).map("".join)


@given(st.lists(LINES | st.text(), max_size=8))
def test_no_line_raises_and_none_is_lost(texts: list[str]) -> None:
    whole = "".join(text + "\n" for text in texts)
    lines = [line + "\n" for line in whole.split("\n")[:-1]]
    log = parse(lines)
    found = {call.line for call in log.calls} | {call.end for call in log.calls}
    found |= {other.line for other in log.others}
    assert found == {number for number, line in enumerate(lines, 1) if line.strip("\r\n")}
    for call in log.calls:
        split(call.arguments)
        plain(call.result)


@given(st.lists(st.binary(), max_size=6))
def test_no_bytes_raise(chunks: list[bytes]) -> None:
    parse(chunks)
