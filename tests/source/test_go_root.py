"""Where a Go tree is found, and which."""

import os
from pathlib import Path

import pytest

from walkthrough.source.go_root import find_go_root, find_some_go_root, plain_version


def go_tree(root: Path, version: str) -> Path:
    (root / "src").mkdir(parents=True)
    (root / "VERSION").write_text(f"{version}\ntime 2026-01-01T00:00:00Z\n")
    return root


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        ("go1.27.3", "go1.27.3"),
        ("go1.27.3 X:nocoverageredesign", "go1.27.3"),
        ("go1.28rc1", "go1.28rc1"),
        ("go1.21", "go1.21"),
        ("devel go1.28-abc", ""),
        ("", ""),
    ],
)
def test_plain_version(said: str, plain: str) -> None:
    assert plain_version(said) == plain


def test_a_go_root_is_taken_only_for_its_exact_version(tmp_path: Path) -> None:
    old = go_tree(tmp_path / "a", "go1.27.2")
    right = go_tree(tmp_path / "b", "go1.27.3")
    later = go_tree(tmp_path / "c", "go1.27.3")
    bare = tmp_path / "bare"
    bare.mkdir()
    (bare / "VERSION").write_text("go1.27.3")
    places = [tmp_path / "none", bare, old, right, later]
    assert find_go_root("go1.27.3", places) == right
    assert find_go_root("go1.27", places) is None
    assert find_go_root("", places) is None


def test_goroot_and_path_are_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = go_tree(tmp_path / "x", "go1.99.1")
    monkeypatch.setenv("GOROOT", str(root))
    assert find_go_root("go1.99.1") == root
    monkeypatch.delenv("GOROOT")
    assert find_go_root("go1.99.1") is None
    (root / "bin").mkdir()
    (root / "bin" / "go").write_text("#!/bin/sh\nexit 1\n")
    (root / "bin" / "go").chmod(0o755)
    (tmp_path / "bin").mkdir()
    os.symlink(root / "bin" / "go", tmp_path / "bin" / "go")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert find_go_root("go1.99.1") == root


def test_some_go_root_is_of_the_series_asked_for_if_there_is_one(tmp_path: Path) -> None:
    roots = []
    for name, version in (("a", "go1.21.13"), ("b", "go1.27.3"), ("c", "go1.270.1"), ("d", "x")):
        (tmp_path / name / "src").mkdir(parents=True)
        (tmp_path / name / "VERSION").write_text(version + "\n")
        roots.append(tmp_path / name)
    assert find_some_go_root("go1.27", roots) == tmp_path / "b"
    assert find_some_go_root("go1.19", roots) == tmp_path / "a"
    assert find_some_go_root("go1.27", [tmp_path / "d", tmp_path / "e"]) is None
