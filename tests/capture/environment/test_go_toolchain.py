"""A fake GOROOT whose `go` is a shell script."""

import fcntl
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import platformdirs
import pytest

from walkthrough.capture.environment import go_toolchain, program_cache
from walkthrough.capture.environment.go_toolchain import Toolchain, build_server, find_go, number
from walkthrough.capture.errors import CaptureError
from walkthrough.i18n.messages import Message

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the fake go is a shell script")

# Notes how it was called, says what go would say, and writes a program.
GO = """#!/bin/sh
here=$(dirname "$(dirname "$0")")
echo "$*" >> "$here/calls"
env > "$here/environment"
cat "$here/says" 2>/dev/null
while [ "$1" != -o ]; do shift; done
[ -e "$here/fails" ] && exit 1
echo program > "$2"
[ -e "$here/noexec" ] || chmod +x "$2"
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing of the real user's is read or written."""
    for name in ("WALKTHROUGH_GO", "GOROOT", "GOCACHE", "GOFLAGS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    return tmp_path


def make_root(root: Path, version: str = "go1.27.3", script: str = GO) -> Path:
    for folder in ("bin", "src/net", "pkg/tool/linux_amd64"):
        (root / folder).mkdir(parents=True)
    (root / "VERSION").write_text(f"{version}\ntime 2026-01-01T00:00:00Z\n")
    (root / "src/net/dial.go").touch()
    (root / "pkg/tool/linux_amd64/compile").touch()
    (root / "bin/go").write_text(script)
    (root / "bin/go").chmod(0o755)
    return root


def make_source(folder: Path, text: str = "package main\n") -> Path:
    folder.mkdir()
    (folder / "main.go").write_text(text)
    (folder / "go.mod").write_text("module example.test/server\n")
    return folder


def no_packaged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(go_toolchain, "_packaged", lambda: None)


def on_path(monkeypatch: pytest.MonkeyPatch, *folders: Path) -> None:
    monkeypatch.setenv("PATH", os.pathsep.join([*map(str, folders), "/usr/bin", "/bin"]))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("go1.27.3", (1, 27)),
        ("go1.21", (1, 21)),
        ("go1.28rc1", (1, 28)),
        ("devel go1.28-0123abc Mon", (1, 28)),
        ("weird", (0, 0)),
        ("", (0, 0)),
    ],
)
def test_numbers_of_versions(text: str, expected: tuple[int, int]) -> None:
    assert number(text) == expected


