"""What the source pane has to say of documents and interfaces, in sentences."""

from collections.abc import Sequence

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.source.document import DocumentError
from walkthrough.source.interfaces import Dispatch

_MOST_NAMED = 5
"""How many functions are named in a message."""
_LONGEST_NAME = 80
"""How much of the end of a file's name is quoted, so that the reason is visible as well."""


def problem(error: DocumentError, tr: Catalogue) -> str:
    """Say in one sentence why a file cannot be used as a document."""
    name = error.name if len(error.name) <= _LONGEST_NAME else "…" + error.name[-_LONGEST_NAME:]
    return tr(error.problem.value, name=name, reason=error.reason)


def left_open(dispatch: Dispatch, tr: Catalogue) -> str:
    """Say in one sentence that it is open which method of an interface's kind is called."""
    method, interface = dispatch.method, dispatch.interface
    if not dispatch.may_be:
        return tr(
            "{method} is a method of the interface {interface}; which type's it is here is "
            "unknown, and no type that has all its methods was found.",
            method=method,
            interface=interface,
        )
    return tr(
        "{method} is a method of the interface {interface}; which type's it is here is not "
        "certain. Candidates: {candidates}.",
        method=method,
        interface=interface,
        candidates=some_of([_receiver(each.function) for each in dispatch.may_be]),
    )


def _receiver(function: str) -> str:
    """Return the type whose method it is, as Go spells it: ``*net.TCPListener``."""
    kind = function.rpartition("/")[2].rpartition(".")[0]
    return "*" + kind.replace("(*", "").replace(")", "") if "(*" in kind else kind


def some_of(functions: Sequence[str]) -> str:
    """Name functions, as many as a message has room for."""
    return ", ".join(functions[:_MOST_NAMED]) + ", …" * (len(functions) > _MOST_NAMED)
