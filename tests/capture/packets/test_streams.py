"""Relative numbers, windows, and what is sent again."""

from tests.support.made_frames import tcp
from walkthrough.capture.packets.frames import decode
from walkthrough.capture.packets.ring import CapturedFrame
from walkthrough.capture.packets.streams import Numbers, TcpStreams

THERE, BACK = (50000, 80), (80, 50000)
SCALE_7 = b"\x03\x03\x07"


def numbers_of(*frames: CapturedFrame) -> list[Numbers]:
    streams = TcpStreams()
    found = []
    for seq, frame in enumerate(frames):
        packet = decode(frame)
        assert packet is not None
        found.append(streams.number(packet, seq))
    return found


def test_numbers_are_relative_and_windows_scaled_once_both_ends_have_agreed() -> None:
    first, second = 2**32 - 2, 77  # the first wraps around
    assert numbers_of(
        tcp(THERE, "SYN", first, options=SCALE_7, window=65495),
        tcp(BACK, "SYN ACK", second, first + 1, options=SCALE_7, window=65483),
        tcp(THERE, "ACK", first + 1, second + 1, window=512),
        tcp(THERE, "PSH ACK", first + 1, second + 1, b"hello", window=512),
        tcp(BACK, "ACK", second + 1, first + 6, window=511),
        tcp(BACK, "FIN ACK", second + 1, first + 6, window=511),
        tcp(THERE, "ACK", first + 6, second + 2, window=512),
    ) == [
        Numbers(0, None, 65495, None),
        Numbers(0, 1, 65483, None),
        Numbers(1, 1, 65536, None),
        Numbers(1, 1, 65536, None),
        Numbers(1, 6, 65408, None),
        Numbers(1, 6, 65408, None),
        Numbers(6, 2, 65536, None),
    ]


def test_a_window_is_not_scaled_unless_both_ends_offer_it() -> None:
    found = numbers_of(
        tcp(THERE, "SYN", 1, options=SCALE_7),
        tcp(BACK, "SYN ACK", 1, 2),
        tcp(THERE, "ACK", 2, 2, window=9),
    )
    assert found[-1].window == 9


def test_a_refusal_answers_a_syn() -> None:
    refused = numbers_of(tcp(THERE, "SYN", 900), tcp(BACK, "RST ACK", 0, 901, window=0))
    assert refused[-1] == Numbers(1, 1, 0, None)


def test_what_is_sent_again_names_what_sent_it_first() -> None:
    found = numbers_of(
        tcp(THERE, "SYN", 10),
        tcp(THERE, "SYN", 10),  # 1: again
        tcp(BACK, "SYN ACK", 20, 11),
        tcp(BACK, "SYN ACK", 20, 11),  # 3: again
        tcp(THERE, "ACK", 11, 21),
        tcp(THERE, "PSH ACK", 11, 21, b"abcd"),
        tcp(THERE, "PSH ACK", 15, 21, b"efgh"),
        tcp(THERE, "PSH ACK", 11, 21, b"abcdefgh"),  # 7: both in one
        tcp(THERE, "PSH ACK", 17, 21, b"gh"),  # 8: the end of the second
        tcp(THERE, "ACK", 19, 21),  # an acknowledgment is never one
        tcp(THERE, "FIN ACK", 19, 21),
        tcp(THERE, "FIN ACK", 19, 21),  # 11: again
        tcp(THERE, "RST", 20),
    )
    again = {at: each.retransmits for at, each in enumerate(found) if each.retransmits is not None}
    assert again == {1: 0, 3: 2, 7: 5, 8: 6, 11: 10}


def test_ports_that_are_used_again_begin_anew() -> None:
    found = numbers_of(
        tcp(THERE, "SYN", 10),
        tcp(BACK, "SYN ACK", 20, 11),
        tcp(THERE, "SYN", 5000),
        tcp(BACK, "SYN ACK", 9000, 5001),
        tcp(THERE, "ACK", 5001, 9001),
    )
    assert [each.sequence for each in found] == [0, 0, 0, 0, 1]
    assert [each.acknowledgment for each in found] == [None, 1, None, 1, 1]
    assert all(each.retransmits is None for each in found)
