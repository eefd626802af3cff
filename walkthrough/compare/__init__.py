"""Lays the system calls of two runs beside each other and says what differs. Pure."""
