"""What keeps a scenario from being run here, in one sentence each."""

import socket
from pathlib import Path

import pytest

from walkthrough.capture.environment import requirements
from walkthrough.capture.environment.go_toolchain import Toolchain
from walkthrough.capture.environment.requirements import why_not_runnable
from walkthrough.capture.environment.server_kind import ServerKind
from walkthrough.i18n.texts import Texts
from walkthrough.scenario import loader as scenarios
from walkthrough.scenario.schema import (
    ActionKind,
    End,
    Need,
    Scenario,
    ScriptAction,
    ServerOptions,
)

WORDS = Texts({"en": "x", "zh": "x"})


def scenario(**changes: object) -> Scenario:
    fields: dict[str, object] = {
        "name": "x",
        "title": WORDS,
        "summary": WORDS,
        "network": "tcp",
        "address": "127.0.0.1:0",
        "end": End(when="server idle"),
    }
    return Scenario(**{**fields, **changes})  # type: ignore[arg-type]


@pytest.fixture
def old_go(monkeypatch: pytest.MonkeyPatch) -> None:
    old = Toolchain(Path("/go/bin/go"), Path("/go"), "go1.21.13")
    monkeypatch.setattr("walkthrough.capture.environment.go_toolchain.find_go", lambda: old)


def test_nothing_is_missing_where_nothing_is_asked_for() -> None:
    assert why_not_runnable(scenario(), ServerKind.GO) is None
    assert why_not_runnable(scenario(), ServerKind.PYTHON) is None


def test_a_server_that_the_scenario_leaves_out() -> None:
    only_go = scenario(servers=("go",))
    assert why_not_runnable(only_go, ServerKind.GO) is None
    assert str(why_not_runnable(only_go, ServerKind.PYTHON)) == "It runs under --server go only."


def test_a_go_program_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x").mkdir()
    for file in ("main.go", scenarios.FILE):
        (tmp_path / "x" / file).touch()
    monkeypatch.setenv(scenarios.ELSEWHERE, str(tmp_path))
    assert "its own Go program" in str(why_not_runnable(scenario(), ServerKind.PYTHON))
    assert why_not_runnable(scenario(), ServerKind.GO) is None


@pytest.mark.parametrize(
    ("wanted", "says"), [("1.21", ""), ("1.24", "It needs Go 1.24 or newer"), ("1.9", "")]
)
@pytest.mark.usefixtures("old_go")
def test_a_language_version_newer_than_the_toolchain(wanted: str, says: str) -> None:
    newer = scenario(server=ServerOptions(go=wanted))
    assert str(why_not_runnable(newer, ServerKind.GO)).startswith(says)
    assert bool(why_not_runnable(newer, ServerKind.GO)) == bool(says)
    assert why_not_runnable(newer, ServerKind.PYTHON) is None


@pytest.mark.parametrize(("need", "probe"), [(Need.IPV6, "has_ipv6"), (Need.MPTCP, "has_mptcp")])
def test_what_the_kernel_lacks(need: Need, probe: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requirements, probe, lambda: False)
    assert "needs" in str(why_not_runnable(scenario(needs=(need,)), ServerKind.GO))
    monkeypatch.setattr(requirements, probe, lambda: True)
    assert why_not_runnable(scenario(needs=(need,)), ServerKind.GO) is None


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", ""])
def test_a_port_that_somebody_listens_on(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        wants = scenario(address=f"{host}:{port}", network="tcp4", needs=(Need.PORT,))
        assert "another program listens" in str(why_not_runnable(wants, ServerKind.GO))
    assert why_not_runnable(wants, ServerKind.GO) is None


@pytest.mark.parametrize(
    ("clients", "allowed", "says"),
    [
        (3, 3, ""),
        (3, 2, "It needs 3 clients at least, and RLIMIT_NOFILE allows 2"),
        (10_000, 1000, ""),  # fewer than it asks for, and still worth a look
        (10_000, 999, "It needs 1000 clients at least, and RLIMIT_NOFILE allows 999"),
    ],
)
def test_descriptors_for_the_clients(
    clients: int, allowed: int, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requirements, "allowed_clients", lambda: allowed)
    many = scenario(script=(ScriptAction(when="at once", do=ActionKind.CONNECT, clients=clients),))
    assert str(why_not_runnable(many, ServerKind.GO)).startswith(says)
    assert bool(why_not_runnable(many, ServerKind.GO)) == bool(says)


def test_a_port_that_may_not_be_had_is_not_missing() -> None:
    # Nobody listens there; that the kernel refuses it to this user is what the lesson shows.
    assert (
        why_not_runnable(scenario(address="127.0.0.1:1", needs=(Need.PORT,)), ServerKind.GO) is None
    )
