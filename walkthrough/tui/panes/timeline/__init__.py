"""The timeline: all events on one line, lanes, the user's own marks."""
