"""Finding: search, filter, copy."""
