"""The client is yours: what it does is typed in a line."""
