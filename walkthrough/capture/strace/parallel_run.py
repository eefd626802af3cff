"""A second run of a program, under strace, with its clients acting at the moments of the first.

A Go program can have one tracer, so strace cannot watch the run that the walkthrough watches.
"""

import os
import subprocess
import time
from collections import Counter, deque
from collections.abc import Sequence
from io import RawIOBase
from pathlib import Path
from typing import NamedTuple

from walkthrough.capture.clients.client import Clients
from walkthrough.capture.clients.dialling import HandshakeTimeout
from walkthrough.capture.kernel.observe import KernelObserver
from walkthrough.capture.kernel.thread_status import is_asleep
from walkthrough.capture.session.fixtures import Fixtures
from walkthrough.capture.session.output import OutputPipes
from walkthrough.capture.session.recorder import SessionRecorder
from walkthrough.capture.session.rlimits import impose
from walkthrough.capture.session.run_config import RunConfig
from walkthrough.capture.session.script import command_of
from walkthrough.capture.strace.blocking_pipe import BlockingPipe
from walkthrough.capture.strace.cues import Cue, RecordedRun, RunProgress
from walkthrough.capture.strace.log_follower import LogFollower, ReturnedCall
from walkthrough.capture.strace.stopped_process import StoppedProcess
from walkthrough.capture.strace.strace_program import ATTACH_SECONDS, Strace, refused, torn
from walkthrough.i18n.messages import Field, Message, message
from walkthrough.model.events import Header
from walkthrough.scenario.schema import ActionKind, Scenario
from walkthrough.state.triggers import PointKind

REST_SECONDS = 0.02
"""How long strace must write nothing, and then every thread sleep, for all to be at rest."""
LONG_REST_SECONDS = 3.0
"""A rest after which nothing more is expected: longer than a timer or a repeated SYN takes."""
PROCESSORS = 8
"""GOMAXPROCS where calls have to fail: strace counts per thread, and while there are idle
processors a goroutine stays on its thread through its system calls."""
_ACT_SECONDS = 2.0
_END_SECONDS = 5.0
_WAITS = (ActionKind.RECEIVE, ActionKind.ACCEPT)
_OPENS = ("bind", "listen", "close")


class StracedProgram(NamedTuple):
    """What is run: an executable, its argument vector, and what it runs within."""

    path: Path
    command: Sequence[str]
    config: RunConfig
    fixtures: Fixtures


class ParallelOutcome(NamedTuple):
    """The outcome.

    Attributes:
        main: Number of the log's first line after the execve(2) of the program.
        struck: Whether strace made the same calls fail as failed in the first run.
        on_thread: For each name of a call and its ordinal, as in `InjectedFault`: its ordinal
            among the calls of that name on its thread, as strace counts.
        remarks: What differed from the first run, in sentences.
    """

    main: int
    struck: bool
    on_thread: dict[tuple[str, int], int]
    remarks: tuple[Message, ...]


