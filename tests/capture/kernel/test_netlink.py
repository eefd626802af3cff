"""Bytes as a Linux 6.18 (x86_64) sent them; a fake channel plays them back."""

import errno
import socket
import struct
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkthrough.capture.kernel import netlink
from walkthrough.capture.kernel.netlink import LISTENING, NOT_LISTENING, InetSocket, SockDiag

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or sys.byteorder != "little", reason="captured on little-endian Linux"
)

LISTENER = bytes.fromhex(
    "7c0000001200020001000000962e0000"
    + "020a0000a87300007f000001" + "00" * 12 + "00" * 16 + "00000000" + "2300000000000000"
    + "00000000" + "01000000" + "03000000" + "00000000" + "38820000"
    + "0500080000000000" + "08000f0000000000" + "0c00150001000000" + "00000000" + "0600160052000000"
)  # fmt: skip
DONE = bytes.fromhex("140000000300020001000000962e000000000000")
ENDS = bytes.fromhex(
    "7c0000001200020001000000962e0000"
    + "02010000d7eea8737f000001" + "00" * 12 + "7f000001" + "00" * 12 + "00000000"
    + "2400000000000000" + "00000000" + "00000000" + "00000000" + "00000000" + "39820000"
    + "0500080000000000" + "08000f0000000000" + "0c00150001000000" + "00000000" + "0600160052000000"
    + "7c0000001200020001000000962e0000"
    + "02010000a873d7ee7f000001" + "00" * 12 + "7f000001" + "00" * 12 + "00000000"
    + "2500000000000000" + "00000000" + "05000000" + "00000000" + "00000000" + "00000000"
    + "0500080000000000" + "08000f0000000000" + "0c00150001000000" + "00000000" + "0600160052000000"
)  # fmt: skip
_OF_EACH = "0500080000000000" + "08000f0000000000" + "0c00150001000000" + "00000000"
BOTH = bytes.fromhex(
    "7c0000001200020001000000962e0000"
    + "0a010000e0fca873" + "00" * 15 + "01" + "00" * 15 + "01" + "00000000" + "16020d0000000000"
    + "00" * 16 + "fc825700" + _OF_EACH + "0600160012000000"
    + "7c0000001200020001000000962e0000"
    + "0a010000a873e0fc" + "00" * 15 + "01" + "00" * 15 + "01" + "00000000" + "17020d0000000000"
    + "00" * 16 + "00000000" + _OF_EACH + "0600160012000000"
    + "7c0000001200020001000000962e0000"
    + "02010000a873adfc7f000001" + "00" * 12 + "7f000001" + "00" * 12 + "00000000"
    + "18020d0000000000" + "00000000" + "05000000" + "00" * 8 + "00000000" + _OF_EACH
    + "0600160052000000"
    + "7c0000001200020001000000962e0000"
    + "02010000adfca8737f000001" + "00" * 12 + "7f000001" + "00" * 12 + "00000000"
    + "19020d0000000000" + "00" * 16 + "fa825700" + _OF_EACH + "0600160052000000"
)  # fmt: skip
UNIX = bytes.fromhex(
    "480000001400000001000000962e0000"
    + "01010a003b8200002600000000000000" + "0900000000" + b"walk".hex() + "000000"
    + "080003003c820000" + "0c0004000100000005000000" + "0500060000000000"
)  # fmt: skip
NO_SUCH = bytes.fromhex("3c0000000200000001000000962e0000feffffff" + "00" * 40)


class FakeChannel:
    """Answers each question with the next list of packets, and keeps the questions."""

    def __init__(self, *answers: list[bytes]) -> None:
        self.answers = list(answers)
        self.packets: list[bytes] = []
        self.asked: list[bytes] = []

    def send(self, data: bytes, /) -> int:
        self.asked.append(data)
        self.packets = list(self.answers.pop(0))
        return len(data)

    def recv(self, size: int, /) -> bytes:
        return self.packets.pop(0)

    def close(self) -> None:
        self.packets = []


def numbered(packet: bytes, seq: int, flags: int = 2) -> bytes:
    """Return the one message in ``packet`` with other flags and another number."""
    return packet[:6] + struct.pack("=HI", flags, seq) + packet[12:]


