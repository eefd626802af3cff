"""Go's values: where arguments lie, and what words and memory mean."""

import struct

import pytest

from walkthrough.capture.decode.goabi import KINDS, assign, layout
from walkthrough.capture.decode.govalues import Types, read_error, read_string
from walkthrough.capture.decode.memory import FakeMemory
from walkthrough.model.values import (
    Constant,
    Fields,
    GoError,
    Pointer,
    SocketAddress,
    Text,
    Unreadable,
    Value,
)

BASE = 0x10000  # of the module's types


class Program:
    """A fake address space with Go types and values in it."""

    def __init__(self) -> None:
        self._memory: dict[int, bytes] = {}
        self._next = 0x100000
        self._names = 0

    def put(self, data: bytes) -> int:
        at, self._next = self._next, self._next + len(data) + 16
        self._memory[at] = data
        return at

    def string(self, text: str) -> tuple[int, int]:
        data = text.encode()
        return (self.put(data) if data else 0), len(data)

    def itab(self, name: str) -> int:
        """Lay down a type descriptor, its name and an itab, as the linker does."""
        self._names += 0x200
        encoded = b"\0" + bytes([len(name)]) + name.encode()
        self._memory[BASE + self._names] = encoded
        descriptor = self.put(bytes(20) + b"\0" + bytes(19) + struct.pack("<ii", self._names, 0))
        return self.put(struct.pack("<QQ", 0, descriptor) + bytes(16))

    def errno(self, number: int) -> tuple[int, int]:
        return self.itab("syscall.Errno"), self.put(struct.pack("<Q", number))

    @property
    def memory(self) -> FakeMemory:
        return FakeMemory(self._memory)

    def error(self, tab: int, data: int) -> Value:
        return read_error(self.memory, Types(self.memory, BASE), tab, data)


def test_arguments_fill_registers_and_what_does_not_fit_goes_to_the_stack() -> None:
    # net.socket: two of its arguments no longer fit, the one after them does again
    slots = assign(
        [
            ("ctx", "interface"),
            ("net", "string"),
            ("family", "family"),
            ("sotype", "socktype"),
            ("proto", "protocol"),
            ("ipv6only", "bool"),
            ("laddr", "interface"),
            ("raddr", "interface"),
            ("ctrlCtxFn", "func"),
        ],
        registers=9,
    )
    where = {slot.name: (slot.registers, slot.stack) for slot in slots}
    assert where["ctx"] == ((0, 1), -1)
    assert where["ipv6only"] == ((7,), -1)
    assert where["laddr"] == ((), 0)
    assert where["raddr"] == ((), 16)
    assert where["ctrlCtxFn"] == ((8,), -1)


def test_plain_values_are_decoded_after_the_stop_and_others_taken_as_they_were_read() -> None:
    taken = layout(
        assign(
            [("n", "int"), ("family", "family"), ("ok", "bool"), ("s", "string"), ("e", "errno")],
            registers=9,
        )
    )
    assert (taken.registers, taken.starts, taken.eager) == (
        (0, 1, 2, 3, 4, 5),
        (0, 1, 2, 3, 5),
        (3,),
    )
    words = ((1 << 64) - 1, 10, 0xFFFFFF01, 0x1000, 4, 28)
    assert taken.values(words, {3: Text("read")}) == (
        -1,
        Constant("AF_INET6", 10),
        True,
        Text("read"),
        Constant("ENOSPC", 28),
    )


def test_nil_needs_no_reading() -> None:
    taken = layout(assign([("l", "interface"), ("err", "error"), ("s", "string")], 9))
    assert taken.values((0,) * 6, {}) == (None, None, Text(""))


def test_strings() -> None:
    memory = FakeMemory({0x1000: "127.0.0.1:0é".encode() + b"\xff"})
    assert read_string(memory, 0x1000, 11) == Text("127.0.0.1:0")
    assert read_string(memory, 0x1000, 14) == Text("127.0.0.1:0é\ufffd")
    assert read_string(memory, 0, 0) == Text("")
    assert read_string(memory, 0x9999, 5) == Unreadable("no memory there", 0x9999)
    assert read_string(memory, 0x1000, (1 << 64) - 5) == Unreadable("not a string", 0x1000)


def test_a_chain_of_errors_reads_as_go_prints_it() -> None:
    program = Program()
    tab, data = program.errno(98)
    call = program.put(struct.pack("<4Q", *program.string("bind"), tab, data))
    address = program.put(
        struct.pack("<4Q", program.put(bytes([127, 0, 0, 1])), 4, 4, 7112) + bytes(16)
    )
    op = program.put(
        struct.pack(
            "<10Q",
            *program.string("listen"),
            *program.string("tcp"),
            0,
            0,
            program.itab("*net.TCPAddr"),
            address,
            program.itab("*os.SyscallError"),
            call,
        )
    )
    assert program.error(program.itab("*net.OpError"), op) == GoError(
        "*net.OpError",
        "listen tcp 127.0.0.1:7112: bind: address already in use",
        Constant("EADDRINUSE", 98),
    )


