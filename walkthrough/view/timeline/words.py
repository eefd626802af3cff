"""What the timeline, its prompt and its bookmarks say, in English and Chinese."""

from typing import NamedTuple


class TimelineWords(NamedTuple):
    """Every word that only the timeline needs.

    What stands in braces is filled in.
    """

    title: str
    thread: str
    event_at: str
    failed: str
    injected: str
    client: str
    exited: str
    bookmarks: str
    run: str
    call: str
    parked: str
    reading: str
    more_goroutine: str
    more_goroutines: str
    more_thread: str
    more_threads: str
    hint: str
    no_events: str
    # The prompt
    go_to: str
    go_hint: str
    wrong_event: str
    one_step: str
    seeking: str
    wrong_time: str
    wrong_stage: str
    which_stage: str
    wrong_words: str
    not_begun: str
    note: str
    note_hint: str
    note_hint_there: str
    # Bookmarks
    set_at: str
    changed_at: str
    removed_at: str
    no_bookmarks: str
    none_before: str
    none_after: str
    list_title: str
    list_keys: str
    no_note: str
    later: str
    broken: str
    foreign: str
    newer: str
    elsewhere: str
    unkept: str


EN = TimelineWords(
    title="Timeline",
    thread="thread {number}",
    event_at="event {at}/{of}",
    failed="failed",
    injected="injected",
    client="client",
    exited="exit",
    bookmarks="bookmark",
    run="runs",
    call="in a call",
    parked="parked",
    reading="reading {percent} %",
    more_goroutine="+{count} goroutine",
    more_goroutines="+{count} goroutines",
    more_thread="+{count} thread",
    more_threads="+{count} threads",
    hint="click or drag · g go to · m bookmark · M list · [ ] bookmarks · ↑↓ lanes",
    no_events="There is no event yet.",
    go_to="Go to",
    go_hint="event 1–{last}, time (12.5ms, 1.2s) or stage (bind)",
    wrong_event="Events are 1 to {last}.",
    one_step="{asked} is in the step {first}–{last}",
    seeking="looking for {what}",
    wrong_time="The last event is at {time}.",
    wrong_stage="No stage or step is called that; stages: {stages}.",
    which_stage="Which one: {stages}?",
    wrong_words="Type an event's number, a time with ms or s, or a stage's name.",
    not_begun="{stage} is not begun in these events.",
    note="Note",
    note_hint="Enter sets a bookmark at event {at}, with or without a note",
    note_hint_there="Enter keeps it · Ctrl+D removes it (event {at})",
    set_at="Bookmark set at event {at}.",
    changed_at="Bookmark at event {at} changed.",
    removed_at="Bookmark at event {at} removed.",
    no_bookmarks="There is no bookmark yet; m sets one here.",
    none_before="There is no bookmark before this event.",
    none_after="There is no bookmark after this event.",
    list_title="Bookmarks",
    list_keys="Enter go · e edit · d remove · Esc close",
    no_note="no note",
    later="not there yet",
    broken="{name} holds no bookmarks that can be read; it is left as it is, and new bookmarks "
    "are kept elsewhere.",
    foreign="{name} holds the bookmarks of another recording; it is left as it is, and new "
    "bookmarks are kept elsewhere.",
    newer="{name} was written by a newer walkthrough; it is left as it is, and new bookmarks are "
    "kept elsewhere.",
    elsewhere="{name} cannot be written; bookmarks are kept in {instead}.",
    unkept="{name} cannot be written ({why}): bookmarks last until you leave.",
)

ZH = TimelineWords(
    title="时间线",
    thread="线程 {number}",
    event_at="事件 {at}/{of}",
    failed="失败",
    injected="注入",
    client="客户端",
    exited="退出",
    bookmarks="书签",
    run="运行",
    call="调用中",
    parked="停放",
    reading="读取中 {percent} %",
    more_goroutine="另有 {count} 个 goroutine",
    more_goroutines="另有 {count} 个 goroutine",
    more_thread="另有 {count} 个线程",
    more_threads="另有 {count} 个线程",
    hint="点击或拖动 · g 跳转 · m 书签 · M 列表 · [ ] 前后书签 · ↑↓ 泳道",
    no_events="还没有事件。",
    go_to="跳转到",
    go_hint="事件 1–{last}、时间（12.5ms、1.2s）或阶段（bind）",
    wrong_event="事件编号为 1 到 {last}。",
    one_step="{asked} 属于步骤 {first}–{last}",
    seeking="正在寻找 {what}",
    wrong_time="最后一个事件在 {time}。",
    wrong_stage="没有叫这个名字的阶段或步骤；阶段有：{stages}。",
    which_stage="是哪一个：{stages}？",
    wrong_words="请输入事件编号、带 ms 或 s 的时间，或阶段名。",
    not_begun="这些事件中还没有进入 {stage}。",
    note="备注",
    note_hint="回车在事件 {at} 处设书签，备注可留空",
    note_hint_there="回车保留 · Ctrl+D 删除（事件 {at}）",
    set_at="已在事件 {at} 处设书签。",
    changed_at="事件 {at} 处的书签已更改。",
    removed_at="事件 {at} 处的书签已删除。",
    no_bookmarks="还没有书签；按 m 在此处设一个。",
    none_before="此事件之前没有书签。",
    none_after="此事件之后没有书签。",
    list_title="书签",
    list_keys="回车 前往 · e 编辑 · d 删除 · Esc 关闭",
    no_note="无备注",
    later="尚未到达",
    broken="{name} 中没有能读出的书签；它保持原样，新书签另存他处。",
    foreign="{name} 中是另一份录制的书签；它保持原样，新书签另存他处。",
    newer="{name} 由更新版本的 walkthrough 写成；它保持原样，新书签另存他处。",
    elsewhere="{name} 无法写入；书签保存在 {instead}。",
    unkept="{name} 无法写入（{why}）：书签只保留到退出为止。",
)


def timeline_words(language: str) -> TimelineWords:
    """Return the words in ``language``."""
    return ZH if language == "zh" else EN
