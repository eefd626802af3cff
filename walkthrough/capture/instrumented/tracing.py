"""Emits events: `traced` wraps functions of Go, `CallTracer.call_entered` system calls.

It numbers spans, knows which goroutine runs and where on the path it is, and finds the executing
line. It knows neither where events go nor who waits for them: that is `halting`.
"""

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, NamedTuple, ParamSpec, TypeGuard, TypeVar, cast

from walkthrough.capture.instrumented.describe import describe
from walkthrough.capture.instrumented.errors import EndOfFile, RaisedError
from walkthrough.capture.instrumented.signatures import SIGNATURES, Signature
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    FunctionEntered,
    FunctionReturned,
    SourcePlace,
)
from walkthrough.model.stages import NOWHERE, Place, descend
from walkthrough.model.values import Argument, Constant, Flags

_ROOT = Path(__file__).resolve().parents[1]
_COROUTINE = 0x80  # inspect.CO_COROUTINE, without the import
_P = ParamSpec("_P")
_R = TypeVar("_R")

_traced_code: set[CodeType] = set()
_tracer: "CallTracer | None" = None


class InstrumentedSpan(NamedTuple):
    """A function or system call that has begun."""

    number: int
    function: str
    place: Place
    caller: SourcePlace | None


class CallTracer:
    """Turns entries and returns into events.

    Args:
        emit: Called with each event; the server goes on when it returns.
    """

    def __init__(self, emit: Callable[[AnyEvent], None]) -> None:
        self._emit = emit
        self._spans = 0
        self._open: dict[int, list[InstrumentedSpan]] = {}
        self._stack = self._open.setdefault(0, [])
        self._goroutine = 0
        self._thread = threading.get_native_id()

    def running(self, goid: int) -> None:
        """Note that goroutine ``goid`` runs from now on; 0 is the scheduler's own stack."""
        if not self._stack:
            self._open.pop(self._goroutine, None)
        self._goroutine = goid
        self._stack = self._open.setdefault(goid, [])

    def place(self) -> Place:
        """Return where on the path the running goroutine is."""
        return self._stack[-1].place if self._stack else NOWHERE

    def function_entered(
        self, function: str, signature: Signature, args: tuple[Any, ...], code: CodeType
    ) -> InstrumentedSpan:
        """Open a span for a function. To be called from the wrapper that calls it."""
        around = self._stack[-1] if self._stack else None
        place = descend(around.place if around else NOWHERE, signature.mark)
        caller = _line(sys._getframe(2))
        self._spans += 1
        span = InstrumentedSpan(self._spans, function, place, caller)
        self._stack.append(span)
        self._emit(
            FunctionEntered(
                **self._common(span, around),
                source=SourcePlace(_file(code), def_line(code)),
                mark=signature.mark,
                arguments=describe(signature.arguments, args),
                caller=caller,
            )
        )
        return span

    def function_returned(
        self, span: InstrumentedSpan, signature: Signature, result: object
    ) -> None:
        """Close a span. ``result``: what the function returned, or the `RaisedError` it raised."""
        self._stack.pop()
        results = _results(signature, result)
        self._emit(
            FunctionReturned(
                **self._common(span, self._stack[-1] if self._stack else None),
                source=span.caller,
                mark=signature.mark,
                results=results,
                failed=_is_failure(result, results),
            )
        )

    def call_entered(
        self, call: str, number: int, arguments: tuple[Argument, ...]
    ) -> InstrumentedSpan:
        """Open a span for a system call made in the innermost traced function."""
        around = self._stack[-1] if self._stack else None
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame.f_code not in _traced_code:
            frame = frame.f_back
        self._spans += 1
        span = InstrumentedSpan(
            self._spans,
            around.function if around else "",
            around.place if around else NOWHERE,
            _line(frame),
        )
        self._emit(
            CallEntered(
                **self._common(span, around),
                source=span.caller,
                call=call,
                number=number,
                arguments=arguments,
            )
        )
        return span

    def call_returned(
        self,
        span: InstrumentedSpan,
        call: str,
        arguments: tuple[Argument, ...],
        result: int,
        error: Constant | None,
        injected: bool = False,
        flags: Flags | None = None,
    ) -> None:
        """Close a system call's span; ``arguments`` are complete now.

        ``injected``: it was not made, and ``error`` is a fault's. ``flags``: those that the result
        is, as in `CallReturned`.
        """
        self._emit(
            CallReturned(
                **self._common(span, self._stack[-1] if self._stack else None),
                source=span.caller,
                call=call,
                arguments=arguments,
                result=result,
                error=error,
                injected=injected,
                flags=flags,
            )
        )

    def _common(self, span: InstrumentedSpan, around: InstrumentedSpan | None) -> dict[str, Any]:
        return {
            "seq": -1,
            "time_ns": time.monotonic_ns(),
            "thread": self._thread,
            "goroutine": self._goroutine,
            "stage": span.place.stage,
            "step": span.place.step,
            "function": span.function or None,
            "span": span.number,
            "parent": around.number if around else None,
        }


