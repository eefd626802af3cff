"""What a session asks of a server it observes: the only interface between ptrace and the rest.

Two targets exist: the tracer (a Go server under ptrace) and the instrumented server. Each turns
what happens into events without numbers; the session numbers them and decides when to release.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol, runtime_checkable

from walkthrough.model.events import AnyEvent, Header


class Arrival(NamedTuple):
    """Something reached a traced event.

    Attributes:
        event: The event; its ``seq`` is -1 until the session numbers it.
        token: The argument of `Target.release` to let the thread continue; None if nothing waits
            (the process exited, a thread ended, output was read).
    """

    event: AnyEvent
    token: int | None


class Target(Protocol):
    """A server under observation. All methods belong to the one thread that called `start`."""

    @property
    def pid(self) -> int:
        """Process id of the server."""

    @property
    def origin_ns(self) -> int:
        """The moment of the monotonic clock from which its events count time, once started."""

    def start(self) -> Header:
        """Start the server, halted before its first event, and describe the capture.

        Raises:
            CaptureError: It cannot be started; the message says what to do.
        """

    def descriptors(self) -> Sequence[int]:
        """Descriptors that become readable when `arrivals` may have something new."""

    def arrivals(self) -> list[Arrival]:
        """Return, without blocking, what has arrived since the last call, oldest first.

        A process that another has made is announced (`ProcessStarted`) before that one's end, so
        that the server has ended once every process that was announced has.
        """

    def release(self, token: int) -> None:
        """Let the thread behind ``token`` go on. A thread that has died meanwhile is ignored."""

    def let_go(self) -> None:
        """Let the server run at full speed from here on, without capturing its functions and calls.

        Raises:
            CaptureError: This server cannot be observed in part.
        """

    def halt(self) -> bool:
        """Halt every thread where it is, until `go_on`; False if it can only halt at events.

        What has reached an event by then still arrives.
        """

    def go_on(self) -> None:
        """Let the threads go on that `halt` has halted; those at an event wait for `release`."""

    def private(self) -> frozenset[str]:
        """Return what ``/proc/PID/fd`` links to for descriptors that serve us, not the server."""

    def alive(self) -> bool:
        """Return whether the server may still arrive anywhere."""

    def unlisted(self) -> dict[str, int]:
        """Return counts, by kind, of what was seen and passed on without an event."""

    def close(self) -> None:
        """End the server and every process started for it; give back descriptors. Idempotent."""


@runtime_checkable
class DeferringTarget(Target, Protocol):
    """A target that can let its threads go on before their events are made.

    These arrive later, in the same order, and hold up nobody.
    """

    def run_ahead(self, pauses: Callable[[], bool]) -> None:
        """Do so from now on, unless ``pauses`` says at an event that the server shall stand."""

    @property
    def behind(self) -> bool:
        """Whether something has happened that has not arrived; `arrivals` waits for it."""

    def rest(self) -> Iterator[Arrival]:
        """End or leave the server, and yield all that had not arrived."""
