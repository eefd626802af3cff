"""Keys of calls as numbers, the same ones for both sides: a log may have a million of them."""

from array import array
from collections.abc import Sequence
from functools import lru_cache

from walkthrough.compare.optional_calls import is_optional, is_optional_file
from walkthrough.compare.shapes import GAP, RowKey, filled

_KEYS_KEPT = 1 << 14
_LOW = 0xFFFFFFFF


class KeyNumbers:
    """Numbers for all that keys are made of, the same ones for both sides.

    A key is a number: that of its shape, and that of the names that fill its gaps.
    """

    def __init__(self) -> None:
        self._shapes: dict[RowKey, int] = {}
        self._all_shapes: list[RowKey] = []
        self._optional: list[bool | None] = []  # None: it depends on what the call is about
        self.about_nothing: set[int] = set()
        self._names: dict[tuple[str, ...], int] = {}
        self._all_names: list[tuple[str, ...]] = []
        self._loose: dict[str, str] = {}
        self.key = lru_cache(_KEYS_KEPT)(self._key)
        self.loose = lru_cache(_KEYS_KEPT)(self._loosely)

    def shape(self, key: RowKey) -> int:
        """Return the number of a key with gaps."""
        number = self._shapes.get(key)
        if number is None:
            number = self._shapes[key] = len(self._all_shapes)
            self._all_shapes.append(key)
            if not key.about:
                self.about_nothing.add(number)
            self._optional.append(
                None if key.about == GAP and not is_optional(key) else is_optional(key)
            )
        return number

    def number(self, shape: int, names: tuple[str, ...]) -> int:
        """Return the number of a key."""
        given = self._names.get(names)
        if given is None:
            given = self._names[names] = len(self._all_names)
            self._all_names.append(names)
        return shape << 32 | given

    def is_optional(self, number: int) -> bool:
        """Return whether a call may be missing from a run that is otherwise the same."""
        optional = self._optional[number >> 32]
        return is_optional_file(self._all_names[number & _LOW][0]) if optional is None else optional

    def also(self, name: str, loosely: str) -> None:
        """Record another name for an object: its ordinal among those open at the same time."""
        self._loose.setdefault(name, loosely)

    def _key(self, number: int) -> RowKey:
        return filled(self._all_shapes[number >> 32], self._all_names[number & _LOW])

    def _loosely(self, number: int) -> RowKey:
        names = self._all_names[number & _LOW]
        loosely = tuple(self._loose.get(name, name) for name in names)
        return filled(self._all_shapes[number >> 32], loosely)


class SideKeys(Sequence[RowKey]):
    """The keys of all rows of one side.

    Attributes:
        numbers: One for each row; equal numbers are equal keys, on both sides.
        sole: Threads that are the only one of their process.
    """

    def __init__(
        self, numbers: "array[int]", vocabulary: KeyNumbers, sole: frozenset[int | None]
    ) -> None:
        self.numbers = numbers
        self.sole = sole
        self._vocabulary = vocabulary

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, at: int) -> RowKey:  # type: ignore[override]
        """Return the key of a row."""
        return self._vocabulary.key(self.numbers[at])

    def is_optional(self, at: int) -> bool:
        """Return whether a row may be missing from a run that is otherwise the same."""
        return self._vocabulary.is_optional(self.numbers[at])

    def again(self) -> frozenset[int]:
        """Return the keys that occur more than once, of calls that are about no descriptor."""
        about_nothing = self._vocabulary.about_nothing
        met: set[int] = set()
        again: set[int] = set()
        for number in self.numbers:
            if number >> 32 in about_nothing:
                (again if number in met else met).add(number)
        return frozenset(again)

    def loose(self, at: int) -> RowKey:
        """Return the key of a row with each descriptor numbered among those open at that moment."""
        return self._vocabulary.loose(self.numbers[at])