def failure(seq: int, number: int) -> bytes:
    return struct.pack("=IHHIIi", 20, 2, 0, seq, 0, -number)


LOOPBACK = b"\x7f\0\0\1"
LISTENER_ROW = InetSocket(2, 10, LOOPBACK, 43123, b"\0" * 4, 0, 1, 3, 33336)


def test_a_listener_tells_its_queue_and_backlog() -> None:
    channel = FakeChannel([LISTENER, DONE])
    assert SockDiag(channel).tcp(LISTENING) == [LISTENER_ROW]
    header = struct.unpack_from("=IHHII", channel.asked[0])
    assert header == (16 + 60, 18, 0x301, 1, 0)
    # no family, nothing wanted, any socket, the states
    assert channel.asked[0][16:] == bytes(4 + 48) + struct.pack("=II", 1 << 10, 0)


def test_both_ends_of_a_connection_in_one_packet() -> None:
    rows = SockDiag(FakeChannel([ENDS, DONE])).tcp(NOT_LISTENING)
    assert rows == [
        InetSocket(2, 1, LOOPBACK, 55278, LOOPBACK, 43123, 0, 0, 33337),
        InetSocket(2, 1, LOOPBACK, 43123, LOOPBACK, 55278, 5, 0, 0),
    ]


def test_one_question_is_about_both_families_and_ipv4_comes_first() -> None:
    channel = FakeChannel([BOTH, DONE])
    rows = SockDiag(channel).tcp(NOT_LISTENING)
    assert [(row.family, row.local_port, row.remote_port) for row in rows] == [
        (socket.AF_INET, 43123, 44540),
        (socket.AF_INET, 44540, 43123),
        (socket.AF_INET6, 57596, 43123),
        (socket.AF_INET6, 43123, 57596),
    ]
    assert len(channel.asked) == 1


def test_ipv6_addresses_have_sixteen_bytes() -> None:
    row = LISTENER[16:]
    row = b"\x0a" + row[1:8] + b"\0" * 15 + b"\1" + row[24:]
    assert netlink.decode_inet(row).local == b"\0" * 15 + b"\1"


def test_a_unix_listener_names_who_waits() -> None:
    there = SockDiag(FakeChannel([UNIX])).unix(33339)
    assert there is not None
    assert there == (1, 10, 33339, b"\0walk", 0, (33340,), 1, 5)


def test_an_inode_that_is_no_unix_socket() -> None:
    assert SockDiag(FakeChannel([NO_SUCH])).unix(1) is None


def test_an_error_is_raised_under_its_number() -> None:
    with pytest.raises(OSError, match="Operation not permitted") as caught:
        SockDiag(FakeChannel([failure(1, errno.EPERM)])).tcp(LISTENING)
    assert caught.value.errno == errno.EPERM


def test_an_error_at_the_end_of_a_dump_counts() -> None:
    done = DONE[:16] + struct.pack("=i", -errno.ENOMEM)
    with pytest.raises(OSError, match="Cannot allocate memory"):
        SockDiag(FakeChannel([LISTENER, done])).tcp(LISTENING)


def test_messages_of_an_older_question_are_dropped() -> None:
    channel = FakeChannel([numbered(LISTENER, 99), numbered(DONE, 99), LISTENER, DONE])
    assert SockDiag(channel).tcp(LISTENING) == [LISTENER_ROW]


def test_an_interrupted_dump_is_asked_again() -> None:
    channel = FakeChannel(
        [numbered(LISTENER, 1, 0x12), numbered(DONE, 1, 0x12)],
        [numbered(LISTENER, 2), numbered(DONE, 2)],
    )
    assert SockDiag(channel).tcp(LISTENING) == [LISTENER_ROW]
    assert len(channel.asked) == 2


def test_a_dump_that_never_settles_is_taken_as_it_is() -> None:
    channel = FakeChannel(*([numbered(LISTENER, n, 0x12), numbered(DONE, n)] for n in (1, 2, 3)))
    assert SockDiag(channel).tcp(LISTENING) == [LISTENER_ROW]
    assert not channel.answers


def test_a_kernel_without_the_filter_is_asked_without_it() -> None:
    channel = FakeChannel([failure(1, errno.EINVAL)], [numbered(LISTENER, 2), numbered(DONE, 2)])
    assert SockDiag(channel).tcp(LISTENING, {43123}) == [LISTENER_ROW]
    assert [len(question) for question in channel.asked] == [76 + 4 + 2 * 12 + 4, 76]


