"""Runs strace(1) beside a scenario: the same run, or a second one with the same client."""
