"""Style sheets are parsed once for all screens of a run: a fifth of a screen's work was that.

Textual keeps what it has parsed, but with each application; tests make hundreds of them.
"""

from collections.abc import Hashable
from typing import Any

import pytest
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

_parsed: dict[Hashable, list[RuleSet]] = {}


def use(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let style sheets take the rules of earlier ones with the same text and variables."""
    parse = Stylesheet._parse_rules

    def parse_once(self: Stylesheet, *args: Any, **named: Any) -> list[RuleSet]:
        key = (tuple(self._variables.items()), args, tuple(named.items()))
        if key not in _parsed:
            _parsed[key] = parse(self, *args, **named)
        return _parsed[key]

    monkeypatch.setattr(Stylesheet, "_parse_rules", parse_once)
