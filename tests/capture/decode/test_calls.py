"""System-call arguments: rows of raw words and memory, and the values they are."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.json import decode, encode

from walkthrough.capture.decode.addresses import socket_address
from walkthrough.capture.decode.calls import (
    CallSpec,
    arguments,
    calls_of,
    calls_of_programs,
    result_flags,
    save_memory,
)
from walkthrough.capture.decode.kinds import open_flags, socket_type
from walkthrough.capture.decode.memory import FakeMemory, Memory
from walkthrough.formatting.strace_lines import line
from walkthrough.model.events import CallReturned
from walkthrough.model.linux import constants as k
from walkthrough.model.values import (
    Argument,
    Constant,
    Data,
    EpollEvent,
    Fields,
    Flags,
    Pointer,
    Reference,
    Several,
    SocketAddress,
    Text,
    Unreadable,
    Value,
)

CALLS = calls_of_programs("x86_64")
BY_NAME = {spec.name: spec for spec in CALLS.values()}
INET = struct.pack("<H", 2) + struct.pack(">H", 7099) + bytes([127, 0, 0, 1]) + bytes(8)
INET6 = struct.pack("<H", 10) + struct.pack(">HI", 80, 0) + bytes(15) + b"\1" + bytes(4)
ET_ALL = 0x80002005


def values(
    spec: CallSpec, words: tuple[int, ...], memory: Memory, result: int | None = None
) -> dict[str, Value]:
    words = words + (0,) * (6 - len(words))
    before = save_memory(spec, memory, words)
    after = save_memory(spec, memory, words, result) if result is not None else ()
    return {each.name: each.value for each in arguments(spec, words, before, after, result)}


def test_socket() -> None:
    found = values(BY_NAME["socket"], (2, 0o2004001, 0), FakeMemory({}))
    assert found == {
        "domain": Constant("AF_INET", 2),
        "type": Flags(("SOCK_STREAM", "SOCK_CLOEXEC", "SOCK_NONBLOCK"), 0o2004001),
        "protocol": Constant("IPPROTO_IP", 0),
    }


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (INET, SocketAddress("AF_INET", "127.0.0.1", 7099)),
        (INET6, SocketAddress("AF_INET6", "::1", 80)),
        (b"\1\0/run/x\0rest", SocketAddress("AF_UNIX", path="/run/x")),
        (b"\1\0\0abstract", SocketAddress("AF_UNIX", path="\0abstract")),
        (b"\x10\0\1\2", Data(b"\x10\0\1\2", 4)),
        (b"\2", Data(b"\2", 1)),
        (INET[:6], Data(INET[:6], 6)),
    ],
)
def test_socket_address(raw: bytes, expected: Value) -> None:
    assert socket_address(raw) == expected


def test_bind_reads_the_address() -> None:
    found = values(BY_NAME["bind"], (3, 0x1000, 16), FakeMemory({0x1000: INET}))
    assert found["addr"] == SocketAddress("AF_INET", "127.0.0.1", 7099)


def test_bad_pointer_is_data() -> None:
    found = values(BY_NAME["bind"], (3, 0xDEAD0, 16), FakeMemory({}))
    assert found["addr"] == Unreadable("no memory there", 0xDEAD0)


def test_accept4_tells_the_peer_only_once_it_returned() -> None:
    memory = FakeMemory({0x1000: INET + bytes(112), 0x2000: struct.pack("<I", 16)})
    spec, words = BY_NAME["accept4"], (3, 0x1000, 0x2000, 0o2004000, 0, 0)
    entered = {a.name: a.value for a in arguments(spec, words, save_memory(spec, memory, words))}
    assert entered["addr"] == Pointer(0x1000)
    assert values(spec, words, memory, 4)["addr"] == SocketAddress("AF_INET", "127.0.0.1", 7099)
    assert values(spec, words, memory, -11)["addr"] == Pointer(0x1000)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (b"\1\0", SocketAddress("AF_UNIX")),  # a client without a name
        (b"\1\0/run/s\0", SocketAddress("AF_UNIX", path="/run/s")),
        (b"\1\0\0ab", SocketAddress("AF_UNIX", path="\0ab")),
        (INET, SocketAddress("AF_INET", "127.0.0.1", 7099)),
        (b"", Pointer(0x1000)),
    ],
)
@pytest.mark.parametrize("call", ["accept4", "getpeername"])
def test_of_an_address_only_what_the_kernel_wrote_counts(
    call: str, written: bytes, expected: Value
) -> None:
    length = struct.pack("<I", len(written))
    memory = FakeMemory({0x1000: (written + b"of a call before").ljust(112), 0x2000: length})
    assert values(BY_NAME[call], (3, 0x1000, 0x2000), memory, 0)["addr"] == expected


def test_a_datagram_comes_with_its_sender() -> None:
    memory = FakeMemory(
        {0x1000: b"hello", 0x2000: INET + bytes(112), 0x3000: struct.pack("<I", 16)}
    )
    words = (3, 0x1000, 65536, 0, 0x2000, 0x3000)
    found = values(BY_NAME["recvfrom"], words, memory, 5)
    assert found["buf"] == Data(b"hello", 5)
    assert found["src_addr"] == SocketAddress("AF_INET", "127.0.0.1", 7099)


def test_a_path_is_unlinked() -> None:
    memory = FakeMemory({0x1000: b"/run/s\0".ljust(4096, b"z")})
    found = values(BY_NAME["unlinkat"], ((1 << 64) - 100, 0x1000, 0), memory)
    assert list(found.values()) == [Constant("AT_FDCWD", -100), Text("/run/s"), Flags((), 0)]


def test_a_length_that_the_kernel_changed_shows_both() -> None:
    spec, words = BY_NAME["getsockname"], (3, 0x1000, 0x2000, 0, 0, 0)
    before = save_memory(spec, FakeMemory({0x2000: struct.pack("<I", 112)}), words)
    after = FakeMemory({0x1000: INET + bytes(112), 0x2000: struct.pack("<I", 16)})
    found = arguments(spec, words, before, save_memory(spec, after, words, 0), 0)
    assert found[2].value == Reference(Several((112, 16)))


def test_epoll() -> None:
    memory = FakeMemory({0x1000: struct.pack("<IQ", ET_ALL, 0x1122334455667788) * 2})
    found = values(BY_NAME["epoll_ctl"], (5, 1, 3, 0x1000), memory)
    event = EpollEvent(
        Flags(("EPOLLIN", "EPOLLOUT", "EPOLLRDHUP", "EPOLLET"), ET_ALL), 0x1122334455667788
    )
    assert found["op"] == Constant("EPOLL_CTL_ADD", 1)
    assert found["event"] == event
    waited = values(BY_NAME["epoll_pwait"], (5, 0x1000, 128, (1 << 64) - 1, 0, 0), memory, 2)
    assert waited["events"] == Several((event, event))
    assert waited["timeout"] == -1


def test_setsockopt_names_the_option_by_its_level() -> None:
    memory = FakeMemory({0x1000: struct.pack("<i", 1)})
    reuse = values(BY_NAME["setsockopt"], (3, 1, 2, 0x1000, 4), memory)
    assert (reuse["level"], reuse["optname"], reuse["optval"]) == (
        Constant("SOL_SOCKET", 1),
        Constant("SO_REUSEADDR", 2),
        Reference(1),
    )
    only = values(BY_NAME["setsockopt"], (3, 41, 26, 0x1000, 4), memory)
    assert only["optname"] == Constant("IPV6_V6ONLY", 26)


def test_read_keeps_what_came_and_counts_all() -> None:
    memory = FakeMemory({0x1000: b"x" * 5000})
    found = values(BY_NAME["read"], (4, 0x1000, 65536), memory, 5000)
    assert found["buf"] == Data(b"x" * 1024, 5000)
    assert values(BY_NAME["read"], (4, 0x1000, 65536), memory, 0)["buf"] == Data(b"", 0)
    assert values(BY_NAME["read"], (4, 0x1000, 65536), memory, -11)["buf"] == Pointer(0x1000)


def test_openat_stops_at_the_nul() -> None:
    memory = FakeMemory({0x1000: b"/proc/sys/net/core/somaxconn\0" + b"z" * 4096})
    at = (1 << 64) - 100
    found = values(BY_NAME["openat"], (at, 0x1000, 0o2000000), memory)
    assert found["dirfd"] == Constant("AT_FDCWD", -100)
    assert found["pathname"] == Text("/proc/sys/net/core/somaxconn")
    assert found["flags"] == Flags(("O_RDONLY", "O_CLOEXEC"), 0o2000000)


def test_fcntl_has_a_third_argument_only_where_the_command_takes_one() -> None:
    assert list(values(BY_NAME["fcntl"], (4, 3, 99), FakeMemory({}))) == ["fd", "op"]
    found = values(BY_NAME["fcntl"], (4, 4, 0o104000), FakeMemory({}))
    assert found["arg"] == Flags(("O_RDONLY", "O_NONBLOCK", "O_LARGEFILE"), 0o104000)


def test_what_depends_on_the_machine() -> None:
    arm = {spec.name: spec for spec in calls_of_programs("aarch64").values()}
    numbers = {spec.name: number for number, spec in calls_of("aarch64").items()}
    assert (numbers["read"], numbers["accept4"], numbers["socket"]) == (63, 242, 198)
    # Newer machines never had the calls that others replace.
    assert set(BY_NAME) - set(arm) == {
        *("pipe", "dup2", "unlink", "epoll_create", "epoll_wait", "eventfd"),
        *("open", "poll", "select"),
    }
    memory = FakeMemory({0x1000: struct.pack("<I4xQ", 1, 7) + struct.pack("<I4xQ", 4, 8)})
    waited = values(arm["epoll_pwait"], (5, 0x1000, 128, (1 << 64) - 1, 0, 0), memory, 2)
    assert waited["events"] == Several(
        (EpollEvent(Flags(("EPOLLIN",), 1), 7), EpollEvent(Flags(("EPOLLOUT",), 4), 8))
    )
    opened = values(arm["openat"], ((1 << 64) - 100, 0x1000, 0o140000), FakeMemory({}))
    assert opened["flags"] == Flags(("O_RDONLY", "O_NOFOLLOW", "O_DIRECTORY"), 0o140000)
    set_to = values(arm["fcntl"], (4, 4, 0o404000), FakeMemory({}))
    assert set_to["arg"] == Flags(("O_RDONLY", "O_NONBLOCK", "O_LARGEFILE"), 0o404000)
    assert calls_of("vax") == {}


def test_flags_that_a_call_returns_are_named_by_the_machine() -> None:
    arm = {spec.name: spec for spec in calls_of("aarch64").values()}
    got = (4, 3, 0, 0, 0, 0)  # F_GETFL
    assert result_flags(arm["fcntl"], got, 0o404002) == Flags(
        ("O_NONBLOCK", "O_LARGEFILE"), 0o404000
    )
    assert result_flags(arm["fcntl"], got, -9) is None
    assert result_flags(arm["fcntl"], (4, 1, 0, 0, 0, 0), 1) is None  # F_GETFD
    assert result_flags(arm["dup3"], got, 4) is None
    # Where it is told as x86_64 has it, nothing has to be said.
    assert result_flags(BY_NAME["fcntl"], got, 0o104002) is None


@given(st.integers(0, (1 << 32) - 1), st.sampled_from(["x86_64", "aarch64"]))
def test_flags_lose_no_bit(raw: int, machine: str) -> None:
    for found in (socket_type(raw), open_flags(raw, k.open_flag_names(machine))):
        assert found.raw == raw
        assert found.names or found.rest == raw


@given(
    st.sampled_from(sorted(CALLS)),
    st.tuples(*[st.integers(0, (1 << 64) - 1)] * 6),
    st.none() | st.integers(-4095, 1 << 20),
)
def test_no_words_whatever_raise(number: int, words: tuple[int, ...], result: int | None) -> None:
    found = values(CALLS[number], words, FakeMemory({}), result)
    assert len(found) <= 6


class AnyMemory:
    """Readable everywhere, and holds the same few bytes again and again."""

    def __init__(self, pattern: bytes) -> None:
        self._pattern = pattern

    def read(self, address: int, length: int) -> bytes:
        assert length <= 4096, "no more is saved of one argument"
        return (self._pattern * (length // len(self._pattern) + 1))[:length]


@given(
    st.sampled_from(sorted(CALLS)),
    st.tuples(*[st.one_of(st.integers(0, 99), st.integers(0, (1 << 64) - 1))] * 6),
    st.none() | st.integers(-4095, 1 << 20),
    st.one_of(st.binary(min_size=1, max_size=40), st.sampled_from([b"\0", b"\x01\0\0\0\0\0\0\0"])),
)
def test_no_memory_whatever_raises(
    number: int, words: tuple[int, ...], result: int | None, pattern: bytes
) -> None:
    found = values(CALLS[number], words, AnyMemory(pattern), result)
    done = CallReturned(
        seq=0,
        time_ns=0,
        call=CALLS[number].name,
        arguments=tuple(Argument(name, value) for name, value in found.items()),
    )
    assert line(None, done).isascii()
    assert decode(encode(done), type=CallReturned) == done


def test_a_buffer_that_ends_where_memory_does_is_shown_as_far_as_it_goes() -> None:
    page = 0x2000
    memory = FakeMemory({page - 100: b"x" * 100})
    write = BY_NAME["write"]
    assert values(write, (1, page - 100, 4000), memory)["buf"] == Data(b"x" * 100, 4000)
    assert values(write, (1, page - 20, 4000), memory)["buf"] == Unreadable(
        "no memory there", page - 20
    )


def test_a_path_may_go_over_the_end_of_a_page_but_not_of_memory() -> None:
    memory = FakeMemory({0x1FFE: b"/a", 0x2000: b"b\0".ljust(4096, b"z"), 0x5FFE: b"/a"})
    unlink = BY_NAME["unlink"]
    assert values(unlink, (0x1FFE,), memory)["pathname"] == Text("/ab")
    assert values(unlink, (0x5FFE,), memory)["pathname"] == Unreadable("no memory there", 0x5FFE)
    bytes_ = FakeMemory({0x1000: b"/\xff\0".ljust(4096)})
    assert values(unlink, (0x1000,), bytes_)["pathname"] == Data(b"/\xff", 2)


def test_a_message_in_parts() -> None:
    header = struct.pack("<QI4xQQQQi4x", 0x2000, 16, 0x3000, 2, 0x4000, 20, 0)
    memory = FakeMemory(
        {
            0x1000: header,
            0x2000: INET,
            0x3000: struct.pack("<QQQQ", 0x5000, 3, 0x5003, 4),
            0x4000: struct.pack("<QIIi", 20, 1, 1, 7),
            0x5000: b"oneford",
        }
    )
    found = values(BY_NAME["sendmsg"], (5, 0x1000, 0), memory)["msg"]
    assert isinstance(found, Fields)
    assert found.fields["msg_name"] == SocketAddress("AF_INET", "127.0.0.1", 7099)
    assert found.fields["msg_iov"] == Several(
        (
            Fields("iovec", {"iov_base": Data(b"one", 3), "iov_len": 3}),
            Fields("iovec", {"iov_base": Data(b"ford", 4), "iov_len": 4}),
        )
    )
    assert found.fields["msg_control"] == Several(
        (
            Fields(
                "cmsghdr",
                {
                    "cmsg_len": 20,
                    "cmsg_level": Constant("SOL_SOCKET", 1),
                    "cmsg_type": Constant("SCM_RIGHTS", 1),
                    "cmsg_data": Several((7,)),
                },
            ),
        )
    )
