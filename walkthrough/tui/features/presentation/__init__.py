"""Presenting: it plays by itself, large, with captions."""
