"""The places of a log's calls: the log is followed call by call, as a capture is."""

from collections.abc import Sequence

from walkthrough.call_stages.calls import CLONES
from walkthrough.call_stages.fd_roles import FileRoles
from walkthrough.call_stages.places import PlaceFinder
from walkthrough.model.stages import Place
from walkthrough.strace_log.model import LogCall
from walkthrough.strace_log.ordering import LogStepKind, log_steps
from walkthrough.strace_log.sharing import find_demands, find_sharing


def roles_of_files(calls: Sequence[LogCall]) -> FileRoles:
    """Return what the files of a log are for, by all of its calls."""
    sharing = find_sharing(calls)
    roles = FileRoles(sharing, find_demands(calls, sharing))
    begins, ends = roles.begins, roles.ends
    for what, number in log_steps(calls):
        call = calls[number]
        if what is LogStepKind.BEGINS:
            if call.name in CLONES:
                roles.tables.cloned(call)
            begins(number, call)
        else:
            ends(number, call)
    roles.settle()
    return roles


def place_of_calls(calls: Sequence[LogCall], roles: FileRoles | None = None) -> list[Place]:
    """Return the place of every call.

    Args:
        calls: All calls of a log.
        roles: What its files are for, where that is known already.
    """
    finder = PlaceFinder(roles_of_files(calls) if roles is None else roles)
    return [finder.place(number, call) for number, call in enumerate(calls)]
