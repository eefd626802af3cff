"""A program that makes system calls of every kind on the path, the odd ones too: to be run.

What it makes is between ``close(-77)`` and ``close(-78)``. All it points to lies at fixed
addresses, so that two runs differ in nothing but ports.

    python -S -E strace_catalogue.py NUMBERS

NUMBERS are those of the machine's calls, by name, as JSON.
"""

import ctypes
import json
import os
import signal
import socket
import struct
import sys

NUMBERS: dict[str, int] = json.loads(sys.argv[1])
AT_FDCWD = -100
REPLACED: dict[str, tuple[str, tuple[int, ...], tuple[int, ...]]] = {
    "pipe": ("pipe2", (), (0,)),
    "dup2": ("dup3", (), (0,)),
    "unlink": ("unlinkat", (AT_FDCWD,), (0,)),
    "epoll_create": ("epoll_create1", (), ()),
    "epoll_wait": ("epoll_pwait", (), (0, 8)),
    "eventfd": ("eventfd2", (), (0,)),
}
"""What newer machines have in place of a call: its name, and words before and behind."""
BASE, SIZE = 0x20000000, 0x20000
END = BASE + SIZE
"""Nothing is mapped from here on."""
BAD = 0xDEAD0000
NEVER = 0xFFFF_8000_0000_1000  # the kernel's half
NULL = 0

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
libc.mmap.restype = ctypes.c_void_p
# PROT_READ|PROT_WRITE; MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS
_WORDS = (BASE, SIZE, 3, 0x32, -1, 0)
if libc.mmap(*map(ctypes.c_long, _WORDS)) != BASE:
    sys.exit("no memory at the place it should be")
_free = BASE


def call(name: str, *words: int) -> int:
    """Make a call with words as they are; return its result or minus its error."""
    if name not in NUMBERS:
        name, before, behind = REPLACED[name]
        words = (*before, *words, *behind)
    result = libc.syscall(NUMBERS[name], *(ctypes.c_long(word) for word in words))
    return int(result) if result != -1 else -ctypes.get_errno()


def put(data: bytes) -> int:
    """Return the address of a copy of ``data``, with room behind it."""
    global _free
    at = _free
    ctypes.memmove(at, data, len(data))
    _free += (len(data) + 31) & ~15
    return at


def last(data: bytes) -> int:
    """Return the address of a copy of ``data`` that ends where memory does."""
    ctypes.memmove(END - len(data), data, len(data))
    return END - len(data)


def text(path: str) -> int:
    return put(os.fsencode(path) + b"\0")


def integer(value: int) -> int:
    return put(struct.pack("<i", value))


def inet(port: int, host: str = "127.0.0.1") -> bytes:
    return struct.pack("<H", 2) + struct.pack(">H", port) + socket.inet_aton(host) + bytes(8)


def inet6(port: int, host: str, flow: int = 0, scope: int = 0) -> bytes:
    head = struct.pack("<H", 10) + struct.pack(">HI", port, flow)
    return head + socket.inet_pton(socket.AF_INET6, host) + struct.pack("<I", scope)


def unix(path: bytes) -> bytes:
    return struct.pack("<H", 1) + path


def epoll_event(events: int, data: int) -> bytes:
    return struct.pack("<IQ", events, data)


def vector(*buffers: tuple[int, int]) -> int:
    return put(b"".join(struct.pack("<QQ", *one) for one in buffers))


def message(
    name: int = 0,
    name_length: int = 0,
    vectors: int = 0,
    count: int = 0,
    control: int = 0,
    control_length: int = 0,
    flags: int = 0,
) -> int:
    words = (name, name_length, vectors, count, control, control_length, flags)
    return put(struct.pack("<QI4xQQQQi4x", *words))


def control(level: int, kind: int, data: bytes) -> bytes:
    length = 16 + len(data)
    return struct.pack("<QII", length, level, kind) + data + bytes(-len(data) % 8)


def given(descriptor: int, data: bytes) -> None:
    """Connect and bind with an address: it must only be spelled."""
    call("connect", descriptor, put(data), len(data))


