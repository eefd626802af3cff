"""What argparse says by itself is in the catalogues, and argparse is itself again afterwards."""

import argparse
import ast
import re
from pathlib import Path

import pytest

from walkthrough.cli.argparse_texts import argparse_in, texts
from walkthrough.cli.errors import UsageError
from walkthrough.cli.parser import parse
from walkthrough.i18n.catalogue import catalogue

OURS = re.compile(
    r"conflict|cannot |unknown parser|argument \"-\"|can't open|'required'|invalid option string"
    r"|dest= |mutually|callable|\.__call__|deprecated|subcommands|%\(prog\)s: |closest"
    r"|^%\(heading\)s:$|^ \(default: "
)
"""What only a mistake of ours could bring forth, or an option that no command has."""
BY_PERCENT = re.compile(r"%(?:\(\w+\))?[sdr]")


def looked_up() -> set[str]:
    """Return the sentences that this Python's argparse looks up."""
    return {
        call.args[0].value
        for call in ast.walk(ast.parse(Path(argparse.__file__).read_text("utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in ("_", "ngettext")
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    }


def test_the_catalogues_have_all_that_argparse_may_say() -> None:
    said = looked_up()
    assert len(said) > 20
    assert {text for text in said if not OURS.search(text)} <= {each.id for each in texts()}


def test_argparse_fills_in_the_same_in_chinese() -> None:
    tr = catalogue("zh")
    for each in texts():
        assert tr.knows(each), each
        assert sorted(BY_PERCENT.findall(tr(each))) == sorted(BY_PERCENT.findall(each.id))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--nope"], "无法识别的参数：--nope"),
        (["one", "two"], "无法识别的参数：two"),
        (["--server", "perl"], "参数 --server：不能选 'perl'（可选：auto、go、python）"),
        (["--lang"], "参数 --lang：需要一个值"),
        (["--replay=yes"], "参数 --replay：该选项不带值，却给了 'yes'"),
        (["--s"], "选项 --s 不明确，可能是 --server, --strace, --source"),
        (["export", "a"], "缺少必需的参数：--to"),
        (["check", "--jobs"], "参数 --jobs：需要一个值"),
    ],
)
def test_words_that_make_no_command_are_refused_in_chinese(words: list[str], said: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse(words, catalogue("zh"))
    command = f"walkthrough {words[0]}" if words[0] in ("export", "check") else "walkthrough"
    chinese = catalogue("zh").text(refused.value.message)
    assert chinese == f"{said}；见 `{command} --help`。"


def test_afterwards_argparse_is_as_it_was() -> None:
    before = vars(argparse)["_"], vars(argparse)["ngettext"]
    with argparse_in(catalogue("zh")):
        assert vars(argparse)["_"]("options") == "选项"
    with pytest.raises(ZeroDivisionError), argparse_in(catalogue("zh")):
        raise ZeroDivisionError
    assert (vars(argparse)["_"], vars(argparse)["ngettext"]) == before
