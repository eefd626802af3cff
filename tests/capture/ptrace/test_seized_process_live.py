"""All threads of a process are stopped together, whatever it does meanwhile, and left."""

import pytest

from tests.support.executing import executing_again
from walkthrough.capture.ptrace.seized_process import SeizedProcess

pytestmark = pytest.mark.live


def test_one_that_executes_programs_all_the_time_is_stopped_and_left() -> None:
    with executing_again() as process:
        for _ in range(40):
            seized = SeizedProcess(process.pid, lambda _: False)
            stands = seized.stop(20)
            seized.detach()
            assert stands
            assert process.poll() is None
