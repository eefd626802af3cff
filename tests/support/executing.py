"""A program with threads that executes itself again and again, for whoever attaches to it.

An execve(2) lets none be seized until its threads are gone, and those that are traced stay until
the tracer has waited for them.
"""

import contextlib
import subprocess
import sys
from collections.abc import Iterator

_SCRIPT = """
import os, sys, threading, time
if len(sys.argv) == 1:
    print("up", flush=True)
for _ in range(4):
    threading.Thread(target=time.sleep, args=(9,), daemon=True).start()
os.execv(sys.executable, [*sys.orig_argv[:5], "again"])
"""


@contextlib.contextmanager
def executing_again() -> "Iterator[subprocess.Popen[bytes]]":
    """Run it, and kill it at the end."""
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _SCRIPT],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        try:
            yield process
        finally:
            process.kill()
