"""What the check of all files finds, and that this tree has nothing of it."""

from pathlib import Path

import pytest
from check_files import LARGEST, main, problems

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("whole.md", b"a line\n", []),
        ("empty.txt", b"", []),
        ("picture.png", b"\x89PNG\0 \n\xff", []),
        ("late.md", b"a line", ["does not end in a newline"]),
        ("white.md", b"one\ntwo \t\n", ["has white space at the end of line 2"]),
        ("dos.md", b"one\r\n", ["has lines that end in CR LF"]),
        ("latin.md", b"caf\xe9\n", ["is not UTF-8 (byte 3)"]),
        ("conflict.py", b"<<<<<<< ours\n", ["has a conflict in line 1"]),
        ("large.txt", b"x" * LARGEST + b"\n", [f"is larger than {LARGEST} bytes"]),
        ("good.toml", b"a = 1\n", []),
        ("good.json", b"{}\n", []),
        ("good.yml", b"a: [1]\n", []),
        ("bad.toml", b"a =\n", ["cannot be read: "]),
        ("bad.json", b"{\n", ["cannot be read: "]),
        ("bad.yml", b"a: [1\n", ["cannot be read: "]),
    ],
)
def test_each_fault_is_found(tmp_path: Path, name: str, content: bytes, found: list[str]) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    said = list(problems(path))
    assert len(said) == len(found)
    assert all(each.startswith(start) for each, start in zip(said, found, strict=True))


def test_the_status_says_whether_something_was_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (good := tmp_path / "good.md").write_text("fine\n")
    (bad := tmp_path / "bad.md").write_text("not fine")
    assert main([str(good)]) == 0
    assert main([str(good), str(bad), str(tmp_path / "gone.md")]) == 1
    assert capsys.readouterr().out == f"{bad} does not end in a newline\n"


def test_all_files_of_the_project_are_clean(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    assert main([]) == 0, capsys.readouterr().out
