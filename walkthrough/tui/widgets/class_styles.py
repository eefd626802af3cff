"""Gives a widget classes and restyles what rules about them can reach, and nothing else.

Textual restyles everything below a widget whose classes change, which for a screen of panes takes
longer than to draw it.
"""

from collections.abc import Collection, Iterator, Mapping

from textual.css.model import Selector, SelectorType
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.widget import Widget


def give_classes(widget: Widget, classes: Mapping[str, bool]) -> bool:
    """Give a widget classes, or take them away.

    Args:
        widget: The widget.
        classes: Whether it has them from now on, by name.

    Returns:
        Whether any of that is new.
    """
    changed = {name for name, on in classes.items() if widget.has_class(name) is not on}
    if not changed:
        return False
    widget.update_classes(classes, update=False)
    about = [*_styled(widget.app.stylesheet, changed)]
    reached: dict[DOMNode, None] = {}
    for node in widget.walk_children(with_self=True):
        if node not in reached and any(_may_match(selector, node) for selector in about):
            # What is below may show what its container is drawn with.
            reached |= dict.fromkeys(node.walk_children(with_self=True))
    widget.app.stylesheet.update_nodes(reached, animate=True)
    return True


def _styled(stylesheet: Stylesheet, names: Collection[str]) -> Iterator[Selector]:
    """Yield what rules about some classes style: the last part of their selectors."""
    for rule in stylesheet.rules:
        for parts in rule.selector_set:
            if any(one.type is SelectorType.CLASS and one.name in names for one in parts.selectors):
                yield parts.selectors[-1]


def _may_match(selector: Selector, node: DOMNode) -> bool:
    if selector.type is SelectorType.CLASS and selector.name in node._get_component_classes():
        return True
    return selector.check(node)
