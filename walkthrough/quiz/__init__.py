"""Questions of what comes next: the scenario's own, and those that are made from the trace."""
