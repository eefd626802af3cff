"""Going to a place: prompt, bookmarks and pending jumps."""
