"""Mistakes in a scenario's files: rows of what is changed in a good file, and what is said."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkthrough.capture.clients.client import RECEIVE_BYTES
from walkthrough.capture.decode.calls import NAMES as TRACED
from walkthrough.i18n.catalogue import catalogue
from walkthrough.model.linux.constants import OPTIONS as KNOWN_OPTIONS
from walkthrough.scenario.loader import parse_lesson, parse_scenario
from walkthrough.scenario.schema import CALLS, OPTIONS
from walkthrough.scenario.validation.errors import ScenarioError, TomlLines
from walkthrough.scenario.validation.script_rules import MOST_RECEIVED

TOP = """\
name = "one"
network = "tcp"
address = "127.0.0.1:0"
servers = ["go", "python"]
timeout_s = 5

[title]
en = "One"
zh = "一"

[summary]
en = "A walk."
zh = "走一遍。"
"""
ACCEPT = f"""\
{TOP}
[server]
also = ["same"]
control = ["SO_REUSEPORT"]
go = "1.24"

[neighbour]
address = "127.0.0.1:0"

[limits]
nofile = 8

[[fault]]
errno = "EINTR"
at = "accept"
call = "accept4"
times = 2

[[script]]
when = "while accept is parked"
do = "connect"
clients = 2
listener = 2

[[script]]
when = "after accept"
do = "send"
data = "hello\\n"

[[script]]
when = "after read"
do = "receive"
receives = "yes"

[[script]]
when = "at once"
do = "close"

[end]
when = "server exited"

[expect]
stages = ["bind", "listen"]
path = ["accept", "accept/pollOpen"]
failed = ["accept"]
printed = ["*{{neighbour}}"]
exit_code = 1
never = ["read(*"]

[[expect.calls]]
seen = ["bind(3, *) = 0", "*listen(3, *"]
without = ["listen(*) = -1 EADDRINUSE*"]
server = "go"

[[expect.kernel]]
when = "after listen"
listeners = 1
sockets = {{ LISTEN = 1 }}

[[goal]]
id = "one.first"
look.en = "A client is there."
when = "before accept"
clients = {{ ESTABLISHED = 1 }}

[[goal]]
id = "one.second"
look.en = "A read."
how.en = "Connect (c)."
call = "read(4, *"
did = "connect"
fails = "EINPROGRESS"
"""
PACKET = f"""\
{TOP.replace('"tcp"', '"udp"')}
[server]
program = "packet"
reply = "yes"
[end]
when = "while read is parked"
"""
DIAL = f"""\
{TOP.replace("127.0.0.1:0", "{neighbour}")}
[server]
program = "dial"
[neighbour]
[[script]]
when = "while pollWait is parked"
do = "accept"
[end]
when = "server idle"
"""
UNIX = f"""\
{TOP.replace('"tcp"', '"unix"').replace("127.0.0.1:0", "{dir}/socket")}
[end]
when = "at once"
"""
GO = UNIX.replace('"go", "python"', '"go"')
LET_GO = '[[script]]\nwhen = "at once"\ndo = "let-go"\n[[script]]\n'
SHARED = f"""\
{TOP.replace("127.0.0.1:0", "{neighbour}").replace('"go", "python"', '"go"')}
[neighbour]
also = ["127.0.0.1:0"]
hands_over = true
watches = ["plain", "exclusive"]
[[script]]
when = "at once"
do = "connect"
listener = 2
[[goal]]
id = "one.first"
look.en = "The neighbour has accepted."
neighbour = "serving"
neighbour_accepted = {{ 2 = 1 }}
[end]
when = "at once"
"""
BASES = {"accept": ACCEPT, "packet": PACKET, "dial": DIAL, "unix": UNIX, "go": GO}


@pytest.mark.parametrize("text", BASES.values(), ids=BASES)
def test_what_is_changed_below_is_right_as_it_is(text: str) -> None:
    assert parse_scenario(text, "one").name == "one"


QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|\[[^\]]*\]|：[a-z_]+, .*")
"""What an author wrote or may write; the words of a list, too."""


def assert_told_in_chinese(error: ScenarioError) -> None:
    """Hold the sentence's translation against it: all is said, and nothing in English."""
    message = str(error)
    chinese = catalogue("zh").text(error.message)
    assert chinese[-1] == {".": "。", "?": "？"}[message[-1]]
    assert (
        re.search("[a-z]{2,} [a-z]{2,}", QUOTED.sub("", chinese.replace("unix socket", ""))) is None
    ), chinese
    for number in re.findall(r"\d+", message):
        assert number in chinese


def refused(text: str, old: str, new: str) -> str:
    assert old in text
    with pytest.raises(ScenarioError) as error:
        parse_scenario(text.replace(old, new, 1), "one", "one/scenario.toml")
    message = str(error.value)
    assert message.startswith("one/scenario.toml")
    assert message[-1] in ".?"
    assert message.isprintable()
    assert_told_in_chinese(error.value)
    return message


# keys, types and bounds

