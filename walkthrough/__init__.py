"""Step through the listen/accept path of Go's net package, live or from a recording."""

__version__ = "0.1.0"
