import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkthrough.lesson import scenario
from walkthrough.lesson.format import Deed
from walkthrough.lesson.scenario import ScenarioError, load_folder, parse_scenario
from walkthrough.replay.points import Moment

WHOLE = """
name = "one"
network = "tcp"
address = "127.0.0.1:0"
timeout_s = 5

[title]
en = "One"
zh = "一"

[summary]
en = "A walk."
zh = "走一遍。"

[[script]]
when = "while accept is parked"
do = "connect"

[[script]]
when = "after accept"
do = "send"
data = "hello\\n"

[end]
when = "server idle"
"""


def test_a_scenario_is_read() -> None:
    read = parse_scenario(WHOLE, "one")
    assert (read.network, read.address, read.timeout_s) == ("tcp", "127.0.0.1:0", 5)
    assert (read.title.says("zh"), read.title.says("en"), read.title.says("fr")) == (
        "一",
        "One",
        "One",
    )
    assert [action.do for action in read.script] == [Deed.CONNECT, Deed.SEND]
    assert read.script[0].point.moment is Moment.PARKED
    assert (read.script[1].client, read.script[1].payload) == (1, b"hello\n")
    assert read.end.point.moment is Moment.IDLE


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("network =", "netwrok =", "unknown key 'netwrok'; did you mean 'network'?"),
        ("[title]", "colour = 3\n[title]", "unknown key 'colour'; allowed are: name, title"),
        ('zh = "一"', 'zh = "一"\nfr = "Un"', "unknown key 'fr'; allowed are: en, zh"),
        ('data = "h', 'dat = "h', "(script, action 2) has an unknown key 'dat'; did you mean"),
        ('when = "server', 'until = "server', "(end) has an unknown key 'until'"),
        ('do = "send"', 'do = "sent"', "script[1].do: no such choice: 'sent' (allowed are: conn"),
        ('"tcp"', '"tpc"', "network is 'tpc'; did you mean tcp? allowed are: tcp, tcp4, tcp6"),
        ('"tcp"', "7", "network: Expected 'str', got 'int'"),
        ('name = "one"', 'name = "two"', "name is 'two'; it has to be the folder's name, one"),
        ('address = "127.0.0.1:0"', "", "missing key 'address'"),
        ("timeout_s = 5", "timeout_s = 0", "timeout_s is 0.0; allowed is more than 0"),
        ("timeout_s = 5", "timeout_s = 1e9", "timeout_s is 1000000000.0; allowed"),
        ("timeout_s = 5", "timeout_s = nan", "timeout_s is nan; allowed"),
        ('zh = "走一遍。"', 'zh = " "', "summary.zh is ''; it has to say something"),
        ("after accept", "after acept", "action 2): when: 'acept' is no stage and no finer step;"),
        ("server idle", "server sleeps", "(end): when: 'server sleeps' is no point on the path;"),
        ('data = "hello\\n"', "", "data belongs to 'send', and 'send' needs data"),
        ('do = "connect"', 'do = "connect"\ndata = "x"', "data belongs to 'send'"),
        ('do = "send"', 'do = "send"\nclient = 2', "client 2 has not connected yet"),
        ('do = "send"\ndata = "hello\\n"', 'do = "connect"', "client 1 has connected before"),
        ('do = "connect"', 'do = "connect"\nclient = 0', "client is 0; clients count from 1"),
        ("[end]", "[end", "is not TOML"),
        ("[end]", "x = " + "[" * 9999 + "\n[end]", "is not TOML"),
        ('do = "send"', 'do = "\\u001b[2J"', "no such choice: '\\x1b[2J'"),
        ('when = "while accept is parked"', "when = 3", "script[0].when: Expected 'str'"),
    ],
)
def test_a_mistake_is_named_with_what_is_allowed(old: str, new: str, said: str) -> None:
    assert old in WHOLE
    with pytest.raises(ScenarioError, match=re.escape(said)) as error:
        parse_scenario(WHOLE.replace(old, new, 1), "one", "one/scenario.toml")
    message = str(error.value)
    assert message.startswith("one/scenario.toml")
    assert message[-1] in ".?"
    assert message.isprintable()


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with pytest.raises(ScenarioError):
        parse_scenario(text, "one")


def test_the_scenarios_at_hand_are_whole() -> None:
    assert "first-connection" in scenario.names()
    assert "server" not in scenario.names()
    for name in scenario.names():
        assert scenario.load(name).name == name
        assert scenario.find(name).is_dir()
        scenario.load_notes(scenario.find(name))
    assert (scenario.server_folder() / "main.go").is_file()


def test_first_connection_goes_from_connect_to_close() -> None:
    script = scenario.load("first-connection").script
    assert [action.do.value for action in script] == ["connect", "send", "half-close", "close"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("first-conection", "did you mean first-connection?"),
        ("zzz", "there are: first-connection"),
        ("../server", "There is no scenario '../server'"),
        ("", "There is no scenario ''"),
        ("a\x1b[31m", "There is no scenario 'a\\x1b[31m'"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(name: str, said: str) -> None:
    with pytest.raises(ScenarioError, match=re.escape(said)):
        scenario.find(name)


def test_a_folder_without_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="cannot be read"):
        load_folder(tmp_path)


def test_a_file_that_is_no_text_or_too_large_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "scenario.toml"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ScenarioError, match="not UTF-8"):
        load_folder(tmp_path)
    file.write_bytes(b"#" * (scenario.LARGEST_FILE + 1))
    with pytest.raises(ScenarioError, match="too large"):
        load_folder(tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nots = 1", "unknown key 'nots'; did you mean 'note'?"),
        ("[[note]]\nid = 'a'", "'a'"),
        ("[[note", "is not TOML"),
    ],
)
def test_a_mistake_in_a_lesson_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "lesson.toml").write_text(text)
    with pytest.raises(ScenarioError, match=re.escape(said)):
        scenario.load_notes(tmp_path)


def test_a_scenario_need_not_have_notes(tmp_path: Path) -> None:
    assert scenario.load_notes(tmp_path) == ()
