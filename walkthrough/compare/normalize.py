"""Removes from calls what differs from run to run: numbers that only identify something.

`keys_of` goes through the rows of one side in order and knows at each what every descriptor is,
process by process. Two rows are the same call if their keys are equal. The rules are explained in
docs/compare.md.
"""

import heapq
import re
from array import array
from collections import defaultdict
from collections.abc import Container, Iterable, Sequence, Set

from walkthrough.call_stages.calls import descriptor
from walkthrough.call_stages.descriptor_sharing import DescriptorSharing
from walkthrough.call_stages.fd_table import FdTables
from walkthrough.call_stages.strings import bytes_of
from walkthrough.compare.model import Side
from walkthrough.compare.optional_calls import ACCEPTS
from walkthrough.compare.shapes import STRING, CallShape, GapKind, RowKey, filled, shape_of
from walkthrough.compare.vocabulary import KeyNumbers, SideKeys
from walkthrough.strace_log.model import LineKind, LogCall
from walkthrough.strace_log.numbers import whole_number
from walkthrough.strace_log.ordering import LogStepKind, log_steps
from walkthrough.strace_log.sharing import find_demands, find_sharing

_MOST_DIGITS = 20
"""No 64-bit number has more, and Python refuses to convert very many digits."""
_STANDARD = {"0": "stdin", "1": "stdout", "2": "stderr"}
_CLONES = frozenset({"clone", "clone2", "clone3", "fork", "vfork"})
_MOST_SHAPES = 1 << 16
_RANDOM = ('"/dev/urandom"', '"/dev/random"', '"/proc/sys/kernel/random/')
_PROC = '"/proc/'
_SETTINGS = '"/proc/sys/'
_PORT = re.compile(r"htons\((\d+)\)")


_Spelled = tuple[str, str, str]
"""Name, arguments and result of a call, as in the log."""
_Found = tuple[CallShape, int]


class _FileKind:
    """One kind of files in one process: how many there were, and which ordinals are free."""

    def __init__(self) -> None:
        self.born = 0
        self.open = 0
        self.free: list[int] = []

    def copy(self) -> "_FileKind":
        copy = _FileKind()
        copy.born, copy.open, copy.free = self.born, self.open, self.free.copy()
        return copy


