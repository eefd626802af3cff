"""One page of one recording, for all tests that look at it."""

import io
from pathlib import Path
from typing import NamedTuple

import pytest

from walkthrough.export.html.packing import unpacked
from walkthrough.export.html.page import to_html
from walkthrough.export.html.rows import Json
from walkthrough.recording.file import load

SCENARIOS = Path(__file__).parents[3] / "scenarios"


class WrittenPage(NamedTuple):
    """A page: its text, its data, and what the command says besides."""

    text: str
    data: Json
    remark: object


def written_page(recording: Path, *, payload: bool = True, source: bool = True) -> WrittenPage:
    """Return the page of a recording."""
    out = io.BytesIO()
    remark = to_html(load(recording), out, payload=payload, source=source)
    text = out.getvalue().decode()
    return WrittenPage(text, unpacked(data_of(text)), remark)


def data_of(text: str) -> str:
    """Return the packed data of a page."""
    return text.split('id="data">', 1)[1].split("</script>", 1)[0]


@pytest.fixture(scope="session")
def first_connection() -> WrittenPage:
    """The page of the first connection."""
    return written_page(SCENARIOS / "first-connection" / "recording.jsonl")
