"""Go, Python and Markdown source: found, read, and joined with running functions."""
