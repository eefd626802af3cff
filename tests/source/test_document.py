"""Reading a Markdown document: its Go blocks, its functions, and what is no document."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from walkthrough.source.document import (
    LARGEST,
    LONGEST_LINE,
    DocumentError,
    DocumentProblem,
    Passage,
    load,
    parse,
)
from walkthrough.source.functions import LineRange

TEXT = """\
# 标题

Words, and `func inline() {}`.

```go
/ Listen opens.
// It is said at length.
func (lc *Config) Listen(n int) error {
	//解析
	x := 1
	.....
	return nil
}

//go:linkname poll_open internal/poll.runtime_open
func poll_open(fd int) int {
	return 0
}

func declared(a int) int
func cut(short
```

```python
func not_go() {
}
```

1. In a list:

   ```golang
   func indented() {
     return
   }
   ```

```
func unnamed() {
	never ends

// Above the next.
func next() {
}
```

~~~ {.go}
func tilde() {
}
"""


def test_the_functions_of_all_blocks() -> None:
    document = parse(TEXT, "/somewhere/door.md")
    assert document.name == "door.md"
    assert [(one.name, one.linked, one.opens, *one.body) for one in document.passages] == [
        ("(*Config).Listen", "", 6, 8, 13),
        ("poll_open", "internal/poll.runtime_open", 15, 16, 18),
        ("declared", "", 20, 20, 20),
        ("cut", "", 21, 21, 21),
        ("indented", "", 32, 32, 34),
        ("unnamed", "", 38, 38, 39),  # it has no end, so it ends where another begins
        ("next", "", 41, 42, 43),
        ("tilde", "", 47, 47, 48),  # nor has this block
    ]
    assert document.blocks == (
        LineRange(6, 21),
        LineRange(32, 34),
        LineRange(38, 43),
        LineRange(47, 48),
    )
    assert document.lines[7] == "func (lc *Config) Listen(n int) error {"
    assert document.lines[0] == "# 标题"


@pytest.mark.parametrize(
    ("function", "names"),
    [
        ("net.(*Config).Listen", ["(*Config).Listen"]),
        ("net.Config.Listen", ["(*Config).Listen"]),  # a pointer once, a value now
        ("net.(*Config).Listen.func1", ["(*Config).Listen"]),
        ("internal/poll.runtime_open", ["poll_open"]),
        ("runtime.poll_open", ["poll_open"]),
        ("net.Listen", []),
        ("net.(*Other).Listen", []),
        ("net.nothing", []),
    ],
)
def test_which_may_be_a_function(function: str, names: list[str]) -> None:
    assert [one.name for one in parse(TEXT, "x").passages_of(function)] == names


def test_a_method_that_was_renamed() -> None:
    document = parse("```go\nfunc (s *S) listenTCP() {\n}\nfunc listen() {\n}\n```\n", "x")
    names = [one.name for one in document.passages_like("net.(*S).listenTCPProto")]
    assert names == ["(*S).listenTCP"]
    assert document.passages_like("net.(*T).listenTCPProto") == []
    assert document.passages_like("net.listenTCP") == []


GO = b"```go\nfunc f() {\n}\n```\n"
BAD: list[tuple[str, bytes | None, DocumentProblem]] = [
    ("missing.md", None, DocumentProblem.MISSING),
    ("empty.md", b"", DocumentProblem.NO_GO),
    ("words.md", "只有文字。\n".encode(), DocumentProblem.NO_GO),
    ("package.md", b"```go\npackage x\n\nvar a = 1\n```\n", DocumentProblem.NO_GO),
    ("other.md", b"```c\nfunc f() {\n}\n```\n", DocumentProblem.NO_GO),
    ("latin.md", GO + b"caf\xe9\n", DocumentProblem.ENCODING),
    ("utf16.md", GO.decode().encode("utf-16"), DocumentProblem.ENCODING),
    ("binary.md", GO + b"\0\1\2", DocumentProblem.BINARY),
    ("huge.md", GO + b"a" * (10 * LARGEST), DocumentProblem.LARGE),
]


@pytest.mark.parametrize(("name", "content", "problem"), BAD)
def test_what_is_no_document(
    tmp_path: Path, name: str, content: bytes | None, problem: DocumentProblem
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DocumentError) as caught:
        load(path)
    assert caught.value.problem is problem
    assert str(caught.value).count(".") <= str(path).count(".") + 1
    assert str(path) in str(caught.value)


def test_a_folder_and_a_pipe(tmp_path: Path) -> None:
    with pytest.raises(DocumentError) as caught:
        load(tmp_path)
    assert caught.value.problem is DocumentProblem.FOLDER
    os.mkfifo(tmp_path / "pipe.md")
    with pytest.raises(DocumentError) as caught:
        load(tmp_path / "pipe.md")
    assert caught.value.problem is DocumentProblem.NO_FILE


def test_names_that_are_none(tmp_path: Path) -> None:
    for path in (Path("a\0b.md"), tmp_path / ("x" * 5000)):
        with pytest.raises(DocumentError) as caught:
            load(path)
        assert "\0" not in str(caught.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "secret.md"
    path.write_bytes(GO)
    path.chmod(0)
    with pytest.raises(DocumentError) as caught:
        load(path)
    assert caught.value.problem is DocumentProblem.UNREADABLE


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_byte_order_marks(tmp_path: Path, end: str, mark: str) -> None:
    path = tmp_path / "door.md"
    path.write_bytes((mark + "word\n\n```go\nfunc f() {\n}\n```\n").replace("\n", end).encode())
    document = load(path)
    assert document.passages == (Passage("f", "", LineRange(4, 5), 4),)
    assert document.lines[0] == "word"


def test_controls_are_replaced_and_long_lines_cut() -> None:
    document = parse("\x1b[2J\x0c" + "```" * 9999 + "\n\n```go\nfunc f() {\n}\n```\n", "x")
    assert "\x1b" not in document.lines[0]
    assert "\x0c" not in document.lines[0]
    assert len(document.lines[0]) == LONGEST_LINE + 1


FENCES = ["```go\n", "```\n", "~~~\n", "    ", "> ", "- "]
CODE = [
    "func f() {\n",
    "func (a *B) c(",
    "}\n",
    "// 注\n",
    "/ x\n",
    "\t..\n",
    "//go:linkname a b\n",
]
ODD = ["\n", "\r", "\x00", "\ud7ff", "`", "<a>", "\u2028"]
PIECES = st.sampled_from([*FENCES, *CODE, *ODD])


@settings(max_examples=300)
@given(st.lists(PIECES | st.text(max_size=5), max_size=40).map("".join))
def test_parsing_never_crashes_and_stays_within_the_document(text: str) -> None:
    try:
        document = parse(text, "x")
    except DocumentError as error:
        if error.problem is not DocumentProblem.NO_GO:
            raise
        return
    for one in document.passages:
        assert 1 <= one.opens <= one.body.first <= one.body.last <= len(document.lines)
        assert document.lines[one.body.first - 1].find("func ") >= 0
    for block in document.blocks:
        assert 1 <= block.first <= block.last <= len(document.lines)
