"""Who may have the keys."""

from textual.widget import Widget


def can_have_keys(widget: Widget) -> bool:
    """Tell whether a widget can be seen and takes keys.

    To Textual, one is focusable too that is not displayed, or lies in something that is not.
    """
    return widget.focusable and all(node.display for node in widget.ancestors_with_self)