class _Normalizer:
    """Normalises the rows of one side, one after the other."""

    def __init__(
        self,
        calls: Sequence[LogCall],
        longest: int,
        vocabulary: KeyNumbers,
        sharing: DescriptorSharing | None,
    ) -> None:
        self._calls = calls
        self._longest = longest
        self._vocabulary = vocabulary
        sharing = sharing if sharing is not None else find_sharing(calls)
        self._tables = FdTables(sharing, find_demands(calls, sharing))
        self._shapes: dict[_Spelled, tuple[Set[str], Set[str], dict[object, _Found]]] = {}
        self._names: dict[int, str] = {}
        self._kinds: dict[int, defaultdict[str, _FileKind]] = {}
        self._kept: list[object] = []  # tables whose identity distinguishes kinds
        self._freed: dict[int, tuple[_FileKind, int]] = {}
        self._first_of_pair: dict[int, int] = {}
        self._ports: dict[str, str] = {}
        self._port_digits: set[str] = set()  # a dict would be searched from end to end
        self._clients = _ports_of_clients(calls)
        self._named_ports = 0
        self._reading: dict[int, tuple[int, list[str]]] = {}
        self._watched: dict[tuple[str, int], str] = {}
        self._processes: dict[str, object] = {}
        self._members: dict[int, set[int]] = defaultdict(set)
        self._ids: set[str] = set()
        self._threads: set[int] = set()
        self._unended: dict[int, tuple[CallShape, int, list[str]]] = {}
        self.numbers = array("Q", bytes(8 * len(calls)))
        self.unmade: Container[int] = ()

    # moments

    def begins(self, number: int) -> None:
        """Note that a row begins."""
        call = self._calls[number]
        tables, vocabulary = self._tables, self._vocabulary
        thread = call.thread
        if thread is not None and thread not in self._threads:
            self._meet(thread, tables.of(thread))
        if number in self.unmade:
            self.numbers[number] = vocabulary.number(
                vocabulary.shape(RowKey(call.name, (), call.result, "")), ()
            )
            return
        text = (call.name, call.arguments, call.result)
        shape, which = self._shape(text)
        names: list[str] = []
        if shape.gaps:
            names = self._filled(shape, call)
            if shape.is_read and (result := self._varying_content(names)):
                key = RowKey(call.name, (names[0], result), result, names[0])
                shape = shape._replace(key=key, gaps=(), ports=frozenset(), ids=frozenset())
                which = vocabulary.shape(key)
                names = []
        if call.name == "epoll_ctl" and len(names) > 1:
            self._watch(call.arguments, names)
        if call.name in _CLONES:
            self._clones(number, call)
        else:
            closed = self._closes(call) if call.name == "close" else None
            tables.begins(call)
            if closed is not None and not tables.holders[closed]:
                self._release(closed)
        if shape.opens or shape.copies or shape.pair:
            self._unended[number] = (shape, which, names)
        else:
            if shape.is_read and (shape.ports or shape.ids):
                self._reading[number] = (self._known(), names)
            self.numbers[number] = vocabulary.number(which, tuple(names))

    def ends(self, number: int) -> None:
        """Note that a row ends."""
        self._tables.ends(number, self._calls[number])
        if number in self._reading:
            known, names = self._reading.pop(number)
            if known != self._known():  # it began before what it mentions was known
                call = self._calls[number]
                _, which = self._shape((call.name, call.arguments, call.result))
                self.numbers[number] = self._vocabulary.number(which, tuple(names))
        if number not in self._unended:
            return
        shape, which, names = self._unended.pop(number)
        call = self._calls[number]
        if shape.opens:
            names.append(self._open(number, call, self._kind(shape, names)))
        elif shape.copies:
            names.append(names[0] if names else call.result)
        else:
            self._open(number, call, call.name)
            fd = self._tables.of(call.thread)
            both = [at for at, file in fd.items() if file == number]
            self._first_of_pair[number] = min(both, default=-1)
        self.numbers[number] = self._vocabulary.number(which, tuple(names))

    def exits(self, thread: int | None) -> None:
        """Note that a thread ends."""
        self._tables.exits(thread)
        if thread is not None:
            self._threads.discard(thread)

    def meet(self, threads: Iterable[int | None], one: int | None) -> None:
        """Note that threads are of the process of ``one``."""
        for thread in threads:
            if thread is not None:
                self._meet(thread, self._tables.of(one))

    def sole(self) -> frozenset[int | None]:
        """Return the threads that are the only one of their process."""
        if not self._members:
            return frozenset({None})
        return frozenset(next(iter(each)) for each in self._members.values() if len(each) == 1)

    # names

    def _shape(self, text: _Spelled) -> _Found:
        """Return the shape of a call's text, and its number.

        A port keeps its first name, so the same known ports and processes always make
        the same text.
        """
        found = self._shapes.get(text)
        if found is not None:
            ports, ids, variants = found
            if ports.isdisjoint(self._port_digits) and ids.isdisjoint(self._ids):
                by: object = None
            else:
                by = (ports & self._port_digits, ids & self._ids)
            if (variant := variants.get(by)) is not None:
                return variant
        shape = shape_of(*text, self._longest, self._ports, self._ids)
        made = (shape, self._vocabulary.shape(shape.key))
        if found is not None:
            variants[by] = made
        elif len(self._shapes) < _MOST_SHAPES:
            ports, ids = shape.ports, shape.ids
            known = (ports & self._port_digits, ids & self._ids)
            self._shapes[text] = (ports, ids, {known if any(known) else None: made})
        return made

    def _filled(self, shape: CallShape, call: LogCall) -> list[str]:
        names: list[str] = []
        about = ""
        for fills, number in shape.gaps:
            if fills is GapKind.DESCRIPTOR:
                name = self._descriptor(call.thread, number)
                about = about or name
            elif fills is GapKind.PORT:
                name = self._ports.get(number) or self._port(number)
            elif fills is GapKind.DATA:
                name = self._watched.get((about, _number(number) or 0), "anything")
            elif fills is GapKind.ID:
                name = self._process(call.thread, number)
            else:
                continue
            names.append(name)
        return names

    def _port(self, digits: str) -> str:
        self._port_digits.add(digits)
        if digits in self._clients:
            name = "port of a client"
        else:
            self._named_ports += 1
            name = f"port {self._named_ports}"
        self._ports[digits] = name
        return name

    def _known(self) -> int:
        return len(self._ids) + len(self._port_digits)

    def _descriptor(self, thread: int | None, number: str) -> str:
        if number[0] == "-" or len(number) > _MOST_DIGITS:
            return number
        fd = int(number)
        file = self._tables.has(thread, fd)
        name = None if file is None else self._names.get(file)
        if name is None:
            return _STANDARD.get(number, number)
        assert file is not None
        if (first := self._first_of_pair.get(file)) is not None:
            return f"{name} {1 if first == fd else 2}"
        return name

    def _process(self, thread: int | None, number: str) -> str:
        known = self._processes.get(number)
        if known is None or thread is None:
            return "a process"
        return "itself" if known is self._tables.of(thread) else "a process"

    def _meet(self, thread: int, table: object) -> None:
        self._threads.add(thread)
        self._processes[f"{thread}"] = table
        self._ids.add(f"{thread}")
        self._members[id(table)].add(thread)
        self._kept.append(table)

    def _varying_content(self, names: list[str]) -> str:
        """Return what a read returns that differs from run to run; "" for anything else."""
        about = names[0] if names else ""
        if about.startswith(_RANDOM):
            return "random"
        return "varies" if about.startswith(_PROC) and not about.startswith(_SETTINGS) else ""

    def _kind(self, shape: CallShape, names: list[str]) -> str:
        name = shape.key.name
        if name in ("accept", "accept4"):
            return "connection"  # of any listener: of several on one port the kernel chooses
        arguments = filled(shape.key._replace(result="", about=""), tuple(names)).arguments
        if name.startswith("open"):
            return next((one for one in arguments if one.startswith('"')), name)
        return f"{name}({', '.join(arguments)})"

    def _open(self, file: int, call: LogCall, kind: str) -> str:
        # Connections are numbered over all processes, whichever of them accepts one.
        whose = self if kind == "connection" else self._tables.of(call.thread)
        of_kind = self._kinds_of(whose)[kind]
        of_kind.born += 1
        name = f"{kind}#{of_kind.born}"
        if of_kind.free:
            at = heapq.heappop(of_kind.free)
        else:
            of_kind.open += 1
            at = of_kind.open
        self._freed[file] = (of_kind, at)
        self._vocabulary.also(name, f"{kind}~{at}")
        self._names[file] = name
        return name

    def _release(self, file: int) -> None:
        found = self._freed.pop(file, None)
        if found is not None:
            heapq.heappush(found[0].free, found[1])
        self._names.pop(file, None)

    def _closes(self, call: LogCall) -> int | None:
        fd = descriptor(call.arguments)
        return None if fd is None else self._tables.has(call.thread, fd)

    def _kinds_of(self, table: object) -> defaultdict[str, _FileKind]:
        kinds = self._kinds.get(id(table))
        if kinds is None:
            kinds = self._kinds[id(table)] = defaultdict(_FileKind)
            self._kept.append(table)
        return kinds

    def _clones(self, number: int, call: LogCall) -> None:
        tables = self._tables
        parent = tables.of(call.thread)
        tables.cloned(call)
        child = descriptor(call.result)
        if not child:
            return
        table = tables.of(child)
        if table is not parent and id(table) not in self._kinds and id(parent) in self._kinds:
            kinds = self._kinds_of(table)
            for kind, of_kind in self._kinds[id(parent)].items():
                kinds[kind] = of_kind.copy()
        self._meet(child, table)

    def _watch(self, arguments: str, names: list[str]) -> None:
        data = _user_data(arguments)
        if data is not None:
            self._watched[names[0], data] = names[1]


