"""Package os of Go: the little of it that the path needs."""
