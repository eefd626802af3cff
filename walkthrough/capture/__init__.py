"""Runs a server and turns what it does into events. The only layer with ptrace, sockets, clocks."""
