"""Two sides, one without payload: what the other has read and written is no difference."""

import msgspec

from walkthrough.compare.model import Row, Side
from walkthrough.formatting.c_strings import without_strings
from walkthrough.strace_log.model import LogCall

_MOVES_BYTES = frozenset(
    [
        "read",
        "readv",
        "pread64",
        "preadv",
        "preadv2",
        "write",
        "writev",
        "pwrite64",
        "pwritev",
        "pwritev2",
        "getrandom",
        "send",
        "sendto",
        "sendmsg",
        "sendmmsg",
        "recv",
        "recvfrom",
        "recvmsg",
        "recvmmsg",
    ]
)


def without_payload_on_both(left: Side, right: Side) -> tuple[Side, Side]:
    """Return two sides, both without payload if one of them is."""
    if left.payload == right.payload:
        return left, right
    return _without_payload(left), _without_payload(right)


def _without_payload(side: Side) -> Side:
    """Return a side with ``""...`` for what its calls have read and written."""
    calls = None if side.calls is None else [_call(call) for call in side.calls]
    return msgspec.structs.replace(side, rows=tuple(map(_row, side.rows)), calls=calls)


def _row(row: Row) -> Row:
    if row.name not in _MOVES_BYTES:
        return row
    return msgspec.structs.replace(row, arguments=without_strings(row.arguments))


def _call(call: LogCall) -> LogCall:
    if call.name not in _MOVES_BYTES:
        return call
    return msgspec.structs.replace(call, arguments=without_strings(call.arguments))