def strings() -> None:
    null = os.open("/dev/null", os.O_RDWR)
    for data in (
        b"",
        b"plain",
        b'quo"te\\back',
        b"\a\b\t\n\v\f\r\x1b\x7f\xff\x80",
        b"\x001\x008\x009\x00a\x00",
        b"\x01\x077\x07x",
        b"\xc3\xa9\xe4\xbd\xa0",
        b"a" * 32,
        b"a" * 33,
        b"a" * 31 + b"\x01" + b"7",
        b"a" * 5000,
        b"<...> = ) ( , /* */",
    ):
        call("write", null, put(data), len(data))
    call("write", null, NULL, 0)
    call("write", null, NULL, 5)
    call("write", 99, BAD, 5)
    call("write", null, BAD, 0)
    call("write", null, last(b"the end of memory"), 17)
    call("write", 99, last(b"the end of memory"), 40)
    call("write", 99, last(b"f" * 100), 4000)
    call("write", 99, NEVER, 3)
    call("write", -1, put(b"x"), -1)
    call("read", null, put(bytes(8)), 8)
    call("read", null, NULL, 0)
    call("read", -1, put(bytes(8)), 8)
    zero = os.open("/dev/zero", os.O_RDONLY)
    call("read", zero, put(bytes(4)), 4)
    call("read", zero, put(bytes(3000)), 3000)
    call("read", zero, last(bytes(64)), 100)
    call("read", zero, BAD, 10)
    call("write", null, put(b"x" * 8), 0x100000008)
    one, two = put(b"first"), put(b"second\n")
    call("writev", null, vector((one, 5), (two, 7)), 2)
    call("writev", null, vector((one, 5), (NULL, 0), (BAD, 3)), 3)
    call("writev", null, vector(), 0)
    call("writev", null, NULL, 0)
    call("writev", null, BAD, 1)
    call("writev", 99, vector(*[(one, 5)] * 40), 40)
    call("writev", 99, vector((put(b"z" * 200), 200)), 1)
    call("writev", null, vector((one, 5)), -1)
    call("writev", 99, last(struct.pack("<QQ", one, 5)), 2)
    mine = put(bytes(16))
    call("readv", zero, vector((mine, 3), (mine + 4, 40)), 2)
    call("readv", null, vector((mine, 3), (mine + 4, 40)), 2)
    call("readv", 99, vector((mine, 3), (mine + 4, 40)), 2)
    call("readv", zero, NULL, 0)
    os.close(null)
    os.close(zero)


def files() -> None:
    for path in ("/dev/null", "/nowhere/at all\n", "/dev/nüll", "", "/" + "x" * 5000, "a" * 40):
        call("close", call("openat", AT_FDCWD, text(path), os.O_RDONLY, 0))
    call("openat", AT_FDCWD, put(b"/\xff\xfe\x80/\0"), 0, 0)
    call("openat", 5, NULL, os.O_WRONLY, 0)
    call("openat", -1, BAD, os.O_RDWR, 0)
    call("openat", AT_FDCWD, last(b"/dev/unterminated"), 0, 0)
    crossing = BASE + 0x3000 - 5
    ctypes.memmove(crossing, b"/over/the/page\0", 15)
    call("openat", 7, crossing, 0, 0)
    never = text("/nowhere/x")
    for flags in (
        os.O_RDONLY | os.O_CLOEXEC,
        os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_TRUNC,
        os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK | os.O_NOCTTY,
        3,
        os.O_SYNC,
        os.O_DSYNC,
        0o4000000,
        os.O_DIRECT | 0o100000 | os.O_NOFOLLOW | os.O_NOATIME,
        os.O_PATH | os.O_DIRECTORY,
        os.O_TMPFILE | os.O_RDWR,
        0o20000000,
        0o20000,
        0x8000_0000,
        -1,
    ):
        for mode in (0o644, 0, 7, 0o77, 0o101777):
            call("openat", AT_FDCWD, never, flags, mode)
            if not flags & 0o20000100:
                break
    call("unlink", never)
    call("unlink", NULL)
    for flags in (0, 0x200, 0x100, 0x1, 0x10000, 0xFFFFFFFF):
        call("unlinkat", AT_FDCWD, never, flags)
    call("unlinkat", 3, BAD, 0)


