"""What a capture needs from the machine: Go, ptrace, resources, folders and network namespaces."""
