"""What must not be overlooked at a step: how the server has ended, what was not captured."""

from collections.abc import Iterator

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import Message
from walkthrough.state.losses import loss
from walkthrough.state.world import World


def warnings_at(world: World, tr: Catalogue) -> Iterator[str]:
    """Yield what must be said about ``world``, one sentence each."""
    if world.exit_signal is not None:
        signal = world.exit_signal.name or str(world.exit_signal.raw)
        yield tr("the server was killed by {signal}", signal=signal)
    elif world.exit_code is not None:
        yield tr("the server has exited with status {code}", code=world.exit_code)
    if world.lost:
        what: list[str | int | float | Message] = [
            loss(kind, count) for kind, count in world.lost.items()
        ]
        yield tr("not captured: {what}", what=what)
