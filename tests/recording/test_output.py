"""Where `-o` writes, and what it leaves alone: every kind of thing that may be there already."""

import errno
import os
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from walkthrough.recording import output as outputs
from walkthrough.recording.output import (
    OutputError,
    OutputExistsError,
    OutputTarget,
    atomic_file,
    begin_file,
    check,
    is_being_written,
    private_folder,
)

Way = Callable[[OutputTarget, bytes], None]


def at_once(output: OutputTarget, content: bytes) -> None:
    with atomic_file(output) as file:
        file.write(content)


def bit_by_bit(output: OutputTarget, content: bytes) -> None:
    with begin_file(output, content[:3]) as file:
        file.write(content[3:])


@pytest.fixture(params=[at_once, bit_by_bit])
def write(request: pytest.FixtureRequest) -> Way:
    way: Way = request.param
    return way


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def test_a_new_file_is_for_nobody_else(tmp_path: Path, write: Way) -> None:
    new = tmp_path / "new"
    before = os.umask(0)
    try:
        write(OutputTarget(new), b"content")
    finally:
        os.umask(before)
    assert new.read_bytes() == b"content"
    assert mode_of(new) == 0o600
    assert names(tmp_path) == ["new"]


@pytest.mark.parametrize(
    ("of_inputs", "asked", "expected"),
    [
        ([0o644], None, 0o600),
        ([0o400], None, 0o400),
        ([0o640, 0o404], None, 0o400),
        ([0o060], None, 0o600),  # read as one of its group; nobody else is let in
        ([0o600], 0o644, 0o644),
        ([], 0o640, 0o640),
    ],
)
def test_the_mode_is_what_is_asked_for_else_at_most_the_inputs(
    tmp_path: Path, write: Way, of_inputs: list[int], asked: int | None, expected: int
) -> None:
    inputs = []
    for number, mode in enumerate(of_inputs):
        inputs.append(tmp_path / f"input{number}")
        inputs[-1].touch()
        inputs[-1].chmod(mode)
    before = os.umask(0o077)
    try:
        write(OutputTarget(tmp_path / "out", mode=asked, inputs=tuple(inputs)), b"content")
    finally:
        os.umask(before)
    assert mode_of(tmp_path / "out") == expected


def test_what_is_there_is_replaced_only_with_force(tmp_path: Path, write: Way) -> None:
    there, other = tmp_path / "there", tmp_path / "other"
    there.write_bytes(b"years of work")
    other.hardlink_to(there)
    for way in (write, lambda output, _: check(output)):
        with pytest.raises(
            OutputExistsError, match="there exists: replace it with --force, or name"
        ):
            way(OutputTarget(there), b"content")
    assert there.read_bytes() == b"years of work"
    write(OutputTarget(there, force=True), b"content")
    assert there.read_bytes() == b"content"
    assert other.read_bytes() == b"years of work", "it is not emptied, but replaced"
    assert names(tmp_path) == ["other", "there"]


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("how", ["itself", "hard link", "symbolic link", "other spelling", "fd"])
def test_what_is_read_is_never_written_over(
    tmp_path: Path, write: Way, how: str, force: bool
) -> None:
    read = tmp_path / "read"
    read.write_bytes(b"what is read")
    name = tmp_path / "name"
    with read.open("ab") as file:
        match how:
            case "itself":
                name = read
            case "hard link":
                name.hardlink_to(read)
            case "symbolic link":
                name.symlink_to(read)
            case "other spelling":
                name = tmp_path / "." / ".." / tmp_path.name / "read"
            case "fd":
                name = Path(f"/proc/self/fd/{file.fileno()}")
        for way in (write, lambda output, _: check(output)):
            with pytest.raises(OutputError, match="what is read here, and is not written over"):
                way(OutputTarget(name, force=force, inputs=(read,)), b"content")
    assert read.read_bytes() == b"what is read"


def test_a_link_stays_one(tmp_path: Path, write: Way) -> None:
    (tmp_path / "folder").mkdir()
    target, link = tmp_path / "folder" / "target", tmp_path / "link"
    link.symlink_to("folder/target")
    with pytest.raises(OutputError, match="a symbolic link to something that is not there"):
        write(OutputTarget(link, force=True), b"content")
    assert not target.exists()
    target.write_bytes(b"before")
    with pytest.raises(OutputExistsError):
        write(OutputTarget(link), b"content")
    write(OutputTarget(link, force=True), b"content")
    assert link.is_symlink()
    assert target.read_bytes() == b"content"
    assert names(tmp_path) == ["folder", "link"]
    assert names(tmp_path / "folder") == ["target"]


