"""Which threads of a log share one table of descriptors, as the threads of a process do.

Where the log has the clone(2) that made a thread, its flags say so. For a thread that existed
before the log began, or whose creation was not traced, the descriptor numbers are evidence. A
number that is handed out twice in a row proves two tables; one that a thread closed and another
gets again proves a single one. Without evidence every thread has its own table.
"""

from collections.abc import Sequence

from walkthrough.call_stages.calls import (
    ABOUT,
    CLONES,
    COPIES,
    ON_EPOLL,
    ON_SOCKETS,
    OPENING,
    PAIRS,
    PASSES_FILES,
    contradicts,
    descriptor,
    made_by,
    made_pair,
    passed,
    shares_files,
)
from walkthrough.call_stages.descriptor_sharing import DescriptorSharing
from walkthrough.call_stages.told_call import Thread
from walkthrough.i18n.messages import Message, plural
from walkthrough.strace_log.model import LogCall
from walkthrough.strace_log.ordering import LogStepKind, log_steps

_WAITS_FOR_CHILDREN = frozenset({"wait4", "waitpid"})
_MOST_NUMBER = 1 << 20
_NEVER = 1 << 60
_ROUNDS = 4
_REPLACING = frozenset({"dup2", "dup3"})
"""They close what the number stood for, if it stood for anything."""


class SharingEvidence:
    """Evidence for and against a shared table, between two groups of threads."""

    __slots__ = ("apart", "likely", "together", "unlikely")

    def __init__(self) -> None:
        self.apart = 0
        """A number was handed out while it was open; a closed one was used; or the like."""
        self.unlikely = 0
        """A number that one closed was read or written by the other."""
        self.together = 0
        """A number was handed out again that only the other had closed; or an own file was
        used in a way that only fits what the other opened under that number since."""
        self.likely = 0
        """A number was used that only the other was seen to open."""

    def add(self, other: "SharingEvidence") -> None:
        """Add the evidence between parts of the same two groups."""
        self.apart += other.apart
        self.unlikely += other.unlikely
        self.together += other.together
        self.likely += other.likely

    @property
    def says_one(self) -> bool:
        """Whether it is one table, as far as the evidence goes."""
        if self.together > self.apart:
            return True
        return not (self.apart or self.unlikely) and self.likely > 0


def doubts(calls: Sequence[LogCall]) -> tuple[Message, ...]:
    """Say what a reader should know about how the log's threads were created; without a capital."""
    made = {made_by(call) for call in calls if call.name in CLONES}
    others = len({call.thread for call in calls} - made) - 1
    if others < 1:
        return ()
    return (
        plural(
            "how {count} thread came to be is not in it, so the owners of descriptors are "
            "derived from their use: trace %process as well (`{option}`).",
            "how {count} threads came to be is not in it, so the owners of descriptors are "
            "derived from their use: trace %process as well (`{option}`).",
            others,
            option="-e trace=%network,%desc,%process",
        ),
    )


def find_demands(
    calls: Sequence[LogCall], sharing: DescriptorSharing
) -> dict[tuple[Thread, int], set[str]]:
    """Return what threads of unseen creation do with descriptors that they did not open.

    That is by group of threads and number: the calls that succeeded, until it is closed.
    """
    demands: dict[tuple[Thread, int], set[str]] = {}
    if len(sharing.unseen) < 2:
        return demands
    own: set[tuple[Thread, int]] = set()
    for call in calls:
        group = sharing.of(call.thread)
        if group not in sharing.unseen or call.result[:1] in ("-", "?", ""):
            continue
        if call.name in OPENING or call.name in COPIES or call.name in PAIRS:
            own.update((group, fd) for fd in _handed_out(call))
        if call.name in ABOUT and (fd := descriptor(call.arguments)) is not None:
            if (group, fd) not in own:
                demands.setdefault((group, fd), set()).add(call.name)
            if call.name == "close":
                own.add((group, fd))
    return demands


def find_sharing(calls: Sequence[LogCall]) -> DescriptorSharing:
    """Find out which threads share descriptors. Never raises."""
    groups = _ThreadGroups()
    threads = dict.fromkeys(call.thread for call in calls)
    made: set[Thread] = set()
    for call in calls:
        if call.name in CLONES and (child := made_by(call)):
            if child == call.thread or child in made:
                continue
            made.add(child)
            if shares_files(call):
                groups.join(call.thread, child)
            else:
                groups.never(call.thread, child)
        elif call.name in _WAITS_FOR_CHILDREN and (child := made_by(call)):
            groups.never(call.thread, child)
    unseen = {groups.of(thread) for thread in threads if groups.of(thread) not in made}
    guessed: set[Thread] = set()
    apart: set[Thread] = set()
    for _ in range(_ROUNDS if len(threads) > 1 else 0):
        # Threads that are known as one process now show more about the others.
        if len(unseen) < 2:
            break
        joined, apart = _put_together(calls, groups, unseen)
        if not joined:
            break
        guessed |= joined
        unseen = {groups.of(thread) for thread in unseen}
    first = {thread: groups.of(thread) for thread in (*threads, *made)}
    return DescriptorSharing(
        first,
        frozenset(unseen),
        frozenset(map(groups.of, guessed)),
        frozenset(each for each in unseen if each in apart),
    )


