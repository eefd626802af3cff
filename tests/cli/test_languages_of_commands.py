"""Every command speaks the language that is chosen, and says nothing in another one."""

import contextlib
import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.support import pseudo_language
from tests.support.need import need
from walkthrough.capture.workers.pool import CheckJob
from walkthrough.capture.workers.unattended import RunOutcome, ScenarioVerdict
from walkthrough.cli import check, main
from walkthrough.export.registry import names as format_names
from walkthrough.i18n.catalogue import EXTRA_FOLDER, catalogue, languages
from walkthrough.i18n.messages import message
from walkthrough.model.stages import Stage, Step

ROOT = Path(__file__).parents[2]
RECORDING = ROOT / "scenarios" / "first-connection" / "recording.jsonl"
OTHER = ROOT / "scenarios" / "port-in-use" / "recording.jsonl"
COMMANDS = (
    "",
    "scenarios",
    "record",
    "trace",
    "check",
    "compare",
    "export",
    "lab",
    "progress",
    "doctor",
)
CHINESE = re.compile("[\u3400-\u9fff]")
ENGLISH = re.compile(r"(?<![\w./])[A-Za-z][a-z']+,? [a-z']{2,},? [a-z']{2,}")
"""Three words in a row."""
CODE = re.compile(r"`[^`]*`|\"[^\"]*\"|\S*/\S*|\{[^}]*\}|\bE[A-Z]+ \([^)]*\)|\b\w+ \d+\b")
"""What is typed, quoted, or a path, is the same in every language."""
CALL = re.compile(r"^[=≠~+ -] \S+ +\w+\(.*$", re.MULTILINE)
"""A row of the comparison: a call as strace spells it."""
WORD = re.compile(r"(?<![\w.:/$%-])[A-Za-z][a-z]+(?![\w:/]|\.\w)")
NAMES = frozenset(
    re.findall(
        r"\w+",
        """walkthrough scenarios record check compare export lab hint predict progress forget doctor
        trace halt run only source for limit
        help version
        server replay strace document expose lang output force mode log all json payload jobs repeat
        packets
        auto go python both en zh qps md toml first connection port use recording jsonl torn jso
        operations goal look how title summary teaser note question burst burts""",
    )
).union(format_names(), (each.value for each in (*Stage, *Step)))
"""Commands, formats, options, their values, scenarios, files, their keys, places on the path."""
LOG = """\
???
socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3
bind(3, {sa_family=AF_INET, sin_port=htons(7099), sin_addr=inet_addr("127.0.0.1")}, 16) = 0
listen(3, 128) = 0
accept4(3, NULL, NULL, 0"""
SaidCommand = Callable[..., str]


@pytest.fixture
def say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> SaidCommand:
    """In a folder with a log and a torn recording, give a command; all that it printed."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)
    Path("a.log").write_text(LOG)
    Path("torn.jsonl").write_bytes(b"".join(RECORDING.read_bytes().splitlines(True)[:40]))

    def said(*words: str) -> str:
        with contextlib.suppress(SystemExit):  # by which help ends
            main(words)
        printed = capsys.readouterr()
        return printed.out + printed.err

    return said


SENTENCES = (
    *([command, "--help"] if command else ["--help"] for command in COMMANDS),
    ["scenarios"],
    ["compare", str(RECORDING), str(OTHER)],
    ["compare", str(RECORDING), "a.log", "--all"],
    ["compare", "torn.jsonl", "a.log"],
    ["compare", "a.log"],
    ["compare", "a.log", "a.log", "--log", "b.log"],
    ["compare", "gone.log", "a.log"],
    ["compare", "a.log", "b.log", "--server", "PERL"],
    ["export", "torn.jsonl", "--to", "strace", "-o", "torn.strace"],
    ["export", "torn.jsonl", "--to", "strace", "-o", "a.log"],
    ["export", "torn.jsonl", "--to", "strace", "-o", "torn.jsonl", "--force"],
    ["export", "torn.jsonl", "--to", "XML"],
    ["export", "gone.jsonl", "--to", "json"],
    ["export"],
    ["record"],
    ["record", "nowhere", "-o"],
    ["trace"],
    ["trace", "-p", "1", "ls"],
    ["trace", "-p", "x"],
    ["trace", "--only", "LUNCH"],
    ["trace", "--limit", "1X"],
    ["trace", "--for", "x"],
    ["trace", "-o", "x", "NOPROGRAM"],
    ["trace", "-o", "x", "/"],
    ["check", "--jobs", "0"],
    ["check", "--repeat", "x"],
    ["check", "--nope"],
    ["doctor", "ONE"],
    ["progress"],
    ["progress", "--forget"],
    ["progress", "--forget", "burst"],
    ["progress", "--forget", "burts"],
    ["record", "first-connection", "-o", "x", "--mode", "9"],
    ["--replay"],
)


def shown(words: list[str]) -> str:
    return " ".join(Path(word).name for word in words)


def without_code(text: str) -> str:
    return CODE.sub("", CALL.sub("", text))


@pytest.mark.parametrize("words", SENTENCES, ids=shown)
def test_no_language_is_mixed_with_another(say: SaidCommand, words: list[str]) -> None:
    english, chinese = say(*words, "--lang", "en"), say(*words, "--lang", "zh")
    assert english
    assert not CHINESE.search(english), english
    assert CHINESE.search(chinese), chinese
    found = ENGLISH.search(without_code(chinese))
    assert not found, f"{found} in {chinese}"


@pytest.fixture
def pseudo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """There is a language in which no word is English."""
    monkeypatch.setenv(EXTRA_FOLDER, str(pseudo_language.folder() / "locale"))
    pseudo_language.forget()
    yield
    pseudo_language.forget()


@pytest.mark.usefixtures("pseudo")
def test_no_command_says_a_word_that_no_catalogue_has(say: SaidCommand) -> None:
    wrong = []
    for words in SENTENCES:
        if words == ["scenarios"]:
            continue  # titles are the scenarios' own
        said = without_code(say(*words, "--lang", "qps"))
        found = {word for word in WORD.findall(said) if word.lower() not in NAMES}
        if found:
            wrong.append(f"{shown(words)}: {sorted(found)} in {said}")
    assert not wrong, "\n".join(wrong)


RUNS = (
    ["record", "first-connection", "--server", "python", "-o", "run.jsonl", "--force"],
    ["check", "first-connection", "--server", "python", "--repeat", "2"],
    ["check", "first-connectio"],
    ["compare", "first-connection", "torn.jsonl", "--server", "python"],
)


def run(folder: Path, *words: str) -> str:
    """Give a command in a process of its own; all that it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "walkthrough", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.stdout + done.stderr


