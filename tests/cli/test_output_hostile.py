"""Nothing that acts on a terminal is printed, whoever has made the names, files and environment.

One test walks every print of the program; the others run every command with all that is hostile.
"""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

import walkthrough
from walkthrough.cli.output import Printer
from walkthrough.formatting.terminal import say, show, show_json
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    CaptureEnded,
    ClientActed,
    FunctionEntered,
    Header,
    OutputWritten,
    ProcessStarted,
)
from walkthrough.model.values import Argument, Constant, Data, SocketAddress, Spelled, Text
from walkthrough.recording.file import RecordingWriter

PACKAGE = Path(walkthrough.__file__).parent
SHIPPED = PACKAGE.parent / "scenarios" / "first-connection"
HOSTILE = "x\x1b]0;owned\x07\x1b[2J\x9b31m\x9d0;y\x9c\u202egnp.\u2066\u200f\x7f\x08\r"
"""Escape sequences of 7 and 8 bits, other directions of writing, controls."""
NAME = f"{HOSTILE}\udcff\udc9b\n"
"""The same for names: bytes that are no UTF-8, as Python holds them, and an end of line."""


def unsafe(output: bytes) -> list[str]:
    """Return what must not get to a terminal, line by line."""
    text = output.decode("utf-8")  # what is none raises
    return [
        ascii(line)
        for line in text.split("\n")
        if not all(c.isprintable() or unicodedata.category(c) == "Zs" for c in line)
    ]


# Every print of the program

PRINTERS = (
    Path("formatting/terminal.py"),
    Path("cli/output.py"),
)
"""Where the two streams are written to."""
TRACED = Path("capture/instrumented")
"""The instrumented server: what it prints goes into pipes of ours, as a Go server's does."""
ALLOWED = {"isatty", "encoding", "fileno", "flush", "reconfigure"}
"""What may be done with the streams elsewhere."""


def prints(tree: ast.AST) -> Iterator[int]:
    """Yield the lines in which something is printed, or a stream handed on."""
    asked = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in ALLOWED
    }
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="isinstance" | "getattr"), args=[stream, *_]):
                asked.add(id(stream))
            case ast.BoolOp(values=streams):
                asked.update(map(id, streams))
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="print" | "Console")):
                yield node.lineno
            case ast.Call(func=ast.Attribute(attr="print_exc" | "print_exception" | "print_help")):
                yield node.lineno
            case ast.ImportFrom(module="rich.progress"):
                yield node.lineno
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="os"), attr="write"),
                args=[ast.Constant(value=1 | 2), *_],
            ):
                yield node.lineno
            case ast.Attribute(value=ast.Name(id="sys"), attr="stdout" | "stderr") if (
                id(node) not in asked
            ):
                yield node.lineno


def test_the_walk_of_prints_finds_every_kind() -> None:
    source = """
print("x")
sys.stdout.write("x")
sys.stderr.buffer.write(b"x")
print("x", file=sys.stderr)
Console(stderr=True).print("x")
os.write(1, b"x")
shutil.copyfileobj(file, sys.stdout.buffer)
traceback.print_exc()
out = sys.stdout
from rich.progress import Progress
sys.stdout.isatty()
"""
    assert set(prints(ast.parse(source))) == set(range(2, 12))


def test_there_is_one_way_to_the_terminal() -> None:
    found = []
    for file in sorted(PACKAGE.rglob("*.py")):
        path = file.relative_to(PACKAGE)
        if path in PRINTERS or TRACED in path.parents:
            continue
        found += [f"{path}:{line}" for line in prints(ast.parse(file.read_text("utf-8")))]
    assert found == [], "these are printed past walkthrough.formatting.terminal"


def test_what_is_shown_and_said_is_safe(capfd: pytest.CaptureFixture[str]) -> None:
    show(f"{NAME}one\ntwo")
    say(NAME)
    show_json({"key": NAME, NAME: "中文 e\u0301"})
    printer = Printer()
    printer.sentences(HOSTILE)
    printer.uncut(HOSTILE, "bold")
    from rich.text import Text as Styled

    printer.table((HOSTILE, HOSTILE), [(Styled(NAME, "red"), Styled(HOSTILE))], {0: HOSTILE})
    said = capfd.readouterr()
    assert unsafe(said.out.encode()) == unsafe(said.err.encode()) == []
    assert said.err.count("\n") == 1
    shown = said.out.splitlines()
    assert "中文 e\u0301" in shown[3]
    assert json.loads(shown[3]) == {"key": NAME, NAME: "中文 e\u0301"}


def test_a_traceback_is_no_way_round(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from walkthrough import cli\n"
        "from walkthrough.cli import parser\n"
        "def parse(words, tr): raise ValueError(sys.argv[1])\n"
        "parser.parse = parse\n"
        "cli.main()\n"
    )
    done = run_python("-c", code, HOSTILE)
    assert done.returncode == 1
    assert b"ValueError: x\\x1b]0;owned" in done.stderr
    assert unsafe(done.stderr) == []


