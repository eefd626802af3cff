"""What Textual looks up again and again is found once: who takes a message, and plain attributes.

For each message it looks through all classes of its receiver, most of which take no message of that
kind; for each attribute that is watched it asks four times whether it is one: together a tenth of
what tests of the screen did.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from functools import cache
from typing import Any, cast

import pytest
from textual.css.styles import RenderStyles
from textual.message import Message
from textual.message_pump import MessagePump
from textual.reactive import Reactive

_Handler = tuple[type, Callable[[Message], Awaitable[Any]]]
_MISSING = object()


@cache
def _is_computed(owner: type, name: str) -> bool:
    return hasattr(owner, name)


@cache
def _takers(receiver: type, method: str, message: type[Message]) -> tuple[list[type], bool]:
    """Return the classes of a receiver that take a message, and whether any is told so by ``on``.

    Args:
        receiver: Its class.
        method: What a method that takes it is called.
        message: The message's class.
    """
    kinds = set(message.__mro__)
    names = {method, f"_{method}"}
    named = [each for each in receiver.__mro__ if not names.isdisjoint(vars(each))]
    return named, any(not kinds.isdisjoint(_decorated(each)) for each in receiver.__mro__)


def _decorated(owner: type) -> Iterable[type[Message]]:
    return cast("dict[type[Message], object]", vars(owner).get("_decorated_handlers") or {})


def use(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Textual look things up like this; what a test before changed in classes is forgotten."""
    _takers.cache_clear()
    look_through, read = MessagePump._get_dispatch_methods, Reactive.__get__

    def methods(self: MessagePump, method_name: str, message: Message) -> Iterable[_Handler]:
        receiver: Any = type(self)  # classes can be hashed, though mypy has its doubts
        kind: Any = type(message)
        named, decorated = _takers(receiver, method_name, kind)
        if decorated:
            return look_through(self, method_name, message)
        return _of_classes(self, named, method_name, message)

    def get(self: Reactive[Any], owner: Any, owner_type: type) -> Any:
        if owner is not None:
            kind: Any = type(owner)
            value = vars(owner).get(self.internal_name, _MISSING)
            if value is not _MISSING and not _is_computed(kind, self.compute_name):
                return value
        return read(self, owner, owner_type)

    def get_rule(self: RenderStyles, rule_name: str, default: object = None) -> object:
        inline = self._inline_styles._rules
        rules = inline if rule_name in inline else self._base_styles._rules
        return rules.get(rule_name, default)

    monkeypatch.setattr(MessagePump, "_get_dispatch_methods", methods)
    monkeypatch.setattr(Reactive, "__get__", get)
    monkeypatch.setattr(RenderStyles, "get_rule", get_rule)


def _of_classes(
    receiver: MessagePump, classes: Iterable[type], method_name: str, message: Message
) -> Iterator[_Handler]:
    for each in classes:
        if message._no_default_action:
            return
        own = vars(each)
        method = own.get(f"_{method_name}") or own.get(method_name)
        if method is not None and not getattr(method, "_textual_on", None):
            yield each, method.__get__(receiver, each)
