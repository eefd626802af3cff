"""A field holds what is nearest to a number that it cannot hold."""

import pytest

from walkthrough.formatting.integers import within


@pytest.mark.parametrize(
    ("number", "bits", "held"),
    [(0, 8, 0), (255, 8, 255), (256, 8, 255), (-1, 8, 0), (2**80, 63, 2**63 - 1)],
)
def test_the_nearest(number: int, bits: int, held: int) -> None:
    assert within(number, bits) == held
