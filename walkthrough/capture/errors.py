"""The one exception a capture raises for what a user can cause or mend."""


class CaptureError(Exception):
    """A capture cannot start or go on; its text is one sentence that says what to do next."""
