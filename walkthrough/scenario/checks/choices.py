"""Which wrong choices of a lesson's questions have no explanation of their own."""

from collections.abc import Iterator

from walkthrough.i18n.messages import Message, escaped, message
from walkthrough.scenario.schema import LessonFile


def unexplained_choices(lesson: LessonFile) -> list[str]:
    """Return the names of the wrong choices without a ``why``, as ``question ID choice 2``."""
    return [
        f"question {question.id} choice {number}"
        for question in lesson.question
        for number, choice in enumerate(question.choice, 1)
        if not choice.right and choice.why is None
    ]


def unexplained(lesson: LessonFile) -> Iterator[Message]:
    """Yield a sentence for each wrong choice without a ``why``: why one could think so is unsaid.

    Args:
        lesson: Whose questions are looked at.
    """
    for name in unexplained_choices(lesson):
        yield escaped(
            message(
                "{choice} is wrong and has no why: add why.en, which says why one could think so "
                "and what the trace shows instead.",
                choice=name,
            )
        )
