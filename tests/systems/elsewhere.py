"""Runs commands as if on another system.

    python elsewhere.py windows|macos commands|screens REQUESTS ANSWERS

What that system's Python lacks is taken away: modules, names in modules, and the packages that
pyproject.toml installs on Linux alone. With ``screens`` the screen is drawn headless, gets the
keys, and is printed. Files still behave as they do here (``os.name`` stays): what Windows does
with open files and with paths is not tried.

Each line of the descriptor REQUESTS is one `CommandElsewhere` as JSON, which a child of this
process runs, from the first import of the program to the end of its Python; its status is a line of
ANSWERS. So what comes before that, above all importing Textual, is done once.
"""

# What the standard library itself needs of this machine is imported before it is taken away.
import asyncio
import asyncio.subprocess
import concurrent.futures.thread
import ctypes
import functools
import json
import os
import platform
import queue
import select
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
import warnings
import zoneinfo
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, NamedTuple

import platformdirs
import textual.app
import textual.pilot
from textual.drivers.headless_driver import HeadlessDriver

EVERYWHERE_BUT_LINUX_MODULES = frozenset({"ptrace", "elftools", "capstone"})
MODULES = {
    "windows": EVERYWHERE_BUT_LINUX_MODULES
    | {
        *("fcntl", "termios", "tty", "pty", "resource", "pwd", "grp", "syslog", "readline"),
        *("curses", "_curses", "posix", "crypt", "nis", "spwd", "ossaudiodev"),
    },
    "macos": EVERYWHERE_BUT_LINUX_MODULES | {"spwd", "ossaudiodev"},
}
"""Modules that cannot be imported."""

_LINUX_ALONE: dict[ModuleType, str] = {
    os: """
        pidfd_open pipe2 eventfd eventfd_read eventfd_write memfd_create sched_getaffinity
        sched_setaffinity posix_fallocate posix_fadvise copy_file_range splice getrandom
        O_PATH O_TMPFILE O_LARGEFILE waitid P_PIDFD getresuid getresgid setresuid setresgid
        getxattr setxattr listxattr unshare setns
    """,
    select: "epoll EPOLLIN EPOLLOUT EPOLLERR EPOLLHUP EPOLLRDHUP EPOLLET POLLRDHUP",
    socket: """
        AF_NETLINK AF_PACKET AF_VSOCK AF_ALG SOCK_CLOEXEC SOCK_NONBLOCK SO_PEERCRED
        SO_BINDTODEVICE SO_DOMAIN SO_PROTOCOL TCP_USER_TIMEOUT TCP_DEFER_ACCEPT TCP_QUICKACK
        MSG_CMSG_CLOEXEC NETLINK_ROUTE IPPROTO_MPTCP
    """,
    signal: """
        sigtimedwait sigwaitinfo SIGRTMIN SIGRTMAX SIGPWR SIGSTKFLT SIGPOLL pidfd_send_signal
    """,
    time: "CLOCK_BOOTTIME CLOCK_TAI pthread_getcpuclockid",
}
_UNIX_ALONE: dict[ModuleType, str] = {
    os: """
        fork forkpty getuid geteuid getgid getegid getgroups setuid setgid setsid getsid setpgid
        getpgid getpgrp killpg mkfifo mknod chown fchown lchown fchmod chroot uname sysconf
        statvfs fstatvfs nice openpty ttyname tcgetpgrp tcsetpgrp wait wait3 wait4 WNOHANG
        WIFEXITED WIFSIGNALED WIFSTOPPED WEXITSTATUS WTERMSIG WSTOPSIG register_at_fork
        pread pwrite preadv pwritev readv writev sendfile getloadavg initgroups posix_spawn
        O_NOFOLLOW O_DIRECTORY O_CLOEXEC O_NONBLOCK O_NOCTTY O_SYNC O_DSYNC O_ACCMODE
        ctermid confstr lockf sync fchdir EX_OK EX_USAGE sched_yield
    """,
    select: "poll POLLIN POLLOUT POLLERR POLLHUP POLLNVAL POLLPRI",
    socket: "AF_UNIX SCM_RIGHTS SO_REUSEPORT send_fds recv_fds sethostname",
    signal: """
        SIGHUP SIGKILL SIGCHLD SIGUSR1 SIGUSR2 SIGALRM SIGPIPE SIGSTOP SIGCONT SIGTSTP SIGQUIT
        SIGWINCH SIGURG SIGIO SIGTTIN SIGTTOU SIGTRAP SIGBUS SIGPROF SIGVTALRM SIGXCPU SIGXFSZ
        SIGSYS pthread_sigmask pthread_kill sigwait sigpending setitimer getitimer alarm pause
        siginterrupt SIG_BLOCK SIG_UNBLOCK SIG_SETMASK
    """,
    time: """
        clock_gettime clock_gettime_ns clock_settime clock_getres CLOCK_MONOTONIC
        CLOCK_MONOTONIC_RAW CLOCK_REALTIME CLOCK_THREAD_CPUTIME_ID tzset
    """,
}
NAMES = {"windows": (_LINUX_ALONE, _UNIX_ALONE), "macos": (_LINUX_ALONE,)}
"""Names that modules do not have."""

