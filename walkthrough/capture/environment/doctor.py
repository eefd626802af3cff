"""Finds out what this machine can do for a capture, and how to get what it cannot.

Returns data; the caller decides what to print. Everything that only Linux has is imported
inside the functions, since a doctor must also work where nothing else does.
"""

import contextlib
import errno
import functools
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from walkthrough.capture import processes
from walkthrough.capture.environment.resource_limits import reason
from walkthrough.capture.environment.surroundings import (
    SystemKind,
    real_processor,
    system_kind,
)
from walkthrough.capture.environment.system import elsewhere, refused_elsewhere
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.ptrace.architecture.selection import architecture_named
from walkthrough.formatting.cells import cell_width
from walkthrough.formatting.escaping import printable
from walkthrough.i18n.messages import Message, message
from walkthrough.i18n.system_errors import error_number_text, system_error_text
from walkthrough.source.search_path import find_program

if TYPE_CHECKING:
    from walkthrough.i18n.catalogue import Catalogue

_OLDEST_LINUX = (5, 3)  # PTRACE_GET_SYSCALL_INFO, ptrace(2)
_EVERYWHERE = frozenset({"Linux", "Python", "Go", "Cache", "Terminal"})
"""What is examined on other systems, too: Go, for its source."""
_LEAST_COLUMNS, _LEAST_LINES = 80, 24
_LEAST_SIZE = f"{_LEAST_COLUMNS}x{_LEAST_LINES}"


class DoctorResult(NamedTuple):
    """One thing that was examined.

    Attributes:
        name: What, in a few words.
        ok: Whether it is in order.
        found: What was found; or what is missing, and what that means.
        advice: How to get it; "" when ``ok``.
    """

    name: str
    ok: bool
    found: Message | str
    advice: Message | str = ""


def examine() -> list[DoctorResult]:
    """Examine everything, in the order in which it is needed. Never raises; takes a moment.

    Where nothing can be captured, only what replaying needs.
    """
    findings = []
    for name, look in _EXAMINATIONS:
        if sys.platform != "linux" and name not in _EVERYWHERE:
            continue
        try:
            findings.append(look(name))
        except (OSError, ValueError, CaptureError) as error:
            findings.append(
                DoctorResult(
                    name,
                    False,
                    message("could not be found out: {why}", why=_reason(error)),
                    message("Report this as a bug."),
                )
            )
    return findings


def examine_one(name: str) -> DoctorResult:
    """Examine one thing, by its name in the result of `examine`."""
    return dict(_EXAMINATIONS)[name](name)


def report(findings: list[DoctorResult], tr: "Catalogue") -> str:
    """Format results as text: one line each, followed by how to get what is missing."""
    titles = [tr(_TITLES[each.name]) if each.name in _TITLES else each.name for each in findings]
    width = max(map(cell_width, titles), default=0)
    lines = []
    for each, title in zip(findings, titles, strict=True):
        padding = " " * (width - cell_width(title))
        found, advice = printable(tr.text(each.found)), printable(tr.text(each.advice))
        lines.append(f"{'ok' if each.ok else '--'}  {title}{padding}  {found}")
        if advice:
            lines.append(f"    {'':<{width}}  > {advice}")
    return "\n".join(lines) + "\n"


_TITLES = {
    "Architecture": message("Architecture"),
    "Packages": message("Packages"),
    "Network namespace": message("Network namespace"),
    "Cache": message("Cache"),
    "Terminal": message("Terminal"),
}
"""Of what is not a name of a program or a part of the kernel."""


def can_trace_go() -> tuple[bool, Message | str]:
    """Return whether a Go server can be traced here and, in one sentence, why (not).

    Fast enough to be called at each start: it forks once and runs nothing, unless the user's
    ``go`` is a wrapper.
    """
    if (refusal := refused_elsewhere()) is not None:
        return False, refusal
    if (lacking := _lacking_to_trace()) is not None:
        return False, message(
            "Go servers cannot be traced here: {found}. {advice}",
            found=lacking.found,
            advice=lacking.advice,
        )
    from walkthrough.capture.environment.go_toolchain import find_go

    try:
        toolchain = find_go()
    except CaptureError as error:
        return False, error.message
    return True, message(
        "{version} is here, and this machine allows ptrace.", version=toolchain.version
    )


def why_no_trace() -> Message | None:
    """Return why no program at all can be traced here, in a sentence; None if one can be.

    As fast as `can_trace_go`, and without a question about Go.
    """
    if (refusal := refused_elsewhere()) is not None:
        return refusal
    if (lacking := _lacking_to_trace()) is None:
        return None
    return message(
        "No program can be traced here: {found}. {advice}",
        found=lacking.found,
        advice=lacking.advice,
    )


