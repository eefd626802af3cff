"""What commands refuse, and what they say besides, in the language that is chosen."""

import errno
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from walkthrough.capture.environment import doctor
from walkthrough.cli import main
from walkthrough.i18n.messages import message
from walkthrough.i18n.system_errors import error_number_text
from walkthrough.model.events import FORMAT
from walkthrough.tui.app import WalkthroughApp
from walkthrough.user_data.preferences import Preferences

Command = Callable[..., str]
HEADER = json.dumps({"type": "header", "format": FORMAT, "server": "go"}) + "\n"
EVENT = json.dumps({"type": "thread_started", "seq": 0, "time_ns": 1}) + "\n"
FILES = {
    "empty.jsonl": "",
    "other.jsonl": "{}\n",
    "newer.jsonl": HEADER.replace(f'"format": {FORMAT}', '"format": 99'),
    "header.jsonl": HEADER.replace('"go"', "1"),
    "damaged.jsonl": f"{HEADER}{{\n{EVENT}",
    "hole.jsonl": HEADER + EVENT.replace('"seq": 0', '"seq": 7') + EVENT,
    "words.md": "# only words\n",
    "none.log": "hello\nworld\n",
    "calls.log": 'write(1, "x", 1) = 1\n',
    "mine/scenario.toml": "",
}
ENGLISH = re.compile(r"[a-z]{2,} [a-z]{2,} [a-z]{2,}")
"""Three English words in a row."""


@pytest.fixture
def refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Command:
    """In a folder with broken files, give a command as if in a terminal; what it said."""
    for variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG", "WALKTHROUGH_SCENARIOS"):
        monkeypatch.setenv(variable, "")
    monkeypatch.setattr(WalkthroughApp, "run", lambda app: pytest.fail("the screen opened"))
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(text)

    def refused(*words: str) -> str:
        for stream in (sys.stdin, sys.stdout):
            monkeypatch.setattr(stream, "isatty", lambda: True)
        assert main(words) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        return said.removeprefix("walkthrough: ").rstrip("\n")

    return refused


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["gone.jsonl"], "gone.jsonl 无法读取：没有那个文件或文件夹；请检查名字。"),
        (["gone.log", "--server", "perl"], "参数 --server：不能选 'perl'"),
        (["./gone"], "gone 无法读取：没有那个文件或文件夹"),
        (["empty.jsonl"], "empty.jsonl 是空的，不是录制文件：请重新录制。"),
        (["other.jsonl"], "other.jsonl 不是 walkthrough 的录制文件"),
        (["newer.jsonl"], f"newer.jsonl 的格式是 99，而这个 walkthrough 最多读到格式 {FORMAT}"),
        (["header.jsonl"], "header.jsonl 的文件头已损坏（`$.server` 处：应为 `str`，却是 `int`）"),
        (["damaged.jsonl"], "damaged.jsonl 的第 2 行已损坏（数据被截断）"),
        (["hole.jsonl"], "hole.jsonl 不完整：第 2 行是事件 7，而该处应为事件 0"),
        (["none.log"], "none.log 里没有 strace 打印的系统调用；它的第一行是 'hello'"),
        (["burst", "--replay", "--strace", "calls.log"], "calls.log 里有 1 个系统调用"),
        (["mine/scenario.toml"], "mine/scenario.toml 是场景的文件：请给出它的文件夹 'mine'。"),
        (["brust"], "没有场景 'brust'；是不是 burst？"),
        (["damaged.jsonl", "--replay"], "damaged.jsonl 是文件：--replay 和 --server 只用于场景。"),
        (["--replay"], "--replay 显示场景的录制：请指定一个场景"),
        (["--strace", "calls.log"], "--strace 把日志与一次运行对齐：请同时指定场景或录制"),
        (["burst", "--document", "gone.md"], "没有文件 gone.md。"),
        (["burst", "--document", "words.md"], "words.md 里没有 Go"),
        (["--nope"], "无法识别的参数：--nope；见 `walkthrough --help`。"),
    ],
)
def test_each_refusal_is_in_chinese(refused: Command, words: list[str], said: str) -> None:
    chinese = refused(*words, "--lang", "zh")
    assert chinese.startswith(said)
    assert not ENGLISH.search(re.sub("`[^`]*`", "", chinese)), chinese
    english = refused(*words)
    assert not re.search("[\u4e00-\u9fff]", english), english


NO_PTRACE = message(
    "Go servers cannot be traced here: {found}. {advice}",
    found=message(
        "{problem}: a seccomp filter is on this process, as in many containers",
        problem=message("ptrace was refused ({why})", why=error_number_text(errno.EPERM)),
    ),
    advice=message(
        "Start the container with --cap-add=SYS_PTRACE (or --security-opt seccomp=unconfined), or "
        "use --server python."
    ),
)


def test_no_ptrace_to_be_had(refused: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "can_trace_go", lambda: (False, NO_PTRACE))
    said = refused("burst", "--server", "go", "--lang=zh")
    assert said.startswith(
        "这里无法跟踪 Go 服务端：ptrace 被拒绝（操作不被允许）：此进程带有 seccomp 过滤器，许多容器"
    )


def test_the_language_is_that_of_the_screen(
    refused: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert refused("gone.jsonl").startswith("gone.jsonl cannot be read")
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert refused("gone.jsonl").startswith("gone.jsonl 无法读取")
    assert refused("gone.jsonl", "--lang", "en").startswith("gone.jsonl cannot be read")
    assert refused("gone.jsonl", "--lang", "klingon").startswith("参数 --lang：不能选")
    Preferences.load().remember(language="en")
    assert refused("gone.jsonl").startswith("gone.jsonl cannot be read")


def test_every_command_speaks_it(refused: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert refused("export", "gone.jsonl", "--to", "json").startswith("gone.jsonl 无法读取")
    assert refused("record").startswith("缺少必需的参数：SCENARIO")
    assert refused("record", "--lang=en").startswith("the following arguments are required")
    monkeypatch.setenv("LC_ALL", "C")
    assert refused("record").startswith("the following arguments are required")