KEYS = [
    ("network =", "netwrok =", "line 2: unknown key 'netwrok'; did you mean 'network'?"),
    ("[title]", "colour = 3\n[title]", "unknown key 'colour'; allowed are: name, title, summary"),
    (
        'zh = "一"',
        'zh = "一"\nFR = "Un"',
        "line 10 (title): unknown key 'FR'; a text has",
    ),
    ('data = "h', 'dat = "h', "(script 2): unknown key 'dat'; did you mean 'data'?"),
    ('when = "server', 'until = "server', "(end): unknown key 'until'"),
    ("also =", "als =", "(server): unknown key 'als'; did you mean 'also'?"),
    ("nofile =", "nofiles =", "(limits): unknown key 'nofiles'; did you mean 'nofile'?"),
    ("times =", "time =", "line 30 (fault 1): unknown key 'time'; did you mean 'times'?"),
    ("[neighbour]\naddress", "[neighbour]\nadress", "(neighbour): unknown key 'adress'"),
    ("[expect]", "[expekt]", "unknown key 'expekt'; did you mean 'expect'?"),
    ("printed =", "prints =", "(expect): unknown key 'prints'; did you mean 'printed'?"),
    ("seen =", "sees =", "(expect.calls 1): unknown key 'sees'; did you mean 'seen'?"),
    ("listeners =", "listener =", "(expect.kernel 1): unknown key 'listener'"),
    ('address = "127.0.0.1:0"\nserv', "serv", "one/scenario.toml: missing key 'address'."),
    ('do = "send"\n', "", "(script 2): missing key 'do'"),
    ('en = "One"', "", "line 7: missing key 'en' in [title]."),
    ('errno = "EINTR"\n', "", "(fault 1): missing key 'errno'"),
    ('do = "send"', 'do = "sent"', "(script 2): do is 'sent'; did you mean 'send'?"),
    ('do = "send"', 'do = "\\u001b[2J"', "do is '\\x1b[2J'; allowed are: connect, accept, send"),
    ('network = "tcp"', "network = 7", "line 2: network has to be a text, and is 7."),
    ('when = "after accept"', "when = 3", "(script 2): when has to be a text, and is 3"),
    ('servers = ["go"', 'servers = ["gop"', "servers 1 is 'gop'; did you mean 'go'?"),
    ('servers = ["go", "python"]', 'servers = "go"', "servers has to be a list, and is 'go'"),
    ("listeners = 1", "listeners = true", "listeners has to be a whole number, and is true"),
    ("listeners = 1", "listeners = 1.5", "listeners has to be a whole number, and is 1.5"),
    ("listeners = 1", "listeners = 2020-01-01", "and is a date or time"),
    ("timeout_s = 5", 'timeout_s = "5"', "timeout_s has to be a number, and is '5'"),
    ("{ LISTEN = 1 }", "{ LISTEN = [] }", "LISTEN has to be a whole number, and is a list"),
    ("[title]", "[[title]]", "title has to be a table, and is a list"),
    ("[[fault]]", "[fault]", "fault has to be a list of tables, each begun with [[fault]], and"),
    ("timeout_s = 5", "timeout_s = 0", "timeout_s is 0; allowed is more than 0 and at most 3600"),
    ("timeout_s = 5", "timeout_s = 1e9", "timeout_s is 1000000000.0; allowed"),
    ("timeout_s = 5", "timeout_s = nan", "timeout_s is nan; allowed"),
    ("times = 2", "times = 0", "(fault 1): times is 0; allowed is at least 1."),
    ("times = 2", "occurrence = 0", "(fault 1): occurrence is 0; allowed is at least 1."),
    ("clients = 2", "clients = 0", "clients is 0; allowed is at least 1 and at most 20000"),
    ("clients = 2", "client = 0", "client is 0; allowed is at least 1"),
    ("listener = 2", "listener = 0", "listener is 0; allowed is at least 1"),
    ("nofile = 8", "nofile = 2", "nofile is 2; allowed is at least 3 and at most 1048576"),
    ('go = "1.24"', "deadline_ms = 0", "deadline_ms is 0; allowed is at least 1 and at most 60000"),
    ('go = "1.24"', "backlog = -1", "backlog is -1; allowed is at least 0"),
    ("exit_code = 1", "exit_code = 256", "exit_code is 256; allowed is at least 0 and at most 255"),
    ("[end]", "[end", "one/scenario.toml is not TOML: "),
    ("[end]", "x = " + "[" * 9999 + "\n[end]", "is not TOML"),
    ("exit_code = 1", f"exit_code = {2**63}", "is not TOML: a number does not fit into 64 bits."),
    ("exit_code = 1", "exit_code = " + "9" * 5000, "a number does not fit into 64 bits."),
    ("exit_code = 1", "exit_code = 0x" + "f" * 5000, "a number does not fit into 64 bits."),
    ("exit_code = 1", "exit_code = [[{ a = 0b1" + "0" * 20000 + " }]]", "not fit into 64 bits."),
]


