"""Removes from what a program reads and writes what no second run could repeat.

Times, durations, process ids, random tokens and TLS records, each by the form in which servers and
their libraries write them. Texts are bytes as characters (latin-1).
"""

import re
from typing import NamedTuple

_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_DATE = (
    rf"(?:\d{{4}}[-/.]\d\d[-/.]\d\d|\d{{1,2}}[-/ ]{_MONTH}[a-z]*[-/ ]\d{{2,4}}"
    rf"|{_MONTH} {{1,2}}\d{{1,2}})"
)
_CLOCK = r"\d{1,2}:\d\d:\d\d(?:[.,]\d{1,9})?"
_ZONE = r"(?: ?(?:Z\b|GMT|UTC|[A-Z]{2,4}T\b|[+-]\d\d:?\d\d\b))?"
_TIME = re.compile(
    rf"(?:{_DAY}[a-z]*,? +)?(?:{_DATE}[T:_ ] *|(?<![\d:.])){_CLOCK}(?!\d|:\d)(?: \d{{4}}\b)?{_ZONE}"
    rf"|(?<![\w./-])\d{{4}}[-/]\d\d[-/]\d\d(?![\w/-])"
)
_EPOCH = re.compile(r"(?<![\w.:-])(?:1[5-9]|2[01])\d{8}(?:\d{3}){0,3}(?:\.\d{1,9})?(?![\w])")
"""Seconds since 1970, or milliseconds and so on, from 2017 to 2036."""
_TOOK = re.compile(
    r"(?<![\w.])\d+(?:\.\d+)? ?(?:[nmu\xb5]s|\xc2\xb5s|[mu]secs?|(?:milli|micro|nano)seconds?)\b"
    r"|(?<![\w.])\d+\.\d+ ?(?:s|secs?|seconds?)\b"
)
_TORN_TIME = re.compile(
    rf"(?:{_DAY}[a-z]*,? *)?(?:\d{{1,4}}[-/ ](?:\d\d?|{_MONTH})[-/ \d:.,T]*|{_MONTH} [ \d:.]*"
    rf"|\d{{1,2}}:\d[\d:.]*)$|{_DAY}[a-z]*,? *(?:\d\d?(?: [A-Z][a-z]{{0,2}})?)?$"
)
_TORN_NUMBER = re.compile(r"\d+[#:\]]?\d*$")
_PROCESS = re.compile(
    r"(?i:(?<![a-z])(pid[ =:#]{1,3}|process(?: id)?[ =:#]{1,3}))\d{1,7}(?!\w)"
    r"|((?<=signal).{1,40} received from )\d{1,7}\b"
    r"|()(?<![\w.:])\d{1,7}#\d{1,7}(?=[: ])"
)
_LED_BY_PROCESS = re.compile(r"\d{1,7}:[A-Z] ").match
_IN_BRACKETS = re.compile(r"\[\d{1,7}\](?=:| |$)")
_PROC = re.compile(r"(/proc|/task)/\d{1,7}(?![\w.])")
_RANDOM = re.compile(
    r"(?<![\w-])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![\w-])"
    r"|(?<![0-9A-Za-z])(?=[0-9]{0,20}[a-f])(?=[a-f]{0,20}[0-9])[0-9a-f]{16,128}(?![0-9A-Za-z])"
)
_SECRET = re.compile(
    r"(?i:((?:nonce|csrf|token|session|sid|cookie|secret|salt|sec-websocket-(?:key|accept))"
    r"[\w-]{0,16}[\"']?[:=] ?[\"']?))[A-Za-z0-9+/=_.-]{16,}"
)
_TLS = re.compile(r"[\x14-\x17]\x03[\x00-\x04]").match
_KEY_OF_POSTGRES = re.compile(r"K\0\0\0\x0c.{8}|R\0\0\0\x0c\0\0\0\x05.{4}", re.DOTALL)
_MEASURED = re.compile(
    r"(?i:\b((?:uptime|rusage|elapsed|latency|used_(?:cpu|memory)|lru_clock)[\w.-]*[ =:]{1,3}))"
    r"\d+(?:\.\d+)?\w?"
)
_HAS_TIME = re.compile(r"\d:\d\d|\d[-/]\d\d[-/]").search
_HAS_EPOCH = re.compile(r"[12]\d{9}").search
_HAS_RANDOM = re.compile(r"[0-9a-f]{16}|-[0-9a-f]{4}-").search
_WORDS_OF_MEASURED = ("uptime", "rusage", "elapsed", "latency", "used_", "lru_clock")
_WORDS_SECRET = (
    "nonce", "csrf", "token", "session", "sid", "cookie", "secret", "salt", "websocket",
)  # fmt: skip
_FRACTION = re.compile(r"\d:\d\d[.,]\d|\d{10}\.\d").search
_A_DIGIT = re.compile(r"\d").search
_PORTS = re.compile(r":(\d{1,5})(?!\d)")
_IDS = re.compile(r"\d(?<![A-Za-z0-9]\d)(?<!\d\.\d)\d{1,6}(?![A-Za-z0-9])")
"""Not the second half of ``3.14``; but a number in a name: ``agent.4711``, ``x_4711``."""
_LONGEST_BINARY = 4096
_LONGEST_END = 64


