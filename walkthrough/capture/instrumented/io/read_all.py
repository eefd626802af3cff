"""io/io.go ReadAll: reads until the end."""

from collections.abc import Awaitable, Callable

from walkthrough.capture.instrumented.errors import EndOfFile, RaisedError


async def read_all(
    read: Callable[[bytearray], Awaitable[int]],
) -> tuple[bytes, RaisedError | None]:
    """Call ``read`` until it says that there is no more; return all that came.

    The buffers passed to ``read`` are Go's: 512 bytes, then 256 and each half as large again.

    Returns:
        What came, and why reading failed (None: the end was reached).
    """
    chunks: list[bytes] = []
    capacity, filled, following = 512, 0, 256
    while True:
        room = bytearray(capacity - filled)
        try:
            n = await read(room)
        except EndOfFile:
            return b"".join(chunks), None
        except RaisedError as err:
            return b"".join(chunks), err
        chunks.append(bytes(room[:n]))
        filled += n
        if capacity - filled < capacity // 16:
            capacity, filled = following, 0
            following += following // 2
