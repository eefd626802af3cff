"""How often the kernel is looked at."""

from walkthrough.capture.kernel.pace import LARGE, SHARE, ObservationPace


def test_a_small_server_is_looked_at_every_time() -> None:
    pace = ObservationPace()
    for now in (0, 1, 2):
        assert pace.due(now)
        pace.looked(LARGE - 1, now, now + 1000)
    assert pace.skipped == 0


def test_a_large_one_for_a_share_of_the_time_and_the_rest_is_counted() -> None:
    pace = ObservationPace()
    pace.looked(LARGE, 1000, 1100)
    assert not pace.due(1100)
    assert not pace.due(1100 + SHARE * 100 - 1)
    assert pace.due(1100 + SHARE * 100)
    assert pace.skipped == 2


def test_once_it_is_small_again_there_is_no_waiting() -> None:
    pace = ObservationPace()
    pace.looked(LARGE, 0, 10**9)
    pace.looked(3, 10**9, 2 * 10**9)
    assert pace.due(2 * 10**9)
