"""A message whose fields have kinds of their own: a whole sentence for who translates it.

Words and values stand where the language puts them, and each value keeps its style.
"""

import re

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import Message
from walkthrough.view.text import Piece

_FIRST = 0xF0000
"""Stand-ins for the fields while the sentence is filled: characters for private use."""
_STAND_IN = re.compile(f"([{chr(_FIRST)}-{chr(_FIRST + 0xFF)}])")


def styled(
    tr: Catalogue, said: Message, kind: str = "", /, **fields: Piece | tuple[Piece, ...]
) -> tuple[Piece, ...]:
    """Say a message in pieces.

    Args:
        tr: The catalogue of the language to say it in.
        said: The message.
        kind: The kind of its own words.
        fields: What stands in the place of its names.
    """
    stand_ins = {name: chr(_FIRST + number) for number, name in enumerate(fields)}
    by_stand_in = {stand_in: fields[name] for name, stand_in in stand_ins.items()}
    found: list[Piece] = []
    for part in _STAND_IN.split(tr(said, **stand_ins)):
        field = by_stand_in.get(part, Piece(part, kind))
        found += [field] if isinstance(field, Piece) else field
    return tuple(piece for piece in found if piece.text)
