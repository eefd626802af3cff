"""The kernel's view of one process: descriptors, sockets, epoll, read from outside."""

from walkthrough.capture.kernel.observe import KernelObserver

__all__ = ["KernelObserver"]
