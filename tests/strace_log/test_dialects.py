"""What versions and options of strace spell in different ways is read as the same call."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkthrough.compare.align import compare
from walkthrough.compare.inputs import of_log
from walkthrough.model.events import KernelObserved
from walkthrough.model.kernel_state import KernelState
from walkthrough.model.stages import Place
from walkthrough.strace_log.events import to_events
from walkthrough.strace_log.log import Log, parse
from walkthrough.strace_log.told_stages import place_of_calls

PLAIN = """\
30 socket(AF_INET, SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 7
30 setsockopt(7, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
30 bind(7, {sa_family=AF_INET, sin_port=htons(9090), sin_addr=inet_addr("10.1.2.3")}, 16) = 0
30 listen(7, 11)                     = 0
30 epoll_create1(EPOLL_CLOEXEC)      = 8
30 epoll_ctl(8, EPOLL_CTL_ADD, 7, {events=EPOLLIN|EPOLLET, data={u32=9, u64=4294967305}}) = 0
30 epoll_wait(8, [{events=EPOLLIN, data={u32=9, u64=4294967305}}], 16, -1) = 1
30 accept4(7, {sa_family=AF_INET, sin_port=htons(513), sin_addr=inet_addr("10.1.2.9")}, \
[128 => 16], SOCK_CLOEXEC) = 9
30 recvfrom(9, "a, b=\\"c\\" [1->2] /* d */", 64, 0, NULL, NULL) = 24
30 fcntl(9, F_SETFL, O_RDWR|O_NONBLOCK) = 0
30 shutdown(9, SHUT_WR)              = 0
30 close(9)                          = 0
"""
"""The notation of strace 6.1; each of `DIALECTS` says the same."""

DIALECTS = {
    "argument names (-N, 7.2)": """\
30    socket(domain=AF_INET, type=SOCK_STREAM|SOCK_NONBLOCK, protocol=IPPROTO_TCP) = 7
30    setsockopt(sockfd=7, level=SOL_SOCKET, optname=SO_REUSEADDR, optval=[1], optlen=4) = 0
30    bind(sockfd=7, addr={sa_family=AF_INET, sin_port=htons(9090), \
sin_addr=inet_addr("10.1.2.3")}, addrlen=16) = 0
30    listen(sockfd=7, backlog=11) = 0
30    epoll_create1(flags=EPOLL_CLOEXEC) = 8
30    epoll_ctl(epfd=8, op=EPOLL_CTL_ADD, fd=7, event={events=EPOLLIN|EPOLLET, \
data=0x100000009}) = 0
30    epoll_wait(epfd=8 <unfinished ...>
30    <... epoll_wait resumed>, events=[{events=EPOLLIN, data=0x100000009}], maxevents=16, \
timeout=-1) = 1
30    accept4(sockfd=7, addr={sa_family=AF_INET, sin_port=htons(513), \
sin_addr=inet_addr("10.1.2.9")}, addrlen=[128 => 16], flags=SOCK_CLOEXEC) = 9
30    recvfrom(sockfd=9, buf="a, b=\\"c\\" [1->2] /* d */", size=64, flags=0, src_addr=NULL, \
addrlen=NULL) = 24
30    fcntl(fd=9, op=F_SETFL, arg=O_RDWR|O_NONBLOCK) = 0
30    shutdown(sockfd=9, how=SHUT_WR) = 0
30    close(fd=9) = 0
""",
    "before 5.12": """\
30 socket(AF_INET, SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 7
30 setsockopt(7, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
30 bind(7, {sa_family=AF_INET, sin_port=htons(9090), sin_addr=inet_addr("10.1.2.3")}, 16) = 0
30 listen(7, 11)                     = 0
30 epoll_create1(EPOLL_CLOEXEC)      = 8
30 epoll_ctl(8, EPOLL_CTL_ADD, 7, {EPOLLIN|EPOLLET, {u32=9, u64=4294967305}}) = 0
30 epoll_wait(8,  <unfinished ...>
30 <... epoll_wait resumed> [{EPOLLIN, {u32=9, u64=4294967305}}], 16, -1) = 1
30 accept4(7, {sa_family=AF_INET, sin_port=htons(513), sin_addr=inet_addr("10.1.2.9")}, \
[128->16], SOCK_CLOEXEC) = 9
30 recvfrom(9, "a, b=\\"c\\" [1->2] /* d */", 64, 0, NULL, NULL) = 24
30 fcntl(9, F_SETFL, O_RDWR|O_NONBLOCK) = 0
30 shutdown(9, SHUT_WR) = 0
30 close(9) = 0
""",
    "-X verbose": """\
30 socket(0x2 /* AF_INET */, 0x1 /* SOCK_STREAM */|0x800 /* SOCK_NONBLOCK */, \
0x6 /* IPPROTO_TCP */) = 7
30 setsockopt(7, 0x1 /* SOL_SOCKET */, 0x2 /* SO_REUSEADDR */, [1], 4) = 0
30 bind(7, {sa_family=0x2 /* AF_INET */, sin_port="\\x23\\x82" /* htons(9090) */, \
sin_addr="\\x0a\\x01\\x02\\x03" /* inet_addr("10.1.2.3") */}, 16) = 0
30 listen(7, 11) = 0
30 epoll_create1(0x80000 /* EPOLL_CLOEXEC */) = 8
30 epoll_ctl(8, 0x1 /* EPOLL_CTL_ADD */, 7, {events=0x80000001 /* EPOLLIN|EPOLLET */, \
data={u32=9, u64=4294967305}}) = 0
30 epoll_wait(8, [{events=0x1 /* EPOLLIN */, data={u32=9, u64=4294967305}}], 16, -1) = 1
30 accept4(7, {sa_family=0x2 /* AF_INET */, sin_port="\\x02\\x01" /* htons(513) */, \
sin_addr="\\x0a\\x01\\x02\\x09" /* inet_addr("10.1.2.9") */}, [128 => 16], \
0x80000 /* SOCK_CLOEXEC */) = 9
30 recvfrom(9, "a, b=\\"c\\" [1->2] /* d */", 64, 0, NULL, NULL) = 24
30 fcntl(9, 0x4 /* F_SETFL */, 0x802 /* O_RDWR|O_NONBLOCK */) = 0
30 shutdown(9, 0x1 /* SHUT_WR */) = 0
30 close(9) = 0
""",
    "-X raw": """\
30 socket(0x2, 0x1|0x800, 0x6) = 7
30 setsockopt(7, 0x1, 0x2, [1], 4) = 0
30 bind(7, {sa_family=0x2, sin_port="\\x23\\x82", sin_addr="\\x0a\\x01\\x02\\x03"}, 16) = 0
30 listen(7, 11) = 0
30 epoll_create1(0x80000) = 8
30 epoll_ctl(8, 0x1, 7, {events=0x80000001, data={u32=9, u64=4294967305}}) = 0
30 epoll_wait(8, [{events=0x1, data={u32=9, u64=4294967305}}], 16, -1) = 1
30 accept4(7, {sa_family=0x2, sin_port="\\x02\\x01", sin_addr="\\x0a\\x01\\x02\\x09"}, \
[128 => 16], 0x80000) = 9
30 recvfrom(9, "a, b=\\"c\\" [1->2] /* d */", 64, 0, NULL, NULL) = 24
30 fcntl(9, 0x4, 0x802) = 0
30 shutdown(9, 0x1) = 0
30 close(9) = 0
""",
    "--color": "".join(
        f"\x1b[33m{line[:10]}\x1b[0m{line[10:]}\x1b[0;31m\x1b[m\n" for line in PLAIN.splitlines()
    ),
    "-Y": PLAIN.replace("30 ", "30<my server> "),
    "-n -i --secontext": PLAIN.replace("30 ", "30 [a_t] [ 288] [00007f0000000001] "),
    "-t -r -T": "".join(
        f"30 10:00:00 (+     0.000001) {line[3:]} <0.000002>\n" for line in PLAIN.splitlines()
    ),
    "socketcall of i386": PLAIN.replace(
        "socket(AF_INET, SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP)",
        "socketcall(SYS_SOCKET, [AF_INET, SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP])",
    ).replace("listen(7, 11)", "socketcall(4 /* SYS_LISTEN */, {7, 11})"),
    "echoed keys": PLAIN.replace("accept4(7, {", "accept4(7, ^C^\\{"),
}


def lines_of(text: str) -> list[str]:
    return [line + "\n" for line in text.splitlines()]


def last_view(log: Log) -> KernelState:
    *_, state = (e.state for e in to_events(log)[1] if isinstance(e, KernelObserved))
    return state


@pytest.mark.parametrize("text", DIALECTS.values(), ids=DIALECTS.keys())
def test_it_is_the_same_in_places_in_the_kernels_view_and_in_compare(text: str) -> None:
    plain, other = parse(lines_of(PLAIN), "plain"), parse(lines_of(text), "other")
    assert (other.unknown, other.remarks) == (0, ())
    assert place_of_calls(other.calls) == place_of_calls(plain.calls)
    assert Place() not in place_of_calls(other.calls)[:8]
    assert last_view(other) == last_view(plain)
    assert not compare(of_log(plain), of_log(other)).differs
    assert [(c.name, c.arguments, c.result) for c in other.calls] == [
        (c.name, c.arguments, c.result) for c in plain.calls
    ]


@pytest.mark.parametrize(
    ("spelled", "plain"),
    [
        (
            r'connect(5, {sa_family=0xa, sin6_port="\x00\x50", sin6_flowinfo="\x00\x00\x00\x00", '
            r'sin6_addr="\xfe\x80' + r"\x00" * 13 + r'\x07", sin6_scope_id=2}, 28) = 0',
            "connect(5, {sa_family=AF_INET6, sin6_port=htons(80), sin6_flowinfo=htonl(0), "
            'inet_pton(AF_INET6, "fe80::7", &sin6_addr), sin6_scope_id=2}, 28) = 0',
        ),
        (
            r'connect(5, {sin6_addr="\x00" /* inet_pton(AF_INET6, "::") */}, 28) = 0',
            'connect(5, {inet_pton(AF_INET6, "::", &sin6_addr)}, 28) = 0',
        ),
        ("socket(0x2, 0x80801, 0) = 0x4", "socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC|"
         "SOCK_NONBLOCK, IPPROTO_IP) = 4"),
        ("socket(0x1, 0x2, 0) = 4", "socket(AF_UNIX, SOCK_DGRAM, 0) = 4"),
        ("socket(0x63, 0x1, 0) = -1 EAFNOSUPPORT (x)", "socket(0x63, SOCK_STREAM, 0) = "
         "-1 EAFNOSUPPORT (x)"),
        ("socket(0x63 /* AF_??? */, SOCK_STREAM, 0) = -1 EINVAL (x)",
         "socket(0x63 /* AF_??? */, SOCK_STREAM, 0) = -1 EINVAL (x)"),
        ("listen(0x4, 0x80) = 0", "listen(4, 128) = 0"),
        ("accept4(0x4, 0x7ffd00001110, 0x7ffd00001120, 0x80000) = 0x5",
         "accept4(4, 0x7ffd00001110, 0x7ffd00001120, SOCK_CLOEXEC) = 5"),
        ("epoll_wait(0x5, 0x7f0000000040, 0x400, 0xffffffff) = 0x1",
         "epoll_wait(5, 0x7f0000000040, 1024, -1) = 1"),
        ("setsockopt(4, 0x6, 0x1, [1], 4) = 0", "setsockopt(4, SOL_TCP, TCP_NODELAY, [1], 4) = 0"),
        ("setsockopt(4, 0, 0xa, [1], 4) = 0", "setsockopt(4, SOL_IP, IP_MTU_DISCOVER, [1], 4) = 0"),
        ("openat(-100, 0x7f01, 0x80000) = 3", "openat(AT_FDCWD, 0x7f01, O_RDONLY|O_CLOEXEC) = 3"),
        ("fcntl64(3, 0x4, 0x802) = 0", "fcntl64(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0"),
        ("fcntl(3, 0x2, 0x1) = 0", "fcntl(3, F_SETFD, FD_CLOEXEC) = 0"),
        ("clone(child_stack=NULL, flags=0x1200000|17, child_tidptr=0x7fbe7321ae50) = 8",
         "clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD, "
         "child_tidptr=0x7fbe7321ae50) = 8"),
        ("clone(0x1200011, 0, 0, 0x7fab4e85fe50, 0) = 0x31d2", "clone(child_stack=NULL, "
         "flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD) = 12754"),
        ("clone(child_stack=0x7f10 /* x */, flags=CLONE_VM) = 9 /* 1009 in strace's PID NS */",
         "clone(child_stack=0x7f10 /* x */, flags=CLONE_VM) = 1009"),
        ("epoll_pwait(4, [{events=EPOLLIN|EPOLLHUP, data=NULL}], 8, 0, NULL, 8) = 1",
         "epoll_pwait(4, [{events=EPOLLIN|EPOLLHUP, data={u32=0, u64=0}}], 8, 0, NULL, 8) = 1"),
        ("epoll_wait(4, [{EPOLLERR|0x800, {u32=1, u64=1}}, {0, {u32=2, u64=2}}], 8, 0) = 2",
         "epoll_wait(4, [{events=EPOLLERR|0x800, data={u32=1, u64=1}}, "
         "{events=0, data={u32=2, u64=2}}], 8, 0) = 2"),
        ("recvmsg(3, {msg_name=0x7f00, msg_namelen=128->16, msg_iov=[]}, 0) = 0",
         "recvmsg(3, {msg_name=0x7f00, msg_namelen=128 => 16, msg_iov=[]}, 0) = 0"),
        ("close(3<UNIX-STREAM:[123->456]>) = 0", "close(3<UNIX-STREAM:[123->456]>) = 0"),
        ("accept(3, ) = ?", "accept(3) = ?"),
        ('write(1, "^C [1->2] 0x2 /* AF_INET */", 9) = 9',
         'write(1, "^C [1->2] 0x2 /* AF_INET */", 9) = 9'),
        ("socketcall(0x15, 0xffd0) = -1 EINVAL (x)", "socketcall(0x15, 0xffd0) = -1 EINVAL (x)"),
        ("socketcall(SYS_ACCEPT, [3, NULL, NULL]) = 4", "accept(3, NULL, NULL) = 4"),
        ("socketcall(SYS_ACCEPT, [3, NULL, NULL <unfinished ...>", "accept(3, NULL, NULL) = "),
        (
            "sendmsg(6, {msg_control=[{cmsg_len=20, cmsg_level=0x1, cmsg_type=0x1, "
            "cmsg_data=[8]}]}, 0) = 1",
            "sendmsg(6, {msg_control=[{cmsg_len=20, cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, "
            "cmsg_data=[8]}]}, 0) = 1",
        ),
        ("socketcall(SYS_ACCEPT, [3 <unfinished ...>", "accept(3) = "),
        ("wait4(pid=-1, status=NULL, options=0, usage=NULL) = 9<a> [x]",
         "wait4(-1, NULL, 0, NULL) = 9<a> [x]"),
        ("fcntl(3, F_GETFL) = 0x802 (flags 0x2 /* O_RDWR */|0x800 /* O_NONBLOCK */)",
         "fcntl(3, F_GETFL) = 0x802 (flags O_RDWR|O_NONBLOCK)"),
    ],
)  # fmt: skip
def test_one_call(spelled: str, plain: str) -> None:
    (call,) = parse([spelled + "\n"]).calls
    assert f"{call.name}({call.arguments}) = {call.result}" == plain


def machine_logs() -> list[tuple[str, list[str]]]:
    """Return a server's log on other machines, and the places of its calls."""
    address = '{sa_family=AF_INET, sin_port=htons(%d), sin_addr=inet_addr("127.0.0.1")}'
    arm64 = f"""\
50 socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC|SOCK_NONBLOCK, IPPROTO_IP) = 5
50 bind(5, {address % 8080}, 16) = 0
50 listen(5, 64) = 0
50 epoll_create1(EPOLL_CLOEXEC) = 6
50 epoll_ctl(6, EPOLL_CTL_ADD, 5, {{events=EPOLLIN, data=0x5}}) = 0
50 epoll_pwait(6, [{{events=EPOLLIN, data=0x5}}], 128, -1, NULL, 8) = 1
50 accept4(5, {address % 9}, [128 => 16], SOCK_CLOEXEC) = 7
50 ppoll([{{fd=7, events=POLLIN}}], 1, NULL, NULL, 0) = 1 ([{{fd=7, revents=POLLIN}}])
50 read(7, "x", 64) = 1
50 close(7) = 0
"""
    i386 = f"""\
[ Process PID=50 runs in 32 bit mode. ]
50 socketcall(SYS_SOCKET, {{AF_INET, SOCK_STREAM, IPPROTO_IP}}) = 5
50 socketcall(0x2 /* SYS_BIND */, [5, {address % 8080}, 16]) = 0
50 socketcall(SYS_LISTEN, [5, 64]) = 0
50 epoll_create(1) = 6
50 epoll_ctl(6, EPOLL_CTL_ADD, 5, {{EPOLLIN, {{u32=5, u64=5}}}}) = 0
50 epoll_wait(6, [{{EPOLLIN, {{u32=5, u64=5}}}}], 128, -1) = 1
50 socketcall(SYS_ACCEPT, [5, {address % 9}, [128->16]]) = 7
50 _newselect(8, [7], NULL, NULL, NULL) = 1 (in [7])
50 recv(7, "x", 64, 0) = 1
50 close(7) = 0
"""
    of_calls = ["sysSocket", "bind", "listen"]
    of_calls += ["pollServerInit", "pollOpen", "pollReady", "accept", "pollReady", "read", "close"]
    return [(arm64, of_calls), (i386, of_calls)]


@pytest.mark.parametrize(("text", "expected"), machine_logs(), ids=["arm64", "i386"])
def test_logs_of_other_machines(text: str, expected: list[str]) -> None:
    log = parse(lines_of(text))
    assert log.unknown == 0
    assert [_own(place) for place in place_of_calls(log.calls)] == expected
    assert [(s.fd, s.state) for s in last_view(log).sockets] == [(5, "LISTEN")]


def _own(place: Place) -> str:
    return str(place.stage) if place.stage is not None else str(place.step)


def test_what_is_in_one_notation_stays_as_it_is() -> None:
    log = parse(lines_of(PLAIN))
    found = [f"30 {c.name}({c.arguments}) = {c.result}\n" for c in log.calls]
    again = parse(found)
    assert [c.arguments for c in again.calls] == [c.arguments for c in log.calls]


PIECES = ["socket(", "bind(", "epoll_ctl(", "clone(", "socketcall(", "0x2", "|", "0x80801", "a=",
          "data=0x1", " /* AF_INET */", "SYS_ACCEPT, [", "3", ", ", "{", "}", '"', "\\x00\\x50",
          "sin_port=", "->", "[1->2]", "^C", "]", ")", " = ", "0x3", "-1 EINVAL (x)"]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=24).map("".join))
def test_no_spelling_raises(line: str) -> None:
    for call in parse([line + "\n"]).calls:
        again = parse([f"{call.name}({call.arguments}) = {call.result}\n"])
        assert len(again.calls) <= 1
