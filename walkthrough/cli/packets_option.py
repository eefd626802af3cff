"""The option ``--packets``: what it does not go with."""

from walkthrough.cli.errors import UsageError
from walkthrough.i18n.messages import message


def refuse_packets_outside(*, packets: bool, expose: bool) -> None:
    """Refuse to capture packets that are not in a network namespace of our own.

    Raises:
        UsageError: Both are wanted, ``--packets`` and ``--expose``.
    """
    if packets and expose:
        raise UsageError(
            message(
                "--packets runs the server in a network namespace of its own, and --expose on "
                "this machine's interfaces: use one of the two."
            )
        )
