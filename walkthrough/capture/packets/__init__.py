"""Packets of the loopback interface: captured, decoded, and tied to the events that sent them."""
