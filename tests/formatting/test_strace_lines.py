"""Rows of (system call as captured, the line that strace 6.1 printed for that very call)."""

import msgspec
import pytest
from hypothesis import given

from tests.support.strategies import calls_entered, calls_returned
from walkthrough.formatting.escaping import printable
from walkthrough.formatting.strace_lines import line
from walkthrough.model.events import CallEntered, CallReturned
from walkthrough.model.linux import constants as k
from walkthrough.model.values import (
    Argument,
    Constant,
    Data,
    EpollEvent,
    Flags,
    Pointer,
    Reference,
    Several,
    SocketAddress,
    Text,
    Unreadable,
    Value,
)

LOOPBACK = SocketAddress("AF_INET", "127.0.0.1", 7099)
TCP4 = Constant("AF_INET", 2)
NONE = Flags((), 0)
EDGES = k.flags(k.EPOLL_EVENTS, 0x80002005)


def returned(call: str, result: int, *, error: int = 0, **arguments: Value) -> CallReturned:
    return CallReturned(
        seq=1,
        time_ns=1,
        call=call,
        arguments=tuple(Argument(name, value) for name, value in arguments.items()),
        result=result,
        error=k.constant(k.ERRNO, error) if error else None,
    )


def option(
    call: str,
    level: int,
    name: int,
    value: Value,
    length: Value,
    *,
    result: int = 0,
    error: int = 0,
) -> CallReturned:
    return returned(
        call,
        result,
        error=error,
        sockfd=3,
        level=k.constant(k.SOL, level),
        optname=k.constant(k.OPTIONS.get(level, {}), name),
        optval=value,
        optlen=length,
    )


