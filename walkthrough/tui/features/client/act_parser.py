"""What is typed for a client to do: ``connect 5``, ``send 2 hello``, ``close 1-3``.

Pure: text in; a command, or a sentence that says what is allowed, out.
"""

import ipaddress
import re
import unicodedata
from collections.abc import Collection

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import Message, message
from walkthrough.model.protocol import ActCommand
from walkthrough.state.world import MOST_CLIENTS
from walkthrough.view.text import elide, safe

MOST_AT_ONCE = 1000
"""How many clients may act at once; the capture allows no more."""
MOST_BYTES = 4096
"""The longest line that can be sent."""
LONGEST = 2000
"""How many characters can be typed."""
_MOST_SAID = 24

FAMILIES = {"ipv4": "127.0.0.1", "ipv6": "::1"}
GRAMMAR: dict[str, Message] = {
    "connect": message("connect [COUNT] [ipv4 | ipv6 | ADDRESS] [listener N]"),
    "accept": message("accept: take the connection that the server has dialled"),
    "send": message("send [CLIENT] TEXT · \\n \\xNN \\c (no end of line)"),
    "receive": message("receive [CLIENT | FIRST-LAST]"),
    "half-close": message("half-close [CLIENT | FIRST-LAST]"),
    "close": message("close [CLIENT | FIRST-LAST]"),
    "reset": message("reset [CLIENT | FIRST-LAST]"),
}
"""What can be typed: the word, and how it goes on."""

_NUMBER = re.compile(r"[0-9]{1,9}")
_RANGE = re.compile(r"([0-9]{1,9})(?:[-–]([0-9]{1,9}))?")
_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{2}|.|$)", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "\\": "\\", '"': '"'}


class _Wrong(Exception):  # noqa: N818
    """What was typed is wrong; the argument is a sentence."""


def parse_act(text: str, known: Collection[int], tr: Catalogue) -> ActCommand | str:
    """Return the command that ``text`` stands for, or a sentence that says what is wrong.

    Args:
        text: What was typed.
        known: The clients that there are, by number; to name one that is not there is a mistake.
        tr: The catalogue of the language to say it in.
    """
    head, rest = [*text.split(maxsplit=1), "", ""][:2]  # wide spaces are spaces, too
    try:
        action = _action(_plain(head), tr)
        if action == "send":
            return _send(rest.strip(), known, tr)
        words = _plain(rest).split()
        if action == "connect":
            return _connect(words, tr)
        if action == "accept":
            if words:
                raise _Wrong(tr("Nothing goes behind accept: a new client gets the connection."))
            return ActCommand(action="accept")
        return _others(action, words, known, tr)
    except _Wrong as wrong:
        return str(wrong)


def complete(text: str) -> str:
    """Return what was typed with its first word completed, as far as that is certain."""
    word = text.lstrip()
    fitting = [each for each in GRAMMAR if each.startswith(word.lower())] if word else []
    if len(fitting) == 1 and " " not in word:
        return fitting[0] + " "
    return text


def explain(text: str, tr: Catalogue) -> str:
    """Say how what was typed so far goes on; "" where it is no beginning of anything."""
    head, gap, _ = text.lstrip().partition(" ")
    if not head:
        return ""
    fitting = [each for each in GRAMMAR if each.startswith(head.lower())]
    if head.lower() in GRAMMAR:
        fitting = [head.lower()]
    if len(fitting) == 1:
        return tr(GRAMMAR[fitting[0]])
    return "" if gap or not fitting else " ".join(fitting)


