"""Starts all other processes, so that the same rules hold for each.

- Nothing comes from the current folder: no module, no program, no library.
- None outlives its owner: the kernel ends it together with the thread that started it
  (prctl(2), PR_SET_PDEATHSIG), and with `process_group` whatever it has started itself as well.
  The one exception has to put something back after its owner's death (`popen_outliving`).

No other module starts a process; a test reads the source for that.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from walkthrough.capture.parent_death import signalled_with_parent
from walkthrough.source.search_path import absolute, is_current_folder, own_folder, pythons_own

NEUTRAL = "/"
"""A working folder that only root can write to."""
_SEARCH_PATHS = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "GCONV_PATH")
_LIBRARIES = ("LD_PRELOAD", "LD_AUDIT")
"""Lists of libraries, see ld.so(8); one without a folder is searched in the system's folders."""
_FOLDERS = ("PYTHONHOME", "PYTHONUSERBASE", "PYTHONPYCACHEPREFIX", "LOCPATH", "TMPDIR")
_NEVER = ("PYTHONSTARTUP", "PYTHONINSPECT", "PYTHONBREAKPOINT")


def environment() -> dict[str, str]:
    """Return this process's environment without entries that name the current folder.

    What a user sets for all programs stays: a search path keeps its absolute entries, and Python
    finds the user's own packages.
    """
    kept = {name: value for name, value in os.environ.items() if name not in _NEVER}
    for name in _SEARCH_PATHS:
        if name in kept:
            kept[name] = os.pathsep.join(absolute(kept[name]))
    for name in _LIBRARIES:
        if name in kept:
            named = kept[name].replace(":", " ").split()
            kept[name] = " ".join(each for each in named if os.sep not in each or each[0] == os.sep)
    for name in _FOLDERS:
        if name in kept and not all(map(os.path.isabs, kept[name].split(os.pathsep))):
            kept[name] = ""
    kept["PYTHONPATH"] = os.pathsep.join(_python_path(kept.get("PYTHONPATH", "")))
    kept = {name: value for name, value in kept.items() if value or not _is_ours(name)}
    return kept | {"PYTHONSAFEPATH": "1"}


def _is_ours(name: str) -> bool:
    return name in (*_SEARCH_PATHS, *_LIBRARIES, *_FOLDERS)


def _python_path(value: str) -> Iterator[str]:
    """Yield the entries of PYTHONPATH for a child, which has to find this package."""
    own = own_folder()
    if own not in pythons_own():
        yield own
    yield from (each for each in absolute(value) if not is_current_folder(each) and each != own)


def python(module: str, *arguments: str) -> list[str]:
    """Return the command that runs one of our modules as a program, with the running Python.

    It looks for modules where this process does (``-E``, ``-s``), but not in the current folder.
    """
    options = ["-P"]
    if sys.flags.ignore_environment:
        options.append("-E")
    if sys.flags.no_user_site:
        options.append("-s")
    return [sys.executable, *options, "-m", module, *arguments]


def popen(
    command: Sequence[str | Path],
    *,
    executable: str | None = None,
    cwd: str | Path | None = None,
    env: dict[str, str] | None = None,
    stdout: int = subprocess.DEVNULL,
    stderr: int = subprocess.DEVNULL,
    pass_fds: Sequence[int] = (),
    before_exec: Callable[[], None] | None = None,
) -> "subprocess.Popen[bytes]":
    """Start a program that the kernel kills when the thread that calls this ends.

    It reads nothing, and leads a session of its own, so that Ctrl-C at the terminal only reaches
    us.

    Args:
        command: Argument vector; its first word is the program's path, unless ``executable`` is.
        executable: The program's path.
        cwd: Its working folder; by default ours.
        env: Its environment; by default `environment`.
        stdout: As for `subprocess.Popen`.
        stderr: Likewise.
        pass_fds: Descriptors that it inherits.
        before_exec: Called in the new process before its program begins.

    Raises:
        OSError: It cannot be started.
        ValueError: The command has a NUL byte.
    """
    parent = os.getpid()

    def in_the_child() -> None:
        if before_exec is not None:
            before_exec()
        if not signalled_with_parent(signal.SIGKILL, parent):
            os._exit(126)

    return subprocess.Popen(
        list(command),
        executable=executable,
        cwd=cwd,
        env=environment() if env is None else env,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        pass_fds=pass_fds,
        preexec_fn=in_the_child if sys.platform == "linux" else None,
        start_new_session=True,
    )


def popen_outliving(command: Sequence[str], pass_fds: Sequence[int]) -> "subprocess.Popen[bytes]":
    """Start a program that goes on when the thread that calls this ends, to put something back.

    It has to notice that by itself, by what it inherits, and to end then. It reads and prints
    nothing, holds no folder, and leads a session of its own: no terminal's signal reaches it.

    Args:
        command: As for `popen`.
        pass_fds: Likewise.

    Raises:
        OSError: It cannot be started.
    """
    return subprocess.Popen(
        list(command),
        cwd=NEUTRAL,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=pass_fds,
        start_new_session=True,
    )


