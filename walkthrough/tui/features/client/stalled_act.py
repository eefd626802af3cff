"""The box that asks what to do with an act of the script that nothing makes due any more."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.model.protocol import ActionOffered
from walkthrough.tui.widgets.clickable_list import ClickableList
from walkthrough.tui.widgets.dialogs import Dialog
from walkthrough.tui.widgets.rows_view import set_title
from walkthrough.view.next_act import StalledAct, stalled_rows
from walkthrough.view.quiz import ClickableRow
from walkthrough.view.text import safe


class StalledActScreen(Dialog[int | None]):
    """Says why it waits, and returns a `StalledAct`; None to go on waiting."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("A", f"choose({StalledAct.DO.value})", show=False),
        Binding("s", f"choose({StalledAct.LEAVE_OUT.value})", show=False),
        Binding("escape,q,space", "leave", show=False),
    ]

    def __init__(self, offered: ActionOffered, tr: Catalogue, *, hushed: bool) -> None:
        super().__init__()
        self._offered, self._tr, self._hushed = offered, tr, hushed

    def compose(self) -> ComposeResult:
        """Lay out the list."""

        def rows_for(width: int) -> list[ClickableRow]:
            return stalled_rows(self._offered, self._tr, width, hushed=self._hushed)

        yield ClickableList(rows_for, id="stalled-act", cursor=False)

    def on_mount(self) -> None:
        """Name the box and what its keys do."""
        tr = self._tr
        view = self.query_one(ClickableList)
        set_title(view, tr("Next act"))
        view.border_subtitle = safe(tr("Esc waits on"))
        view.focus()

    def action_choose(self, answer: int) -> None:
        """Close with what was chosen."""
        self.dismiss(answer)

    def action_leave(self) -> None:
        """Close, and go on waiting."""
        self.dismiss(None)
