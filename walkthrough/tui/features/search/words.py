"""Every word of finding, in English and Chinese."""

from typing import NamedTuple


class FindWords(NamedTuple):
    """The words of finding in one language. Braces are filled with `str.format`."""

    # Searching
    search_for: str
    plain_text: str
    searching: str
    found: str
    found_so_far: str
    at_match: str
    at_match_so_far: str
    events: str
    source: str
    notes: str
    source_line: str
    none: str
    none_yet: str
    wrapped_on: str
    wrapped_back: str
    no_search: str
    switch: str
    go: str
    next: str
    previous: str
    end: str
    # Filtering
    filter: str
    filter_off: str
    passing: str
    passing_so_far: str
    stands_outside: str
    none_ahead: str
    none_behind: str
    looking: str
    complete: str
    filter_unknown: str
    filter_empty: str
    filter_stage: str
    filter_step: str
    filter_number: str
    about: dict[str, str]
    # Copying
    copy_what: str
    copy_line: str
    copy_call: str
    copy_step: str
    copied: str
    copied_and_kept: str
    no_line: str
    no_call: str
    no_step: str
    at_event: str
    at_place: str
    at_line: str
    chain: str
    call: str
    last_call: str
    labelled: str
    kernel_changed: str
    note: str
    # The picture of the screen
    saved: str
    not_saved: str
    # Help
    help_search: str
    help_none: str


EN = FindWords(
    search_for="search",
    plain_text="Plain text in events, calls, source and notes; capitals count if you type any.",
    searching="{percent} % looked through",
    found="{count} found",
    found_so_far="{count} found so far",
    at_match="match {number} of {count}",
    at_match_so_far="match, {count} so far",
    events="events {count}",
    source="source {count}",
    notes="notes {count}",
    source_line="line {line}",
    none="nothing found",
    none_yet="nothing found yet",
    wrapped_on="Past the last match: on from the first.",
    wrapped_back="Before the first match: back from the last.",
    no_search="No search is on: / begins one.",
    switch="where",
    go="go there",
    next="next",
    previous="previous",
    end="ends",
    filter="filter",
    filter_off="No filter any more: a step goes to every event again.",
    passing="{count} events pass",
    passing_so_far="{count} events pass so far",
    stands_outside="this one does not",
    none_ahead="No event ahead passes the filter {filter}.",
    none_behind="No event before this one passes the filter {filter}.",
    looking="Looking for the next event that passes …",
    complete="completes",
    filter_unknown="A filter does not know {given}. It knows {allowed}.",
    filter_empty="{given}: needs a value behind the colon, such as {allowed}.",
    filter_stage="There is no stage {given}. The stages are {allowed}.",
    filter_step="There is no finer step {given}. The finer steps are {allowed}.",
    filter_number="{given} is no number: goroutines and threads have numbers.",
    about={
        "": "stage: step: call: g: thread: error: errors; all must hold, a,b is a or b; "
        "empty removes it",
        "stage": "one of the eight stages",
        "step": "a finer step",
        "call": "a system call",
        "g": "a goroutine's number, 0 for the scheduler",
        "thread": "a thread's number",
        "error": "an error's name",
        "errors": "what failed (EAGAIN is no failure)",
    },
    copy_what="Copy",
    copy_line="source line",
    copy_call="system call",
    copy_step="whole step",
    copied="Sent to the terminal's clipboard: {count} characters. Not every terminal takes them.",
    copied_and_kept="Copied, {count} characters. Where the terminal does not take them, they are "
    "in {file}.",
    no_line="There is no source line here to copy.",
    no_call="There is no system call yet to copy.",
    no_step="There is no event yet to copy.",
    at_event="Event {at} of {of}: {sentence}",
    at_place="Place",
    at_line="Source",
    chain="Call chain",
    call="System call",
    last_call="Newest system call",
    labelled="{label}: {text}",
    kernel_changed="Changed in the kernel's view",
    note="Note",
    saved="The screen is saved: {file}",
    not_saved="The screen could not be saved as {file}: {why}",
    help_search="searches",
    help_none="No action has this in its keys, its name or its sentence.",
)

ZH = FindWords(
    search_for="搜索",
    plain_text="在事件、调用、源码和注解中按原文查找；输入了大写字母才区分大小写。",
    searching="已查看 {percent} %",
    found="找到 {count} 处",
    found_so_far="目前找到 {count} 处",
    at_match="第 {number} 处，共 {count} 处",
    at_match_so_far="匹配，目前共 {count} 处",
    events="事件 {count}",
    source="源码 {count}",
    notes="注解 {count}",
    source_line="第 {line} 行",
    none="没有找到",
    none_yet="还没有找到",
    wrapped_on="已过最后一处：从第一处继续。",
    wrapped_back="已过第一处：从最后一处往回。",
    no_search="没有正在进行的搜索：按 / 开始。",
    switch="范围",
    go="前往",
    next="下一处",
    previous="上一处",
    end="结束",
    filter="过滤",
    filter_off="过滤已取消：单步又会走到每个事件。",
    passing="{count} 个事件通过",
    passing_so_far="目前 {count} 个事件通过",
    stands_outside="此事件不在其中",
    none_ahead="前面没有事件能通过过滤 {filter}。",
    none_behind="在此之前没有事件能通过过滤 {filter}。",
    looking="正在查找下一个通过的事件……",
    complete="补全",
    filter_unknown="过滤不认识 {given}。它认识 {allowed}。",
    filter_empty="{given}：冒号后面需要一个值，例如 {allowed}。",
    filter_stage="没有名为 {given} 的阶段。阶段有 {allowed}。",
    filter_step="没有名为 {given} 的细分步骤。细分步骤有 {allowed}。",
    filter_number="{given} 不是数字：goroutine 和线程都用数字表示。",
    about={
        "": "stage: step: call: g: thread: error: errors；须全部满足，a,b 表示 a 或 b；留空则取消",
        "stage": "八个阶段之一",
        "step": "细分步骤",
        "call": "系统调用",
        "g": "goroutine 的编号，0 为调度器",
        "thread": "线程的编号",
        "error": "错误的名称",
        "errors": "失败的事件（EAGAIN 不算失败）",
    },
    copy_what="复制",
    copy_line="源码行",
    copy_call="系统调用",
    copy_step="整个步骤",
    copied="已把 {count} 个字符发给终端的剪贴板；并非所有终端都接受。",
    copied_and_kept="已复制 {count} 个字符。若终端没有接受，它们也在 {file} 中。",
    no_line="这里没有可复制的源码行。",
    no_call="还没有可复制的系统调用。",
    no_step="还没有可复制的事件。",
    at_event="事件 {at}/{of}：{sentence}",
    at_place="位置",
    at_line="源码",
    chain="调用链",
    call="系统调用",
    last_call="最新的系统调用",
    labelled="{label}：{text}",
    kernel_changed="内核视图中的变化",
    note="注解",
    saved="屏幕已保存：{file}",
    not_saved="屏幕无法保存为 {file}：{why}",
    help_search="搜索",
    help_none="没有操作的按键、名称或说明包含它。",
)


def find_words(language: str) -> FindWords:
    """Return the words of ``language`` (``en`` or ``zh``); English for any other."""
    return ZH if language == "zh" else EN
