"""What is shown before a live walk's first event: which server, what is happening, how long."""

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import message
from walkthrough.model.protocol import ProgressReported, ServerChosen
from walkthrough.tui.widgets.rows_view import ListedRows
from walkthrough.view.text import Piece, Row, safe, wrap

_STARTING = message("Starting the server, halted before its first event.")
_PREPARING = message("Preparing the capture.")
_DOES = {
    "build": message(
        "Building the Go server. The first time takes a while; later it comes from a cache."
    ),
    "launch": message("Starting the program: it runs to the first stage of the path."),
    "attach": message("Attaching to the process: its threads stand for a moment."),
}
"""What is said of the phases of `ProgressReported`."""


class StartPane(ListedRows):
    """Draws the messages of a capture that has not begun."""

    def __init__(self) -> None:
        super().__init__(id="start")
        self.tr: Catalogue | None = None
        self._chosen: ServerChosen | None = None
        self._progress: ProgressReported | None = None
        self._failure = ""
        self._seconds = 0

    def tell(
        self, tr: Catalogue, chosen: ServerChosen | None, progress: ProgressReported | None
    ) -> None:
        """Draw which server was chosen and what is happening."""
        self.tr, self._chosen, self._progress = tr, chosen, progress
        self._draw()

    def tick(self, seconds: int) -> None:
        """Draw how much time has passed."""
        self._seconds = seconds
        self._draw()

    def fail(self, message: str) -> None:
        """Draw why it will not begin."""
        self._failure = message
        self._draw()

    def on_resize(self) -> None:
        """Sentences are wrapped to the width."""
        self._draw()

    @property
    def _phase(self) -> str:
        return self._progress.phase if self._progress is not None else ""

    def _draw(self) -> None:
        tr = self.tr
        if tr is None:
            return
        rows: list[Row] = [(), (Piece("  walkthrough", "heading"),), ()]
        said: list[tuple[str, str]] = []
        if self._chosen is not None:
            server = {"go": tr("Go server"), "python": tr("Python server")}.get(
                self._chosen.server, self._chosen.server
            )
            why = tr.text(self._chosen.why)
            named = tr("Server: {server}. {why}", server=server, why=why)
            said.append((named if server else why, ""))
            said += [(tr.text(each), "dim") for each in self._chosen.remarks if not server]
        if self._failure:
            said += [("✗ " + self._failure, "failed"), (tr("q leaves"), "dim")]
        else:
            # A program of the user's own is no server to be named, and perhaps runs already.
            starts = self._chosen is not None and self._chosen.server
            does = _DOES.get(self._phase, _STARTING if starts else _PREPARING)
            said.append((tr(does), ""))
            if self._progress is not None and self._progress.detail:
                said.append((tr.text(self._progress.detail), "dim"))
            said.append((tr("{seconds} s", seconds=self._seconds), "strong"))
        for text, kind in said:
            for row in wrap((Piece(safe(text), kind),), self.columns - 4):
                rows.append((Piece("  "), *row))
            rows.append(())
        self.show_rows(rows)