def test_other_errors() -> None:
    program = Program()
    assert program.error(0, 0) is None
    text = program.put(struct.pack("<2Q", *program.string("EOF")))
    assert program.error(program.itab("*errors.errorString"), text) == GoError(
        "*errors.errorString", "EOF"
    )
    closing = program.error(program.itab("poll.errNetClosing"), 0)
    assert closing == GoError("poll.errNetClosing", "use of closed network connection")
    # of a type we do not know, the type is told and nothing made up
    assert program.error(program.itab("*mine.Error"), 0x5) == GoError("*mine.Error")
    # and an error whose memory is gone keeps its type
    assert program.error(program.itab("*net.OpError"), 0x7) == GoError("*net.OpError")


@pytest.mark.parametrize("wrapped", [(), (0, 0), (0x700000, 0x7FFF00000000)])
def test_names_that_are_not_found(wrapped: tuple[int, ...]) -> None:
    program = Program()
    # before go1.23 it begins with Err, from then on with an error that may be nil
    server = program.string("10.0.0.1:53") if not wrapped else (0, 0)
    strings = (*program.string("no such host"), *program.string("256.1.1.1"), *server)
    fields = (*wrapped, *strings)
    data = program.put(struct.pack(f"<{len(fields)}Q", *fields) + bytes(8))
    where = "" if wrapped else " on 10.0.0.1:53"
    assert program.error(program.itab("*net.DNSError"), data) == GoError(
        "*net.DNSError", f"lookup 256.1.1.1{where}: no such host"
    )


@pytest.mark.parametrize(
    ("name", "strings", "expected"),
    [
        ("*net.AddrError", ("invalid port", "99999"), "address 99999: invalid port"),
        ("*net.AddrError", ("missing address", ""), "missing address"),
        ("net.UnknownNetworkError", ("tcq",), "unknown network tcq"),
        ("*poll.DeadlineExceededError", (), "i/o timeout"),
    ],
)
def test_errors_about_addresses_and_time(
    name: str, strings: tuple[str, ...], expected: str
) -> None:
    program = Program()
    data = program.put(b"".join(struct.pack("<2Q", *program.string(s)) for s in strings) + bytes(8))
    assert program.error(program.itab(name), data) == GoError(name, expected)


def test_the_path_of_a_unix_listener_is_told() -> None:
    program = Program()
    path = program.put(struct.pack("<4Q", *program.string("/run/s"), *program.string("unix")))
    address = (program.itab("*net.UnixAddr"), path)
    assert KINDS["interface"].read(program.memory, Types(program.memory, BASE), address) == Fields(
        "*net.UnixAddr", {"address": SocketAddress("AF_UNIX", path="/run/s")}
    )
    nobody = (address[0], program.put(struct.pack("<4Q", *program.string(""), 0, 0)))
    closing = (program.itab("poll.errNetClosing"), 0)
    words = (*program.string("read"), *program.string("unix"), *address, *nobody, *closing)
    op = program.put(struct.pack("<10Q", *words))
    found = program.error(program.itab("*net.OpError"), op)
    assert isinstance(found, GoError)
    assert found.text == "read unix /run/s->: use of closed network connection"


def test_an_error_that_wraps_itself_ends() -> None:
    program = Program()
    tab = program.itab("*os.SyscallError")
    at = 0x500000
    program._memory[at] = struct.pack("<4Q", *program.string("loop"), tab, at)
    found = program.error(tab, at)
    assert isinstance(found, GoError)
    assert found.text.startswith("loop: loop: ")


def test_addresses() -> None:
    program = Program()
    types = Types(program.memory, BASE)
    inet4 = program.put(struct.pack("<Q", 7099) + bytes([10, 0, 0, 1]) + bytes(20))
    tab = program.itab("*syscall.SockaddrInet4")
    types = Types(program.memory, BASE)
    read = KINDS["interface"].read
    assert read(program.memory, types, (tab, inet4)) == SocketAddress("AF_INET", "10.0.0.1", 7099)
    wildcard = program.put(struct.pack("<4Q", 0, 0, 0, 7099) + bytes(16))
    tcp = program.itab("*net.TCPAddr")
    types = Types(program.memory, BASE)
    assert read(program.memory, types, (tcp, wildcard)) == Fields(
        "*net.TCPAddr", {"address": SocketAddress("AF_UNSPEC", "", 7099)}
    )
    assert read(program.memory, types, (0, 0)) is None
    other = program.itab("context.backgroundCtx")
    types = Types(program.memory, BASE)
    assert read(program.memory, types, (other, 0x44)) == Pointer(0x44, "context.backgroundCtx")


def test_the_extra_star_of_a_type_name_is_dropped() -> None:
    program = Program()
    program._memory[BASE + 0x10] = b"\0\x0e*syscall.Errno"
    descriptor = program.put(bytes(20) + b"\2" + bytes(19) + struct.pack("<ii", 0x10, 0))
    tab = program.put(struct.pack("<QQ", 0, descriptor))
    assert Types(program.memory, BASE).name(tab) == "syscall.Errno"


def test_a_wrapped_error_that_cannot_be_spelled_is_told_by_its_type() -> None:
    program = Program()
    inner = (program.itab("*net.ParseError"), program.put(bytes(64)))
    op, net = program.string("listen"), program.string("tcp")
    outer = program.put(struct.pack("<10Q", *op, *net, 0, 0, 0, 0, *inner))
    found = program.error(program.itab("*net.OpError"), outer)
    assert found == GoError("*net.OpError", "listen tcp: *net.ParseError")
