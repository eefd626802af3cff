"""What the bar of goals and the box with the scenario's text say, without a screen."""

from dataclasses import replace

import pytest

from walkthrough.i18n.catalogue import catalogue
from walkthrough.model.protocol import ActionOffered
from walkthrough.scenario import loader as scenarios
from walkthrough.view.goal import WalkPurpose, goal_bar_rows, marked, purpose_rows
from walkthrough.view.next_act import next_act_row
from walkthrough.view.quiz import ClickableRow
from walkthrough.view.text import Piece, Row, width_of

EN = catalogue("en")
SCENARIO = scenarios.load("accept-parks")
FOLLOWING = scenarios.load("burst")
GOALS = SCENARIO.goal
BEGUN = WalkPurpose(SCENARIO, GOALS, (None, None, None, None), live=True)


def text_of(rows: list[Row]) -> list[str]:
    return ["".join(piece.text for piece in row).rstrip() for row in rows]


def listed(purpose: WalkPurpose, width: int = 76) -> list[ClickableRow]:
    return purpose_rows(purpose, EN, width, following=FOLLOWING, keys=[("H", "home")])


def shown(purpose: WalkPurpose, width: int = 76) -> str:
    return "\n".join(text_of([each.row for each in listed(purpose, width)]))


def test_the_bar_names_the_goal_and_below_it_what_to_do() -> None:
    first, second = text_of(goal_bar_rows(BEGUN, EN, 80, 2, key="i"))
    assert first == " i Goal 1/4  accept4 answers EAGAIN at once: it does not wait."
    assert second == "   Step (space, n) until accept4 has returned; connect nobody yet."
    replayed = replace(BEGUN, live=False)
    assert text_of(goal_bar_rows(replayed, EN, 80, 2, key="i")) == [first]


def test_what_a_client_is_to_do_now_takes_the_place_of_the_advice() -> None:
    due = (Piece("next: connect", "key"),)
    _, later = text_of(goal_bar_rows(BEGUN, EN, 80, 2, key="i", due=due, now=False))
    assert later.startswith("   Step (space, n) until")
    hushed = replace(BEGUN, live=False)  # there is no advice
    _, later = text_of(goal_bar_rows(hushed, EN, 80, 2, key="i", due=due, now=False))
    assert later == "   next: connect"
    _, second = text_of(goal_bar_rows(BEGUN, EN, 80, 2, key="i", due=due))
    assert second == "   next: connect"
    assert len(goal_bar_rows(BEGUN, EN, 80, 1, key="i", due=due)) == 1
    three = text_of(goal_bar_rows(BEGUN, EN, 80, 3, key="i", due=due))
    assert [row.split()[0] for row in three] == ["i", "Step", "next:"]


def test_the_step_that_reaches_a_goal_says_so_and_then_comes_the_next() -> None:
    purpose = replace(BEGUN, reached=(192, None, None, None), new=(0,))
    first, second = text_of(goal_bar_rows(purpose, EN, 80, 2, key="i"))
    assert first.startswith(" i ✓ Goal 1/4  accept4 answers EAGAIN at once")
    assert second.startswith("   next goal: The goroutine parks instead")
    later = replace(purpose, new=())
    assert text_of(goal_bar_rows(later, EN, 80, 1, key="i"))[0].startswith(" i Goal 2/4")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_next_goal_and_the_next_act_are_told_apart(language: str) -> None:
    tr = catalogue(language)
    purpose = replace(BEGUN, reached=(192, None, None, None), new=(0,))
    due = next_act_row(ActionOffered(action="connect", client=1, left=1, due=True), tr, "A")
    colon = tr("next act: ").strip()[-1]  # the Chinese one is as wide as a character
    _, *below = text_of(goal_bar_rows(purpose, tr, 80, 3, key="i", due=due))
    goal, act = (row.strip().partition(colon)[0] for row in below)
    assert goal
    assert act
    assert goal != act


def test_what_came_before_one_that_was_reached_is_taken_up_last() -> None:
    assert replace(BEGUN, reached=(None, 5, None, None)).current == 2
    assert replace(BEGUN, reached=(None, 5, None, 9)).current == 0
    assert replace(BEGUN, reached=(3, 5, 7, 9)).current == -1


def test_at_the_end_the_bar_says_where_it_is_all_told() -> None:
    purpose = replace(BEGUN, reached=(3, 5, 7, 9))
    (row,) = text_of(goal_bar_rows(purpose, EN, 80, 2, key="i"))
    assert row == " i ✓ Goal 4/4  All seen; i says at which events, and what to try next."


def test_what_it_is_too_late_for_is_passed_over_and_said() -> None:
    late = replace(BEGUN, reached=(3, None, None, None), missed=(1,))
    assert late.current == 2
    assert "too late for it in this walk" in " ".join(shown(late).split())
    over = replace(BEGUN, reached=(3, None, 5, 7), missed=(1,))
    assert over.settled
    (row,) = text_of(goal_bar_rows(over, EN, 80, 2, key="i"))
    assert row == " i Goal 3/4  The rest is over; i says what you saw, and what to try next."
    assert "too late for it" in " ".join(shown(over).split())


