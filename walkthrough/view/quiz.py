"""The rows of predict mode, from plain records: a question, a verdict, the bar, the review.

Pure: records in, rows out. It knows neither widgets nor the walk.
"""

from typing import NamedTuple

from walkthrough.i18n.catalogue import catalogue
from walkthrough.quiz.question import QuizQuestion
from walkthrough.quiz.score import AnswerOutcome, GivenAnswer, QuizScore
from walkthrough.view.quiz_words import PredictWords, predict_words
from walkthrough.view.text import Piece, Row, cell_width, elide, safe, width_of, wrap

GLYPHS = {
    AnswerOutcome.WAITING: ("…", "dim"),
    AnswerOutcome.RIGHT: ("✓", "done"),
    AnswerOutcome.WRONG: ("✗", "failed"),
    AnswerOutcome.SKIPPED: ("·", "dim"),
    AnswerOutcome.HALL: ("▸", "result"),
    AnswerOutcome.VOID: ("–", "dim"),
}


class ClickableRow(NamedTuple):
    """A row, and what a click on it means: a choice, or an event; None if nothing."""

    row: Row
    meant: int | None = None


def option_of(asked: QuizQuestion, number: int | None, language: str) -> str:
    """Say one of the choices of a question, "" for none."""
    return safe(catalogue(language).text(asked.options[number].text)) if number is not None else ""


def answer_of(asked: QuizQuestion, language: str) -> str:
    """Say what came."""
    if asked.right is not None:
        return option_of(asked, asked.right, language)
    return safe(catalogue(language).text(asked.came)) if asked.came is not None else ""


def score_of(score: QuizScore, words: PredictWords) -> str:
    """Say the score in a few words."""
    right, counted = score.total()
    return words.score.format(right=right, counted=counted) if counted else words.no_score


def question_rows(
    asked: QuizQuestion, language: str, width: int, chosen: int | None, most: int = 0
) -> list[ClickableRow]:
    """Write a question and its choices, one of them marked; set apart if ``most`` rows allow."""
    question = wrap((Piece(safe(catalogue(language).text(asked.ask)), "strong"),), width)
    rows: list[ClickableRow] = []
    for number in range(len(asked.options)):
        mark = "> " if number == chosen else "  "
        lead = (Piece(mark, "current"), Piece(f"{number + 1}  ", "key"))
        text = Piece(option_of(asked, number, language))
        rows.extend(ClickableRow(row, number) for row in wrap((*lead, text), width, 5))
    apart: list[Row] = [()] if len(question) + len(rows) < most else []
    return [*(ClickableRow(row) for row in (*question, *apart)), *rows]


def verdict_rows(
    given: GivenAnswer, language: str, width: int, most: int = 0
) -> list[ClickableRow]:
    """Write what came of a question, and why; the question too, if it all fits ``most`` rows."""
    words, asked = predict_words(language), given.asked
    said = option_of(asked, given.choice, language)
    answer = answer_of(asked, language)
    lines: list[tuple[str, str]] = []
    match given.outcome:
        case AnswerOutcome.RIGHT:
            lines = [(words.right.format(answer=answer), "live")]
        case AnswerOutcome.WRONG:
            lines = [
                (words.wrong.format(said=said), "failed"),
                (words.it_is.format(answer=answer), "live"),
            ]
        case AnswerOutcome.VOID:
            lines = [(words.void.format(came=answer or "?"), "dim")] if asked.came else []
        case _:
            lines = [(words.hall_said.format(said=said), "")] if said else []
            lines.append((words.it_is.format(answer=answer), "live"))
    rows = [row for text, kind in lines for row in wrap((Piece(text, kind),), width, 2)]
    if asked.why is not None:
        rows.extend(wrap((Piece(safe(catalogue(language).text(asked.why)), "note"),), width))
    question = wrap((Piece(safe(catalogue(language).text(asked.ask)), "dim"),), width)
    if len(question) + len(rows) <= most:
        apart: list[Row] = [()] if len(question) + len(rows) < most else []
        rows = [*question, *apart, *rows]
    return [ClickableRow(row) for row in rows]


