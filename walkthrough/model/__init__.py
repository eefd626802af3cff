"""Facts: stages, events, values, kernel state, and the words exchanged with a capture.

Knows no I/O, no clock and no other layer; every other layer may import it.
"""
