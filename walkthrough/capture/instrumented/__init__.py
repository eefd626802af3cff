"""The instrumented server: Go's listen/accept path walked in Python, laid out as Go's source is.

``python -m walkthrough.capture.instrumented`` is the server, `target` observes it. Each module is
named for the Go file it stands beside; each function says in its decorator which one it is.
"""