@pytest.mark.live
@pytest.mark.parametrize("words", RUNS, ids=shown)
def test_what_runs_a_server_mixes_no_languages(
    say: SaidCommand, tmp_path: Path, words: list[str]
) -> None:
    need(sys.platform == "linux", "nothing can be captured elsewhere")
    english, chinese = (run(tmp_path, *words, "--lang", language) for language in ("en", "zh"))
    assert not CHINESE.search(english), english
    assert CHINESE.search(chinese), chinese
    found = ENGLISH.search(without_code(chinese))
    assert not found, f"{found} in {chinese}"


@pytest.mark.live
@pytest.mark.usefixtures("pseudo")
@pytest.mark.parametrize("words", RUNS, ids=shown)
def test_what_runs_a_server_says_no_word_that_no_catalogue_has(
    say: SaidCommand, tmp_path: Path, words: list[str]
) -> None:
    need(sys.platform == "linux", "nothing can be captured elsewhere")
    said = without_code(run(tmp_path, *words, "--lang", "qps"))
    found = {word for word in WORD.findall(said) if word.lower() not in NAMES}
    assert not found, f"{sorted(found)} in {said}"


def test_verdicts_for_programs_are_english(
    say: SaidCommand, monkeypatch: pytest.MonkeyPatch
) -> None:
    why = message("Its process was killed by {signal}", signal="SIGKILL")

    async def fail(jobs: Sequence[CheckJob], width: int) -> AsyncIterator[ScenarioVerdict]:
        for job in jobs:
            yield ScenarioVerdict(
                scenario=job.scenario,
                server=job.server,
                outcome=RunOutcome.FAILED,
                why=(why,),
                remarks=(why,),
            )

    monkeypatch.setattr(check, "run", fail)
    words = ("check", "unix-socket", "first-connection", "--lang")
    assert CHINESE.search(say(*words, "zh")), "people read it in theirs"
    english, chinese = (json.loads(say(*words, each, "--json")) for each in ("en", "zh"))
    assert english == chinese
    assert {verdict["why"][0] for verdict in english} == {str(why)}
    assert {verdict["remarks"][0] for verdict in english} == {str(why)}


@pytest.mark.parametrize(
    "words",
    [
        ["scenarios", "--json"],
        ["compare", str(RECORDING), "a.log", "--json"],
        ["compare", "torn.jsonl", "a.log", "--json"],
    ],
    ids=shown,
)
def test_what_other_programs_read_is_the_same_in_every_language(
    say: SaidCommand, words: list[str]
) -> None:
    english, chinese = say(*words, "--lang", "en"), say(*words, "--lang", "zh")
    assert json.loads(english) == json.loads(chinese)


def test_json_of_a_comparison_has_its_remarks_as_ever(say: SaidCommand) -> None:
    document = json.loads(say("compare", "torn.jsonl", "a.log", "--json", "--lang", "zh"))
    assert document["right"]["remarks"] == [
        "1 line was not understood; line 1 is the first: ???",
        "the log ends in the middle of a line",
    ]
    assert document["left"]["remarks"] == [
        "torn.jsonl has no end: its capture was cut off after 39 events"
    ]
    assert document["remarks"][0] == f"torn.jsonl: {document['left']['remarks'][0]}."


def test_a_broken_catalogue_is_said_once_and_costs_the_language(
    say: SaidCommand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "locale" / "tlh" / "LC_MESSAGES" / "walkthrough.po"
    file.parent.mkdir(parents=True)
    file.write_text("garbage\n")
    monkeypatch.setenv(EXTRA_FOLDER, str(tmp_path / "locale"))
    catalogue.cache_clear()
    languages.cache_clear()
    try:
        said = say("export", "--lang", "tlh")
    finally:
        catalogue.cache_clear()
        languages.cache_clear()
    first, second = said.splitlines()
    assert first.startswith(f"walkthrough: The catalogue {file} cannot be read")
    assert second.startswith("walkthrough: the following arguments are required")


def test_an_unknown_language_is_refused_in_the_known_one(
    say: SaidCommand, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["doctor", "--lang", "xx"]) == 2
    assert "--lang: invalid choice: 'xx' (choose from en, zh)" in say("doctor", "--lang", "xx")
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert "--lang：不能选 'xx'（可选：en、zh）" in say("doctor", "--lang", "xx")


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_help_is_no_wider_than_the_terminal(
    say: SaidCommand, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    from walkthrough.formatting.cells import cell_width

    monkeypatch.setenv("COLUMNS", str(columns))
    for command in COMMANDS[1:]:
        wide = [
            line
            for line in say(command, "--help", "--lang", "zh").splitlines()
            if CHINESE.search(line) and cell_width(line) > columns
        ]
        assert not wide, wide
