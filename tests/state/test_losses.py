import pytest

from walkthrough.state.losses import loss


@pytest.mark.parametrize(
    ("kind", "count", "said"),
    [
        ("kernel views", 1, "1 view of the kernel"),
        ("kernel views", 51, "51 views of the kernel"),
        ("clients", 1, "1 client"),
        ("lines", 2, "2 lines of the log"),
        ("events", 1, "1 event"),
        ("of a later version", 3, "of a later version: 3"),
    ],
)
def test_what_was_not_captured_is_counted(kind: str, count: int, said: str) -> None:
    assert str(loss(kind, count)) == said
