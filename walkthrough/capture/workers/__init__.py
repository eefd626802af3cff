"""Capture processes, and what the program that started them knows of them."""
