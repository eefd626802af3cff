"""Says which of several processes is meant: its program and its process id, ``nginx 4242``."""

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.model.events import AnyEvent, ProcessExited, ProcessStarted
from walkthrough.state.history import History
from walkthrough.state.world import World
from walkthrough.view.text import safe


def process_name(pid: int, program: str = "") -> str:
    """Return the short name of a process, safe to draw; its process id alone without a program."""
    named = program.partition(": ")[0]  # nginx: worker process
    name = safe(named.rpartition("/")[2][:32])
    return f"{name} {pid}" if name else str(pid)


def name_in(world: World, pid: int) -> str:
    """Return the short name of a process as ``world`` knows it."""
    view = world.processes.get(pid)
    return process_name(pid, view.command[0] if view is not None and view.command else "")


def whose(event: AnyEvent, world: World) -> str:
    """Return the short name of the process whose event it is; "" where there is only one."""
    if not world.several:
        return ""
    if isinstance(event, ProcessStarted | ProcessExited):
        return name_in(world, event.pid)
    pid = event.process or world.first
    return name_in(world, pid) if event.thread is not None or event.process is not None else ""


def first_of(history: History) -> int:
    """Return the process id of the first of several processes; 0 if there is only one."""
    return history.header.pid if history.of_processes.several else 0


def several_processes(count: int, tr: Catalogue) -> str:
    """Say how many processes there are."""
    return tr.plural("{count} process", "{count} processes", count)
