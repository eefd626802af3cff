"""Reads the strace(1) logs: lines, calls, and the events they make. Writes nothing."""
