"""The traced process's memory through a kept-open ``/proc/PID/mem``, see proc(5).

A tracer may read it and patch its text; one pread is one system call, however long.
"""

import os


class ProcessMemory:
    """Memory of one process; a decoder's `Memory` that can also be written.

    Args:
        pid: Whose memory it is.
        address_bits: Those of a pointer that are its address, see `Architecture`. A tag above them
            is left out here, since the kernel finds no memory by an offset that has one.

    Raises:
        OSError: It cannot be opened, or the process is gone.
    """

    def __init__(self, pid: int, address_bits: int = (1 << 64) - 1) -> None:
        self._fd = os.open(f"/proc/{pid}/mem", os.O_RDWR | os.O_CLOEXEC)
        self._address_bits = address_bits

    def read(self, address: int, length: int) -> bytes:
        """Return exactly ``length`` bytes at ``address``.

        Raises:
            OSError: Some of them cannot be read, or the process is gone.
        """
        offset = address & self._address_bits
        if offset >> 63:
            raise OSError(14, "an address of the kernel")
        data = os.pread(self._fd, length, offset)
        if len(data) != length:
            raise OSError(14, f"only {len(data)} of {length} bytes at {address:#x}")
        return data

    def read_up_to(self, address: int, length: int) -> bytes:
        """Return as many of ``length`` bytes as can be read, perhaps none."""
        try:
            return os.pread(self._fd, length, address & self._address_bits)
        except (OSError, OverflowError):
            return b""

    def write(self, address: int, data: bytes) -> None:
        """Write ``data`` at ``address``, text included.

        Raises:
            OSError: It cannot be written.
        """
        if os.pwrite(self._fd, data, address & self._address_bits) != len(data):
            raise OSError(14, f"could not write at {address:#x}")

    def close(self) -> None:
        """Close the descriptor."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
