"""Questions about what comes next: the scenario's own, and those made from the trace."""