def _lacking_to_trace() -> DoctorResult | None:
    """Return what keeps a program from being traced here, None if nothing does."""
    for name, look in (
        ("Linux", _linux),
        ("Architecture", _architecture),
        ("Packages", _packages),
        ("ptrace", _ptrace),
    ):
        if not (finding := look(name)).ok:
            return finding
    return None


def _linux(name: str) -> DoctorResult:
    if sys.platform != "linux":
        return DoctorResult(name, False, *elsewhere())
    release = platform.release()
    if system_kind(release, False) is SystemKind.WSL_1:
        return DoctorResult(
            name,
            False,
            message("WSL 1 ({release}) has no Linux kernel, and cannot trace", release=release),
            message("In Windows, run wsl --set-version DISTRIBUTION 2."),
        )
    match = re.match(r"(\d+)\.(\d+)", release)
    if match and (int(match[1]), int(match[2])) < _OLDEST_LINUX:
        return DoctorResult(
            name,
            False,
            message("Linux {release} is too old to trace with", release=release),
            message("Use Linux 5.3 or newer for --server go."),
        )
    match system_kind(release, any(map(os.path.exists, _IN_CONTAINERS))):
        case SystemKind.CONTAINER:
            return DoctorResult(
                name, True, message("Linux {release}, a container", release=release)
            )
        case SystemKind.WSL_2:
            return DoctorResult(name, True, message("Linux {release}, WSL 2", release=release))
    return DoctorResult(name, True, f"Linux {release}")


_IN_CONTAINERS = ("/.dockerenv", "/run/.containerenv")


def _architecture(name: str) -> DoctorResult:
    machine = platform.machine() or "unknown"
    known = architecture_named(machine)
    if known is None:
        return DoctorResult(
            name,
            False,
            message(
                "this machine is {machine}: Go servers are traced on x86_64 and aarch64 only",
                machine=machine,
            ),
            message("Use --server python here, or replay a recording."),
        )
    if real := real_processor(machine, _read("/proc/cpuinfo")):
        return DoctorResult(
            name,
            False,
            message(
                "this is a program for {machine} on an emulated processor, where none can be "
                "traced",
                machine=machine,
            ),
            message(
                "Use an {real} image or system (docker run --platform linux/{real}); here, use "
                "--server python, or replay a recording.",
                real=real,
            ),
        )
    return DoctorResult(name, True, machine)


def _python(name: str) -> DoctorResult:
    # Whether it is new enough was checked before this could run.
    return DoctorResult(
        name, True, f"{platform.python_implementation()} {platform.python_version()}"
    )


def _packages(name: str) -> DoctorResult:
    from importlib.util import find_spec

    missing = [
        package
        for module, package in (
            ("ptrace", "python-ptrace"),
            ("elftools", "pyelftools"),
            ("capstone", "capstone"),
        )
        if find_spec(module) is None
    ]
    if not missing:
        return DoctorResult(name, True, "python-ptrace, pyelftools, capstone")
    return DoctorResult(
        name,
        False,
        message("missing: {packages}", packages=[*missing]),
        f"pip install {' '.join(missing)}",
    )


_TRACED = message("a child can be traced and its memory changed")
_TRACED_UNDER_YAMA = {
    "1": message(
        "a child can be traced and its memory changed; Yama is at 1: programs started here can be "
        "traced, trace -p needs root"
    ),
    "2": message(
        "a child can be traced and its memory changed; Yama is at 2: this user holds CAP_SYS_PTRACE"
    ),
}


