"""Decodes raw words and bytes, as a stop saved them, to typed values: no process, no ptrace."""
