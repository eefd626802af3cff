"""A private network namespace: nothing but loopback, and everything else as before."""

import ctypes
import encodings.idna  # noqa: F401  # another user may not read where modules lie
import errno
import fcntl
import json
import os
import select
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.need import need
from tests.support.own_process import ORDINARY, in_child, use_up_namespaces
from tests.support.time_limits import limit
from walkthrough.capture.environment import network_namespace, privileges
from walkthrough.capture.environment.network_namespace import (
    SOMAXCONN,
    NamespaceRefusal,
    NamespaceTrial,
    new_namespace,
    try_namespace,
)
from walkthrough.capture.errors import CaptureError
from walkthrough.i18n.messages import message

pytestmark = pytest.mark.live
REFUSED = (
    try_namespace().refusal
    if sys.platform == "linux"
    else NamespaceRefusal(message("no Linux"), "")
)


USERS = ["this user", *(["an ordinary user"] if os.geteuid() == 0 else [])]


@pytest.fixture(params=USERS)
def user(request: pytest.FixtureRequest) -> int | None:
    """Whoever runs the tests; and where that is root, somebody who may do nothing."""
    need(REFUSED is None, f"no network namespace here: {REFUSED.why if REFUSED else ''}")
    return None if request.param == "this user" else ORDINARY


def interfaces() -> list[str]:
    return sorted(name for _, name in socket.if_nameindex())


def can_bind(host: str, port: int = 0) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as there:
        try:
            there.bind((host, port))
        except OSError:
            return False
    return True


def state() -> dict[str, object]:
    return {
        "user": [os.getuid(), os.geteuid(), os.getgid(), os.getegid()],
        "privileges": privileges.SavedPrivileges.of_this_process(),
        "settings": network_namespace._settings(),
        "low port": can_bind("127.0.0.1", 1),
    }


def test_inside_there_is_loopback_alone_and_all_else_is_as_it_was(user: int | None) -> None:
    def look() -> object:
        before = state()
        with new_namespace():
            hosts = ("127.0.0.1", "127.9.9.9", "::1", "192.0.2.1")
            return [
                before,
                state(),
                interfaces(),
                [host for host in hosts if can_bind(host)],
            ]

    before, inside, found, bound = in_child(look, user)
    assert inside == before
    assert "lo" in found
    assert all(name == "lo" or (name, 0) for name in found)
    assert bound == ["127.0.0.1", "127.9.9.9", "::1"]


def test_what_listens_everywhere_there_cannot_be_reached_from_outside(user: int | None) -> None:
    def listen() -> object:
        found, (answers, answer) = os.pipe(), os.pipe()
        outside = os.fork()  # before entering: it stays where it is
        if outside == 0:
            port = int(os.read(found[0], 16) or b"0")
            os.write(answer, json.dumps([refusals(port), listed()]).encode())
            os._exit(0)
        os.close(answer)
        with new_namespace(), socket.create_server(("0.0.0.0", 0)) as listener:
            port = listener.getsockname()[1]
            os.write(found[1], b"%d" % port)
            with os.fdopen(answers, "rb") as file:
                refused, outside_list = json.load(file)
            os.waitpid(outside, 0)
            with socket.socket() as client:
                client.connect(("127.0.0.1", port))
                assert select.select([listener], [], [], 0)[0] == [listener]
            inode = str(os.fstat(listener.fileno()).st_ino)
            return [refused, inode in outside_list, inode in listed()]

    refused, outside, inside = in_child(listen, user)
    assert set(refused) == {errno.ECONNREFUSED}
    assert (outside, inside) == (False, True)


def refusals(port: int) -> list[int]:
    """Try to connect by each of this machine's addresses; return what came of it."""
    answers = []
    for host in own_addresses():
        with socket.socket() as outside:
            outside.settimeout(limit(10))
            answers.append(outside.connect_ex((host, port)))
    return answers


def listed() -> list[str]:
    """Return all words of the list of TCP sockets, the inodes among them."""
    return Path("/proc/self/net/tcp").read_text(encoding="utf-8").split()


def own_addresses() -> list[str]:
    """Return this machine's addresses, loopback first."""
    found = ["127.0.0.1"]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        for _, name in socket.if_nameindex():
            request = name.encode().ljust(40, b"\0")
            try:
                answer = fcntl.ioctl(any_socket, 0x8915, request)  # SIOCGIFADDR
            except OSError:
                continue
            found.append(socket.inet_ntoa(answer[20:24]))
    return found


def test_addresses_of_the_machine_are_there_if_wanted(user: int | None) -> None:
    wanted = ["192.0.2.200", "2001:db8::200"]

    def look() -> object:
        with new_namespace(wanted):
            return [can_bind(host) for host in (*wanted, "192.0.2.201", "2001:db8::201")]

    assert in_child(look, user) == [True, True, False, False]


def test_whoever_needs_no_user_namespace_comes_back(user: int | None) -> None:
    def look() -> object:
        before = os.readlink("/proc/self/ns/net")
        with new_namespace():
            with new_namespace(["192.0.2.9"]):  # one in another
                again = can_bind("192.0.2.9")
            inside = os.readlink("/proc/self/ns/net")
        return [inside == before, os.readlink("/proc/self/ns/net") == before, again]

    is_root = os.geteuid() == 0 and user is None
    assert in_child(look, user) == [False, is_root, True]


