"""The kernel's view of one process: descriptors, sockets, epoll, read from outside."""

from walkthrough.capture.kernel.observe import Observer

__all__ = ["Observer"]
