"""What a process may do, and whether it ends with its parent: kept across a change of namespaces.

A process that enters a user namespace has every capability in it, see user_namespaces(7). Kept
like that, it could bind any port, and a lesson would not show what this user may not do.
"""

import ctypes
import functools
import os
import struct
from typing import NamedTuple

_PR_SET_PDEATHSIG, _PR_GET_PDEATHSIG = 1, 2  # prctl(2)
_PR_GET_DUMPABLE, _PR_SET_DUMPABLE = 3, 4
_PR_CAPBSET_READ, _PR_CAPBSET_DROP = 23, 24
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE = 47, 2
_VERSION_3 = 0x20080522  # capset(2): two words of each set
_HEADER = struct.Struct("=Ii")
_SETS = struct.Struct("=6I")
_MOST = 64


class SavedPrivileges(NamedTuple):
    """The privileges to be restored.

    Attributes:
        effective: Capabilities, one bit each, capabilities(7);
        permitted: likewise;
        inheritable: likewise;
        bounding: likewise;
        ambient: likewise.
        death_signal: What the kernel sends when the parent ends, 0 for nothing.
        dumpable: Whether other processes of this user may inspect this one.
        parent: Process id of the parent.
    """

    effective: int
    permitted: int
    inheritable: int
    bounding: int
    ambient: int
    death_signal: int
    dumpable: int
    parent: int

    @classmethod
    def of_this_process(cls) -> "SavedPrivileges":
        """Record what this process has now."""
        sets = {name: int(_status(f"Cap{name}") or "0", 16) for name in _NAMES}
        death_signal = ctypes.c_int()
        _libc().prctl(_PR_GET_PDEATHSIG, ctypes.byref(death_signal), 0, 0, 0)
        return cls(
            effective=sets["Eff"],
            permitted=sets["Prm"],
            inheritable=sets["Inh"],
            bounding=sets["Bnd"],
            ambient=sets["Amb"],
            death_signal=death_signal.value,
            dumpable=_libc().prctl(_PR_GET_DUMPABLE, 0, 0, 0, 0),
            parent=os.getppid(),
        )

    def restore(self) -> None:
        """Restore exactly these privileges, in the current namespace."""
        if SavedPrivileges.of_this_process()[:5] != self[:5]:
            self._restore_capabilities()
        prctl = _libc().prctl
        prctl(_PR_SET_DUMPABLE, self.dumpable, 0, 0, 0)
        if self.death_signal:
            prctl(_PR_SET_PDEATHSIG, self.death_signal, 0, 0, 0)
            if os.getppid() != self.parent:  # it has ended meanwhile, and no signal was sent
                os.kill(os.getpid(), self.death_signal)

    def _restore_capabilities(self) -> None:
        libc = _libc()
        for number in range(_MOST):
            if not self.bounding >> number & 1 and libc.prctl(_PR_CAPBSET_READ, number) == 1:
                libc.prctl(_PR_CAPBSET_DROP, number, 0, 0, 0)
        ours = (self.effective, self.permitted, self.inheritable)
        words = [each >> shift & 0xFFFFFFFF for shift in (0, 32) for each in ours]
        libc.capset(_HEADER.pack(_VERSION_3, 0), _SETS.pack(*words))
        for number in range(_MOST):
            if self.ambient >> number & 1:
                libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, number, 0, 0)


_NAMES = ("Eff", "Prm", "Inh", "Bnd", "Amb")


def is_filtered() -> bool:
    """Return whether a seccomp filter is on this process."""
    return _status("Seccomp") == "2"


def _status(field: str) -> str:
    """Return a field of ``/proc/self/status``, proc(5); "" if it is not there."""
    try:
        with open("/proc/self/status", encoding="utf-8", errors="replace") as status:
            for line in status:
                key, _, value = line.partition(":")
                if key == field:
                    return value.strip()
    except OSError:
        pass
    return ""


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
