"""The rows of predict mode, from plain records: a question, a verdict, the bar, the review.

Pure: records in, rows out. It knows neither widgets nor the walk.
"""

from collections.abc import Sequence
from typing import NamedTuple

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import in_context, message
from walkthrough.quiz.question import QuestionKind, QuizQuestion
from walkthrough.quiz.score import AnswerOutcome, GivenAnswer, QuizScore
from walkthrough.scenario.misconceptions import MISCONCEPTIONS
from walkthrough.view.text import Piece, Row, cell_width, elide, safe, width_of, wrap

KINDS = {
    QuestionKind.SCENARIO: message("the scenario asks"),
    QuestionKind.STAGE: message("next stage"),
    QuestionKind.CALL: message("next system call"),
    QuestionKind.RESULT: message("result"),
    QuestionKind.DESCRIPTOR: message("descriptor"),
    QuestionKind.QUEUE: in_context("the quiz", "accept queue"),
    QuestionKind.BLOCK: message("does it wait?"),
}


GLYPHS = {
    AnswerOutcome.WAITING: ("…", "dim"),
    AnswerOutcome.RIGHT: ("✓", "done"),
    AnswerOutcome.WRONG: ("✗", "failed"),
    AnswerOutcome.SKIPPED: ("·", "dim"),
    AnswerOutcome.CLASSROOM: ("▸", "result"),
    AnswerOutcome.VOID: ("–", "dim"),
}


ROOM_FOR_QUESTION = 100
"""Cells; with fewer the bar says what was answered, and not to which question."""


MOST_TOLD = 10
"""Rows of the smallest usual box: what an outcome takes at most, whatever room there seems to be.
"""


class ClickableRow(NamedTuple):
    """A row, and what a click on it means: a choice, or an event; None if nothing."""

    row: Row
    meant: int | None = None


def option_of(asked: QuizQuestion, number: int | None, tr: Catalogue) -> str:
    """Return the text of one choice of a question, "" for none."""
    return safe(tr.text(asked.options[number].text)) if number is not None else ""


def answer_of(asked: QuizQuestion, tr: Catalogue) -> str:
    """Say what came."""
    if asked.right is not None:
        return option_of(asked, asked.right, tr)
    return safe(tr.text(asked.came)) if asked.came is not None else ""


def score_of(score: QuizScore, tr: Catalogue) -> str:
    """Say the score in a few words."""
    right, counted = score.total()
    return (
        tr("{right} of {counted} right", right=right, counted=counted)
        if counted
        else tr("nothing answered yet")
    )


def question_rows(
    asked: QuizQuestion, tr: Catalogue, width: int, chosen: int | None, most: int = 0
) -> list[ClickableRow]:
    """Write a question and its choices, one of them marked; spaced out if ``most`` rows allow."""
    question = wrap((Piece(safe(tr.text(asked.ask)), "strong"),), width)
    rows: list[ClickableRow] = []
    for number in range(len(asked.options)):
        mark = "> " if number == chosen else "  "
        lead = (Piece(mark, "current"), Piece(f"{number + 1}) ", "key"))
        text = Piece(option_of(asked, number, tr))
        rows.extend(ClickableRow(row, number) for row in wrap((*lead, text), width, 5))
    apart: list[Row] = [()] if len(question) + len(rows) < most else []
    return [*(ClickableRow(row) for row in (*question, *apart)), *rows]


