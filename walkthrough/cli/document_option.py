"""The document that is named on the command line, read before the screen opens."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from walkthrough.cli.errors import UsageError

if TYPE_CHECKING:
    from walkthrough.source.document import Document


def open_document(named: str | None) -> "Document | None":
    """Return the document that ``--document`` names, None if it names none.

    Raises:
        UsageError: It cannot be used.
    """
    if named is None:
        return None
    from walkthrough.source.document import DocumentError, load

    try:
        return load(Path(os.path.expanduser(named)))
    except DocumentError as error:
        raise UsageError(error.message) from error
