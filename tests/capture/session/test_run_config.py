"""A scenario becomes a plan, and a plan a command line."""

import socket

import pytest

from walkthrough.capture.command_line import arguments
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.session.fixtures import Fixtures
from walkthrough.capture.session.rlimits import refuse_beyond
from walkthrough.capture.session.run_config import RunConfig, configure_run, may_not_bind
from walkthrough.i18n.texts import Texts
from walkthrough.scenario.schema import (
    End,
    Fault,
    Limits,
    Neighbour,
    Program,
    Scenario,
    ServerOptions,
)

WORDS = Texts({"en": "x", "zh": "x"})


def scenario(address: str, **more: object) -> Scenario:
    given = {"name": "x", "title": WORDS, "summary": WORDS, "network": "tcp"}
    return Scenario(**given, address=address, end=End(when="server idle"), **more)  # type: ignore[arg-type]


def test_placeholders_are_filled_in_and_same_stays() -> None:
    found = scenario(
        "{neighbour}", server=ServerOptions(also=("same", "{dir}/s")), neighbour=Neighbour()
    )
    with Fixtures(found) as fixtures:
        run = configure_run(found, fixtures)
        assert fixtures.neighbour is not None
        host, port = fixtures.neighbour.getsockname()
        assert run.addresses[0] == f"{host}:{port}"
        assert run.addresses[1] == "same"
        assert run.addresses[2].startswith("/")
        assert run.addresses[2].endswith("/s")
    assert (run.scenario, run.network, run.options) == ("x", "tcp", found.server)


@pytest.mark.parametrize(
    ("address", "neighbour"),
    [
        ("192.0.2.1:80", None),
        ("[2001:db8::1%{neighbour}]:80", Neighbour()),
        ("[::1%lo]:80", None),
        ("localhost:80", None),
        (":80", None),
        ("0.0.0.0:80", None),
        ("[::ffff:192.0.2.1]:80", None),
    ],
)
def test_what_would_leave_the_machine_is_not_dialled(
    address: str, neighbour: Neighbour | None
) -> None:
    # A file with such an address is refused when it is read; this is what stands behind that.
    away = scenario(address, server=ServerOptions(program=Program.DIAL), neighbour=neighbour)
    with (
        Fixtures(away) as fixtures,
        pytest.raises(CaptureError, match=r"may dial a loopback address only, and was to dial '"),
    ):
        configure_run(away, fixtures)


@pytest.mark.parametrize("address", ["{neighbour}", "127.0.0.1:1", "[::1]:1"])
def test_what_stays_on_it_is(address: str) -> None:
    here = scenario(address, server=ServerOptions(program=Program.DIAL), neighbour=Neighbour())
    with Fixtures(here) as fixtures:
        assert configure_run(here, fixtures).addresses == (fixtures.fill(address),)


@pytest.mark.parametrize("refused", [True, False])
def test_a_privileged_port_needs_no_fault_where_the_kernel_refuses(
    refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "walkthrough.capture.session.run_config.may_not_bind", lambda address: refused
    )
    injected = Fault(errno="EACCES", call="bind", only="privileged")
    always = Fault(errno="ENOSPC", at="pollOpen")
    found = scenario("127.0.0.1:80", fault=(injected, always))
    with Fixtures(found) as fixtures:
        run = configure_run(found, fixtures)
    assert run.faults == ((always,) if refused else (injected, always))


@pytest.mark.parametrize("error", [13, 98, 0])
def test_the_kernel_is_asked_whether_a_port_may_be_bound(
    error: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def bind(_self: socket.socket, address: object) -> None:
        asked.append(address)
        if error:
            raise OSError(error, "no")

    monkeypatch.setattr(
        "walkthrough.capture.session.run_config.socket.socket.bind", bind, raising=False
    )
    assert may_not_bind("127.0.0.1:80") is (error == 13)
    assert asked == [("127.0.0.1", 80)]


@pytest.mark.parametrize("address", ["/run/x:y", "127.0.0.1:0", "127.0.0.1:99999", "x:²", "[::1]:"])
def test_what_is_no_port_is_not_asked_for(address: str) -> None:
    assert may_not_bind(address) is False


def configured(**options: object) -> RunConfig:
    return RunConfig("x", "tcp", ("127.0.0.1:0",), ServerOptions(**options))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        (configured(), "tcp 127.0.0.1:0"),
        (configured(keep_alive_s=-1), "-keep-alive=-1 tcp 127.0.0.1:0"),
        (configured(backlog=0, deadline_ms=5), "-backlog=0 -deadline=5 tcp 127.0.0.1:0"),
        (
            configured(control=("SO_REUSEPORT", "SO_KEEPALIVE")),
            "-control=SO_REUSEPORT,SO_KEEPALIVE tcp 127.0.0.1:0",
        ),
        (configured(program=Program.DIAL, reply="-x"), "-say=-x tcp 127.0.0.1:0"),
        (configured(program=Program.PACKET, reply="hi"), "-reply=hi tcp 127.0.0.1:0"),
        (configured(go="1.24")._replace(addresses=("a:1", "same")), "tcp a:1 same"),
    ],
)
def test_options_become_flags(run: RunConfig, expected: str) -> None:
    assert " ".join(arguments(run)) == expected


def test_an_option_the_program_does_not_know_is_refused() -> None:
    with pytest.raises(CaptureError, match=r"'packet' does not know server\.backlog: .*reply"):
        arguments(configured(program=Program.PACKET, backlog=1))
    with pytest.raises(CaptureError, match=r"'dial' does not know server\.also"):
        arguments(configured(program=Program.DIAL)._replace(addresses=("a:1", "b:2")))
    own = configured(program=Program.DIAL, backlog=1)
    assert arguments(own, own=True) == ["-backlog=1", "tcp", "127.0.0.1:0"]


@pytest.mark.parametrize(("most", "fits"), [(100, True), (7, True), (6, False), (-1, True)])
def test_limits_beyond_the_users_own_are_refused(
    most: int, fits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "walkthrough.capture.session.rlimits.resource.getrlimit", lambda _: (most, most)
    )
    if fits:
        refuse_beyond(Limits(nofile=7))
        return
    with pytest.raises(CaptureError, match=r"7 descriptors, and this user may have 6 .*ulimit"):
        refuse_beyond(Limits(nofile=7))
