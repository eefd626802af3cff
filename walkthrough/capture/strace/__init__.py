"""Runs a scenario under strace(1) as well: the same run, or a second one with the same clients."""
