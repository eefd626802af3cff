"""Which Go files are built for Linux on x86_64: a table, in words of our own."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.go_library import line_of, write_files
from walkthrough.source.build_constraints import (
    ConstraintError,
    build_line,
    builds_name,
    context_of,
    evaluate,
    experiments,
)
from walkthrough.source.definitions import Definitions
from walkthrough.source.library import SourceLibrary
from walkthrough.source.notes import Notes

FLAGS = """\
package buildcfg

func parse() {
	baseline := goexperiment.Flags{
		Always:  true,
		Knocker: haveHinges,
		Never:   false,
	}
	flags.Later = true
}
"""

CONSTRAINTS = [
    ("", True),
    ("linux", True),
    ("unix", True),
    ("gc && amd64", True),
    ("amd64.v1", True),
    ("amd64.v2", False),
    ("darwin", False),
    ("!darwin", True),
    ("!linux", False),
    ("! linux", False),
    ("aix || darwin", False),
    ("dragonfly || freebsd || linux", True),
    # && binds more strongly than ||, and ! than both.
    ("linux || darwin && darwin", True),
    ("darwin && darwin || linux", True),
    ("(linux || darwin) && darwin", False),
    ("!darwin && linux", True),
    ("!(darwin && linux)", True),
    ("!darwin||!linux", True),
    ("unix && !(aix || darwin)", True),
    ("aix || (linux && go1.21)", True),
    ("((linux))", True),
    ("(js && wasm) || wasip1", False),
    ("(dragonfly || linux) && !goexperiment.knocker", False),
    ("(dragonfly || linux) && goexperiment.knocker", True),
    ("goexperiment.never", False),
    ("goexperiment.later", False),
    ("!(linux && !arm)", False),
    ("386 || arm || mips", False),
    ("go1.1", True),
    ("go1.26", True),
    ("go1.27", False),
    ("!go1.27", True),
    ("go1.999999", False),
    ("go1", False),
    ("go2.1", False),
    ("ignore", False),
    ("cgo", False),
    ("!cgo", True),
    ("race || msan || asan", False),
    # What is no constraint Go refuses to build.
    ("linux && (", False),
    ("(linux", False),
    ("linux)", False),
    ("&&", False),
    ("linux &&", False),
    ("|| linux", False),
    ("linux darwin", False),
    ("linux, amd64", False),
    ("!!linux", False),
    ("linux & amd64", False),
    ("()", False),
    (" ", False),
    ("(" * 300 + "linux" + ")" * 300, False),
    ("!(" * 400, False),
    ("linux || " * 200 + "linux", False),  # longer than Go reads
]


@pytest.mark.parametrize(("constraint", "built"), CONSTRAINTS, ids=lambda each: str(each)[:40])
def test_a_constraint(constraint: str, built: bool) -> None:
    line = f"//go:build {constraint}\n\n" if constraint else ""
    context = context_of("go1.26.1", experiments(FLAGS))
    assert context.builds("door.go", f"// A door.\n\n{line}package doors\n") is built


@pytest.mark.parametrize(
    ("text", "constraint"),
    [
        ("//go:build linux\n\npackage doors\n", "linux"),
        ("// A door.\n\n//go:build a && b\n\npackage doors\n", "a && b"),
        ("/* A door.\n//go:build no\n*/\n\n//go:build yes\npackage doors\n", "yes"),
        ("/* A door. */\n  //go:build yes\npackage doors\n", "yes"),
        ("//go:build\tyes\r\n\r\npackage doors\r\n", "yes"),
        ("//go:build one\n//go:build two\npackage doors\n", "one"),
        # Below the package clause it is a comment like any other, and so is what only looks alike.
        ("package doors\n\n//go:build no\n\nfunc open() {\n}\n", None),
        ("/* A door. */ package doors\n//go:build no\n", None),
        ("// //go:build no\n//go:builder no\n// go:build no\npackage doors\n", None),
        ("// +build no\n\npackage doors\n", None),
        ("/* never ends\n//go:build no\n", None),
        ("", None),
        ("\0\0\n//go:build no\n", None),
    ],
)
def test_where_a_constraint_stands(text: str, constraint: str | None) -> None:
    assert build_line(text) == constraint


@pytest.mark.parametrize(("version", "built"), [("go1.21.3", False), ("go1.27", True), ("", True)])
def test_a_release_is_one_that_the_go_at_hand_has_reached(version: str, built: bool) -> None:
    text = "//go:build go1.24\n\npackage doors\n"
    assert context_of(version).builds("door.go", text) is built


@pytest.mark.parametrize(
    ("imports", "built"),
    [
        ('import "C"', False),
        ('import (\n\t"fmt"\n\n\t"C" // hinges\n)', False),
        ('import "D"', True),
        ('// import "C"', True),
    ],
)
def test_what_needs_cgo_is_not_built(imports: str, built: bool) -> None:
    assert context_of("").builds("door.go", f"package doors\n\n{imports}\n") is built


def test_experiments_are_read_from_what_go_says_of_itself() -> None:
    assert experiments(FLAGS) == {"goexperiment.always", "goexperiment.knocker"}
    assert experiments("package buildcfg\n") == frozenset()
    assert experiments("baseline := {") == frozenset()


@pytest.mark.parametrize(
    ("name", "built"),
    [
        ("door.go", True),
        ("door_linux.go", True),
        ("door_amd64.go", True),
        ("door_linux_amd64.go", True),
        ("door_posix.go", True),
        ("door_unix.go", True),  # only its constraint tells
        ("door_stub.go", True),
        ("door_windows.go", False),
        ("door_arm64.go", False),
        ("door_linux_arm64.go", False),
        ("door_windows_amd64.go", False),
        ("door_openbsd.go", False),
        ("door_test.go", False),
        ("door_linux_test.go", False),
        ("door_v1.26_test.go", False),
        # Only the end of a name counts, up to its first dot, and never what stands first.
        ("door_windows_hinge.go", True),
        ("door_windows_linux.go", True),
        ("door_darwin.gen.go", False),
        ("door.windows.go", True),
        ("js.go", True),
        ("windows.go", True),
        ("windows_amd64.go", True),
        ("test_door.go", True),
        ("_door.go", False),
        (".door.go", False),
    ],
)
def test_a_name(name: str, built: bool) -> None:
    assert builds_name(name) is built


@pytest.mark.parametrize(
    ("machine", "goarch"),
    [
        ("x86_64", "amd64"),
        ("aarch64", "arm64"),
        ("riscv64", "riscv64"),
        ("loongarch64", "loong64"),
        ("", "amd64"),
    ],
)
def test_a_file_is_built_for_the_machine_that_the_program_was_built_for(
    machine: str, goarch: str
) -> None:
    context = context_of("go1.27.3", machine=machine)
    processors = ("amd64", "arm64", "riscv64", "loong64", "386")
    assert [p for p in processors if context.builds(f"door_linux_{p}.go", "")] == [goarch]
    lines = {p: f"//go:build linux && {p}\n\npackage doors\n" for p in processors}
    assert [p for p in processors if context.builds("door.go", lines[p])] == [goarch]


def test_what_a_processor_can_do_is_a_tag_of_its_own() -> None:
    text = "//go:build {}\n\npackage doors\n"
    arm, intel = context_of("", machine="aarch64"), context_of("", machine="x86_64")
    for tag, built in (("arm64.v8.0", arm), ("amd64.v1", intel)):
        assert built.builds("door.go", text.format(tag))
        assert [each.builds("door.go", text.format(tag)) for each in (arm, intel)].count(True) == 1


@given(st.text(max_size=60))
def test_any_text_may_stand_there(text: str) -> None:
    """What it says of a line is what it says of the constraint, or that there is none."""
    line = text.replace("\n", " ").strip()
    try:
        holds = evaluate(line, {"linux", "amd64"}.__contains__)
    except ConstraintError:
        holds = False
    assert context_of("").builds(
        "door.go", f"//go:build {line}\n\npackage doors\n"
    ) is holds or any(tag in line for tag in ("unix", "gc", "go1.", "v1"))


def tree(folder: Path, files: dict[str, str]) -> SourceLibrary:
    write_files(folder, {"VERSION": "go1.99.0\n", **files})
    return SourceLibrary(folder, None, None)


def test_a_definition_is_one_that_is_built(tmp_path: Path) -> None:
    """Of two with the same name the one of another processor's, or experiment's, comes first."""
    call = "package runtime\n\nfunc ring() {\n\tpack(1)\n\tlock(2)\n}\n"

    def one(constraint: str, name: str) -> str:
        return f"//go:build {constraint}\n\npackage runtime\n\nfunc {name}(n int) {{\n}}\n"

    library = tree(
        tmp_path,
        {
            "src/runtime/bell.go": call,
            "src/runtime/tag_32bit.go": one("386 || arm", "pack"),
            "src/runtime/tag_64bit.go": one("amd64 || arm64", "pack"),
            "src/runtime/lock_first.go": one("linux && !goexperiment.knocker", "lock"),
            "src/runtime/lock_second.go": one("goexperiment.knocker", "lock"),
            "src/internal/buildcfg/exp.go": FLAGS,
        },
    )
    definitions = Definitions(library, Notes([]))
    for text, file in (("pack(", "tag_64bit.go"), ("lock(", "lock_second.go")):
        found = definitions.called_on("runtime/bell.go", line_of(text, "", call))
        assert found is not None
        assert found.file == f"runtime/{file}"


def test_what_another_system_alone_has_the_running_go_has_not(tmp_path: Path) -> None:
    library = tree(
        tmp_path, {"src/net/door.go": "//go:build plan9\n\npackage net\n\nfunc slam() {\n}\n"}
    )
    assert not Definitions(library, Notes([])).declares("net", "slam")
