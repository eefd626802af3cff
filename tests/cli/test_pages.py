"""The page of a walk on the screen is the page of its recording."""

import io

from tests.export.html.conftest import SHORT
from walkthrough.cli.pages import page_of
from walkthrough.export.html.page import to_html
from walkthrough.lesson.lesson import lesson_for
from walkthrough.recording.file import load


def test_the_lines_of_a_walk_are_the_page_of_its_recording() -> None:
    recording, out = load(SHORT), io.BytesIO()
    lines = [line for line, _ in recording]
    page, remark = page_of(recording.header, lines, lesson_for(recording.header))
    to_html(recording, out)
    assert page == out.getvalue().decode()
    assert remark == ""
