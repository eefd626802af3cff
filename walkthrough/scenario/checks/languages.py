"""Which texts of a scenario a language lacks: they are shown in English, which is not a mistake."""

from collections.abc import Iterable, Iterator

from walkthrough.i18n.languages import ENGLISH
from walkthrough.i18n.messages import Message, escaped, message, plural
from walkthrough.i18n.texts import Texts
from walkthrough.scenario.schema import LessonFile, Scenario

_MOST_NAMED = 5


def untranslated(
    scenario: Scenario, lesson: LessonFile, languages: Iterable[str]
) -> Iterator[Message]:
    """Yield a sentence for each language that lacks texts, and for each that has no catalogue.

    Args:
        scenario: Whose title, teaser, summary and goals are looked at.
        lesson: Whose notes and questions are.
        languages: Those that the program speaks.
    """
    spoken = [*languages]
    for language, missing in missing_texts(scenario, lesson, spoken).items():
        yield escaped(
            plural(
                "{language}: {count} text is missing, and shown in English: {texts}.",
                "{language}: {count} texts are missing, and shown in English: {texts}.",
                len(missing),
                language=language,
                texts=_named(missing),
            )
        )
    texts = dict(_texts(scenario, lesson))
    others = sorted({language for text in texts.values() for language in text} - {*spoken})
    for language in others:
        yield escaped(
            message(
                "{language}: its texts are not shown, for there is no catalogue of that language; "
                "there are: {languages}.",
                language=language,
                languages=[*spoken],
            )
        )


def missing_texts(
    scenario: Scenario, lesson: LessonFile, languages: Iterable[str]
) -> dict[str, list[str]]:
    """Return the names of the texts that each language lacks; English lacks none.

    Args:
        scenario: Whose title, teaser, summary and goals are looked at.
        lesson: Whose notes and questions are.
        languages: Those that the program speaks.
    """
    texts = dict(_texts(scenario, lesson))
    found = {
        language: [name for name, text in texts.items() if language not in text]
        for language in languages
        if language != ENGLISH
    }
    return {language: names for language, names in found.items() if names}


def _texts(scenario: Scenario, lesson: LessonFile) -> Iterator[tuple[str, Texts]]:
    """Yield every text, and what it is called: by the keys of the files, and by ids."""
    yield "title", scenario.title
    yield "summary", scenario.summary
    if scenario.teaser is not None:
        yield "teaser", scenario.teaser
    for goal in scenario.goal:
        yield f"goal {goal.id} look", goal.look
        if goal.how is not None:
            yield f"goal {goal.id} how", goal.how
    if scenario.try_next is not None:
        yield "try_next", scenario.try_next
    for note in lesson.note:
        yield f"note {note.id}", note.said
    for question in lesson.question:
        yield f"question {question.id} ask", question.ask
        for number, choice in enumerate(question.choice, 1):
            yield f"question {question.id} choice {number}", choice.said
            if choice.why is not None:
                yield f"question {question.id} choice {number} why", choice.why
        yield f"question {question.id} why", question.why


def _named(names: list[str]) -> list[str | int | float | Message]:
    more = len(names) - _MOST_NAMED
    if more <= 0:
        return [*names]
    return [*names[:_MOST_NAMED], message("and {count} more", count=more)]
