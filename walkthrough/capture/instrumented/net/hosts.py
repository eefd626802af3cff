"""net/hosts.go: names in the hosts file, the only ones this server knows."""

from ipaddress import ip_address

from walkthrough.capture.instrumented.errors import Errno
from walkthrough.capture.instrumented.net import parse


def lookup_static_host(host: str) -> list[str]:
    """Return the addresses that /etc/hosts gives ``host``, in its order; case does not matter."""
    try:
        file = parse.open_("/etc/hosts")
    except Errno:
        return []
    found = []
    try:
        while (line := file.read_line()) is not None:
            address, *names = line.partition("#")[0].split() or [""]
            if host.lower().rstrip(".") in (name.lower() for name in names) and _valid(address):
                found.append(address)
    finally:
        file.close()
    return found


def _valid(address: str) -> bool:
    try:
        ip_address(address)
    except ValueError:
        return False
    return True
