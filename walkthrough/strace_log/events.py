"""An strace log as events: what happened to calls, threads and signals, in the log's order.

What only a capture can see is missing: functions, source lines, the queues.
"""

from collections.abc import Iterator

from walkthrough.call_stages.arguments import plain, split
from walkthrough.call_stages.fd_roles import FileRoles
from walkthrough.call_stages.marks import begun_by, ends_visit, mark_of
from walkthrough.call_stages.strings import bytes_of
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    CaptureEnded,
    Header,
    KernelObserved,
    OutputWritten,
    ProcessExited,
    ProcessStarted,
    SignalDelivered,
    ThreadExited,
    ThreadStarted,
)
from walkthrough.model.linux import constants as k
from walkthrough.model.stages import Place
from walkthrough.model.values import Argument, Constant
from walkthrough.strace_log.kernel_state import KernelTracker
from walkthrough.strace_log.log import Log, check_for_sockets
from walkthrough.strace_log.model import LineKind, LogCall, OtherLine
from walkthrough.strace_log.ordering import LogStepKind, log_steps
from walkthrough.strace_log.processes import EXECUTES, LogProcesses, command_of
from walkthrough.strace_log.told_stages import place_of_calls
from walkthrough.strace_log.values import PARAMETERS, arguments_of, result_of

SERVER = "strace"
"""The value of `Header.server`."""
_MOST_DIGITS = 10
_SIGNALS = {name: number for number, name in k.SIGNAL.items()}


def to_events(log: Log) -> tuple[Header, Iterator[AnyEvent]]:
    """Return a log's header and its events.

    Raises:
        LogError: It has no socket: there would be nothing on the path.
    """
    check_for_sockets(log)
    purposes = log.take_roles()
    processes = LogProcesses(log.calls, purposes.sharing)
    header = Header(server=SERVER, pid=processes.first, command=_command(log))
    return header, _EventConverter(log, purposes, processes).events()


def _command(log: Log) -> tuple[str, ...]:
    for call in log.calls:
        if call.name == "execve" and call.result == "0":
            return command_of(call)
    return ()


