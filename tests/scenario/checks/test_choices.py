"""A wrong choice without an explanation of its own is named, and is no mistake."""

from walkthrough.i18n.catalogue import catalogue
from walkthrough.scenario.checks.choices import unexplained, unexplained_choices
from walkthrough.scenario.loader import parse_lesson

LESSON = """\
[[question]]
id = "mine.q"
when = "after listen"
ask.en = "What?"
why.en = "So it is."
[[question.choice]]
says.en = "This."
why.en = "It looks like it, but the trace has that."
[[question.choice]]
says.en = "That."
right = true
[[question.choice]]
says.en = "Neither."
"""


def test_those_without_a_why_are_named() -> None:
    lesson = parse_lesson(LESSON)
    assert unexplained_choices(lesson) == ["question mine.q choice 3"]
    (said,) = unexplained(lesson)
    assert str(said).startswith("question mine.q choice 3 is wrong and has no why: add why.en")
    assert "错误选项" in catalogue("zh")(said)
    assert not unexplained_choices(parse_lesson(LESSON.replace("Neither.", 'N."\nwhy.en="No.')))
