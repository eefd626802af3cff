"""Texts of files that hold each language themselves: scenarios, lessons, notes."""

import re
from collections.abc import Iterator, Mapping

from walkthrough.i18n.languages import CODE, ENGLISH, is_language
from walkthrough.i18n.messages import Message, MessageError, message

# Lines end anywhere in a file. Joined again, Chinese takes no blank: not between characters, nor
# beside its full-width punctuation.
_HAN, _FULL = r"\u4e00-\u9fff", r"\u3000-\u303f\uff00-\uffef"
_NO_BLANK = re.compile(rf"(?<=[{_FULL}])\n|\n(?=[{_FULL}])|(?<=[{_HAN}])\n(?=[{_HAN}])")


class TextsError(MessageError, ValueError):
    """A map from language to text has a mistake.

    Attributes:
        language: The key that is wrong; "" if one is missing.
    """

    def __init__(self, said: Message, language: str = "") -> None:
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
            TextsError: A key is no language's code, a text is empty, or there is no English.
        """
        for language, text in by_language.items():
            if not is_language(language):
                raise TextsError(
                    message(
                        "unknown key {key}; a text has languages as keys, such as en or zh.",
                        key=ascii(language),
                    ),
                    language,
                )
            if not text.strip():
                raise TextsError(
                    message("{language} is empty; it has to say something.", language=language),
                    language,
                )
        if ENGLISH not in by_language:
            raise TextsError(message("missing key {key}.", key=ascii(ENGLISH)))
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


def decoded(kind: type, value: object) -> object:
    """Return ``value`` as a ``kind``: what msgspec asks for types that it does not know."""
    if kind is not Texts:
        raise NotImplementedError(kind)
    if not isinstance(value, Mapping) or not all(isinstance(each, str) for each in value.values()):
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
    return " ".join(_NO_BLANK.sub("", text.strip()).split())
