"""Logs told call by call, as a capture tells them: the places must be those of the whole log.

A capture does not know what a call returns when it begins, nor what the kernel will write into its
arguments; so neither does the replay.
"""

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from walkthrough.call_stages.arguments import split
from walkthrough.call_stages.calls import CLONES, made_by, shares_files
from walkthrough.call_stages.fd_roles import FileRoles
from walkthrough.call_stages.marks import begun_by, ends_visit, mark_of
from walkthrough.call_stages.places import PlaceFinder
from walkthrough.call_stages.stages import CallStages, ToldPlace
from walkthrough.formatting import strace_lines
from walkthrough.model.events import CallEntered, CallReturned
from walkthrough.model.stages import NOWHERE
from walkthrough.strace_log.model import LogCall
from walkthrough.strace_log.ordering import LogStepKind, log_steps
from walkthrough.strace_log.sharing import find_demands, find_sharing

_KNOWN = {
    **dict.fromkeys(("accept", "accept4", "getsockname", "getpeername", "recvmsg", "recvmmsg"), 1),
    **dict.fromkeys(("read", "readv", "recv", "recvfrom"), 1),
    **dict.fromkeys(("epoll_wait", "epoll_pwait", "epoll_pwait2", "epoll_wait_old"), 1),
    "getsockopt": 3,
    "pipe": 0,
    "pipe2": 0,
    "socketpair": 3,
}
"""How many arguments are known when a call begins, of those where not all are."""


def begun(call: LogCall) -> LogCall:
    """Return what is known of a call when it begins."""
    known = _KNOWN.get(call.name)
    arguments = call.arguments
    if known is not None:
        arguments = ", ".join(split(call.arguments)[:known])
    return replace(call, arguments=arguments, result="")


def spelled(event: CallEntered, end: CallReturned | None) -> LogCall:
    """Return a call of a recording as a log has it."""
    call = strace_lines.call(event, end)
    name, _, rest = call.partition("(")
    return LogCall(
        event.seq, event.seq, event.thread, name, rest[:-1], strace_lines.result(event, end)
    )


def told_live(calls: Sequence[LogCall]) -> list[ToldPlace]:
    """Return the places of a log's calls as a capture would have told them in the end."""
    sharing = find_sharing(calls)
    stages = CallStages(sharing, find_demands(calls, sharing))
    told: list[ToldPlace] = []
    for what, number in log_steps(calls):
        call = calls[number]
        if what is LogStepKind.BEGINS:
            if call.name in CLONES and (child := made_by(call)):
                stages.made(call.thread, child, shares=shares_files(call))
            assert stages.begins(begun(call)) == number
            told.append(stages.told(number))
        else:
            stages.ends(number, call)
        for which, place in stages.revised():
            assert told[which] != place, "nothing is new about it"
            told[which] = place
    return told


def told_at_once(calls: Sequence[LogCall], roles: FileRoles) -> list[ToldPlace]:
    """Return the places of a log's calls, all of which are known."""
    finder = PlaceFinder(roles)
    told: list[ToldPlace] = []
    last = NOWHERE
    for number, call in enumerate(calls):
        place = begun_by(finder.place(number, call))
        told.append(ToldPlace(place, mark_of(call.name, place, last)))
        if ends_visit(call.name, place):
            last = place
    return told


_LONGEST = 3000
"""Calls of a log that is replayed in every test: a longer one would take a second."""


def checked(roles_of: Callable[[Sequence[LogCall]], FileRoles]) -> Callable[..., FileRoles]:
    """Return the function that analyses a log; made to check that a replay agrees with it."""

    def roles_of_files(calls: Sequence[LogCall]) -> FileRoles:
        roles = roles_of(calls)
        if len(calls) <= _LONGEST:
            assert told_live(calls) == told_at_once(calls, roles)
        return roles

    return roles_of_files
