"""Aligns the system calls of two runs and reports what differs. Pure."""
