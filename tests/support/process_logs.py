"""Logs of servers with several processes, recorded by strace(1) on Linux 6.18.

``nginx``: a master and two workers that share its listener, three clients, SIGQUIT. ``prefork``: a
Python server whose two children poll one listener, each with an epoll of its own, four clients.
"""

from pathlib import Path

from walkthrough.state.history import History
from walkthrough.strace_log.events import to_events
from walkthrough.strace_log.log import load

FOLDER = Path(__file__).parents[1] / "strace_log" / "logs"
NGINX, WORKERS = 29533, (29541, 29542)
PREFORK, CHILDREN = 29604, (29615, 29618)


def history_of_log(name: str) -> History:
    return History.of(*to_events(load(FOLDER / f"{name}.log")))
