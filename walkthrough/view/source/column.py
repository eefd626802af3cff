"""What one column of the source pane shows, as a plain record."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from walkthrough.source.alignment import AlignedFunction
from walkthrough.source.functions import LineRange
from walkthrough.view.source.folding import Span

EXECUTING, ABOUT, LOOKED_AT = ">", "~", "»"
"""What marks a line: it is executing, or corresponds to that; it is near; it is only looked at."""


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """One text with a marked line.

    Attributes:
        name: What it is kept under: a file as events name it, or a document's path.
        lines: All of it; empty if there is nothing to show.
        line: The marked line, from 1; 0 for none.
        marker: What marks it.
        notes: Notes by line.
        caption: The note of this place on the path, drawn under the marked line.
        missing: Why there are no lines.
        functions: Its functions, to name what is folded away.
        keep: What remains when it is folded; empty if it cannot be folded.
        code: Of a document: its blocks of Go; None where all is code.
        aligned: Of a document: how it compares with the running Go.
        file: Where its lines are from, as events name it; of a document: what it is aligned with.
        running: The running Go's lines, to show what only it has.
        remarks: Rows said below a line: a function that the running Go does not have.
    """

    name: str = ""
    lines: tuple[str, ...] = ()
    line: int = 0
    marker: str = EXECUTING
    notes: Mapping[int, str] = field(default_factory=dict)
    caption: str = ""
    missing: str = ""
    functions: Mapping[str, LineRange] = field(default_factory=dict)
    keep: tuple[Span, ...] = ()
    code: tuple[LineRange, ...] | None = None
    aligned: AlignedFunction | None = None
    file: str = ""
    running: tuple[str, ...] = ()
    remarks: Mapping[int, str] = field(default_factory=dict)


NOTHING = SourceColumn()
