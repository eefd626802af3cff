"""Capture processes, and the code that starts them."""
