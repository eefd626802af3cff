"""Writes a recording in other programs' formats."""
