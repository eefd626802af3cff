"""Package sync of Go: the little of it that the server needs."""
