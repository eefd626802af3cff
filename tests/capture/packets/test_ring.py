"""The ring of captured packets, in a network namespace of this process."""

import os
import socket
import sys
import time

import pytest

from tests.support.need import need
from tests.support.own_process import ORDINARY, in_child
from walkthrough.capture.environment.network_namespace import new_namespace, try_namespace
from walkthrough.capture.packets.frames import decode
from walkthrough.capture.packets.ring import SNAP_LENGTH

pytestmark = pytest.mark.live
USERS = ["this user", *(["an ordinary user"] if os.geteuid() == 0 else [])]


@pytest.fixture(params=USERS)
def user(request: pytest.FixtureRequest) -> int | None:
    need(sys.platform == "linux", "packets are captured on Linux only")
    refusal = try_namespace(packets=True).refusal
    need(refusal is None, f"no packets here: {refusal.why if refusal else ''}")
    return None if request.param == "this user" else ORDINARY


def test_a_connection_is_captured_each_packet_once_in_order_with_its_time(
    user: int | None,
) -> None:
    def work() -> object:
        with new_namespace(packets=True) as ring:
            assert ring is not None
            before = time.time_ns()
            with socket.create_server(("127.0.0.1", 0)) as listener:
                port = listener.getsockname()[1]
                with socket.socket() as there:
                    there.connect(("127.0.0.1", port))
                    here, _ = listener.accept()
                    here.sendall(b"x" * 5000)
                    here.close()
                    while there.recv(9000):
                        pass
            frames = ring.frames()
            assert ring.frames() == []
            assert ring.dropped() == 0
            packets = [decode(frame) for frame in frames]
            times = [frame.time_ns for frame in frames]
            assert before <= times[0] <= times[-1] <= time.time_ns()
            assert times == sorted(times)
            return [
                (packet.sender.port == port, " ".join(packet.flags), packet.length, len(frame.data))
                for packet, frame in zip(packets, frames, strict=True)
                if packet is not None
            ]

    found = [tuple(each) for each in in_child(work, user)]
    assert [each[:2] for each in found[:3]] == [(False, "SYN"), (True, "SYN ACK"), (False, "ACK")]
    assert sum(length for from_server, _, length, _ in found if from_server) == 5000
    assert all(kept <= SNAP_LENGTH for *_, kept in found)
    assert any(kept == SNAP_LENGTH for *_, kept in found)
    fins = [from_server for from_server, flags, *_ in found if "FIN" in flags]
    assert fins == [True, False]


def test_what_there_is_no_room_for_is_counted(user: int | None) -> None:
    def work() -> object:
        with new_namespace(packets=True) as ring:
            assert ring is not None
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as there:
                there.bind(("127.0.0.1", 0))
                for _ in range(5000):
                    there.sendto(b"x", there.getsockname())
            return len(ring.frames()), ring.dropped(), ring.dropped()

    kept, dropped, still = in_child(work, user)
    assert kept + dropped == 5000
    assert dropped == still > 0


def test_other_namespaces_are_not_listened_to(user: int | None) -> None:
    def work() -> object:
        outside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        outside.bind(("127.0.0.1", 0))
        with new_namespace(packets=True) as ring:
            assert ring is not None
            outside.sendto(b"x", outside.getsockname())  # it stays where it was made
            return len(ring.frames())

    assert in_child(work, user) == 0
