"""A scenario: its folder, format, loading and JSON Schema."""
