"""Home: the scenarios by chapter, recent recordings, the tour."""
