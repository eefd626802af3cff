"""Step through the listen/accept path of Go's net package, live or from a recording."""

__version__ = "0.2.0"
"""The only place that states it: the package, ``--version``, recordings and the docs read it."""
