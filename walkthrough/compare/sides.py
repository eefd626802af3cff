"""Makes the two sides of a comparison: out of events, or out of a log of strace's."""

from collections.abc import Iterable

from walkthrough.compare.rows import Row, Side
from walkthrough.model.events import AnyEvent, CallEntered, CallReturned, CaptureEnded, Header
from walkthrough.notation import strace
from walkthrough.strace_log.arguments import plain, split
from walkthrough.strace_log.log import Log
from walkthrough.strace_log.places import place_of_calls


def of_events(name: str, header: Header | None, events: Iterable[AnyEvent]) -> Side:
    """Return the system calls of a recording, or of a capture that still goes on.

    Args:
        name: What to call this side.
        header: Its header, None while there is none.
        events: All of its events, in order.
    """
    begun: list[CallEntered] = []
    ended: dict[int, CallReturned] = {}
    lost = 0
    for event in events:
        if isinstance(event, CallEntered):
            begun.append(event)
        elif isinstance(event, CallReturned) and event.span is not None:
            ended[event.span] = event
        elif isinstance(event, CaptureEnded):
            lost = sum(event.lost.values())
    rows = tuple(_row(call, ended.get(call.span) if call.span else None) for call in begun)
    main = next((at for at, call in enumerate(begun) if not call.quiet), 0)
    remarks = (f"{lost} things were not captured",) if lost else ()
    covers = frozenset(header.calls) if header is not None and header.calls else None
    python = header is not None and header.server == "python"
    return Side(name, rows, covers, main, selective=python, remarks=remarks)


def _row(entered: CallEntered, returned: CallReturned | None) -> Row:
    call = strace.call(entered, returned)
    name, _, rest = call.partition("(")
    result = strace.result(entered, returned) if returned is not None else ""
    return Row(entered.seq, entered.thread, name, rest[:-1], result, entered.place)


def of_log(
    log: Log, name: str = "", first_line: int = 1, ours: frozenset[int] = frozenset()
) -> Side:
    """Return the system calls of a log.

    Args:
        log: The log.
        name: What to call this side; the log's own name by default.
        first_line: Line on which the program itself begins.
        ours: Descriptors by which the program is watched: calls on them are none of its own.
    """
    places = place_of_calls(log.calls)
    rows = tuple(
        Row(call.line, call.thread, call.name, call.arguments, call.result, place)
        for call, place in zip(log.calls, places, strict=True)
    )
    main = next((at for at, row in enumerate(rows) if row.at >= first_line), len(rows))
    watching = {str(number) for number in ours}
    foreign = frozenset(
        at
        for at, row in enumerate(rows if watching else ())
        if plain(next(iter(split(row.arguments)), "")) in watching
    )
    return Side(name or log.name, rows, None, main, foreign, remarks=log.remarks)
