"""Folds what a system call does to the socket options: it sets or forgets them."""

from typing import TypeGuard

from walkthrough.model.events import CallReturned
from walkthrough.model.values import Argument, Constant, Flags, Spelled, Value
from walkthrough.state.builder import WorldBuilder
from walkthrough.state.reduce_processes import view_of
from walkthrough.state.world import PROCESS_SHIFT, OptionSet

_MAKES_DESCRIPTOR = frozenset({"socket", "accept", "accept4", "openat", "open", "epoll_create1"})


def fold_options(builder: WorldBuilder, event: CallReturned) -> None:
    """Fold the return of a call into `World.options`."""
    if event.error is not None:
        return
    if event.call == "setsockopt":
        _set_option(builder, event)
    elif event.call == "close":
        descriptor = _argument(event, "fd")
        if _is_number(descriptor):
            _forget_options(builder, event, descriptor)
    elif event.call in _MAKES_DESCRIPTOR:
        # Its close may have gone unseen; a new descriptor starts without options anyway.
        _forget_options(builder, event, event.result)


def _argument(event: CallReturned, name: str) -> Value:
    return next((given.value for given in event.arguments if given.name == name), None)


def _is_number(value: Value) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _set_option(builder: WorldBuilder, event: CallReturned) -> None:
    descriptor = _argument(event, "sockfd")
    if not _is_number(descriptor):
        return
    given = next((one for one in event.arguments if one.name == "optval"), Argument("optval", None))
    level = _spelled(_argument(event, "level"))
    name = _spelled(_argument(event, "optname"))
    option = OptionSet(descriptor, level, name, given)
    key = _key(builder, event, descriptor)
    others = tuple(
        one for one in builder.options.get(key, ()) if (one.level, one.name) != (level, name)
    )
    builder.mutable_options()[key] = (*others, option)


def _spelled(value: Value) -> str:
    if isinstance(value, Constant):
        return value.name or str(value.raw)
    if isinstance(value, Flags):
        return "|".join(value.names) or str(value.raw)
    if isinstance(value, Spelled):
        return value.text
    return str(value) if isinstance(value, int) else "?"


def _forget_options(builder: WorldBuilder, event: CallReturned, descriptor: int) -> None:
    key = _key(builder, event, descriptor)
    if key in builder.options:
        del builder.mutable_options()[key]


def _key(builder: WorldBuilder, event: CallReturned, descriptor: int) -> int:
    """Return the key into `World.options`: of several processes each has its own descriptors."""
    process = event.process
    if process is None:  # the first: a log of several processes has a view of it by its process id
        first = view_of(builder, 0) or builder.kernel
        process = first.process if first is not None else 0
    return descriptor + (process << PROCESS_SHIFT)
