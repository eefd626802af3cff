"""How a capture ended, as the commands say that write a recording."""

from walkthrough.i18n.messages import Message, in_context, plural

HOW_IT_ENDED = {
    "finished": in_context("how a capture ended", "finished"),
    "exited": in_context("how a capture ended", "exited"),
    "killed": in_context("how a capture ended", "killed"),
    "stopped": in_context("how a capture ended", "stopped"),
    "timed out": in_context("how a capture ended", "timed out"),
    "lost": in_context("how a capture ended", "lost"),
}
"""By the reasons in `CaptureEnded`."""
OF_A_TRACE = {
    **HOW_IT_ENDED,
    "timed out": in_context("how a capture ended", "its time was up"),
    "full": in_context("how a capture ended", "it had reached its limit"),
    "detached": in_context("how a capture ended", "detached"),
}
"""The same of a program that is traced, which nothing but its user limits."""


def recorded(events: int, file: Message | str, how: Message | str) -> Message:
    """Return what is said once a recording has been written."""
    return plural(
        "{count} event in {file} ({how}).",
        "{count} events in {file} ({how}).",
        events,
        file=file,
        how=how,
    )
