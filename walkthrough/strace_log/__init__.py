"""Reads the logs of strace(1): lines, calls, and the events they make. Writes nothing."""
