"""What a command refuses to do."""

from walkthrough.i18n.errors import MessageError


class UsageError(MessageError):
    """Something the user can correct; the message is one sentence that says how."""
