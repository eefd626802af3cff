"""What the command palette offers: the actions in front, found by words of either language or key.

An action that cannot be done now is offered too: it says why not.
"""

from functools import partial

from rich.text import Text
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from walkthrough.i18n.catalogue import Catalogue, readable_catalogues
from walkthrough.tui.app_context import ActionTarget, app_of
from walkthrough.tui.widgets.action import Action


def score(action: Action, typed: str) -> float:
    """Return how well an action goes with what was typed, 0 for not at all and at most 1.

    Every word must be in its key, its name or its sentence, in either language. A name that begins
    with all of it counts most, then a key, a name that holds it, and a sentence.
    Case counts: a match in another case comes after one in the same case.
    """
    worth = _worth(action, typed)
    if typed != typed.lower():
        as_written = " ".join((*_names(action), *_sentences(action), action.shown))
        if not all(word in as_written for word in typed.split()):
            return worth / 5
    return worth


def _worth(action: Action, typed: str) -> float:
    text = " ".join(typed.lower().split())
    names = [name.lower() for name in _names(action)]
    keys = action.shown.split()
    everything = " ".join(
        (*names, *_sentences(action), action.shown, action.id.replace("_", " "))
    ).lower()
    if not all(word in everything for word in text.split()):
        return 0
    if any(name.startswith(text) for name in names):
        return 1.0 if text in names else 0.9
    if typed.strip() in keys:
        return 0.95
    if any(text in name for name in names):
        return 0.7
    return 0.5 if all(word in " ".join(names) for word in text.split()) else 0.3


def _names(action: Action) -> tuple[str, ...]:
    if action.id == "language":
        return tuple(tr.name for tr in readable_catalogues())
    return action.in_every_language(action.label)


def _sentences(action: Action) -> tuple[str, ...]:
    return action.in_every_language(action.help)


class ActionProvider(Provider):
    """Offers the actions to the palette."""

    def _front(self) -> tuple[ActionTarget, tuple[Action, ...]] | None:
        """Return the screen that actions are for, and those to offer."""
        front = app_of(self.screen).front()
        if front is None:
            return None
        return front, tuple(action for action in front.actions if action.id != "palette")

    async def discover(self) -> Hits:
        """Offer all, as the help screen lists them."""
        if (found := self._front()) is None:
            return
        front, offered = found
        for action in offered:
            yield DiscoveryHit(
                _prompt(action, front.tr),
                partial(front.action_perform, action.id),
                help=_as_markup(front.tr(action.help)),
            )

    async def search(self, query: str) -> Hits:
        """Offer those that go with what was typed; if there are none, say so."""
        if (found := self._front()) is None:
            return
        front, offered = found
        hits = [(worth, action) for action in offered if (worth := score(action, query))]
        for worth, action in hits:
            yield Hit(
                worth,
                _prompt(action, front.tr),
                partial(front.action_perform, action.id),
                help=_as_markup(front.tr(action.help)),
            )
        if not hits:
            yield Hit(
                0.1,
                Text(front.tr("No action has this in its keys, its name or its sentence.")),
                lambda: None,
            )


def _prompt(action: Action, tr: Catalogue) -> Text:
    return Text.assemble(action.name(tr), "  ", (action.shown, "bold"))


def _as_markup(text: str) -> str:
    """Return what markup shows as ``text``: a key may be a bracket."""
    return Content(text).markup
