"""A private network namespace, see network_namespaces(7) and user_namespaces(7).

It has a loopback interface and nothing else: what listens on every interface there can
be reached only by the processes inside. A process enters it before it starts anything, so that
server, clients, tracer and observer share it. Everything else stays the same: the user, what the
user may do, and the kernel's settings for sockets.
"""

import contextlib
import ctypes
import errno
import functools
import os
import socket
import struct
import sys
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from walkthrough.capture import processes
from walkthrough.capture.environment import privileges
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.packets.ring import PacketRing
from walkthrough.capture.parent_death import die_with_parent
from walkthrough.i18n.messages import Message, message
from walkthrough.i18n.system_errors import error_number_text

_CLONE_NEWNS, _CLONE_NEWUSER, _CLONE_NEWNET = 0x20000, 0x10000000, 0x40000000  # clone(2)
_MS_BIND, _MS_REC, _MS_PRIVATE = 0x1000, 0x4000, 0x40000  # mount(2)
_SIOCSIFFLAGS, _IFF_UP = 0x8914, 0x1  # netdevice(7)
_INTERFACE_REQUEST = struct.Struct("=16sh22x")
# rtnetlink(7): a header, properties of an address, and the address itself, twice
_RTM_NEWADDR, _IFA_ADDRESS, _IFA_LOCAL, _IFA_F_NODAD = 20, 1, 2, 0x2
_REQUEST_CREATE_ACK = 0x1 | 0x400 | 0x4
_NETLINK_HEADER = struct.Struct("=IHHII")
_ADDRESS_HEADER = struct.Struct("=BBBBI")
_ATTRIBUTE = struct.Struct("=HH")

_OWN_NET = "/proc/self/ns/net"
_NET = "/proc/sys/net"
_CORE = f"{_NET}/core"
SOMAXCONN = "core/somaxconn"
SETTINGS = (
    SOMAXCONN,
    "ipv4/ip_local_port_range",
    "ipv4/ip_unprivileged_port_start",
    "ipv4/tcp_abort_on_overflow",
    "ipv4/tcp_fastopen",
    "ipv4/tcp_fin_timeout",
    "ipv4/tcp_keepalive_intvl",
    "ipv4/tcp_keepalive_probes",
    "ipv4/tcp_keepalive_time",
    "ipv4/tcp_max_syn_backlog",
    "ipv4/tcp_rmem",
    "ipv4/tcp_syn_retries",
    "ipv4/tcp_synack_retries",
    "ipv4/tcp_syncookies",
    "ipv4/tcp_tw_reuse",
    "ipv4/tcp_wmem",
    "ipv6/bindv6only",
    "ipv6/conf/all/disable_ipv6",
    "ipv6/conf/lo/disable_ipv6",
    "mptcp/enabled",
    "unix/max_dgram_qlen",
)
"""Settings of a network namespace (sysctl, below ``net``) that can affect a walk."""


class NamespaceRefusal(NamedTuple):
    """Why no network namespace is available.

    Attributes:
        why: What is in the way, as a part of a sentence.
        advice: How to get one, in a sentence.
    """

    why: Message
    advice: Message | str


class NamespaceTrial(NamedTuple):
    """The result of trying.

    Attributes:
        refusal: Why there is none; None if there is.
        changed: The settings (of `SETTINGS`) that differ between inside and outside.
    """

    refusal: NamespaceRefusal | None
    changed: tuple[str, ...] = ()


class _StepError(Exception):
    """A step of entering failed: ``what`` was to be done, and the error number."""

    def __init__(self, what: str, number: int) -> None:
        super().__init__(what, number)
        self.what = what
        self.number = number


@contextlib.contextmanager
def new_namespace(
    addresses: Iterable[str] = (), *, packets: bool = False
) -> Iterator[PacketRing | None]:
    """Enter a new network namespace of this process, and capture its packets if that is wanted.

    The process must have only one thread. Without a user namespace it is back outside
    afterwards; with one it stays inside to its end, for there is no way out.

    Args:
        addresses: Additional IP addresses of the loopback interface.
        packets: Whether to capture what crosses that interface.

    Raises:
        CaptureError: None is available.
    """
    outside = os.open(_OWN_NET, os.O_RDONLY | os.O_CLOEXEC)
    ring = None
    try:
        try:
            ring = _enter(addresses, packets=packets)
        except _StepError as error:
            raise CaptureError(
                message(
                    "The network namespace could not be made ({why}): try again.",
                    why=error_number_text(error.number),
                )
            ) from error
        try:
            yield ring
        finally:
            _libc().setns(outside, _CLONE_NEWNET)
    finally:
        if ring is not None:
            ring.close()
        os.close(outside)