class _ThreadGroups:
    """Groups of threads, each known by its first."""

    def __init__(self) -> None:
        self._above: dict[Thread, Thread] = {}
        self._apart: set[tuple[Thread, Thread]] = set()
        self._pairs: set[tuple[Thread, Thread]] | None = None  # the same, by representative

    def of(self, thread: Thread) -> Thread:
        while (above := self._above.get(thread, thread)) != thread:
            self._above[thread] = self._above.get(above, above)
            thread = above
        return thread

    def never(self, one: Thread, other: Thread) -> None:
        """Note that two are parent and child, each with a table of its own."""
        self._apart.add((one, other))

    def are_apart(self, one: Thread, other: Thread) -> bool:
        if self._pairs is None:
            self._pairs = {(self.of(a), self.of(b)) for a, b in self._apart}
        return (one, other) in self._pairs or (other, one) in self._pairs

    def join(self, one: Thread, other: Thread) -> Thread:
        """Merge the group of ``other`` into that of ``one``, and return its representative."""
        first, second = self.of(one), self.of(other)
        if first != second:
            self._above[second] = first
            self._pairs = None
        return first


def _put_together(
    calls: Sequence[LogCall], groups: _ThreadGroups, unseen: set[Thread]
) -> tuple[set[Thread], set[Thread]]:
    """Merge groups by evidence; return those that were merged, and those that are two for sure."""
    signs = _EvidenceCollector(calls, groups).signs()
    joined: set[Thread] = set()
    apart = {
        each for pair, sign in signs.items() if sign.apart and not sign.says_one for each in pair
    }
    # What is proved comes before what is likely.
    pairs = sorted(signs, key=lambda pair: (-signs[pair].together, -signs[pair].likely))
    between: dict[Thread, dict[Thread, SharingEvidence]] = {}
    for (one, other), evidence in signs.items():
        between.setdefault(one, {})[other] = evidence
        between.setdefault(other, {})[one] = evidence
    for pair in pairs:
        one, other = (groups.of(each) for each in pair)
        if one == other or not {one, other} & unseen:
            continue
        sign = between.get(one, {}).get(other)
        if sign is None or not sign.says_one or groups.are_apart(one, other):
            continue
        # The one that made others, or has the lower number, is the process.
        if (other not in unseen, -(other or 0)) > (one not in unseen, -(one or 0)):
            one, other = other, one
        groups.join(one, other)
        joined |= {one, other}
        for third, more in between.pop(other, {}).items():
            between[third].pop(other, None)
            if third == one:
                continue
            kept = between.setdefault(one, {}).setdefault(third, SharingEvidence())
            if kept is not more:
                kept.add(more)
            between[third][one] = kept
    return joined, apart


class _LastSeen:
    """What was last seen of a number, in any group."""

    __slots__ = ("closed", "kind", "opened", "opener", "users")

    def __init__(self) -> None:
        self.opener: Thread = None
        self.opened = -1  # the moment at which it was handed out; -1: before the log began
        self.kind = ""
        self.closed: dict[Thread, tuple[int, int]] = {}  # by whom since then, and from when to when
        self.users: set[Thread] = set()  # who has used it, while it was open from before the log

    def closed_by_others(self, group: Thread, at: int) -> list[Thread]:
        """Return which other groups had closed it by then."""
        return [who for who, (_, until) in self.closed.items() if who != group and until < at]


