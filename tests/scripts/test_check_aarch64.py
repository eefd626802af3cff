"""What holds a walk in the emulated machine against one of x86_64, and what starts that machine."""

import io
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest

from walkthrough.scenario import loader as scenarios

FOLDER = Path(__file__).parents[2] / "scripts" / "aarch64"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the guest is made on Debian")


def script(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(FOLDER))
    for each in ("guest_image", "guest", "check_aarch64"):
        monkeypatch.delitem(sys.modules, each, raising=False)
    return __import__(name)


def test_a_walk_is_held_against_another_event_by_event(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    check = script("check_aarch64", monkeypatch)
    recording = scenarios.find("first-connection") / "recording.jsonl"
    ours = check.steps(recording)
    assert len(ours) == 166
    assert list(check.differences(ours, ours)) == []
    # What a machine chooses, and where its own files have a function, is no difference.
    text = recording.read_text("utf-8").replace(
        "zsyscall_linux_amd64.go", "zsyscall_linux_arm64.go"
    )
    text = text.replace('"line":1202', '"line":7').replace("42257", "39563")
    text = text.replace('"raw":2526208', '"raw":1')
    other = tmp_path / "other.jsonl"
    other.write_text(text, "utf-8")
    assert list(check.differences(ours, check.steps(other))) == []
    # Anything else is.
    changed = ours.copy()
    changed[40] = changed[40]._replace(line=1)
    assert len(list(check.differences(ours, changed))) == 1
    changed = ours.copy()
    changed[50] = changed[50]._replace(values=["other"])
    assert len(list(check.differences(ours, changed))) == 1
    (said,) = check.differences(ours, [*ours[:7], *ours[8:], ours[0]])
    assert said.startswith("event 8 is ")
    assert [each[:10] for each in check.differences(ours, ours[:-1])] == ["165 events"]


def test_stages_are_told_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    check = script("check_aarch64", monkeypatch)
    told = check.stages(scenarios.find("first-connection") / "recording.jsonl")
    assert told[:3] == ["resolveAddrList", "sysSocket", "setDefaultSockopts"]
    assert told[-1] == "accept"


def test_the_first_file_system_is_an_archive_that_the_kernel_reads(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    image = script("guest_image", monkeypatch)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/tool").write_bytes(b"\x7fELF")
    (tmp_path / "init").write_text("#!/bin/sh\n")
    (tmp_path / "init").chmod(0o755)
    archive = io.BytesIO(image._cpio(tmp_path))
    found: dict[str, tuple[int, bytes]] = {}
    while True:  # Documentation/driver-api/early-userspace/buffer-format.rst
        header = archive.read(110)
        assert header[:6] == b"070701"
        fields = [int(header[at : at + 8], 16) for at in range(6, 110, 8)]
        mode, size, length = fields[1], fields[6], fields[11]
        name = archive.read(length)[:-1].decode()
        archive.read(-(110 + length) % 4)
        data = archive.read(size)
        archive.read(-size % 4)
        if name == "TRAILER!!!":
            break
        found[name] = (mode, data)
    assert archive.read() == b""
    assert list(found) == ["bin", "bin/tool", "init"]
    assert found["bin/tool"][1] == b"\x7fELF"
    assert found["init"] == (0o100755, b"#!/bin/sh\n")


def test_modules_come_after_those_that_they_need(monkeypatch: pytest.MonkeyPatch) -> None:
    image = script("guest_image", monkeypatch)
    needs = {"a": "b,c-d", "b": "", "c_d": "b"}

    class Modules:
        """Stands in for ELFFile: a module's name in place of its bytes."""

        def __init__(self, stream: io.BytesIO) -> None:
            self._name = stream.getvalue().decode()

        def get_section_by_name(self, name: str) -> Any:
            depends = f"license=GPL\0depends={needs[self._name]}\0".encode()
            return type("Section", (), {"data": lambda _: depends})()

    monkeypatch.setattr(image, "ELFFile", Modules)
    monkeypatch.setattr(image, "_module", lambda path: path.name.encode())
    files = {name: Path(name) for name in needs}
    assert list(dict.fromkeys(image._needed(["a", "built_in"], files))) == ["b", "c_d", "a"]


def test_the_guest_gets_what_the_program_needs_on_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = script("guest_image", monkeypatch).requirements()
    assert any(each.startswith("python-ptrace==") for each in wanted)
    assert not any(";" in each for each in wanted)
    assert not any(each.startswith(("sphinx", "mypy")) for each in wanted)


def test_values_are_compared_without_what_a_machine_chooses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    steady = script("check_aarch64", monkeypatch)._steady
    flags = {"kind": "flags", "names": ["O_LARGEFILE"], "raw": 0x8000}
    assert steady(flags) == steady({**flags, "raw": 0x20000})
    assert steady({"kind": "pointer", "address": 7}) == steady({"kind": "pointer", "address": 8})
    one, other = (
        msgspec.json.decode(msgspec.json.encode({"kind": "data", "data": text, "length": 9}))
        for text in (b"at 127.0.0.1:41000\n", b"at 127.0.0.1:42000\n")
    )
    assert steady(one) == steady(other)
    assert steady({"kind": "text", "text": "a"}) != steady({"kind": "text", "text": "b"})
