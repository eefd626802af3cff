"""The recording file: its reader, its writer and its JSON Schema."""
