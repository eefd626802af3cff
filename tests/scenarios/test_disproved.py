"""Statements that experiments or Go's source have disproved do not come back, in either language.

What holds instead is tried out in ``tests/facts``.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from walkthrough.i18n.catalogue import catalogue
from walkthrough.i18n.messages import Message
from walkthrough.lesson.log_notes import log_notes
from walkthrough.quiz import explanations, texts, wrong_calls, wrong_results, wrong_stages
from walkthrough.quiz.wrong_choice import WrongChoice
from walkthrough.scenario import loader as scenarios
from walkthrough.source.notes import Notes

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("README*.md")), *sorted((ROOT / "docs").glob("**/*.md"))]

DISPROVED = {
    "the family is known with the address": (
        r"with it the family|only they tell which family",
        r"地址有了，地址族也就定了|才知道 socket 该属于",
    ),
    "SO_REUSEADDR gives the port back at once": (r"port back at once", r"立刻拿回端口"),
    "a reset takes what was still to be read": (
        r"still to be read is gone|unread (data|bytes) (is|are) (gone|lost)",
        r"还没读的数据也随之丢失",
    ),
    "the first descriptor in epoll is the somaxconn file": (
        r"first descriptor ever added",
        r"第一个被加进去的描述符不是 socket",
    ),
    "signals of Go make EINTR common": (r"SIGURG.*EINTR|EINTR.*SIGURG", r"SIGURG 用于抢占"),
    "a change of somaxconn goes unnoticed": (
        r"changes? (of somaxconn )?(nothing for it|goes unnoticed)",
        r"对它毫无作用|要等程序重新启动才会知道。$",
    ),
    "an unclosed connection keeps its descriptor for ever": (
        r"leaks? one descriptor (per|for each)",
        r"每个连接就泄漏",
    ),
    "bind reserves the port": (
        r"reserves? the port|belongs to this socket|the port is taken and closed",
        r"占下端口|端口占住|归这个 socket|占住地址",
    ),
    "a local port is for one connection": (r"one connection only", r"只供这一个连接"),
    "any idle thread waits in epoll": (
        r"[Aa]ny thread that has run out|goes? (off )?to (sleep|wait) in `?epoll",
        r"到 epoll 里替大家|去 epoll 那里等",
    ),
    "all costs grow in proportion": (
        r"(?<!about )ten times as much|twice as many take twice",
        r"数目翻倍，用量翻倍",
    ),
    "a goroutine always wakes on another thread": (r"wakes on another one", r"一定换了一个线程"),
    "the backlog is the room in the queue": (
        r"room in the accept queue|how many may wait|length of the accept queue",
        r"accept 队列的容量",
    ),
    "any bad address fails before there is a socket": (
        r"a bad address fails|only a name would",
        r"地址写错就错在这里|只有写成名字",
    ),
    "read has three answers": (r"has three answers", r"read\(2\) 有三种回答"),
    "whoever is woken must go on until EAGAIN": (
        r"must go on until EAGAIN|goes on until EAGAIN|accept\) until EAGAIN",
        r"一直做到 EAGAIN",
    ),
    "the probe for Multipath TCP is as old as the listing": (
        r"rather than added since",
        r"多半不是后来才加的",
    ),
    "every call that would have to wait says EAGAIN": (
        r"would have to wait (will say|returns) EAGAIN|Where a call would have to wait",
        r"凡是要等的调用|本来要等待的调用会返回 EAGAIN",
    ),
    "the poller is always started by the somaxconn file": (
        r"Here it is not the listener but",
        r"在这里触发它的不是监听 socket",
    ),
    "every connection begins with a handshake and ends with FIN": (
        r"completes handshakes by itself[:,.]? (SYN|and)|For a connection, the kernel now sends FIN"
        r"|finished the handshake long ago",
        r"内核自己完成握手[：，](SYN|把)|^对连接来说|。对连接来说|握手早由内核做完",
    ),
    "no walk comes to the Control hook": (r"so this walk passes by", r"所以这次从旁走过"),
    "SO_REUSEADDR is for connections that are dying": (
        r"connections that are dying",
        r"正在消亡的连接",
    ),
    "both ends wait in TIME_WAIT": (
        r"the kernel keeps the pair of addresses",
        r"两端都留在 TIME_WAIT",
    ),
    "a deadline makes no system call": (
        r"deadline makes no system call",
        r"不发起系统调用。运行时",
    ),
}


def said() -> Iterator[tuple[str, str, str]]:
    """Yield whatever teaches: where it stands, in English, in Chinese."""
    own = [n for name in scenarios.names() for n in scenarios.load_notes(scenarios.find(name))]
    for note in (*Notes.load().all, *own):
        yield note.id, note.says("en"), note.says("zh")
    for of_a_log in log_notes():
        yield of_a_log.id, of_a_log.says("en"), of_a_log.says("zh")
    for name in scenarios.names():
        found = scenarios.load(name)
        for about in (found.title, found.teaser, found.summary):
            if about is not None:
                yield name, about.says("en"), about.says("zh")
        for question in scenarios.load_lesson(scenarios.find(name)).question:
            yield question.id, question.ask.says("en"), question.ask.says("zh")
            yield question.id, question.why.says("en"), question.why.says("zh")
            for choice in question.choice:
                if choice.right:
                    yield question.id, choice.says("en"), choice.says("zh")
                elif choice.why is not None:
                    yield question.id, choice.why.says("en"), choice.why.says("zh")
    for module in (texts, explanations, wrong_calls, wrong_results, wrong_stages):
        for name, value in vars(module).items():
            several = value.values() if isinstance(value, dict) else [value]
            for each in several:
                message = each.why if isinstance(each, WrongChoice) else each
                if isinstance(message, Message):
                    yield name, message.id, catalogue("zh")(message)
    for page in PAGES:
        text = page.read_text("utf-8")
        for line in text.splitlines():
            yield page.name, line, line


EVERYTHING = list(said())


def test_there_is_something_to_look_through() -> None:
    assert len(EVERYTHING) > 1000
    assert {"accept.try", "accept-parks.who", "ERRORS_OF", "glossary.md"} <= {
        where for where, _, _ in EVERYTHING
    }


@pytest.mark.parametrize("name", DISPROVED)
def test_it_is_not_said_again(name: str) -> None:
    english, chinese = (re.compile(pattern) for pattern in DISPROVED[name])
    found = [
        where
        for where, en, zh in EVERYTHING
        if english.search(" ".join(en.split())) or chinese.search(zh)
    ]
    assert found == []
