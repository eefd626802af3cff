"""What of a scenario holds for one server only, or for some versions of Go."""

from walkthrough.model.events import Header
from walkthrough.scenario.schema import CallsSeen, KernelConditions
from walkthrough.source.notes import FOLLOWED, holds_for


def holds_in(asked: CallsSeen | KernelConditions, header: Header) -> bool:
    """Return whether something is asked of the server and the Go version of a capture."""
    version = header.go_version or FOLLOWED
    return asked.server in ("", header.server) and holds_for(asked.versions, version)