def descriptors() -> None:
    pair = put(struct.pack("<ii", -1, -1))

    def closed() -> None:
        for each in struct.unpack("<ii", ctypes.string_at(pair, 8)):
            os.close(each)

    for flags in (0, os.O_CLOEXEC, os.O_NONBLOCK | os.O_CLOEXEC, os.O_DIRECT):
        call("pipe2", pair, flags)
        closed()
    for flags in (1, 3, 0o100, 0x40000000, os.O_CLOEXEC | 2, -1):
        call("pipe2", pair, flags)
    call("pipe2", NULL, 0)
    call("pipe2", BAD, 0)
    call("pipe", NULL)
    call("pipe", pair)
    closed()
    for domain, kind, protocol in ((1, 1, 0), (1, 2 | os.O_CLOEXEC, 0), (1, 5, 1)):
        if call("socketpair", domain, kind, protocol, pair) == 0:
            closed()
    call("socketpair", 2, 1, 6, pair)
    call("socketpair", 1, 0, -1, pair)
    call("socketpair", 99, 99, 99, NULL)
    copy = call("dup", 0)
    call("dup2", 0, copy)
    call("dup2", 0, 0)
    call("dup3", 0, copy, os.O_CLOEXEC)
    call("dup3", 0, 0, 0)
    call("dup3", 0, copy, 1)
    call("dup3", 0, copy, os.O_NONBLOCK | os.O_CLOEXEC)
    call("dup", -5)
    call("dup2", 0, -1)
    call("close", copy)
    call("close", copy)
    call("close", -1)
    call("close", 2**31)
    for flags in (0, 1, os.O_CLOEXEC | os.O_NONBLOCK, os.O_CLOEXEC | 1, 0x10, 0x11):
        call("close", call("eventfd2", 7, flags))
    call("close", call("eventfd2", 0xFFFFFFFF, 0))
    call("close", call("eventfd", 3))
    controlled()


def controlled() -> None:
    own = os.dup(0)
    file = os.open("/proc/self/status", os.O_RDONLY)
    lock = put(struct.pack("<hhxxxxqqi4x", 1, 0, 5, 10, 0))
    owner = put(struct.pack("<ii", 1, 0))
    operations: list[tuple[int, int]] = [
        (1, 0),
        (2, 1),
        (1, 0),
        (2, 0),
        (2, 3),
        (2, 6),
        (3, 0),
        (4, os.O_NONBLOCK | os.O_APPEND),
        (3, 0),
        (4, 0),
        (4, os.O_RDWR | 0o100000),
        (0, 50),
        (0, -1),
        (1030, 60),
        (5, lock),
        (6, lock),
        (7, lock),
        (5, NULL),
        (6, BAD),
        (36, lock),
        (37, lock),
        (8, 0),
        (8, -99999),
        (9, 0),
        (10, 29),
        (11, 0),
        (10, 0),
        (11, 0),
        (10, 99),
        (10, 40),
        (10, 0),
        (15, owner),
        (16, owner),
        (16, BAD),
        (1024, 0),
        (1024, 7),
        (1025, 0),
        (1026, 1),
        (1026, 0x80000000),
        (1029, 0),
        (1031, 65536),
        (1032, 0),
        (1033, 1),
        (1033, 0),
        (1034, 0),
        (1035, lock),
        (17, pointer := put(bytes(8))),
        (99, 7),
        (99, pointer),
        (-1, 0),
    ]
    for descriptor in (own, file, -1):
        for operation, argument in operations:
            result = call("fcntl", descriptor, operation, argument)
            if operation in (0, 1030) and result >= 0:
                os.close(result)
    memory = os.memfd_create("x", os.MFD_ALLOW_SEALING)
    for operation, argument in (
        (1034, 0),
        (1033, 6),
        (1034, 0),
        (1033, 1),
        (1034, 0),
        (1033, 0x80),
    ):
        call("fcntl", memory, operation, argument)
    reading, writing = os.pipe()
    call("fcntl", writing, 1032, 0)
    call("fcntl", writing, 1031, 8192)
    for each in (own, file, memory, reading, writing):
        os.close(each)