def _user_data(event: str) -> int | None:
    """Return the user data of the event that is passed to epoll_ctl(2)."""
    at = event.rfind("data=")
    if at < 0:
        return None
    text = event[at + 5 :].rstrip("}")
    if text.startswith("{"):
        text = text.rpartition("u64=")[2]
    return _number(text)


def _number(text: str) -> int | None:
    """Return the number that ``3``, ``0x3`` or ``007`` stands for; None for ``NULL`` and others."""
    try:
        return whole_number(text)
    except ValueError:
        return None


def _ports_of_clients(calls: Iterable[LogCall]) -> frozenset[str]:
    """Return the ports from which connections came that were accepted.

    Which of them comes first, and whether before the listener's own, is a race between
    processes in every run, so they are not distinguished.
    """
    clients: set[str] = set()
    others: set[str] = set()
    for call in calls:
        if call.name in ACCEPTS:
            clients.update(_PORT.findall(call.arguments))
        elif call.name in ("bind", "connect"):
            others.update(_PORT.findall(call.arguments))
    return frozenset(clients - others)


def longest_shown(calls: Sequence[LogCall]) -> int:
    """Return to how many bytes strings are cut on this side; a large number if none is."""
    least = 1 << 30
    for call in calls:
        if '"...' in call.arguments:
            for string in STRING.finditer(call.arguments):
                if string[0].endswith("..."):
                    least = min(least, len(bytes_of(string[0])[0]))
    return least


def calls_of(side: Side) -> Sequence[LogCall]:
    """Return the rows of a side as a log has them."""
    if side.calls is not None:
        return side.calls
    return [
        LogCall(at, at, row.thread, row.name, row.arguments, row.result)
        for at, row in enumerate(side.rows, 1)
    ]


def keys_of(
    side: Side,
    calls: Sequence[LogCall],
    longest: int,
    vocabulary: KeyNumbers,
    unmade: Container[int] = (),
) -> SideKeys:
    """Return the key of every row.

    Args:
        side: The rows.
        calls: What `calls_of` returns for them.
        longest: Bytes of a string that both sides show.
        vocabulary: The one of both sides.
        unmade: Rows of calls that were never made: their descriptors do not count.
    """
    threads = {row.thread for row in side.rows} if side.one_process else set()
    one = calls[0].thread if calls else None
    sharing = (
        DescriptorSharing(dict.fromkeys(threads, one), frozenset(), frozenset())
        if threads
        else None
    )
    normal = _Normalizer(calls, longest, vocabulary, sharing)
    normal.unmade = unmade
    normal.meet(threads, one)
    for what, number in log_steps(calls, side.others):
        if what is LogStepKind.BEGINS:
            normal.begins(number)
        elif what is LogStepKind.ENDS:
            normal.ends(number)
        elif side.others[number].kind in (LineKind.EXITED, LineKind.KILLED):
            normal.exits(side.others[number].thread)
    return SideKeys(normal.numbers, vocabulary, normal.sole())
