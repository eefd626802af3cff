"""What the header says while a recording is still being read, in English and Chinese."""

from typing import NamedTuple


class LoadingWords(NamedTuple):
    """The words; ``{share}`` is a whole number of per cent, ``{event}`` a number as it is shown."""

    reading: str
    reading_some: str
    then_end: str
    then_event: str
    then_stage: str
    refuse_edge: str


EN = LoadingWords(
    reading="reading",
    reading_some="reading {share}%",
    then_end=", then to the end",
    then_event=", then to event {event}",
    then_stage=", then to the next stage",
    refuse_edge="The recording is still being read; there will be more in a moment.",
)

ZH = LoadingWords(
    reading="读取中",
    reading_some="已读取 {share}%",
    then_end="，读完后跳到末尾",
    then_event="，读到后跳到事件 {event}",
    then_stage="，读到后跳到下一阶段",
    refuse_edge="录制还在读取；稍后就有后面的内容。",
)


def loading_words(language: str) -> LoadingWords:
    """Return the words in ``language`` (``en`` or ``zh``); English for any other."""
    return ZH if language == "zh" else EN