def epolls() -> None:
    for flags in (0, os.O_CLOEXEC, 1, os.O_CLOEXEC | 1, -1):
        call("close", call("epoll_create1", flags))
    call("close", call("epoll_create", 1))
    call("epoll_create", 0)
    call("epoll_create", -3)
    epoll = call("epoll_create1", 0)
    events = [os.eventfd(1) for _ in range(40)]
    one = events[0]
    all_bits = [1 << bit for bit in range(32)]
    for mask in (0, 1, 5, 0x80002005, 0x50000001, 0x2000001F, 0x8000000, 0xFFFFFFFF, *all_bits):
        call("epoll_ctl", epoll, 1, one, put(epoll_event(mask, 0x1122334455667788)))
        call("epoll_ctl", epoll, 3, one, put(epoll_event(mask, 2**64 - 1)))
        call("epoll_ctl", epoll, 2, one, NULL)
    call("epoll_ctl", epoll, 2, one, put(epoll_event(1, 1)))
    call("epoll_ctl", epoll, 1, one, NULL)
    call("epoll_ctl", epoll, 1, one, BAD)
    call("epoll_ctl", epoll, 1, one, last(bytes(11)))
    call("epoll_ctl", epoll, 0, -1, put(epoll_event(1, 1)))
    call("epoll_ctl", epoll, 9, one, put(epoll_event(1, 1)))
    call("epoll_ctl", epoll, -1, one, put(epoll_event(1, 1)))
    call("epoll_ctl", one, 1, epoll, put(epoll_event(1, 1)))
    room = put(bytes(12 * 200))
    call("epoll_wait", epoll, room, 10, 0)
    call("epoll_wait", epoll, NULL, 10, 0)
    call("epoll_wait", epoll, room, 0, 0)
    call("epoll_wait", epoll, room, -1, -1)
    call("epoll_wait", one, BAD, 10, 1)
    for each in events:
        call("epoll_ctl", epoll, 1, each, put(epoll_event(5, each)))
    call("epoll_wait", epoll, room, 1, -1)
    call("epoll_wait", epoll, room, 32, 0)
    call("epoll_wait", epoll, room, 33, 0)
    call("epoll_wait", epoll, room, 200, 0)
    call("epoll_wait", epoll, BAD, 3, 0)
    empty, some = put(bytes(8)), put(struct.pack("<Q", 1 << 1 | 1 << 22 | 1 << 40))
    every, most = put(b"\xff" * 8), put(struct.pack("<Q", 2**64 - 1 & ~(1 << 16) & ~(1 << 63)))
    for mask, size in (
        (NULL, 0),
        (NULL, 8),
        (empty, 8),
        (some, 8),
        (every, 8),
        (most, 8),
        (some, 4),
        (some, 16),
        (BAD, 8),
    ):
        call("epoll_pwait", epoll, room, 2, 0, mask, size)
    call("epoll_pwait", -1, room, 2, -1, NULL, 8)
    call("epoll_pwait", -1, room, 2, -1, some, 8)
    for seconds, nanoseconds in ((0, 0), (1, 5), (0, -1), (-1, 0)):
        when = put(struct.pack("<qq", seconds, nanoseconds))
        call("epoll_pwait2", epoll, room, 2, when, NULL, 8)
    call("epoll_pwait2", epoll, room, 2, NULL, some, 8)
    call("epoll_pwait2", epoll, room, 2, BAD, NULL, 8)
    for each in events:
        os.close(each)
    os.close(epoll)


def made() -> None:
    for domain, kind, protocol in (
        (2, 1, 0),
        (2, 1 | os.O_CLOEXEC | os.O_NONBLOCK, 6),
        (10, 2, 17),
        (2, 1, 262),
        (10, 1, 262),
        (2, 3, 1),
        (2, 1, 999),
        (2, 1, -1),
        (2, 0, 0),
        (2, 15, 0),
        (2, 15 | os.O_CLOEXEC, 0),
        (2, 1 | 0x100, 0),
        (2, 1 | os.O_CLOEXEC | 0x100, 0),
        (2, 0x100, 0),
        (2, -1, 0),
        (1, 1, 0),
        (1, 1, -1),
        (1, 5, 3),
        (16, 3, 0),
        (16, 2, 4),
        (16, 2, 15),
        (16, 2, 77),
        (0, 1, 0),
        (40, 1, 0),
        (45, 1, 0),
        (46, 1, 0),
        (-1, 1, 0),
    ):
        call("close", call("socket", domain, kind, protocol))


