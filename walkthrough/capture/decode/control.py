"""The third argument of fcntl(2), which depends on the second and, for flags, on the machine."""

from collections.abc import Callable

from walkthrough.capture.decode.kinds import (
    MASK,
    ArgumentKind,
    Saved,
    SavedCall,
    Words,
    open_flags,
    pointer,
    saved_bytes,
    unreadable,
)
from walkthrough.capture.decode.memory import Memory, read_up_to, signed
from walkthrough.capture.decode.structs import flock, owner
from walkthrough.model.linux import constants as k
from walkthrough.model.values import Constant, Flags, Value

_NONE = frozenset(
    {"F_GETFD", "F_GETFL", "F_GETOWN", "F_GETSIG", "F_GETLEASE", "F_GETPIPE_SZ", "F_GET_SEALS"}
)
_WORDS: dict[str, Callable[[int], Value]] = {
    "F_SETFD": lambda word: k.flags(k.FD_FLAGS, word & MASK),
    "F_DUPFD": signed,
    "F_DUPFD_CLOEXEC": signed,
    "F_SETPIPE_SZ": signed,
    "F_SETOWN": lambda word: signed(word, 32),
    "F_SETSIG": lambda word: Constant(k.signal(word), word),
    "F_SETLEASE": lambda word: k.constant(k.LOCKS, word),
    "F_ADD_SEALS": lambda word: k.flags(k.SEALS, word),
    "F_NOTIFY": lambda word: k.flags(k.NOTIFICATIONS, word),
}
_GIVEN: dict[str, tuple[int, Callable[[bytes], Value]]] = {
    "F_SETLK": (32, lambda data: flock(data, False)),
    "F_SETLKW": (32, lambda data: flock(data, False)),
    "F_OFD_SETLK": (32, lambda data: flock(data, False)),
    "F_OFD_SETLKW": (32, lambda data: flock(data, False)),
    "F_SETOWN_EX": (8, owner),
}
_FILLED: dict[str, tuple[int, Callable[[bytes], Value]]] = {
    "F_GETLK": (32, lambda data: flock(data, True)),
    "F_OFD_GETLK": (32, lambda data: flock(data, True)),
    "F_GETOWN_EX": (8, owner),
}
_SIZES = {name: size for name, (size, _) in {**_GIVEN, **_FILLED}.items()}


def _operation(words: Words, i: int) -> str:
    return k.FCNTL.get(words[i - 1] & MASK, "")


def _take(memory: Memory, w: Words, i: int, r: int | None) -> Saved:
    name = _operation(w, i)
    size = _SIZES.get(name)
    if size is None or not w[i] or (name in _FILLED and (r is None or r < 0)):
        return None
    return read_up_to(memory, w[i], size)


def _argument(seen: SavedCall, i: int, open_flag_names: k.Table) -> Value:
    name, word = _operation(seen.words, i), seen.words[i]
    if name == "F_SETFL":
        return open_flags(word, open_flag_names)
    if name in _WORDS:
        return _WORDS[name](word)
    known = _GIVEN.get(name) or _FILLED.get(name)
    if known is None:
        return Flags((), word, word)
    size, read = known
    saved = seen.after if name in _FILLED else seen.before
    data = saved_bytes(saved[i]) if saved else b""
    if len(data) == size:
        return read(data)
    if name in _FILLED and not seen.done:
        return pointer(word)
    return unreadable(word)


def _takes_one(words: Words, i: int) -> bool:
    return _operation(words, i) not in _NONE


def fcntl_argument(open_flag_names: k.Table) -> ArgumentKind:
    """Return the kind of the argument, where ``open_flag_names`` names what F_SETFL sets."""
    return ArgumentKind(
        lambda seen, i: _argument(seen, i, open_flag_names), _take, True, True, _takes_one
    )