# Every command, with all that is hostile


def run_python(
    *words: str, environment: dict[str, str] | None = None, folder: Path | None = None
) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [sys.executable, *words],
        env={**os.environ, **(environment or {})},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=120,
    )


def run(
    *words: str, environment: dict[str, str] | None = None, folder: Path | None = None
) -> "subprocess.CompletedProcess[bytes]":
    """Run a command; whatever happens, what it prints must be safe."""
    done = run_python("-m", "walkthrough", *words, environment=environment, folder=folder)
    assert b"Traceback" not in done.stderr, done.stderr
    assert unsafe(done.stdout) == unsafe(done.stderr) == []
    return done


def events() -> list[AnyEvent]:
    values = (Text(HOSTILE), Data(HOSTILE.encode(), 50), Spelled(HOSTILE), Constant(HOSTILE, 1))
    given = tuple(Argument(HOSTILE, each) for each in values)
    address = SocketAddress("AF_UNIX", path=HOSTILE)
    return [
        ProcessStarted(seq=0, time_ns=0, pid=7, command=(HOSTILE,)),
        FunctionEntered(seq=1, time_ns=1, function=HOSTILE, mark=HOSTILE, arguments=given, span=1),
        CallEntered(seq=2, time_ns=2, call=HOSTILE, arguments=given, span=2),
        CallReturned(
            seq=3, time_ns=3, call=HOSTILE, arguments=given, error=Constant(HOSTILE, 5), span=2
        ),
        ClientActed(seq=4, time_ns=4, client=1, action=HOSTILE, local=address, data=b"\x1b[2J"),
        OutputWritten(seq=5, time_ns=5, stream=1, data=HOSTILE.encode()),
        CaptureEnded(seq=6, time_ns=6, reason=HOSTILE, lost={HOSTILE: 3}),
    ]


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    header = Header(server=HOSTILE, scenario=HOSTILE, go_version=HOSTILE, command=(HOSTILE,))
    path = tmp_path / f"{NAME}.jsonl"
    with RecordingWriter(path, header) as writer:
        for event in events():
            writer.write(event)
    return path


def test_a_recording_itself_may_be_shown_on_a_terminal(recording: Path) -> None:
    content = recording.read_bytes()
    assert unsafe(content) == []
    lines = content.splitlines()
    assert [msgspec.json.decode(line, type=AnyEvent) for line in lines[1:]] == events()


@pytest.mark.parametrize("to", ["json", "strace"])
def test_exports_of_a_hostile_recording(recording: Path, tmp_path: Path, to: str) -> None:
    done = run("export", str(recording), "--to", to)
    assert done.returncode == 0, done.stderr
    out = tmp_path / f"out{NAME}"
    assert run("export", str(recording), "--to", to, "-o", str(out)).returncode == 0
    assert out.read_bytes() == done.stdout
    assert run("export", str(recording), "--to", to, "-o", str(out)).returncode == 2
    assert run("export", str(recording), "--to", to, "-o", str(recording)).returncode == 2
    if to == "json":
        found = json.loads(done.stdout)
        assert found["header"]["scenario"] == HOSTILE
        assert [msgspec.convert(each, AnyEvent) for each in found["events"]] == events()


