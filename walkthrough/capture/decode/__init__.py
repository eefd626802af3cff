"""Raw words and bytes to typed values. Works on what a stop saved: no process, no ptrace."""
