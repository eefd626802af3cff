import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkthrough.source.functions import (
    LineRange,
    find_function,
    find_functions,
    find_python_functions,
    qualified,
    short,
)

GO_TEXT = """package poll

import "sync"

//go:linkname poll_wait internal/poll.runtime_pollWait
func poll_wait(pd uintptr) int {
	if pd == 0 {
		return 1
	}
	return 0
}

func declared(fd uintptr) (uintptr, int)

func empty() {}

func (fd *FD) Accept(
	mode int,
) error {
	run(func() {
		wait()
	})
	return nil
}

func (t T) String() string { return "{" + t.name + "}" }

func generic[K comparable](k K) K {
	return k
}

// func (c *commented) Out() {
type FD struct {
	n int
}
"""
GO = tuple(GO_TEXT.split("\n"))


def test_functions_of_go_text() -> None:
    assert find_functions(GO) == {
        "poll_wait": LineRange(6, 11),
        "internal/poll.runtime_pollWait": LineRange(6, 11),
        "empty": LineRange(15, 15),
        "(*FD).Accept": LineRange(17, 24),
        "T.String": LineRange(26, 26),
        "generic": LineRange(28, 30),
    }


@pytest.mark.parametrize(
    ("function", "first"),
    [
        ("internal/poll.runtime_pollWait", 6),
        ("runtime.poll_wait", 6),
        ("internal/poll.(*FD).Accept", 17),
        ("internal/poll.(*FD).Accept.func1", 17),
        ("poll.generic", 28),
    ],
)
def test_a_function_is_found_by_the_name_go_prints(function: str, first: int) -> None:
    body = find_function(find_functions(GO), function)
    assert body is not None
    assert body.first == first


def test_what_is_only_declared_has_no_body() -> None:
    assert find_function(find_functions(GO), "internal/poll.declared") is None


@pytest.mark.parametrize(
    "text",
    ["", "func", "func f() {", "func (", "func (x *T) ", "}\n}\n}", "func f(a int,", "\0"],
)
def test_torn_go_text_yields_nothing(text: str) -> None:
    assert find_functions(tuple(text.split("\n"))) == {}


@pytest.mark.parametrize(
    ("name", "whole", "expected"),
    [
        ("net.Listen", "net.Listen", "Listen"),
        ("net.(*ListenConfig).Listen", "net.(*ListenConfig).Listen", "ListenConfig.Listen"),
        ("internal/poll.(*FD).Accept.func1.2", "internal/poll.(*FD).Accept", "FD.Accept"),
        ("main.main.gowrap1", "main.main", "main"),
        ("example.com/a.b/c.Run", "example.com/a.b/c.Run", "Run"),
        ("net.IP.String", "net.IP.String", "IP.String"),
        ("", "", ""),
    ],
)
def test_names(name: str, whole: str, expected: str) -> None:
    assert qualified(name) == whole
    assert short(name) == expected


PYTHON_TEXT = '''"""Module."""

class FD:
    @traced("internal/poll.(*FD).Accept")
    async def accept(self) -> int:
        """accept(fd.Sysfd) is said here."""
        return await accept(self.sysfd)

    def plain(self) -> None:
        pass
'''
PYTHON = tuple(PYTHON_TEXT.split("\n"))


def test_functions_of_the_instrumented_server() -> None:
    functions, code = find_python_functions(PYTHON)
    assert functions == {
        "internal/poll.(*FD).Accept": LineRange(5, 7),
        "FD.plain": LineRange(9, 10),
    }
    assert code[5] == ""
    assert code[6] == PYTHON[6]


def test_text_that_is_no_python_yields_nothing() -> None:
    torn = ("def f(:", "  \0")
    assert find_python_functions(torn) == ({}, torn)


@given(st.lists(st.sampled_from([*GO, *PYTHON]) | st.text(max_size=40)))
def test_any_text_is_taken(lines: list[str]) -> None:
    text = tuple(lines)
    for found in (find_functions(text), find_python_functions(text)[0]):
        assert all(1 <= body.first <= body.last <= len(text) for body in found.values())