@pytest.mark.parametrize(("old", "new", "said"), KEYS)
def test_keys_types_and_bounds(old: str, new: str, said: str) -> None:
    assert said in refused(ACCEPT, old, new)


# sense

SENSE = [
    ("accept", '"tcp"', '"tpc"', "line 2: network is 'tpc'; did you mean 'tcp'?"),
    ("accept", 'name = "one"', 'name = "two"', "line 1: name is 'two'; it has to be the folder's"),
    ("accept", 'zh = "走一遍。"', 'zh = " "', "line 13 (summary): zh is empty; it has to say"),
    ("accept", '["go", "python"]', "[]", 'line 4: servers is empty; allowed are "go", "python"'),
    ("accept", '"tcp"', '"udp"', "the program 'accept' takes tcp, tcp4, tcp6, unix: set program ="),
    ("packet", '"udp"', '"tcp"', 'program = "accept" in [server], or another network.'),
    ("packet", '"udp"', '"unix"', "network is 'unix', and the program 'packet' takes udp, udp4"),
    ("dial", '"tcp"', '"udp"', "network is 'udp', and the program 'dial' takes tcp, tcp4, tcp6"),
    ("packet", 'reply = "yes"', "backlog = 1", "(server): backlog means nothing to the program"),
    ("dial", '"dial"', '"dial"\nalso = ["same"]', "also means nothing to the program 'dial'"),
    ("accept", '"1.24"', '"go1.24"', "(server): go is 'go1.24'; it has to be a version of Go"),
    ("accept", '"1.24"', '"1"', "go is '1'; it has to be a version of Go, such as \"1.24\""),
    ("accept", "SO_REUSEPORT", "SO_REUSEPROT", "option 'SO_REUSEPROT'; did you mean 'SO_REUSEPORT"),
    ("dial", "[neighbour]", '[neighbour]\ncontrol = ["X"]', "(neighbour.control 1): control has"),
    # addresses
    ("accept", "127.0.0.1:0", "127.0.0.1", "line 3: address is '127.0.0.1'; it has to be 'host:po"),
    ("accept", "127.0.0.1:0", "127.0.0.1:http", "it has to be 'host:port', and port 0 lets"),
    ("accept", "127.0.0.1:0", "::1:0", "address is '::1:0'; an IPv6 host stands in brackets"),
    ("accept", "127.0.0.1:0", "example.org:0", "the host has to be an IP address or empty"),
    ("accept", "127.0.0.1:0", "{dir}/socket", "address is '{dir}/socket'; '{dir}' is for 'unix'"),
    ("accept", "127.0.0.1:0", "{nieghbour}", "'{nieghbour}'; did you mean '{neighbour}'?"),
    ("accept", '["same"]', '["sane"]', "(server.also 1): also 1 is 'sane'; it has to be 'host:po"),
    (
        "accept",
        '[neighbour]\naddress = "127.0.0.1:0"',
        "",
        "printed 1 has '{neighbour}', and there",
    ),
    ("accept", "*{neighbour}", "*{neighbor}", "printed 1 has '{neighbor}'; did you mean '{neighbo"),
    ("accept", "read(*", "read({Dir}*", "(expect.never 1): never 1 has '{Dir}'; did you mean '{di"),
    ("accept", "read(*", "read({sa_family}, {0}*", None),
    ("unix", "{dir}/socket", "{neighbor}", "address has '{neighbor}'; did you mean '{neighbour}'?"),
    ("dial", "[neighbour]", "", "line 3: address has '{neighbour}', and there is no table [neighb"),
    ("dial", '"{neighbour}"', '"8.8.8.8:53"', "address is '8.8.8.8:53'; it has to be a loopback"),
    ("dial", "[neighbour]", '[neighbour]\naddress = "0.0.0.0:0"', "it has to be a loopback"),
    ("dial", "[neighbour]", '[neighbour]\naddress = "{neighbour}"', "address has '{neighbour}', a"),
    ("accept", "listener = 2", 'to = "192.168.0.1"', "to is '192.168.0.1'; it has to be a loopb"),
    ("accept", "listener = 2", 'to = "::1"', None),
    ("unix", "{dir}/socket", "socket", "over 'unix' it is '{dir}/' and a name, in a folder that"),
    ("unix", "{dir}/socket", "127.0.0.1:0", "over 'unix' it is '{dir}/' and a name"),
    ("unix", "{dir}/socket", "@socket", "or '@{dir}/' and a name for an abstract socket"),
    ("unix", "{dir}/socket", "@{dir}/", "or '@{dir}/' and a name for an abstract socket"),
    ("unix", "{dir}/socket", "/tmp/socket", "over 'unix' it is '{dir}/' and a name"),
    ("unix", "{dir}/socket", "{dir}/../socket", "over 'unix' it is '{dir}/' and a name"),
    ("unix", "{dir}/socket", "{dir}/" + "x" * 41, "the name may have at most 40 bytes"),
    # nothing goes to another machine, and nobody is asked for a name
    ("accept", "127.0.0.1:0", "localhost:0", "the host has to be an IP address or empty"),
    ("accept", "127.0.0.1:0", "127.0.0.1:99999", "the port has to be a number from 0 to 65535"),
    ("accept", '"tcp"', '"tcp6"', "over 'tcp6' the host has to be an IPv6 address"),
    (
        "accept",
        '"tcp"\naddress = "127.0.0.1:0"',
        '"tcp4"\naddress = "[::1]:0"',
        "be an IPv4 address",
    ),
    (
        "accept",
        '"tcp"\naddress = "127.0.0.1:0"',
        '"tcp6"\naddress = "[::1]:0"',
        "(neighbour): addr",
    ),
    ("dial", '"{neighbour}"', '"[2001:db8::1%{neighbour}]:80"', "so it has to stand alone"),
    ("dial", '"{neighbour}"', '"[fe80::1%lo]:80"', "an address here has no zone"),
    ("dial", '"{neighbour}"', '"[2001:db8::1]:80"', "it has to be a loopback address"),
    ("dial", '"{neighbour}"', '"{neighbour}0"', "so it has to stand alone"),
    ("dial", '"{neighbour}"', '":80"', "it has to be a loopback address"),
    # faults
    ("accept", 'at = "accept"\ncall = "accept4"', "", "a fault needs 'at' (a place), 'call'"),
    (
        "accept",
        '"EINTR"',
        '"EINTER"',
        "(fault 1): errno is 'EINTER', which is no error of errno(3)",
    ),
    ("accept", '"accept4"', '"acept4"', "which is no system call that is traced; did you mean 'ac"),
    ("accept", 'at = "accept"', 'at = "acept"', "(fault 1): at: 'acept' is no stage and no finer"),
    (
        "accept",
        'at = "accept"',
        'at = "connect"',
        "at is 'connect', and the program 'accept' never",
    ),
    # points
    ("accept", "after accept", "after acept", "line 39 (script 2): when: 'acept' is no stage and"),
    ("accept", "server exited", "server sleeps", "(end): when: 'server sleeps' is no point on the"),
    ("accept", "while accept is", "while bind is", "nothing ever parks in bind; what parks are:"),
    ("accept", "after accept", "after setDeadline", "is never reached, for there is no deadline"),
    (
        "accept",
        "after accept",
        "after bind",
        "'after bind' is never reached here, for bind is over",
    ),
    ("accept", "at once", "server exited", None),
    ("accept", "after accept", "server exited", "(script 3): when: 'after read' is never reached"),
    ("packet", "while read is", "while accept is", "'while accept is parked' is never reached, fo"),
    ("dial", "server idle", "after listen", "the program 'dial' never comes to listen"),
    ("unix", "at once", "after setNoDelay", "over a unix socket there is no setNoDelay"),
    ("unix", "at once", "before control", "there is no control hook unless [server] names options"),
    # the script
    ("accept", 'data = "hello\\n"', "", "(script 2): missing key 'data': what 'send' sends."),
    (
        "accept",
        'do = "connect"',
        'do = "connect"\ndata = "x"',
        "data belongs to 'send', not to 'co",
    ),
    ("accept", 'do = "receive"', 'do = "half-close"', "receives belongs to 'receive', not to 'ha"),
    ("accept", 'do = "close"', 'do = "close"\nto = "::1"', "to belongs to 'connect', not to 'clo"),
    ("accept", "[neighbour]", "[neighbour]\nhands_over = true", "hands_over is for a program that"),
    ("accept", 'do = "close"', 'do = "close"\ndrop_replies = true', "belongs to 'connect', not"),
    (
        "unix",
        "[end]",
        '[[script]]\nwhen = "at once"\ndo = "connect"\ndrop_replies = true\n[end]',
        "drop_replies needs a handshake",
    ),
    ("accept", 'do = "close"', 'do = "close"\nlistener = 2', "listener belongs to 'connect'"),
    ("accept", "listener = 2", "listener = 3", "listener is 3; there are 2 listeners ('also' add"),
    (
        "unix",
        "[end]",
        '[[script]]\nwhen = "at once"\ndo = "connect"\nlistener = 2\n[end]',
        "1 liste",
    ),
    (
        "accept",
        'do = "send"',
        'do = "send"\nclient = 3',
        "client 3 is not connected here, so it ca",
    ),
    ("accept", 'do = "send"', 'do = "send"\nclient = 2\nclients = 2', "client 3 is not connected"),
    ("accept", 'do = "send"\ndata = "hello\\n"', 'do = "connect"', "client 1 is connected already"),
    (
        "accept",
        'do = "close"',
        'do = "close"\nfails = "ENOTCON"',
        "fails is 'ENOTCON', which is no",
    ),
    (
        "accept",
        "clients = 2",
        'fails = "ECONNREFUSED"',
        "client 1 is not connected here, so it can",
    ),
    ("accept", "clients = 2", 'fails = "EINPROGRESS"', None),
    ("accept", "clients = 2", 'fails = "EAGAIN"', "client 1 is not connected here, so it can"),
    ("accept", "clients = 2\nlistener = 2", "", None),
    (
        "accept",
        'do = "send"\ndata = "hello\\n"',
        'do = "reset"',
        "(script 3): client 1 is not conne",
    ),
    (
        "accept",
        'do = "close"',
        'do = "accept"\nclient = 9',
        "do is 'accept', which takes the connec",
    ),
    ("accept", '"one.second"', '"one.first"', "id is 'one.first', and goal 1 has it already"),
    ("accept", '"one.second"', '"second"', "id is 'second'; it begins with the scenario's name"),
    ("accept", 'look.en = "A read."', 'look.en = " "', "look"),
    ("accept", 'look.en = "A read."\n', "", "missing key 'look'"),
    ("accept", 'when = "before accept"', 'when = "before acept"', "did you mean 'accept'"),
    ("accept", 'when = "before accept"', 'when = "before connect"', "is never reached, for the pr"),
    ("accept", 'when = "before accept"', 'when = "at once"', "before there is anything to see"),
    (
        "accept",
        'when = "before accept"\nclients = { ESTABLISHED = 1 }\n',
        "",
        "(goal 1): it does not say when it is reached; give one of: when, call, function, print",
    ),
    (
        "accept",
        'when = "before accept"',
        'when = "before accept"\nuntil = "server idle"',
        "until is 'server idle'; it has to be 'after X' or 'before X'",
    ),
    ("accept", 'when = "before accept"', 'until = "after acept"', "did you mean 'accept'"),
    ("accept", "ESTABLISHED = 1", "ESTABLISH = 1", "did you mean 'ESTABLISHED'"),
    ("accept", 'call = "read(4, *"', 'call = "reed(4, *"', "'reed' is no system call that is tr"),
    ("accept", 'did = "connect"\n', "", "fails is about what a client 'did'"),
    ("accept", 'did = "connect"', 'did = "let-go"', "did is 'let-go', which no client does"),
    ("accept", 'did = "connect"', 'did = "measure"', "fails is about what a client 'did'"),
    ("accept", 'did = "connect"\nfails = "EINPROGRESS"', 'did = "measure"', None),
    ("accept", 'did = "connect"', 'did = "connect"\nafter = "one.first"', None),
    (
        "accept",
        'did = "connect"',
        'did = "connect"\nafter = "one.fisrt"',
        "after is 'one.fisrt'; it has to be the id of a goal above this one.",
    ),
    (
        "accept",
        'when = "before accept"',
        'when = "before accept"\nafter = "one.second"',
        "after is 'one.second'; it has to be the id of a goal above this one.",
    ),
    ("accept", 'fails = "EINPROGRESS"', 'fails = "EINPROGRES"', "did you mean 'EINPROGRESS'"),
    ("accept", 'fails = "EINPROGRESS"', 'printed = "a\\nb"', "it has to be one line"),
    ("accept", 'fails = "EINPROGRESS"', 'versions = "=>1.23"', "versions '=>1.23' is not like"),
    ("accept", 'how.en = "Connect (c)."', 'hint.en = "Connect."', "unknown key 'hint'"),
    ("dial", 'do = "accept"', 'do = "connect"', "do is 'connect', but the program 'dial' does not"),
    ("dial", 'address = "{neighbour}"', 'address = "127.0.0.1:1"', None),
    ("accept", 'do = "close"', 'do = "measure"', None),
    (
        "accept",
        'do = "close"',
        'do = "measure"\nclient = 2',
        "'measure' is done by no client; leav",
    ),
    ("accept", 'do = "close"', 'do = "let-go"', "which the Go server alone can do: servers = ["),
    (
        "go",
        "[end]",
        f'{LET_GO}when = "after read"\ndo = "measure"\n[end]',
        "after 'let-go' no func",
    ),
    (
        "go",
        "[end]",
        f'{LET_GO}when = "while accept is parked"\ndo = "measure"\n[end]',
        "after 'let-go' nobody sees where goroutines park; use 'server idle'",
    ),
    ("go", "[end]", f'{LET_GO}when = "server idle"\ndo = "measure"\n[end]', None),
    (
        "go",
        "[end]",
        f'{LET_GO}when = "server idle"\ndo = "measure"\n[expect]\nnever = ["bind(*"]\n[end]',
        "(expect.never 1): never cannot be checked, since no system call is captured after",
    ),
    (
        "go",
        "[end]",
        f'{LET_GO}when = "server idle"\ndo = "measure"\n[[expect.in_a_row]]\ncall = "bind(*"\n'
        'most = 2\nuntil = ["close(*"]\n[end]',
        "(expect.in_a_row 1): in_a_row cannot be checked, since no system call is captured after",
    ),
    (
        "accept",
        "[end]",
        '[[expect.in_a_row]]\ncall = "bind(*"\nmost = 2\nuntil = []\n[end]',
        "until is empty; it has to have a pattern at least.",
    ),
    (
        "accept",
        "[end]",
        '[[expect.in_a_row]]\ncall = "bond(*"\nmost = 2\nuntil = ["close(*"]\n[end]',
        "(expect.in_a_row 1): 'bond' is no system call that is traced",
    ),
    (
        "go",
        "[end]",
        f'{LET_GO}when = "server idle"\ndo = "measure"\n[[expect.calls]]\nseen = ["bind(*", '
        '"listen(*"]\nwithout = ["close(*"]\n[end]',
        "without cannot be checked, since no system call is captured after 'let-go'",
    ),
    (
        "go",
        "[end]",
        LET_GO.replace("at once", "server exited").removesuffix("[[script]]\n") + "[end]",
        "once the server has ended it cannot be let go",
    ),
    (
        "go",
        "[end]",
        f'{LET_GO}when = "server idle"\ndo = "measure"\nfails = "EIO"\n[end]',
        "fails is about what a client does, and 'measure' is not",
    ),
    (
        "accept",
        'do = "receive"',
        'do = "receive"\nfails = "EAGAIN"',
        "what fails receives nothing: leave out 'fails' or this",
    ),
    (
        "accept",
        '"yes"',
        '"' + "€" * 21_846 + '"',
        "(script 3): receives has 65538 bytes; allowed are 65536 at most",
    ),
    ("accept", '"yes"', '"' + "€" * 21_845 + '"', None),
    # what is promised
    (
        "accept",
        '["bind", "listen"]',
        '["bind", "bind"]',
        "(expect.stages 2): stages has 'bind' twic",
    ),
    ("accept", '["bind", "listen"]', '["bnid"]', "stages 1 is 'bnid'; did you mean 'bind'?"),
    (
        "accept",
        '"accept/pollOpen"',
        '"accept/pollOpn"',
        "path: 'accept/pollOpn' is no stage and no",
    ),
    (
        "accept",
        'failed = ["accept"]',
        'failed = ["setDeadline"]',
        "failed has 'setDeadline', and th",
    ),
    (
        "dial",
        "[neighbour]",
        '[expect]\nstages = ["listen"]\n[neighbour]',
        "stages has 'listen', and",
    ),
    ("accept", '["*{neighbour}"]', '[""]', "(expect.printed 1): printed 1 is ''; it has to be one"),
    ("accept", '["*{neighbour}"]', '["a\\nb"]', "printed 1 is 'a\\nb'; it has to be one line"),
    ("accept", "bind(3, *) = 0", "bnid(3, *) = 0", "'bnid' is no system call that is traced; did"),
    (
        "accept",
        "bind(3, *) = 0",
        "binds",
        "'binds' is no system call in strace's notation, such as",
    ),
    (
        "accept",
        "bind(3, *) = 0",
        "bind(3, *) = -1 EAGAIN",
        "matches no line, since strace's notation continue",
    ),
    ("accept", "EADDRINUSE*", "EADDRINUS*", "'EADDRINUS' is no error of errno(3); did you mean"),
    ("accept", 'never = ["read(*"]', 'never = ["raed(*"]', "(expect.never 1): 'raed' is no system"),
    (
        "accept",
        '["bind(3, *) = 0", "*listen(3, *"]',
        "[]",
        "(expect.calls 1): seen is empty; it has",
    ),
    (
        "accept",
        ', "*listen(3, *"]',
        "]",
        "(expect.calls 1): without is about what comes between two",
    ),
    (
        "accept",
        '["go", "python"]',
        '["python"]',
        "server is 'go', and the scenario runs under pyth",
    ),
    (
        "accept",
        'server = "go"\n\n[[expect.k',
        'versions = "1.23"\n\n[[expect.k',
        "line 66 (expect.calls 1): versions '1.23' is not like '>=1.24'",
    ),
    (
        "accept",
        "listeners = 1",
        'listeners = 1\nversions = ">=1.23,"',
        None,
    ),
    (
        "accept",
        "listeners = 1",
        'listeners = 1\nversions = "=>1.23"',
        "(expect.kernel 1): versions '=>1.23' is not like",
    ),
    ("accept", "listeners = 1\nsockets = { LISTEN = 1 }", 'versions = "<1.2"', "nothing is looked"),
    ("accept", "LISTEN = 1", "LISTENING = 1", "'LISTENING' is no state of a socket; did you mean"),
    ("accept", "LISTEN = 1", "LISTEN = -1", "LISTEN is -1; allowed is at least 0"),
    (
        "accept",
        "listeners = 1\nsockets = { LISTEN = 1 }",
        "",
        "(expect.kernel 1): nothing is looked",
    ),
    (
        "accept",
        '"after listen"',
        '"after listn"',
        "(expect.kernel 1): when: 'listn' is no stage an",
    ),
    ("accept", "server exited", "server idle", "exit_code is 1, so [end] has to wait for it: when"),
    (
        "accept",
        "exit_code = 1",
        "",
        "(end): when is 'server exited', so [expect] has to have an 'exi",
    ),
]


