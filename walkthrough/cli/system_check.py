"""Refuses to capture where nothing can be captured, before what only Linux has is imported."""

from walkthrough.cli.errors import UsageError


def refuse_elsewhere() -> None:
    """Refuse on any system but Linux.

    Raises:
        UsageError: This is another system; recordings can be replayed on it.
    """
    from walkthrough.capture.environment.system import refused_elsewhere

    if sentence := refused_elsewhere():
        raise UsageError(sentence)
