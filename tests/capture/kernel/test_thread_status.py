import os
import subprocess
import sys

from tests.support.isolated import until
from walkthrough.capture.kernel import thread_status

HANDS_ON = """
import os, sys
there, back = int(sys.argv[1]), int(sys.argv[2])
while token := os.read(there, 1):
    os.write(back, token)
"""


def test_two_that_wake_each_other_are_never_both_asleep() -> None:
    """Each of them sleeps nearly always when it is looked at: the other has the token."""
    one, other = os.pipe(), os.pipe()
    players = [
        subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", HANDS_ON, str(there[0]), str(back[1])],
            pass_fds=(there[0], back[1]),
        )
        for there, back in ((one, other), (other, one))
    ]
    try:
        pids = [player.pid for player in players]
        until(lambda: thread_status.is_asleep(*pids), "both wait for the token")
        os.write(one[1], b"t")
        assert not any(thread_status.is_asleep(*pids) for _ in range(3_000))
    finally:
        for player in players:
            player.kill()
            player.wait()
        for end in (*one, *other):
            os.close(end)


def test_who_is_gone_sleeps() -> None:
    gone = subprocess.Popen([sys.executable, "-I", "-S", "-c", ""])
    gone.wait()
    assert thread_status.is_asleep(gone.pid)
    assert thread_status.is_asleep()
    assert not thread_status.is_asleep(os.getpid(), gone.pid)
    assert not thread_status.is_asleep(gone.pid, os.getpid())