def test_a_link_of_another_users_may_be_a_trap(
    tmp_path: Path, write: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"mine")
    link.symlink_to(target)
    monkeypatch.setattr(os, "geteuid", lambda: 4_000_000_000)
    real = os.lstat

    def lstat(path: str) -> os.stat_result:
        found = list(real(path))
        found[stat.ST_UID] = 3_000_000_000
        return os.stat_result(found)

    monkeypatch.setattr(os, "lstat", lstat)
    with pytest.raises(OutputError, match="that another user has made: name the file itself"):
        write(OutputTarget(link, force=True), b"content")
    assert target.read_bytes() == b"mine"


@pytest.mark.parametrize("force", [False, True])
def test_a_named_pipe_is_written_to(tmp_path: Path, write: Way, force: bool) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    came: list[bytes] = []
    reader = threading.Thread(target=lambda: came.append(pipe.read_bytes()))
    reader.start()
    write(OutputTarget(pipe, force=force), b"content" * 100_000)
    reader.join()
    assert came == [b"content" * 100_000]
    assert stat.S_ISFIFO(pipe.lstat().st_mode)
    assert names(tmp_path) == ["pipe"]


def test_a_device_is_written_to_even_through_a_link(tmp_path: Path, write: Way) -> None:
    link = tmp_path / "link"
    link.symlink_to("/dev/null")
    for path in (Path("/dev/null"), link):
        write(OutputTarget(path), b"content")
    assert stat.S_ISCHR(os.lstat("/dev/null").st_mode)
    assert link.is_symlink()


def test_a_device_made_here_stays_one(tmp_path: Path, write: Way) -> None:
    null = tmp_path / "null"
    try:
        os.mknod(null, 0o600 | stat.S_IFCHR, os.makedev(1, 3))
        os.close(os.open(null, os.O_WRONLY))
    except PermissionError:
        pytest.skip("this user may make no devices")
    write(OutputTarget(null, force=True), b"content")
    assert stat.S_ISCHR(null.lstat().st_mode)
    assert names(tmp_path) == ["null"]


def test_a_block_device_would_lose_what_it_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = tmp_path / "disk"
    disk.touch()
    monkeypatch.setattr(stat, "S_ISREG", lambda mode: False)
    monkeypatch.setattr(stat, "S_ISBLK", lambda mode: True)
    with pytest.raises(OutputError, match="a block device, which would lose its content"):
        check(OutputTarget(disk))
    check(OutputTarget(disk, force=True))


def test_nothing_can_be_written_to_a_socket_or_a_folder(tmp_path: Path, write: Way) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        with pytest.raises(OutputError, match="socket cannot be written: No such device"):
            write(OutputTarget(tmp_path / "socket", force=True), b"content")
    with pytest.raises(OutputError, match="it is a folder; name a file in it"):
        write(OutputTarget(tmp_path, force=True), b"content")
    with pytest.raises(OutputError, match="it names a folder; name a file in it"):
        write(OutputTarget(f"{tmp_path}/new/"), b"content")
    assert names(tmp_path) == ["socket"]


@pytest.mark.parametrize("path", ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "link"])
@pytest.mark.parametrize("onto", ["a file", "a pipe"])
def test_standard_output_is_written_to_and_not_replaced(
    tmp_path: Path, path: str, onto: str
) -> None:
    (tmp_path / "link").symlink_to("/dev/stdout")
    code = (
        "import sys\n"
        "from walkthrough.recording.output import OutputTarget, begin_file, atomic_file\n"
        "with atomic_file(OutputTarget(sys.argv[1])) as file:\n    file.write(b'one ')\n"
        "with begin_file(OutputTarget(sys.argv[1]), b'two ') as file:\n    file.write(b'three')\n"
    )
    command = [sys.executable, "-c", code, path]
    if onto == "a pipe":
        done = subprocess.run(command, cwd=tmp_path, stdout=subprocess.PIPE, check=True)
        assert done.stdout == b"one two three"
        return
    there = tmp_path / "there"
    there.write_bytes(b"zero ")
    with there.open("ab") as file:
        subprocess.run(command, cwd=tmp_path, stdout=file, check=True)
    assert there.read_bytes() == b"zero one two three"
    assert names(tmp_path) == ["link", "there"]


