"""Mutates the files that walkthrough reads and uses each: nothing may raise, or take too long.

    python scripts/fuzz_files.py [KIND ...] [--inputs 100000] [--seed 1] [--keep FOLDER]

Kinds are recording, scenario, lesson, bookmarks, preferences and document; strace logs have
a script of their own. What is mutated is the project's own: scenarios with their lessons and
recordings, documents. A file is either used or refused in one sentence, which is safe to print, as
is all that is exported; what is not ours is never written over.

Mutations are seeded: a finding can be made again by its seed, and a run that was broken off goes on
with `--seed`. Ends with status 1 if there was a finding.
"""

import argparse
import io
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from fuzz_strace_log import cut, double, end_early, flip, splice, swap_lines

from walkthrough.compare.align import compare
from walkthrough.compare.inputs import of_events
from walkthrough.compare.table import summary, table
from walkthrough.export.json import to_json
from walkthrough.export.strace import to_strace
from walkthrough.formatting.escaping import printable
from walkthrough.i18n.catalogue import catalogue
from walkthrough.model.events import Header
from walkthrough.recording.file import RecordingError, load
from walkthrough.recording.summary import summarize
from walkthrough.scenario import loader as scenarios
from walkthrough.scenario.checks.checker import check_run
from walkthrough.source import document as documents
from walkthrough.source.alignment import align
from walkthrough.state.diff import changes
from walkthrough.state.history import History
from walkthrough.state.sequence.diagram import SequenceDiagram
from walkthrough.state.timeline.timeline import EventTimeline
from walkthrough.user_data.bookmarks import Bookmarks, RecordingIdentity
from walkthrough.user_data.preferences import Preferences
from walkthrough.view.step_text import step_text

_SECONDS = 2.0
_REPORT_EVERY = 1000
_EVENTS = 40
_LONGEST_NAME = 100
_ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, 2**64, -(2**63), 10**30, 1e300, -0.0, "", "x",
    "\x1b[2J\x1b]0;x\x07", "\x9b31m", "\u202etxt", "\ud800", "\0", "a" * 5000, "中文，。",
    "AF_INET", "accept4", [], {}, [[]], [None], {"kind": "data", "data": "", "length": 2**62},
    {"kind": "text", "text": "\x1b["}, {"kind": "flags", "names": [], "raw": -5},
    {"kind": "reference", "value": None}, {"kind": "several", "items": []},
)  # fmt: skip
_JSON = (b"{", b"}", b"[", b"]", b'"', b":", b",", b"\\", b"\\u", b"\\ud800", b"null", b"1e999",
         b"-", b"\xff", b"\xc2\x9b", b"\x1b", b"\0", b"\n", b"\r", b"[" * 2000, b"9" * 5000,
         b"\xef\xbb\xbf", b"NaN", b"/**/", b"\xed\xa0\x80")  # fmt: skip
_TOML = (b"[", b"]", b"[[", b"]]", b"=", b".", b'"', b'"""', b"'", b"'''", b"{", b"}", b",", b"#",
         b"\\", b"\\u0000", b"\\u001b", b"true", b"nan", b"inf", b"-1", b"1979-05-27T07:32:00Z",
         b"0x", b"9" * 5000, b"\n", b"\r", b"\t", b"\xff", b"\xc2\x9b", b"\x1b", b"\0",
         b"\xe2\x80\xae", b"a.b.c = 1\n", b"[[script]]\n", b"[expect]\n", b"[" * 2000)  # fmt: skip
_VALUES = (
    b'""', b'"x"', b"0", b"-1", b"1", b"4096", b"9223372036854775807", b"99999999999999999999",
    b"1.5", b"nan", b"inf", b"true", b"false", b"[]", b"[[]]", b'[""]', b'["accept"]', b"{}",
    b'{ en = "", zh = "" }', b'{ en = "\\u001b[2J", zh = "\\u009b" }', b"1979-05-27", b"07:32:00",
    b'"\\u202e"', b'"\\u0000"', b'"127.0.0.1:0"', b'"[::]:99999"', b'"unix:"', b'"after accept"',
    b'"while accept is parked"', b'"' + b"a" * 5000 + b'"', b'"' + b"(" * 500 + b'"', b'"*"',
)  # fmt: skip
_MARKDOWN = (b"```", b"```go\n", b"~~~", b"    ", b"\t", b"func ", b"func (c *T) ", b"()", b"{",
             b"}", b"...", b"//", b"/*", b"*/", b"`", b'"', b"> ", b"- ", b"1. ", b"# ", b"<", b"&",
             b"![](", b"\n", b"\r", b"\n\n", b"\xff", b"\xc2\x9b", b"\x1b[2J", b"\0", b"*" * 3000,
             b"[" * 3000, b"> " * 500, b"\xe2\x80\xae", b"\xef\xbb\xbf")  # fmt: skip
