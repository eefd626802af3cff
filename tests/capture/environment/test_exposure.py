"""Who can connect to a server: derived from a scenario's addresses, and arranged before it runs."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from walkthrough.capture.environment import exposure
from walkthrough.capture.environment.exposure import (
    HOST,
    OWN,
    Exposure,
    exposed,
    isolated,
    listing,
    refusal,
)
from walkthrough.capture.environment.network_namespace import NamespaceRefusal, NamespaceTrial
from walkthrough.capture.environment.server_kind import ServerKind
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.packets.ring import PacketRing
from walkthrough.capture.session.fixtures import Fixtures
from walkthrough.capture.session.guard import ListenGuard
from walkthrough.capture.session.run_config import configure_run
from walkthrough.capture.workers.unattended import RunOutcome, check
from walkthrough.i18n.messages import message
from walkthrough.i18n.texts import Texts
from walkthrough.model.events import AnyEvent, CallEntered, CallReturned
from walkthrough.model.values import Argument, Constant, Data, SocketAddress, Unreadable
from walkthrough.scenario import loader as scenarios
from walkthrough.scenario.exposure import beyond_loopback, is_wildcard
from walkthrough.scenario.schema import End, Neighbour, Program, Scenario, ServerOptions

WORDS = Texts({"en": "x", "zh": "x"})
RING = cast("PacketRing", object())
NOT_HERE = NamespaceTrial(NamespaceRefusal(message("the limit is reached"), message("Raise it.")))


def scenario(address: str, network: str = "tcp", **more: object) -> Scenario:
    given = {"name": "mine", "title": WORDS, "summary": WORDS, "network": network}
    return Scenario(**given, address=address, end=End(when="server idle"), **more)  # type: ignore[arg-type]


def also(*addresses: str) -> Scenario:
    return scenario("127.0.0.1:0", server=ServerOptions(also=addresses))


@pytest.mark.parametrize(
    ("given", "addresses"),
    [
        (scenario("127.0.0.1:0"), ()),
        (scenario("127.9.9.9:0"), ()),
        (scenario("[::1]:0"), ()),
        (scenario("[::ffff:127.0.0.1]:0"), ()),
        (scenario("{dir}/a.sock", "unix"), ()),
        (scenario("{neighbour}", neighbour=Neighbour()), ()),
        (also("same", "127.0.0.1:0"), ()),
        (scenario(":80", server=ServerOptions(program=Program.DIAL)), ()),
        (scenario(":7099"), (":7099",)),
        (scenario("0.0.0.0:7099"), ("0.0.0.0:7099",)),
        (scenario("[::]:0", "tcp6"), ("[::]:0",)),
        (scenario("[::ffff:0.0.0.0]:0"), ("[::ffff:0.0.0.0]:0",)),
        (scenario("0.0.0.0:0", "udp4"), ("0.0.0.0:0",)),
        (scenario("192.0.2.1:0"), ("192.0.2.1:0",)),
        (scenario("[2001:db8::1]:0"), ("[2001:db8::1]:0",)),
        (also("same", "0.0.0.0:0", "[::1]:0", ":1"), ("0.0.0.0:0", ":1")),
    ],
)
def test_what_others_could_connect_to(given: Scenario, addresses: tuple[str, ...]) -> None:
    assert beyond_loopback(given) == addresses


@pytest.mark.parametrize(
    ("host", "every"),
    [
        ("", True),
        ("0.0.0.0", True),
        ("::", True),
        ("0:0:0:0:0:0:0:0", True),
        ("::ffff:0.0.0.0", True),
        ("::ffff:192.0.2.1", False),
        ("192.0.2.1", False),
        ("localhost", False),
    ],
)
def test_a_wildcard_is_every_interface(host: str, every: bool) -> None:
    assert is_wildcard(host) is every


def test_of_our_scenarios_these_listen_everywhere() -> None:
    found = {name: beyond_loopback(scenarios.load(name)) for name in scenarios.names()}
    assert {name: addresses for name, addresses in found.items() if addresses} == {
        "bind-fails-late": ("192.0.2.1:0",),
        "dual-stack": (":0",),
        "freebind": ("192.0.2.1:0",),
        "ipv4-any": ("0.0.0.0:7099",),
        "ipv6-only": ("[::]:0",),
        "the-document-today": ("0.0.0.0:7099",),
    }


def test_an_address_that_the_machine_has_not_exposes_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(exposure, "_is_local_address", lambda host: host == "192.0.2.7")
    found = scenario("192.0.2.1:0", server=ServerOptions(also=("192.0.2.7:1", ":2")))
    assert exposed(found) == ("192.0.2.7:1", ":2")


@pytest.mark.parametrize(
    ("addresses", "words"),
    [
        (("0.0.0.0:1",), "every interface of this machine (0.0.0.0:1)"),
        ((":1", "192.0.2.7:1"), "every interface of this machine (:1) and 192.0.2.7:1"),
        (("192.0.2.7:1",), "192.0.2.7:1"),
    ],
)
def test_addresses_are_spelled(addresses: tuple[str, ...], words: str) -> None:
    assert str(listing(addresses)) == words


# arranging


@pytest.fixture
def entered(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Namespaces are available, and each that is entered is recorded with its addresses."""
    entered: list[list[str]] = []

    @contextlib.contextmanager
    def enter(addresses: list[str], *, packets: bool) -> Iterator[PacketRing | None]:
        entered.append(addresses)
        yield RING if packets else None

    monkeypatch.setattr(exposure, "new_namespace", enter)
    monkeypatch.setattr(
        exposure, "try_namespace", lambda **_: NamespaceTrial(None, ("core/somaxconn",))
    )
    return entered


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exposure, "try_namespace", lambda **_: NOT_HERE)


