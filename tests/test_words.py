"""Words that are not used, in English and in Chinese, and what is said instead."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ENGLISH = {
    r"(so|how)[- ]manieth\b": "ordinal",
    r"(logs?|lines?|one) of strace's\b": "strace log, strace line",
    r"dear to\b": "expensive to",
    r"for to (?!in\b)\w+": "to",
    r"to be had\b": "available",
    r"made otherwise\b|what is otherwise\b": "changed, modified",
    r"(client|user|kernel)'s doing\b": "action",
    r"in so many words\b": "explicitly",
    r"anew\b": "again",
    r"worth to be\b": "worth seeing, worth marking",
    r"one and the same\b": "the same",
    r"laid beside\b|lays? \w+ (\w+ )?beside\b": "aligned with, compared with",
    r"amid\b|in the midst of\b": "in the middle of",
    r"lest\b|seldom\b": "so that ... not, rarely",
    r"takes? note (of|that)\b": "record, note that",
    r'((?<=""")|(?<=[;,] ))tell whether\b': "return whether",
    r"of one's own\b": "its own, private",
    r"sees? to it that\b": "make sure that",
    r"of no use\b": "useless",
    r"for want of\b": "for lack of",
    r"go(es)? amiss\b": "fail",
    r"rungs?\b": "row (of the sequence diagram)",
    r"(narrator|attendant|teller)\b": "event builder, script runner, builder",
    r"(address|client|literal|listener|port|server|socket)s? of (IPv[46]|UDP|Multipath)\b": (
        "IPv6 socket, UDP server"
    ),
    r"logs? of strace\b(?!')": "strace log",
    r"roads?\b": "path",
    r"made good\b": "completed",
    r"is told by\b": "only ... reports it",
    r"that (fast|quick) that\b": "so fast that",
    r"by loopback\b": "over loopback",
    r"who (dials|comes then)\b": "a dialer, anyone connecting later",
    r"comes of\b": "what happens, results",
    r"memory of the (server|kernel)'s\b": "server memory",
    r"with borders\b": "boundaries",
    r"interests (more|less)\b": "entries",
    r"is non-blocking since\b": "has been non-blocking since",
    r"that calls? out\b": "classroom mode",
    r"this session is kept\b": "session saved",
}
"""Each begins where a word does."""
CHINESE = {
    "停放": "挂起 (a goroutine parks)",
    "叫醒": "唤醒 (to wake)",
    "接受队列": "accept 队列 (the accept queue)",
    "关注": "监视 (what epoll watches)",
    "套接字": "socket",
    "监听者": "监听器 (a listener)",
    "兴趣列表": "监视列表 (epoll's interest list)",
    "(?<!名字)服务器": "服务端 (the server)",
    "兴趣": "监视; 条目 (an entry)",
    "末日": "致命错误 (fatal)",
    "外衣": "包上一层 (to wrap an error)",
    "夭折": "中止 (aborted)",
    "说起话来": "开始收发 (to talk)",
    "(bind|listen|read|write|accept4?) 会怎么说": "返回什么 (returns)",
    "拒收": "拒绝监视 (epoll refuses)",
    "机器的本事": "机器支持什么 (what the machine can do)",
    "从旁边绕过": "不走这一支 (does not take the branch)",
    "齐备": "已就绪 (ready)",
    "没办完": "尚未完成 (unfinished)",
    "跟着没": "随之消失 (to go with it)",
    "截止时间": "期限 (a deadline)",
    "复位": "重置 (to reset)",
    "散列": "哈希 (a hash)",
    "行走": "运行, 对齐 (a walk, aligned with it)",
    "(?<!循)环回": "回环 (loopback)",
    "首页": "主页 (home)",
    "画面": "屏幕, 界面 (the screen)",
    "重放": "回放 (to replay)",
    "答复": "应答 (a reply, to reply)",
    "回应": "应答 (a reply, to reply)",
    "回音": "应答 (a reply, to reply)",
    "(read|write|accept4?|bind|connect|内核|RST)(\\(2\\))? ?[会也都怎么]*回答": "应答, 返回",
    "闲着|闲置": "空闲 (idle)",
    "静止": "空闲 (idle, at rest)",
    "(?<!全)(?<!半)连接队列": "全连接队列（accept 队列） at first mention, then accept 队列",
}
QUEUE = "accept 队列"
FIRST_QUEUE = f"全连接队列（{QUEUE}）"
"""What the accept queue is called where a file mentions it for the first time."""
TEXTS = [
    *(
        ROOT / name
        for name in (
            "CONTRIBUTING.md",
            "README.md",
            "README.zh.md",
            "SECURITY.md",
            "pyproject.toml",
        )
    ),
    *(
        path
        for folder in ("benchmarks", "docs", "scenarios", "scripts", "tests", "walkthrough")
        for suffix in ("md", "po", "py", "toml")
        for path in sorted((ROOT / folder).rglob(f"*.{suffix}"))
        if path != Path(__file__)
    ),
]


