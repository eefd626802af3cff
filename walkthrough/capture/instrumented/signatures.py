"""The traced functions: what each stands for on the path, and the names of what goes in and out.

One table, to be compared with the tracer's list for the Go server (capture/ptrace/path.toml): the
marks are the same; arguments that Python has no use for (contexts, hooks) are left out.
"""

from typing import NamedTuple


class Signature(NamedTuple):
    """One traced function.

    Attributes:
        mark: The stage or finer step it stands for, None for one in between.
        arguments: ``name:kind`` in order, a method's receiver first; kinds are in `describe`.
        results: Likewise; ``err`` comes last, in Python it is raised.
        on_error: What Go returns in the other results' places when there is an error.
    """

    mark: str | None = None
    arguments: tuple[tuple[str, str], ...] = ()
    results: tuple[tuple[str, str], ...] = ()
    on_error: tuple[int | bool | str | None, ...] = ()


_ZERO: dict[str, int | bool | str | None] = {"int": 0, "bool": False, "string": ""}


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, kind) for name, _, kind in (item.partition(":") for item in text.split()))


def _signature(mark: str, arguments: str, results: str) -> Signature:
    on_error = []
    plain = []
    for item in results.split():
        pair, _, given = item.partition("=")
        plain.append(pair)
        if not pair.endswith(":error"):
            on_error.append(int(given) if given else _ZERO.get(pair.partition(":")[2]))
    return Signature(mark or None, _pairs(arguments), _pairs(" ".join(plain)), tuple(on_error))


_FD, _PD = "fd:*poll.FD", "pd:*runtime.pollDesc"
_NETFD = "fd:*net.netFD"
_HOOK = "ctrlCtxFn:func"

