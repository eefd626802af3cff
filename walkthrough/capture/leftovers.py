"""Removes what walkthroughs that were killed have left: temporary folders, and builds half done."""

from walkthrough.capture import cache, temporary, toolchain


def remove() -> None:
    """Remove what nobody holds any more; whoever runs a scenario does so first."""
    temporary.sweep()
    for place in cache.readable():
        temporary.sweep(place / cache.BUILDS, toolchain.UNFINISHED)
