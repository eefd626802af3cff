"""What can be run here: asked of every scenario, told as data, by a process of its own."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from tests.support.time_limits import limit
from walkthrough.capture.environment.requirements import RequirementKind
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.workers import availability as surveying
from walkthrough.capture.workers.availability import check_availability
from walkthrough.capture.workers.availability_report import Availability, Unavailable
from walkthrough.scenario import loader as scenarios
from walkthrough.scenario.schema import Need


def answers(text: Availability) -> dict[tuple[str, str], Unavailable]:
    return {(each.scenario, each.server): each for each in text.answers}


def test_every_scenario_is_asked_about_under_both_servers() -> None:
    found = answers(check_availability())
    assert set(found) == {
        (name, server) for name in scenarios.names() for server in ("go", "python")
    }
    assert found["mptcp", "python"].lack == "server"
    assert all(bool(each.lack) == bool(each.why) for each in found.values())


def test_what_a_scenario_needs_is_a_kind_of_lack() -> None:
    assert {need.value for need in Need} <= {lack.value for lack in RequirementKind}


def test_without_ptrace_it_is_the_machine_that_lacks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surveying, "can_trace_go", lambda: (False, "Yama forbids it."))
    found = check_availability()
    assert not found.traces_go
    assert answers(found)["burst", "go"] == Unavailable(
        "burst", "go", "machine", "Yama forbids it."
    )
    assert answers(found)["burst", "python"].lack == ""


def test_elsewhere_nothing_is_captured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    found = check_availability()
    assert not found.traces_go
    assert {each.lack for each in found.answers} == {"machine"}
    assert "recordings can be replayed" in str(answers(found)["burst", "python"].why)


def test_what_cannot_be_found_out_is_a_reason_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(scenario: object, server: object, *, alone: bool) -> None:
        raise CaptureError("There is no Go toolchain.")

    monkeypatch.setattr(surveying, "can_trace_go", lambda: (True, ""))
    monkeypatch.setattr(surveying, "missing_requirement", broken)
    assert answers(check_availability())["mptcp", "go"].why == "There is no Go toolchain."


def test_a_broken_scenario_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "scenario.toml").write_text("netwrok = 1")
    monkeypatch.setenv(scenarios.ELSEWHERE, str(tmp_path))
    names = {each.scenario for each in check_availability().answers}
    assert "mine" not in names
    assert "burst" in names


def test_it_is_told_as_one_json_object() -> None:
    command = [sys.executable, "-m", "walkthrough.capture.workers.availability"]
    done = subprocess.run(command, capture_output=True, timeout=limit(60), check=True)
    assert msgspec.json.decode(done.stdout, type=Availability).answers
    assert done.stderr == b""


def test_where_scenarios_cannot_be_found_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(scenarios.ELSEWHERE, "/nowhere")
    command = [sys.executable, "-m", "walkthrough.capture.workers.availability"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=limit(60))
    assert (done.returncode, done.stdout) == (2, "")
    assert "WALKTHROUGH_SCENARIOS" in done.stderr
    assert "Traceback" not in done.stderr
