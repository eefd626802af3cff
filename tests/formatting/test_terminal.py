"""What is printed piece by piece is what is printed at once."""

import pytest

from walkthrough.formatting.terminal import show_json, show_json_items


@pytest.mark.parametrize("items", [[], [1], [{"a": "\x1b[31m"}, "\u202e中文", None]])
def test_a_list_that_is_printed_item_by_item(
    items: list[object], capsys: pytest.CaptureFixture[str]
) -> None:
    document = {"name": "b\x9b", "counts": {"same": 3}}
    show_json({**document, "pairs": items})
    whole = capsys.readouterr().out
    show_json_items(document, "pairs", iter(items))
    assert capsys.readouterr().out == whole
    assert whole.rstrip("\n").isprintable()