_PLATFORM = {"windows": ("win32", "Windows"), "macos": ("darwin", "Darwin")}
_READY = (
    asyncio,
    concurrent.futures.thread,
    queue,
    selectors,
    shutil,
    subprocess,
    tempfile,
    uuid,
    zoneinfo,
    platformdirs,
)


class _Without:
    """A finder of modules that does not find some of them."""

    def __init__(self, finder: Any, names: frozenset[str]) -> None:
        self._finder = finder
        self._names = names

    def find_spec(self, fullname: str, *where: Any) -> ModuleSpec | None:
        if fullname.partition(".")[0] in self._names:
            return None
        found: ModuleSpec | None = self._finder.find_spec(fullname, *where)
        return found


def become(system: str) -> None:
    """Take away what ``system`` (``windows`` or ``macos``) does not have."""
    gone = MODULES[system]
    pair = functools.partial(socket.socketpair, socket.AF_UNIX)
    for name in [name for name in sys.modules if name.partition(".")[0] in gone]:
        del sys.modules[name]
    sys.meta_path[:] = [_Without(finder, gone) for finder in sys.meta_path]
    for table in NAMES[system]:
        for module, names in table.items():
            for name in names.split():
                if hasattr(module, name):
                    delattr(module, name)
    sys.platform, called = _PLATFORM[system]
    platform.system = lambda: called
    # The standard library and textual have their own ways there; these stand in for them.
    selectors.DefaultSelector = selectors.SelectSelector  # type: ignore[assignment,misc]
    textual.app.App.get_driver_class = lambda _: HeadlessDriver  # type: ignore[assignment, method-assign]
    socket.socketpair = pair
    tempfile._O_TMPFILE_WORKS = False  # type: ignore[attr-defined]
    if system == "windows":
        ctypes.CDLL = _no_library  # type: ignore[assignment,misc]
    warnings.filterwarnings("error", category=EncodingWarning, module=r"walkthrough\.")


def _no_library(*_: object, **__: object) -> None:
    raise TypeError("a library of another system")


class CommandElsewhere(NamedTuple):
    """A command that is run elsewhere.

    Attributes:
        words: What follows ``walkthrough``.
        keys: What is pressed on its screen; None without ``screens``.
        folder: Where it is run.
        environment: What is special about its environment.
        output: The file that becomes its standard output.
        errors: The same for standard error.
    """

    words: list[str]
    keys: list[str] | None
    folder: str
    environment: dict[str, str]
    output: str
    errors: str

    def run(self) -> int:
        """Run it in this process; return its exit status."""
        for descriptor, file in ((1, self.output), (2, self.errors)):
            opened = os.open(file, os.O_WRONLY | os.O_CREAT, 0o600)
            os.dup2(opened, descriptor)
            os.close(opened)
        os.chdir(self.folder)
        os.environ.update(self.environment)
        if self.keys is not None:
            _headless(self.keys)
        from walkthrough.cli import main as walkthrough

        return walkthrough(self.words)


def _headless(keys: Sequence[str]) -> None:
    """Let the screen be driven by ``keys`` instead of a terminal, and print how it looks then."""
    from walkthrough.cli import commands
    from walkthrough.tui.app import WalkthroughApp

    def run(app: WalkthroughApp) -> None:
        async def drive() -> None:
            async with app.run_test(size=(120, 40)) as pilot:
                for key in keys:
                    await pilot.press(key)
                await pilot.pause()
                for strip in app.screen._compositor.render_strips():
                    print(strip.text.rstrip())
                app.exit()

        asyncio.run(drive())

    WalkthroughApp.run = run  # type: ignore[assignment,method-assign]
    commands.refuse_unfit = lambda: None  # type: ignore[attr-defined]


def main(system: str, what: str, requests: str, answers: str) -> int:
    """Become a system and run commands until there are no more; return an exit status."""
    fork, wait = os.fork, os.waitpid
    become(system)
    if what == "screens":
        _headless(())
    with open(int(requests), encoding="utf-8") as asked, open(int(answers), "wb", 0) as answered:
        for line in asked:
            child = fork()
            if not child:
                answered.close()
                return CommandElsewhere(*json.loads(line)).run()
            _, status = wait(child, 0)
            answered.write(b"%d\n" % os.waitstatus_to_exitcode(status))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
