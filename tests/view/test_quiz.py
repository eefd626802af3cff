"""The rows of predict mode, from plain records: everything fits, nothing is obeyed."""

import pytest
from msgspec.structs import replace

from tests.support.quiz_screen import NAMES, own_questions, recorded
from walkthrough.i18n.catalogue import catalogue
from walkthrough.i18n.texts import Texts
from walkthrough.model.stages import Place
from walkthrough.quiz.generator import QuestionGenerator
from walkthrough.quiz.question import QuestionKind, QuizOption, QuizQuestion
from walkthrough.quiz.score import AnswerOutcome, GivenAnswer, QuizScore, ScoreCount
from walkthrough.view.quiz import (
    bar_rows,
    option_of,
    question_rows,
    recall,
    review_rows,
    verdict_rows,
)
from walkthrough.view.text import Row, width_of

EN, ZH = catalogue("en"), catalogue("zh")
LANGUAGES = ("en", "zh")
BOX = (75, 10)  # what a question has at 80x24


def words(text: str) -> Texts:
    return Texts({"en": text, "zh": f"中{text}"})


def question(id: str = "q", *, right: int | None = 1, known: bool = True) -> QuizQuestion:
    return QuizQuestion(
        id=id,
        name=id,
        kind=QuestionKind.RESULT,
        index=3,
        place=Place(),
        ask=words(f"What of {id}?"),
        options=tuple(QuizOption(str(n), words(f"choice {n}")) for n in range(3)),
        right=right if known else None,
        why=words("Because it is so.") if known else None,
        came=words("something else") if known and right is None else words("choice 1"),
        shown=4 if known else None,
        sight=4 if known else None,
    )


def text(rows: list[Row]) -> str:
    return "\n".join("".join(piece.text for piece in row) for row in rows)


@pytest.mark.parametrize("name", NAMES)
def test_every_question_fits_the_smallest_usual_box(name: str) -> None:
    history = recorded(name)
    course = QuestionGenerator(history, own_questions(history))
    course.read_to(len(history), len(history))
    width, height = BOX
    for asked in course.settled_between(-1, len(history)):
        assert asked.right is not None
        wrong = GivenAnswer(asked, (asked.right + 1) % len(asked.options), AnswerOutcome.WRONG)
        for language in LANGUAGES:
            for rows in (
                question_rows(asked, catalogue(language), width, 0),
                verdict_rows(wrong, catalogue(language), width),
            ):
                assert len(rows) <= height
                assert all(width_of(each.row) <= width for each in rows)


def test_where_to_read_on_is_told_with_the_outcome_and_the_question_where_there_is_room() -> None:
    asked = replace(question(), see=("accept(2)", "net/sock_posix.go socket()"))
    given = GivenAnswer(asked, 1, AnswerOutcome.RIGHT)
    told = "Read up: accept(2), net/sock_posix.go socket()"
    for most, whole in ((0, False), (3, False), (4, True), (12, True)):
        rows = text([each.row for each in verdict_rows(given, EN, 60, most)]).split("\n")
        assert rows[-1] == told, most
        assert (str(asked.ask) in rows) == whole, most


def test_a_click_on_a_row_of_a_choice_means_it() -> None:
    rows = question_rows(question(), catalogue("en"), 12, 2)
    meant = [each.meant for each in rows]
    assert meant == sorted(meant, key=lambda n: -1 if n is None else n)
    assert {0, 1, 2} <= set(meant)
    marked = [each.meant for each in rows if each.row and each.row[0].text == "> "]
    assert marked == [2]


@pytest.mark.parametrize(
    ("outcome", "choice", "said"),
    [
        (AnswerOutcome.RIGHT, 1, ["✓ Right: choice 1"]),
        (AnswerOutcome.WRONG, 0, ["✗ Not quite: choice 0", "✓ It is: choice 1"]),
        (AnswerOutcome.CLASSROOM, 2, ["The audience said: choice 2", "✓ It is: choice 1"]),
        (AnswerOutcome.CLASSROOM, None, ["✓ It is: choice 1"]),
    ],
)
def test_a_verdict_says_what_came_and_why(
    outcome: AnswerOutcome, choice: int | None, said: list[str]
) -> None:
    rows = [each.row for each in verdict_rows(GivenAnswer(question(), choice, outcome), EN, 60)]
    assert text(rows).split("\n") == [*said, "Because it is so."]
    with_question = [
        each.row for each in verdict_rows(GivenAnswer(question(), choice, outcome), EN, 60, 9)
    ]
    assert text(with_question).startswith("What of q?\n\n")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_wrong_choice_says_why_one_could_think_so_and_names_the_misconception(
    language: str,
) -> None:
    tr = catalogue(language)
    explained = QuizOption("0", words("choice 0"), words("One could think so."), believes=3)
    asked = replace(question(), options=(explained, *question().options[1:]))
    for outcome in (AnswerOutcome.WRONG, AnswerOutcome.CLASSROOM):
        rows = text([each.row for each in verdict_rows(GivenAnswer(asked, 0, outcome), tr, 60)])
        lines = rows.split("\n")
        assert lines[1] == tr.text(words("One could think so."))
        assert lines[2].startswith("✓")
        assert lines[3] == tr.text(words("Because it is so."))
    right = verdict_rows(GivenAnswer(asked, 1, AnswerOutcome.RIGHT), tr, 60)
    assert "One could" not in text([each.row for each in right])
    score = QuizScore()
    score.answer(asked, 0)
    review = text([each.row for each in review_rows(score, 0, tr, 200)])
    assert "One could think so." in review
    assert tr("Accept blocks in accept4") in review
    assert "accept-parks" in review


