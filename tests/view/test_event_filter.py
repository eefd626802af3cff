"""The words of a filter that an event meets, for who filters without the filter."""

import re

import pytest

from tests.support.recordings import shared_history
from walkthrough.view.event_filter import facets, parse


@pytest.mark.parametrize("name", ["first-connection", "port-in-use", "herd"])
def test_an_event_has_the_words_with_which_it_passes(name: str) -> None:
    history = shared_history(name)
    first = history.header.pid
    lines = [history.line(index) for index in range(len(history))]
    met = [facets(line, first) for line in lines]
    words = {"errors"} | {word for each in met for word in each}
    assert {re.sub(":.*", "", word) for word in words} >= {"stage", "step", "call", "g"}
    for word in words:
        filter = parse(word, first)
        assert [filter.passes(line) for line in lines] == [word in each for each in met], word