def verdict_rows(
    given: GivenAnswer, tr: Catalogue, width: int, most: int = 0
) -> list[ClickableRow]:
    """Write the outcome of a question, and why.

    Where it can be read up comes last, unless the rest fills `MOST_TOLD` rows by itself. If it
    all fits ``most`` rows, the question comes first.
    """
    asked = given.asked
    said = option_of(asked, given.choice, tr)
    answer = answer_of(asked, tr)
    wrong = [(text, "note") for text in _why_not(given, tr)]
    lines: list[tuple[str, str]] = []
    match given.outcome:
        case AnswerOutcome.RIGHT:
            lines = [(tr("✓ Right: {answer}", answer=answer), "live")]
        case AnswerOutcome.WRONG:
            lines = [
                (tr("✗ Not quite: {said}", said=said), "failed"),
                *wrong,
                (tr("✓ It is: {answer}", answer=answer), "live"),
            ]
        case AnswerOutcome.VOID:
            lines = (
                [
                    (
                        tr(
                            "– It was {came}, which was no choice. This one does not count.",
                            came=answer or "?",
                        ),
                        "dim",
                    )
                ]
                if asked.came
                else []
            )
        case _:
            lines = [(tr("The audience said: {said}", said=said), "")] if said else []
            lines += wrong
            lines.append((tr("✓ It is: {answer}", answer=answer), "live"))
    rows = [
        row
        for text, kind in lines
        for row in wrap((Piece(text, kind),), width, 0 if kind == "note" else 2)
    ]
    if asked.why is not None:
        rows.extend(wrap((Piece(safe(tr.text(asked.why)), "note"),), width))
    if asked.see:
        places = tr("Read up: {places}", places=[*map(safe, asked.see)])
        more = wrap((Piece(places, "dim"),), width)
        rows += more if len(rows) + len(more) <= max(most, MOST_TOLD) else []
    question = wrap((Piece(safe(tr.text(asked.ask)), "dim"),), width)
    if len(question) + len(rows) <= most:
        apart: list[Row] = [()] if len(question) + len(rows) < most else []
        rows = [*question, *apart, *rows]
    return [ClickableRow(row) for row in rows]


def _why_not(given: GivenAnswer, tr: Catalogue) -> list[str]:
    """Say why somebody could think so who has chosen wrongly, and what shows that it is not so."""
    wrong = given.wrong
    return [safe(tr.text(wrong.why))] if wrong is not None and wrong.why is not None else []


def bar_rows(
    score: QuizScore,
    here: list[GivenAnswer],
    waiting: GivenAnswer | None,
    tr: Catalogue,
    width: int,
    *,
    said: str,
    modes: Sequence[str] = (),
) -> list[Row]:
    """Write the bar: the score, and what was asked at this step, is still waited for, or is said.

    Args:
        score: The score.
        here: What was asked at this step.
        waiting: An answer whose question is not settled yet.
        tr: The catalogue of the language to say it in.
        width: Cells of a row.
        said: What to say if there is nothing else.
        modes: How predict mode is used, in a word or two each.
    """
    left: list[Piece] = [
        Piece(" " + tr("Predict") + " ", "heading"),
        Piece(" " + score_of(score, tr) + " ", "strong"),
        Piece(" "),
    ]
    for mode in modes:
        left += [Piece("· ", "dim"), Piece(mode, "current"), Piece("  ")]
    right = tr("R review") + " "
    room = width - width_of(left) - cell_width(right) - 1
    text, kind = said, "dim"
    if waiting is not None:
        said_then = option_of(waiting.asked, waiting.choice, tr)
        text = (
            tr("You said “{said}”: checked when it happens.", said=said_then)
            if said_then
            else tr("The audience has called out: the answer is shown as soon as it is known.")
        )
        kind = "current"
    elif here:
        text, kind = recall(here[-1], tr, room), ""
    text = elide(text, max(room, 0))
    gap = " " * max(1, room - cell_width(text) + 1)
    rows: list[Row] = [(*left, Piece(text, kind), Piece(gap), Piece(right, "key"))]
    for given in here[-1:]:
        rows.append((Piece(" "), Piece(elide(safe(tr.text(given.asked.ask)), width - 2))))
        rows.extend((Piece(" "), *each.row) for each in verdict_rows(given, tr, width - 2))
    return rows


