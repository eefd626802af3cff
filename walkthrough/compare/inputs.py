"""Makes the two sides of a comparison: from events, or from an strace log."""

from collections.abc import Iterable, Sequence
from typing import overload

from walkthrough.call_stages.arguments import plain, split
from walkthrough.compare.model import Row, Side
from walkthrough.formatting import strace_lines
from walkthrough.i18n.messages import plural
from walkthrough.model.events import AnyEvent, CallEntered, CallReturned, CaptureEnded, Header
from walkthrough.model.stages import Place
from walkthrough.strace_log.log import Log
from walkthrough.strace_log.model import LogCall
from walkthrough.strace_log.told_stages import place_of_calls


def of_events(name: str, header: Header | None, events: Iterable[AnyEvent]) -> Side:
    """Return the system calls of a recording, or of a capture that still goes on.

    Args:
        name: What to call this side.
        header: Its header, None while there is none.
        events: All of its events, in order.
    """
    begun: list[CallEntered] = []
    ended: dict[int, CallReturned] = {}
    ends: dict[int, int] = {}
    """How many calls had begun when each ended."""
    lost = 0
    for event in events:
        if isinstance(event, CallEntered):
            begun.append(event)
        elif isinstance(event, CallReturned) and event.span is not None:
            ended[event.span] = event
            ends[event.span] = len(begun)
        elif isinstance(event, CaptureEnded):
            lost = sum(event.lost.values())
    first = None
    if header is not None and any(call.process is not None for call in begun):
        first = header.pid  # whose events do not name it
    rows = tuple(_row(call, ended.get(call.span) if call.span else None, first) for call in begun)
    main = next((at for at, call in enumerate(begun) if not call.quiet), 0)
    remarks = (
        (plural("{count} thing was not captured.", "{count} things were not captured.", lost),)
        if lost
        else ()
    )
    covers = frozenset(header.calls) if header is not None and header.calls else None
    python = header is not None and header.server == "python"
    who = begun[0].thread if begun else None
    calls = [
        LogCall(at, max(ends.get(call.span or 0, at), at), who, row.name, row.arguments, row.result)
        for at, (call, row) in enumerate(zip(begun, rows, strict=True), 1)
    ]
    return Side(
        name,
        rows,
        covers,
        main,
        selective=python,
        remarks=remarks,
        calls=calls,
        one_process=True,
        payload=header is None or not header.payload_omitted,
    )


def _row(entered: CallEntered, returned: CallReturned | None, first: int | None) -> Row:
    call = strace_lines.call(entered, returned)
    name, _, rest = call.partition("(")
    result = strace_lines.result(entered, returned) if returned is not None else ""
    process = entered.process or first
    return Row(entered.seq, entered.thread, name, rest[:-1], result, entered.place, process)


class _LogRows(Sequence[Row]):
    """The rows of a log, each made on demand."""

    def __init__(self, calls: Sequence[LogCall], places: Sequence[Place]) -> None:
        self._calls = calls
        self._places = places

    def __len__(self) -> int:
        return len(self._calls)

    @overload
    def __getitem__(self, at: int) -> Row: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[Row]: ...

    def __getitem__(self, at: int | slice) -> Row | Sequence[Row]:
        if isinstance(at, slice):
            return _LogRows(self._calls[at], self._places[at])
        call = self._calls[at]
        return Row(call.line, call.thread, call.name, call.arguments, call.result, self._places[at])


def of_log(
    log: Log,
    name: str = "",
    first_line: int = 1,
    ours: frozenset[int] = frozenset(),
    *,
    one_process: bool = False,
) -> Side:
    """Return the system calls of a log.

    Args:
        log: The log.
        name: What to call this side; the log's own name by default.
        first_line: Line on which the program itself begins.
        ours: Descriptors by which the program is watched: calls on them are not its own.
        one_process: All of its threads are of one process, though it may not show how they began.
    """
    calls = log.calls
    rows = _LogRows(calls, place_of_calls(calls, log.take_roles()))
    main = next((at for at, call in enumerate(calls) if call.line >= first_line), len(calls))
    watching = {str(number) for number in ours}
    foreign = frozenset(
        at
        for at, call in enumerate(calls if watching else ())
        if plain(next(iter(split(call.arguments)), "")) in watching
    )
    return Side(
        name or log.name,
        rows,
        None,
        main,
        foreign,
        remarks=log.remarks,
        calls=calls,
        others=log.others,
        one_process=one_process,
    )
