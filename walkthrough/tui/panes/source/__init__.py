"""The source pane: its views, folding, definitions."""