@functools.cache
def try_namespace(*, packets: bool = False) -> NamespaceTrial:
    """Find out whether this user may make a network namespace here, in a child that does it.

    With ``packets`` it also captures there. Never raises; takes some milliseconds, once.
    """
    if sys.platform != "linux":
        return NamespaceTrial(
            NamespaceRefusal(
                message("only Linux has network namespaces"), message("Replay a recording.")
            )
        )
    try:
        reading, writing = os.pipe()
        me, child = os.getpid(), processes.fork_child()
    except OSError as error:
        return NamespaceTrial(_refusal(_StepError("", error.errno or errno.EAGAIN)))
    if child == 0:
        report = b"died"
        try:
            if die_with_parent(me):
                report = _try_in_child(packets)
        finally:
            os.write(writing, report)
            os._exit(0)
    os.close(writing)
    with open(reading, "rb") as pipe:
        report = pipe.read()
    os.waitpid(child, 0)
    verdict, *words = report.decode().split() or ["died"]
    if verdict == "inside":
        return NamespaceTrial(None, tuple(words))
    number = int(words[0]) if words else errno.EPERM
    return NamespaceTrial(_refusal(_StepError(verdict, number)))


def _try_in_child(packets: bool) -> bytes:
    outside = _settings()
    try:
        _enter((), packets=packets)
    except _StepError as error:
        return f"{error.what} {error.number}".encode()
    changed = (name for name, value in _settings().items() if value != outside[name])
    return " ".join(("inside", *changed)).encode()


# entering


def _enter(addresses: Iterable[str], *, packets: bool) -> PacketRing | None:
    """Enter, either as root does or as anybody may; return what captures packets there, if wanted.

    Raises:
        _StepError: A step failed. The process is then unchanged, or can only end.
    """
    before = privileges.SavedPrivileges.of_this_process()
    settings = _settings()
    outside = os.open(_OWN_NET, os.O_RDONLY | os.O_CLOEXEC)
    try:
        try:
            _step("unshare-net", _libc().unshare(_CLONE_NEWNET))
            _configure(settings, addresses)
            return _open_ring() if packets else None
        except _StepError as error:
            if error.number not in (errno.EPERM, errno.EACCES):
                raise
            _libc().setns(outside, _CLONE_NEWNET)
            somaxconn = _enter_user_namespace()
            try:
                _step("unshare-net", _libc().unshare(_CLONE_NEWNET))
                _configure(settings, addresses)
                if settings[SOMAXCONN] and not _read(SOMAXCONN) and somaxconn >= 0:
                    _mount_somaxconn(somaxconn)
                # While it has the capability, which `restore` takes away again.
                return _open_ring() if packets else None
            finally:
                if somaxconn >= 0:
                    os.close(somaxconn)
    finally:
        os.close(outside)
        before.restore()


def _open_ring() -> PacketRing:
    try:
        return PacketRing()
    except OSError as error:
        raise _StepError("packets", error.errno or errno.EPERM) from error


