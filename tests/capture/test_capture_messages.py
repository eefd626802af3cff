"""What a capture says is said by messages, which every language has."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import util
from pathlib import Path

import pytest

import walkthrough
from walkthrough.capture.environment import doctor, ptrace_check
from walkthrough.capture.environment.exposure import OWN, Exposure, listing
from walkthrough.capture.environment.resource_limits import not_started
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.strace import strace_program
from walkthrough.i18n.catalogue import catalogue
from walkthrough.i18n.messages import Message, message

CAPTURE = Path(walkthrough.__file__).parent / "capture"
ZH = catalogue("zh")
SAID_BY: dict[str, tuple[int | str, ...]] = {
    "CaptureError": (0,),
    "CaptureFailed": ("message",),
    "CommandRefused": ("message",),
    "ServerChosen": ("why",),
    "ServerChoice": (1,),
    "DoctorResult": (2, 3),
    "NamespaceRefusal": (0, 1),
    "MissingRequirement": (1,),
}
"""By what is called: where in the call it stands what a user reads."""
_A_COMMAND = re.compile(r"sudo \S+|pip install")
A_WORD = re.compile(r"[A-Za-z]{2,} [a-z]{2,}")


def plain_sentences() -> Iterator[str]:
    """Yield where a sentence of the capture's is a string of one language."""
    for file in sorted(CAPTURE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            named = {each.arg: each.value for each in node.keywords if each.arg}
            for where in SAID_BY.get(getattr(node.func, "id", ""), ()):
                if isinstance(where, int):
                    said = node.args[where] if where < len(node.args) else None
                else:
                    said = named.get(where)
                text = ast.unparse(said) if isinstance(said, ast.Constant | ast.JoinedStr) else ""
                if re.search(r"[a-z]{2,} [a-z]{2,}", text) and not _A_COMMAND.search(text):
                    yield f"{file.relative_to(CAPTURE)}:{node.lineno}: {text}"


def test_no_sentence_is_a_string_of_one_language() -> None:
    assert not list(plain_sentences())


def test_an_error_is_english_as_a_string_and_says_the_same_in_chinese() -> None:
    error = not_started(message("The Go server"), OSError(2, "No such file or directory"))
    assert isinstance(error, CaptureError)
    assert str(error) == (
        "The Go server could not be started (No such file or directory): close other programs and "
        "try again."
    )
    assert ZH(error.message) == "Go 服务端 无法启动（没有那个文件或文件夹）：请关闭其他程序再试。"


def test_why_go_cannot_be_traced_is_said_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_ptrace", _refused)
    able, why = doctor.can_trace_go()
    assert not able
    assert isinstance(why, Message)
    assert str(why).startswith("Go servers cannot be traced here: ptrace was refused (Operation")
    assert str(why).endswith("--server python.")
    assert ZH(why) == (
        "这里无法跟踪 Go 服务端：ptrace 被拒绝（操作不被允许）。"
        "请让这台机器的管理者允许 ptrace，或使用 --server python。"
    )


def _refused(name: str) -> doctor.DoctorResult:
    return doctor.DoctorResult(
        name,
        False,
        message("ptrace was refused ({why})", why=message("Operation not permitted")),
        message("Ask whoever runs this machine to allow ptrace, or use --server python."),
    )


def test_missing_packages_are_named_in_both_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(util, "find_spec", lambda name: None)
    found = doctor.examine_one("Packages")
    assert str(found.found) == "missing: python-ptrace, pyelftools, capstone"
    assert ZH.text(found.found) == "缺少：python-ptrace、pyelftools、capstone"
    assert found.advice == "pip install python-ptrace pyelftools capstone"


@pytest.mark.skipif(sys.platform != "linux", reason="ptrace is Linux's")
def test_every_finding_here_is_said_in_chinese() -> None:
    for each in doctor.examine():
        for said in (each.found, each.advice):
            assert not A_WORD.search(_without_quotations(ZH.text(said))), each


def _without_quotations(text: str) -> str:
    """Take out what is the same in every language: commands, options and products' names."""
    return re.sub(r"sudo \S+ \S+|pip install \S+|--\w+ \w+|Multipath TCP", "", text)


def test_addresses_are_listed_in_both_languages() -> None:
    said = listing((":8080", "[::]:80", "192.168.1.2:80"))
    assert str(said) == "every interface of this machine (:8080, [::]:80) and 192.168.1.2:80"
    assert ZH.text(said) == "本机的所有接口（:8080、[::]:80）和 192.168.1.2:80"
    assert listing(("192.168.1.2:80",)) == "192.168.1.2:80"
    changed = Exposure(namespace=OWN, changed=("core/somaxconn", "ipv4/tcp_rmem")).remarks()[1]
    assert ZH.text(changed) == "其中这些内核设置与本机不同：net.core.somaxconn、net.ipv4.tcp_rmem。"


def test_what_strace_said_stands_in_the_sentence_about_it() -> None:
    error = strace_program.refused("attach: \x1b[2J denied")
    assert str(error).startswith("strace could not trace the server (attach: \\x1b[2J denied): ")
    assert ZH.text(error.message).startswith("strace 无法跟踪服务端（attach: \\x1b[2J denied）：")
    assert ZH.text(strace_program.refused("").message).startswith(
        "strace 无法跟踪服务端（它没有说明原因）："
    )


def test_the_trial_says_nothing_where_all_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ptrace_check, "try_ptrace", lambda: None)
    assert doctor.examine_one("ptrace").ok


def test_the_process_that_traces_has_no_catalogue() -> None:
    names = ("workers.live", "environment.doctor", "ptrace.go_target", "instrumented.target")
    program = "\n".join(
        (
            *(f"import walkthrough.capture.{name}" for name in names),
            "import sys; print([name for name in sys.modules if name.endswith('i18n.catalogue')])",
        )
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ran.stdout == "[]\n"