def test_a_void_question_says_what_came_instead() -> None:
    rows = [
        each.row
        for each in verdict_rows(GivenAnswer(question(right=None), 0, AnswerOutcome.VOID), ZH, 80)
    ]
    assert "中something else" in text(rows)
    assert "不算" in text(rows)


def test_the_score_counts_what_counts() -> None:
    score = QuizScore()
    for n, choice in enumerate((1, 0, 1)):
        score.answer(question(f"q{n}"), choice)
    score.answer(question("skipped"), None)
    score.answer(question("classroom"), 0, classroom=True)
    score.answer(question("void", right=None), 0)
    assert score.total() == ScoreCount(2, 3)
    assert score.by_kind() == {QuestionKind.RESULT: ScoreCount(2, 3)}
    assert [given.asked.id for given in score.to_look_at()] == ["q1", "skipped"]
    waiting = score.answer(question("open", known=False), 1)
    assert waiting.outcome is AnswerOutcome.WAITING
    assert score.total() == ScoreCount(2, 3)
    assert score.settle(question("open")).outcome is AnswerOutcome.RIGHT
    assert score.total() == ScoreCount(3, 4)
    with pytest.raises(KeyError):
        score.settle(question("never"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [8, 30, 80, 200])
def test_bar_and_review_keep_to_their_width(width: int, language: str) -> None:
    score = QuizScore()
    score.answer(question("a" * 300), 0)
    score.answer(question("b" * 300), None)
    here = score.to_look_at()
    if width >= 40:
        for rows in (
            bar_rows(score, here, None, catalogue(language), width, said="说" * 200),
            bar_rows(score, [], here[0], catalogue(language), width, said=""),
            bar_rows(QuizScore(), [], None, catalogue(language), width, said="x" * 300),
        ):
            assert width_of(rows[0]) <= width
    for each in review_rows(score, 3, catalogue(language), width):
        assert width_of(each.row) <= width
    assert review_rows(QuizScore(), 0, catalogue(language), 60)[0].meant is None


def test_of_an_audience_the_bar_says_once_that_it_answers() -> None:
    score = QuizScore()
    given = score.answer(question(), None, classroom=True)
    (row, *_) = bar_rows(score, [given], None, EN, 118, said="", modes=("classroom",))
    assert text([row]).count("classroom") == 1
    assert "✓ It is: choice 1" in text([row])


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_audience_that_has_called_out_is_not_told_that_it_said_nothing(language: str) -> None:
    score = QuizScore()
    alone = score.answer(question("alone", known=False), 1)
    aloud = score.answer(question("aloud", known=False), None, classroom=True)
    said, called_out = (
        text(bar_rows(score, [], each, catalogue(language), 120, said=""))
        for each in (alone, aloud)
    )
    assert "choice 1" in said
    assert "“”" not in called_out


HOSTILE = "\x1b[2J[red]x[/red]\u202egnp\r\n\t测"


def test_hostile_text_is_drawn_and_not_obeyed() -> None:
    asked = QuizQuestion(
        id="h",
        name="h",
        kind=QuestionKind.CALL,
        index=0,
        place=Place(),
        ask=words(HOSTILE),
        options=(QuizOption("a", words(HOSTILE)), QuizOption("b", words("b"))),
        right=0,
        why=words(HOSTILE),
        came=words(HOSTILE),
    )
    given = GivenAnswer(asked, 0, AnswerOutcome.WRONG)
    score = QuizScore()
    score.answer(asked, 1)
    shown = [
        *question_rows(asked, catalogue("en"), 40, 0),
        *verdict_rows(given, catalogue("en"), 40, 20),
        *review_rows(score, 0, catalogue("zh"), 40),
    ]
    said = text([each.row for each in shown]) + recall(given, EN, 200) + option_of(asked, 0, EN)
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert "\r" not in said
    assert "[red]x" in said.replace("\n", "")