def _enter_user_namespace() -> int:
    """Enter a user namespace, in which every user may make a network namespace.

    The user stays who they are: their numbers stand for themselves, not for 0.

    Returns:
        A descriptor of the outside's somaxconn, -1 if it cannot be mounted over the inside's.
    """
    user, group = os.geteuid(), os.getegid()
    _step("unshare-user", _libc().unshare(_CLONE_NEWUSER))
    for file, line in (
        ("setgroups", "deny"),  # without it no group may be mapped, user_namespaces(7)
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        try:
            with open(f"/proc/self/{file}", "w", encoding="utf-8") as mapping:
                mapping.write(line)
        except OSError as error:
            if file != "setgroups" or error.errno != errno.ENOENT:
                raise _StepError("map", error.errno or errno.EPERM) from error
    if _libc().unshare(_CLONE_NEWNS) == 0:
        with contextlib.suppress(OSError):
            return os.open(f"{_NET}/{SOMAXCONN}", os.O_PATH | os.O_CLOEXEC)
    return -1


def _configure(settings: dict[str, str], addresses: Iterable[str]) -> None:
    """Configure the new namespace like the outside: its settings, and a loopback interface."""
    for name, value in settings.items():
        if value and _read(name) not in ("", value):
            with (
                contextlib.suppress(OSError),  # the caller compares
                open(f"{_NET}/{name}", "w", encoding="utf-8") as setting,
            ):
                setting.write(value)
    _give_loopback(addresses)


def _give_loopback(addresses: Iterable[str]) -> None:
    """Bring the loopback interface up, with additional ``addresses``."""
    from fcntl import ioctl

    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
            ioctl(any_socket, _SIOCSIFFLAGS, _INTERFACE_REQUEST.pack(b"lo", _IFF_UP))
        for address in addresses:
            _add_to_loopback(address)
    except OSError as error:
        raise _StepError("loopback", error.errno or errno.EPERM) from error


def _add_to_loopback(address: str) -> None:
    """Add an address to the loopback interface; raises OSError."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    packed = socket.inet_pton(family, address)
    index = socket.if_nametoindex("lo")
    # Nobody else can have the address here, so no duplicate detection is needed (RFC 4862, 5.4).
    request = _ADDRESS_HEADER.pack(family, 8 * len(packed), _IFA_F_NODAD, 0, index)
    for attribute in (_IFA_LOCAL, _IFA_ADDRESS):
        request += _ATTRIBUTE.pack(_ATTRIBUTE.size + len(packed), attribute) + packed
    size = _NETLINK_HEADER.size + len(request)
    header = _NETLINK_HEADER.pack(size, _RTM_NEWADDR, _REQUEST_CREATE_ACK, 1, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC) as kernel:
        kernel.send(header + request)
        answer = kernel.recv(4096)
    number = -struct.unpack_from("=i", answer, _NETLINK_HEADER.size)[0]
    if number not in (0, errno.EEXIST):
        raise OSError(number, os.strerror(number))


def _mount_somaxconn(somaxconn: int) -> None:
    """Mount the outside's somaxconn where a user namespace's network has none.

    Older kernels show ``net.core`` only to root, and Go, which reads it for the
    backlog, would fall back to 128. Needs a mount namespace of our own.

    Args:
        somaxconn: A descriptor of the outside's, opened in that mount namespace.
    """
    mount = _libc().mount
    _step("mount", mount(None, b"/", None, _MS_REC | _MS_PRIVATE, None))
    _step("mount", mount(b"tmpfs", _CORE.encode(), b"tmpfs", 0, b"mode=755,size=64k"))
    target = f"{_NET}/{SOMAXCONN}"
    os.close(os.open(target, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o444))
    source = f"/proc/self/fd/{somaxconn}".encode()
    _step("mount", mount(source, target.encode(), None, _MS_BIND, None))


def _settings() -> dict[str, str]:
    """Return `SETTINGS` and their values; "" for one that is not there."""
    return {name: _read(name) for name in SETTINGS}


def _read(name: str) -> str:
    try:
        with open(f"{_NET}/{name}", encoding="utf-8", errors="replace") as setting:
            return " ".join(setting.read().split())
    except OSError:
        return ""


def _step(what: str, result: int) -> None:
    if result != 0:
        raise _StepError(what, ctypes.get_errno())


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


# why not


def _refusal(error: _StepError) -> NamespaceRefusal:
    """Describe what is in the way, as far as the machine shows it."""
    if error.number in (errno.ENOSPC, errno.EUSERS):
        which = "max_user_namespaces" if error.what == "unshare-user" else "max_net_namespaces"
        return NamespaceRefusal(
            message("the limit user.{which} is reached", which=which),
            f"sudo sysctl user.{which}=10000",
        )
    if error.what == "packets" and error.number in (errno.EAFNOSUPPORT, errno.ENOPROTOOPT):
        return NamespaceRefusal(
            message("this kernel captures no packets"),
            message("Use a kernel with CONFIG_PACKET."),
        )
    if error.number in (errno.EINVAL, errno.ENOSYS):
        return NamespaceRefusal(
            message("this kernel has no network namespaces for users"),
            message("Use a kernel with CONFIG_NET_NS and CONFIG_USER_NS."),
        )
    for setting, forbids, allows in (
        ("kernel/unprivileged_userns_clone", "0", "1"),
        ("kernel/apparmor_restrict_unprivileged_userns", "1", "0"),
    ):
        if _sysctl(setting) == forbids and os.geteuid() != 0:
            name = setting.replace("/", ".")
            return NamespaceRefusal(
                message(
                    "this machine keeps them from ordinary users ({name} = {forbids})",
                    name=name,
                    forbids=forbids,
                ),
                f"sudo sysctl {name}={allows}",
            )
    if privileges.is_filtered():
        return NamespaceRefusal(
            message("a seccomp filter is on this process, as in many containers"),
            message(
                "Start the container with --cap-add=SYS_ADMIN (or --security-opt "
                "seccomp=unconfined)."
            ),
        )
    return NamespaceRefusal(
        message("the kernel refuses it: {why}", why=error_number_text(error.number)),
        message("Ask whoever runs this machine to allow user namespaces."),
    )


def _sysctl(path: str) -> str:
    try:
        with open(f"/proc/sys/{path}", encoding="utf-8", errors="replace") as setting:
            return setting.read().strip()
    except OSError:
        return ""
