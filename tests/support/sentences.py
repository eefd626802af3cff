"""What tests of the translated sentences share."""

import re
from pathlib import Path

import walkthrough

PACKAGE = Path(walkthrough.__file__).parent
CHINESE = re.compile(r"[\u4e00-\u9fff]")