def _ptrace(name: str) -> DoctorResult:
    if sys.platform != "linux":
        return DoctorResult(
            name, False, message("only Linux has it"), message("Replay a recording.")
        )
    from walkthrough.capture.environment.ptrace_check import refused, try_ptrace

    try:
        problem = try_ptrace()
    except OSError as error:
        return DoctorResult(
            name,
            False,
            message("it could not be tried ({why})", why=reason(error)),
            message("Close other programs, or raise the limit that is named."),
        )
    yama = _read("/proc/sys/kernel/yama/ptrace_scope")
    if not problem:
        return DoctorResult(name, True, _TRACED_UNDER_YAMA.get(yama, _TRACED))
    if problem == refused(errno.ENOSYS):
        return DoctorResult(
            name,
            False,
            problem,
            message(
                "Emulators of a processor do not have it: use an image or a system for the "
                "processor that is there, or --server python."
            ),
        )
    if yama == "3":
        return DoctorResult(
            name,
            False,
            message(
                "{problem}: Yama forbids it to everybody (kernel.yama.ptrace_scope = 3)",
                problem=problem,
            ),
            message(
                "Only a restart with another setting of kernel.yama.ptrace_scope changes that; use "
                "--server python."
            ),
        )
    if yama == "2":
        return DoctorResult(
            name,
            False,
            message(
                "{problem}: Yama allows it to root only (kernel.yama.ptrace_scope = 2)",
                problem=problem,
            ),
            message("sudo sysctl kernel.yama.ptrace_scope=1, or use --server python."),
        )
    if _status("Seccomp") == "2":
        return DoctorResult(
            name,
            False,
            message(
                "{problem}: a seccomp filter is on this process, as in many containers",
                problem=problem,
            ),
            message(
                "Start the container with --cap-add=SYS_PTRACE (or --security-opt "
                "seccomp=unconfined), or use --server python."
            ),
        )
    return DoctorResult(
        name,
        False,
        problem,
        message("Ask whoever runs this machine to allow ptrace, or use --server python."),
    )


def _go(name: str) -> DoctorResult:
    from walkthrough.capture.environment.go_toolchain import find_go

    try:
        toolchain = find_go()
    except CaptureError as error:
        return DoctorResult(name, False, message("none was found"), error.message)
    return DoctorResult(name, True, f"{toolchain.version} ({toolchain.go})")


def strace_version(program: str) -> str | None:
    """Return the version of the strace at ``program``, "" if it names none; None if it fails."""
    try:
        answer = processes.output_of([program, "-V"], seconds=5)
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(rb"version (\S+)", answer)
    return match[1].decode("ascii", "replace") if match else ""


def _strace(name: str) -> DoctorResult:
    advice = message("Install the package strace of this system (needed by compare only).")
    program = find_program("strace")
    if program is None:
        return DoctorResult(name, False, message("not here"), advice)
    version = strace_version(program)
    if version is None:
        return DoctorResult(name, False, message("{program} does not run", program=program), advice)
    if not version:
        return DoctorResult(
            name, True, message("strace of unknown version ({program})", program=program)
        )
    return DoctorResult(name, True, f"strace {version} ({program})")


def _seccomp(name: str) -> DoctorResult:
    advice = message("It works without, more slowly; else use a kernel with CONFIG_SECCOMP_FILTER.")
    from walkthrough.capture.ptrace.seccomp_filter import filters_are_available, try_filter

    if not filters_are_available():
        found = message("filters that report to a tracer are not there; every system call stops")
        return DoctorResult(name, False, found, advice)
    architecture = architecture_named(platform.machine())
    if architecture is not None and (refused := try_filter(architecture)):
        return DoctorResult(
            name,
            False,
            message(
                "no filter can be installed ({why}); every system call stops",
                why=error_number_text(refused),
            ),
            message(
                "It works without, more slowly; else allow it to the container (--security-opt "
                "seccomp=unconfined)."
            ),
        )
    return DoctorResult(name, True, message("system calls of no interest can run without a stop"))


def _sock_diag(name: str) -> DoctorResult:
    advice = message("Use a kernel with CONFIG_INET_DIAG (modprobe tcp_diag).")
    if sys.platform != "linux":
        return DoctorResult(
            name, False, message("only Linux has it"), message("Replay a recording.")
        )

    from walkthrough.capture.kernel.netlink import LISTENING, SockDiag

    try:
        with SockDiag() as diag:
            diag.tcp(LISTENING)
    except OSError as error:
        return DoctorResult(
            name,
            False,
            message(
                "{why}: sockets are read from /proc/net/tcp, slowly", why=system_error_text(error)
            ),
            advice,
        )
    return DoctorResult(name, True, message("the kernel reports accept queues and backlogs"))


def _network_namespace(name: str) -> DoctorResult:
    from walkthrough.capture.environment import network_namespace

    trial = network_namespace.try_namespace()
    if trial.refusal is not None:
        return DoctorResult(
            name,
            False,
            message(
                "{why}: a server that listens on every interface can be reached by others on your "
                "network (the screen says so first; other commands want --expose)",
                why=trial.refusal.why,
            ),
            trial.refusal.advice,
        )
    if trial.changed:
        return DoctorResult(
            name,
            True,
            message(
                "a server that listens on every interface runs where nobody else can connect; "
                "settings that differ from the machine's: {settings}",
                settings=[f"net.{each.replace('/', '.')}" for each in trial.changed],
            ),
        )
    return DoctorResult(
        name,
        True,
        message("a server that listens on every interface runs where nobody else can connect"),
    )


