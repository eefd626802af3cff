"""What a change of classes restyles: all that rules about them reach, and no more."""

from collections.abc import Iterator

import pytest
from textual.app import App, ComposeResult
from textual.containers import Container
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.widgets import Label

from tests.support import shared_styles
from tests.support.screen import replay
from walkthrough.tui.widgets.class_styles import give_classes

MODES = (
    *("-searching", "-filtering", "-typing", "-copying"),
    *("-asking", "-giving-way", "-predicting", "-starting"),
)
SIZES = ((180, 50), (120, 40), (100, 30), (100, 20), (60, 24), (60, 18), (40, 10))


def rules_of(node: DOMNode) -> Iterator[object]:
    yield node._css_styles.get_rules()
    for name, styles in node._component_styles.items():
        yield name, styles.base.get_rules()


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_no_style_is_left_that_a_mode_changes(size: tuple[int, int]) -> None:
    app = replay()
    async with app.run_test(size=size):
        walk = app.walk
        nodes = [*walk.walk_children(with_self=True)]
        at_first = [[*rules_of(node)] for node in nodes]
        # All in turn, one more each time; and all off again at once.
        wanted = [dict.fromkeys(MODES[: count + 1], True) for count in range(len(MODES))]
        wanted += [{name: True} | dict.fromkeys(set(MODES) - {name}, False) for name in MODES]
        seen = []
        for modes in wanted:
            walk.set_modes(modes)
            few = [[*rules_of(node)] for node in nodes]
            walk.update_node_styles()
            assert few == [[*rules_of(node)] for node in nodes], modes
            seen.append(few)
        assert any(few != at_first for few in seen)
        walk.set_modes(dict.fromkeys(MODES, False))
        assert [[*rules_of(node)] for node in nodes] == at_first


@pytest.mark.parametrize(
    "keys", [(), ("?",), ("ctrl+p",), ("slash", "a"), ("2", "z"), ("4",)], ids=" ".join
)
async def test_what_screens_share_is_what_textual_finds(
    keys: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):  # the second one takes what the first has found
        app = replay()
        async with app.run_test(size=(120, 40)) as pilot:
            await pilot.press(*keys)
            await pilot.pause()
            nodes = [*app.walk_children(), *app.screen.walk_children(with_self=True)]
            shared = [[*rules_of(node)] for node in nodes]
            with monkeypatch.context() as patch:
                patch.setattr(Stylesheet, "apply", shared_styles.match)
                patch.setattr(Stylesheet, "_process_component_classes", shared_styles.match_parts)
                app.stylesheet.update_nodes(nodes)
            assert shared == [[*rules_of(node)] for node in nodes]


class Boxes(App[None]):
    CSS = """
    Screen.-on #one { background: red; }
    Screen.-on .inner:hover { background: blue; }
    .other { background: green; }
    """

    def compose(self) -> ComposeResult:
        with Container(id="one"):
            yield Label("a", id="inside")
        yield Label("b", classes="inner")
        yield Label("c", classes="other")


async def test_only_what_a_rule_reaches_is_restyled(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Boxes()
    restyled: list[str] = []
    update = Stylesheet.update_nodes

    def noted(self: Stylesheet, nodes: dict[DOMNode, None], animate: bool = False) -> None:
        restyled.extend(str(node.id) for node in nodes)
        update(self, nodes, animate=animate)

    async with app.run_test():
        monkeypatch.setattr(Stylesheet, "update_nodes", noted)
        give_classes(app.screen, {"-on": True, "-nothing": True})
        assert restyled == ["one", "inside"]
        assert app.query_one("#one").styles.background.hex == "#FF0000"
        restyled.clear()
        give_classes(app.screen, {"-on": True})
        assert not restyled
        give_classes(app.screen, {"-on": False})
        assert restyled == ["one", "inside"]
        assert app.query_one("#one").styles.background.hex != "#FF0000"
