"""Syntax trees of Go, and the types in them; Go of our own."""

import subprocess
import sys

import pytest

from walkthrough.source.go_ast import GoType, TypeKind
from walkthrough.source.go_file import parse_file
from walkthrough.source.go_parser import CHUNK, parse_fragment, query, results_of, text_of, type_of

LOCK = GoType(TypeKind.NAMED, "Lock", "locks")
INT = GoType(TypeKind.NAMED, "int")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("int", INT),
        ("**int", INT),
        ("(int)", INT),
        ("locks.Lock", LOCK),
        ("[]*locks.Lock", GoType(TypeKind.LIST, of=(LOCK,))),
        ("[4]int", GoType(TypeKind.LIST, of=(INT,))),
        ("map[locks.Lock]int", GoType(TypeKind.MAP, of=(LOCK, INT))),
        ("<-chan int", GoType(TypeKind.CHANNEL, of=(INT,))),
        ("func(int) (locks.Lock, int)", GoType(TypeKind.FUNCTION, of=(LOCK, INT))),
        ("func()", GoType(TypeKind.FUNCTION)),
        ("Kept[int]", GoType(TypeKind.NAMED, "Kept", of=(INT,))),
        ("locks.Kept[int, locks.Lock]", GoType(TypeKind.NAMED, "Kept", "locks", of=(INT, LOCK))),
        (
            "struct { a, b int; *locks.Lock }",
            GoType(TypeKind.STRUCT, fields={"a": INT, "b": INT}, embedded=(LOCK,)),
        ),
        ("interface { locks.Lock }", GoType(TypeKind.INTERFACE, embedded=(LOCK,))),
    ],
)
def test_a_type(written: str, expected: GoType) -> None:
    root = parse_fragment(f"var x {written}")
    assert root is not None
    (spec,) = query("(var_spec) @spec", root)
    assert type_of(spec.child_by_field_name("type")) == expected
    assert type_of(None) == GoType(TypeKind.OTHER)


def test_a_type_nested_without_end_is_read_to_a_depth() -> None:
    root = parse_fragment(f"var x {'map[int]' * 200}int")
    assert root is not None
    (spec,) = query("(var_spec) @spec", root)
    read, depth = type_of(spec.child_by_field_name("type")), 0
    while read.of:
        read, depth = read.of[-1], depth + 1
    assert read.kind is TypeKind.OTHER
    assert depth < 100


def test_results_of_a_literal() -> None:
    root = parse_fragment("x := func(a int) (n, m int, lock locks.Lock) { return }")
    assert root is not None
    (literal,) = query("(func_literal) @literal", root)
    assert results_of(literal) == (INT, INT, LOCK)


def test_text_that_is_too_long_has_no_tree() -> None:
    assert parse_fragment("x" * CHUNK) is not None
    assert parse_fragment("x" * (CHUNK + 1)) is None


def test_positions_are_counted_in_bytes_and_text_is_text() -> None:
    root = parse_fragment("func tür() { läute(); knock() }")
    assert root is not None
    assert text_of(root.named_child(0)).endswith("knock() }")
    assert text_of(None) == ""
    # What is no text in UTF-8 is taken all the same.
    assert [each.name for each in parse_file(("func a() {", "\t\udc80", "}")).functions] == ["a"]


def test_the_parser_is_imported_when_something_is_parsed_first() -> None:
    """A recording whose source is not at hand, and all other commands, do not wait for it."""
    program = (
        "import sys, walkthrough.lesson.lesson, walkthrough.source.definitions\n"
        "assert 'tree_sitter' not in sys.modules\n"
        "from walkthrough.source.functions import find_functions\n"
        "find_functions(('func f() {', '}'))\n"
        "assert 'tree_sitter' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