def _ipv6(name: str) -> DoctorResult:
    import socket

    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as there:
            there.bind(("::1", 0))
    except OSError as error:
        return DoctorResult(
            name,
            False,
            message(
                "{why}: a wildcard address means IPv4 alone here", why=system_error_text(error)
            ),
            message(
                "sudo sysctl net.ipv6.conf.lo.disable_ipv6=0 (needed by lessons on IPv6 only)."
            ),
        )
    return DoctorResult(name, True, message("::1 can be bound"))


def _mptcp(name: str) -> DoctorResult:
    import socket

    try:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262):  # IPPROTO_MPTCP
            return DoctorResult(name, True, message("the kernel has it"))
    except OSError as error:
        return DoctorResult(
            name,
            False,
            system_error_text(error),
            message("sudo sysctl net.mptcp.enabled=1 (needed by lessons on Multipath TCP only)."),
        )


def _cache(name: str) -> DoctorResult:
    from walkthrough.capture.environment import program_cache

    folder = program_cache.folder()
    nearest = folder
    # os.path's tests, unlike Path's, return False without permission.
    while not os.path.lexists(nearest) and nearest != nearest.parent:
        nearest = nearest.parent
    if os.path.isdir(nearest) and os.access(nearest, os.W_OK | os.X_OK):
        if hasattr(os, "geteuid") and (objection := program_cache.objection()):
            return DoctorResult(
                name,
                False,
                message(
                    "{folder} is not used ({objection}): built servers go to a temporary folder",
                    folder=str(folder),
                    objection=objection,
                ),
                message(
                    "Set XDG_CACHE_HOME to a folder that nobody else may write to, nor to those "
                    "above."
                ),
            )
        return DoctorResult(name, True, str(folder))
    return DoctorResult(
        name,
        False,
        message(
            "{folder} cannot be written: built servers go to a temporary folder", folder=str(folder)
        ),
        message("Set XDG_CACHE_HOME to a folder that can."),
    )


def _terminal(name: str) -> DoctorResult:
    encoding = (getattr(sys.stdout, "encoding", None) or "unknown").lower()
    if not (sys.stdout and sys.stdout.isatty()):
        return DoctorResult(
            name,
            False,
            message("standard output is no terminal"),
            message(
                "Start walkthrough in a terminal to see the screen; record and export work without."
            ),
        )
    term = os.environ.get("TERM", "")
    columns, lines = shutil.get_terminal_size()
    no_colour = bool(os.environ.get("NO_COLOR"))
    found: list[Message | str] = [
        f"{columns}x{lines}",
        term or message("TERM not set"),
        message("no colour wanted") if no_colour else os.environ.get("COLORTERM", ""),
        encoding,
    ]
    advice: list[Message] = []
    if columns < _LEAST_COLUMNS or lines < _LEAST_LINES:
        advice.append(message("Make it at least {size}.", size=_LEAST_SIZE))
    if term in ("", "dumb"):
        advice.append(message("Set TERM to what the terminal is, such as xterm-256color."))
    if encoding.replace("-", "") != "utf8":
        advice.append(message("Set LANG to a UTF-8 locale, such as C.UTF-8."))
    return DoctorResult(
        name,
        not advice,
        Message("{parts}", {"parts": [part for part in found if part]}),
        functools.reduce(_one_after_another, advice) if advice else "",
    )


def _one_after_another(first: Message, second: Message) -> Message:
    # Translators: two sentences
    return message("{first} {second}", first=first, second=second)


def _reason(error: Exception) -> Message | str:
    if isinstance(error, CaptureError):
        return error.message
    return system_error_text(error) if isinstance(error, OSError) else str(error)


def _read(path: str) -> str:
    with contextlib.suppress(OSError):
        return Path(path).read_text("ascii", "replace").strip()
    return ""


def _status(field: str) -> str:
    for line in _read("/proc/self/status").splitlines():
        key, _, value = line.partition(":")
        if key == field:
            return value.strip()
    return ""


_EXAMINATIONS: tuple[tuple[str, Callable[[str], DoctorResult]], ...] = (
    ("Linux", _linux),
    ("Architecture", _architecture),
    ("Python", _python),
    ("Packages", _packages),
    ("ptrace", _ptrace),
    ("seccomp", _seccomp),
    ("Go", _go),
    ("strace", _strace),
    ("sock_diag", _sock_diag),
    ("Network namespace", _network_namespace),
    ("IPv6", _ipv6),
    ("Multipath TCP", _mptcp),
    ("Cache", _cache),
    ("Terminal", _terminal),
)
