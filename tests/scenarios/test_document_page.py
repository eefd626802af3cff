"""docs/document.md maps a listing of net.Listen to scenarios: what it names is there."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.support.need import need
from walkthrough.scenario import loader as scenarios
from walkthrough.source.go_root import find_some_go_root
from walkthrough.source.library import SourceLibrary
from walkthrough.source.notes import Notes

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "document.md").read_text("utf-8")
ROWS = re.findall(r"^\| `([^`]+)` \| (?:`([^`]+)`)? *\| (.*?) *\| (.+) \|$", TEXT, re.MULTILINE)
WATCHED = tomllib.loads((ROOT / "walkthrough/capture/ptrace/path.toml").read_text("utf-8"))
RUNTIME = ["runtime/os_unix.go", "internal/runtime/syscall/linux/syscall_linux.go"]


def test_every_block_of_a_listing_has_its_row() -> None:
    listed = [listed for listed, *_ in ROWS]
    assert listed[-5:] == ["epollcreate", "epollcreate1", "epollctl", "epollwait", "closeonexec"]
    assert len(listed) == len(set(listed)) == 17
    assert [listed for listed, today, *_ in ROWS if not today] == ["epollcreate"]


@pytest.mark.parametrize("today", [today for _, today, *_ in ROWS if "." in today])
def test_what_a_function_is_called_today_is_what_is_watched_or_noted(today: str) -> None:
    known = {each["name"] for each in WATCHED["function"]}
    known |= {name for note in Notes.load().all for name in note.function}
    if today == "runtime.closeonexec":
        root = find_some_go_root("go1.27")
        need(root is not None, "Go's source is not installed")
        assert "func closeonexec(" in SourceLibrary(root, None, None).text(RUNTIME[0])
    elif not today.startswith("main."):
        assert today in known


def test_what_was_in_assembly_is_a_go_function_of_the_runtime() -> None:
    root = find_some_go_root("go1.27")
    need(root is not None, "Go's source is not installed")
    text = SourceLibrary(root, None, None).text(RUNTIME[1])
    names = [today for _, today, *_ in ROWS if today and "." not in today]
    assert names == ["EpollCreate1", "EpollCtl", "EpollWait"]
    assert all(f"func {name}(" in text for name in names)


def test_it_leads_to_every_scenario_that_a_walk_of_the_path_has() -> None:
    linked = re.findall(r"\]\(\.\./scenarios/([\w-]+)\)", TEXT)
    assert set(linked) <= set(scenarios.names())
    assert len(set(linked)) > 25