@pytest.mark.parametrize(("base", "old", "new", "said"), SENSE)
def test_what_makes_no_sense(base: str, old: str, new: str, said: str | None) -> None:
    if said is None:
        assert old in BASES[base]
        parse_scenario(BASES[base].replace(old, new, 1), "one")
    else:
        assert said in refused(BASES[base], old, new)


def test_a_program_of_its_own_may_do_anything() -> None:
    text = UNIX.replace("at once", "after setDeadline").replace('"unix"', '"udp"')
    text = text.replace("{dir}/socket", "127.0.0.1:0")
    assert parse_scenario(text, "one", own_program=True).network == "udp"
    with pytest.raises(ScenarioError):
        parse_scenario(text, "one")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("hands_over = true", "", "watches is about sockets that the server gets, too: set hands"),
        ('"plain", ', "", "watches has 1; there are 2 sockets, and each needs a word"),
        ('"plain"', '"plane"', "'plane'"),
        ('"tcp"', '"udp"', "watches is for network tcp, not for 'udp'"),
        (
            'also = ["127.0.0.1:0"]',
            'also = ["8.8.8.8:0"]',
            "also 1 is '8.8.8.8:0'; it has to be",
        ),
        ("listener = 2", "listener = 3", "listener is 3; there are 2 listeners"),
        ('"serving"', '"asleep"', "'asleep'"),
        ("{ 2 = 1 }", "{ 3 = 1 }", "'3' is no socket that the neighbour watches"),
        ("{ 2 = 1 }", "{ 2 = -1 }", "2 is -1; allowed is at least 0"),
        (
            'watches = ["plain", "exclusive"]',
            "",
            "(goal 1): what a neighbour does is asked for: that needs 'watches' in [neighbour]",
        ),
    ],
)
def test_a_neighbour_that_watches(old: str, new: str, said: str) -> None:
    assert parse_scenario(SHARED, "one", own_program=True).neighbour is not None
    assert old in SHARED
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(SHARED.replace(old, new, 1), "one", own_program=True)
    assert said in str(caught.value)
    assert_told_in_chinese(caught.value)


