"""What the command palette offers: the action table, found by words of either language and by key.

An action that cannot be done now is offered too: it says why not.
"""

from functools import partial
from typing import TYPE_CHECKING

from rich.text import Text
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from walkthrough.tui.action import Action
from walkthrough.tui.actions import ACTIONS
from walkthrough.tui.find.words import find_words

if TYPE_CHECKING:
    from walkthrough.tui.walk import WalkScreen

_OFFERED = tuple(action for action in ACTIONS if action.id != "palette")


def score(action: Action, typed: str) -> float:
    """Return how well an action goes with what was typed, 0 for not at all and at most 1.

    Every word must be in its key, its name or its sentence, in either language. A name that begins
    with all of it counts most, then a key, a name that holds it, and a sentence.
    """
    text = " ".join(typed.lower().split())
    names = [name.lower() for name in action.label]
    keys = action.shown.split()
    everything = " ".join((*names, *action.help, action.shown, action.id.replace("_", " "))).lower()
    if not all(word in everything for word in text.split()):
        return 0
    if any(name.startswith(text) for name in names):
        return 1.0 if text in names else 0.9
    if typed.strip() in keys:
        return 0.95
    if any(text in name for name in names):
        return 0.7
    return 0.5 if all(word in " ".join(names) for word in text.split()) else 0.3


class Actions(Provider):
    """Offers the actions to the palette."""

    @property
    def _walk(self) -> "WalkScreen":
        from walkthrough.tui.walk import WalkScreen

        return next(one for one in self.app.screen_stack if isinstance(one, WalkScreen))

    async def discover(self) -> Hits:
        """Offer all, as the help screen lists them."""
        language = self._walk.language
        for action in _OFFERED:
            yield DiscoveryHit(
                _prompt(action, language),
                partial(self._walk.action_perform, action.id),
                help=_as_markup(action.help_in(language)),
            )

    async def search(self, query: str) -> Hits:
        """Offer those that go with what was typed; if there are none, say so."""
        language = self._walk.language
        found = False
        for action in _OFFERED:
            if worth := score(action, query):
                found = True
                yield Hit(
                    worth,
                    _prompt(action, language),
                    partial(self._walk.action_perform, action.id),
                    help=_as_markup(action.help_in(language)),
                )
        if not found:
            yield Hit(0.1, Text(find_words(language).help_none), lambda: None)


def _prompt(action: Action, language: str) -> Text:
    return Text.assemble(action.label_in(language), "  ", (action.shown, "bold"))


def _as_markup(text: str) -> str:
    """Return what markup shows as ``text``: a key may be a bracket."""
    return Content(text).markup