@contextlib.contextmanager
def process_group(
    command: Sequence[str | Path],
    *,
    cwd: str | Path = NEUTRAL,
    env: dict[str, str] | None = None,
    stderr: int = subprocess.DEVNULL,
    before_exec: Callable[[], None] | None = None,
) -> "Iterator[subprocess.Popen[bytes]]":
    """Start a program that starts others, and end all of them when the block ends.

    The kernel sends SIGHUP to the foreground processes of a session when its leader ends,
    setsid(2). So the program gets an invisible terminal: the compilers end with the ``go``
    that started them, and that with us. Where no pseudo-terminal is available, a compiler
    whose ``go`` was killed ends when its work is done.

    Args:
        command: As for `popen`, like those that follow; its standard output is a pipe.
        cwd: Its working folder.
        env: Likewise.
        stderr: Likewise.
        before_exec: Likewise.

    Raises:
        OSError: It cannot be started.
    """
    ours = theirs = None
    with contextlib.suppress(OSError, AttributeError):
        ours, theirs = os.openpty()

    def in_the_child() -> None:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup(1) has it ignored
        if theirs is not None:
            _be_controlled_by(theirs)
        if before_exec is not None:
            before_exec()

    try:
        try:
            process = popen(
                command,
                cwd=cwd,
                env=env,
                stdout=subprocess.PIPE,
                stderr=stderr,
                # It has to keep it open: a closed terminal controls nothing.
                pass_fds=() if theirs is None else (theirs,),
                before_exec=in_the_child,
            )
        finally:
            if theirs is not None:
                os.close(theirs)
        try:
            yield process
        finally:
            kill_group(process)
            process.wait()
            assert process.stdout is not None
            process.stdout.close()
    finally:
        if ours is not None:
            os.close(ours)


def _be_controlled_by(terminal: int) -> None:
    import fcntl
    import termios

    with contextlib.suppress(OSError):
        fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)


def kill_group(process: "subprocess.Popen[bytes]") -> None:
    """Kill a process that was started here, if it still runs, and its group."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


async def start(
    command: Sequence[str],
    *,
    stdin: int = subprocess.DEVNULL,
    stdout: int = subprocess.PIPE,
    stderr: int = subprocess.PIPE,
    limit: int = 1 << 16,
) -> asyncio.subprocess.Process:
    """Start a program that gets SIGTERM from the kernel when this thread ends.

    Args:
        command: Argument vector; its first word is the program's path.
        stdin: As for `asyncio.create_subprocess_exec`, like those that follow.
        stdout: Likewise.
        stderr: Likewise.
        limit: Longest line in bytes.

    Raises:
        OSError: It cannot be started.
    """
    parent = os.getpid()

    def in_the_child() -> None:
        if not signalled_with_parent(signal.SIGTERM, parent):
            os._exit(126)

    return await asyncio.create_subprocess_exec(
        *command,
        env=environment(),
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        limit=limit,
        preexec_fn=in_the_child if sys.platform == "linux" else None,
        start_new_session=True,
    )


async def put_away(process: asyncio.subprocess.Process) -> None:
    """Kill a program that was started and still runs, reap it, and close the pipes to it.

    asyncio closes them when it has read to their ends or, where nobody reads on, when they are
    collected as garbage: their loop may be gone by then, which is reported as an exception.
    """
    transport: asyncio.SubprocessTransport = vars(process)["_transport"]  # there is no public name
    transport.close()  # kills it, too
    await process.wait()


def output_of(command: Sequence[str | Path], seconds: float, **more: str) -> bytes:
    """Run a program in a neutral folder and return its standard output.

    Args:
        command: Argument vector; its first word is the program's path.
        seconds: How long it may take; then it is killed, with all that it has started.
        more: Additional environment variables.

    Raises:
        OSError: It cannot be started.
        subprocess.SubprocessError: It failed, or took too long.
    """
    with process_group(command, env=environment() | more) as process:
        said, _ = process.communicate(timeout=seconds)
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, process.args)
    return said


def fork_child() -> int:
    """Make a child that is to be held before its program begins: fork(2).

    The child has to ask the kernel to die with its parent.

    Raises:
        OSError: There are too many processes.
    """
    return os.fork()


def exec_program(
    program: Path,
    arguments: Sequence[str | bytes],
    given: Mapping[bytes, bytes] | None = None,
) -> NoReturn:
    """In a child: execute a program, see execve(2).

    Args:
        program: Its path.
        arguments: Its argument vector.
        given: Its environment, byte for byte; by default `environment`.

    Raises:
        OSError: It cannot be run.
    """
    os.execve(program, list(arguments), environment() if given is None else given)
