"""The timeline: all events on one line, lanes, marks of one's own."""