ROWS: list[tuple[CallReturned, str]] = [
    (
        returned(
            "socket",
            3,
            domain=TCP4,
            type=Flags(("SOCK_STREAM", "SOCK_CLOEXEC", "SOCK_NONBLOCK"), 0o2004001),
            protocol=Constant("IPPROTO_IP", 0),
        ),
        "socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC|SOCK_NONBLOCK, IPPROTO_IP) = 3",
    ),
    (
        returned(
            "socket",
            12,
            domain=Constant("AF_UNIX", 1),
            type=Flags(("SOCK_DGRAM", "SOCK_CLOEXEC"), 0o2000002),
            protocol=Constant("IPPROTO_IP", 0),
        ),
        "socket(AF_UNIX, SOCK_DGRAM|SOCK_CLOEXEC, 0) = 12",
    ),
    (
        returned(
            "socket",
            -1,
            error=22,
            domain=Constant("", 99),
            type=Flags(("SOCK_STREAM", "SOCK_CLOEXEC"), 0o2000021, 0x10),
            protocol=Constant("", 77),
        ),
        "socket(0x63 /* AF_??? */, SOCK_STREAM|SOCK_CLOEXEC|0x10, 77) = "
        "-1 EINVAL (Invalid argument)",
    ),
    (
        returned(
            "socket",
            -1,
            error=93,
            domain=TCP4,
            type=Flags(("SOCK_STREAM",), 1),
            protocol=Constant("", 99),
        ),
        "socket(AF_INET, SOCK_STREAM, 0x63 /* IPPROTO_??? */) = "
        "-1 EPROTONOSUPPORT (Protocol not supported)",
    ),
    (
        returned(
            "socket",
            -1,
            error=22,
            domain=TCP4,
            type=Flags((), 0x2F, 0x2F),
            protocol=Constant("IPPROTO_IP", 0),
        ),
        "socket(AF_INET, 0x2f /* SOCK_??? */, IPPROTO_IP) = -1 EINVAL (Invalid argument)",
    ),
    (
        returned("bind", 0, sockfd=3, addr=LOOPBACK, addrlen=16),
        'bind(3, {sa_family=AF_INET, sin_port=htons(7099), sin_addr=inet_addr("127.0.0.1")}, 16)'
        " = 0",
    ),
    (
        returned(
            "bind",
            -1,
            error=22,
            sockfd=3,
            addr=SocketAddress("AF_INET6", "::ffff:7f00:1", 8080, flowinfo=7, scope_id=3),
            addrlen=28,
        ),
        "bind(3, {sa_family=AF_INET6, sin6_port=htons(8080), sin6_flowinfo=htonl(7), "
        'inet_pton(AF_INET6, "::ffff:127.0.0.1", &sin6_addr), sin6_scope_id=3}, 28) = '
        "-1 EINVAL (Invalid argument)",
    ),
    (
        returned(
            "bind", 0, sockfd=13, addr=SocketAddress("AF_UNIX", path="\0abstract\1x"), addrlen=13
        ),
        'bind(13, {sa_family=AF_UNIX, sun_path=@"abstract\\1x"}, 13) = 0',
    ),
    (
        returned("bind", -1, error=22, sockfd=3, addr=Data(b"\x02\0", 2), addrlen=2),
        "bind(3, {sa_family=AF_INET}, 2) = -1 EINVAL (Invalid argument)",
    ),
    (
        returned(
            "bind", -1, error=22, sockfd=3, addr=Data(b"\x63\0\x1f\x90\0\0\0\7", 8), addrlen=8
        ),
        'bind(3, {sa_family=0x63 /* AF_??? */, sa_data="\\37\\220\\0\\0\\0\\7"}, 8) = '
        "-1 EINVAL (Invalid argument)",
    ),
    (
        returned(
            "getsockname",
            0,
            sockfd=14,
            addr=SocketAddress("AF_UNIX"),
            addrlen=Reference(Several((110, 2))),
        ),
        "getsockname(14, {sa_family=AF_UNIX}, [110 => 2]) = 0",
    ),
    (returned("listen", 0, sockfd=3, backlog=4096), "listen(3, 4096) = 0"),
    (
        returned("listen", -1, error=98, sockfd=3, backlog=-1),
        "listen(3, -1) = -1 EADDRINUSE (Address already in use)",
    ),
    (
        msgspec.structs.replace(
            returned("listen", -1, error=98, sockfd=3, backlog=8), injected=True
        ),
        "listen(3, 8) = -1 EADDRINUSE (Address already in use) (INJECTED)",
    ),
    (
        returned("unlinkat", 0, dirfd=Constant("AT_FDCWD", -100), pathname=Text("/s"), flags=NONE),
        'unlinkat(AT_FDCWD, "/s", 0) = 0',
    ),
    (
        returned(
            "accept4",
            -1,
            error=11,
            sockfd=3,
            addr=Pointer(0x2F0FEEF50B84),
            addrlen=Reference(112),
            flags=k.flags(k.SOCK_FLAGS, 0o2004000),
        ),
        "accept4(3, 0x2f0feef50b84, [112], SOCK_CLOEXEC|SOCK_NONBLOCK) = "
        "-1 EAGAIN (Resource temporarily unavailable)",
    ),
    (
        returned("accept4", -1, error=22, sockfd=3, addr=None, addrlen=None, flags=Flags((), 0)),
        "accept4(3, NULL, NULL, 0) = -1 EINVAL (Invalid argument)",
    ),
    (
        returned(
            "accept4", -1, error=22, sockfd=3, addr=None, addrlen=None, flags=Flags((), 16, 16)
        ),
        "accept4(3, NULL, NULL, 0x10 /* SOCK_??? */) = -1 EINVAL (Invalid argument)",
    ),
    (
        returned("epoll_create1", 5, flags=k.flags(k.EPOLL_CREATE, 0o2000000)),
        "epoll_create1(EPOLL_CLOEXEC) = 5",
    ),
    (
        returned("epoll_create1", -1, error=22, flags=k.flags(k.EPOLL_CREATE, 0o2000001)),
        "epoll_create1(EPOLL_CLOEXEC|0x1) = -1 EINVAL (Invalid argument)",
    ),
    (
        returned("eventfd2", 6, initval=0, flags=k.flags(k.EVENTFD, 0o2004000)),
        "eventfd2(0, EFD_CLOEXEC|EFD_NONBLOCK) = 6",
    ),
    (
        returned(
            "epoll_ctl",
            0,
            epfd=5,
            op=Constant("EPOLL_CTL_ADD", 1),
            fd=3,
            event=EpollEvent(EDGES, 4591389448360427522),
        ),
        "epoll_ctl(5, EPOLL_CTL_ADD, 3, {events=EPOLLIN|EPOLLOUT|EPOLLRDHUP|EPOLLET, "
        "data={u32=2264924162, u64=4591389448360427522}}) = 0",
    ),
    (
        returned(
            "epoll_ctl",
            -1,
            error=22,
            epfd=3,
            op=Constant("EPOLL_CTL_ADD", 1),
            fd=4,
            event=EpollEvent(k.flags(k.EPOLL_EVENTS, 0x8000000), 2**64 - 1),
        ),
        "epoll_ctl(3, EPOLL_CTL_ADD, 4, {events=0x8000000 /* EPOLL??? */, "
        "data={u32=4294967295, u64=18446744073709551615}}) = -1 EINVAL (Invalid argument)",
    ),
    (
        returned(
            "epoll_ctl",
            -1,
            error=22,
            epfd=3,
            op=Constant("EPOLL_CTL_ADD", 1),
            fd=4,
            event=EpollEvent(k.flags(k.EPOLL_EVENTS, 0), 2**64 - 1),
        ),
        "epoll_ctl(3, EPOLL_CTL_ADD, 4, {events=0, "
        "data={u32=4294967295, u64=18446744073709551615}}) = -1 EINVAL (Invalid argument)",
    ),
    (
        returned(
            "epoll_ctl",
            0,
            epfd=5,
            op=Constant("EPOLL_CTL_DEL", 2),
            fd=4,
            event=Pointer(0x2F0FEEF508EC),
        ),
        "epoll_ctl(5, EPOLL_CTL_DEL, 4, 0x2f0feef508ec) = 0",
    ),
    (
        returned("epoll_ctl", -1, error=14, epfd=3, op=Constant("", 9), fd=4, event=None),
        "epoll_ctl(3, 0x9 /* EPOLL_CTL_??? */, 4, NULL) = -1 EFAULT (Bad address)",
    ),
    (
        returned(
            "epoll_pwait",
            1,
            epfd=5,
            events=Several((EpollEvent(k.flags(k.EPOLL_EVENTS, 5), 4591389448360427521),)),
            maxevents=128,
            timeout=0,
            sigmask=None,
            sigsetsize=0,
        ),
        "epoll_pwait(5, [{events=EPOLLIN|EPOLLOUT, data={u32=2264924161, "
        "u64=4591389448360427521}}], 128, 0, NULL, 0) = 1",
    ),
    (
        returned("epoll_wait", 0, epfd=4, events=Several(()), maxevents=1023, timeout=0),
        "epoll_wait(4, [], 1023, 0) = 0",
    ),
    (
        option("setsockopt", 1, 2, Reference(1), 4),
        "setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0",
    ),
    (
        option("setsockopt", 41, 26, Reference(0), 4),
        "setsockopt(3, SOL_IPV6, IPV6_V6ONLY, [0], 4) = 0",
    ),
    (
        option("setsockopt", 1, 99, None, 0, result=-1, error=22),
        "setsockopt(3, SOL_SOCKET, 0x63 /* SO_??? */, NULL, 0) = -1 EINVAL (Invalid argument)",
    ),
    (
        option("setsockopt", 77, 3, Data(b"abc", 3), 3, result=-1, error=95),
        'setsockopt(3, 0x4d /* SOL_?? */, 3, "abc", 3) = -1 EOPNOTSUPP (Operation not supported)',
    ),
    (
        option("setsockopt", 1, 13, Data(b"\1\0\0\0\2\0\0\0", 8), 8),
        "setsockopt(3, SOL_SOCKET, SO_LINGER, {l_onoff=1, l_linger=2}, 8) = 0",
    ),
    (
        option("getsockopt", 1, 4, Reference(0), Reference(4)),
        "getsockopt(3, SOL_SOCKET, SO_ERROR, [0], [4]) = 0",
    ),
    (
        returned(
            "openat",
            4,
            dirfd=Constant("AT_FDCWD", -100),
            pathname=Text("/proc/sys/net/core/somaxconn"),
            flags=Flags(("O_RDONLY", "O_CLOEXEC"), 0o2000000),
        ),
        'openat(AT_FDCWD, "/proc/sys/net/core/somaxconn", O_RDONLY|O_CLOEXEC) = 4',
    ),
    (
        returned(
            "openat",
            9,
            dirfd=Constant("AT_FDCWD", -100),
            pathname=Text("/tmp/a b\n\u4f60"),
            flags=Flags(("O_RDWR", "O_CREAT"), 0o102),
            mode=0o640,
        ),
        'openat(AT_FDCWD, "/tmp/a b\\n\\344\\275\\240", O_RDWR|O_CREAT, 0640) = 9',
    ),
    (
        returned("openat", -1, error=14, dirfd=5, pathname=None, flags=Flags(("O_RDONLY",), 0)),
        "openat(5, NULL, O_RDONLY) = -1 EFAULT (Bad address)",
    ),
    (
        returned("fcntl", 0x8000, fd=4, op=Constant("F_GETFL", 3)),
        "fcntl(4, F_GETFL) = 0x8000 (flags O_RDONLY|O_LARGEFILE)",
    ),
    (
        msgspec.structs.replace(
            returned("fcntl", 0x20001, fd=4, op=Constant("F_GETFL", 3)),
            flags=Flags(("O_LARGEFILE",), 0x20000),  # as aarch64 numbers it
        ),
        "fcntl(4, F_GETFL) = 0x20001 (flags O_WRONLY|O_LARGEFILE)",
    ),
    (
        returned("fcntl", 2, fd=7, op=Constant("F_GETFL", 3)),
        "fcntl(7, F_GETFL) = 0x2 (flags O_RDWR)",
    ),
    (returned("fcntl", 0, fd=0, op=Constant("F_GETFD", 1)), "fcntl(0, F_GETFD) = 0"),
    (
        returned("fcntl", 1, fd=7, op=Constant("F_GETFD", 1)),
        "fcntl(7, F_GETFD) = 0x1 (flags FD_CLOEXEC)",
    ),
    (
        returned(
            "fcntl",
            0,
            fd=4,
            op=Constant("F_SETFL", 4),
            arg=Flags(("O_RDONLY", "O_NONBLOCK", "O_LARGEFILE"), 0o104000),
        ),
        "fcntl(4, F_SETFL, O_RDONLY|O_NONBLOCK|O_LARGEFILE) = 0",
    ),
    (
        returned("fcntl", 8, fd=7, op=Constant("F_DUPFD_CLOEXEC", 1030), arg=3),
        "fcntl(7, F_DUPFD_CLOEXEC, 3) = 8",
    ),
    (
        returned(
            "pipe2",
            0,
            pipefd=Several((16, 17)),
            flags=Flags(("O_RDONLY", "O_NONBLOCK", "O_CLOEXEC"), 0o2004000),
        ),
        "pipe2([16, 17], O_NONBLOCK|O_CLOEXEC) = 0",
    ),
    (
        returned("pipe2", -1, error=14, pipefd=None, flags=Flags(("O_RDONLY",), 0)),
        "pipe2(NULL, 0) = -1 EFAULT (Bad address)",
    ),
    (
        returned("read", 5, fd=9, buf=Data(b"4096\n", 5), count=10),
        'read(9, "4096\\n", 10) = 5',
    ),
    (returned("read", 0, fd=7, buf=Data(b"", 0), count=10), 'read(7, "", 10) = 0'),
    (
        returned("read", -1, error=9, fd=-1, buf=Pointer(0x7FB79CA87FB0), count=5),
        "read(-1, 0x7fb79ca87fb0, 5) = -1 EBADF (Bad file descriptor)",
    ),
    (
        returned("write", 32, fd=1, buf=Data(b"a" * 32, 32), count=32),
        f'write(1, "{"a" * 32}", 32) = 32',
    ),
    (
        returned("write", 33, fd=1, buf=Data(b"a" * 33, 33), count=33),
        f'write(1, "{"a" * 32}"..., 33) = 33',
    ),
    (
        returned("write", 10, fd=1, buf=Data(b"\0011\0018\1a\x7f\v\f\r", 10), count=10),
        'write(1, "\\0011\\18\\1a\\177\\v\\f\\r", 10) = 10',
    ),
    (
        returned("write", 4, fd=6, buf=Data(b"12\0003", 4), count=4),
        'write(6, "12\\0003", 4) = 4',
    ),
    (
        returned(
            "sendto",
            7,
            sockfd=6,
            buf=Data(b"h\x1b[31m9", 7),
            len=7,
            flags=k.flags(k.MSG, 0x4000),
            dest_addr=None,
            addrlen=0,
        ),
        'sendto(6, "h\\33[31m9", 7, MSG_NOSIGNAL, NULL, 0) = 7',
    ),
    (
        returned(
            "sendto",
            -1,
            error=107,
            sockfd=3,
            buf=None,
            len=0,
            flags=k.flags(k.MSG, 0x100000),
            dest_addr=None,
            addrlen=0,
        ),
        "sendto(3, NULL, 0, 0x100000 /* MSG_??? */, NULL, 0) = "
        "-1 ENOTCONN (Transport endpoint is not connected)",
    ),
    (
        returned("shutdown", 0, sockfd=6, how=Constant("SHUT_WR", 1)),
        "shutdown(6, SHUT_WR) = 0",
    ),
    (
        returned("shutdown", -1, error=22, sockfd=3, how=Constant("", 7)),
        "shutdown(3, 0x7 /* SHUT_??? */) = -1 EINVAL (Invalid argument)",
    ),
    (
        returned("close", -1, error=512, fd=4),
        "close(4) = ? ERESTARTSYS (To be restarted if SA_RESTART is set)",
    ),
    (returned("getpid", 7), "getpid() = 7"),
]


