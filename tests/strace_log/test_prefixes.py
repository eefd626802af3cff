"""What others put around strace's lines is taken off, and told."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.logs import described, read
from walkthrough.i18n.catalogue import catalogue
from walkthrough.strace_log.log import FileKind, kind_of, load, parse
from walkthrough.strace_log.model import LineKind
from walkthrough.strace_log.prefixes import WrapperKind

PLAIN = [
    "socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 6",
    "listen(6, 9) = 0",
    "accept(6, NULL, NULL) = 7",
    "--- SIGTERM {si_signo=SIGTERM, si_code=SI_USER} ---",
    "+++ killed by SIGTERM +++",
]
HEADS = {
    "    ": WrapperKind.INDENTATION,
    "\t": WrapperKind.INDENTATION,
    "\u00a0 ": WrapperKind.INDENTATION,
    "Mar  9 11:12:13 box strace[4]: ": WrapperKind.SYSTEM_LOG,
    "Mar 19 11:12:13.123456 box.local my-server.service[41]: ": WrapperKind.SYSTEM_LOG,
    "<13>Mar  9 11:12:13 box strace: ": WrapperKind.SYSTEM_LOG,
    "2026-03-09T11:12:13+0100 box strace[4]: ": WrapperKind.SYSTEM_LOG,
    "2026-03-09T11:12:13.123456+01:00 box strace[4]: ": WrapperKind.SYSTEM_LOG,
    "Mon 2026-03-09 11:12:13 CET box strace[4]: ": WrapperKind.SYSTEM_LOG,
    "1773050000.123456 box strace[4]: ": WrapperKind.SYSTEM_LOG,
    "[   12.345678] box strace[4]: ": WrapperKind.SYSTEM_LOG,
    "<13>1 2026-03-09T11:12:13.5Z box strace 4 - - ": WrapperKind.SYSTEM_LOG,
    "2026-03-09T11:12:13.123456789Z ": WrapperKind.TIME,
    "2026-03-09 11:12:13,123 ": WrapperKind.TIME,
    "2026-03-09T11:12:13.1Z stderr F ": WrapperKind.TIME,
    "Mar 09 11:12:13 ": WrapperKind.TIME,
    "    12\t": WrapperKind.NUMBER,
    "12:": WrapperKind.NUMBER,
    "12: ": WrapperKind.NUMBER,
    "my-server-1  | ": WrapperKind.SOURCE,
    "logs/my.log:12:": WrapperKind.SOURCE,
    "> ": WrapperKind.MARKDOWN,
    ">> ": WrapperKind.MARKDOWN,
    "- ": WrapperKind.MARKDOWN,
    "1. ": WrapperKind.MARKDOWN,
}


@pytest.mark.parametrize(("head", "what"), HEADS.items(), ids=map(repr, HEADS))
@pytest.mark.parametrize(
    ("inner", "thread"),
    [("", None), ("[pid 31] ", 31), ("31 11:12:13.5 ", 31), ("[pid 31] 1773050000.123456 ", 31)],
)
def test_what_stands_before_lines_is_taken_off_and_told(
    head: str, what: WrapperKind, inner: str, thread: int | None
) -> None:
    log = read("".join(f"{head}{inner}{line}\n" for line in PLAIN))
    assert described(log) == PLAIN[:3]
    assert [other.kind for other in log.others] == [LineKind.SIGNAL, LineKind.KILLED]
    assert {call.thread for call in log.calls} == {thread}
    assert log.unknown == 0
    assert log.without == {what: 5}
    assert list(map(str, log.remarks)) == [f"5 lines were read without {what.message}."]


@pytest.mark.parametrize(
    ("line", "without"),
    [
        ("**accept(6, NULL, NULL) = 7**", {WrapperKind.MARKDOWN}),
        ("**accept**(6, NULL, **NULL**) = 7", {WrapperKind.MARKDOWN}),
        ("`accept(6, NULL, NULL) = 7`", {WrapperKind.MARKDOWN}),
        ("> - **accept(6, NULL,** NULL) = 7", {WrapperKind.MARKDOWN}),
        ("<b>accept</b>(6, NULL, NULL) = 7", {WrapperKind.MARKDOWN}),
        (r"accept\(6, NULL, NULL\) = 7", {WrapperKind.MARKDOWN}),
        ("accept(6, **NULL**, NULL) = 7", {WrapperKind.MARKDOWN}),
        ("accept(6, NULL, NULL) = **7**", {WrapperKind.MARKDOWN}),
        ("accept(6,\xa0NULL, NULL)\xa0= 7", set()),
        ("accept(6, NULL, NULL) = 7   <== waits", {WrapperKind.COMMENT}),
        ("$ accept(6, NULL, NULL) = 7", {WrapperKind.PROMPT}),
        ("me@box:~/src$ accept(6, NULL, NULL) = 7", {WrapperKind.PROMPT}),
        ("[root@box ~]# accept(6, NULL, NULL) = 7", {WrapperKind.PROMPT}),
        ("~$ accept(6, NULL, NULL) = 7", {WrapperKind.PROMPT}),
        ("^Caccept(6, NULL, NULL) = 7", set()),
        ("accept(6, NULL, NULL) = 7   # waits here", {WrapperKind.COMMENT}),
        ("accept(6, NULL, NULL) = 7 // waits here", {WrapperKind.COMMENT}),
        ("accept(6, NULL, NULL) = 7   <-- waits (here)", {WrapperKind.COMMENT}),
        ("  accept(6, NULL, NULL) = 7   # waits", {WrapperKind.COMMENT, WrapperKind.INDENTATION}),
        (
            "  Mar  9 11:12:13 box strace[4]: > accept(6, NULL, NULL) = 7",
            {WrapperKind.INDENTATION, WrapperKind.SYSTEM_LOG, WrapperKind.MARKDOWN},
        ),
    ],
)
def test_marks_and_comments(line: str, without: set[WrapperKind]) -> None:
    log = read(f"{line}\n")
    assert described(log) == ["accept(6, NULL, NULL) = 7"]
    assert set(log.without) == without


def test_a_comment_is_none_of_a_duration_nor_of_a_string_or_a_path() -> None:
    log = read(
        "close(6) = 0 <0.000021>  # done\n"
        'write(6, "a # b\\n", 6) = 6\n'
        'openat(AT_FDCWD, "x", O_RDONLY) = 3</tmp/a # b>\n'
    )
    assert log.calls[0].duration_ns == 21_000
    assert described(log)[1:] == [
        'write(6, "a # b\\n", 6) = 6',
        'openat(AT_FDCWD, "x", O_RDONLY) = 3</tmp/a # b>',
    ]
    assert log.without == {WrapperKind.COMMENT: 1}


def test_comments_stand_behind_strings_that_look_like_some() -> None:
    log = read(
        'write(6, "a # b // c\\n", 11) = 11  # said\n'
        'write(6, "**a** \\\\_b", 9) = 9\n'
        'write(6, "**a**", 5) = **5**\n'
    )
    assert described(log) == [
        r'write(6, "a # b // c\n", 11) = 11',
        r'write(6, "**a** \\_b", 9) = 9',
        'write(6, "**a**", 5) = 5',
    ]
    assert log.without == {WrapperKind.COMMENT: 1, WrapperKind.MARKDOWN: 1}


def test_a_call_in_a_comment_is_none_of_the_logs() -> None:
    log = read(f"# {PLAIN[0]}\n{PLAIN[1]}\n")
    assert (described(log), log.asides) == (PLAIN[1:2], 1)


@pytest.mark.parametrize("end", ["", "\n"])
def test_a_call_behind_a_prompt_may_hang(end: str) -> None:
    log = read(f"{PLAIN[0]}\nme@box:~$ accept(6, {end}")
    assert (described(log)[1:], log.cut, log.unknown) == (["accept(6) = "], True, 0)
    assert log.without == {WrapperKind.PROMPT: 1}


def test_keys_that_the_terminal_showed_before_straces_words() -> None:
    log = read(
        f"{PLAIN[0]}\n^Cstrace: Process 31 detached\n^C[pid 32] close(6) = 0\n"
        "^C--- SIGTERM {si_signo=SIGTERM} ---\n^C\n"
    )
    assert (described(log), log.unknown, log.without) == ([PLAIN[0], "close(6) = 0"], 0, {})
    assert [other.kind for other in log.others] == [
        LineKind.NOTE,
        LineKind.SIGNAL,
        LineKind.COMMENT,
    ]


ASIDES = [
    "$ strace ./my-server",
    "me@box:~/src$ sudo strace -f -o x ./my-server",
    "[root@box ~]# strace -p 31",
    "(venv) me@box:~$ strace ls",
    "+ strace -f ./my-server",
    "bash-5.2# strace -f ./my-server",
    "~/src > /usr/bin/strace ./my-server",
    "sudo strace -p 31",
    "strace -f -e trace=%network ./my-server",
    "# the server begins",
    "```console",
    "```",
    "~~~",
    "...",
    "[...]",
    "--",
    "me@box:~$ ",
    "-- Boot 0123456789abcdef --",
    "<pre>",
]


@pytest.mark.parametrize("aside", ASIDES)
def test_prompts_comments_and_fences_are_no_lines_that_were_not_understood(aside: str) -> None:
    log = read(f"{aside}\n{PLAIN[0]}\n{aside}\n{PLAIN[1]}\n")
    assert (described(log), log.unknown, log.asides) == (PLAIN[:2], 0, 2)
    assert [other.text for other in log.others] == [aside, aside]
    assert list(map(str, log.remarks)) == ["2 lines were taken for prompts, comments or Markdown."]


@pytest.mark.parametrize(
    "line",
    [
        "2026-03-09 11:12:13 INFO listening on 8080",
        "Mar  9 11:12:13 box my-server[4]: GET /index (200) = fine",
        "  indented words (of the program)",
        "- a list",
        "12: x",
        "INFO: read(2) = nothing",
        "> quoted",
    ],
)
def test_other_lines_stay_what_they_were(line: str) -> None:
    log = read(f"{PLAIN[0]}\n{line}\n{PLAIN[1]}\n")
    assert (described(log), log.unknown, log.without) == (PLAIN[:2], 1, {})
    assert [other.text for other in log.others] == [line]


@pytest.mark.parametrize("head", ["    ", "Mar  9 11:12:13 box strace[4]: ", "> "])
@pytest.mark.parametrize(
    "note",
    [
        "strace: Process 31 attached",
        "strace: Process 31<my srv> detached",
        "[ Process PID=31 runs in 32 bit mode. ]",
        "Process 31 attached",
    ],
)
def test_straces_own_words_are_known_behind_a_head(head: str, note: str) -> None:
    log = read(f"{head}{note}\n{head}{PLAIN[0]}\n")
    assert (described(log), log.unknown) == (PLAIN[:1], 0)
    assert [(other.kind, other.text) for other in log.others] == [(LineKind.NOTE, note)]


def test_frames_and_dumps_are_known_behind_an_indentation() -> None:
    log = read(
        "  close(6) = 0\n"
        "   > /usr/lib/libc.so.6(__close+0x1) [0x10adc7]\n"
        "   | 00000  68 65 79                                           hey              |\n"
    )
    assert [other.kind for other in log.others] == [LineKind.FRAME, LineKind.DUMP]


@pytest.mark.parametrize("head", ["    ", "Mar  9 11:12:13 box strace[4]: ", "> "])
def test_such_a_file_is_known_for_a_log(
    head: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("logs") / "a.log"
    path.write_text("".join(f"{head}{line}\n" for line in PLAIN), "utf-8")
    assert kind_of(path) is FileKind.LOG
    assert len(load(path).calls) == 3


@pytest.mark.parametrize("head", HEADS)
def test_what_was_taken_off_is_told_in_chinese(head: str) -> None:
    (said,) = read("".join(f"{head}{line}\n" for line in PLAIN)).remarks
    chinese = catalogue("zh")(said)
    assert chinese.startswith("有 5 行是去掉")
    assert not re.search("[a-z]{2,} [a-z]{2,}", chinese)


PIECES = [
    *(*HEADS, "accept(6, ", "NULL) = 7", "\n", "**", " # x", "^C", " <detached ...>", "`", '"'),
    *("strace: Process 4 detached", "--- SIGTERM {", "} ---", "<... accept resumed>", "= 0"),
    *("-1 EAGAIN (Resource temporarily", "unavailable)", "$ ", "```", "[pid 4] "),
]


@given(st.lists(st.sampled_from(PIECES), max_size=24).map("".join))
def test_no_wrapping_raises_and_no_line_is_lost(text: str) -> None:
    lines = [line + "\n" for line in text.split("\n")]
    log = parse(lines)
    known = {number for call in log.calls for number in (call.line, call.end)}
    known |= {other.line for other in log.others}
    assert known >= {number for number, line in enumerate(lines, 1) if line.strip("\r\n")}