@pytest.fixture
def own_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scenario:
    (tmp_path / "mine").mkdir()
    for file in ("main.go", scenarios.FILE):
        (tmp_path / "mine" / file).touch()
    monkeypatch.setenv(scenarios.ELSEWHERE, str(tmp_path))
    return scenario("127.0.0.1:0")


def test_what_stays_on_loopback_runs_as_it_is(entered: list[list[str]]) -> None:
    with isolated(scenario("127.0.0.1:0")) as found:
        assert found == Exposure(HOST)
    assert tuple(map(str, found.remarks())) == ()
    assert entered == []


def test_what_listens_everywhere_gets_a_namespace(
    entered: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exposure, "_is_local_address", lambda host: host == "192.0.2.7")
    wanted = scenario(":0", server=ServerOptions(also=("192.0.2.7:1", "192.0.2.8:1")))
    with isolated(wanted) as found:
        assert found == Exposure(OWN, changed=("core/somaxconn",))
    assert entered == [["192.0.2.7"]]
    assert tuple(map(str, found.remarks())) == (
        "It runs in its own network namespace: nobody else can connect to it.",
        "In it these kernel settings are not the machine's own: net.core.somaxconn.",
    )


def test_a_program_of_its_own_gets_one_whatever_its_address(
    entered: list[list[str]], own_program: Scenario
) -> None:
    with isolated(own_program) as found:
        assert found.namespace == OWN
        assert not found.guarded
    assert entered == [[]]


@pytest.mark.parametrize("warned", [True, False])
def test_who_asks_to_be_exposed_is(entered: list[list[str]], warned: bool) -> None:
    with isolated(scenario(":7099"), expose=True, warned=warned) as found:
        assert found == Exposure(HOST, exposed=(":7099",))
    assert entered == []
    assert tuple(map(str, found.remarks())) == (
        "It listens on every interface of this machine (:7099): others on your network can connect "
        "to it.",
    )


@pytest.mark.usefixtures("without")
def test_without_a_namespace_it_is_refused_or_the_user_has_been_warned() -> None:
    wanted = scenario("0.0.0.0:7099")
    with (
        pytest.raises(CaptureError, match=r"^mine listens on every .*reached\): use --expose to"),
        isolated(wanted),
    ):
        raise AssertionError("it was let in")
    with isolated(wanted, warned=True) as found:
        assert found == Exposure(HOST, exposed=("0.0.0.0:7099",))
    assert str(refusal(wanted)).startswith("mine listens on every interface")
    assert refusal(scenario("127.0.0.1:0")) is None


@pytest.mark.usefixtures("without")
def test_among_all_scenarios_it_is_not_run() -> None:
    verdict = check("ipv4-any", ServerKind.PYTHON)
    assert verdict.outcome is RunOutcome.NOT_RUN
    assert verdict.why == (refusal(scenarios.load("ipv4-any")),)
    assert "use --expose" in str(verdict.why[0])


@pytest.mark.usefixtures("without")
def test_without_a_namespace_a_program_of_its_own_is_guarded(own_program: Scenario) -> None:
    with isolated(own_program) as found:
        assert found == Exposure(HOST, guarded=True)
    with isolated(own_program, expose=True) as found:
        assert found == Exposure(HOST)


@pytest.mark.usefixtures("without")
def test_an_address_nobody_has_needs_no_namespace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exposure, "_is_local_address", lambda host: False)
    with isolated(scenario("192.0.2.1:0")) as found:
        assert found == Exposure(HOST)


# packets


def test_for_packets_whatever_it_listens_on_gets_a_namespace(entered: list[list[str]]) -> None:
    with isolated(scenario("127.0.0.1:0"), packets=True) as found:
        assert found == Exposure(OWN, changed=("core/somaxconn",), ring=RING)
    assert entered == [[]]
    assert found.packet_remarks() == ()


@pytest.mark.usefixtures("without")
def test_without_a_namespace_it_is_run_without_packets_and_that_is_said() -> None:
    said = (
        "Its packets are not captured, for it cannot get a network namespace of its own in which "
        "they could be (the limit is reached): the sequence diagram infers "
        "them."
    )
    with isolated(scenario("127.0.0.1:0"), packets=True) as found:
        assert found == Exposure(HOST, no_packets=found.no_packets)
        assert [str(each) for each in found.remarks()] == [said]
    with isolated(scenario("0.0.0.0:7099"), warned=True, packets=True) as found:
        assert found.exposed == ("0.0.0.0:7099",)
        assert [str(each) for each in found.remarks()][1:] == [said]


