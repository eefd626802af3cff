import errno
import importlib.util
import re
from pathlib import Path

import pytest

import walkthrough
from walkthrough.i18n.texts import Texts
from walkthrough.lesson.check_notes import main, programs
from walkthrough.model.stages import Place, Stage, Step
from walkthrough.scenario import loader
from walkthrough.source.go_tree import GoTree, misfits
from walkthrough.source.notes import Note, NoteError, Notes, parse_notes

NOTES = Notes.load()


def everything() -> list[Note]:
    own = [n for name in loader.names() for n in loader.load_notes(loader.find(name))]
    return [*NOTES.all, *own]


def sentences(text: str) -> int:
    # A full stop inside a number or a name is followed by a letter, not by a blank.
    return len(re.findall(r"[.!?][\"')]*(?= |$)|[。！？][”』」]*", text))


@pytest.mark.parametrize("note", everything(), ids=lambda n: n.id)
def test_a_note_is_two_to_four_sentences_in_each_language(note: Note) -> None:
    assert 2 <= sentences(note.says("en")) <= 4, note.says("en")
    assert 2 <= sentences(note.says("zh")) <= 4, note.says("zh")
    assert len(note.says("en")) <= 420
    assert not re.search(r"[\u4e00-\u9fff]", note.says("en"))
    assert re.search(r"[\u4e00-\u9fff]", note.says("zh"))


@pytest.mark.parametrize("note", everything(), ids=lambda n: n.id)
def test_chinese_is_set_as_chinese(note: Note) -> None:
    assert not re.search(r"[\u4e00-\u9fff] [\u4e00-\u9fff]", note.says("zh")), (
        "a blank inside Chinese"
    )
    assert not re.search(r"[\u4e00-\u9fff][,;:?!](?=\W|$)", note.says("zh")), (
        "half-width punctuation"
    )
    assert not re.search(
        r"[\u4e00-\u9fff][A-Za-z0-9]|[A-Za-z0-9][\u4e00-\u9fff]", note.says("zh")
    ), "a blank is missing between Chinese and Latin"


PLACES = [
    *(Place(stage) for stage in Stage),
    *(Place(None, step) for step in Step if step is not Step.POLL_OPEN),
    *(
        Place(Stage.ACCEPT, step)
        for step in (
            Step.ACCEPT4,
            Step.POLL_WAIT,
            Step.POLL_OPEN,
            Step.GETSOCKNAME,
            Step.SET_NO_DELAY,
            Step.SET_KEEP_ALIVE,
        )
    ),
]


@pytest.mark.parametrize("version", ["", "go1.21.13", "go1.24.3", "go1.27.3"])
@pytest.mark.parametrize("place", PLACES, ids=str)
def test_every_stage_and_step_has_a_main_note(place: Place, version: str) -> None:
    note = NOTES.for_version(version).for_place(place)
    assert note is not None
    name = (place.step or place.stage or "").lower()
    assert name in (note.step or note.stage or "").lower()


def test_the_two_tries_of_accept4_have_two_notes() -> None:
    place = Place(Stage.ACCEPT, Step.ACCEPT4)
    first = NOTES.for_place(place)
    second = NOTES.for_place(place, [Step.ACCEPT4, Step.POLL_WAIT])
    assert first is not None
    assert second is not None
    assert (first.id, second.id) == ("accept.try", "accept.got")


def test_pollopen_of_the_listener_and_of_a_connection_have_two_notes() -> None:
    listener, connection = Place(Stage.POLL_OPEN), Place(Stage.ACCEPT, Step.POLL_OPEN)
    assert NOTES.for_place(listener) != NOTES.for_place(connection)


def test_a_scenarios_note_of_a_place_comes_before_the_general_one() -> None:
    own = sample(id="own", stage=Stage.POLL_OPEN)
    with_own = NOTES.plus([own])
    assert with_own.for_place(Place(Stage.POLL_OPEN)) == own
    assert with_own.for_version("go1.27.3").for_place(Place(Stage.POLL_OPEN)) == own
    assert with_own.for_place(Place(Stage.BIND)) == NOTES.for_place(Place(Stage.BIND))
    assert with_own.all == (*NOTES.all, own)


def test_off_the_path_there_is_no_main_note() -> None:
    assert NOTES.for_place(Place()) is None


