"""The recording file: its reader, its writer and its published schema. Knows events, not worlds."""