def test_where_packets_alone_cannot_be_captured_the_namespace_stays(
    entered: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    lacking = NamespaceTrial(NamespaceRefusal(message("this kernel captures no packets"), ""))
    monkeypatch.setattr(
        exposure, "try_namespace", lambda packets: lacking if packets else NamespaceTrial(None)
    )
    with isolated(scenario("0.0.0.0:7099"), packets=True) as found:
        assert found == Exposure(OWN, no_packets=message("this kernel captures no packets"))
    assert found.remarks()[1:] == found.packet_remarks() != ()
    with isolated(scenario("127.0.0.1:0"), packets=True) as found:
        assert found.namespace == HOST
    assert entered == [[]]


def test_a_run_that_nobody_has_arranged_is_refused() -> None:
    wanted = scenario("0.0.0.0:0")
    with (
        Fixtures(wanted) as around,
        pytest.raises(CaptureError, match="nobody has allowed that"),
    ):
        configure_run(wanted, around)
    for allowed in (Exposure(OWN), Exposure(HOST, exposed=("0.0.0.0:0",))):
        with Fixtures(wanted, allowed) as around:
            assert configure_run(wanted, around).exposure == allowed


# the guard


def entering(call: str, *arguments: Argument) -> AnyEvent:
    return CallEntered(seq=1, time_ns=1, call=call, arguments=arguments)


def returning(call: str, result: int, *arguments: Argument, error: str = "") -> AnyEvent:
    failed = Constant(error, 1) if error else None
    return CallReturned(
        seq=1, time_ns=1, call=call, result=result, arguments=arguments, error=failed
    )


def descriptor(number: int) -> Argument:
    return Argument("sockfd", number)


def address(family: str, host: str = "", port: int = 0) -> Argument:
    return Argument("addr", SocketAddress(family, host=host, port=port))


@pytest.mark.parametrize(
    "asked",
    [
        address("AF_INET", "127.0.0.1"),
        address("AF_INET6", "::1"),
        address("AF_INET6", "::ffff:127.0.0.1"),
        address("AF_UNIX"),
        address("AF_NETLINK"),
        Argument("addr", None),
        Argument("addr", Data(b"\x01\0/tmp/\xff", 8)),  # a unix socket's path is no text
    ],
)
def test_the_guard_lets_loopback_pass(asked: Argument) -> None:
    guard = ListenGuard("mine")
    for event in (
        returning("socket", 3),
        entering("bind", descriptor(3), asked),
        returning("bind", 0, descriptor(3), asked),
        entering("listen", descriptor(3)),
        entering("connect", descriptor(4), address("AF_INET", "192.0.2.1")),
    ):
        guard.check(event)


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        (address("AF_INET", "0.0.0.0", 80), r"0\.0\.0\.0:80"),
        (address("AF_INET6", "::", 80), r"\[::\]:80"),
        (address("AF_INET", "192.0.2.1", 80), r"192\.0\.2\.1:80"),
        (address("AF_VSOCK"), "AF_VSOCK"),
        # AF_UNSPEC, all zeros: ip(7) has it as INADDR_ANY; and IPv6 in 24 bytes, without a scope.
        (Argument("addr", Data(bytes(16), 16)), "an address that is not understood here"),
        (Argument("addr", Data(b"\x0a\0" + bytes(22), 24)), "an address that is not understood"),
        (Argument("addr", Unreadable("unmapped")), "an address that is not understood here"),
    ],
)
def test_the_guard_ends_what_would_let_others_in(asked: Argument, where: str) -> None:
    with pytest.raises(CaptureError, match=rf"mine was ended before it listened on {where}"):
        ListenGuard("mine").check(entering("bind", descriptor(3), asked))


def test_the_guard_knows_that_a_listener_without_an_address_gets_every_one() -> None:
    guard = ListenGuard("mine")
    loopback = address("AF_INET", "127.0.0.1")
    guard.check(returning("bind", 0, descriptor(3), loopback))
    guard.check(returning("bind", -1, descriptor(4), loopback, error="EADDRINUSE"))
    guard.check(entering("listen", descriptor(3)))
    with pytest.raises(CaptureError, match="every interface"):
        guard.check(entering("listen", descriptor(4)))
    guard.check(returning("socket", 3))  # another one, by the same number
    with pytest.raises(CaptureError, match="every interface"):
        guard.check(entering("listen", descriptor(3)))


def test_the_guard_follows_a_socket_to_its_other_numbers() -> None:
    guard, loopback = ListenGuard("mine"), address("AF_INET", "127.0.0.1")
    guard.check(returning("bind", 0, descriptor(3), loopback))
    guard.check(returning("dup", 5, Argument("oldfd", 3)))
    guard.check(returning("close", 0, Argument("fd", 3)))
    guard.check(entering("listen", descriptor(5)))
    guard.check(returning("dup3", 5, Argument("oldfd", 7), Argument("newfd", 5)))
    for number in (3, 5):
        with pytest.raises(CaptureError, match="every interface"):
            guard.check(entering("listen", descriptor(number)))
