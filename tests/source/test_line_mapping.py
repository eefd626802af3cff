"""Lines of Go and of Python that do the same, derived from a few lines of our own."""

import pytest

from walkthrough.i18n.texts import Texts
from walkthrough.source.functions import LineRange, find_functions, find_python_functions
from walkthrough.source.line_mapping import FunctionText, LineMapping, MatchPrecision, ties_of
from walkthrough.source.notes import Note

GO_TEXT = """\
func (fd *netFD) knock(ctx context.Context, doors int) (int, error) {
	// knock is said here, and means nothing
	s, err := openFunc(fd.pfd.Sysfd)
	if err != nil {
		return 0, wrapSyscallError("open", err)
	}
	if err := fd.pfd.Init(doors); err != nil {
		fd.Close()
		return 0, err
	}
	_, _, e1 := Syscall(SYS_RATTLE, uintptr(s), 0)
	fd.loud = true
	l, err := fd.listenTCP(ctx)
	if e1 != 0 {
		println("runtime: rattle failed")
		throw("rattle failed")
	}
	return s, nil
}
"""
PYTHON_TEXT = '''\
@traced("net.(*netFD).knock")
def knock(
    fd: NetFD,
    doors: int,
) -> int:
    """Call knock and rattle: not here."""
    with named("open"):
        s = syscall.open_(fd.pfd.sysfd)
    fd.pfd.init(
        doors,
    )
    trap("rattle", s)
    fd.loud = True
    listen_tcp_proto(fd)
    return s
'''
GO, PYTHON = GO_TEXT.split("\n"), PYTHON_TEXT.split("\n")


def texts() -> tuple[FunctionText, FunctionText]:
    functions, code = find_python_functions(tuple(PYTHON))
    return (
        FunctionText(tuple(GO), find_functions(tuple(GO))["(*netFD).knock"]),
        FunctionText(code, functions["net.(*netFD).knock"]),
    )


@pytest.mark.parametrize(
    ("go", "python", "how"),
    [
        ("func (fd", "def knock(", MatchPrecision.LINE),
        (
            "s, err := openFunc(",
            "s = syscall.open_(",
            MatchPrecision.LINE,
        ),  # a variable that holds it
        ("return 0, wrapSyscallError", 'with named("open")', MatchPrecision.LINE),
        ("if err := fd.pfd.Init(", "fd.pfd.init(", MatchPrecision.LINE),  # the call's first line
        ("fd.Close()", "fd.pfd.init(", MatchPrecision.AROUND),  # what it is inside of
        ("_, _, e1 := Syscall(SYS_RATTLE", 'trap("rattle"', MatchPrecision.LINE),
        ("fd.loud = true", "fd.loud = True", MatchPrecision.LINE),
        (
            "l, err := fd.listenTCP",
            "listen_tcp_proto(fd)",
            MatchPrecision.LINE,
        ),  # nearly the same name
        ("return s, nil", "return s", MatchPrecision.AROUND),  # the end
        ("}", "return s", MatchPrecision.AROUND),
    ],
)
def test_the_line_in_python(go: str, python: str, how: MatchPrecision) -> None:
    line = max(n for n, text in enumerate(GO, 1) if text.strip().startswith(go))
    there, found = LineMapping(*texts()).other(line)
    assert (PYTHON[there - 1].strip()[: len(python)], found) == (python, how)


@pytest.mark.parametrize(
    ("python", "go", "how"),
    [
        ("fd: NetFD", "func (fd", MatchPrecision.LINE),  # the signature is one thing
        ("s = syscall.open_(", "s, err := openFunc(", MatchPrecision.LINE),
        ("doors,", "if err := fd.pfd.Init(", MatchPrecision.AROUND),
        ('trap("rattle"', "_, _, e1 := Syscall(SYS_RATTLE", MatchPrecision.LINE),
        ("return s", "return s, nil", MatchPrecision.AROUND),
    ],
)
def test_the_line_in_go(python: str, go: str, how: MatchPrecision) -> None:
    line = next(n for n, text in enumerate(PYTHON, 1) if text.strip().startswith(python))
    there, found = LineMapping(*texts()).one(line)
    assert (GO[there - 1].strip()[: len(go)], found) == (go, how)


def test_a_line_that_has_nothing_in_common_is_only_in_the_function() -> None:
    one = FunctionText(("func f() {", "\tx := 1", "\ty := 2", "}"), LineRange(1, 4))
    other = FunctionText(("def f():", "    a = 1", "    b = 2"), LineRange(1, 3))
    assert LineMapping(one, other).other(2) == (1, MatchPrecision.FUNCTION)


def test_a_note_ties_lines_that_nothing_else_would() -> None:
    one, other = texts()
    note = Note(
        id="a.b",
        function=("net.(*netFD).knock",),
        text=("e1 != 0",),
        python=("def knock",),
        said=Texts({"en": "x", "zh": "x"}),
    )
    ties = ties_of([note], one, other)
    line = GO.index("\tif e1 != 0 {") + 1
    assert LineMapping(one, other, ties).other(line) == (other.body.first, MatchPrecision.LINE)
    assert LineMapping(one, other).other(line)[1] is not MatchPrecision.LINE


def test_what_is_said_when_all_is_lost_is_no_call() -> None:
    one, other = texts()
    for said in ("println(", "throw("):
        line = next(n for n, text in enumerate(GO, 1) if text.strip().startswith(said))
        assert LineMapping(one, other).other(line)[1] is not MatchPrecision.LINE
