"""Package syscall of Go: system calls, their errors and their addresses."""
