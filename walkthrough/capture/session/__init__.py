"""One run of a server: what halts it, what its clients do, and how it is recorded."""