def test_a_question_refused_without_a_filter_is_not_repeated() -> None:
    channel = FakeChannel([failure(1, errno.EINVAL)])
    with pytest.raises(OSError, match="Invalid argument"):
        SockDiag(channel).tcp(LISTENING)


@pytest.mark.parametrize("row", [b"", LISTENER[16:60]])
def test_short_rows_are_refused(row: bytes) -> None:
    with pytest.raises(OSError, match="too short"):
        netlink.decode_inet(row)


def accepts(program: bytes, source: int, destination: int) -> bool:
    """Run a filter as net/ipv4/inet_diag.c inet_diag_bc_run() does."""
    at, left = 0, len(program)
    while left > 0:
        code, yes, no = struct.unpack_from("=BBH", program, at)
        port = struct.unpack_from("=H", program, at + 6)[0] if code in (11, 12) else -1
        met = {1: False, 11: source == port, 12: destination == port}[code]
        at, left = (at + yes, left - yes) if met else (at + no, left - no)
    return left == 0


@given(
    st.sets(st.integers(1, 65535), min_size=1, max_size=20),
    st.integers(1, 65535),
    st.integers(1, 65535),
)
def test_the_filter_accepts_what_has_a_port_at_either_end(
    ports: set[int], source: int, destination: int
) -> None:
    length, kind = struct.unpack_from("=HH", netlink.port_filter(ports))
    program = netlink.port_filter(ports)[4:]
    assert (length, kind) == (4 + len(program), 1)
    one = min(ports)
    assert accepts(program, one, destination)
    assert accepts(program, source, one)
    assert accepts(program, source, destination) == bool(ports & {source, destination})


def test_no_ports_no_filter() -> None:
    assert netlink.port_filter([]) == b""
    assert netlink.port_filter(range(1, 60000)) == b""  # longer than an attribute may be


@given(st.binary(max_size=300))
def test_no_answer_breaks_the_splitting(answer: bytes) -> None:
    for _, _, body in netlink.split(answer, 0):
        assert len(body) <= len(answer)


@given(st.binary(min_size=16, max_size=200))
def test_no_attribute_breaks_a_unix_row(row: bytes) -> None:
    netlink.decode_unix(row)


def attribute(kind: int, body: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(body), kind) + body + b"\0" * (-len(body) % 4)


def test_whether_a_listener_is_for_ipv6_alone() -> None:
    row = b"\x0a" + LISTENER[17:88]
    assert netlink.decode_inet(row).v6only is None
    assert netlink.decode_inet(row + attribute(11, b"\1")).v6only is True
    assert netlink.decode_inet(row + attribute(8, b"\0") + attribute(11, b"\0")).v6only is False


def test_the_bytes_in_a_sockets_buffers() -> None:
    # SK_MEMINFO_: received, its limit, handed to the device, its limit, set aside, to be sent,
    # options, backlog, drops; limits, drops and what the device holds twice over do not count.
    memory = struct.pack("=9I", 1, 1 << 20, 1 << 16, 1 << 20, 2, 4, 8, 16, 1 << 30)
    row = LISTENER[16:88]
    assert netlink.decode_memory(row) == 0
    assert netlink.decode_memory(row + attribute(7, memory)) == 31
    assert netlink.decode_memory(row + attribute(7, memory[:12])) == 0
    channel = FakeChannel([LISTENER, DONE])
    found = SockDiag(channel).tcp_memory({43123})
    assert [(one.local_port, held) for one, held in found] == [(43123, 0)]
    assert channel.asked[0][16:20] == bytes(3) + bytes([1 << 6])


def test_datagram_sockets_are_asked_for_by_their_protocol() -> None:
    channel = FakeChannel([LISTENER, DONE])
    SockDiag(channel).udp(socket.AF_INET6)
    assert struct.unpack_from("=BBBxI", channel.asked[0], 16) == (10, 17, 0, 0x1FFE)


@given(st.binary(min_size=72, max_size=200))
def test_no_attribute_breaks_a_row(row: bytes) -> None:
    netlink.decode_inet(b"\x0a\x0a" + row)
    netlink.decode_memory(row)
