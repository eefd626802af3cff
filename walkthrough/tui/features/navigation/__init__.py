"""Going to a place: bookmarks and pending jumps."""
