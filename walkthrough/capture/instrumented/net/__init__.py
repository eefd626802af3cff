"""Package net of Go: addresses, sockets, listeners, connections."""
