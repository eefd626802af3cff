"""A server that forks two children, which poll one listener and serve a connection each."""

import os
import select
import socket
import sys


def serve(listener: socket.socket, number: int) -> None:
    """Serve one connection: send back what it says."""
    poller = select.epoll()
    listener.setblocking(False)
    poller.register(listener, select.EPOLLIN)
    while True:
        poller.poll()
        try:
            connection, _ = listener.accept()
        except BlockingIOError:
            continue
        connection.setblocking(True)
        connection.sendall(b"%d: " % number + connection.recv(100))
        connection.close()
        return


def main() -> None:
    """Fork, and wait for both."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", int(sys.argv[1])))
        listener.listen(8)
        children = []
        for number in range(2):
            child = os.fork()
            if not child:
                serve(listener, number)
                os._exit(number)
            children.append(child)
        for child in children:
            os.waitpid(child, 0)


if __name__ == "__main__":
    main()
