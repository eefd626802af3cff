"""What the layers below say, in the screen's language."""

from walkthrough.i18n.catalogue import catalogue
from walkthrough.i18n.messages import Message


def spoken(said: Message | str, language: str) -> str:
    """Return what a layer below says; a plain string is the same in every language."""
    return catalogue(language).text(said)


def quoted(said: Message | str, language: str) -> str:
    """Return what a sentence of the screen's quotes."""
    return spoken(said, language)