def recall(given: GivenAnswer, tr: Catalogue, width: int) -> str:
    """Say in one line what was answered at a step, and, if ``width`` allows, what was asked."""
    glyph = GLYPHS[given.outcome][0]
    said = option_of(given.asked, given.choice, tr)
    answered = tr("you said {said}", said=said) if said else tr("skipped")
    # Of an audience the bar says that it answers, and a show of hands is no answer of one.
    parts = [] if given.outcome is AnswerOutcome.CLASSROOM else [f"{glyph} {answered}"]
    if given.outcome is not AnswerOutcome.RIGHT:
        parts.append(tr("✓ It is: {answer}", answer=answer_of(given.asked, tr)))
    if width >= ROOM_FOR_QUESTION:
        parts.append(tr("asked: {ask}", ask=safe(tr.text(given.asked.ask))))
    return tr.beside(parts)


def review_rows(score: QuizScore, passed: int, tr: Catalogue, width: int) -> list[ClickableRow]:
    """Write the review: the score by kind, and what to look at again, each with its event."""
    if not score:
        return [
            ClickableRow(row)
            for row in wrap((Piece(tr("Nothing has been asked yet: p begins to."), "dim"),), width)
        ]
    rows: list[Row] = [(Piece(score_of(score, tr), "strong"),)]
    for kind, tally in score.by_kind().items():
        text = tr(
            "{kind}: {right} of {counted}",
            kind=tr(KINDS[kind]),
            right=tally.right,
            counted=tally.counted,
        )
        rows.append((Piece("  "), Piece(text)))
    counts = (
        (message("skipped: {count}"), score.count(AnswerOutcome.SKIPPED)),
        (message("called out by the audience: {count}"), score.count(AnswerOutcome.CLASSROOM)),
        (message("void, since something else came: {count}"), score.count(AnswerOutcome.VOID)),
        (message("passed over unasked: {count}"), passed),
    )
    rows += [(Piece("  "), Piece(tr(text, count=n), "dim")) for text, n in counts if n]
    rows += [(), (Piece(tr("Look at again"), "heading"),)]
    listed = [
        ClickableRow(row) for each in rows for row in (wrap(each, width, 4) if each else [each])
    ]
    again = score.to_look_at()
    if not again:
        listed.append(
            ClickableRow((Piece(elide(tr("Nothing: all that counted was right."), width), "dim"),))
        )
    for given in again:
        listed.extend(_to_look_at(given, tr, width))
    return listed


def _to_look_at(given: GivenAnswer, tr: Catalogue, width: int) -> list[ClickableRow]:
    asked = given.asked
    glyph, kind = GLYPHS[given.outcome]
    said = option_of(asked, given.choice, tr)
    mine = tr("you said: {said}", said=said) if said else tr("skipped")
    lines: list[Row] = [
        (Piece(f"{glyph} ", kind), Piece(safe(tr.text(asked.ask)), "strong")),
        (Piece("    "), Piece(mine, kind)),
        *((Piece("    "), Piece(text, "note")) for text in _why_not(given, tr)),
        *((Piece("    "), Piece(text, "dim")) for text in _belief(given, tr)),
        (Piece("    "), Piece(tr("✓ It is: {answer}", answer=answer_of(asked, tr)), "done")),
    ]
    if asked.why is not None:
        lines.append((Piece("    "), Piece(safe(tr.text(asked.why)), "note")))
    at = asked.sight if asked.sight is not None else asked.index
    return [
        ClickableRow(row, at)
        for number, line in enumerate(lines)
        for row in wrap(line, width, 4 if number else 2)
    ]


def _belief(given: GivenAnswer, tr: Catalogue) -> list[str]:
    """Name the misconception that a wrong choice stands for, and where it is seen to be false."""
    wrong = given.wrong
    known = MISCONCEPTIONS.get(wrong.believes) if wrong is not None else None
    if known is None:
        return []
    named = tr("Misconception {number}: {belief}", number=known.number, belief=tr(known.belief))
    seen = tr("seen false in {scenarios}", scenarios=[*known.scenarios])
    return [tr.beside([named, seen]) if known.scenarios else named]
