"""Checks a run against what its scenario promises."""
