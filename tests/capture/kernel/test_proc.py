import os
import socket
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkthrough.capture.kernel import proc
from walkthrough.capture.kernel.netlink import InetSocket
from walkthrough.model.kernel_state import Descriptor, EpollInterest
from walkthrough.model.values import Flags

FDINFO = """\
pos:\t0
flags:\t02000002
mnt_id:\t15
ino:\t1053
tfd:        6 events:       19 data:                0  pos:0 ino:41d sdev:f
tfd:        3 events: 8000201d data: 3ffc000027000002  pos:0 ino:823a sdev:8
"""

TCP = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:A873 00000000:0000 0A 00000000:00000001 00:00000000 00000000     0        0 33336 1
   1: 0100007F:D7EE 0100007F:A873 01 00000002:00000005 00:00000000 00000000     0        0 33337 1
   2: nonsense
"""
TCP6 = """\
  sl  local_address                         remote_address                        st tx rx
   0: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A \
00000000:00000000 00:00000000 00000000     0        0 12 1
   1: 0000000000000000FFFF00000100007F:1F90 0000000000000000FFFF00000100007F:D7EE 01 \
00000000:00000000 00:00000000 00000000     0        0 13 1
"""


@pytest.mark.parametrize(
    ("target", "kind", "inode"),
    [
        ("socket:[33336]", "socket", 33336),
        ("anon_inode:[eventpoll]", "epoll", 0),
        ("anon_inode:[eventfd]", "eventfd", 0),
        ("pipe:[18]", "pipe", 0),
        ("/proc/sys/net/core/somaxconn", "file", 0),
        ("/tmp/socket:[7]", "file", 0),
        ("anon_inode:[timerfd]", "other", 0),
        ("socket:[]", "other", 0),
        ("", "other", 0),
    ],
)
def test_what_a_descriptor_is(target: str, kind: str, inode: int) -> None:
    assert proc.parse_descriptor(3, target) == Descriptor(3, kind, target, inode)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "pos:\t0\nflags:\t02004002\nmnt_id:\t9\n",
            Flags(("O_RDWR", "O_NONBLOCK", "O_CLOEXEC"), 0o2004002),
        ),
        ("flags:\t02\n", Flags(("O_RDWR",), 2)),
        ("flags:\t010000000002\n", Flags(("O_RDWR",), 0o10000000002, 0o10000000000)),
        ("pos:\t0\n", None),
        ("flags:\t9\n", None),
        ("", None),
    ],
)
def test_the_flags_of_a_descriptor(text: str, found: Flags | None) -> None:
    assert proc.parse_descriptor_flags(text) == found


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_a_socket_has_its_flags_and_nothing_else_has() -> None:
    with socket.socket() as made, open(os.devnull) as file:
        made.setblocking(False)
        listed = proc.read_descriptors(os.getpid()).listed
        found = {each.fd: proc.with_flags(os.getpid(), each) for each in listed}
        flags = found[made.fileno()].flags
        assert flags is not None
        assert flags.names == ("O_RDWR", "O_NONBLOCK", "O_CLOEXEC")
        assert found[file.fileno()].flags is None
    closed = Descriptor(2**20, "socket", "socket:[1]", 1)
    assert proc.with_flags(os.getpid(), closed) == closed


def test_interests_name_every_bit() -> None:
    assert list(proc.parse_interests(FDINFO)) == [
        EpollInterest(6, Flags(("EPOLLIN", "EPOLLERR", "EPOLLHUP"), 0x19), 0),
        EpollInterest(
            3,
            Flags(
                ("EPOLLIN", "EPOLLOUT", "EPOLLERR", "EPOLLHUP", "EPOLLRDHUP", "EPOLLET"),
                0x8000201D,
            ),
            0x3FFC000027000002,
        ),
    ]


@pytest.mark.skipif(sys.byteorder != "little", reason="the table was printed on such a machine")
def test_tables_of_tcp() -> None:
    loopback = b"\x7f\0\0\1"
    assert list(proc.parse_tcp_table(TCP, socket.AF_INET)) == [
        InetSocket(2, 10, loopback, 43123, b"\0" * 4, 0, 1, -1, 33336),
        InetSocket(2, 1, loopback, 55278, loopback, 43123, 5, 2, 33337),
    ]
    mapped = b"\0" * 10 + b"\xff\xff" + loopback
    first, second = proc.parse_tcp_table(TCP6, socket.AF_INET6)
    assert (first.local, first.local_port) == (b"\0" * 15 + b"\1", 8080)
    assert (second.local, second.remote, second.remote_port) == (mapped, mapped, 55278)


@given(st.text(max_size=400))
def test_no_text_breaks_the_parsers(text: str) -> None:
    list(proc.parse_interests("tfd: " + text))
    list(proc.parse_tcp_table("header\n" + text, 2))
    proc.parse_descriptor(0, text)


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_descriptors_of_this_process(tmp_path: os.PathLike[str]) -> None:
    odd = os.path.join(os.fsencode(tmp_path), b"odd\xff\x1b[31m")
    fd = os.open(odd, os.O_CREAT | os.O_RDWR)
    try:
        table = proc.read_descriptors(os.getpid())
        mine = {each.fd: each for each in table.listed}
    finally:
        os.close(fd)
    assert mine[fd].kind == "file"
    assert mine[fd].target.endswith("odd\ufffd\x1b[31m")
    assert list(mine) == sorted(mine)
