"""Removes what killed processes have left: temporary folders and unfinished builds."""

from walkthrough.capture.environment import go_toolchain, program_cache, temporary_folders


def remove() -> None:
    """Remove what no process holds any more; called before a scenario is run."""
    temporary_folders.sweep()
    for place in program_cache.readable():
        temporary_folders.sweep(place / program_cache.BUILDS, go_toolchain.UNFINISHED)