_DOCUMENT = b"""# How a door is opened

Text before the code.

```go
// Open makes a door, and hangs it.
func (h *House) Open(ctx context.Context, name string) (*Door, error) {
  d, err := h.newDoor(ctx, name, 90)
  if err != nil {
    return nil, err
  }
  return &Door{hinge: d, width: 90}, nil
}
```

1. And another, shortened:

   ~~~
   func (d *Door) accept() (guest *Guest, err error) {
     // ...
     g, who, err := d.hinge.Accept()
     return guest, nil
   }
   ~~~
"""
_BOOKMARKS = b"""{"type":"bookmarks","recording":{"scenario":"first-connection","started":\
"2026-01-02T03:04:05Z","pid":7},"bookmarks":[{"seq":3,"note":"here"},{"seq":40,"note":"\
\xe6\xb3\xa8"}],"format":1}
"""
_PREFERENCES = b"""{
  "document": "/tmp/text.md",
  "language": "zh",
  "server": "python",
  "theme": "walkthrough-dark",
  "tour_seen": true
}
"""

_MUTATIONS = (cut, double, flip, splice, swap_lines, end_early)

Use = Callable[[bytes, Path], None]


class Kind(NamedTuple):
    """A kind of file.

    Attributes:
        samples: What is mutated.
        pieces: What is put in.
        use: Does with a file what the program does; raises if there is anything wrong.
    """

    samples: Sequence[bytes]
    pieces: Sequence[bytes]
    use: Use


def safe(text: str) -> None:
    """Raise if a text must not go to a terminal."""
    for line in text.split("\n"):
        if printable(line) != line:
            raise AssertionError(f"not safe to print: {line[:200]!a}")


