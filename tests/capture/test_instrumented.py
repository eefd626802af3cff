"""The instrumented server's parts, without a process: texts, addresses, tables, quoting."""

import tomllib
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import walkthrough.capture
from walkthrough.capture.decode.calls import NAMES as DECODED
from walkthrough.capture.instrumented.command_line import command_line
from walkthrough.capture.instrumented.describe import describe
from walkthrough.capture.instrumented.errors import (
    AddrError,
    Errno,
    NetClosingError,
    OpError,
    RaisedError,
    SyscallError,
    errno_text,
)
from walkthrough.capture.instrumented.fault_words import parse, words
from walkthrough.capture.instrumented.net.ipaddr import (
    TCPAddr,
    ip_of,
    sockaddr_to_tcp,
)
from walkthrough.capture.instrumented.net.ipsock import internet_addr_list, split_host_port
from walkthrough.capture.instrumented.net.ipsock_posix import favorite_addr_family
from walkthrough.capture.instrumented.options import SOCKET_OPTIONS
from walkthrough.capture.instrumented.quote import quote
from walkthrough.capture.instrumented.signatures import SIGNATURES
from walkthrough.capture.instrumented.syscall.numbers import CALLS, numbers
from walkthrough.capture.instrumented.syscall.syscall_linux import (
    AF_INET,
    AF_INET6,
    SockaddrUnix,
    any_to_sockaddr,
)
from walkthrough.capture.session.run_config import RunConfig
from walkthrough.model.linux.constants import ERRNO
from walkthrough.model.stages import Stage, Step
from walkthrough.model.values import Argument, Constant, GoError, SocketAddress
from walkthrough.scenario.schema import OPTIONS, Fault, Limits, Program, ServerOptions

LOOPBACK = TCPAddr(ip_of(bytes((127, 0, 0, 1))), 7112)
GO_LIST = Path(walkthrough.capture.__file__).parent / "ptrace" / "path.toml"


@pytest.mark.parametrize(
    ("data", "quoted"),
    [
        (b"", '""'),
        (b"hello", '"hello"'),
        (b'say "hi" \\ bye', r'"say \"hi\" \\ bye"'),
        (b"\a\b\f\n\r\t\v", r'"\a\b\f\n\r\t\v"'),
        (b"\x00\x1b[31m\x7f", r'"\x00\x1b[31m\x7f"'),
        ("größer 听 😀".encode(), '"größer 听 😀"'),
        (b"\xff\xc3", r'"\xff\xc3"'),
        (
            "\x85\u00a0\u200b\u2028\ufeff\U000e0001".encode(),
            r'"\u0085\u00a0\u200b\u2028\ufeff\U000e0001"',
        ),
        ("\ufffd".encode(), '"\ufffd"'),
    ],
)
def test_bytes_are_quoted_as_by_gos_q(data: bytes, quoted: str) -> None:
    assert quote(data) == quoted


@given(st.binary(max_size=64))
def test_a_quoted_text_can_do_no_harm(data: bytes) -> None:
    assert quote(data).isprintable()


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (98, "address already in use"),
        (13, "permission denied"),
        (24, "too many open files"),
        (5, "input/output error"),
        (73, "RFS specific error"),
        (81, ".lib section in a.out corrupted"),
        (9999, "errno 9999"),
    ],
)
def test_an_errnos_text_is_gos(number: int, text: str) -> None:
    assert errno_text(number) == text


@pytest.mark.parametrize(
    ("err", "text", "number"),
    [
        (
            OpError("listen", "tcp", None, LOOPBACK, SyscallError("bind", Errno(98))),
            "listen tcp 127.0.0.1:7112: bind: address already in use",
            98,
        ),
        (
            OpError("listen", "tcp", None, None, AddrError("invalid port", "99999")),
            "listen tcp: address 99999: invalid port",
            0,
        ),
        (
            OpError("listen", "tcp", None, LOOPBACK, Errno(28)),
            "listen tcp 127.0.0.1:7112: no space left on device",
            28,
        ),
        (
            OpError("read", "tcp", LOOPBACK, LOOPBACK, SyscallError("read", Errno(104))),
            "read tcp 127.0.0.1:7112->127.0.0.1:7112: read: connection reset by peer",
            104,
        ),
        (
            OpError("accept", "tcp", None, LOOPBACK, NetClosingError()),
            "accept tcp 127.0.0.1:7112: use of closed network connection",
            0,
        ),
    ],
)
def test_errors_read_as_gos_and_keep_their_errno(err: OpError, text: str, number: int) -> None:
    errno = Constant(ERRNO[number], number) if number else None
    assert err.value() == GoError("*net.OpError", text, errno)