# Every place at which the text that the lesson follows comments on its listing.
REMARKS = {
    "resolve the address": "listen.resolve",
    "make the socket": "listen.internet-socket",
    "the underlying socket, non-blocking": "socket.create",
    "default options": "socket.defaults",
    "a new netFD": "socket.netfd",
    "listen on it": "socket.listen-stream",
    "bind": "listening.bind",
    "listen": "listening.listen",
    "init: into epoll": "listening.init",
    "pollServerInit, by sync.Once": "poller.once",
    "pollOpen, by epoll_ctl": "poller.open",
    "on an error": "poller.failed",
    "runtime manages epoll": "poller.linkname",
    "the event mask": "poller.mask",
    "one wrapping for each system": "poller.systems",
    "the example: listen": "server.listen",
    "the example: accept": "server.accept",
    "the example: a goroutine each": "server.go",
    "the example: read to the end": "server.read",
}


@pytest.mark.parametrize("note", REMARKS.values(), ids=REMARKS.keys())
def test_every_remark_of_the_text_has_a_note(note: str) -> None:
    assert note in {n.id for n in NOTES.all}


def go_root() -> Path | None:
    spec = importlib.util.find_spec("go")
    return Path(next(iter(spec.submodule_search_locations or []))) if spec else None


needs_go = pytest.mark.skipif(go_root() is None, reason="the go extra is not installed")


@needs_go
@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_every_note_finds_its_line_in_the_source_in_use(machine: str) -> None:
    root = go_root()
    assert root is not None
    assert misfits(Notes(everything()), GoTree(root, programs(), machine)) == []


@needs_go
def test_the_check_finds_what_does_not_fit(capsys: pytest.CaptureFixture[str]) -> None:
    root = go_root()
    assert root is not None
    wrong = [
        sample(id="a", function=("net.nowhere",)),
        sample(id="b", text=("no such text at all",)),
        sample(id="c", text=("return",)),
        sample(id="f", text=("lc",)),
        sample(id="d", text=("no such text", "lc.Listen(")),
        sample(id="e", text=("no such text at all",), versions="<1.0"),
    ]
    assert [str(said)[0] for said in misfits(Notes(wrong), GoTree(root, programs()))] == [
        "a",
        "b",
        "f",
    ]
    assert main([str(root)]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("go1.")
    assert err == ""


def sample(**changes: object) -> Note:
    fields: dict[str, object] = {
        "id": "x",
        "function": ("net.Listen",),
        "text": ("lc.Listen(",),
        "said": Texts({"en": "One.", "zh": "一。"}),
    }
    return Note(**(fields | changes))  # type: ignore[arg-type]


def test_the_check_wants_a_go_tree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 2
    assert main([]) == 2
    assert "no Go tree" in capsys.readouterr().err


@pytest.mark.parametrize("words", [("--lang", "zh"), ("--lang=zh",)])
def test_the_check_speaks_the_language_that_is_asked_for(
    words: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, str(tmp_path)]) == 2
    assert "Go 源码树" in capsys.readouterr().err
    tree = tmp_path / "tree"
    (tree / "src" / "net").mkdir(parents=True)
    (tree / "VERSION").write_text("go1.24.3\n")
    assert main([*words, str(tree)]) == 1
    out, err = capsys.readouterr()
    assert "条注解" in out
    assert "里没有" in err.splitlines()[0]


def test_the_check_refuses_a_language_that_is_not_spoken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--lang", "tlh", str(tmp_path)]) == 2
    assert "invalid choice: 'tlh' (choose from en, zh)" in capsys.readouterr().err


def test_a_go_tree_that_may_not_be_read_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "VERSION").write_text("go1.24.3\n")
    (tmp_path / "src" / "net").mkdir(parents=True)
    (tmp_path / "src" / "net" / "dial.go").write_text("package net\n")
    real = Path.read_text

    def read_text(path: Path, *how: str) -> str:
        if path.suffix == ".go":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return real(path, *how)

    monkeypatch.setattr(Path, "read_text", read_text)
    assert main([str(tmp_path)]) == 2
    assert capsys.readouterr().err.endswith(".go: Permission denied.\n")


