"""Measures what a server's connections take: its own memory, and the kernel's for its sockets.

Everything is read without root, from /proc and sock_diag; see `MemoryMeasured` for what it means.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from walkthrough.model.events import MemoryMeasured
from walkthrough.model.kernel_state import KernelState

_FIGURES = b"figures:"
_NUMBER = re.compile(rb"([a-z][a-z_]{0,31})=(\d{1,18})(?=\s|$)")
_MOST_REPORTED = 16


def measure(
    pid: int, kernel: KernelState, output: Iterable[tuple[int, bytes]], buffers: int | None
) -> MemoryMeasured:
    """Return what is measured now, with ``seq`` -1 and ``time_ns`` 0.

    Args:
        pid: The server.
        kernel: The kernel's view of it now.
        output: What it has printed, by stream, oldest first.
        buffers: Bytes in its sockets' buffers and those of the far ends.
    """
    status = _table(Path(f"/proc/{pid}/status"))
    sockets = kernel.count_sockets("server")
    return MemoryMeasured(
        seq=-1,
        time_ns=0,
        connections=sum(count for state, count in sockets.items() if state != "LISTEN"),
        descriptors=kernel.count_descriptors(),
        interests=kernel.count_interests(),
        resident=_bytes(status.get("VmRSS")),
        private=_bytes(status.get("RssAnon")),
        threads=int(status.get("Threads", "0")),
        buffers=buffers,
        slab=_bytes(_table(Path("/proc/meminfo")).get("Slab")),
        tcp_socket=_protocol_size("TCP"),
        reported=reported_figures(output),
    )


def reported_figures(output: Iterable[tuple[int, bytes]]) -> dict[str, int]:
    """Return the numbers of the newest line ``figures: name=number name=number``."""
    written = b"".join(data for stream, data in output if stream == 1)
    lines = [line for line in written.splitlines() if line.startswith(_FIGURES)]
    found = _NUMBER.findall(lines[-1]) if lines else []
    return {name.decode("ascii"): int(number) for name, number in found[:_MOST_REPORTED]}


def _table(file: Path) -> dict[str, str]:
    """Read a file of lines ``name: value``; what cannot be read is empty, proc(5)."""
    try:
        lines = file.read_text("ascii", "replace").splitlines()
    except OSError:
        return {}
    pairs = (line.partition(":") for line in lines)
    return {name: value.strip() for name, _, value in pairs}


def _protocol_size(protocol: str) -> int | None:
    """Return the size of a socket of ``protocol``: the second column, net/core/sock.c."""
    try:
        lines = Path("/proc/net/protocols").read_text("ascii", "replace").splitlines()
    except OSError:
        return None
    sizes = {words[0]: words[1] for words in map(str.split, lines) if len(words) > 1}
    size = sizes.get(protocol, "")
    return int(size) if size.isdecimal() else None


def _bytes(text: str | None) -> int | None:
    """Convert a size as the kernel prints it, ``6412 kB``."""
    number, _, unit = (text or "").partition(" ")
    return int(number) * 1024 if number.isdecimal() and unit == "kB" else None
