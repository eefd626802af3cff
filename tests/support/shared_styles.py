"""What style sheets say is found out once for all screens of a run.

Textual keeps what it has parsed, and which rules it has matched, but with each application; tests
make hundreds of them, and a third of a screen's work was to find the same again.
"""

from collections.abc import Callable, Hashable
from typing import Any, NamedTuple, cast

import pytest
from textual.css.model import RuleSet
from textual.css.styles import RulesMap
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode

_parsed: dict[Hashable, list[RuleSet]] = {}
_known: dict[tuple[int, ...], "_KnownSheet"] = {}
_SHEET, _OF, _PARTS = "_known_sheet", "_known_of", "_known_parts"
match = Stylesheet.apply
"""Finds for one node what applies to it, as Textual does."""
match_parts = Stylesheet._process_component_classes
"""Finds what applies to the parts of a widget, as Textual does."""


class _About(NamedTuple):
    """What the rules ask that may be about one kind of node.

    Attributes:
        pseudo_classes: Those that they ask for, of the node or of what it is in.
        shared: Whether they ask for nothing else than what `_place` says.
    """

    pseudo_classes: tuple[str, ...]
    shared: bool


class _Found:
    """What applies to a node.

    Attributes:
        said: As the rules say it, None if no rule does.
        kept: As the node keeps it, None until it has been given to one at once.
    """

    def __init__(self, said: RulesMap | None) -> None:
        self.said = said
        self.kept: RulesMap | None = None

    def given(self, node: DOMNode) -> None:
        """Note what has become of it in a node that had it given at once."""
        if self.said is not None and self.kept is None:
            self.kept = node.styles.base._rules.copy()


class _KnownSheet:
    """What is known of a style sheet, whichever application has it.

    Attributes:
        rules: Its rules. They are kept, so that no others get their ids.
        about: What is asked of a node, by its class, id and classes.
        found: What applies to a node, by `_place`.
    """

    def __init__(self, rules: list[RuleSet]) -> None:
        self.rules = rules
        self.about: dict[Hashable, _About] = {}
        self.found: dict[Hashable, _Found] = {}

    def about_node(self, sheet: Stylesheet, node: DOMNode) -> _About:
        """Return what is asked of a node."""
        kind = _kind(node)
        if kind not in self.about:
            named = sheet.rules_map
            names = named.keys() & node._selector_names
            asked = {name for each in names for rule in named[each] for name in rule.pseudo_classes}
            shared = asked.isdisjoint(Stylesheet._EXCLUDE_PSEUDO_CLASSES_FROM_CACHE)
            self.about[kind] = _About(tuple(sorted(asked)), shared)
        return self.about[kind]


def _kind(node: DOMNode) -> Hashable:
    return type(node), node._id, frozenset(node._classes)


def _place(node: DOMNode, pseudo_classes: tuple[str, ...]) -> Hashable:
    """Return all that selectors ask of a node and of what it is in, innermost first."""
    path: list[Hashable] = []
    around: object = node
    while isinstance(around, DOMNode):
        checks = cast("dict[str, Callable[[DOMNode], bool]]", around._PSEUDO_CLASSES)
        path.append(_kind(around))
        path += [name in checks and checks[name](around) for name in pseudo_classes]
        around = around._parent
    return tuple(path)


def _known_of(sheet: Stylesheet) -> _KnownSheet:
    rules = sheet.rules
    known: _KnownSheet | None = vars(sheet).get(_SHEET)
    if known is None or vars(sheet)[_OF] is not rules:
        known = _known.setdefault(tuple(map(id, rules)), _KnownSheet(rules))
        vars(sheet).update({_SHEET: known, _OF: rules})
    return known


def _give(sheet: Stylesheet, node: DOMNode, found: _Found, animate: bool) -> None:
    if found.said is None:
        return
    base = node.styles.base
    if base._rules == found.kept:
        if not animate:  # as Textual does it
            node.notify_style_update()
    elif (
        found.kept is not None
        and not (animate or node._is_mounted)
        and (not base._rules or type(node) is DOMNode)
    ):
        # It is no widget, but what a part of one looks like, or has just been made: nothing is
        # drawn for its sake, so there is no need to set rules one by one.
        base.reset()
        base._rules.update(found.kept)
        base._updates += 1
        node.notify_style_update()
    else:
        sheet.replace_rules(node, found.said, animate=animate)
        if not animate:
            found.given(node)


def _restyle_parts(sheet: Stylesheet, node: DOMNode) -> None:
    """Style what the parts of a widget look like, as Textual does, but with the nodes there are.

    It makes new ones each time, which takes longer than to style them.
    """
    names = node._get_component_classes()
    if not names:
        return
    parts: dict[str, DOMNode] = vars(node).setdefault(_PARTS, {})
    styles = node._component_styles
    styles.clear()
    changed = False
    for name in sorted(names):
        before = None
        if name in parts:
            before = parts[name].styles.base._rules.copy()
        else:
            parts[name] = DOMNode(classes=name)
            parts[name]._attach(node)
        sheet.apply(parts[name], animate=False)
        styles[name] = parts[name].styles
        changed = changed or styles[name].base._rules != before
    if changed:
        node.refresh()


def use(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let style sheets take what earlier ones with the same text and variables have found."""
    parse = Stylesheet._parse_rules

    def parse_once(self: Stylesheet, *args: Any, **named: Any) -> list[RuleSet]:
        key = (tuple(self._variables.items()), args, tuple(named.items()))
        if key not in _parsed:
            _parsed[key] = parse(self, *args, **named)
        return _parsed[key]

    def match_once(
        self: Stylesheet,
        node: DOMNode,
        *,
        animate: bool = False,
        cache: dict[tuple[Any, ...], RulesMap] | None = None,
    ) -> None:
        known = _known_of(self)
        about = known.about_node(self, node)
        if not about.shared:
            match(self, node, animate=animate, cache=cache)
            return
        place = _place(node, about.pseudo_classes)
        if place not in known.found:
            matched: dict[tuple[Any, ...], RulesMap] = {}
            match(self, node, animate=animate, cache=matched)
            found = known.found[place] = _Found(next(iter(matched.values()), None))
            if not animate:
                found.given(node)
            return
        node._has_hover_style = "hover" in about.pseudo_classes
        node._has_focus_within = node._has_order_style = node._has_odd_or_even = False
        _give(self, node, known.found[place], animate)
        self._process_component_classes(node)

    monkeypatch.setattr(Stylesheet, "_parse_rules", parse_once)
    monkeypatch.setattr(Stylesheet, "apply", match_once)
    monkeypatch.setattr(Stylesheet, "_process_component_classes", _restyle_parts)
