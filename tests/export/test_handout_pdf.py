"""The PDF is the handout, printed."""

import io

from walkthrough.export.handout.document import to_handout
from walkthrough.export.handout_pdf import to_handout_pdf
from walkthrough.recording.file import load
from walkthrough.scenario import loader as scenarios

RECORDING = scenarios.find("first-connection") / scenarios.RECORDING


def test_the_handout_is_printed() -> None:
    page, out, given = io.BytesIO(), io.BytesIO(), list[bytes]()
    to_handout(load(RECORDING), page, language="zh", source=False)

    def printer(document: bytes) -> bytes:
        given.append(document)
        return b"%PDF-1.4"

    said = to_handout_pdf(load(RECORDING), out, language="zh", source=False, printer=printer)
    assert said == ""
    assert given == [page.getvalue()]
    assert out.getvalue() == b"%PDF-1.4"
