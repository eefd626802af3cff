"""Which call of its thread strace is to let fail, guessed again after each miss."""

from collections import Counter

from walkthrough.capture.strace.cues import InjectedFault, RecordedRun
from walkthrough.capture.strace.fault_threads import ThreadOrdinals

NTH = ("epoll_ctl", 4)


def recorded(*faults: InjectedFault) -> RecordedRun:
    return RecordedRun((), faults, Counter(accept4=2), Counter())


def test_first_one_thread_is_taken_to_make_all_calls() -> None:
    first = InjectedFault("accept4", "EMFILE", 1), InjectedFault("epoll_ctl", "ENOSPC", 4)
    faults = [*first, *(InjectedFault("accept4", "EMFILE", n) for n in (2, 3))]
    assert ThreadOrdinals(recorded(*faults)).rules() == (
        "accept4:error=EMFILE:when=3..5",
        "epoll_ctl:error=ENOSPC:when=4",
    )


def test_after_a_miss_what_was_seen_is_tried() -> None:
    guess = ThreadOrdinals(recorded(InjectedFault("epoll_ctl", "ENOSPC", 4)))
    guess.missed({NTH: 3})
    assert guess.rules() == ("epoll_ctl:error=ENOSPC:when=3",)


def test_a_guess_that_strikes_too_early_is_given_up_for_the_usual_one() -> None:
    guess = ThreadOrdinals(recorded(InjectedFault("epoll_ctl", "ENOSPC", 4)))
    guess.missed({NTH: 3})  # the goroutine had moved, which is rare
    guess.missed({("epoll_ctl", 3): 3})  # now it had not: the third was struck, the fourth not made
    assert guess.rules() == ("epoll_ctl:error=ENOSPC:when=4",)
