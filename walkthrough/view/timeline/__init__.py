"""The timeline, as rows."""
