"""The controller of predict mode: holds a step back, asks, then carries it out and shows why."""

from textual.timer import Timer
from textual.widget import Widget

from walkthrough.i18n.messages import Message
from walkthrough.quiz.answer import QuizAnswer
from walkthrough.quiz.question import QuestionKind, QuizQuestion
from walkthrough.quiz.score import AnswerOutcome, GivenAnswer
from walkthrough.tui.features.quiz.auto_step import ANSWER, AutoStepper
from walkthrough.tui.features.quiz.bar import QuizBar
from walkthrough.tui.features.quiz.box import QuizBox
from walkthrough.tui.features.quiz.held_actions import (
    CLIENTS,
    LAYOUTS,
    MOVES,
    comes_as_expected,
)
from walkthrough.tui.features.quiz.modes import CLASSROOM, OWN_ONLY, QuizModes, modes_in_words
from walkthrough.tui.features.quiz.prompt_state import QuizPrompt
from walkthrough.tui.features.quiz.review import ReviewScreen
from walkthrough.tui.features.quiz.session import QuizSession
from walkthrough.tui.screens.controller import Commands, Controller
from walkthrough.tui.screens.status import WalkMode
from walkthrough.tui.screens.walk_context import Panes, WalkContext
from walkthrough.tui.widgets.actions import BY_ID
from walkthrough.view.step import StepContext

READING_S = 0.05
READING = 500
"""How many events are read at a time, every `READING_S`, to find the questions of a long recording.
"""


