"""What can be wrong in a scenario's files, and the one sentence that says so."""
