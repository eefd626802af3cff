"""Lines of functions that are not watched: those of the program's own packages, at any address."""

from pathlib import Path

import pytest

from tests.support.made_go import FRAME, TABLES, TEXT, USUAL, MadeFunction, function, go_program
from walkthrough.capture.ptrace.program_lines import ProgramLines
from walkthrough.model.events import SourcePlace

CART = MadeFunction(
    "example.com/shop/cart.Handle",
    ((4, "/home/ada/shop/cart/cart.go"), (4, "/opt/go/src/net/net.go"),
     (6, "/home/ada/shop/cart/cart.go")),
    ((4, 10), (4, 99), (6, 12)),
    ((4, -1), (4, 0), (6, -1)),
    (("net.(*conn).ok", 3),),
    FRAME,
)  # fmt: skip
LIBRARY = function("golang.org/x/net.Serve", "/home/ada/go/pkg/mod/golang.org/x/net@v1/a.go", 7)
FUNCTIONS = (*USUAL, CART, LIBRARY)


def low(name: str) -> int:
    """Return where a function of the program begins; each has 16 bytes."""
    return TEXT + 16 * [each.name for each in FUNCTIONS].index(name)


def lines_of(folder: Path, content: bytes) -> ProgramLines:
    (folder / "server").write_bytes(content)
    return ProgramLines(folder / "server")


@pytest.mark.parametrize(
    ("name", "offset", "place"),
    [
        ("example.com/shop/cart.Handle", 0, SourcePlace("example.com/shop/cart/cart.go", 10)),
        ("example.com/shop/cart.Handle", 5, SourcePlace("example.com/shop/cart/cart.go", 10)),
        ("example.com/shop/cart.Handle", 8, SourcePlace("example.com/shop/cart/cart.go", 12)),
        ("golang.org/x/net.Serve", 3, SourcePlace("golang.org/x/net@v1/a.go", 7)),
        ("main.main", 3, SourcePlace("example.com/shop/main.go", 9)),
        ("net.Listen", 3, None),  # Go's own
        ("runtime.main", 0, None),
        ("runtime.main", -1, None),  # before all code
        ("golang.org/x/net.Serve", 16, None),  # behind it
    ],
)
def test_a_line_is_that_of_the_function_s_own_text(
    tmp_path: Path, name: str, offset: int, place: SourcePlace | None
) -> None:
    program = go_program(functions=FUNCTIONS, relocatable=True, sections=False)
    assert lines_of(tmp_path, program).own_line(low(name) + offset) == place


def test_the_program_stays_the_one_that_was_opened(tmp_path: Path) -> None:
    lines = lines_of(tmp_path, go_program(functions=FUNCTIONS))
    (tmp_path / "server").unlink()
    (tmp_path / "server").write_bytes(b"another")
    assert lines.own_line(low("main.main")) == SourcePlace("example.com/shop/main.go", 9)


def test_without_tables_nothing_is_known(tmp_path: Path) -> None:
    damaged = go_program(functions=FUNCTIONS).replace(TABLES.to_bytes(8, "little"), bytes(8))
    assert lines_of(tmp_path, damaged).own_line(low("main.main")) is None
