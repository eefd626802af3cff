"""The screen. The only layer that imports textual; draws steps, knows nothing of ptrace."""
