"""Memory that is asked for by a pointer with a tag in it, as aarch64 allows."""

import ctypes
import os
from collections.abc import Iterator

import pytest

from walkthrough.capture.ptrace.architecture.aarch64 import AARCH64
from walkthrough.capture.ptrace.architecture.x86_64 import X86_64
from walkthrough.capture.ptrace.memory import ProcessMemory

TAGS = (0x00, 0x05, 0x0F, 0x80, 0xB4, 0xFF)  # of memory tagging, and of HWASan with its highest bit


@pytest.fixture
def own() -> Iterator[ProcessMemory]:
    memory = ProcessMemory(os.getpid(), AARCH64.address_bits)
    yield memory
    memory.close()


@pytest.mark.parametrize("tag", TAGS)
def test_a_tag_is_no_part_of_an_address(own: ProcessMemory, tag: int) -> None:
    text = ctypes.create_string_buffer(b"tagged")
    at = ctypes.addressof(text) | tag << 56
    assert own.read(at, 6) == own.read_up_to(at, 6) == b"tagged"
    own.write(at, b"w")
    assert text.value == b"wagged"


@pytest.mark.parametrize("tag", TAGS[1:])
def test_where_a_pointer_is_all_address_no_tag_is_left_out(tag: int) -> None:
    text = ctypes.create_string_buffer(b"tagged")
    memory = ProcessMemory(os.getpid(), X86_64.address_bits)
    at = ctypes.addressof(text) | tag << 56
    with pytest.raises(OSError, match=r"Input/output error|of the kernel"):
        memory.read(at, 6)
    assert memory.read_up_to(at, 6) == b""
    memory.close()


def test_an_address_of_the_kernel_is_not_read(own: ProcessMemory) -> None:
    with pytest.raises(OSError, match="Input/output error"):
        own.read(0xFFFF_8000_0000_0000, 8)