def test_it_still_ends_with_its_parent(user: int | None) -> None:
    def look() -> object:
        libc = ctypes.CDLL(None)
        libc.prctl(1, signal.SIGTERM, 0, 0, 0)
        asked = ctypes.c_int()
        with new_namespace():
            libc.prctl(2, ctypes.byref(asked), 0, 0, 0)
        return asked.value

    assert in_child(look, user) == signal.SIGTERM


def test_settings_of_the_machine_are_kept(user: int | None) -> None:
    """The machine is one of the test's own, with settings that no kernel begins with."""
    other = {SOMAXCONN: "77", "ipv4/ip_unprivileged_port_start": "7", "ipv6/bindv6only": "1"}

    def look() -> object:
        network_namespace._enter((), packets=False)
        return network_namespace._settings()

    def on_another_machine() -> object:
        use_up_namespaces_not()
        for name, value in other.items():
            Path("/proc/sys/net", name).write_text(value)
        return [network_namespace._settings(), look()]

    def use_up_namespaces_not() -> None:
        use_up_namespaces()
        Path("/proc/sys/user/max_net_namespaces").write_text("100")

    outside, inside = in_child(on_another_machine, user)
    assert {name: outside[name] for name in other} == other
    assert inside == outside


def test_somaxconn_is_laid_over_where_the_kernel_hides_it(user: int | None) -> None:
    """As kernels do that show ``net.core`` to root alone; Go reads it, and waits on it."""

    def look() -> object:
        value = Path("/proc/sys/net/core/somaxconn").read_text()
        before = privileges.SavedPrivileges.of_this_process()
        somaxconn = network_namespace._enter_user_namespace()
        assert network_namespace._libc().unshare(0x40000000) == 0
        network_namespace._configure({}, ())
        Path("/proc/sys/net/core/somaxconn").write_text("5")
        network_namespace._mount_somaxconn(somaxconn)
        before.restore()
        with open("/proc/sys/net/core/somaxconn", encoding="utf-8") as file:
            epoll = select.epoll()
            epoll.register(file, select.EPOLLIN)  # EPERM for an ordinary file
            return [file.read() == value, before == privileges.SavedPrivileges.of_this_process()]

    assert in_child(look, user) == [True, True]


def test_where_they_are_used_up_that_is_the_reason(user: int | None) -> None:
    def look() -> object:
        use_up_namespaces()
        trial = try_namespace.__wrapped__()
        try:
            with new_namespace():
                return "entered"
        except CaptureError as error:
            return [list(map(str, trial.refusal or ())), str(error)]

    refusal, said = in_child(look, user)
    assert refusal == [
        "the limit user.max_net_namespaces is reached",
        "sudo sysctl user.max_net_namespaces=10000",
    ]
    assert said == "The network namespace could not be made (No space left on device): try again."


def test_trying_changes_nothing_and_leaves_no_child() -> None:
    need(REFUSED is None, "no network namespace here")

    def here() -> list[object]:
        spaces = [os.readlink(f"/proc/self/ns/{each}") for each in ("net", "user", "mnt")]
        return [*spaces, len(os.listdir("/proc/self/fd"))]

    def look() -> object:
        before = here()
        trial = try_namespace.__wrapped__()
        try:
            os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return [trial, before == here()]
        return "a child"

    assert in_child(look) == [[None, []], True]


@pytest.mark.parametrize(
    ("step", "number", "machine", "why"),
    [
        ("unshare-user", errno.ENOSPC, {}, "the limit user.max_user_namespaces is reached"),
        ("unshare-net", errno.ENOSPC, {}, "the limit user.max_net_namespaces is reached"),
        ("unshare-user", errno.EUSERS, {}, "the limit user.max_user_namespaces is reached"),
        ("unshare-user", errno.EINVAL, {}, "this kernel has no network namespaces for users"),
        (
            "unshare-user",
            errno.EPERM,
            {"kernel/unprivileged_userns_clone": "0"},
            "this machine keeps them from ordinary users (kernel.unprivileged_userns_clone = 0)",
        ),
        (
            "loopback",
            errno.EPERM,
            {"kernel/apparmor_restrict_unprivileged_userns": "1"},
            "this machine keeps them from ordinary users "
            "(kernel.apparmor_restrict_unprivileged_userns = 1)",
        ),
        (
            "unshare-user",
            errno.EPERM,
            {"filter": "on"},
            "a seccomp filter is on this process, as in many containers",
        ),
        ("map", errno.EPERM, {}, "the kernel refuses it: Operation not permitted"),
    ],
)
def test_what_is_in_the_way_is_named(
    step: str, number: int, machine: dict[str, str], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network_namespace, "_sysctl", lambda path: machine.get(path, ""))
    monkeypatch.setattr(privileges, "is_filtered", lambda: "filter" in machine)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    refusal = network_namespace._refusal(network_namespace._StepError(step, number))
    assert str(refusal.why) == why
    assert str(refusal.advice).endswith((".", "=0", "=1", "=10000"))


def test_elsewhere_there_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    trial: NamespaceTrial = try_namespace.__wrapped__()
    assert trial.refusal is not None
    assert str(trial.refusal.why) == "only Linux has network namespaces"


def test_a_child_that_cannot_be_forked_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    def fork() -> int:
        raise OSError(errno.EAGAIN, "no")

    monkeypatch.setattr(os, "fork", fork)
    look: Callable[[], NamespaceTrial] = try_namespace.__wrapped__
    refusal = look().refusal
    assert refusal is not None
    assert str(refusal.why) == f"the kernel refuses it: {os.strerror(errno.EAGAIN)}"
