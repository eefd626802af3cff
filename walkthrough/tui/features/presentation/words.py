"""What presenting says, in English and in Chinese."""

from typing import NamedTuple


class PresentWords(NamedTuple):
    """Presenting's words in one language. Braces are filled with `str.format`."""

    playing: str
    paused: str
    plays: str
    pauses: str
    at_mark: str
    at_end: str
    pace: str
    fastest: str
    slowest: str
    theme: str
    unseen: str
    themes: dict[str, str]
    refuse_alone: str


EN = PresentWords(
    playing="▶ plays, {seconds} s an event",
    paused="‖ t plays, {seconds} s an event",
    plays="Plays by itself, {seconds} s an event; t pauses.",
    pauses="Paused; t plays on.",
    at_mark="Paused at a bookmark; t plays on.",
    at_end="Paused: there is nothing more to play.",
    pace="{seconds} s an event.",
    fastest="It cannot play faster than {seconds} s an event.",
    slowest="It cannot play slower than {seconds} s an event.",
    theme="Colours: {name}.",
    unseen="Colours: {name}; NO_COLOR is set, so none is shown.",
    themes={
        "walkthrough-dark": "dark",
        "walkthrough-light": "light",
        "walkthrough-contrast": "high contrast",
    },
    refuse_alone="The second pane is changed while presenting: P presents.",
)

ZH = PresentWords(
    playing="▶ 自动播放，每个事件 {seconds} 秒",
    paused="‖ 按 t 播放，每个事件 {seconds} 秒",
    plays="自动播放，每个事件 {seconds} 秒；按 t 暂停。",
    pauses="已暂停；按 t 继续播放。",
    at_mark="到了书签，已暂停；按 t 继续播放。",
    at_end="已暂停：后面没有可播放的了。",
    pace="每个事件 {seconds} 秒。",
    fastest="最快就是每个事件 {seconds} 秒。",
    slowest="最慢就是每个事件 {seconds} 秒。",
    theme="配色：{name}。",
    unseen="配色：{name}；已设置 NO_COLOR，所以不显示颜色。",
    themes={
        "walkthrough-dark": "深色",
        "walkthrough-light": "浅色",
        "walkthrough-contrast": "高对比度",
    },
    refuse_alone="演示时才能更换第二个窗格：按 P 开始演示。",
)


def present_words(language: str) -> PresentWords:
    """Return the words of ``language`` (``en`` or ``zh``); English for any other."""
    return ZH if language == "zh" else EN