def use_recording(data: bytes, folder: Path) -> None:
    """Load, replay, compare and export a recording."""
    path = folder / "r.jsonl"
    path.write_bytes(data)
    try:
        summarize(path)
        history = History.load(load(path))
    except RecordingError as error:
        safe(str(error))
        return
    safe(str(history.torn))
    EventTimeline(history).take()
    diagram, last = SequenceDiagram(history), len(history) - 1
    while not diagram.extend(last):
        pass
    tr, before = catalogue("zh"), history.world(0) if last >= 0 else None
    for index in range(last + 1):
        world = history.world(index)
        assert before is not None
        changes(before, world)
        step_text(history.event(index), tr)
        before = world
    events = [history.event(index) for index in range(last + 1)]
    side = of_events("a", history.header, events)
    other = of_events("b", history.header, events[: last // 2])
    comparison = compare(side, other)
    for line in table(comparison, 100, catalogue("zh"), everything=True):
        safe(line.text)
    safe("\n".join(map(printable, map(catalogue("zh"), summary(comparison)))))
    document, log = io.BytesIO(), io.BytesIO()
    safe(str(to_json(path, document)))
    safe(document.getvalue().decode())
    if len(json.loads(document.getvalue())["events"]) != len(history):
        raise AssertionError("another number of events in the JSON document")
    safe(str(to_strace(path, log)))
    safe(log.getvalue().decode("ascii"))


def use_scenario(data: bytes, folder: Path) -> None:
    """Load a scenario's folder, and judge nothing by it."""
    name = _name_in(data) or "mine"
    place = folder / name
    place.mkdir(exist_ok=True)
    (place / scenarios.FILE).write_bytes(data)
    try:
        scenario = scenarios.load_folder(place)
        check_run(scenario, Header(scenario=name), ())
    except scenarios.ScenarioError as error:
        safe(str(error))


def use_lesson(data: bytes, folder: Path) -> None:
    """Load a lesson beside a scenario, and alone."""
    (folder / scenarios.LESSON).write_bytes(data)
    for name in ("", folder.name):
        try:
            if name:
                scenarios.load_lesson(folder)
            else:
                scenarios.parse_lesson(data.decode("utf-8", "replace"))
        except scenarios.ScenarioError as error:
            safe(printable(str(error)))


def use_bookmarks(data: bytes, folder: Path) -> None:
    """Read bookmarks, change them, and see that a file that is none of ours stays as it is."""
    path = folder / "r.bookmarks.json"
    path.write_bytes(data)
    marks = Bookmarks((path,), RecordingIdentity("first-connection", "2026-01-02T03:04:05Z", 7))
    ours = not marks.complaints()
    marks.put(5, "a note")
    for mark in marks.all():
        marks.before(mark.seq), marks.after(mark.seq), marks.note(mark.seq)
    marks.remove(5)
    if not ours and path.read_bytes() != data:
        raise AssertionError("what is none of ours was written over")
    if ours and Bookmarks(
        (path,), RecordingIdentity("first-connection", "2026-01-02T03:04:05Z", 7)
    ).all() != (marks.all()):
        raise AssertionError("bookmarks were lost")


def use_preferences(data: bytes, folder: Path) -> None:
    """Read what is remembered, and remember something."""
    path = folder / "preferences.json"
    path.write_bytes(data)
    preferences = Preferences.load(path)
    safe(str(preferences.trouble or ""))
    preferences.remember(language="en", tour_seen=True)
    if preferences.trouble is not None:
        raise AssertionError(f"not kept: {preferences.trouble}")
    again = Preferences.load(path)
    if again.language != "en" or not again.tour_seen:
        raise AssertionError("not remembered")


def use_document(data: bytes, folder: Path) -> None:
    """Find the Go in a Markdown text, and align each function with running Go."""
    path = folder / "text.md"
    path.write_bytes(data)
    try:
        document = documents.load(path)
    except documents.DocumentError as error:
        safe(printable(str(error)))
        return
    source = _DOCUMENT.decode().splitlines()
    running = documents.parse(_DOCUMENT.decode(), "running").passages[0].body
    for passage in document.passages[:5]:
        aligned = align(document.lines, passage.body, source, running)
        aligned.missing, aligned.at(running.first)
    for line in document.lines:
        if any(c in line for c in "\x1b\x9b\0"):
            raise AssertionError(f"a control character is left: {line[:200]!a}")


def _name_in(data: bytes) -> str:
    """Return the name that a scenario gives itself, if a folder may be called that."""
    for line in data.splitlines():
        key, equals, value = line.partition(b"=")
        if key.strip() == b"name" and equals:
            name = value.strip().strip(b'"').decode("utf-8", "replace")
            word = name.isascii() and name.replace("-", "").isalnum()
            return name if word and len(name) < _LONGEST_NAME else ""
    return ""


def kinds() -> dict[str, Kind]:
    """Return every kind of file, with what the project has of it."""
    own = [scenarios.find(name) for name in scenarios.names()]
    docs = Path(__file__).parent.parent
    return {
        "recording": Kind(
            [_short(each / scenarios.RECORDING) for each in own], _JSON, use_recording
        ),
        "scenario": Kind(
            [(each / scenarios.FILE).read_bytes() for each in own], _TOML, use_scenario
        ),
        "lesson": Kind([(each / scenarios.LESSON).read_bytes() for each in own], _TOML, use_lesson),
        "bookmarks": Kind([_BOOKMARKS], _JSON, use_bookmarks),
        "preferences": Kind([_PREFERENCES], _JSON, use_preferences),
        "document": Kind(
            [
                _DOCUMENT,
                _DOCUMENT,
                *(each.read_bytes()[:20_000] for each in docs.glob("docs/*.md")),
            ],
            _MARKDOWN,
            use_document,
        ),
    }


def _short(path: Path) -> bytes:
    """Return a recording without what is long in it."""
    return b"".join(line for line in path.read_bytes().splitlines(True)[:4000] if len(line) < 6000)


def mutated(chance: random.Random, kind: Kind) -> bytes:
    """Return one of the samples, or a part of it, changed in up to six ways.

    Half of them keep their form, so that what is odd gets past the parser.
    """
    data = chance.choice(kind.samples)
    form = chance.random() < 0.5
    if kind.use is use_recording:
        header, events = _events(chance, data)
        if chance.random() < 0.9:
            return header + (events if form else _damaged(chance, events, kind.pieces))
        return _damaged(chance, header + events, kind.pieces)
    if not form:
        return _damaged(chance, data, kind.pieces)
    if kind.pieces is _JSON:
        return _replaced(chance, data)
    for _ in range(chance.randint(1, 3)):
        data = _line_changed(chance, data, kind)
    return data


def _damaged(chance: random.Random, content: bytes, pieces: Sequence[bytes]) -> bytes:
    """Change bytes, whatever they are a part of."""
    data = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 6))):
        if data and chance.random() < 0.7:
            chance.choice(_MUTATIONS)(chance, data)
        else:
            at = chance.randrange(len(data) + 1)
            data[at:at] = chance.choice(pieces)
    return bytes(data)


