"""Lets argparse speak a language: it looks its own sentences up, by two names of its module.

These are gettext's functions for a domain that the whole process shares. While a command's words
are read, they are ours instead.
"""

import argparse
import contextlib
from collections.abc import Callable, Iterator, Mapping

from walkthrough.i18n.catalogue import Catalogue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from walkthrough.i18n.messages import Message


def texts() -> "tuple[Message, ...]":
    """Return what argparse may say of our commands, from Python 3.11 to 3.14, for catalogues."""
    from walkthrough.i18n.messages import message, plural

    return (
        message("usage: "),
        message("positional arguments"),
        message("options"),
        message("show this help message and exit"),
        message("show program's version number and exit"),
        message("argument %(argument_name)s: %(message)s"),
        message("unrecognized arguments: %s"),
        message("not allowed with argument %s"),
        message("ignored explicit argument %r"),
        message("the following arguments are required: %s"),
        message("one of the arguments %s is required"),
        message("expected one argument"),
        message("expected at most one argument"),
        message("expected at least one argument"),
        plural("expected %s argument", "expected %s arguments", 1),
        message("ambiguous option: %(option)s could match %(matches)s"),
        message("unexpected option string: %s"),
        message("invalid %(type)s value: %(value)r"),
        message("invalid choice: %(value)r (choose from %(choices)s)"),
    )


@contextlib.contextmanager
def argparse_in(tr: Catalogue) -> Iterator[None]:
    """Let argparse say its sentences by a catalogue; those that it does not have, in English."""
    before = {name: getattr(argparse, name) for name in ("_", "ngettext")}
    _replace({"_": lambda text: tr(text), "ngettext": tr.plural})
    try:
        yield
    finally:
        _replace(before)


def _replace(functions: Mapping[str, Callable[..., str]]) -> None:
    for name, function in functions.items():
        setattr(argparse, name, function)
