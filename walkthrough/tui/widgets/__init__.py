"""Widgets and tools that know nothing of a walk."""
