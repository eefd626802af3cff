"""Limits: set in a process of its own, never above what this user has."""

import resource
import subprocess
import sys

import pytest

from walkthrough.capture.errors import CaptureError
from walkthrough.capture.session.rlimits import impose, refuse_beyond
from walkthrough.scenario.schema import Limits

PRINTED = """
import resource
kinds = resource.RLIMIT_NOFILE, resource.RLIMIT_DATA, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE
print(*(limit for kind in kinds for limit in resource.getrlimit(kind)))
"""


def limits_of(limits: Limits, cpu_s: int = 1000) -> list[int]:
    def before() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
        impose(limits)

    done = subprocess.run([sys.executable, "-c", PRINTED], preexec_fn=before, capture_output=True)
    return [int(each) for each in done.stdout.split()]


def test_all_are_set_hard_as_well_as_soft() -> None:
    limits = Limits(nofile=50, memory_mb=512, cpu_s=9, file_mb=3)
    assert limits_of(limits) == [50, 50, 512 << 20, 512 << 20, 9, 9, 3 << 20, 3 << 20]


def test_what_is_not_given_is_left() -> None:
    kinds = (resource.RLIMIT_NOFILE, resource.RLIMIT_DATA)
    before = [limit for kind in kinds for limit in resource.getrlimit(kind)]
    assert limits_of(Limits())[:4] == before


def test_who_has_less_keeps_that() -> None:
    assert limits_of(Limits(cpu_s=9), cpu_s=5)[4:6] == [5, 5]


def test_more_descriptors_than_there_can_be_are_refused() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    refuse_beyond(Limits(nofile=3))
    if most != resource.RLIM_INFINITY and most < 1 << 20:
        with pytest.raises(CaptureError, match="may have"):
            refuse_beyond(Limits(nofile=1 << 20))
