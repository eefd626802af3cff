"""The words of predict mode on the screen, in both languages. The questions bring their own."""

from typing import NamedTuple

from walkthrough.quiz.question import QuestionKind


class PredictWords(NamedTuple):
    """All words of one language; fields in braces are filled in."""

    title: str
    kinds: dict[QuestionKind, str]
    score: str
    no_score: str
    hall: str
    hint: str
    hint_hall: str
    hint_away: str
    hint_verdict: str
    right: str
    wrong: str
    it_is: str
    hall_said: str
    void: str
    begin: str
    bar_keys: str
    waiting: str
    waiting_hall: str
    asked_here: str
    answered: str
    skipped_here: str
    reading: str
    no_timeline: str
    review: str
    review_hint: str
    review_none: str
    counts: str
    skipped: str
    halls: str
    voids: str
    passed: str
    again: str
    nothing_again: str
    you_said: str
    you_skipped: str


EN = PredictWords(
    title="Predict",
    kinds={
        QuestionKind.SCENARIO: "the scenario asks",
        QuestionKind.STAGE: "next stage",
        QuestionKind.CALL: "next system call",
        QuestionKind.RESULT: "result",
        QuestionKind.DESCRIPTOR: "descriptor",
        QuestionKind.QUEUE: "accept queue",
        QuestionKind.BLOCK: "does it wait?",
    },
    score="{right} of {counted} right",
    no_score="nothing answered yet",
    hall="hall",
    hint="1-{count} or ↑ ↓ Enter · Esc skip · h hall · p off",
    hint_hall="the hall calls out: Enter shows · Esc skip · h alone",
    hint_away="Space comes back to the question",
    hint_verdict="any key goes on",
    right="✓ Right: {answer}",
    wrong="✗ Not quite: {said}",
    it_is="✓ It is: {answer}",
    hall_said="The hall said: {said}",
    void="– It was {came}, which was no choice. This one does not count.",
    begin="You are asked before it is shown; notes are kept back until you leave (p).",
    bar_keys="R review",
    waiting="You said “{said}”: judged as soon as it shows.",
    waiting_hall="The hall has called out: the answer is told as soon as it shows.",
    asked_here="asked: {ask}",
    answered="you said {said}",
    skipped_here="skipped",
    reading="Looking for questions …",
    no_timeline="The timeline shows what is to come: leave predict mode (p) to see it.",
    review="Predicted",
    review_hint="↑ ↓ Enter goes there · Esc closes",
    review_none="Nothing has been asked yet: p begins to.",
    counts="{kind}: {right} of {counted}",
    skipped="skipped: {count}",
    halls="called out by the hall: {count}",
    voids="void, since something else came: {count}",
    passed="passed over unasked: {count}",
    again="Look at again",
    nothing_again="Nothing: all that counted was right.",
    you_said="you said: {said}",
    you_skipped="skipped",
)

ZH = PredictWords(
    title="预测",
    kinds={
        QuestionKind.SCENARIO: "场景的问题",
        QuestionKind.STAGE: "下一阶段",
        QuestionKind.CALL: "下一个系统调用",
        QuestionKind.RESULT: "返回值",
        QuestionKind.DESCRIPTOR: "描述符",
        QuestionKind.QUEUE: "accept 队列",
        QuestionKind.BLOCK: "会不会等",
    },
    score="答对 {right}，共 {counted} 题",
    no_score="还没有作答",
    hall="全场",
    hint="1-{count} 或 ↑ ↓ Enter · Esc 跳过 · h 全场 · p 关闭",
    hint_hall="全场喊答案：Enter 揭晓 · Esc 跳过 · h 单人",
    hint_away="按空格回到问题",
    hint_verdict="按任意键继续",
    right="✓ 答对了：{answer}",
    wrong="✗ 不对：{said}",
    it_is="✓ 应为：{answer}",
    hall_said="全场的回答：{said}",
    void="– 实际是 {came}，不在选项之中。这一题不算。",
    begin="先问，后揭晓；离开（p）之前不显示注释。",
    bar_keys="R 小结",
    waiting="你的回答是“{said}”，一见分晓就评判。",
    waiting_hall="全场已经喊出答案，一见分晓就揭晓。",
    asked_here="问的是：{ask}",
    answered="你答的是 {said}",
    skipped_here="跳过了",
    reading="正在找问题……",
    no_timeline="时间线会露出后面的事：先离开预测模式（p），再看它。",
    review="预测小结",
    review_hint="↑ ↓ Enter 转到该处 · Esc 关闭",
    review_none="还没有问过什么：按 p 开始。",
    counts="{kind}：{right}/{counted}",
    skipped="跳过：{count}",
    halls="由全场回答：{count}",
    voids="作废（出现了别的结果）：{count}",
    passed="没有问就走过的：{count}",
    again="值得再看",
    nothing_again="没有：算分的都答对了。",
    you_said="你答的是：{said}",
    you_skipped="跳过了",
)


def predict_words(language: str) -> PredictWords:
    """Return the words of ``language`` (``en`` or ``zh``); English for any other."""
    return ZH if language == "zh" else EN
