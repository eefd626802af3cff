"""Texts of files that hold each language themselves: scenarios, lessons, notes."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache

from walkthrough.i18n.errors import MessageError
from walkthrough.i18n.languages import CODE, ENGLISH, is_language

TYPE_CHECKING = False
if TYPE_CHECKING:
    from walkthrough.model.message import Message

_HAN, _FULL = r"\u4e00-\u9fff", r"\u3000-\u303f\uff00-\uffef"


class TextsError(MessageError, ValueError):
    """A map from language to text has a mistake.

    Attributes:
        language: The key that is wrong; "" if one is missing.
    """

    def __init__(self, said: "Message", language: str = "") -> None:
        super().__init__(said)
        self.language = language


class Texts(Mapping[str, str]):
    """One text in several languages, by their codes; English is always there.

    Line breaks of the file are gone: a text is one paragraph. As a string it is in English.
    """

    __slots__ = ("_by_language",)

    def __init__(self, by_language: Mapping[str, str]) -> None:
        """Take the text in each language.

        Raises:
            TextsError: A key is not a language code, a text is empty, or there is no English.
        """
        if ENGLISH not in by_language or not all(
            is_language(language) and text.strip() for language, text in by_language.items()
        ):
            raise _mistake(by_language)
        self._by_language = {key: join_lines(text) for key, text in by_language.items()}

    def __getitem__(self, language: str) -> str:
        return self._by_language[language]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_language)

    def __len__(self) -> int:
        return len(self._by_language)

    def __hash__(self) -> int:
        return hash(tuple(self._by_language.items()))

    def __str__(self) -> str:
        return self.says(ENGLISH)

    def __repr__(self) -> str:
        return f"Texts({self._by_language!r})"

    def says(self, language: str) -> str:
        """Return the text in ``language``, or a wider one; where both are missing, in English."""
        for code in (language, language.partition("_")[0]):
            if code in self._by_language:
                return self._by_language[code]
        return self._by_language[ENGLISH]


def _mistake(by_language: Mapping[str, str]) -> TextsError:
    """Return what is wrong with a text that `Texts` refuses."""
    from walkthrough.i18n.messages import message

    for language, text in by_language.items():
        if not is_language(language):
            said = message(
                "unknown key {key}; a text has languages as keys, such as en or zh.",
                key=ascii(language),
            )
            return TextsError(said, language)
        if not text.strip():
            said = message("{language} is empty; it has to say something.", language=language)
            return TextsError(said, language)
    return TextsError(message("missing key {key}.", key=ascii(ENGLISH)))


def decoded(kind: type, value: object) -> object:
    """Return ``value`` as a ``kind``: what msgspec calls for types that it does not know."""
    if kind is not Texts:
        raise NotImplementedError(kind)
    if not isinstance(value, Mapping) or not all(isinstance(each, str) for each in value.values()):
        from walkthrough.i18n.messages import message

        raise TextsError(message("it has to be a table with a text for each language."))
    return Texts(value)


def schema_of(kind: type) -> dict[str, object]:
    """Return the JSON Schema of a type that msgspec does not know."""
    if kind is not Texts:
        raise NotImplementedError(kind)
    return {
        "type": "object",
        "description": "One text, by languages; where one is missing, English is shown.",
        "required": [ENGLISH],
        "propertyNames": {"pattern": f"^{CODE}$"},
        "additionalProperties": {"type": "string", "minLength": 1},
    }


def join_lines(text: str) -> str:
    """Join the lines of a text, which end anywhere in a file, as its language does."""
    text = text.strip()
    return " ".join((_without_blanks()("", text) if "\n" in text else text).split())


@cache
def _without_blanks() -> Callable[[str, str], str]:
    """Return what replaces line ends that are not a blank: compiled when there is a text.

    Chinese takes none: not between characters, nor beside its full-width punctuation.
    """
    ends = rf"(?<=[{_FULL}])\n|\n(?=[{_FULL}])|(?<=[{_HAN}])\n(?=[{_HAN}])"
    return re.compile(ends).sub
