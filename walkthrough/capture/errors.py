"""The one exception a capture raises for what a user can cause or fix."""

from walkthrough.i18n.errors import MessageError


class CaptureError(MessageError):
    """A capture cannot start or go on; its message is one sentence that says what to do next."""