class _EvidenceCollector:
    """Processes the calls and collects evidence."""

    def __init__(self, calls: Sequence[LogCall], groups: _ThreadGroups) -> None:
        self._calls = calls
        self._groups = groups
        self._numbers: dict[int, _LastSeen] = {}
        self._has: dict[tuple[Thread, int], str] = {}  # the call by which a group got a number
        self._since: dict[Thread, int] = {}
        self._signs: dict[tuple[Thread, Thread], SharingEvidence] = {}
        self._forgotten: dict[Thread, int] = {}
        self._unseen_closes: dict[Thread, int] = {}
        self._closes = False

    def signs(self) -> dict[tuple[Thread, Thread], SharingEvidence]:
        """Return the evidence between any two groups, each pair once."""
        for at, (what, number) in enumerate(log_steps(self._calls)):
            if what is LogStepKind.ENDS:
                self._ended(number, at)
                continue
            call = self._calls[number]
            group = self._groups.of(call.thread)
            self._since.setdefault(group, at)
            if call.result[:1] == "-" or call.name not in ABOUT:
                continue
            if (fd := descriptor(call.arguments)) is None or fd > _MOST_NUMBER:
                continue
            if call.name == "close":
                self._closes = True
                self._close(group, fd, at)
            else:
                self._use(group, call, fd, at)
        for (one, other), evidence in self._signs.items():
            # Where closes were not traced, numbers repeat within one process as well.
            unseen = self._unseen_closes.get(one, 0) + self._unseen_closes.get(other, 0)
            if not self._closes or evidence.apart <= unseen:
                evidence.apart = 0
        return self._signs

    def _ended(self, number: int, at: int) -> None:
        call = self._calls[number]
        if call.result[:1] in ("-", "?", ""):
            return
        group = self._groups.of(call.thread)
        name = call.name
        if name == "close":
            if (fd := descriptor(call.arguments)) in self._numbers and fd is not None:
                closed = self._numbers[fd].closed
                if group in closed:
                    closed[group] = (closed[group][0], at)
        elif name in OPENING or name in COPIES or name in PAIRS or "F_DUPFD" in call.arguments:
            for fd in _handed_out(call):
                self._open(group, call, fd, at, replaces=name in _REPLACING)
        elif name in PASSES_FILES and "SCM_RIGHTS" in call.arguments:
            if name.startswith("recv"):
                for fd in passed(call):
                    self._open(group, call, fd, at)
        elif name.startswith("execve") or name == "close_range":
            self._forgotten[group] = at

    def _between(self, one: Thread, other: Thread) -> SharingEvidence:
        pair = (one, other) if (one or 0) <= (other or 0) else (other, one)
        return self._signs.setdefault(pair, SharingEvidence())

    def _open(
        self, group: Thread, call: LogCall, fd: int, at: int, *, replaces: bool = False
    ) -> None:
        seen = self._numbers.get(fd)
        if seen is not None and not seen.closed and not replaces:
            for user in seen.users - {group}:
                self._between(user, group).apart += 1  # it has had it open the whole time
        if seen is not None and seen.opened >= 0 and not replaces:
            known = seen.opened > self._forgotten.get(seen.opener, -1)
            closers = {who for who, (since, _) in seen.closed.items() if since < at}
            if not closers and known and seen.opened < at:
                if seen.opener == group:
                    self._unseen_closes[group] = self._unseen_closes.get(group, 0) + 1
                else:
                    self._between(seen.opener, group).apart += 1
            elif seen.opener == group and known and len(closers) == 1 and group not in closers:
                (closer,) = closers
                self._between(group, closer).together += 1
        seen = self._numbers[fd] = _LastSeen()
        seen.opener, seen.opened, seen.kind = group, at, call.name
        self._has[group, fd] = call.name

    def _close(self, group: Thread, fd: int, at: int) -> None:
        seen = self._numbers.get(fd)
        if seen is None:
            seen = self._numbers[fd] = _LastSeen()
        if group not in seen.closed:
            for who in seen.closed_by_others(group, at):
                self._between(who, group).apart += 1  # else it would be closed twice
        self._borrows(group, seen, fd)
        seen.closed.setdefault(group, (at, _NEVER))
        self._has.pop((group, fd), None)

    def _use(self, group: Thread, call: LogCall, fd: int, at: int) -> None:
        seen = self._numbers.get(fd)
        if seen is None:
            seen = self._numbers[fd] = _LastSeen()
        if seen.opened < 0 and not seen.closed:
            seen.users.add(group)
            return
        if group not in seen.closed:
            for who in seen.closed_by_others(group, at):
                evidence = self._between(who, group)
                if call.name in ON_SOCKETS or call.name in ON_EPOLL:
                    evidence.apart += 1
                else:  # by then it may be another file, whose opening was not traced
                    evidence.unlikely += 1
        if seen.opened < 0 or seen.opener == group or seen.closed:
            return
        own = self._has.get((group, fd), "")
        if contradicts(call.name, seen.kind):
            self._between(seen.opener, group).apart += 1
        elif own and contradicts(call.name, own):
            self._between(seen.opener, group).together += 1
        else:
            self._borrows(group, seen, fd)

    def _borrows(self, group: Thread, seen: _LastSeen, fd: int) -> None:
        """Note that a group uses what another was seen to open since."""
        if seen.opened < 0 or seen.opener == group or seen.closed or (group, fd) in self._has:
            return
        if seen.opened > self._since.get(group, -1):
            self._between(seen.opener, group).likely += 1


def _handed_out(call: LogCall) -> list[int]:
    if call.name in PAIRS:
        return made_pair(call)
    fd = descriptor(call.result)
    return [fd] if fd is not None and fd <= _MOST_NUMBER else []
