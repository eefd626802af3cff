"""The Go that servers are built with is also the one whose source is read."""

from pathlib import Path

import pytest

from walkthrough.cli.commands import lesson_for_here
from walkthrough.model.events import Header


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A toolchain where nobody would look, which claims to be of a version nobody has."""
    root = tmp_path / "far" / "away"
    for folder in ("bin", "src/net", "pkg/tool/linux_amd64"):
        (root / folder).mkdir(parents=True)
    (root / "VERSION").write_text("go1.99.7\n")
    (root / "src/net/dial.go").touch()
    (root / "pkg/tool/linux_amd64/compile").touch()
    (root / "bin/go").write_text("#!/bin/sh\nexit 1\n")
    (root / "bin/go").chmod(0o755)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("WALKTHROUGH_GO", "GOROOT"):
        monkeypatch.delenv(name, raising=False)
    return root


HEADER = Header(server="go", go_version="go1.99.7")


def test_the_one_that_is_named(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert lesson_for_here(HEADER).sources.go_version == ""
    monkeypatch.setenv("WALKTHROUGH_GO", str(root))
    assert lesson_for_here(HEADER).sources.go_version == "go1.99.7"
    monkeypatch.setenv("WALKTHROUGH_GO", str(root / "bin" / "go"))
    assert lesson_for_here(HEADER).sources.go_version == "go1.99.7"


def test_one_behind_a_wrapper(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrapper = tmp_path / "shims" / "go"
    wrapper.parent.mkdir()
    wrapper.write_text(f"#!/bin/sh\necho {root}\n")
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{wrapper.parent}:/usr/bin:/bin")
    assert lesson_for_here(HEADER).sources.go_version == "go1.99.7"


def test_a_wrong_name_is_no_reason_to_fail(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WALKTHROUGH_GO", str(root.parent))
    assert lesson_for_here(HEADER).sources.go_version == ""
