"""A comparison as data for other programs: what `walkthrough compare --json` prints."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from walkthrough.compare.model import Comparison, Pair, PairVerdict, Row, Side
from walkthrough.i18n.messages import Message


def report(
    comparison: Comparison, *, same_run: bool, remarks: Sequence[Message | str]
) -> dict[str, Any]:
    """Return a comparison as a document of plain values; docs/compare.md explains each key.

    Its texts are for programs: always English.

    The pairs, under the last key, are made one by one: two long logs have millions.
    """
    counted = counts(comparison)
    return {
        "left": _side(comparison.left),
        "right": _side(comparison.right),
        "same_run": same_run,
        "differs": comparison.differs,
        "counts": {verdict.value: counted[verdict] for verdict in PairVerdict},
        "remarks": [str(each) for each in remarks],
        "pairs": (_pair(comparison, pair) for pair in comparison.pairs),
    }


def counts(comparison: Comparison) -> Counter[PairVerdict]:
    """Count the pairs by what became of them."""
    return Counter(pair.verdict for pair in comparison.pairs)


def _side(side: Side) -> dict[str, Any]:
    remarks = [str(each).removesuffix(".") for each in side.remarks]
    return {"name": side.name, "calls": len(side.rows), "remarks": remarks}


def _pair(comparison: Comparison, pair: Pair) -> dict[str, Any]:
    left = comparison.left.rows[pair.left] if pair.left is not None else None
    right = comparison.right.rows[pair.right] if pair.right is not None else None
    place = left.place if left is not None else right.place if right is not None else None
    return {
        "verdict": pair.verdict.value,
        "stage": place.stage.value if place is not None and place.stage is not None else None,
        "step": place.step if place is not None else None,
        "left": _row(left),
        "right": _row(right),
        "unlike_arguments": list(pair.unlike),
    }


def _row(row: Row | None) -> dict[str, Any] | None:
    if row is None:
        return None
    return {
        "at": row.at,
        "process": row.process,
        "thread": row.thread,
        "call": row.name,
        "arguments": row.arguments,
        "result": row.result,
    }