def addresses() -> None:
    sock = call("socket", 2, 2, 0)
    for data in (
        inet(9),
        inet(65535, "255.255.255.255"),
        inet(9)[:15],
        inet(9)[:3],
        inet(9)[:2],
        inet(9)[:1],
        inet(9) + b"and more",
        inet6(80, "::1"),
        inet6(80, "::"),
        inet6(80, "::ffff:127.0.0.1", 7, 3),
        inet6(80, "::1.2.3.4"),
        inet6(80, "::0.0.1.2"),
        inet6(80, "2001:db8:0:0:1:0:0:1", 0xFFFFFFFF, 0xFFFFFFFF),
        inet6(80, "fe80::1", 0, 1),
        inet6(80, "fe80::1", 0, 999),
        inet6(80, "fe80::1", 0, 0),
        inet6(80, "ff02::1", 0, 1),
        inet6(80, "ff05::1", 0, 1),
        inet6(80, "::1")[:24],
        inet6(80, "fe80::1")[:24],
        inet6(80, "::1", 0, 0x01020304)[:26],
        inet6(80, "::1")[:23],
        unix(b""),
        unix(b"\0"),
        unix(b"/run/x\0"),
        unix(b"/run/x"),
        unix(b"/run/x\0rest"),
        unix(b"\0abstract"),
        unix(b"\0ab\0stract\0007"),
        unix(b"/\xff\xfe\n" + b"x" * 60),
        unix(b"/" + b"y" * 107),
        unix(b"\0" + b"z" * 107),
        unix(b"/" + b"y" * 120),
        unix(b"x"),
        struct.pack("<HHII", 16, 0, 0, 0),
        struct.pack("<HHII", 16, 5, 77, 0x10001),
        struct.pack("<HHII", 16, 0, 0, 0)[:8],
        struct.pack("<HHIIB3x", 40, 0, 1024, 2, 0),
        struct.pack("<HHIIB3x", 40, 7, 0xFFFFFFFF, 0xFFFFFFFF, 3),
        struct.pack("<H", 0),
        struct.pack("<H", 0) + bytes(14),
        struct.pack("<H", 0) + b"\1\0029data",
        struct.pack("<H", 99) + b"\37\220\0\0\0\7",
        struct.pack("<H", 45) + bytes(4),
        b"\2",
    ):
        given(sock, data)
    for pointer, length in (
        (NULL, 0),
        (NULL, 16),
        (BAD, 16),
        (put(inet(9)), 0),
        (put(inet(9)), -1),
    ):
        call("bind", sock, pointer, length)
    call("bind", sock, last(inet(9)), 17)
    call("bind", sock, put(inet(9) + bytes(200)), 200)
    call("bind", sock, put(inet(0)), 16)
    call("close", sock)


def asked() -> None:
    """getsockname and its like: addresses and lengths that the kernel fills in."""
    room = put(bytes(128))
    four, six = call("socket", 2, 1, 0), call("socket", 10, 1, 0)
    local, packet = call("socket", 1, 1, 0), call("socket", 16, 3, 0)
    for sock in (four, six):  # the port is still 0, which a part of the address may show
        for length in (128, 28, 24, 16, 8, 3):
            call("getsockname", sock, room, integer(length))
    call("bind", four, put(inet(0)), 16)
    call("bind", six, put(inet6(0, "::1")), 28)
    call("bind", local, put(unix(b"\0walkthrough-catalogue")), 24)
    call("listen", four, 5)
    call("listen", six, -1)
    call("listen", 99, 2**31 - 1)
    for sock in (four, six, local, packet):
        for length in (128, 28, 2, 1, 0, -1, *((16, 8, 3) if sock in (local, packet) else ())):
            call("getsockname", sock, room, integer(length))
    call("getsockname", four, NULL, integer(16))
    call("getsockname", four, room, NULL)
    call("getsockname", four, room, BAD)
    call("getsockname", four, BAD, integer(16))
    call("getpeername", four, room, integer(16))
    call("getpeername", -1, NULL, NULL)
    flags = call("fcntl", four, 3, 0)
    call("fcntl", four, 4, flags | os.O_NONBLOCK)
    for bits in (0, os.O_CLOEXEC | os.O_NONBLOCK, 0x10, os.O_CLOEXEC | 0x10):
        call("accept4", four, room, integer(112), bits)
        call("accept4", four, NULL, NULL, bits)
    call("accept", four, room, integer(112))
    call("accept", four, NULL, integer(112))
    call("accept", 0, room, BAD)
    with socket.create_connection(
        port := socket.socket(fileno=os.dup(four)).getsockname()
    ) as client:
        got = call("accept4", four, room, integer(112), os.O_NONBLOCK)
        call("getpeername", got, room, integer(112))
        call("read", got, put(bytes(10)), 10)
        client.send(b"hello")
        call("recvfrom", got, put(bytes(10)), 10, 2, NULL, NULL)
        call("recvfrom", got, put(bytes(10)), 10, 0, room, integer(112))
        call("sendto", got, put(b"answer"), 6, 0x4000, NULL, 0)
        for how in (1, 0, 2, 7, -1):
            call("shutdown", got, how)
        call("sendto", got, put(b"answer"), 6, 0x4000, NULL, 0)
        call("close", got)
    with socket.create_connection(port):
        call("close", call("accept", four, NULL, NULL))
    for sock in (four, six, local, packet):
        call("close", sock)
    datagrams(room)


