"""Traces a Go program with ptrace(2): breakpoints on its functions, stops at its system calls."""
