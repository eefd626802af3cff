"""Languages: messages as they are raised, and the gettext catalogues that translate them.

The one place that knows languages; it knows nothing of what the messages say. A message is made
with `messages`, wherever something is said, and becomes text with a `catalogue.Catalogue`, at the
edge: on the screen, on a page, on the command line.
"""