def datagrams(room: int) -> None:
    one, two = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), call("socket", 2, 2, 0)
    one.bind(("127.0.0.1", 0))
    to, length = inet(one.getsockname()[1]), 16
    buffer = put(bytes(100))
    for flags in (0, 0x40, 0x4040, 0x40 | 0x100000, 0x40 | 0x10, 0x20000040, 0x80000040):
        call("sendto", two, put(b"datagram"), 8, flags, put(to), length)
        call("recvfrom", one.fileno(), buffer, 5, flags | 0x40, room, integer(112))
    call("sendto", two, put(b"longer than it"), 14, 0, put(to), length)
    call("recvfrom", one.fileno(), buffer, 5, 0x20, room, integer(2))
    call("sendto", two, put(b""), 0, 0, put(to), length)
    call("recvfrom", one.fileno(), buffer, 5, 0, room, NULL)
    call("recvfrom", one.fileno(), buffer, 5, 0x40, room, integer(112))
    call("recvfrom", one.fileno(), buffer, 5, 0x40, NULL, integer(112))
    call("recvfrom", one.fileno(), buffer, 5, 0x40, room, BAD)
    call("sendto", two, BAD, 8, 0, put(to), length)
    call("sendto", two, put(b"x"), 1, 0, BAD, 16)
    call("sendto", two, put(b"x"), 1, 0, put(to), -1)
    call("sendto", two, put(b"x"), 1, 0, put(to), 1)
    messages(one.fileno(), two, to)
    call("close", two)
    one.close()


def messages(one: int, two: int, to: bytes) -> None:
    vectors = vector((put(b"first "), 6), (put(b"second"), 6))
    rooms = vector((put(bytes(8)), 8), (put(bytes(100)), 100))
    name, control_room = put(bytes(128)), put(bytes(256))
    on = integer(1)
    for level, option in ((0, 8), (0, 12), (0, 13)):
        call("setsockopt", one, level, option, on, 4)
    for flags in (0, 0x4040):
        call("sendmsg", two, message(put(to), 16, vectors, 2), flags)
        call("recvmsg", one, message(name, 112, rooms, 2, control_room, 256), flags)
    call("sendmsg", two, message(put(to), 16, vectors, 1), 0)
    call("recvmsg", one, message(name, 16, rooms, 2, control_room, 20), 0)
    call("sendmsg", two, message(put(to), 16, vectors, 2), 0)
    call("recvmsg", one, message(NULL, 0, rooms, 1), 0)
    call("recvmsg", one, message(name, 112, rooms, 2, control_room, 256), 0x40)
    call("recvmsg", one, NULL, 0x40)
    call("recvmsg", one, BAD, 0x40)
    call("sendmsg", two, NULL, 0)
    call("sendmsg", two, BAD, 0x8000)
    call("sendmsg", two, message(BAD, 16, BAD, 2), 0)
    call("sendmsg", two, message(NULL, 0, NULL, 0, NULL, 0, 0x20), 0)
    call("sendmsg", 99, message(put(to), 2, vectors, 2, BAD, 64, -1), 0)
    parts = (
        control(0, 8, struct.pack("<I", 1) + socket.inet_aton("127.0.0.1") * 2),
        control(0, 8, struct.pack("<I", 99) + socket.inet_aton("127.0.0.1") * 2),
        control(0, 2, struct.pack("<i", 64)),
        control(0, 1, b"\x10"),
        control(0, 1, b"\x10\0\0\0"),
        control(0, 6, b"abc"),
        control(0, 77, b"abc"),
        control(0, 20, to),
        control(1, 1, struct.pack("<ii", 0, 1)),
        control(1, 1, b"ab"),
        control(1, 2, struct.pack("<iii", 0, 0, -1)),
        control(1, 3, b"label"),
        control(1, 29, struct.pack("<qq", 1, 2)),
        control(1, 35, struct.pack("<qq", 1, 2)),
        control(1, 37, struct.pack("<qqqqqq", 1, 2, 0, 0, 3, 4)),
        control(1, 61, struct.pack("<q", 1)),
        control(1, 99, b"what"),
        control(41, 50, bytes(20)),
        control(17, 103, struct.pack("<H", 1200)),
        control(999, 1, b"x"),
    )
    for part in (*parts, b"".join(parts[:3]), b"".join(parts), parts[0][:10], parts[0] + b"rest"):
        call("sendmsg", 99, message(put(to), 16, vectors, 2, put(part), len(part)), 0)
    left, right = socket.socketpair()
    with left, right:
        part = control(1, 1, struct.pack("<i", 0))
        call("sendmsg", left.fileno(), message(0, 0, vectors, 2, put(part), 24), 0)
        call("recvmsg", right.fileno(), message(0, 0, rooms, 2, control_room, 24), 0x40000000)
        os.close(struct.unpack("<i", ctypes.string_at(control_room + 16, 4))[0])
        call("recvmsg", right.fileno(), message(0, 0, rooms, 2), 0x40)
        call("writev", left.fileno(), vectors, 2)
        call("readv", right.fileno(), rooms, 2)