def bar_rows(
    score: QuizScore,
    here: list[GivenAnswer],
    waiting: GivenAnswer | None,
    language: str,
    width: int,
    *,
    said: str,
) -> list[Row]:
    """Write the bar: the score, and what was asked at this step, is still waited for, or is said.

    Args:
        score: The score.
        here: What was asked at this step.
        waiting: An answer whose question is not settled yet.
        language: ``en`` or ``zh``.
        width: Cells of a row.
        said: What to say if there is nothing else.
    """
    words = predict_words(language)
    left: list[Piece] = [
        Piece(" " + words.title + " ", "heading"),
        Piece(" " + score_of(score, words) + " ", "strong"),
        Piece(" "),
    ]
    right = words.bar_keys + " "
    room = width - width_of(left) - cell_width(right) - 1
    text, kind = said, "dim"
    if waiting is not None:
        said_then = option_of(waiting.asked, waiting.choice, language)
        text = words.waiting.format(said=said_then) if said_then else words.waiting_hall
        kind = "current"
    elif here:
        text, kind = recall(here[-1], language), ""
    text = elide(text, max(room, 0))
    gap = " " * max(1, room - cell_width(text) + 1)
    rows: list[Row] = [(*left, Piece(text, kind), Piece(gap), Piece(right, "key"))]
    for given in here[-1:]:
        rows.append(
            (Piece(" "), Piece(elide(safe(catalogue(language).text(given.asked.ask)), width - 2)))
        )
        rows.extend((Piece(" "), *each.row) for each in verdict_rows(given, language, width - 2))
    return rows


def recall(given: GivenAnswer, language: str) -> str:
    """Say in one line what was asked at a step and what was answered."""
    words = predict_words(language)
    glyph = GLYPHS[given.outcome][0]
    said = option_of(given.asked, given.choice, language)
    answered = words.answered.format(said=said) if said else words.skipped_here
    if given.outcome is AnswerOutcome.HALL:
        answered = words.hall
    parts = [f"{glyph} {answered}"]
    if given.outcome is not AnswerOutcome.RIGHT:
        parts.append(words.it_is.format(answer=answer_of(given.asked, language)))
    parts.append(words.asked_here.format(ask=safe(catalogue(language).text(given.asked.ask))))
    return " · ".join(parts)


def review_rows(score: QuizScore, passed: int, language: str, width: int) -> list[ClickableRow]:
    """Write the review: the score by kind, and what to look at again, each with its event."""
    words = predict_words(language)
    if not score:
        return [ClickableRow(row) for row in wrap((Piece(words.review_none, "dim"),), width)]
    rows: list[Row] = [(Piece(score_of(score, words), "strong"),)]
    for kind, tally in score.by_kind().items():
        text = words.counts.format(kind=words.kinds[kind], right=tally.right, counted=tally.counted)
        rows.append((Piece("  "), Piece(text)))
    counts = (
        (words.skipped, score.count(AnswerOutcome.SKIPPED)),
        (words.halls, score.count(AnswerOutcome.HALL)),
        (words.voids, score.count(AnswerOutcome.VOID)),
        (words.passed, passed),
    )
    rows += [(Piece("  "), Piece(text.format(count=n), "dim")) for text, n in counts if n]
    rows += [(), (Piece(words.again, "heading"),)]
    listed = [
        ClickableRow(row) for each in rows for row in (wrap(each, width, 4) if each else [each])
    ]
    again = score.to_look_at()
    if not again:
        listed.append(ClickableRow((Piece(elide(words.nothing_again, width), "dim"),)))
    for given in again:
        listed.extend(_to_look_at(given, language, width))
    return listed


def _to_look_at(given: GivenAnswer, language: str, width: int) -> list[ClickableRow]:
    words, asked = predict_words(language), given.asked
    glyph, kind = GLYPHS[given.outcome]
    said = option_of(asked, given.choice, language)
    mine = words.you_said.format(said=said) if said else words.you_skipped
    lines: list[Row] = [
        (Piece(f"{glyph} ", kind), Piece(safe(catalogue(language).text(asked.ask)), "strong")),
        (Piece("    "), Piece(mine, kind)),
        (Piece("    "), Piece(words.it_is.format(answer=answer_of(asked, language)), "done")),
    ]
    if asked.why is not None:
        lines.append((Piece("    "), Piece(safe(catalogue(language).text(asked.why)), "note")))
    at = asked.sight if asked.sight is not None else asked.index
    hangs = (2, 4, 4, 4)
    return [
        ClickableRow(row, at)
        for line, hang in zip(lines, hangs, strict=False)
        for row in wrap(line, width, hang)
    ]