def test_the_variable_comes_first(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named, other = make_root(home / "named", "go1.24.3"), make_root(home / "other")
    on_path(monkeypatch, other / "bin")
    for value in (named, named / "bin" / "go"):
        monkeypatch.setenv("WALKTHROUGH_GO", str(value))
        assert find_go() == Toolchain(named / "bin" / "go", named, "go1.24.3")


@pytest.mark.parametrize("version", ["go1.20.14", "none"])
def test_a_variable_that_names_no_usable_go(
    home: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    root = home / "absent" if version == "none" else make_root(home / "old", version)
    monkeypatch.setenv("WALKTHROUGH_GO", str(root))
    with pytest.raises(CaptureError, match="WALKTHROUGH_GO"):
        find_go()


def test_go_on_path_is_followed_to_its_root(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make_root(home / "lib" / "go-1.24", "go1.24.3")
    (home / "bin").mkdir()
    (home / "bin" / "go").symlink_to(root / "bin" / "go")
    on_path(monkeypatch, home / "bin")
    assert find_go() == Toolchain(root / "bin" / "go", root, "go1.24.3")


def test_unusable_ones_on_path_are_passed_over(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = make_root(home / "old", "go1.19.8")
    torn = make_root(home / "torn")
    (torn / "pkg/tool/linux_amd64/compile").unlink()
    good = make_root(home / "good", "go1.21.13")
    (home / "folder" / "go").mkdir(parents=True)
    folders = (home / "absent", home / "folder", old / "bin", torn / "bin", good / "bin")
    on_path(monkeypatch, *folders)
    assert find_go().root == good


def test_a_wrapper_is_asked_for_its_root(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make_root(home / "hidden")
    shim = home / "shims" / "go"
    shim.parent.mkdir()
    shim.write_text(f"#!/bin/sh\n[ \"$1 $2\" = 'env GOROOT' ] && echo '{root}'\n")
    shim.chmod(0o755)
    on_path(monkeypatch, shim.parent)
    assert find_go().root == root
    shim.write_text("#!/bin/sh\nexit 3\n")
    no_packaged(monkeypatch)
    with pytest.raises(CaptureError):
        find_go()


def test_the_package_is_found_without_importing_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_root(home / "site" / "go")
    (root / "__init__.py").write_text("raise AssertionError('was imported')\n")
    monkeypatch.setattr(sys, "path", [str(home / "site")])
    monkeypatch.delitem(sys.modules, "go", raising=False)
    assert find_go() == Toolchain(root / "bin" / "go", root, "go1.27.3")


def test_the_packages_own_wrapper_is_not_the_users_go(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts = make_root(home / "environment").joinpath("bin")
    monkeypatch.setattr(sys, "executable", str(scripts / "python"))
    on_path(monkeypatch, scripts)
    no_packaged(monkeypatch)
    with pytest.raises(CaptureError):
        find_go()


def test_no_go_at_all_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    no_packaged(monkeypatch)
    on_path(monkeypatch)
    monkeypatch.setattr(go_toolchain, "OLDEST", (99, 0))
    with pytest.raises(CaptureError, match=r"pip install 'walkthrough\[go\]'"):
        find_go()


class Builder:
    """A fake toolchain, a source, and what the builds reported."""

    def __init__(self, home: Path) -> None:
        self.root = make_root(home / "goroot")
        self.source = make_source(home / "source")
        self.heard: list[str] = []

    def build(self, version: str = "go1.27.3") -> Path:
        go = Toolchain(self.root / "bin" / "go", self.root, version)
        return build_server(go, self.source, lambda said: self.heard.append(str(said)))

    def calls(self) -> int:
        return len((self.root / "calls").read_text().splitlines())

    def says(self, text: str, *, fails: bool = False) -> None:
        (self.root / "says").write_text(text)
        if fails:
            (self.root / "fails").touch()


@pytest.fixture
def builder(home: Path) -> Builder:
    return Builder(home)


def test_a_build_is_kept(builder: Builder, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = builder.build()
    assert program.name == "server"
    assert program.is_relative_to(home / "cache" / "walkthrough" / "builds")
    assert os.access(program, os.X_OK)
    assert builder.heard

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("nothing is run for what is kept")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    builder.heard.clear()
    assert builder.build() == program
    assert builder.heard == []
    assert sorted(path.name for path in program.parent.parent.iterdir()) == [program.parent.name]


def test_what_is_kept_belongs_to_source_version_and_name(builder: Builder) -> None:
    def change(path: str, text: str) -> None:
        (builder.source / path).write_text(text)

    changes: list[Callable[[], None]] = [
        lambda: change("main.go", "package main // changed\n"),
        lambda: change("go.mod", "module other.test/server\n"),
        lambda: change("more.go", "package main\n"),
    ]
    seen = {builder.build(), builder.build("go1.24.3")}
    for made in changes:
        made()
        seen.add(builder.build())
    assert len(seen) == 5
    change("notes.txt", "not part of the program")
    assert builder.build() in seen


@pytest.mark.parametrize(
    "damage",
    ["gone", "empty", "not executable", "folder", "changed", "no digest", "linked", "writable"],
)
def test_a_damaged_program_is_built_again(builder: Builder, damage: str) -> None:
    program = builder.build()
    if damage == "gone":
        program.unlink()
    elif damage == "empty":
        program.write_bytes(b"")
    elif damage == "not executable":
        program.chmod(0o644)
    elif damage == "folder":
        program.unlink()
        program.mkdir()
    elif damage == "changed":
        program.write_text("another program\n")
    elif damage == "no digest":
        program.with_name("server.sha256").unlink()
    elif damage == "linked":
        program.rename(program.with_name("elsewhere"))
        program.symlink_to("elsewhere")
    else:
        program.chmod(0o777)
    assert builder.build() == program
    assert program.read_text() == "program\n"
    assert os.access(program, os.X_OK)


def test_the_users_settings_do_not_change_the_build(
    builder: Builder, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GOOS", "GOARCH", "GOFLAGS", "GOEXPERIMENT", "CGO_CFLAGS", "GOTOOLCHAIN"):
        monkeypatch.setenv(name, "odd")
    monkeypatch.setenv("GOCACHE", str(home / "no such folder"))
    builder.build()
    lines = (builder.root / "environment").read_text().splitlines()
    found = dict(line.partition("=")[::2] for line in lines)
    assert {name: text for name, text in found.items() if name.startswith(("GO", "CGO"))} == {
        "GOROOT": str(builder.root),
        "GOENV": "off",
        "GOTOOLCHAIN": "local",
        "GOPROXY": "off",
        "GOFLAGS": "",
        "GOWORK": "off",
        "GO111MODULE": "on",
        "CGO_ENABLED": "0",
        "GOPATH": str(home / "cache" / "walkthrough" / "gopath"),
        "GOCACHE": str(home / "cache" / "walkthrough" / "go-build"),
        "GOTMPDIR": found["GOTMPDIR"],
    }
    assert Path(found["GOTMPDIR"]).parent == home / "cache" / "walkthrough" / "builds"
    assert not os.path.exists(found["GOTMPDIR"])
    assert found["TEST_TELEMETRY_DIR"] == "/dev/null/none"
    (call,) = (builder.root / "calls").read_text().splitlines()
    assert call.startswith("build -v -trimpath -buildvcs=false -o ")


@pytest.mark.parametrize("named", [True, False])
def test_the_users_build_cache_is_used_if_it_can_be(
    builder: Builder, home: Path, monkeypatch: pytest.MonkeyPatch, named: bool
) -> None:
    folder = home / "cache" / ("mine" if named else "go-build")
    folder.mkdir(parents=True)
    if named:
        monkeypatch.setenv("GOCACHE", str(folder))
    builder.build()
    assert f"GOCACHE={folder}\n" in (builder.root / "environment").read_text()


def test_progress_names_packages(builder: Builder) -> None:
    builder.says("internal/cpu\nnet\nnot a package: a message\nexample.test/server\n")
    builder.build()
    assert builder.heard[0].startswith("building the Go server with go1.27.3")
    assert builder.heard[1:] == [
        "compiling internal/cpu (1 package so far)",
        "compiling net (2 packages so far)",
        "compiling example.test/server (3 packages so far)",
    ]


def test_a_build_that_fails_says_why_and_where_the_rest_is(builder: Builder) -> None:
    said = "net\n# example.test/server\n./main.go:3:1: undefined: \x1b[31mx\n./main.go:4:1: more\n"
    builder.says(said, fails=True)
    with pytest.raises(CaptureError, match=r"main\.go:3:1: undefined: \\x1b\[31mx \(") as caught:
        builder.build()
    path = Path(str(caught.value).partition("output is in ")[2].removesuffix(")."))
    assert path.read_text() == said
    assert [each for each in path.parent.iterdir() if each != path] == []


def test_a_build_that_fails_in_silence(builder: Builder) -> None:
    builder.says("", fails=True)
    with pytest.raises(CaptureError, match="it said nothing"):
        builder.build()


def test_a_go_that_does_not_start(builder: Builder) -> None:
    (builder.root / "bin" / "go").write_text("#!/no/such/shell\n")
    with pytest.raises(CaptureError, match=r"Cannot run .*pip install"):
        builder.build()


def test_programs_that_may_not_be_run_there(builder: Builder) -> None:
    (builder.root / "noexec").touch()
    with pytest.raises(CaptureError, match="noexec"):
        builder.build()


def test_a_build_that_lasts_too_long_is_ended(
    builder: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(go_toolchain, "BUILD_SECONDS", 0.2)
    (builder.root / "bin" / "go").write_text("#!/bin/sh\nsleep 60 & wait\n")
    began = time.monotonic()
    with pytest.raises(CaptureError, match="ended after"):
        builder.build()
    assert time.monotonic() - began < 30


def test_an_interrupted_build_ends_its_processes(builder: Builder) -> None:
    (builder.root / "bin" / "go").write_text(
        "#!/bin/sh\necho $$ > \"$(dirname \"$0\")/pid\"\necho net\nexec sleep 60\n"
    )  # fmt: skip

    def interrupt(said: Message) -> None:
        if str(said).startswith("compiling"):
            raise KeyboardInterrupt

    go = Toolchain(builder.root / "bin" / "go", builder.root, "go1.27.3")
    with pytest.raises(KeyboardInterrupt):
        build_server(go, builder.source, interrupt)
    pid = int((builder.root / "bin" / "pid").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_cache_that_cannot_be_made_is_replaced_by_a_private_folder(
    builder: Builder, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null/nowhere")
    program = builder.build()
    private = home / "tmp" / f"walkthrough-{os.getuid()}"
    assert program.is_relative_to(private)
    assert private.stat().st_mode & 0o777 == 0o700
    assert builder.build() == program
    assert builder.calls() == 1


def test_a_private_folder_that_others_can_write_is_not_trusted(
    builder: Builder, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null/nowhere")
    private = home / "tmp" / f"walkthrough-{os.getuid()}"
    program = builder.build()
    private.chmod(0o777)
    assert program_cache.readable() == ()
    assert not builder.build().is_relative_to(private)
    assert program.exists()


@pytest.mark.parametrize("usual", ["~/.cache/walkthrough", "relative/walkthrough"])
def test_a_user_without_a_home_gets_no_folder_where_he_stands(
    builder: Builder, home: Path, monkeypatch: pytest.MonkeyPatch, usual: str
) -> None:
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda name: usual)
    monkeypatch.chdir(builder.source)
    program = builder.build()
    assert program.is_relative_to(home / "tmp" / f"walkthrough-{os.getuid()}")
    assert builder.build() == program
    assert builder.calls() == 1
    assert sorted(path.name for path in builder.source.iterdir()) == ["go.mod", "main.go"]


def test_no_folder_anywhere(builder: Builder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null/nowhere")
    monkeypatch.setattr(tempfile, "tempdir", "/dev/null/neither")
    with pytest.raises(CaptureError, match="XDG_CACHE_HOME"):
        builder.build()


def test_source_that_is_missing(home: Path, builder: Builder) -> None:
    for name in ("main.go", "go.mod"):
        (builder.source / name).unlink()
    with pytest.raises(CaptureError, match="no Go source"):
        builder.build()
    builder.source.rmdir()
    builder.source = home / "gone" / "too"
    with pytest.raises(CaptureError, match="Cannot read"):
        builder.build()


def test_builds_at_the_same_time_end_with_one_program(builder: Builder) -> None:
    made: list[Path] = []
    threads = [threading.Thread(target=lambda: made.append(builder.build())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(made) == 4
    (program,) = set(made)
    assert program.read_text() == "program\n"
    assert list(program.parent.parent.glob(".build-*")) == []


def test_what_a_killed_build_left_is_swept_away(builder: Builder) -> None:
    builds = program_cache.writable() / program_cache.BUILDS
    left, held = builds / ".build-aaaaaaaa", builds / ".build-bbbbbbbb"
    for folder in (left, held):
        folder.mkdir()
        (folder / "server").touch()
        folder.with_name(f"{folder.name}.lock").touch(0o600)
    with held.with_name(f"{held.name}.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        builder.build()
    assert (left.exists(), held.exists()) == (False, True)
    assert not left.with_name(f"{left.name}.lock").exists()
