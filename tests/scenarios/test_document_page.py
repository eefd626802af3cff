"""docs/document.md maps a listing of net.Listen to scenarios: what it names is there."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.support.need import need
from walkthrough.lesson.lesson import lesson_for
from walkthrough.recording.file import load
from walkthrough.scenario import loader as scenarios
from walkthrough.source.document import parse
from walkthrough.source.go_root import find_some_go_root
from walkthrough.source.library import SourceLibrary
from walkthrough.source.notes import Notes
from walkthrough.state.history import History

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


# A text of the kind that the page is about: names and declarations alone.
LISTING = """\
```go
func main() {
}

func handleConnection(c net.Conn) {
}
```

```go
func epollcreate(size int32) int32
func epollcreate1(flags int32) int32
func epollctl(epfd, op, fd int32, ev *epollevent) int32
func epollwait(epfd int32, ev *epollevent, nev, timeout int32) int32
func closeonexec(fd int32)
```
"""


def test_the_scenario_finds_the_example_by_its_names_and_the_declarations() -> None:
    need(find_some_go_root("go1.27") is not None, "Go's source is not installed")
    recorded = load(scenarios.find("the-document-today") / scenarios.RECORDING)
    history = History.load(recorded)
    lesson, listing = lesson_for(history.header), parse(LISTING, "listing.md")
    found: dict[str, set[str]] = {}
    for index in range(len(history)):
        view = lesson.view(history.event(index), history.world(index), "en")
        if view.file:
            shown = lesson.sources.in_document(listing, view.file, view.line, view.function, ())
            if shown is not None:
                found.setdefault(shown.passage.name, set()).add(shown.function.rpartition(".")[2])
    assert found == {
        "main": {"main"},
        "handleConnection": {"handleConnection"},
        "epollcreate1": {"EpollCreate1"},
        "epollctl": {"EpollCtl"},
        "epollwait": {"EpollWait"},
    }


def test_it_leads_to_every_scenario_that_a_walk_of_the_path_has() -> None:
    linked = re.findall(r"\]\(\.\./scenarios/([\w-]+)\)", TEXT)
    assert set(linked) <= set(scenarios.names())
    assert len(set(linked)) > 25
