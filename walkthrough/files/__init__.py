"""Folders and files that are the user's own."""