def test_no_more_may_be_promised_than_a_client_takes_at_once() -> None:
    assert MOST_RECEIVED == RECEIVE_BYTES


def test_every_call_and_option_that_may_be_named_is_known() -> None:
    assert set(CALLS) == set(TRACED)
    assert set(OPTIONS) <= {name for table in KNOWN_OPTIONS.values() for name in table.values()}


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with pytest.raises(ScenarioError):
        parse_scenario(text, "one")


# lessons

LESSON = """\
[[note]]
id = "one.a"
function = "net.Listen"
text = ["a", "b"]
versions = ">=1.21"
says.en = "A note."
says.zh = "注。"

[[question]]
id = "q1"
when = "after listen"
[question.ask]
en = "What?"
zh = "什么？"
[[question.choice]]
says.en = "This."
says.zh = "这个。"
right = true
[[question.choice]]
says.en = "That."
says.zh = "那个。"
[question.why]
en = "So it is."
zh = "就是这样。"
"""
SECOND = LESSON[LESSON.index("[[question]]") :]


def test_a_wrong_choice_may_say_why_and_what_it_believes() -> None:
    explained = 'says.zh = "那个。"\nwhy.en = "One could."\nbelieves = 18'
    (question,) = parse_lesson(LESSON.replace('says.zh = "那个。"', explained)).question
    right, wrong = question.choice
    assert (right.why, right.believes) == (None, 0)
    assert wrong.why is not None
    assert (str(wrong.why), wrong.believes) == ("One could.", 18)
    beside = LESSON.replace('says.en = "That."\nsays.zh = "那个。"', 'en = "That."\nbelieves = 2')
    assert parse_lesson(beside).question[0].choice[1].believes == 2


