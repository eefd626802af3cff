"""Sentences that a recording holds as text: said in a language as far as the catalogue has them."""

from walkthrough.i18n.catalogue import ENGLISH, Catalogue
from walkthrough.i18n.messages import Message


def recorded_text(said: Message | str, tr: Catalogue) -> str:
    """Return a sentence of a recording in a language; in English, marked, if it is not known.

    The text is not parsed: a recording may be older than this program, or newer.

    Args:
        said: The sentence with its fields apart, or the text alone.
        tr: The catalogue of the language to say it in.
    """
    if tr.language == ENGLISH:
        return str(said)
    return tr(said) if tr.knows(said) else tr("(in English) {text}", text=str(said))
