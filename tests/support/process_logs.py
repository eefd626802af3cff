"""Servers with several processes, recorded on Linux 6.18: strace(1) logs, and traced programs.

Logs. ``nginx``: a master and two workers that share its listener, three clients, SIGQUIT.
``prefork``: a Python server whose two children poll one listener, each with an epoll of its own,
four clients.

Recordings of `walkthrough trace`. ``prefork``: `traced/prefork.py`, two clients. ``workers``:
`traced/workers`, a Go program that starts itself with its listener, one client; Go makes and ends
a process of its own before that, to try pidfds out.
"""

from pathlib import Path

from walkthrough.recording.file import load as load_recording
from walkthrough.state.history import History
from walkthrough.strace_log.events import to_events
from walkthrough.strace_log.log import load

TRACED = Path(__file__).parent / "traced"
FOLDER = Path(__file__).parents[1] / "strace_log" / "logs"
NGINX, WORKERS = 29533, (29541, 29542)
PREFORK, CHILDREN = 29604, (29615, 29618)


def history_of_log(name: str) -> History:
    return History.of(*to_events(load(FOLDER / f"{name}.log")))


def history_of_recording(name: str) -> History:
    return History.load(load_recording(TRACED / f"{name}.jsonl"))


def all_histories() -> dict[str, History]:
    """Return all of them by name."""
    found = {f"log of {name}": history_of_log(name) for name in ("nginx", "prefork")}
    return found | {name: history_of_recording(name) for name in ("prefork", "workers")}
