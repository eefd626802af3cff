"""What a binary's line tables say."""

import pytest

from walkthrough.capture.ptrace.dwarf_lines import relative_source


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("net/sock_posix.go", "net/sock_posix.go"),
        ("./main.go", "main.go"),
        ("walkthrough.example/server/main.go", "main.go"),
        ("walkthrough.example/scenarios/mine/main.go", "scenarios/mine/main.go"),
        ("/usr/local/go/src/internal/poll/fd_unix.go", "internal/poll/fd_unix.go"),
        ("/home/somebody/secret/project/main.go", "main.go"),
    ],
)
def test_no_folder_of_the_machine_is_told(path: str, expected: str) -> None:
    assert relative_source(path) == expected