def options() -> None:
    four, six = call("socket", 2, 1, 0), call("socket", 10, 2, 0)
    local, link = call("socket", 1, 1, 0), call("socket", 16, 3, 0)
    room = put(bytes(600))
    for level, names in ((1, 80), (0, 55), (6, 48), (41, 82), (17, 0)):
        for option in (*range(names + 1), 100, 101, 103, 104, 999, -1):
            if (level, option) in ((1, 57), (6, 24)):
                continue  # SO_COOKIE and TCP_TIMESTAMP differ from run to run
            sock = six if level in (41, 17) else four
            for length in (4, 600):
                call("getsockopt", sock, level, option, room, integer(length))
            call("setsockopt", sock, level, option, put(b"\1\0"), 2)
    for option in (1, 2, 8, 12, 13, 23, 31):
        call("setsockopt", four, 6, option, integer(1), 4)
    for option in (1, 2, 5, 6, 9, 10, 15, 16, 29, 36, 46, 60, 74):
        call("setsockopt", four, 1, option, integer(1), 4)
        call("setsockopt", four, 1, option, put(struct.pack("<q", 1)), 8)
    for option in (7, 8, 32, 33):
        call("setsockopt", four, 1, option, integer(65536), 4)
        call("getsockopt", four, 1, option, room, integer(4))
    call("setsockopt", four, 1, 74, integer(255), 4)
    call("setsockopt", four, 1, 74, integer(9), 4)
    for data in (b"", b"\1", b"\1\0\0\0", struct.pack("<ii", 1, 7), struct.pack("<iii", 1, -7, 1)):
        call("setsockopt", four, 1, 13, put(data), len(data))
        call("getsockopt", four, 1, 13, room, integer(len(data)))
    for length in (5, 8, 6, 100):
        call("getsockopt", four, 1, 13, room, integer(length))
        call("getsockopt", local, 1, 17, room, integer(length))
        call("getsockopt", four, 1, 4, room, integer(length))
    for option in (20, 21, 66, 67):
        call("setsockopt", four, 1, option, put(struct.pack("<qq", 3, 500000)), 16)
        call("getsockopt", four, 1, option, room, integer(16))
    call("setsockopt", four, 6, 13, put(b"reno\0"), 4)
    call("getsockopt", four, 6, 13, room, integer(16))
    call("setsockopt", four, 6, 13, put(b"no-such-thing"), 13)
    call("setsockopt", four, 1, 25, put(b"lo\0"), 3)
    call("getsockopt", four, 1, 25, room, integer(16))
    call("getsockopt", four, 6, 11, room, integer(104))
    for option in (35, 36):
        group = socket.inet_aton("224.0.0.251") + socket.inet_aton("127.0.0.1")
        call("setsockopt", four, 0, option, put(group), 8)
        call("setsockopt", four, 0, option, put(group), 4)
        call("setsockopt", four, 0, option, put(group + bytes(4)), 12)
    for level, sock in ((0, four), (41, six)):
        for option in (42, 45):
            several = struct.pack("<I4x", 1) + inet(0, "224.0.0.251").ljust(128, b"\0")
            call("setsockopt", sock, level, option, put(several), 136)
            call("setsockopt", sock, level, option, put(several), 135)
    for option in (20, 21, 27, 28):
        group = socket.inet_pton(socket.AF_INET6, "ff02::fb")
        for interface in (0, 1, 999):
            call("setsockopt", six, 41, option, put(group + struct.pack("<i", interface)), 20)
        call("setsockopt", six, 41, option, put(group), 16)
    for option in (1, 3, 5, 9, 11, 12):
        call("setsockopt", link, 270, option, integer(1), 4)
        call("getsockopt", link, 270, option, room, integer(4))
        call("setsockopt", link, 270, option, integer(1), 2)
    for level in (0, 1, 6, 17, 41, 58, 132, 255, 263, 270, 284, 999, -1):
        call("setsockopt", four, level, 12345, put(b"abcdef"), 6)
        call("getsockopt", four, level, 12345, room, integer(6))
    for pointer, length in ((NULL, 0), (NULL, 4), (BAD, 4), (BAD, 8), (room, 0), (room, -1)):
        call("setsockopt", four, 1, 2, pointer, length)
        call("setsockopt", four, 6, 13, pointer, length)
        call("setsockopt", four, 1, 13, pointer, length)
        call("getsockopt", four, 1, 2, pointer, integer(length))
        call("getsockopt", four, 6, 13, pointer, integer(length))
    call("getsockopt", four, 1, 2, room, NULL)
    call("getsockopt", four, 1, 2, room, BAD)
    call("getsockopt", four, 1, 2, NULL, NULL)
    refused(four, room)
    for each in (four, six, local, link):
        call("close", each)


