"""Package io of Go: reading to the end."""