def test_a_lesson_is_read() -> None:
    lesson = parse_lesson(LESSON + SECOND.replace("q1", "q2"))
    assert lesson.note[0].function == ("net.Listen",)
    assert [question.id for question in lesson.question] == ["q1", "q2"]
    assert [choice.right for choice in lesson.question[0].choice] == [True, False]
    assert lesson.question[0].why.says("zh") == "就是这样。"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[[note]]", "[[nots]]", "line 1: unknown key 'nots'; did you mean 'note'?"),
        ("[[note]]", "[note]", "note has to be a list of tables, each begun with [[note]], and"),
        ("[[note]]", "[[note", "is not TOML"),
        ("[[note]]", f"[[note]]\nx = 0o1{'7' * 6000}", "a number does not fit into 64 bits."),
        ("function =", "functoin =", "line 3 (note 1): unknown key 'functoin'; did you mean 'fun"),
        ('function = "net.Listen"', "", "line 1 (note 1): missing key 'function'."),
        ('">=1.21"', '"1.21"', "(note 1): versions '1.21' is not like '>=1.24'"),
        ('">=1.21"', f'">=1.{"9" * 5000}"', "is not like '>=1.24'"),
        ('"A note."', '""', "(note 1.says): en is empty; it has to say something"),
        ('"one.a"', '"One A"', "(note 1): id is 'One A'; allowed are small letters"),
        ("after listen", "after listn", "line 11 (question 1): when: 'listn' is no stage"),
        (
            "[question.ask]",
            "[question.aks]",
            "(question 1): unknown key 'aks'; did you mean 'ask'?",
        ),
        ('en = "What?"', "", "line 12 (question 1): missing key 'en' in [question.ask]"),
        ('zh = "那个。"', 'zh = "  "', "(question 1.choice 2.says): zh is empty; it has to say"),
        ("right = true", "right = false", "no choice is right; exactly one has 'right = true'"),
        ('zh = "那个。"', 'zh = "那个。"\nright = true', "2 choices are right; exactly one has"),
        (
            "right = true",
            "rigth = true",
            "(question 1.choice 1): unknown key 'rigth'; did you mean",
        ),
        (
            '[[question.choice]]\nsays.en = "That."\nsays.zh = "那个。"',
            "",
            "line 15 (question 1): it has 1 [[question.choice]]; allowed are 2 to 5",
        ),
        ('id = "q1"', 'id = ""', "(question 1): id is ''; allowed are"),
        ("[[question]]", SECOND + "[[question]]", "(question 2): id is 'q1', and question 1 has"),
        ('id = "q1"', 'id = "one.a"', "(question 1): id is 'one.a', and note 1 has it already"),
        (
            "right = true",
            'right = true\nwhy.en = "So."',
            "(question 1.choice 1): the right choice has no why; [question.why] says why",
        ),
        (
            "right = true",
            "right = true\nbelieves = 3",
            "(question 1.choice 1): the right choice has no believes;",
        ),
        (
            'zh = "那个。"',
            'zh = "那个。"\nbelieves = 19',
            "(question 1.choice 2): believes is 19; the misconceptions are numbered 1 to 18",
        ),
        ('zh = "那个。"', 'zh = "那个。"\nbelieves = -1', "believes"),
        (
            'id = "q1"',
            'id = "q1"\nsee = ["accept(2)", "accept"]',
            "(question 1.see 2): see has 'accept'; it takes manual pages, 'accept(2)', and",
        ),
        (
            'id = "one.a"',
            'id = "one.a"\nsee = ["accept(0)"]',
            "(note 1.see 1): see has 'accept(0)'; it takes manual pages",
        ),
        ('zh = "那个。"', 'zh = "那个。"\nwhy = "No."', "(question 1.choice 2)"),
    ],
)
def test_a_mistake_in_a_lesson_is_named(old: str, new: str, said: str) -> None:
    assert old in LESSON
    with pytest.raises(ScenarioError, match=re.escape(said)) as error:
        parse_lesson(LESSON.replace(old, new, 1), "one/lesson.toml")
    assert_told_in_chinese(error.value)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "x",
            "= 3",
            "x = ",
            "[[x",
            "[x",
            'x = "',
            "x = [1",
            "x = {a = 1",
            "x = 'a\nb'",
            "x = 1 2",
        ),
        *("x = 1\nx = 2", "[x]\n[x]", "x = 1\n[x]", "x = {a = 1}\n[x.b]", "x = {a = 1, a = 2}"),
        *('x = "\\q"', 'x = "\\u12"', 'x = "\\ud800"', "x = 2020-13-01", "\x07", "x = '\x07'"),
        *("[[x]]\n[x]", "x.y = 1\n[x.y.z]", "x = '''a", "a = " + "[" * 9999, "[a]\n[[a]]"),
    ],
)
def test_what_is_no_toml_is_told_in_chinese_too(text: str) -> None:
    with pytest.raises(ScenarioError, match="is not TOML") as error:
        parse_scenario(text, "one", "one/scenario.toml")
    assert_told_in_chinese(error.value)


def test_a_question_at_a_point_that_never_comes_is_refused() -> None:
    scenario = parse_scenario(PACKET, "one")
    with pytest.raises(ScenarioError, match="'after listen' is never reached, for the program 'pa"):
        parse_lesson(LESSON, scenario=scenario)


# lines

ODD = '''\
# [[script]]
"name" = "a"
title.en = """
[[script]]
zh = 3
"""
[[ script ]]
when = 'x' # do = 3
[[script]]
list = [
  "a]", # [x]
  { do = 1 },
]
do = "y"
[script.more . deep]
key = 1
'''


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (("title", "en"), 3),
        (("script", 0), 7),
        (("script", 0, "when"), 8),
        (("script", 1, "list", 1, "do"), 10),
        (("script", 1, "do"), 14),
        (("script", 1, "more", "deep", "key"), 16),
        (("zh",), None),
        ((), None),
    ],
)
def test_lines(keys: tuple[str | int, ...], line: int | None) -> None:
    assert TomlLines(ODD).of(keys) == line


@given(st.text(alphabet="a=[]{}\"'\n#.\\ "))
def test_lines_of_any_text(text: str) -> None:
    TomlLines(text).of(("a",))
