"""What is done to the screen: made from a seed alone, so that a run can be made again.

An action is one input at one go: several keys, a paste, a click, another size, a short wait.
"""

import random
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from textual.keys import _character_to_key

_SEQUENCES = {
    "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D",
    "home": "\x1b[H", "end": "\x1b[F", "pageup": "\x1b[5~", "pagedown": "\x1b[6~",
    "delete": "\x1b[3~", "f1": "\x1bOP", "shift+tab": "\x1b[Z", "ctrl+left": "\x1b[1;5D",
    "ctrl+right": "\x1b[1;5C", "shift+left": "\x1b[1;2D", "escape": "\x1b", "enter": "\r",
    "tab": "\t", "backspace": "\x7f", "ctrl+a": "\x01", "ctrl+c": "\x03", "ctrl+d": "\x04",
    "ctrl+e": "\x05", "ctrl+f": "\x06", "ctrl+k": "\x0b", "ctrl+p": "\x10", "ctrl+q": "\x11",
    "ctrl+u": "\x15", "ctrl+w": "\x17", "ctrl+z": "\x1a",
}  # fmt: skip
"""What a terminal sends for the keys that are no character."""
LETTERS = tuple(chr(code) for code in range(0x20, 0x7F))
_OFTEN = (
    "space", "right", "left", "n", "b", "r", "p", "m", "M", "g", "/", "F", "y", "P", "?", "escape",
    "escape", "enter", "tab", "up", "down", "pageup", "pagedown", "home", "end", "ctrl+p", "ctrl+d",
    "c", "s", "v", "d", "D", "z", "1", "2", "3", "t", "l", "H", ".",
)  # fmt: skip
_QUITTING = frozenset({"q", "ctrl+q", "ctrl+c"})
_SIZES = (
    (1, 1), (2, 1), (5, 3), (20, 5), (40, 12), (59, 15), (60, 16), (80, 24), (80, 24), (100, 30),
    (116, 24), (120, 40), (120, 40), (250, 70), (30, 60), (200, 10),
)  # fmt: skip
_PASTES = ("accept", "a\nb\nc", "\x1b[31m", "中文", "x" * 500, "", "/etc", "5", "stage:accept")


class InputAction(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that is done; all but one field are empty.

    Attributes:
        keys: Textual's names of keys or characters, sent at one go.
        paste: What is pasted, None if nothing is.
        click: Column and row, in thousandths of the screen's size.
        size: The terminal's new columns and rows.
        wait: Milliseconds to wait.
    """

    keys: tuple[str, ...] = ()
    paste: str | None = None
    click: tuple[int, int] | None = None
    size: tuple[int, int] | None = None
    wait: int = 0

    def __str__(self) -> str:
        if self.keys:
            return " ".join(self.keys)
        return msgspec.json.encode(self).decode()


class Pressed(NamedTuple):
    """A key as Textual names it, with its character if it has one."""

    name: str
    character: str | None


def pressed(key: str) -> Pressed:
    """Return what Textual makes of a key."""
    if key == "space":
        key = " "
    if len(key) == 1:
        return Pressed(_character_to_key(key), key)
    character = _SEQUENCES[key]
    return Pressed(key, character if len(character) == 1 and key != "escape" else None)


def as_sent(key: str) -> bytes:
    """Return what a terminal sends for a key."""
    return (" " if key == "space" else _SEQUENCES.get(key, key)).encode()


def clicked(where: tuple[int, int], size: tuple[int, int]) -> str:
    """Return what a terminal sends for a click; the place is in thousandths of its size."""
    x, y = (1 + at * cells // 1000 for at, cells in zip(where, size, strict=True))
    return f"\x1b[<0;{x};{y}M\x1b[<0;{x};{y}m"


def actions(seed: int, keys: int) -> list[InputAction]:
    """Return what is done in the run of a seed: so many keys, and what lies between them."""
    chance = random.Random(seed)
    every = (*LETTERS, *_SEQUENCES, *_OFTEN, *_OFTEN)
    # Some runs press few keys again and again, which meets in more ways.
    usual = every if chance.random() < 0.6 else chance.sample(every, 12)
    done: list[InputAction] = [InputAction(size=chance.choice(_SIZES))]
    left = keys
    while left > 0:
        what = chance.random()
        if what < 0.05:
            done.append(InputAction(size=chance.choice(_SIZES)))
        elif what < 0.10:
            done.append(InputAction(click=(chance.randrange(1000), chance.randrange(1000))))
        elif what < 0.12:
            done.append(InputAction(paste=chance.choice(_PASTES)))
        elif what < 0.20:
            done.append(InputAction(wait=chance.choice((1, 20, 100))))
        else:
            burst = _burst(chance, usual)[:left]
            left -= len(burst)
            done.append(InputAction(keys=burst))
    return done


def _burst(chance: random.Random, usual: Sequence[str]) -> tuple[str, ...]:
    count = chance.choice((1, 1, 2, 2, 3, 4, 6, 10, 20))
    if chance.random() < 0.05:
        return (chance.choice(usual),) * chance.choice((5, 20))
    burst = [chance.choice(usual) for _ in range(count)]
    # To leave is tried as well, but a run that always does sees little.
    return tuple(
        key if key not in _QUITTING or chance.random() < 0.1 else chance.choice(_OFTEN)
        for key in burst
    )