@pytest.mark.parametrize(("event", "expected"), ROWS, ids=lambda part: str(part)[:40])
def test_finished_call(event: CallReturned, expected: str) -> None:
    assert line(None, event) == expected


def entered(call: str, **arguments: Value) -> CallEntered:
    given = tuple(Argument(name, value) for name, value in arguments.items())
    return CallEntered(seq=0, time_ns=0, call=call, arguments=given)


def test_open_call_has_no_result_yet() -> None:
    call = entered("read", fd=4, buf=Pointer(0xC000), count=512)
    assert line(call, None) == "read(4, 0xc000, 512) = ?"
    assert line(call, None, unfinished=True) == "read(4, 0xc000, 512 <unfinished ...>"
    assert line(entered("getpid"), None, unfinished=True) == "getpid( <unfinished ...>"


def test_arguments_of_the_return_replace_those_of_the_entry() -> None:
    call = entered("read", fd=4, buf=Pointer(0xC000), count=512)
    done = returned("read", 2, fd=4, buf=Data(b"hi", 2), count=512)
    assert line(call, done) == 'read(4, "hi", 512) = 2'
    assert line(call, done, unfinished=True) == 'read(4, "hi", 512) = 2'


def test_return_without_arguments_keeps_those_of_the_entry() -> None:
    assert line(entered("close", fd=4), returned("close", 0)) == "close(4) = 0"


def test_no_call_is_no_line() -> None:
    assert line(None, None) == ""


def test_unreadable_memory_is_shown_by_its_address() -> None:
    call = returned("bind", -1, error=14, sockfd=3, addr=Unreadable("no memory", 0x10), addrlen=16)
    assert line(None, call) == "bind(3, 0x10, 16) = -1 EFAULT (Bad address)"


def test_nested_values_are_cut() -> None:
    value: Value = 1
    for _ in range(500):
        value = Reference(value)
    assert len(line(None, returned("x", 0, a=value))) < 100


@given(calls_entered(), calls_returned())
def test_whatever_was_captured_is_printable_and_bounded(
    begun: CallEntered, done: CallReturned
) -> None:
    for text in (
        line(begun, done),
        line(None, done),
        line(begun, None),
        line(begun, None, unfinished=True),
    ):
        assert printable(text) == text