def install(tracer: CallTracer | None) -> None:
    """Send what happens from now on to ``tracer``, or nowhere."""
    global _tracer
    _tracer = tracer


def tracer() -> CallTracer | None:
    """Return the tracer in use, None while nobody watches."""
    return _tracer


def traced(function: str) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Mark a Python function as standing for ``function``, a Go name in `SIGNATURES`.

    While nobody watches, calling it costs a test more. Arguments are passed by position.
    """
    signature = SIGNATURES[function]

    def decorate(body: Callable[_P, _R]) -> Callable[_P, _R]:
        code = body.__code__
        _traced_code.add(code)

        def walked(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            if (watcher := _tracer) is None:
                return body(*args, **kwargs)
            span = watcher.function_entered(function, signature, args, code)
            try:
                result = body(*args, **kwargs)
            except RaisedError as error:
                watcher.function_returned(span, signature, error)
                raise
            watcher.function_returned(span, signature, result)
            return result

        async def parking(*args: _P.args, **kwargs: _P.kwargs) -> Any:
            awaitable = cast("Callable[..., Any]", body)
            if (watcher := _tracer) is None:
                return await awaitable(*args, **kwargs)
            span = watcher.function_entered(function, signature, args, code)
            try:
                result = await awaitable(*args, **kwargs)
            except RaisedError as error:
                watcher.function_returned(span, signature, error)
                raise
            watcher.function_returned(span, signature, result)
            return result

        chosen = parking if code.co_flags & _COROUTINE else walked
        chosen.__name__, chosen.__doc__ = body.__name__, body.__doc__
        return cast("Callable[_P, _R]", chosen)

    return decorate


def _is_failure(result: object, results: tuple[Argument, ...]) -> bool:
    """Return whether the function failed; the end of a stream is told as an error, and is none."""
    if isinstance(result, RaisedError):
        return not isinstance(result, EndOfFile)
    # The runtime's functions return a number, as it is for the tracer.
    return any(each.name == "errno" and each.value not in (0, None) for each in results)


def _results(signature: Signature, result: object) -> tuple[Argument, ...]:
    names = signature.results
    fallible = bool(names) and names[-1][1] == "error"
    plain = names[:-1] if fallible else names
    if isinstance(result, RaisedError):
        zeros = describe(plain, signature.on_error)
        return (*zeros, Argument("err", result.value())) if fallible else ()
    if len(plain) == 1:
        result = (result,)
    arguments = describe(plain, cast("tuple[Any, ...]", result)) if plain else ()
    return (*arguments, Argument("err", None)) if fallible else arguments


_files: dict[CodeType, str] = {}
_lines: dict[CodeType, int] = {}


def _file(code: CodeType) -> str:
    """Return the file of ``code`` relative to the folder above this package, "" if outside."""
    if code not in _files:
        path = Path(code.co_filename)
        inside = path.is_relative_to(_ROOT)
        _files[code] = path.relative_to(_ROOT).as_posix() if inside else ""
    return _files[code]


def _line(frame: FrameType | None) -> SourcePlace | None:
    if frame is None or not (file := _file(frame.f_code)):
        return None
    return SourcePlace(file, frame.f_lineno)


def def_line(code: CodeType) -> int:
    """Return the line of ``def``: a code object's first line is that of its decorator."""
    return _lines.get(code, code.co_firstlineno)


def _is_code(value: object) -> TypeGuard[CodeType]:
    return isinstance(value, CodeType)


def find_def_lines() -> None:
    """Read, once, on which line each traced function's ``def`` stands.

    Done before the walk begins: a file opened later would be seen among the server's own calls.
    """
    sources: dict[str, list[str]] = {}
    inner = {each for code in _traced_code for each in code.co_consts if _is_code(each)}
    for code in _traced_code | inner:  # functions in functions may be traced, too
        name = code.co_filename
        if name not in sources:
            try:
                sources[name] = Path(name).read_text("utf-8").splitlines()
            except OSError:  # an installation without source files
                sources[name] = []
        for number in range(code.co_firstlineno, len(sources[name]) + 1):
            if sources[name][number - 1].lstrip().startswith(("def ", "async def ")):
                _lines[code] = number
                break
