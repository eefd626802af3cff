"""What strace prints at the end of a log: the table of -C, with any columns, and --tips."""

import re

from msgspec.structs import replace

from walkthrough.strace_log.model import LineKind, OtherLine

_TIP = re.compile(r" {2}_{40,60}\s+_{4}$").match
_RULE = re.compile(r"-{4,}(?: -{4,})+$").match
_ROW = re.compile(r"\s*[\d.]+(?:\s+[\d.]+)*\s+\w+$|\s*\w+(?:\s+[\d.]+)*$").match


def recognize_summaries(others: list[OtherLine]) -> None:
    """Tell them from lines that were not understood: lines around a rule, or of a picture.

    Args:
        others: All lines of a log that are not calls, in order; changed in place.
    """
    tip = table = False
    for at, other in enumerate(others):
        if other.kind is LineKind.NOTE and _RULE(other.text):
            table = True
            before = others[at - 1] if at else None
            if before and before.kind is LineKind.UNKNOWN and before.line == other.line - 1:
                others[at - 1] = replace(before, kind=LineKind.NOTE)
        elif other.kind is LineKind.UNKNOWN:
            tip = tip or _TIP(other.text) is not None
            table = table and _ROW(other.text) is not None
            if tip or table:
                others[at] = replace(other, kind=LineKind.NOTE)
