"""Removes what walkthroughs that were killed have left: temporary folders, and builds half done."""

from walkthrough.capture.environment import go_toolchain, program_cache, temporary_folders


def remove() -> None:
    """Remove what nobody holds any more; whoever runs a scenario does so first."""
    temporary_folders.sweep()
    for place in program_cache.readable():
        temporary_folders.sweep(place / program_cache.BUILDS, go_toolchain.UNFINISHED)