def refused(sock: int, room: int) -> None:
    """A connection that nobody takes: its error, by name."""
    flags = call("fcntl", sock, 3, 0)
    call("fcntl", sock, 4, flags | os.O_NONBLOCK)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
    given(sock, inet(port))
    given(sock, inet(port))
    blocking = call("socket", 2, 1, 0)
    given(blocking, inet(port))
    call("close", blocking)
    seen = call("socket", 2, 2, 0)
    given(seen, inet(port))
    call("sendto", seen, put(b"x"), 1, 0, NULL, 0)
    call("getsockopt", seen, 1, 4, room, integer(4))
    call("getsockopt", seen, 1, 4, room, integer(4))
    call("close", seen)


def interrupted() -> None:
    """Calls that a signal interrupts: with the kernel's own codes, and with EINTR."""
    signal.signal(signal.SIGALRM, lambda *_: None)
    room, sock = put(bytes(128)), call("socket", 2, 1, 0)
    call("bind", sock, put(inet(0)), 16)
    call("listen", sock, 1)
    epoll = call("epoll_create1", 0)
    for name, words in (
        ("accept4", (sock, room, integer(112), 0)),
        ("accept", (sock, NULL, NULL)),
        ("epoll_wait", (epoll, room, 3, -1)),
        ("epoll_pwait", (epoll, room, 3, -1, NULL, 8)),
    ):
        signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
        call(name, *words)
        signal.setitimer(signal.ITIMER_REAL, 0)
    receiver = call("socket", 2, 2, 0)
    call("bind", receiver, put(inet(0)), 16)
    signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
    call("recvfrom", receiver, room, 5, 0, room, integer(112))
    call("recvmsg", receiver, message(room, 112, vector((room, 5)), 1), 0)
    signal.setitimer(signal.ITIMER_REAL, 0)
    for each in (receiver, sock, epoll):
        call("close", each)


PARTS = (strings, files, descriptors, epolls, made, addresses, asked, options, interrupted)

if __name__ == "__main__":
    call("close", -77)
    for part in PARTS:
        _free = BASE
        part()
    call("close", -78)
