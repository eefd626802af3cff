"""Predict mode on the page: the questions of a walk, and what is said to each answer.

The questions, and what each choice leads to, are made by `walkthrough.quiz`; their rows by
`walkthrough.view.quiz`. The page shows a question, and the rows of the choice that was taken.
"""

from walkthrough.export.html.diagram import pieces_data
from walkthrough.export.html.panes import UNCUT
from walkthrough.export.html.rows import Json
from walkthrough.i18n.catalogue import Catalogue
from walkthrough.quiz.question import QuestionKind, QuizQuestion
from walkthrough.quiz.score import AnswerOutcome, QuizScore
from walkthrough.view.quiz import KINDS, question_rows, review_rows, verdict_rows

_OUTCOMES = {AnswerOutcome.RIGHT: 1, AnswerOutcome.WRONG: 0}
_ROOM = 100
"""Rows: so that all is said, the question and where it can be read up among it."""


def question_data(asked: QuizQuestion, tr: Catalogue) -> Json:
    """Return a question in one language.

    Attributes of the result: ``at``, the first event of the step at which it is asked; ``sight``,
    the event to look at again; ``own``, whether the scenario asks; ``rows`` with the choice that
    each belongs to, -1 for none; and for each choice, and last for none, what came of it.
    """
    return {
        "at": asked.index,
        "sight": asked.sight if asked.sight is not None else asked.index,
        "kind": tr(KINDS[asked.kind]),
        "own": int(asked.kind is QuestionKind.SCENARIO),
        "rows": [
            [-1 if each.meant is None else each.meant, *pieces_data(each.row)]
            for each in question_rows(asked, tr, UNCUT, None)
        ],
        "answers": [
            _answer_data(asked, choice, tr) for choice in (*range(len(asked.options)), None)
        ],
    }


def _answer_data(asked: QuizQuestion, choice: int | None, tr: Catalogue) -> Json:
    """Return whether it is right (1, 0, or -1 if it does not count), the verdict, the review."""
    score = QuizScore()
    given = score.answer(asked, choice)
    verdict = [pieces_data(each.row) for each in verdict_rows(given, tr, UNCUT, _ROOM)]
    again = [
        pieces_data(each.row) for each in review_rows(score, 0, tr, UNCUT) if each.meant is not None
    ]
    return [_OUTCOMES.get(given.outcome, -1), verdict, again]
