"""The table of a comparison: readable at any width, hostile texts escaped, differences in words."""

import re

import pytest

from walkthrough.compare.align import compare
from walkthrough.compare.inputs import of_events, of_log
from walkthrough.compare.json_report import report
from walkthrough.compare.model import Comparison, Row, Side
from walkthrough.compare.table import summary, table
from walkthrough.formatting.cells import cell_width
from walkthrough.i18n.catalogue import catalogue
from walkthrough.model.events import CallEntered, Header
from walkthrough.strace_log.log import parse

LEFT = """\
7 openat(AT_FDCWD, "/start", O_RDONLY) = 3
7 close(3) = 0
7 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3
7 bind(3, {sa_family=AF_INET, sin_port=htons(7099), sin_addr=inet_addr("127.0.0.1")}, 16) = 0
7 listen(3, 4096) = 0
7 accept4(3, NULL, NULL, 0) = 4
7 epoll_wait(9, [], 8, 0) = 0
"""
RIGHT = (
    LEFT.replace("7099", "7100")
    .replace("listen(3, 4096)", "listen(3, 128)")
    .replace(
        "7 accept4(3, NULL, NULL, 0) = 4\n7 epoll_wait(9, [], 8, 0) = 0\n",
        "7 epoll_wait(9, [], 8, 0) = 1\n7 mmap(NULL) = 0x7f0000000000\n7 fcntl(3, 1\x1b[2J) = 0\n",
    )
)


def sides(main: int = 2) -> Comparison:
    left, right = (
        of_log(parse([line + "\n" for line in text.split("\n")]), name)
        for text, name in ((LEFT, "walkthrough"), (RIGHT, "strace"))
    )
    covers = frozenset(row.name for row in left.rows) | {"fcntl"}
    return compare(Side(left.name, left.rows, covers, main), right)


def test_it_reads_stage_by_stage() -> None:
    assert [line.text for line in table(sides(), 80, catalogue("en"))] == [
        "= both         … 2 calls before the program's main, the same",
        "sysSocket",
        "= both         socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3",
        "bind",
        "= walkthrough  bind(3, {sa_family=AF_INET, sin_port=htons(7099), sin_addr=i… = 0",
        "  strace       bind(3, {sa_family=AF_INET, sin_port=htons(7100), sin_addr=i… = 0",
        "listen",
        "≠ walkthrough  listen(3, 4096) = 0",
        "  strace       listen(3, 128) = 0",
        "               argument 2: 4096 against 128",
        "accept",
        "- walkthrough  accept4(3, NULL, NULL, 0) = 4",
        "               only walkthrough has this call",
        "+ strace       fcntl(3, 1\\x1b[2J) = 0",
        "               only strace has this call",
    ]


def test_it_reads_in_chinese_in_the_same_columns() -> None:
    texts = [line.text for line in table(sides(), 80, catalogue("zh"))]
    assert texts[:3] == [
        "= 两者         … main 之前的 2 个调用相同",
        "sysSocket",
        "= 两者         socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3",
    ]
    assert "               参数 2：4096 与 128" in texts
    assert "               只有 strace 有这个调用" in texts
    assert not [text for text in texts if re.search("[a-z]{3,} [a-z]{3,}", text)]


@pytest.mark.parametrize("width", [1, 40, 80, 100, 400])
@pytest.mark.parametrize("everything", [False, True])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_line_is_wider_than_asked_for_or_holds_anything_a_terminal_obeys(
    width: int, everything: bool, language: str
) -> None:
    lines = list(table(sides(), width, catalogue(language), everything=everything))
    assert max(cell_width(line.text) for line in lines) <= max(width, 40)
    assert all(line.text.isprintable() for line in lines)


def test_everything_is_everything() -> None:
    texts = [line.text for line in table(sides(), 100, catalogue("en"), everything=True)]
    assert sum("epoll_wait" in text for text in texts) == 2
    assert any("mmap" in text for text in texts)
    assert any("/start" in text for text in texts)


def test_below_it_stands_what_was_counted() -> None:
    assert list(map(str, summary(sides()))) == [
        "4 stages: 4 calls the same; 3 differ.",
        "Of what differs: 1 other arguments, 1 missing, 1 extra.",
        "Not compared: 2 polls, wake-ups and the like, which differ by chance (epoll_wait 2).",
        "Not compared: 1 calls that only one side can hold (mmap 1).",
    ]


def test_the_document_holds_all_of_it() -> None:
    document = report(sides(), same_run=False, remarks=("a remark",))
    assert document["differs"] is True
    assert document["counts"]["same"] == 4
    assert document["remarks"] == ["a remark"]
    listen = next(pair for pair in document["pairs"] if pair["verdict"] == "other arguments")
    assert (listen["stage"], listen["unlike_arguments"]) == ("listen", [1])
    assert listen["left"]["arguments"] == "3, 4096"
    assert listen["right"]["at"] == 5


def test_a_call_that_never_ended_is_shown_so() -> None:
    rows = (Row(1, 7, "accept4", "3", ""),)
    texts = [
        line.text for line in table(compare(Side("a", rows), Side("b", rows)), 80, catalogue("en"))
    ]
    assert texts[-1] == "= both  accept4(3) = ?"


def test_of_several_processes_each_call_says_whose_it_is() -> None:
    def side(first: int, second: int, *calls: tuple[str, int | None]) -> Side:
        header = Header(program_version="", server="program", pid=first, system="", command=())
        called = [
            CallEntered(seq=number, time_ns=0, thread=process or first, process=process, call=name)
            for number, (name, process) in enumerate(calls)
        ]
        return of_events("ours" if second == 71 else "theirs", header, called)

    left = side(70, 71, ("listen", None), ("accept4", 71))
    right = side(10800, 10801, ("listen", None), ("accept4", 10801), ("close", 10801))
    found = compare(left, right)
    calls = [
        line.text.split("  ", 1)[1].strip()
        for line in table(found, 80, catalogue("en"))
        if "(" in line.text
    ]
    assert calls == [
        "70 10800  listen() = ?",
        "71 10801  accept4() = ?",
        "10801     close() = ?",
    ]
    pairs = list(report(found, same_run=False, remarks=())["pairs"])
    assert [pair["right"]["process"] for pair in pairs] == [10800, 10801, 10801]
    alone = side(70, 71, ("listen", None))
    lines = [line.text for line in table(compare(alone, alone), 80, catalogue("en"))]
    assert lines[-1].endswith("  listen() = ?")
    assert "70" not in lines[-1]
