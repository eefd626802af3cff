"""Staying with one of several processes."""