def test_json_of_a_recording_that_others_have_written(tmp_path: Path) -> None:
    """What the reader passes over is copied, and may be no text at all."""
    path = tmp_path / "r.jsonl"
    lines = [
        b'{"type":"header","format":1,"server":"\xc2\x9b31m\xe2\x80\xae"}',
        b'{"type":"thread_started",\t"seq":0,"time_ns":1,"other":"\xff\xc2\x9b\\u001b[2J"}',
        b'{"type":"capture_ended","seq":1,"time_ns":1,"reason":"\xe4\xb8\xad\xf0\x9f\x98\x80",'
        b'"\xf3\xa0\x81\x81":1e3}',
    ]
    path.write_bytes(b"\n".join(lines) + b"\n")
    done = run("export", str(path), "--to", "json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["header"]["server"] == "\x9b31m\u202e"
    assert found["events"][0]["other"] == "\ufffd\x9b\x1b[2J"
    assert found["events"][1] == {
        "type": "capture_ended",
        "seq": 1,
        "time_ns": 1,
        "reason": "中😀",
        "\U000e0041": 1000.0,
    }
    assert "中😀".encode() in done.stdout, "what is visible stays as it is"


def test_comparisons_of_what_is_hostile(recording: Path, tmp_path: Path) -> None:
    other = tmp_path / f"other{NAME}.jsonl"
    other.write_bytes(recording.read_bytes().replace(b'"span":2', b'"span":3', 1))
    log = tmp_path / f"{NAME}.log"
    log.write_bytes(
        b"socket(AF_INET, SOCK_STREAM, 0) = 3\nbind(3, {sa_family=AF_INET, sin_port=htons(0)}, 16)"
        b' = 0\nlisten(3, 5) = 0\nwrite(3, "' + HOSTILE.encode() + b'\xff\xc2\x9b", 3) = 3\n'
        b"\x1b]0;x\x07\xc2\x9b\xff not a call\n"
    )
    for pair in ((recording, other), (recording, log), (log, recording), (log, log)):
        for words in ((), ("--json",), ("--all",)):
            done = run("compare", *map(str, pair), *words)
            assert done.returncode in (0, 1), done.stderr


REFUSED = [
    (),
    (NAME,),
    (f"./{NAME}",),
    (f"--{NAME}",),
    (f"--lang={NAME}",),
    (f"--server={NAME}",),
    ("first-connection", NAME, NAME),
    ("first-connection", "--strace", NAME),
    ("first-connection", "--document", NAME),
    ("record", NAME, "-o", NAME),
    ("record", "first-connection", "-o", f"{NAME}/{NAME}"),
    ("record", "first-connection", "-o", NAME, "--mode", NAME),
    ("record", "first-connection", f"--{NAME}"),
    ("check", NAME),
    ("check", f"--jobs={NAME}"),
    ("compare", NAME, NAME),
    ("compare", "first-connection", "--log", f"{NAME}/{NAME}", "--server", NAME),
    ("export", NAME, "--to", "json"),
    ("export", str(SHIPPED / "recording.jsonl"), "--to", NAME),
    ("export", str(SHIPPED / "recording.jsonl"), "--to", "json", "-o", f"{NAME}/{NAME}"),
    ("scenarios", NAME),
    ("doctor", NAME),
    ("progress", NAME),
    ("progress", "--forget", NAME),
]


@pytest.mark.parametrize("words", REFUSED, ids=[ascii(words[:2]) for words in REFUSED])
def test_what_is_refused(words: tuple[str, ...], tmp_path: Path) -> None:
    done = run(*words, folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.count(b"\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def scenarios(tmp_path: Path) -> dict[str, str]:
    """A folder of a hostile name with a scenario of hostile words, and two that are broken."""
    place = tmp_path / f"{NAME}-scenarios"
    shutil.copytree(SHIPPED, place / "mine")
    spelled = json.dumps(HOSTILE)[1:-1]
    for file in ("scenario.toml", "lesson.toml"):
        text = (place / "mine" / file).read_text("utf-8")
        text = text.replace("first-connection", "mine")
        text = re.sub(r'\b(en|zh) = "(?!")', lambda match: f"{match[0]}{spelled}", text)
        (place / "mine" / file).write_text(text, "utf-8")
    for name, content in (("broken", f"x = {HOSTILE}"), ("other", f'title = "{spelled}"\n')):
        (place / name).mkdir()
        (place / name / "scenario.toml").write_text(content, "utf-8")
    return {"WALKTHROUGH_SCENARIOS": str(place)}


def test_scenarios_of_hostile_words(scenarios: dict[str, str]) -> None:
    for words in ((), ("--lang", "en"), ("--lang", "zh"), ("--json",)):
        done = run("scenarios", *words, environment=scenarios)
        assert done.returncode == 1
        assert done.stderr.count(b"\n") == 2
    rows = {row["name"]: row for row in json.loads(done.stdout)}
    assert HOSTILE.rstrip("\r") in rows["mine"]["title"]["en"]
    assert rows["mine"]["folder"] == f"{scenarios['WALKTHROUGH_SCENARIOS']}/mine"


@pytest.mark.live
def test_hostile_scenarios_and_names_live(scenarios: dict[str, str], tmp_path: Path) -> None:
    out = tmp_path / NAME
    words = ("--server", "python")
    done = run("record", "mine", "-o", str(out), *words, environment=scenarios)
    assert done.returncode == 0, done.stderr
    assert b"events in" in done.stderr
    assert b"x\\x1b]0;owned" in done.stderr
    assert unsafe(out.read_bytes()) == []
    folder = f"{scenarios['WALKTHROUGH_SCENARIOS']}/mine"
    for named in ("mine", folder):
        run("check", named, *words, environment=scenarios)
        run("check", named, *words, "--json", environment=scenarios)
    run("check", "broken", *words, environment=scenarios)


@pytest.mark.parametrize(
    "names",
    [
        ("PATH", "TMPDIR"),
        ("WALKTHROUGH_GO", "TERM", "LANG", "COLUMNS"),
        ("GOROOT", "GOENV", "HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "LC_ALL"),
        ("WALKTHROUGH_SCENARIOS",),
    ],
    ids=lambda names: names[0],
)
def test_a_hostile_environment(tmp_path: Path, names: tuple[str, ...]) -> None:
    environment = dict.fromkeys(names, f"{tmp_path}/{NAME}")
    for words in (
        ("doctor",),
        ("scenarios",),
        ("check", "nothing"),
        ("nothing",),
        ("--help",),
        ("progress",),
        ("progress", "--forget"),
    ):
        run(*words, environment=environment, folder=tmp_path)
    done = run("record", "first-connection", "-o", "r", environment=environment, folder=tmp_path)
    assert done.returncode in (0, 2)