@pytest.mark.parametrize(
    ("hostport", "parts"),
    [
        ("127.0.0.1:80", ("127.0.0.1", "80")),
        ("[::1%lo]:80", ("::1%lo", "80")),
        (":80", ("", "80")),
        ("host:", ("host", "")),
    ],
)
def test_an_address_is_split(hostport: str, parts: tuple[str, str]) -> None:
    assert split_host_port(hostport) == parts


# What go1.27 says of each.
BAD_ADDRESSES = {
    "127.0.0.1": "address 127.0.0.1: missing port in address",
    "1:2:3": "address 1:2:3: too many colons in address",
    "[::1": "address [::1: missing ']' in address",
    "[::1]": "address [::1]: missing port in address",
    "[::1]x:1": "address [::1]x:1: missing port in address",
    "[::1]:1:2": "address [::1]:1:2: too many colons in address",
    "a]:1": "address a]:1: unexpected ']' in address",
    "[a[:1": "address [a[:1: missing ']' in address",
    "127.0.0.1:99999": "address 99999: invalid port",
    "127.0.0.1:-1": "address -1: invalid port",
    "127.0.0.1:+0x": "lookup tcp/+0x: unknown port",
    "127.0.0.01:1": "lookup 127.0.0.01: no such host",
}


@pytest.mark.parametrize("address", BAD_ADDRESSES)
def test_a_bad_address_gets_gos_words(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("walkthrough.capture.instrumented.net.ipsock.lookup_static_host", _nobody)
    with pytest.raises(RaisedError) as caught:
        internet_addr_list("tcp", address, TCPAddr)
    assert str(caught.value) == BAD_ADDRESSES[address]


def _nobody(_host: str) -> list[str]:
    return []


def test_the_wrong_family_is_refused() -> None:
    with pytest.raises(AddrError, match="address ::1: no suitable address found"):
        internet_addr_list("tcp4", "[::1]:0", TCPAddr)


def test_the_wildcard_of_ipv6_brings_that_of_ipv4() -> None:
    assert [str(each) for each in internet_addr_list("tcp", "[::]:7", TCPAddr)] == [
        "[::]:7",
        "0.0.0.0:7",
    ]


@pytest.mark.parametrize(
    ("network", "address", "family"),
    [
        ("tcp", "127.0.0.1:0", (AF_INET, False)),
        ("tcp4", "0.0.0.0:0", (AF_INET, False)),
        ("tcp6", "[::]:0", (AF_INET6, True)),
        ("tcp", "[::1]:0", (AF_INET6, False)),
        ("tcp", "[::ffff:127.0.0.1]:0", (AF_INET, False)),
    ],
)
def test_the_family_follows_network_and_address(
    network: str, address: str, family: tuple[int, bool]
) -> None:
    laddr = internet_addr_list(network, address, TCPAddr)[0]
    raddr = laddr if network == "tcp" else None
    assert favorite_addr_family(network, laddr, raddr, "listen") == family


@pytest.mark.parametrize("address", ["127.0.0.1:1", "[::1]:65535", ":0"])
def test_an_address_survives_the_kernels_form(address: str) -> None:
    addr = internet_addr_list("tcp", address, TCPAddr)[0]
    family = AF_INET6 if "[" in address else AF_INET
    back = sockaddr_to_tcp(addr.sockaddr(family))
    assert str(back) == ("0.0.0.0:0" if address == ":0" else address)


def test_ipv6_does_not_fit_a_socket_of_ipv4() -> None:
    with pytest.raises(AddrError, match="non-IPv4 address"):
        TCPAddr(ip_of(bytes(15) + b"\1"), 1).sockaddr(AF_INET)


def test_values_are_described_by_kind() -> None:
    names = (("family", "family"), ("laddr", "interface"), ("mode", "mode"), ("e", "errno"))
    described = describe(names, (2, LOOPBACK, "rw", 28))
    assert described[0] == Argument("family", Constant("AF_INET", 2))
    assert described[2] == Argument("mode", Constant("'r'+'w'", 233))
    assert described[3] == Argument("e", Constant("ENOSPC", 28))
    assert describe((("addrs", "addresses"),), (None,)) == (Argument("addrs", None),)
    laddr = described[1].value
    assert getattr(laddr, "fields", None) == {
        "address": SocketAddress("AF_INET", "127.0.0.1", 7112)
    }


def _go_list() -> dict[str, dict[str, list[str]]]:
    functions = tomllib.loads(GO_LIST.read_text("utf-8"))["function"]
    # go1.27's: of several entries that without an upper limit. Patterns (main.*) are no functions.
    named = (each for each in functions if not (each["name"][0] == "-" or each["name"][-1] == "*"))
    return {each["name"]: each for each in named if "until" not in each}


def test_both_servers_give_functions_the_same_marks() -> None:
    go = {name: each.get("mark") for name, each in _go_list().items() if "since" not in each}
    newer = {name: each.get("mark") for name, each in _go_list().items() if "since" in each}
    ours = {name: signature.mark for name, signature in SIGNATURES.items()}
    assert {name: mark for name, mark in (go | newer).items() if ours.get(name, mark) != mark} == {}
    # What Go has and we have not: MPTCP, which go.mod's `go 1.21` leaves out, and a goroutine that
    # looks a name up.
    assert (go | newer).keys() - ours.keys() == {
        "net.(*Resolver).lookupIP",
        "net.(*sysListener).listenMPTCP",
        "net.(*sysDialer).dialMPTCP",
        "net.initMPTCPavailable",
    }
    # A closure, which is watched there because all functions of package main are.
    assert ours.keys() - (go | newer).keys() == {"main.acceptLoop.func1"}


def test_every_stage_and_step_of_the_path_is_stood_for() -> None:
    marks = {signature.mark for signature in SIGNATURES.values()}
    assert {*Stage, *Step} <= marks


@pytest.mark.parametrize("machine", ["x86_64", "aarch64", "riscv64", "loongarch64"])
def test_every_call_has_a_number_and_a_decoder(machine: str) -> None:
    assert set(CALLS) <= set(numbers(machine, 8))
    assert set(CALLS) <= set(DECODED)


@pytest.mark.parametrize(("machine", "pointer_bytes"), [("s390x", 8), ("x86_64", 4), ("i686", 4)])
def test_where_numbers_are_not_known_none_are_guessed(machine: str, pointer_bytes: int) -> None:
    assert numbers(machine, pointer_bytes) == {}


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("/run/socket", b"\1\0/run/socket\0"),
        ("@abstract", b"\1\0\0abstract"),
        ("", b"\1\0"),
        ("x" * 107, b"\1\0" + b"x" * 107 + b"\0"),
        ("@" + "x" * 107, b"\1\0\0" + b"x" * 107),
    ],
)
def test_a_unix_address_survives_the_kernels_form(name: str, raw: bytes) -> None:
    address = SockaddrUnix(name)
    assert address.raw() == raw
    unnamed = name or "@"  # Go cannot tell an unnamed socket's from an empty abstract name
    assert any_to_sockaddr(raw.ljust(112, b"\0")) == SockaddrUnix(unnamed)


