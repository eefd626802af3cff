"""The page asks what the screen asks, and says to each answer what the screen says."""

from tests.export.html.conftest import SCENARIOS, WrittenPage
from walkthrough.i18n.catalogue import catalogue
from walkthrough.lesson.lesson import lesson_for
from walkthrough.quiz.score import QuizScore
from walkthrough.quiz.walk_questions import questions_of
from walkthrough.recording.file import load
from walkthrough.state.history import History
from walkthrough.view.quiz import question_rows, verdict_rows

FIRST = SCENARIOS / "first-connection" / "recording.jsonl"


def text(pieces: list[str | int]) -> str:
    return "".join(str(piece) for piece in pieces[::2])


def test_each_answer_has_the_verdict_of_the_screen(first_connection: WrittenPage) -> None:
    history = History.load(load(FIRST))
    asked = questions_of(history, lesson_for(history.header).questions)
    for language in ("en", "zh"):
        tr, stored = catalogue(language), first_connection.data["questions"][language]
        assert len(stored) == len(asked)
        for question, record in zip(asked, stored, strict=True):
            rows = question_rows(question, tr, 10_000, None)
            assert [text(row[1:]) for row in record["rows"]] == [
                "".join(piece.text for piece in each.row) for each in rows
            ]
            assert len(record["answers"]) == len(question.options) + 1
            for choice, (right, verdict, again) in enumerate(record["answers"][:-1]):
                given = QuizScore().answer(question, choice)
                assert right == int(choice == question.right)
                said = verdict_rows(given, tr, 10_000, 100)
                assert [text(row) for row in verdict] == [
                    "".join(piece.text for piece in each.row) for each in said
                ]
                assert bool(again) == (choice != question.right)
            skipped = record["answers"][-1]
            assert skipped[0] == -1
            assert skipped[2]


def test_questions_come_at_steps_before_their_answers(first_connection: WrittenPage) -> None:
    starts = set(first_connection.data["walk"]["starts"])
    for record in first_connection.data["questions"]["en"]:
        assert record["at"] in starts
        assert record["kind"]
    assert any(record["own"] for record in first_connection.data["questions"]["en"])
