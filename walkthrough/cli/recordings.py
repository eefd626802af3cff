"""Which recording a command means: a file, or the one that comes with a scenario."""

import os
import shlex

from walkthrough.cli.errors import UsageError
from walkthrough.i18n.messages import message


def recording_of(what: str) -> str:
    """Return the file of the recording that ``what`` names; a file comes before a scenario.

    Raises:
        UsageError: It names a scenario that comes without one.
    """
    if os.path.dirname(what) or os.path.isfile(what):
        return what
    # Only a name needs what reads scenarios, which takes longer to import than to export a file.
    from walkthrough.scenario import loader as scenarios

    try:
        if what not in scenarios.names():
            return what
        found = scenarios.find(what) / scenarios.RECORDING
    except scenarios.ScenarioError as error:
        raise UsageError(error.message) from error
    if not found.is_file():
        how = shlex.join(("walkthrough", "record", what, "-o", f"{what}.jsonl"))
        raise UsageError(
            message(
                "{scenario} has no recording yet: make one with `{command}`.",
                scenario=what,
                command=how,
            )
        )
    return str(found)
