"""Reading to the end, or as far as is wanted, as package io of Go does."""

import asyncio

import pytest

from walkthrough.capture.instrumented.errors import EndOfFile
from walkthrough.capture.instrumented.io.read_all import Read, limit_reader, read_all


def reader(data: bytes, asked: list[int]) -> Read:
    left = bytearray(data)

    async def read(buffer: bytearray) -> int:
        asked.append(len(buffer))
        if not left:
            raise EndOfFile
        n = min(len(buffer), len(left))
        buffer[:n] = left[:n]
        del left[:n]
        return n

    return read


@pytest.mark.parametrize(
    ("most", "got", "buffers"),
    [
        (0, b"", []),  # not even asked
        (3, b"abc", [3]),
        (6, b"abcdef", [6]),
        (9, b"abcdef", [9, 3]),  # asked for what is left, and told that there is no more
    ],
)
def test_a_limit_is_kept(most: int, got: bytes, buffers: list[int]) -> None:
    asked: list[int] = []
    limited = limit_reader(reader(b"abcdef", asked), most)
    assert asyncio.run(read_all(limited)) == (got, None)
    assert asked == buffers


def test_without_a_limit_buffers_are_gos() -> None:
    asked: list[int] = []
    found, why = asyncio.run(read_all(reader(b"x" * 800, asked)))
    assert (len(found), why) == (800, None)
    assert asked == [512, 256, 384, 352]
