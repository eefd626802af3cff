"""What a capture needs of the machine: Go, ptrace, resources, folders and networks of its own."""
