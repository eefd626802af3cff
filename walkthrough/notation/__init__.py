"""Text for values and system calls, in strace's notation, safe to show anywhere. Pure."""
