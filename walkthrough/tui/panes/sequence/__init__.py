"""The sequence diagram: client | kernel | server."""
