"""What the kernel pane says of several processes: whose view it is, who shares what, who has what.

Pure: worlds in, marks and rows out. How a socket or an epoll is spelled is up to the pane.
"""

from collections.abc import Iterator
from typing import NamedTuple

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import message
from walkthrough.model.kernel_state import Descriptor, KernelState
from walkthrough.state.world import World
from walkthrough.view.process_text import name_in
from walkthrough.view.styled_message import styled
from walkthrough.view.text import Piece, Row

MOST_NAMED = 3
"""How many processes that share something are named."""
MOST_LISTED = 12
"""Of how many other processes it is listed what they hold."""


class OtherProcess(NamedTuple):
    """Another process than the one that the pane is about, and what it holds."""

    pid: int
    state: KernelState


class SharedFiles:
    """Which descriptors of a world's processes stand for the same open files.

    Args:
        world: The moment.
    """

    def __init__(self, world: World) -> None:
        self._holders: dict[tuple[str, int], dict[int, None]] = {}
        for process, state in world.kernels.items():
            pid = process or world.first
            view = world.processes.get(pid)
            if view is not None and not view.alive:
                continue
            for each in state.descriptors:
                if (file := each.shared_as) is not None:
                    self._holders.setdefault(file, {})[pid] = None

    def others(self, pid: int, descriptor: Descriptor | None) -> tuple[int, ...]:
        """Return the processes but ``pid`` that have the open file of a descriptor of it."""
        file = descriptor.shared_as if descriptor is not None else None
        if file is None:
            return ()
        return tuple(sorted(each for each in self._holders.get(file, ()) if each != pid))


def pid_of(state: KernelState, world: World) -> int:
    """Return the process that a view is of."""
    return state.process or world.first


def other_processes(state: KernelState, world: World) -> Iterator[OtherProcess]:
    """Yield the other processes that are alive and were seen, as they began."""
    for pid, view in world.processes.items():
        if not view.alive or pid == pid_of(state, world):
            continue
        seen = world.kernel_of(pid)
        if seen is not None:
            yield OtherProcess(pid, seen)


def heading_of(pid: int, state: KernelState, world: World, tr: Catalogue) -> Row:
    """Name a process above what it holds."""
    name = Piece(name_in(world, pid), "heading")
    if state.table and state.table != pid:
        return styled(
            tr,
            message("{process}, shares all descriptors with {other}"),
            process=name,
            other=Piece(str(state.table), "heading"),
        )
    return (name,)


def also_in(pids: tuple[int, ...], tr: Catalogue) -> tuple[Piece, ...]:
    """Say which other processes have something, too; nothing if none do."""
    if not pids:
        return ()
    named = tr.listed([str(pid) for pid in pids[:MOST_NAMED]])
    if len(pids) > MOST_NAMED:
        named += tr(", … {count} more", count=len(pids) - MOST_NAMED)
    return (Piece(" " + tr("also in {processes}", processes=named), "note"),)
