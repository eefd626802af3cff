"""Which files of Go's are built for Linux on x86_64: a table, in words of our own."""

from pathlib import Path

import pytest

from tests.support.go_library import line_of, write_files
from walkthrough.source.build_constraints import experiments, is_built, is_for_linux
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

BUILT = [
    ("", True),
    ("linux", True),
    ("unix", True),
    ("gc && amd64", True),
    ("darwin", False),
    ("!darwin", True),
    ("!linux", False),
    ("aix || darwin", False),
    ("dragonfly || freebsd || linux", True),
    ("(dragonfly || linux) && !goexperiment.knocker", False),
    ("(dragonfly || linux) && goexperiment.knocker", True),
    ("goexperiment.never", False),
    ("goexperiment.later", False),
    ("!(linux && !arm)", False),
    ("386 || arm || mips", False),
    ("go1.21", True),
    ("ignore", False),
    ("cgo", False),
    ("linux && (", True),
    ("&&", False),
]


@pytest.mark.parametrize(("constraint", "built"), BUILT)
def test_a_constraint(constraint: str, built: bool) -> None:
    line = f"//go:build {constraint}\n\n" if constraint else ""
    on = experiments(FLAGS)
    assert is_built(f"// A door.\n\n{line}package doors\n", on) is built
    # Below the package clause it is a comment like any other.
    assert is_built(f"package doors\n\n{line}func open() {{\n}}\n", on)


def test_experiments_are_read_from_what_go_says_of_itself() -> None:
    assert experiments(FLAGS) == {"goexperiment.always", "goexperiment.knocker"}
    assert experiments("package buildcfg\n") == frozenset()


@pytest.mark.parametrize(
    ("name", "built"),
    [
        ("door.go", True),
        ("door_linux.go", True),
        ("door_linux_amd64.go", True),
        ("door_posix.go", True),
        ("door_stub.go", True),  # only its constraint tells
        ("door_windows.go", False),
        ("door_linux_arm64.go", False),
        ("door_openbsd.go", False),
        ("door_test.go", False),
        ("js.go", True),
    ],
)
def test_a_name(name: str, built: bool) -> None:
    assert is_for_linux(name) is built


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
