"""What tests of the translated sentences share."""

import re
from pathlib import Path

import walkthrough

PACKAGE = Path(walkthrough.__file__).parent
CHINESE = re.compile(r"[\u4e00-\u9fff]")
PUT_TOGETHER = (
    r"\{\} cannot be run: ",
    r"The server ended before its first step\{\}\.",
)
"""Of these, one part or the other is a sentence of its own: they are tested in `test_languages`."""
