"""How often the kernel is looked at."""

from walkthrough.capture.kernel.pace import CREDIT_NS, LARGE, REFILL, SHARE, ObservationPace

LOOK = CREDIT_NS // 4


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


def test_one_that_others_wait_for_is_looked_at_for_a_share_of_the_time() -> None:
    pace, now = ObservationPace(CREDIT_NS), 0
    for _ in range(4):  # at first always
        assert pace.due(now)
        pace.looked(1, now, now + LOOK)
        now += LOOK
    assert not pace.due(now)
    now += 2 * REFILL * LOOK
    assert pace.due(now)
    seen = 0
    for _ in range(400):
        if pace.due(now):
            pace.looked(1, now, now + LOOK)
            now += LOOK
            seen += 1
        else:
            now += LOOK // 2
    assert 0.15 < seen * LOOK / (now - 2 * REFILL * LOOK - CREDIT_NS) < 0.25
    assert pace.due(now + 100 * CREDIT_NS)  # however long nothing happened, no more is saved up
    pace.looked(1, now + 100 * CREDIT_NS, now + 100 * CREDIT_NS + 2 * CREDIT_NS)
    assert not pace.due(now + 102 * CREDIT_NS)