def _action(word: str, tr: Catalogue) -> str:
    if word in GRAMMAR:
        return word
    fitting = [each for each in GRAMMAR if word and each.startswith(word)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise _Wrong(tr("Which one: {words}?", words=tr.listed(fitting)))
    raise _Wrong(tr("A client can {words}.", words=tr.listed(GRAMMAR)))


def _connect(words: list[str], tr: Catalogue) -> ActCommand:
    count, to, listener = 1, "", 1
    left = list(words)
    while left:
        word = left.pop(0)
        if word == "listener" and left and _NUMBER.fullmatch(left[0]):
            listener = _bounded(left.pop(0), MOST_AT_ONCE, tr)
        elif _NUMBER.fullmatch(word):
            count = _bounded(word, MOST_AT_ONCE, tr)
        elif word in FAMILIES:
            to = FAMILIES[word]
        else:
            to = _address(word, tr)
    return ActCommand(action="connect", clients=count, to=to, listener=listener)


def _address(word: str, tr: Catalogue) -> str:
    try:
        word = word.removeprefix("[").removesuffix("]")
        address = ipaddress.ip_address(word)
    except ValueError:
        raise _Wrong(
            tr(
                "{word} is no count and no address: write connect 5, connect ipv4, "
                "connect 127.0.0.1 or connect listener 2.",
                word=_said(word),
            )
        ) from None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    if not (mapped or address).is_loopback:
        raise _Wrong(
            tr(
                "Clients stay on this machine: {word} is no loopback address, such as 127.0.0.1 "
                "or ::1.",
                word=_said(word),
            )
        )
    return word


def _send(rest: str, known: Collection[int], tr: Catalogue) -> ActCommand:
    head, _, text = rest.partition(" ")
    client = 0
    if _NUMBER.fullmatch(_plain(head)):
        client = _client(_plain(head), known, tr)
        rest = text.strip()
    if not rest:
        raise _Wrong(tr("What is to be sent? Write: send hello, or send 2 hello."))
    if len(rest) > 1 and rest[0] == rest[-1] == '"':
        rest = rest[1:-1]
    data = _unescaped(rest, tr)
    if len(data) > MOST_BYTES:
        raise _Wrong(tr("At most {most} bytes can be sent at once.", most=MOST_BYTES))
    return ActCommand(action="send", client=client, data=data)


def _unescaped(text: str, tr: Catalogue) -> bytes:
    """Return the bytes that ``text`` stands for; a line's end is added, unless it says not to."""
    ends, made, at = True, bytearray(), 0
    for found in _ESCAPE.finditer(text):
        made += text[at : found.start()].encode("utf-8", "replace")
        at = found.end()
        code = found[1]
        if code.startswith("x") and len(code) == 3:
            made.append(int(code[1:], 16))
        elif code == "c" and at == len(text):
            ends = False
        elif code in _ESCAPES:
            made += _ESCAPES[code].encode()
        else:
            raise _Wrong(
                tr(
                    "{code} is no escape: there are \\n, \\r, \\t, \\0, \\\\, \\xNN and, at the "
                    "end, \\c.",
                    code=_said("\\" + code),
                )
            )
    made += text[at:].encode("utf-8", "replace")
    return bytes(made + b"\n" if ends else made)


def _others(action: str, words: list[str], known: Collection[int], tr: Catalogue) -> ActCommand:
    if not words:
        return ActCommand(action=action)
    match = _RANGE.fullmatch(words[0])
    if match is None or len(words) > 1:
        raise _Wrong(
            tr(
                "{words} is no client: write {action}, {action} 2 or {action} 1-3.",
                words=_said(" ".join(words)),
                action=action,
            )
        )
    first, last = _client(match[1], known, tr), _client(match[2] or match[1], known, tr)
    if last < first:
        first, last = last, first
    if last - first >= MOST_AT_ONCE:
        raise _Wrong(tr("At most {most} clients can act at once.", most=MOST_AT_ONCE))
    return ActCommand(action=action, client=first, clients=last - first + 1)


def _client(word: str, known: Collection[int], tr: Catalogue) -> int:
    number = int(word)
    if number in known or (len(known) >= MOST_CLIENTS and 0 < number < min(known)):
        return number  # a world keeps only the newest
    if not known:
        raise _Wrong(tr("There is no client yet: write connect."))
    raise _Wrong(
        tr("There is no client {number}; the newest is {newest}.", number=word, newest=max(known))
    )


def _bounded(word: str, most: int, tr: Catalogue) -> int:
    number = int(word)
    if not 1 <= number <= most:
        raise _Wrong(tr("{word} is not from 1 to {most}.", word=_said(word), most=most))
    return number


def _plain(text: str) -> str:
    """Return words as they are matched: Chinese input methods have letters that are wide."""
    return unicodedata.normalize("NFKC", text).strip().lower()


def _said(word: str) -> str:
    return elide(safe(word), _MOST_SAID)
