"""The ladder: a sequence diagram, client | kernel | server."""
