"""The instrumented server: Go's listen/accept path in Python, with the layout of Go's source.

``python -m walkthrough.capture.instrumented`` is the server, `target` observes it. Each module is
named after its Go file; each function says in its decorator which Go function it is.
"""