def test_who_is_asked_first_is_not_told_what_comes() -> None:
    hushed = replace(BEGUN, reached=(192, None, None, None), hushed=True)
    told = [*text_of(goal_bar_rows(hushed, EN, 80, 2, key="i")), shown(hushed)]
    assert not any("parks instead" in each or "epoll" in each for each in told)
    assert "accept4 answers EAGAIN at once" in told[-1]  # that was seen
    assert str(SCENARIO.summary) not in told[-1].replace("\n", " ")
    assert str(SCENARIO.teaser) in told[-1]


def test_a_scenario_without_goals_says_what_it_is_about_and_marks_nothing() -> None:
    plain = WalkPurpose(SCENARIO)
    (row,) = text_of(goal_bar_rows(plain, EN, 80, 1, key="i"))
    assert row.startswith(f" i {str(SCENARIO.summary)[:40]}")
    assert row.endswith("…")
    assert "✓" not in shown(plain)
    assert "Goals" not in shown(replace(plain, over=True))


def test_the_box_has_the_text_the_goals_and_what_to_do() -> None:
    said = shown(BEGUN)
    assert said.startswith(f"{SCENARIO.title}\n\n{str(SCENARIO.summary)[:30]}")
    assert "Goals · 0 of 4\n> accept4 answers EAGAIN at once" in said
    assert "\n    Step (space, n) until" in said
    assert "Try next" not in said
    assert said.endswith("Keys\nH home")


def test_at_the_end_it_says_what_was_seen_when_and_what_comes_next() -> None:
    over = replace(BEGUN, reached=(192, 197, None, None), over=True)
    rows = listed(over)
    said = shown(over)
    assert "What you saw · 2 of 4\n✓ accept4 answers EAGAIN at once: it does not wait.  " in said
    assert "event 192" in said
    assert [each.meant for each in rows if each.meant is not None] == [191, 196]
    assert "not seen" in said
    proposed = f"Next in the course: burst {FOLLOWING.title} · {FOLLOWING.teaser}"
    assert proposed in " ".join(said.split())
    assert (
        said.index("What you saw") < said.index("Try next") < said.index(str(SCENARIO.summary)[:30])
    )
    assert "begin it again" in said
    assert "begin it again" not in shown(replace(BEGUN, reached=(1, 2, 3, 4), over=True))


def test_what_the_scenario_itself_proposes_comes_first() -> None:
    own = SCENARIO.__class__(
        name="mine",
        title=SCENARIO.title,
        summary=SCENARIO.summary,
        network="tcp",
        address="127.0.0.1:0",
        end=SCENARIO.end,
        try_next=SCENARIO.teaser,
    )
    said = shown(WalkPurpose(own, over=True))
    assert f"Try next\n{SCENARIO.teaser}\nNext in the course: burst  Five clients" in said


def test_what_is_to_be_typed_is_marked_as_a_key() -> None:
    assert [*marked("press `C`, then `connect 5`.")] == [
        Piece("press "),
        Piece("C", "key"),
        Piece(", then "),
        Piece("connect 5", "key"),
        Piece("."),
    ]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_of_an_act_that_is_too_long_what_is_done_is_cut_and_not_when(language: str) -> None:
    tr = catalogue(language)
    for scenario in map(scenarios.load, scenarios.names()):
        for act in scenario.script:
            offered = ActionOffered(
                action=act.do.value,
                client=act.client,
                clients=act.clients,
                data=act.payload,
                when=act.when,
                left=1,
            )
            due = next_act_row(offered, tr, "A")
            for width in (60, 80):
                row = goal_bar_rows(BEGUN, tr, width, 3, key="i", due=due)[-1]
                assert width_of(row) <= width
                said = "".join(piece.text for piece in row)
                assert said.endswith(due[-1].text), (scenario.name, said)


@pytest.mark.parametrize("name", scenarios.names())
@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_row_is_too_wide_and_no_goal_is_cut_at_80(name: str, language: str) -> None:
    tr = catalogue(language)
    scenario = scenarios.load(name)
    count = len(scenario.goal)
    for at in range(count):
        reached = tuple(1 if each < at else None for each in range(count))
        purpose = WalkPurpose(scenario, scenario.goal, reached, live=True)
        rows = goal_bar_rows(purpose, tr, 80, 2, key="i")
        assert "…" not in "".join(text_of(rows)), text_of(rows)
        for width in (30, 58, 98):
            every = [each.row for each in purpose_rows(purpose, tr, width)]
            every += goal_bar_rows(purpose, tr, width, 2, key="i")
            assert all(width_of(row) <= width for row in every)