def any_of(*words: str) -> re.Pattern[str]:
    """Return a pattern of words: in English all are found four times as fast as one by one."""
    begins = r"\b" if ENGLISH.keys() >= set(words) else ""
    return re.compile(f"{begins}(?:{'|'.join(words)})", re.IGNORECASE)


def found(words: dict[str, str], line: str) -> Iterator[str]:
    """Yield what to say instead of each word in a line that is not to be used."""
    for word, instead in words.items():
        if match := any_of(word).search(line):
            yield f"{match.group()!r}: say {instead}"


@pytest.mark.parametrize("words", [ENGLISH, CHINESE], ids=["English", "Chinese"])
def test_no_text_has_a_word_that_is_not_used(words: dict[str, str]) -> None:
    wrong = []
    # In Chinese one by one is faster: each begins with a character that may be searched for.
    patterns = [any_of(*words)] if words is ENGLISH else [any_of(word) for word in words]
    for path in TEXTS:
        text = path.read_text("utf-8")
        if any(pattern.search(text) for pattern in patterns):
            wrong += [
                f"{path.relative_to(ROOT)}:{number}: {sentence}"
                for number, line in enumerate(text.splitlines(), 1)
                for sentence in found(words, line)
            ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("words", "line", "times"),
    [
        (ENGLISH, "# A log of strace's, compared anew.", 2),
        (ENGLISH, "for to in range(3):  # not for to look up", 1),
        (ENGLISH, "An strace log, compared again.", 0),
        (CHINESE, "服务器的 goroutine 停放着，监听者叫醒它。", 4),
        (CHINESE, "read(2) 会怎么回答？服务端闲着，没有回应。", 3),
        (CHINESE, "用数字回答问题；内核应答 SYN，服务端空闲。", 0),
        (CHINESE, "名字服务器；服务端的 goroutine 挂起。全连接队列（accept 队列）。", 0),
    ],
)
def test_a_word_is_found_where_it_stands(words: dict[str, str], line: str, times: int) -> None:
    assert len(list(found(words, line))) == times


@pytest.mark.parametrize(
    "path",
    [
        path
        for path in TEXTS
        if path.suffix == ".toml" or path.parent.name == "zh" or path.name == "README.zh.md"
        if QUEUE in path.read_text("utf-8")
    ],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_the_accept_queue_is_introduced_where_a_file_mentions_it_first(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.count(FIRST_QUEUE) == 1
    assert text.index(FIRST_QUEUE) == text.index(QUEUE) - FIRST_QUEUE.index(QUEUE)


def test_the_texts_are_there() -> None:
    assert len(TEXTS) > 900
    assert {"scenario.toml", "walkthrough.po", "glossary.md", "tracer.py"} <= {
        path.name for path in TEXTS
    }