# Go's name: mark, arguments, results (=-1: its value on an error, where that is not zero).
# Signatures of go1.27.
_TABLE: dict[str, tuple[str, str, str]] = {
    "main.main": ("", "", ""),
    "main.mainWithOptions": ("", "network:string addresses:strings", ""),
    "main.listen": ("", "network:string address:string", "l:interface err:error"),
    "main.control": ("control", "network:string address:string raw:interface", "err:error"),
    "main.control.func1": ("", "descriptor:uintptr", ""),
    "main.listenAgain": ("", "listener:interface backlog:int", "err:error"),
    "main.listenAgain.func1": ("", "descriptor:uintptr", ""),
    "main.acceptLoop": ("", "listener:interface", ""),
    "main.acceptLoop.func1": ("", "connection:interface", ""),
    "main.goOn": ("", "err:error", ":bool"),
    "main.backOff": ("", "", ""),
    "main.leave": ("", "connection:interface most:int", ""),
    "main.serve": ("", "connection:interface", ""),
    "main.answer": ("", "connection:interface received:slice", ""),
    "net.Listen": ("", "network:string address:string", "l:interface err:error"),
    "net.(*ListenConfig).Listen": (
        "",
        "lc:interface network:string address:string",
        "l:interface err:error",
    ),
    "net.ListenPacket": ("", "network:string address:string", "c:interface err:error"),
    "net.(*ListenConfig).ListenPacket": (
        "",
        "lc:interface network:string address:string",
        "c:interface err:error",
    ),
    "net.Dial": ("", "network:string address:string", "c:interface err:error"),
    "net.(*Dialer).DialContext": ("", "network:string address:string", "c:interface err:error"),
    "net.(*Resolver).resolveAddrList": (
        "resolveAddrList",
        "op:string network:string addr:string",
        "addrs:addresses err:error",
    ),
    "net.(*sysListener).listenTCPProto": (
        "",
        "sl:interface laddr:interface proto:protocol",
        "l:interface err:error",
    ),
    "net.(*sysListener).listenUDP": (
        "",
        "sl:interface laddr:interface",
        "c:interface err:error",
    ),
    "net.(*sysListener).listenUnix": (
        "",
        "sl:interface laddr:interface",
        "l:interface err:error",
    ),
    "net.(*sysDialer).dialParallel": (
        "",
        "sd:interface primaries:addresses fallbacks:addresses",
        "c:interface err:error",
    ),
    "net.(*sysDialer).dialSerial": ("", "sd:interface ras:addresses", "c:interface err:error"),
    "net.(*sysDialer).dialSingle": ("", "sd:interface ra:interface", "c:interface err:error"),
    "net.(*sysDialer).dialTCP": (
        "",
        "sd:interface laddr:interface raddr:interface",
        "c:interface err:error",
    ),
    "net.(*sysDialer).doDialTCPProto": (
        "",
        "sd:interface laddr:interface raddr:interface proto:protocol",
        "c:interface err:error",
    ),
    "net.(*sysDialer).dialUDP": (
        "",
        "sd:interface laddr:interface raddr:interface",
        "c:interface err:error",
    ),
    "net.(*sysDialer).dialUnix": (
        "",
        "sd:interface laddr:interface raddr:interface",
        "c:interface err:error",
    ),
    "net.unixSocket": (
        "",
        f"net:string laddr:interface raddr:interface mode:string {_HOOK}",
        f"{_NETFD} err:error",
    ),
    "net.internetSocket": (
        "",
        "net:string laddr:interface raddr:interface sotype:socktype proto:protocol mode:string"
        f" {_HOOK}",
        f"{_NETFD} err:error",
    ),
    "net.favoriteAddrFamily": (
        "",
        "network:string laddr:interface raddr:interface mode:string",
        "family:family ipv6only:bool",
    ),
    "net.(*ipStackCapabilities).probe": ("probe", "p:interface", ""),
    "net.socket": (
        "",
        "net:string family:family sotype:socktype proto:protocol ipv6only:bool"
        f" laddr:interface raddr:interface {_HOOK}",
        f"{_NETFD} err:error",
    ),
    "net.sysSocket": (
        "sysSocket",
        "family:family sotype:socktype proto:protocol",
        "s:int=-1 err:error",
    ),
    "net.setDefaultSockopts": (
        "setDefaultSockopts",
        "s:int family:family sotype:socktype ipv6only:bool",
        "err:error",
    ),
    "net.listenerBacklog": ("listenerBacklog", "", "backlog:int"),
    "net.maxListenerBacklog": ("", "", "backlog:int"),
    "net.(*netFD).listenStream": (
        "",
        f"{_NETFD} laddr:interface backlog:int {_HOOK}",
        "err:error",
    ),
    "net.(*netFD).listenDatagram": ("", f"{_NETFD} laddr:interface {_HOOK}", "err:error"),
    "net.(*netFD).dial": (
        "",
        f"{_NETFD} laddr:interface raddr:interface {_HOOK}",
        "err:error",
    ),
    "net.(*netFD).connect": ("", f"{_NETFD} la:interface ra:interface", "rsa:interface err:error"),
    "net.(*rawConn).Control": ("", "c:interface f:func", "err:error"),
    "net.setDefaultListenerSockopts": ("setDefaultListenerSockopts", "s:int", "err:error"),
    "syscall.Bind": ("bind", "fd:int sa:interface", "err:error"),
    "syscall.Listen": ("listen", "s:int backlog:int", "err:error"),
    "syscall.Connect": ("connect", "fd:int sa:interface", "err:error"),
    "syscall.GetsockoptInt": ("", "fd:int level:int opt:int", "value:int err:error"),
    "syscall.Getpeername": ("", "fd:int", "sa:interface err:error"),
    "syscall.Getsockname": ("getsockname", "fd:int", "sa:interface err:error"),
    "internal/poll.(*pollDesc).init": ("", f"pd:*poll.pollDesc {_FD}", "err:error"),
    "internal/poll.runtime_pollServerInit": ("pollServerInit", "", ""),
    "runtime.netpollGenericInit": ("", "", ""),
    "runtime.netpollinit": ("", "", ""),
    "internal/poll.runtime_pollOpen": ("pollOpen", "fd:uintptr", f"{_PD} errno:errno"),
    "runtime.netpollopen": ("", f"fd:uintptr {_PD}", "errno:errno"),
    "net.(*TCPListener).Accept": ("accept", "l:*net.TCPListener", "c:interface err:error"),
    "net.(*TCPListener).accept": ("", "ln:*net.TCPListener", "c:*net.TCPConn err:error"),
    "net.(*TCPListener).SetDeadline": ("", "l:*net.TCPListener t:int", "err:error"),
    "net.(*UnixListener).Accept": ("accept", "l:interface", "c:interface err:error"),
    "net.(*UnixListener).accept": ("", "ln:interface", "c:interface err:error"),
    "net.(*UnixListener).SetDeadline": ("", "l:interface t:int", "err:error"),
    "net.(*netFD).accept": ("", _NETFD, "netfd:*net.netFD err:error"),
    "internal/poll.(*FD).Accept": ("", _FD, "s:int=-1 rsa:interface err:error"),
    "internal/poll.accept": ("accept4", "s:int", "s:int=-1 rsa:interface err:error"),
    "internal/poll.runtime_pollSetDeadline": ("setDeadline", f"{_PD} d:int mode:mode", ""),
    "internal/poll.runtime_pollWait": ("pollWait", f"{_PD} mode:mode", "errno:int32"),
    "runtime.netpollblock": ("", f"{_PD} mode:mode waitio:bool", "ready:bool"),
    "runtime.gopark": ("", "unlockf:func lock:*runtime.pollDesc", ""),
    "runtime.netpoll": ("pollReady", "delay:int", ""),
    "runtime.netpollready": ("", f"toRun:*runtime.gList {_PD} mode:mode", ""),
    "runtime.netpollgoready": ("", "gp:*runtime.g", ""),
    "net.newTCPConn": ("", f"{_NETFD} keepAliveIdle:int", "c:*net.TCPConn"),
    "net.setNoDelay": ("setNoDelay", f"{_NETFD} noDelay:bool", "err:error"),
    "net.setKeepAlive": ("setKeepAlive", f"{_NETFD} keepalive:bool", "err:error"),
    "net.setKeepAliveIdle": ("setKeepAlive", f"{_NETFD} d:int", "err:error"),
    "net.setKeepAliveInterval": ("setKeepAlive", f"{_NETFD} d:int", "err:error"),
    "net.setKeepAliveCount": ("setKeepAlive", f"{_NETFD} n:int", "err:error"),
    "internal/poll.(*FD).Read": ("read", f"{_FD} p:slice", "n:int err:error"),
    "internal/poll.(*FD).Write": ("write", f"{_FD} p:slice", "n:int err:error"),
    "net.(*UDPConn).ReadFrom": ("", "c:interface b:slice", "n:int addr:interface err:error"),
    "internal/poll.(*FD).ReadFromInet4": (
        "read",
        f"{_FD} p:slice",
        "n:int from:interface err:error",
    ),
    "internal/poll.(*FD).ReadFromInet6": (
        "read",
        f"{_FD} p:slice",
        "n:int from:interface err:error",
    ),
    "net.(*UDPConn).WriteTo": ("", "c:interface b:slice addr:interface", "n:int err:error"),
    "internal/poll.(*FD).WriteToInet4": (
        "write",
        f"{_FD} p:slice sa:interface",
        "n:int err:error",
    ),
    "internal/poll.(*FD).WriteToInet6": (
        "write",
        f"{_FD} p:slice sa:interface",
        "n:int err:error",
    ),
    "internal/poll.(*FD).Close": ("close", _FD, "err:error"),
    "net.(*conn).Close": ("", "c:*net.conn", "err:error"),
    "net.(*TCPListener).Close": ("", "l:*net.TCPListener", "err:error"),
    "net.(*UnixListener).Close": ("", "l:interface", "err:error"),
    "net.(*UnixListener).close": ("", "ln:interface", "err:error"),
    "net.(*UnixListener).close.func1": ("", "ln:interface", ""),
    "internal/poll.runtime_pollUnblock": ("", _PD, ""),
    "internal/poll.runtime_pollClose": ("", _PD, ""),
}

SIGNATURES: dict[str, Signature] = {name: _signature(*row) for name, row in _TABLE.items()}