@pytest.mark.parametrize("name", ["x" * 108, "@" + "x" * 108])
def test_a_unix_address_must_fit(name: str) -> None:
    with pytest.raises(Errno, match="invalid argument"):
        SockaddrUnix(name).raw()


FAULT = Fault(errno="ENOSPC", at="accept/pollOpen", call="epoll_ctl", occurrence=2, times=3)


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (FAULT, "errno=ENOSPC,at=accept/pollOpen,call=epoll_ctl,occurrence=2,times=3"),
        (Fault(errno="EACCES", at="bind", only="privileged"), "errno=EACCES,at=bind"),
    ],
)
def test_a_fault_survives_the_command_line(fault: Fault, text: str) -> None:
    assert words(fault) == text
    assert parse(text) == msgspec.structs.replace(fault, only="")


@pytest.mark.parametrize(
    "text", ["", "errno", "at=bind", "errno=EIO,times=0", "errno=EIO,why=so", "errno=EIO,at=x"]
)
def test_words_that_are_no_fault_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w+"):
        parse(text)


def test_a_plan_as_a_command_line() -> None:
    options = ServerOptions(control=("SO_REUSEPORT",), reply="-x", close_on="stop")
    config = RunConfig("", "tcp", (":0", "same"), options, Limits(nofile=9), (FAULT,))
    assert command_line(config) == (
        "--control=SO_REUSEPORT",
        "--reply=-x",
        "--close-on=stop",
        "--nofile=9",
        "--fault=errno=ENOSPC,at=accept/pollOpen,call=epoll_ctl,occurrence=2,times=3",
        "--network",
        "tcp",
        "--address",
        ":0",
        "--address",
        "same",
    )
    dialling = RunConfig(
        "", "tcp", ("127.0.0.1:7",), ServerOptions(program=Program.DIAL, reply="hi")
    )
    assert command_line(dialling)[:2] == ("--say=hi", "--program=dial")


def test_options_of_both_servers_are_the_same() -> None:
    assert set(SOCKET_OPTIONS) == set(OPTIONS)
