"""The path pane."""
