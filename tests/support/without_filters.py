"""Runs a program where no seccomp filter can be installed, as in some containers.

``python -m tests.support.without_filters HOW NUMBER PROGRAM [ARG ...]``: ``prctl`` lets prctl(2)
and seccomp(2) fail with error ``NUMBER`` if they would install one; ``ptrace`` lets ptrace(2) fail
if it is to report filters. That is done by a filter.
"""

import ctypes
import os
import platform
import struct
import sys

# asm/unistd.h, linux/filter.h, linux/seccomp.h, prctl(2), ptrace(2)
X86 = platform.machine() == "x86_64"
PRCTL, SECCOMP, PTRACE = (157, 317, 101) if X86 else (167, 277, 117)
LOAD, IF_EQUAL, IF_BITS, RETURN = 0x20, 0x15, 0x45, 0x06
ALLOW, FAIL = 0x7FFF0000, 0x00050000
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 22, 38
SEIZE, O_TRACESECCOMP = 0x4206, 0x80
CALL, FIRST, FOURTH = 0, 16, 40  # offsets in struct seccomp_data


def main(how: str, number: str, *command: str) -> None:
    fail = (RETURN, 0, 0, FAIL | int(number))
    filters = {
        "prctl": [
            (LOAD, 0, 0, CALL),
            (IF_EQUAL, 3, 0, SECCOMP),
            (IF_EQUAL, 0, 3, PRCTL),
            (LOAD, 0, 0, FIRST),
            (IF_EQUAL, 0, 1, PR_SET_SECCOMP),
            fail,
        ],
        "ptrace": [
            (LOAD, 0, 0, CALL),
            (IF_EQUAL, 0, 5, PTRACE),
            (LOAD, 0, 0, FIRST),
            (IF_EQUAL, 0, 3, SEIZE),
            (LOAD, 0, 0, FOURTH),
            (IF_BITS, 0, 1, O_TRACESECCOMP),
            fail,
        ],
    }
    rows = [*filters[how], (RETURN, 0, 0, ALLOW)]
    code = b"".join(struct.pack("<HBBI", *row) for row in rows)
    program = ctypes.create_string_buffer(code, len(code))
    fields = struct.pack("@HP", len(rows), ctypes.addressof(program))
    described = ctypes.create_string_buffer(fields, len(fields))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
    assert libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
    assert libc.prctl(PR_SET_SECCOMP, 2, ctypes.addressof(described), 0, 0) == 0
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(*sys.argv[1:])
