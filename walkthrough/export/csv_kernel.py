"""The kernel's views of a recording as a table, for notebooks and spreadsheets.

A row stands for one thing in one view: a descriptor, a socket, a line of an epoll interest list, or
a number of things that the view counts and does not list. All rows of a view have the number and
the time of its event. A view is recorded only when it differs from the one before: until the
next one it stays as it is.
"""

from collections.abc import Iterator, Mapping
from typing import IO

from walkthrough.export.registry import ExportFormat
from walkthrough.formatting.addresses import go_address
from walkthrough.formatting.csv_rows import Cell, csv_row
from walkthrough.formatting.go_values import names
from walkthrough.i18n.messages import Message, message
from walkthrough.model.events import KernelObserved
from walkthrough.model.kernel_state import Descriptor, EpollState, KernelState, SocketState
from walkthrough.recording.file import Recording

COLUMNS = (
    "event",
    "time_s",
    "row",
    "owner",
    "fd",
    "epoll_fd",
    "kind",
    "family",
    "type",
    "protocol",
    "state",
    "local",
    "remote",
    "inode",
    "accept_queue",
    "backlog",
    "receive_queue",
    "receive_measures",
    "send_queue",
    "send_measures",
    "flags",
    "target",
    "count",
    "process",
    "file",
)
"""The head of the table; docs/sharing.md explains each."""
_Row = Mapping[str, Cell]


def to_csv_kernel(recording: Recording, out: IO[bytes], *, payload: bool = True) -> Message | str:
    """Write the kernel's views to ``out``, one row a thing, below the names of the columns.

    Args:
        recording: What is read, an event at a time.
        out: Where to write; left open.
        payload: Makes no difference: a view holds no payload.

    Returns:
        Why the recording ends early; "" if it is whole.

    Raises:
        RecordingError: It cannot be read. What ``out`` holds by then is a part of the table.
        OSError: ``out`` cannot be written.
    """
    out.write(csv_row(COLUMNS))
    for _, event in recording:
        if isinstance(event, KernelObserved):
            process = event.state.process or recording.header.pid
            of_view = {"event": event.seq, "time_s": event.time_ns / 1e9, "process": process}
            for row in _rows(event.state):
                out.write(csv_row([{**of_view, **row}.get(name) for name in COLUMNS]))
    return recording.torn


FORMAT = ExportFormat(
    summary=message("a table of the kernel's views"), suffix=".csv", write=to_csv_kernel
)


def _rows(state: KernelState) -> Iterator[_Row]:
    yield from map(_descriptor, state.descriptors)
    yield from map(_socket, state.sockets)
    for epoll in state.epolls:
        yield from _interests(epoll)
    if (beyond := state.beyond) is not None:
        if beyond.descriptors:
            yield {"row": "descriptors", "owner": "server", "count": beyond.descriptors}
        if beyond.interests:
            yield {"row": "interests", "owner": "server", "count": beyond.interests}
        for key, count in beyond.sockets.items():
            owner, _, name = key.partition(" ")
            yield {"row": "sockets", "owner": owner, "state": name, "count": count}


def _descriptor(each: Descriptor) -> _Row:
    return {
        "row": "descriptor",
        "owner": "server",
        "fd": each.fd,
        "kind": each.kind,
        "inode": each.inode or None,
        "flags": names(each.flags) if each.flags is not None else None,
        "target": each.target,
        "file": each.file or None,
    }


def _socket(each: SocketState) -> _Row:
    return {
        "row": "socket",
        "owner": each.owner,
        "fd": each.fd,
        "family": each.family,
        "type": each.type,
        "protocol": each.protocol,
        "state": each.state,
        "local": go_address(each.local),
        "remote": go_address(each.remote) if each.remote is not None else None,
        "inode": each.inode or None,
        "accept_queue": each.accept_queue,
        "backlog": each.backlog,
        "receive_queue": each.receive_queue,
        "receive_measures": _measures(each, received=True),
        "send_queue": each.send_queue,
        "send_measures": _measures(each, received=False),
    }


def _measures(each: SocketState, *, received: bool) -> str | None:
    """Return what the queue's number counts, None where there is no number."""
    length = each.receive_queue if received else each.send_queue
    return None if length is None else str(each.measures(received=received))


def _interests(epoll: EpollState) -> Iterator[_Row]:
    for each in epoll.interests:
        yield {
            "row": "interest",
            "owner": "server",
            "fd": each.fd,
            "epoll_fd": epoll.fd,
            "flags": names(each.events),
        }
