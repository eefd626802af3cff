"""io/io.go ReadAll and LimitReader: reads until the end, or as far as is wanted."""

from collections.abc import Awaitable, Callable

from walkthrough.capture.instrumented.errors import EndOfFile, RaisedError

Read = Callable[[bytearray], Awaitable[int]]


def limit_reader(read: Read, most: int) -> Read:
    """Return a reader that says after ``most`` bytes that there is no more: io.LimitReader."""
    left = most

    async def limited(buffer: bytearray) -> int:
        nonlocal left
        if left <= 0:
            raise EndOfFile
        room = buffer if len(buffer) <= left else bytearray(left)
        n = await read(room)
        if room is not buffer:
            buffer[:n] = room[:n]
        left -= n
        return n

    return limited


async def read_all(
    read: Read,
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