class QuizController(Controller):
    """Predict mode: questions before steps, and whether the answers were right."""

    _on = False
    _session: QuizSession | None = None
    _held = ""  # what is carried out once the question is answered
    _reviewed = 0
    _reading: Timer | None = None

    def __init__(self, walk: WalkContext, panes: Panes) -> None:
        super().__init__(walk, panes)
        self._driver = AutoStepper()
        self._box, self._bar = QuizBox(self), QuizBar(self.review)
        self._asking = QuizPrompt(walk, self._box)

    def commands(self) -> Commands:
        """Return what carries out each action."""
        return {
            "predict": self.predict,
            "predict_review": self.predict_review,
            "predict_classroom": self.classroom_switched,
            "predict_own": self.own_switched,
        }

    def above(self, id: str) -> tuple[Widget, ...]:
        """Return the box and the bar; while it asks they take the place of the timeline."""
        return (self._box, self._bar) if id == "timeline" else ()

    def mounted(self) -> None:
        """Get ready to read for questions."""
        self._reading = self._walk.set_interval(READING_S, self._read_on, pause=True)

    # The actions

    def predict(self) -> None:
        """Begin to ask, or leave it."""
        if self._walk.history is None:
            return
        if self._on:
            self._leave()
            return
        if self._session is None:
            questions = getattr(self._walk.lesson, "questions", ())
            learned = self._walk.program.learned
            self._session = QuizSession(self._walk.history, questions, learned, self._modes)
        self._on = self._walk.hushed = True
        self._walk.set_modes({"-predicting": True})
        if self._walk.arrangement.zoomed == "timeline":
            self._walk.arrangement.unzoom()
        self._walk.show()

    def predict_review(self) -> None:
        """Show the score, and what to look at again."""
        self.review()

    def _leave(self) -> None:
        assert self._session is not None
        self._on = self._walk.hushed = False
        self._driver.end()
        self._asking.close()
        self._walk.set_modes({"-predicting": False})
        if self._reading is not None:
            self._reading.pause()
        self._walk.show()
        if len(self._session.score) != self._reviewed:
            self.review()

    # Around every action and every step

    def before(self, id: str) -> bool:
        """Hold a step back if there is something to be asked first."""
        session, status = self._session, self._walk.status
        if not self._on or session is None:
            return False
        if self._shows_the_future(id) and not status.mode.live:
            self._walk.say(
                self._walk.tr(
                    "The timeline shows what is to come: leave predict mode (p) to see it."
                )
            )
            return True
        if id in LAYOUTS:
            self._walk.call_later(self._asking.fit)
        if id == "pause" or (id in MOVES and status.mode is WalkMode.RUNNING):
            self._driver.end()
        if id not in MOVES + CLIENTS or status.mode is WalkMode.RUNNING:
            return False
        if self._asking.busy:
            self._asking.open()
            return True
        if self._driver.end() and id == "run":
            return True
        if id in CLIENTS:
            return self._before_client(id, session)
        asked = session.due(status.index, live=self._at_live_edge)
        if asked is not None:
            self._ask(asked, "step")
            return True
        return id != "step" and self._go_far(id, session)

    def _shows_the_future(self, id: str) -> bool:
        """Return whether an action would show a recording's timeline."""
        current = self._walk.arrangement.current()
        return id == "pane_timeline" or (id == "zoom" and current == "timeline")

    def shown(self, step: StepContext) -> None:
        """Record where the walk stands, judge what has come, and step on if that is asked."""
        session = self._session
        if session is None or not self._on:
            return
        session.look(step.index)
        live = self._walk.live
        if live is not None:
            session.course.read_to(step.index, READING)
            news = session.news() if live.mode.live else session.end()
            self._report(news)
            if news and not self._asking.busy:
                self._driver.end()
                self._asking.reveal(news[-1], session)
        elif not session.course.finished and self._reading is not None:
            self._reading.resume()
        asked = self._asking.asked
        if asked is not None and asked.index != session.course.step_of(step.index):
            self._asking.close()
        self._drive(session)
        self._asking.fit()
        self._tell_bar()
        self._end(session)

    def also_see(self) -> tuple[str, ...]:
        """List what the questions name that were answered here."""
        if self._session is None:
            return ()
        told = self._asking.verdict
        here = self._session.given_at(self._walk.status.index)
        given = [told, *here] if told is not None else here
        return tuple(place for each in given for place in each.asked.see)

    def translated(self) -> None:
        """Say it in the other language."""
        if self._session is not None:
            self._asking.speak(self._session)
            self._tell_bar()

    # What the box says

    def chosen(self, choice: int | None) -> None:
        """Take the answer, carry out what was held back, show the outcome."""
        self._answered(choice, skip=False)

    def skipped(self) -> None:
        """Carry out what was held back, and ask no more about it."""
        self._answered(None, skip=True)

    def gone_on(self) -> None:
        """Close the outcome."""
        self._asking.close()
        self._walk.show()

    @property
    def _modes(self) -> QuizModes:
        """How predict mode is used, as it was chosen last."""
        chosen = self._walk.program.preferences
        return QuizModes(chosen.classroom, chosen.own_only)

    def classroom_switched(self) -> None:
        """Let an audience answer aloud, or one person; remembered until it is changed."""
        chosen = not self._modes.classroom
        self._walk.program.remember(classroom=chosen)
        self._switched(CLASSROOM[chosen])

    def own_switched(self) -> None:
        """Ask the scenario's own questions alone, or all; remembered until it is changed."""
        chosen = not self._modes.own_only
        self._walk.program.remember(own_only=chosen)
        self._switched(OWN_ONLY[chosen])

    def _switched(self, said: Message) -> None:
        """Use predict mode in another way; where no question shows it, say so."""
        session, asked, modes = self._session, self._asking.asked, self._modes
        if session is not None:
            session.modes = modes
        if not self._on or session is None or not self._asking.busy:
            self._walk.say(self._walk.tr(said))
            self._tell_bar()
            return
        if asked is None or asked.kind is QuestionKind.SCENARIO or not modes.own_only:
            self._asking.speak(session)
            return
        self._asking.close()
        more = session.due(self._walk.status.index, live=self._at_live_edge)
        if more is not None:
            self._ask(more, self._held)
        else:
            self._carry_out()
            self._tell_bar()

    def review(self) -> None:
        """Show the score in full; what is chosen there is gone to."""
        session = self._session
        history = self._walk.history
        if session is None:
            if history is None:
                return
            session = QuizSession(history)
        self._reviewed = len(session.score)
        screen = ReviewScreen(session.score, session.passed_over(), self._walk.tr)
        self._walk.ask(screen, self._go_to)

    def _go_to(self, index: int | None) -> None:
        if index is not None:
            self._walk.move_to(index)

    # Asking and telling

    @property
    def _at_live_edge(self) -> bool:
        status = self._walk.status
        return status.mode.live and status.at_edge

    def _before_client(self, id: str, session: QuizSession) -> bool:
        """Ask what is due before a client acts, or what its connecting will bring."""
        history = self._walk.history
        assert history is not None
        if not self._walk.status.at_edge:
            self._walk.move_to(len(history) - 1)
        asked = session.due(self._walk.status.index, live=True)
        if asked is None and comes_as_expected(id, self._walk.status.offered):
            asked = session.before_connect()
        if asked is None:
            return False
        self._ask(asked, id)
        return True

    def _go_far(self, id: str, session: QuizSession) -> bool:
        """Go on to the next question, if one is on the way; True if that was all to do."""
        history, status = self._walk.history, self._walk.status
        assert history is not None
        last = len(history) - 1
        if not self._at_live_edge:
            end = {"next_stage": history.next_stage, "next_change": history.next_change}.get(
                id, lambda _: last
            )(status.index)
            asked = session.next_between(status.index, end)
            if asked is not None:
                self._walk.move_to(asked.index)
                self._ask(asked, "step")
                return True
            if not status.mode.live or end < last:
                return False
            self._walk.move_to(last)
        if self._walk.status.mode is not WalkMode.HALTED or session.spent():
            return False
        self._driver.begin(id)
        self._drive(session)
        return True

    def _drive(self, session: QuizSession) -> None:
        """Step a live server on, if it is under way somewhere, and ask what comes up."""
        live, history = self._walk.live, self._walk.history
        if live is None or history is None or self._asking.busy:
            return
        asked = self._driver.go_on(
            live,
            history,
            self._walk.status,
            lambda index: session.due(index, live=True),
            self._goals_reached(),
        )
        if asked is not None:
            self._ask(asked, "step")

    def _goals_reached(self) -> int:
        """Count the goals that have been reached, at the event where it has halted as well."""
        goals = self._walk.goals
        if goals is None:
            return 0
        if self._walk.status.mode is WalkMode.HALTED:
            goals.settle()
        return goals.count

    def _ask(self, asked: QuizQuestion, held: str) -> None:
        assert self._session is not None
        self._held = held
        self._asking.ask(asked, self._session)

    def _answered(self, choice: int | None, *, skip: bool) -> None:
        asked, session = self._asking.asked, self._session
        if asked is None or session is None:
            return
        given = session.answer(asked, choice, skip=skip)
        self._report([given])
        self._asking.asked = None
        step = self._walk.status.index
        more = session.due(step, live=self._at_live_edge)
        if given.outcome is AnswerOutcome.SKIPPED or given.asked.open:
            self._asking.close()
            if more is not None:
                self._ask(more, self._held)
            else:
                self._carry_out()
                if given.outcome is not AnswerOutcome.SKIPPED and self._held == "step":
                    self._driver.begin(ANSWER)
                self._tell_bar()
            return
        self._asking.reveal(given, session)
        if more is None:
            self._carry_out()
        else:
            self._walk.show()

    def _report(self, answers: list[GivenAnswer]) -> None:
        """Hand on the answers that turned out right or wrong."""
        history = self._walk.history
        for given in answers:
            if history is not None and given.counts:
                self._walk.program.take_answer(
                    QuizAnswer(
                        scenario=history.header.scenario,
                        question=given.asked.name,
                        topic=given.asked.kind,
                        right=given.outcome is AnswerOutcome.RIGHT,
                        believes=given.wrong.believes if given.wrong is not None else 0,
                        tests=given.asked.tests,
                    )
                )

    def _carry_out(self) -> None:
        """Do what was held back, if it can still be done.

        No controller is asked again whether it may be done: what plays by itself goes on playing.
        """
        held = BY_ID[self._held]
        if held.refusal(self._walk.status, self._walk.tr) is not None:
            return
        self._walk.carry_out(held.id)

    def _tell_bar(self) -> None:
        session, status = self._session, self._walk.status
        if session is None or not self._on:
            return
        tr = self._walk.tr
        behind = self._walk.live is None and session.course.read <= status.index
        said = (
            tr("Looking for questions …")
            if behind and not session.course.finished
            else tr("Questions come first; p brings notes back.")
        )
        self._bar.tell(
            session.score,
            session.given_at(status.index),
            session.waiting(),
            self._walk.tr,
            said,
            modes_in_words(session.modes, tr),
        )

    def _read_on(self) -> None:
        """Read a little of a long recording, so that its questions are known when they are due."""
        session = self._session
        if session is None or self._reading is None:
            return
        session.course.read_to(session.course.read + READING, READING)
        if session.course.finished:
            self._reading.pause()
        self._tell_bar()

    def _end(self, session: QuizSession) -> None:
        """At the end of the walk show the review, once for what was answered."""
        status = self._walk.status
        over = status.at_edge and status.mode in (
            WalkMode.REPLAY,
            WalkMode.ENDED,
            WalkMode.FAILED,
        )
        if over and not self._asking.busy and len(session.score) != self._reviewed:
            self._reviewed = len(session.score)
            self._walk.call_later(self.review)
