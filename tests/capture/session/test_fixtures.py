"""The neighbour and the folder: there when asked for, gone afterwards, refused in a sentence."""

import os
import socket
import sys
from pathlib import Path

import pytest

from walkthrough.capture.errors import CaptureError
from walkthrough.capture.session.fixtures import Fixtures
from walkthrough.i18n.texts import Texts
from walkthrough.model.kernel_state import NeighbourDoing
from walkthrough.scenario.schema import End, Neighbour, Scenario, ServerOptions, Watching

WORDS = Texts({"en": "x", "zh": "x"})


def scenario(
    network: str = "tcp",
    address: str = "{neighbour}",
    neighbour: Neighbour | None = None,
    also: tuple[str, ...] = (),
) -> Scenario:
    return Scenario(
        name="x",
        title=WORDS,
        summary=WORDS,
        network=network,
        address=address,
        end=End(when="server idle"),
        neighbour=neighbour,
        server=ServerOptions(also=also),
    )


def test_without_either_nothing_is_made_and_text_stays() -> None:
    with Fixtures(scenario(address="127.0.0.1:0")) as around:
        assert around.neighbour is None
        assert around.fill("{dir}/a {neighbour}") == "{dir}/a {neighbour}"


@pytest.mark.parametrize(
    ("network", "address", "begins"),
    [
        ("tcp", "127.0.0.1:0", "127.0.0.1:"),
        ("tcp6", "[::1]:0", "[::1]:"),
        ("udp", "127.0.0.2:0", "127.0.0.2:"),
    ],
)
def test_the_neighbours_address_is_spelled_as_go_takes_it(
    network: str, address: str, begins: str
) -> None:
    with Fixtures(scenario(network, neighbour=Neighbour(address=address))) as around:
        filled = around.fill("{neighbour}")
        assert filled.startswith(begins)
        assert around.neighbour is not None
        assert int(filled.rpartition(":")[2]) == around.neighbour.getsockname()[1] != 0


def test_an_abstract_name_is_no_file() -> None:
    unix = scenario("unix", "{neighbour}", Neighbour(address="@{dir}/theirs"))
    with Fixtures(unix) as around, socket.socket(socket.AF_UNIX) as client:
        name = around.fill("{neighbour}")
        assert name == f"@{around.fill('{dir}')}/theirs"
        client.connect("\0" + name[1:])
        assert list(Path(around.fill("{dir}")).iterdir()) == []


def test_a_neighbour_of_streams_listens_and_one_of_datagrams_does_not() -> None:
    listening = {}
    for network in ("tcp", "udp"):
        with Fixtures(scenario(network, neighbour=Neighbour())) as around:
            assert around.neighbour is not None
            option = (socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
            listening[network] = around.neighbour.getsockopt(*option)
    assert listening == {"tcp": 1, "udp": 0}


def test_the_folder_is_new_private_and_removed_with_its_socket() -> None:
    unix = scenario("unix", "{neighbour}", Neighbour(address="{dir}/their.sock"))
    with Fixtures(unix) as first, Fixtures(unix) as second:
        path = Path(first.fill("{neighbour}"))
        assert path.is_socket()
        assert path.parent.stat().st_mode & 0o077 == 0
        assert path != Path(second.fill("{neighbour}"))
    assert not path.parent.exists()


def test_a_folder_is_made_for_a_further_address_too() -> None:
    with Fixtures(scenario("unix", "/nowhere", also=("{dir}/two",))) as around:
        assert Path(around.fill("{dir}")).is_dir()


def test_a_long_temporary_folder_is_passed_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("x" * 100)
    long.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(long))
    with Fixtures(scenario("unix", "{dir}/a.sock")) as around:
        assert len(around.fill("{dir}")) <= 64
    assert list(long.iterdir()) == []


def test_closing_twice_is_closing_once() -> None:
    around = Fixtures(scenario("unix", "{dir}/a", Neighbour(address="{dir}/b")))
    neighbour = around.neighbour
    around.close()
    around.close()
    assert neighbour is not None
    assert neighbour.fileno() == -1
    assert around.neighbour is None


def test_more_than_one_socket_is_handed_over_in_order() -> None:
    shared = Neighbour(also=("127.0.0.2:0",), hands_over=True)
    with Fixtures(scenario(neighbour=shared)) as around:
        assert around.neighbour is not None
        first, second = around.handed_over
        assert first == around.neighbour.fileno()
        assert around.fill("{neighbour}").startswith("127.0.0.1:")
        with socket.socket(fileno=os.dup(second)) as other:
            assert other.getsockname()[0] == "127.0.0.2"
            assert other.getblocking()
        assert around.sharing is None
    assert around.handed_over == ()


@pytest.mark.skipif(sys.platform != "linux", reason="epoll is Linux's")
def test_a_neighbour_that_watches_is_a_process() -> None:
    shared = Neighbour(hands_over=True, watches=(Watching.EXCLUSIVE,))
    with Fixtures(scenario(neighbour=shared)) as around:
        assert around.sharing is not None
        state = around.sharing.state()
        assert state.doing is NeighbourDoing.WAITING
    with pytest.raises(ProcessLookupError):
        os.kill(state.pid, 0)


def test_options_are_set_before_the_address_is_taken() -> None:
    shared = Neighbour(control=("SO_REUSEPORT",))
    with Fixtures(scenario(neighbour=shared)) as around, socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        host, _, port = around.fill("{neighbour}").partition(":")
        other.bind((host, int(port)))
        other.listen()


@pytest.mark.parametrize(
    ("neighbour", "says"),
    [
        (Neighbour(address="0.0.0.0:0"), "loopback"),
        (Neighbour(address="example.org:80"), "loopback"),
        (Neighbour(address="127.0.0.1"), "loopback"),
        (Neighbour(address="127.0.0.1:99999"), "loopback"),
        (Neighbour(control=("SO_NOTHING",)), "SO_REUSEPORT"),
    ],
)
def test_what_a_neighbour_may_not_have_is_refused(neighbour: Neighbour, says: str) -> None:
    with pytest.raises(CaptureError, match=says):
        Fixtures(scenario(neighbour=neighbour))


def test_an_address_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        address = f"127.0.0.1:{busy.getsockname()[1]}"
        with pytest.raises(CaptureError, match=f"{address} \\(Address already in use\\)"):
            Fixtures(scenario(neighbour=Neighbour(address=address)))
