"""What follows from all that was answered and seen: by scenario, by topic, by misconception.

What the entries name need not exist any more: a question that was renamed counts under its old
name, as does a scenario.
"""

from collections import Counter
from typing import NamedTuple

from walkthrough.user_data.progress_format import AnswerEntry, LabEntry, ProgressEntry


class AnswerTally(NamedTuple):
    """How often was asked, and how often the answer was right."""

    asked: int = 0
    right: int = 0


class ScenarioProgress(NamedTuple):
    """What was done in one scenario.

    Attributes:
        seen: Whether it was seen to its end.
        reached: The ids of the goals that were reached, in the order in which they first were.
        questions: The questions that were asked, each once; right are those of which the last
            answer was right.
        day: When something was last done, as 2026-11-30; "" if that is unknown.
    """

    seen: bool = False
    reached: tuple[str, ...] = ()
    questions: AnswerTally = AnswerTally()
    day: str = ""

    @property
    def begun(self) -> bool:
        """Whether anything is known of it."""
        return self.seen or bool(self.reached) or self.questions.asked > 0


class LabProgress(NamedTuple):
    """What was done in a scenario's lab.

    Attributes:
        prediction: What was predicted last; "" for nothing.
        hints: How many hints were shown.
        passed: Whether a program has kept every promise.
    """

    prediction: str = ""
    hints: int = 0
    passed: bool = False


class BeliefProgress(NamedTuple):
    """What is known of one misconception.

    Attributes:
        met: How many answers were given to questions that test it.
        believed: How many of these were the one that stands for it.
        corrected: Whether such a question was answered right after it was last believed.
    """

    met: int = 0
    believed: int = 0
    corrected: bool = False


class _Question:
    def __init__(self) -> None:
        self.asked = 0
        self.right = 0
        self.was_right = False


class _Scenario:
    def __init__(self) -> None:
        self.seen = False
        self.reached: dict[str, None] = {}
        self.questions: dict[str, _Question] = {}
        self.lab = LabProgress()
        self.day = ""


class _Belief:
    def __init__(self) -> None:
        self.met = 0
        self.believed = 0
        self.believed_in: set[str] = set()
        self.corrected = False


class ProgressSummary:
    """All that was learned, entry by entry."""

    def __init__(self) -> None:
        self._scenarios: dict[str, _Scenario] = {}
        self._topics: dict[str, AnswerTally] = {}
        self._beliefs: dict[int, _Belief] = {}
        self._right: Counter[str] = Counter()

    def take(self, entry: ProgressEntry) -> None:
        """Count an entry; the next one is later."""
        scenario = self._scenarios.setdefault(entry.scenario, _Scenario())
        scenario.day = entry.day or scenario.day
        if isinstance(entry, AnswerEntry):
            self._take_answer(scenario, entry)
        elif isinstance(entry, LabEntry):
            known = scenario.lab
            scenario.lab = LabProgress(
                entry.prediction or known.prediction,
                known.hints + entry.hint,
                known.passed or entry.passed,
            )
        else:
            scenario.seen = scenario.seen or entry.seen
            scenario.reached.update(dict.fromkeys(entry.reached))

    def _take_answer(self, scenario: _Scenario, entry: AnswerEntry) -> None:
        right = entry.times * entry.right
        question = scenario.questions.setdefault(entry.question, _Question())
        question.asked += entry.times
        question.right += right
        question.was_right = entry.right
        topic = self._topics.get(entry.topic, AnswerTally())
        self._topics[entry.topic] = AnswerTally(topic.asked + entry.times, topic.right + right)
        self._right[entry.question] += right
        for number in {*entry.tests, entry.believes} - {0}:
            self._beliefs.setdefault(number, _Belief()).met += entry.times
        if entry.believes:
            belief = self._beliefs[entry.believes]
            belief.believed += entry.times
            belief.believed_in.add(entry.question)
            belief.corrected = False
        elif entry.right:
            for number, belief in self._beliefs.items():
                if number in entry.tests or entry.question in belief.believed_in:
                    belief.corrected = True

    def scenarios(self) -> list[str]:
        """List the scenarios of which something is known, in the order in which it came."""
        return [name for name in self._scenarios if name]

    def scenario(self, name: str) -> ScenarioProgress:
        """Return what was done in a scenario."""
        known = self._scenarios.get(name)
        if known is None:
            return ScenarioProgress()
        questions = known.questions.values()
        tally = AnswerTally(len(questions), sum(question.was_right for question in questions))
        return ScenarioProgress(known.seen, tuple(known.reached), tally, known.day)

    def lab(self, scenario: str) -> LabProgress:
        """Return what was done in a scenario's lab."""
        known = self._scenarios.get(scenario)
        return known.lab if known is not None else LabProgress()

    def questions(self, scenario: str) -> dict[str, AnswerTally]:
        """Return how often each question was asked in a scenario, and answered right."""
        known = self._scenarios.get(scenario, _Scenario()).questions
        return {name: AnswerTally(one.asked, one.right) for name, one in known.items()}

    def topics(self) -> dict[str, AnswerTally]:
        """Return how often was asked of each topic, and answered right."""
        return dict(self._topics)

    def times_right(self) -> dict[str, int]:
        """Return how often each question was answered right, in whatever scenario."""
        return {name: times for name, times in self._right.items() if times}

    def beliefs(self) -> dict[int, BeliefProgress]:
        """Return what is known of each misconception that was met, by its number, in order."""
        return {
            number: BeliefProgress(one.met, one.believed, one.believed > 0 and one.corrected)
            for number, one in sorted(self._beliefs.items())
        }

    def still_believed(self) -> list[int]:
        """List the misconceptions that were believed, and not corrected since."""
        known = self.beliefs().items()
        return [number for number, one in known if one.believed and not one.corrected]
