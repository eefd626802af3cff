"""The servers that a scenario can run under."""

from enum import StrEnum


class ServerKind(StrEnum):
    """What ``--server`` takes."""

    AUTO = "auto"
    GO = "go"
    PYTHON = "python"