class NormalizedText(NamedTuple):
    """What is left of a text.

    Attributes:
        text: The text, with words in place of what differs from run to run.
        freed: Whether its length may differ as well.
        ports: Digits in it that may be those of a port.
        ids: Digits in it that may be those of a process.
    """

    text: str
    freed: bool
    ports: frozenset[str]
    ids: frozenset[str]


NO_DIGITS = frozenset[str]()


def normalize(text: str, cut: bool) -> NormalizedText:
    """Remove from a text what differs in every run.

    Args:
        text: What was read or written, a byte a character.
        cut: Whether there was more of it.
    """
    if _TLS(text):
        return NormalizedText("TLS record", True, NO_DIGITS, NO_DIGITS)
    if _A_DIGIT(text) is None:
        return NormalizedText(text, False, ports_in(text), ids_in(text))
    if "K\0\0\0\x0c" in text or "R\0\0\0\x0c" in text:
        text = _KEY_OF_POSTGRES.sub("key", text)
    shorter, timed = text, False
    # Each form is searched for only where a part of it occurs: most texts have none of them.
    if _HAS_TIME(text):
        shorter, times = _TIME.subn("time", text)
        timed = times > 0
    if _HAS_EPOCH(shorter):
        shorter, epochs = _EPOCH.subn("time", shorter)
        timed = timed or epochs > 0
    freed = timed and _FRACTION(text) is not None
    if cut:
        shorter, torn = _without_end(_TORN_TIME, shorter)
        timed = timed or torn
    if timed:  # a line of a log
        shorter, took = _TOOK.subn("duration", shorter)
        shorter, named = _IN_BRACKETS.subn("[process]", shorter)
        if cut:
            shorter, _ = _without_end(_TORN_NUMBER, shorter)
        freed = freed or took + named > 0
    words = shorter.lower()
    named, sized, paths = 0, 0, 0
    if any(word in words for word in _WORDS_OF_MEASURED):
        shorter, sized = _MEASURED.subn(r"\1varies", shorter)
    if "pid" in words or "process" in words or "signal" in words or "#" in words:
        shorter, named = _PROCESS.subn(lambda m: f"{m[1] or m[2] or ''}process", shorter)
    if _LED_BY_PROCESS(shorter):
        shorter, named = "process" + shorter.lstrip("0123456789"), 1
    if "/proc/" in shorter or "/task/" in shorter:
        shorter, paths = _PROC.subn(r"\1/process", shorter)
    if any(word in words for word in _WORDS_SECRET):
        shorter = _SECRET.sub(r"\1random", shorter)
    if _HAS_RANDOM(shorter):
        shorter = _RANDOM.sub("random", shorter)
    freed = freed or named + sized + paths > 0
    return NormalizedText(shorter, freed, ports_in(shorter), ids_in(shorter))


def _without_end(form: re.Pattern[str], text: str) -> tuple[str, bool]:
    """Remove what is at the very end of a text; only this much of it is searched."""
    tail = text[-_LONGEST_END:]
    shorter = form.sub("", tail)
    return text[: len(text) - len(tail)] + shorter, shorter != tail


def ports_in(text: str) -> frozenset[str]:
    """Return the digits that may be those of a port: after a colon."""
    return frozenset(_PORTS.findall(text)) if ":" in text else NO_DIGITS


def ids_in(text: str) -> frozenset[str]:
    """Return the digits that may be those of a process, written out or as a word of four bytes."""
    found = _IDS.findall(text)
    if "\0" in text and len(text) <= _LONGEST_BINARY:
        data = text.encode("latin-1", "replace")
        for at in range(0, len(data) - 3, 4):
            number = int.from_bytes(data[at : at + 4], "little")
            if 99 < number < 1 << 22:
                found.append(f"{number}")
    return frozenset(found)


def without(text: str, ports: dict[str, str], ids: frozenset[str]) -> str:
    """Remove known ports and processes from a text."""
    if ports:
        text = _PORTS.sub(lambda m: f":{ports.get(m[1], m[1])}", text)
    if ids:
        text = _IDS.sub(lambda m: "process" if m[0] in ids else m[0], text)
        if "\0" in text and len(text) <= _LONGEST_BINARY:
            for each in ids:
                word = int(each).to_bytes(4, "little").decode("latin-1")
                text = text.replace(word, "process") if int(each) > 99 else text
    return text