def test_a_mode_is_for_what_is_new(write: Way) -> None:
    for path in ("-", "/dev/null"):
        with pytest.raises(OutputError, match="--mode is for a new file"):
            write(OutputTarget(path, mode=0o644), b"content")


def half_written(output: OutputTarget, fail: BaseException) -> None:
    with atomic_file(output) as file:
        file.write(b"half a ")
        raise fail


@pytest.mark.parametrize("fail", [KeyboardInterrupt, OSError(errno.EIO, "Input/output error")])
def test_what_fails_leaves_what_was_there(tmp_path: Path, fail: BaseException) -> None:
    there = tmp_path / "there"
    there.write_bytes(b"before")
    for path in (there, tmp_path / "new"):
        with pytest.raises((KeyboardInterrupt, OutputError)):
            half_written(OutputTarget(path, force=True), fail)
    assert names(tmp_path) == ["there"]
    assert there.read_bytes() == b"before"


def test_a_full_disk_is_told_as_that(
    tmp_path: Path, write: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = "full cannot be written: No space left on device; make room, or choose another"
    with pytest.raises(OutputError, match=message):
        write(OutputTarget("/dev/full"), b"content")

    def full(path: str, buffering: int = 0) -> tuple[object, str]:
        name = f"{path}.tmp"
        Path(name).touch()
        return open("/dev/full", "wb", buffering), name

    monkeypatch.setattr(outputs, "_temporary_beside", full)
    with pytest.raises(OutputError, match=message):
        write(OutputTarget(tmp_path / "full"), b"content")
    assert names(tmp_path) == []


def test_one_who_was_faster_keeps_his_file(
    tmp_path: Path, write: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "wanted"
    real = outputs._finish

    def slow(*arguments: object) -> None:
        path.write_bytes(b"of another")
        real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(outputs, "_finish", slow)
    with pytest.raises(OutputExistsError):
        write(OutputTarget(path), b"content")
    assert path.read_bytes() == b"of another"
    assert names(tmp_path) == ["wanted"]


def test_where_there_are_no_hard_links(
    tmp_path: Path, write: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    write(OutputTarget(tmp_path / "a"), b"content")
    assert (tmp_path / "a").read_bytes() == b"content"
    with pytest.raises(OutputExistsError):
        write(OutputTarget(tmp_path / "a"), b"other")
    assert names(tmp_path) == ["a"]


def test_a_file_is_locked_as_long_as_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "live"
    with begin_file(OutputTarget(path), b"first"), path.open("rb") as reader:
        assert is_being_written(reader)
    with path.open("rb") as reader:
        assert not is_being_written(reader)


@pytest.mark.parametrize("path", ["none/new", "file/new", "nul\0", "x" * 300, ""])
def test_places_that_cannot_be(tmp_path: Path, write: Way, path: str) -> None:
    (tmp_path / "file").touch()
    for way in (write, lambda output, _: check(output)):
        if len(path) == 300 and way is not write:
            continue  # that is found out only when it is written
        with pytest.raises(OutputError, match=r" cannot be written: .*\.$") as raised:
            way(OutputTarget(f"{tmp_path}/{path}"), b"content")
        assert str(raised.value).isprintable()
    assert names(tmp_path) == ["file"]


def test_a_folder_is_made_for_nobody_else(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        private_folder(tmp_path / "share" / "walkthrough" / "recordings")
    finally:
        os.umask(before)
    for each in ("share", "share/walkthrough", "share/walkthrough/recordings"):
        assert mode_of(tmp_path / each) == 0o700


def test_a_folder_of_ours_is_closed_to_others_and_nobody_elses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o755)
    ours = tmp_path / "ours"
    ours.mkdir()
    ours.chmod(0o775)
    private_folder(ours)
    assert mode_of(ours) == 0o700
    assert mode_of(tmp_path) == 0o755, "what is above it is not ours to close"
    ours.chmod(0o775)
    monkeypatch.setattr(os, "geteuid", lambda: 4_000_000_000)
    with pytest.raises(PermissionError, match="another user"):
        private_folder(ours)
    assert mode_of(ours) == 0o775
