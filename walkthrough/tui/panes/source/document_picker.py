"""Asks for a document: a path to type, and a tree of the Markdown files there are."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from rich.text import Text, TextType
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import DirectoryTree, Input, Static

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.source.document import Document, DocumentError, load
from walkthrough.tui.widgets.dialogs import Dialog
from walkthrough.tui.widgets.error_handling import ErrorBoundary
from walkthrough.tui.widgets.rows_view import set_title
from walkthrough.tui.widgets.safe_input import SafeInput
from walkthrough.view.source.remarks import problem
from walkthrough.view.text import safe

_SUFFIXES = (".md", ".markdown", ".mdown", ".mkd")


class MarkdownTree(ErrorBoundary, DirectoryTree):
    """Folders, and in them the Markdown files. What is hidden stays so."""

    ICON_NODE = "▸ "
    ICON_NODE_EXPANDED = "▾ "
    ICON_FILE = "  "

    def filter_paths(self, paths: Iterable[Path]) -> Iterable[Path]:
        """Leave out all but folders and Markdown."""
        return [path for path in paths if not path.name.startswith(".") and _is_shown(path)]

    def process_label(self, label: TextType) -> Text:
        """Take a file's name as text, whatever it holds."""
        return Text(safe(label if isinstance(label, str) else label.plain))


def _is_shown(path: Path) -> bool:
    try:
        return path.suffix.lower() in _SUFFIXES or path.is_dir()
    except OSError:
        return False


class DocumentPicker(Dialog[Document | str | None]):
    """Returns a document that could be read, "" if none is wanted, None if one gave up.

    Args:
        path: The document there is now, "" without one.
        tr: The catalogue of the language to say it in.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", show=False)]

    def __init__(self, path: str, tr: Catalogue) -> None:
        super().__init__()
        self._path, self.tr = path, tr

    def compose(self) -> ComposeResult:
        """Lay out the path, what is wrong with it, and the tree."""
        with Vertical(id="picker"):
            yield SafeInput(
                self._path,
                placeholder=self.tr("File (Markdown with ```go blocks); empty for none"),
                id="picker-path",
            )
            yield Static("", id="picker-said", markup=False)
            yield MarkdownTree(_folder(self._path), id="picker-files")

    def on_mount(self) -> None:
        """Name the box, and begin in the path."""
        box = self.query_one("#picker")
        set_title(box, self.tr("Choose a document"))
        box.border_subtitle = Text(self.tr("Enter takes it · Tab: list and back · Esc leaves"))
        self.query_one(Input).focus()

    @on(Input.Submitted)
    def take_path(self, event: Input.Submitted) -> None:
        """Take what was typed; of a folder show what is in it."""
        text = event.value.strip()
        if not text:
            self.dismiss("")
            return
        path = Path(os.path.expanduser(text))  # Path's own raises if there is no such user
        try:
            is_folder = path.is_dir()
        except (OSError, ValueError):
            is_folder = False
        if is_folder:
            self._say("")
            self.query_one(MarkdownTree).path = path
            self.query_one(MarkdownTree).focus()
        else:
            self._take(path)

    @on(DirectoryTree.FileSelected)
    def take_file(self, event: DirectoryTree.FileSelected) -> None:
        """Take what was chosen in the tree."""
        self._take(event.path)

    def action_leave(self) -> None:
        """Leave all as it was."""
        self.dismiss(None)

    def _take(self, path: Path) -> None:
        try:
            document = load(path)
        except DocumentError as error:
            self._say(problem(error, self.tr))
        else:
            self.dismiss(document)

    def _say(self, text: str) -> None:
        self.query_one("#picker-said", Static).update(text)


def _folder(path: str) -> Path:
    """Return the folder to begin in: the document's, else where the program was started."""
    folder = Path(path).absolute().parent if path else Path.cwd()
    return folder if folder.is_dir() else Path.cwd()