class _EventConverter:
    def __init__(self, log: Log, purposes: FileRoles, processes: LogProcesses) -> None:
        self._log = log
        self._processes = processes
        self._pid = processes.first
        self._seq = -1
        self._time = 0
        self._threads: set[int] = set()
        self._last = Place()
        self._purposes = purposes
        self._living: dict[int, set[int]] = {self._pid: {self._pid}}  # threads by process
        self._announced = {self._pid}
        self._kernel = KernelTracker(log.calls, self._purposes)
        self._left = 0  # calls that are still to begin
        self._given: dict[int, tuple[Argument, ...]] = {}  # of calls that go on

    def events(self) -> Iterator[AnyEvent]:
        yield ProcessStarted(
            seq=self._next(),
            time_ns=0,
            thread=self._pid,
            pid=self._pid,
            command=_command(self._log),
        )
        self._threads.add(self._pid)
        calls, others = self._log.calls, self._log.others
        places = [begun_by(place) for place in place_of_calls(calls, self._purposes)]
        self._left = len(calls)
        for what, number in log_steps(calls, others):
            match what:
                case LogStepKind.BEGINS:
                    self._left -= 1
                    yield from self._begin(calls[number], number, places[number])
                case LogStepKind.ENDS:
                    yield from self._end(number, places[number])
                case LogStepKind.OTHER:
                    yield from self._other(others[number])
        lost = {"lines": self._log.unknown} if self._log.unknown else {}
        yield CaptureEnded(seq=self._next(), time_ns=self._time, reason="logged", lost=lost)

    def _begin(self, call: LogCall, number: int, place: Place) -> Iterator[AnyEvent]:
        self._at(call.time_ns)
        thread = self._thread(call.thread)
        process = self._processes.of(call.thread)
        arguments = arguments_of(call.name, call.arguments)
        if call.name in PARAMETERS:
            self._given[number] = arguments
        if thread not in self._threads:
            yield from self._start(thread, process)
        yield CallEntered(
            seq=self._next(),
            time_ns=self._time,
            thread=thread,
            process=process,
            stage=place.stage,
            step=place.step,
            span=number + 1,
            call=call.name,
            arguments=arguments,
            mark=self._mark(call, place),
            quiet=place == Place(),
        )
        # What the process holds before the call changes it, if the last view was of another
        # process.
        met = self._kernel.meet(number, quiet=place == Place())
        self._kernel.begins(number)
        if met is not None:
            yield KernelObserved(seq=self._next(), time_ns=self._time, state=met)

    def _start(self, thread: int, process: int | None) -> Iterator[AnyEvent]:
        """Make the event of a thread's first call, unless its process has just been announced."""
        self._threads.add(thread)
        self._living.setdefault(process or self._pid, set()).add(thread)
        if process is not None and self._processes.is_certain(process):
            if process not in self._announced:
                yield from self._announce(process)
            if thread == process:
                return
        yield ThreadStarted(seq=self._next(), time_ns=self._time, thread=thread, process=process)

    def _announce(self, process: int) -> Iterator[AnyEvent]:
        """Say that a process has begun: where it was made, or where it first calls."""
        maker = self._processes.maker(process)
        self._announced.add(process)
        self._living.setdefault(process, set()).add(process)
        yield ProcessStarted(
            seq=self._next(),
            time_ns=self._time,
            thread=process,
            process=process,
            pid=process,
            parent_pid=maker,
            origin="attached" if maker is None else "fork",
        )

    def _mark(self, call: LogCall, place: Place) -> str | None:
        """Return what a call stands for, and remember its place for the next."""
        mark = mark_of(call.name, place, self._last)
        if ends_visit(call.name, place):
            self._last = place
        return mark

    def _end(self, number: int, place: Place) -> Iterator[AnyEvent]:
        call = self._log.calls[number]
        if call.time_ns is not None:
            self._at(call.time_ns + (call.duration_ns or 0))
        result = result_of(call.result)
        if result is None:
            return
        thread = self._thread(call.thread)
        process = self._processes.of(call.thread)
        if self._processes.several and call.name in EXECUTES and result[0] == 0 and number:
            yield ProcessStarted(
                seq=self._next(),
                time_ns=self._time,
                thread=thread,
                process=process,
                pid=process or self._pid,
                command=command_of(call),
                origin="exec",
            )
        yield CallReturned(
            seq=self._next(),
            time_ns=self._time,
            thread=thread,
            process=process,
            stage=place.stage,
            step=place.step,
            span=number + 1,
            call=call.name,
            arguments=self._given.pop(number, ()),
            result=result[0],
            error=result[1],
            injected=call.injected,
            quiet=place == Place(),
        )
        self._kernel.ends(number, result[0])
        if (state := self._kernel.view(call.thread, quiet=place == Place())) is not None:
            yield KernelObserved(seq=self._next(), time_ns=self._time, state=state)
        if self._purposes.is_output(number, call) and (printed := _printed(call)):
            yield OutputWritten(
                seq=self._next(),
                time_ns=self._time,
                process=process,
                stream=printed[0],
                data=printed[1],
            )
        made = self._processes.made_by(call)
        if made is not None and made not in self._announced:
            yield from self._announce(made)

    def _other(self, other: OtherLine) -> Iterator[AnyEvent]:
        self._at(other.time_ns)
        thread = self._thread(other.thread)
        match other.kind:
            case LineKind.SIGNAL if " " in other.text:
                name = other.text.split(" ")[1]
                if name.startswith("SIG"):
                    signal = Constant(name, _SIGNALS.get(name, 0))
                    yield SignalDelivered(
                        seq=self._next(),
                        time_ns=self._time,
                        thread=thread,
                        process=self._processes.of(other.thread),
                        signal=signal,
                        quiet=True,
                    )
            case LineKind.EXITED | LineKind.KILLED:
                self._kernel.exits(other.thread)
                yield self._exit(other, thread)
                if self._has_ended(thread):
                    yield KernelObserved(
                        seq=self._next(), time_ns=self._time, state=self._kernel.nothing()
                    )

    def _exit(self, other: OtherLine, thread: int) -> AnyEvent:
        process = self._processes.of(other.thread)
        pid = process or self._pid
        self._threads.discard(thread)
        threads = self._living.get(pid, set())
        threads.discard(thread)
        others = any(self._living.get(each) for each in self._announced if each != pid)
        ends_process = pid in self._announced and not threads and others
        if not (ends_process or self._has_ended(thread)):
            return ThreadExited(
                seq=self._next(), time_ns=self._time, thread=thread, process=process
            )
        words = other.text.split()
        if other.kind is LineKind.EXITED:
            is_code = words[-2].isascii() and words[-2].isdigit() and len(words[-2]) <= _MOST_DIGITS
            code = int(words[-2]) if is_code else None
            return ProcessExited(
                seq=self._next(), time_ns=self._time, process=process, pid=pid, code=code
            )
        name = words[3] if len(words) > 3 else ""
        signal = Constant(name, _SIGNALS.get(name, 0))
        return ProcessExited(
            seq=self._next(), time_ns=self._time, process=process, pid=pid, signal=signal
        )

    def _has_ended(self, thread: int) -> bool:
        """Return whether the end of ``thread`` is the end of the server.

        The first process may leave the work to others that it has started, and end before they
        call.
        """
        return not self._left and (not self._threads or thread == self._pid)

    def _thread(self, thread: int | None) -> int:
        return thread if thread is not None else self._pid

    def _at(self, time: int | None) -> None:
        self._time = max(self._time, time or 0)

    def _next(self) -> int:
        self._seq += 1
        return self._seq


def _printed(call: LogCall) -> tuple[int, bytes] | None:
    """Return what a call has printed, as far as the log shows it."""
    arguments = split(call.arguments)
    stream = plain(arguments[0]) if arguments else ""
    if call.name != "write" or stream not in ("1", "2") or len(arguments) < 2:
        return None
    return int(stream), bytes_of(arguments[1])[0]
