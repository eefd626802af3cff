"""The sequence diagram, as rows."""
