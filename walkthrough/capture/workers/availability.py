"""Which of the available scenarios can run here.

Run as ``python -m walkthrough.capture.workers.availability``.

A separate process, since finding out means trying: it forks, traces, opens sockets. The screen,
which must do none of that, reads the answer.
"""

import sys

import msgspec

from walkthrough.capture.environment import leftovers, network_namespace
from walkthrough.capture.environment.doctor import can_trace_go
from walkthrough.capture.environment.exposure import exposed, wants_namespace
from walkthrough.capture.environment.requirements import (
    MissingRequirement,
    RequirementKind,
    missing_requirement,
)
from walkthrough.capture.environment.server_kind import ServerKind
from walkthrough.capture.environment.system import refused_elsewhere
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.workers.availability_report import Availability, Unavailable
from walkthrough.formatting.terminal import say, show_json
from walkthrough.i18n.messages import Message
from walkthrough.scenario.loader import ScenarioError, folders, load_folder
from walkthrough.scenario.schema import Scenario


def check_availability() -> Availability:
    """Find out what can run here; takes some tenths of a second."""
    go, why_not_go = can_trace_go()
    machine: dict[ServerKind, Message | str | None] = {
        ServerKind.GO: None if go else why_not_go,
        ServerKind.PYTHON: refused_elsewhere(),
    }
    refusal = network_namespace.try_namespace().refusal
    answers, alone, open_to_others = [], [], []
    for name, folder in folders().items():
        try:
            scenario = load_folder(folder)
        except ScenarioError:
            continue
        isolated = refusal is None and wants_namespace(scenario)
        if isolated:
            alone.append(name)
        elif exposed(scenario):
            open_to_others.append(name)
        for server, trouble in machine.items():
            lacking = MissingRequirement(RequirementKind.MACHINE, trouble) if trouble else None
            lacking = lacking or _missing(scenario, server, isolated)
            if lacking is None:
                answers.append(Unavailable(name, server.value))
            else:
                answers.append(Unavailable(name, server.value, lacking.lack.value, lacking.why))
    why = refusal.why if refusal is not None else ""
    return Availability(go, tuple(answers), tuple(alone), tuple(open_to_others), why)


def _missing(scenario: Scenario, server: ServerKind, alone: bool) -> MissingRequirement | None:
    try:
        return missing_requirement(scenario, server, alone=alone)
    except CaptureError as error:
        return MissingRequirement(RequirementKind.MACHINE, error.message)
    except OSError as error:
        return MissingRequirement(RequirementKind.MACHINE, str(error))


def main() -> int:
    """Print the answers as one JSON object."""
    leftovers.remove()
    try:
        availability = check_availability()
    except ScenarioError as error:
        from walkthrough.user_data.language import catalogue_for  # not for an answer

        say(catalogue_for(sys.argv[1:])[0].text(error.message))
        return 2
    show_json(msgspec.to_builtins(availability))
    return 0


if __name__ == "__main__":
    sys.exit(main())