GO_TEXT = """package net

// accept(fd) is spoken of here.
func (fd *netFD) accept() error {
	// accept(fd) and here.
	a := accept(fd)
	twice()
	twice()
	return a
}
"""
GO = tuple(GO_TEXT.split("\n"))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (("accept(fd)",), 6),
        (("twice()",), None),
        (("twice()", "return a"), 9),
        (("",), 4),
        (("absent",), None),
    ],
)
def test_an_anchor_is_one_line_of_code_or_none(text: tuple[str, ...], line: int | None) -> None:
    note = sample(function=("net.(*netFD).accept",), text=text)
    found = Notes([note]).at(GO, "net.(*netFD).accept")
    assert found == ({line: note} if line else {})
    assert Notes([note]).in_file("net/fd.go", GO) == ({line: (note,)} if line else {})


def test_a_note_stays_in_its_package() -> None:
    note = sample(function=("other.(*netFD).accept",), text=("",))
    assert Notes([note]).in_file("net/fd.go", GO) == {}


def test_notes_on_one_line_stand_in_order() -> None:
    first, second = (
        sample(id=name, function=("net.(*netFD).accept",), text=("accept(fd)",)) for name in "ab"
    )
    assert Notes([first]).plus([second]).in_file("net/fd.go", GO) == {6: (first, second)}


def test_notes_beside_the_instrumented_server() -> None:
    lines = (
        '@traced("net.(*netFD).listenStream")',
        "def listen_stream(self) -> None:",
        '    """syscall.Bind( is said here."""',
        "    syscall.bind(self.sysfd, lsa)",
    )
    bind = sample(function=("net.(*netFD).listenStream",), text=("syscall.Bind(",))
    only_go = sample(id="y", function=("net.(*netFD).listenStream",), text=("",), go_only=True)
    assert Notes([bind, only_go]).in_file("instrumented/net/a.py", lines) == {4: (bind,)}


@pytest.mark.parametrize(
    ("versions", "version", "holds"),
    [
        ("", "go1.21.13", True),
        (">=1.23", "go1.22.10", False),
        (">=1.23", "go1.23", True),
        ("<1.23", "go1.23.1", False),
        (">=1.21,<1.24", "go1.22.1", True),
        (">=1.21,<1.24", "go1.24.3", False),
        (">=1.9", "go1.27.3", True),
        (">=1.23", "", True),
    ],
)
def test_versions(versions: str, version: str, holds: bool) -> None:
    note = sample(versions=versions)
    assert note.holds_for(version) is holds
    assert (note in Notes([note]).for_version(version).all) is holds


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[note", "is not TOML"),
        ("note = 3", "written as [[note]]"),
        ("note = [1]", "is not a table"),
        ('[[note]]\nid = "a"', "'a'"),
        ('[[note]]\nid="a"\nfunction="f"\ntext="t"\nen="E."\nzh="Z"\nfoo=1', "foo"),
        ('[[note]]\nid="a"\nfunction="f"\ntext="t"\nen="E."\nzh="Z"\nstage="bnd"', "bnd"),
        ('[[note]]\nid="a"\nfunction="f"\ntext="t"\nen="E."\nzh="Z"\nversions="1.2"', "1.2"),
    ],
)
def test_a_mistake_in_a_file_of_notes_is_named(text: str, said: str) -> None:
    with pytest.raises(NoteError, match=re.escape(said)) as error:
        parse_notes(text, "x.toml")
    assert str(error.value).startswith("x.toml")


def test_lines_of_a_text_are_joined_as_its_language_does() -> None:
    head = '[[note]]\nid="a"\nfunction="f"\ntext="t"\n'
    text = head + 'en="""\nOne\ntwo."""\nzh="""\n一，\n二。\n三\n四\nGo\nGo"""'
    note = parse_notes(text, "x.toml")[0]
    assert note.says("en") == "One two."
    assert note.says("zh") == "一，二。三四 Go Go"


def test_one_id_is_one_note() -> None:
    with pytest.raises(NoteError, match="'x'"):
        Notes([sample(), sample()])


def test_notes_find_their_lines_beside_the_instrumented_server() -> None:
    capture = Path(walkthrough.__file__).parent / "capture"
    found: set[str] = set()
    for path in (capture / "instrumented").rglob("*.py"):
        lines = tuple(path.read_text("utf-8").split("\n"))
        for notes in NOTES.in_file(f"instrumented/{path.name}", lines).values():
            found |= {note.id for note in notes}
    wanted = {n.id for n in NOTES.all if n.python or n.place != Place()}
    # The second try is the line of the first; an older Go's keep-alive.
    assert wanted - found == {"accept.got", "accept.keep-alive-period"}