class ParallelRun:
    """One run under strace.

    Args:
        program: What to run.
        scenario: Whose client acts.
        first: What has to happen again.
        insists: Give up as soon as strace has not made the intended calls fail.
    """

    def __init__(
        self, program: StracedProgram, scenario: Scenario, first: RecordedRun, *, insists: bool
    ) -> None:
        self._program = program
        self._seconds = scenario.timeout_s
        self._end = scenario.end.point
        self._end_counts = first.end
        self._cues = deque(first.cues)
        self._progress = RunProgress(len(program.config.inherited))
        self._sharing = program.fixtures.sharing
        self._follower = LogFollower()
        self._recorder = SessionRecorder(lambda line: None)
        self._clients = Clients(self._recorder.endpoint, program.fixtures.neighbour)
        self._output = OutputPipes()
        self._pipe = BlockingPipe()
        self._server: StoppedProcess | None = None
        self._strace: subprocess.Popen[bytes] | None = None
        self._rested_since: float | None = None
        self._main = 1
        self._faults = deque((fault.call, fault.ordinal) for fault in first.faults)
        self._insists = insists
        self._struck = True
        self._lacking: Counter[str] = Counter()
        self._made: Counter[tuple[bytes, str]] = Counter()
        self._on_thread: dict[tuple[str, int], int] = {}
        self._remarks: list[Message] = []

    def run(
        self, strace: Strace, calls: tuple[str, ...], injections: Sequence[str], log: RawIOBase
    ) -> ParallelOutcome:
        """Run to the end, write strace's log, and release everything.

        Args:
            strace: The program.
            calls: Names of the system calls to trace.
            injections: What it has to make fail, in the notation of ``-e inject=``.
            log: Where its output goes, byte for byte.

        Raises:
            CaptureError: It cannot be started, or strace ended before the server did.
        """
        try:
            self._start(strace, calls, injections, log)
            self._follow(log)
        finally:
            self._close(log)
        self._remarks += [
            message("Client {client}'s {action} was not repeated.", **_who(cue))
            for cue in self._cues
        ]
        struck = self._struck and not self._faults
        return ParallelOutcome(self._main, struck, self._on_thread, tuple(self._remarks))

    # starting and ending

    def _start(
        self, strace: Strace, calls: tuple[str, ...], injections: Sequence[str], log: RawIOBase
    ) -> None:
        self._server = server = StoppedProcess(
            self._program.path, self._program.command, self._in_the_child
        )
        self._output.parent_side()
        options = [each for injection in injections for each in ("-e", f"inject={injection}")]
        # -q: its messages about new threads would appear in the middle of other lines.
        self._strace = strace.attach(server.pid, calls, self._pipe.writing, "-q", *options)
        self._pipe.writer_started()
        said = b""
        while b"stopped by SIGSTOP" not in said:  # as we left it
            if not (written := self._pipe.look(ATTACH_SECONDS)):
                raise refused(said.decode("utf-8", "replace"))
            said += written
            self._take(written, log)
        sharing = self._sharing.state if self._sharing is not None else None
        self._recorder.begin(
            Header(program_version="", server="go"),
            KernelObserver(server.pid, frozenset(), self._program.fixtures.neighbour, sharing),
            time.monotonic_ns(),
        )
        server.go()

    def _in_the_child(self) -> None:
        self._output.redirect(self._program.config.inherited)
        impose(self._program.config.limits)
        if self._faults:
            os.environ["GOMAXPROCS"] = str(PROCESSORS)

    def _close(self, log: RawIOBase) -> None:
        self._clients.close()
        self._recorder.close()
        if self._server is not None:
            self._server.kill()
        if self._strace is not None:
            try:
                while written := self._pipe.look(_END_SECONDS):
                    self._take(written, log)
            finally:
                self._pipe.close()
                self._give_up_strace()
        if self._server is not None:
            self._server.reap()
        self._pipe.close()
        self._output.close()

    def _give_up_strace(self) -> None:
        """Wait for strace, whose server is dead; it has nothing left to do."""
        assert self._strace is not None
        try:
            self._strace.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._strace.kill()
            self._strace.wait()

    def _strace_ends(self) -> None:
        """Wait for strace, whose log has ended; it may have been made to.

        Raises:
            CaptureError: It was: the server may continue unwatched.
        """
        assert self._strace is not None
        if (status := self._strace.wait()) < 0:
            raise torn(status)

    # following

    def _follow(self, log: RawIOBase) -> None:
        """Follow the log to its end or to that of the first run; act whenever it is time."""
        deadline = time.monotonic() + self._seconds
        while time.monotonic() < deadline:
            written = self._pipe.look(REST_SECONDS)
            self._output.read(0)
            if written == b"":
                self._strace_ends()
                self._act_when_due(resting=True, ended=True)
                return
            if written is None:
                if self._is_at_rest() and self._act_when_due(resting=True):
                    return
                continue
            self._rested_since = None
            self._note(written)
            # strace cannot write before this is removed: the program is stopped in this state.
            over = self._insists and not self._struck
            over = over or self._act_when_due(resting=False)
            self._let_neighbour_go_on()
            log.write(self._pipe.take())
            if over:
                return
        self._remarks.append(
            message(
                "The run under strace did not come to its end within {seconds} seconds.",
                seconds=format(self._seconds, "g"),
            )
        )

    def _take(self, written: bytes, log: RawIOBase) -> None:
        self._note(written)
        log.write(self._pipe.take())

    def _note(self, written: bytes) -> None:
        for call in self._follower.feed(written):
            self._progress.returned(call.name, call.first, call.result)
            if call.name == "execve":
                self._main = call.line + 1
            if call.name in _OPENS:
                self._recorder.observe()  # clients remember where the server has listened
            self._count(call)

    def _count(self, call: ReturnedCall) -> None:
        """Count a call on its thread, and make sure that exactly the intended calls fail."""
        assert self._server is not None
        thread = call.thread or b"%d" % self._server.pid
        self._made[thread, call.name] += 1
        meant = (call.name, self._progress.counts[call.name])
        self._on_thread[meant] = self._made[thread, call.name]
        if not self._progress.counts:
            return  # the language's own start, which is not compared
        if self._faults and meant == self._faults[0]:
            self._faults.popleft()
            self._struck = self._struck and call.injected
        elif call.injected:
            self._struck = False

    def _is_at_rest(self) -> bool:
        assert self._server is not None
        if not is_asleep(self._server.pid) or self._pipe.look(0) is not None:
            return False
        if self._let_neighbour_go_on():
            return False
        self._rested_since = self._rested_since or time.monotonic()
        return True

    def _let_neighbour_go_on(self) -> bool:
        """Do as the first run's session does before it releases a thread, and at rest."""
        return self._sharing is not None and self._sharing.let_go_on()

    # acting

    def _act_when_due(self, *, resting: bool, ended: bool = False) -> bool:
        """Let the clients do all that is due; return whether everything has happened again."""
        while self._cues:
            cue = self._cues[0]
            if not (ended or self._is_there(cue.counts, cue.rests, resting)):
                return False
            if not (ended or self._finds_something(cue)):
                return False
            self._cues.popleft()
            self._act(cue)
            self._rested_since = None
        if self._end.kind is PointKind.EXITED:
            return ended
        return self._is_there(self._end_counts, self._end.is_about_rest, resting)

    def _is_there(self, counts: Counter[str], about_rest: bool, resting: bool) -> bool:
        """Return whether a moment has come; it counts as come if nothing else can happen."""
        if self._progress.reaches(counts - self._lacking):
            return resting or not about_rest
        rested = time.monotonic() - (self._rested_since or time.monotonic())
        if not resting or rested <= LONG_REST_SECONDS:
            return False
        self._lacking = counts - self._progress.counts  # and will lack at later moments, too
        return True

    def _finds_something(self, cue: Cue) -> bool:
        if cue.action.do not in _WAITS or cue.acted.error is not None:
            return True
        least = len(cue.acted.data)
        return self._clients.ready(cue.action.do.value, cue.acted.client, least)

    def _act(self, cue: Cue) -> None:
        self._recorder.observe()
        act = command_of(cue.action, cue.acted.client)
        acted = self._clients.act(act, HandshakeTimeout(_ACT_SECONDS))
        if acted.error != cue.acted.error:
            then, now = _outcome(cue.acted.error), _outcome(acted.error)
            self._remarks.append(
                message(
                    "Client {client}'s {action} ended differently under strace: {now}, not {then}.",
                    **_who(cue),
                    now=now,
                    then=then,
                )
            )


def _outcome(error: object) -> Message | str:
    return str(getattr(error, "name", None) or "") or message("without error")


def _who(cue: Cue) -> dict[str, Field]:
    return {"client": cue.acted.client, "action": cue.action.do.value}