def _line_changed(chance: random.Random, data: bytes, kind: Kind) -> bytes:
    """Take a line out, double or move it, or give it another value."""
    lines = data.splitlines(keepends=True)
    at = chance.randrange(len(lines))
    key, equals, _ = lines[at].partition(b" = ")
    if equals and kind.pieces is _TOML and chance.random() < 0.7:
        lines[at] = key + equals + chance.choice(_VALUES) + b"\n"
    else:
        line = lines.pop(at)
        for _ in range(chance.choice((0, 1, 2, 100))):
            lines.insert(chance.randrange(len(lines) + 1), line)
    return b"".join(lines)


def _events(chance: random.Random, data: bytes) -> tuple[bytes, bytes]:
    """Return a recording's header, and some of its events, numbered again, odd values in a few."""
    lines = data.splitlines()
    first = chance.randrange(1, len(lines))
    chosen = [lines[0], *lines[first : first + chance.randint(1, _EVENTS)]]
    made = []
    for number, line in enumerate(chosen):
        record = json.loads(line)
        if number:
            record["seq"] = number - 1
        if number and chance.random() < 0.04:
            line = _replaced(chance, json.dumps(record).encode())
        else:
            line = json.dumps(record).encode()
        made.append(line + b"\n")
    if chance.random() < 0.5:
        made.append(
            b'{"type":"capture_ended","seq":%d,"time_ns":9,"reason":"x"}\n' % (len(made) - 1)
        )
    return made[0], b"".join(made[1:])


def _replaced(chance: random.Random, line: bytes) -> bytes:
    """Put something odd in the place of one value of a JSON object, or take a key out."""
    record = json.loads(line)
    place: Any = record
    while True:
        keys: list[Any] = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            break
        key = chance.choice(keys)
        inner = place[key]
        if isinstance(inner, dict | list) and inner and chance.random() < 0.8:
            place = inner
            continue
        if chance.random() < 0.1:
            del place[key]
        else:
            place[key] = chance.choice(_ODD)
        break
    return json.dumps(record, ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")


def finding(kind: Kind, data: bytes, folder: Path) -> str:
    """Use a file; return what went wrong, or ""."""
    began = time.thread_time()
    try:
        kind.use(data, folder)
    except Exception as error:
        return f"raised {error!r}"
    took = time.thread_time() - began
    return f"took {took:.1f} s for {len(data)} bytes" if took > _SECONDS else ""


def run(name: str, kind: Kind, first: int, inputs: int, keep: Path) -> int:
    """Use so many mutated files of a kind; return how many findings there were."""
    findings = 0
    with tempfile.TemporaryDirectory(prefix="walkthrough-fuzz-") as folder:
        for seed in range(first, first + inputs):
            data = mutated(random.Random(f"{name} {seed}"), kind)
            if found := finding(kind, data, Path(folder)):
                findings += 1
                kept = keep / f"{name}.finding-{seed}"
                kept.write_bytes(data)
                print(f"{name} {seed}: {printable(found)[:300]}; see {kept}", flush=True)
            if (seed + 1) % _REPORT_EVERY == 0:
                print(f"{name}: {seed + 1 - first} inputs, next --seed {seed + 1}", flush=True)
    print(f"{name}: {inputs} inputs from seed {first}: {findings} findings", flush=True)
    return findings


def main() -> int:
    """Use mutated files; return 1 if there was a finding."""
    every = kinds()
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("kinds", metavar="KIND", nargs="*", help=", ".join(every))
    parser.add_argument("--inputs", type=int, default=100_000, help="of each kind")
    parser.add_argument("--seed", type=int, default=1, help="of the first input")
    parser.add_argument("--keep", type=Path, default=Path(), help="where findings are kept")
    options = parser.parse_args()
    if unknown := set(options.kinds) - set(every):
        parser.error(f"there is no kind {', '.join(sorted(unknown))}")
    findings = sum(
        run(name, every[name], options.seed, options.inputs, options.keep)
        for name in options.kinds or every
    )
    return int(findings > 0)


if __name__ == "__main__":
    sys.exit(main())
