"""The panes of a walk."""
