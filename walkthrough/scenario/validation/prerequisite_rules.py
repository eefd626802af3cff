"""What can be wrong with the scenarios that one names as its prerequisites (``after``).

They are other files, so whoever calls says which scenarios there are, and what those name.
"""

from collections.abc import Callable, Collection, Iterator, Sequence

from walkthrough.scenario.validation.errors import Mistake, instead, mistake


def prerequisite_mistakes(
    name: str,
    after: Sequence[str],
    names: Callable[[], Collection[str]],
    after_of: Callable[[str], Sequence[str]],
) -> Iterator[Mistake]:
    """Yield what is wrong with the prerequisites of a scenario.

    Args:
        name: The scenario's name.
        after: Its prerequisites.
        names: Returns the names of the scenarios that there are.
        after_of: Returns the prerequisites of another one; none if it cannot be read.
    """
    if not after:
        return
    known = names()
    for at, wanted in enumerate(after):
        if wanted not in known:
            yield mistake(
                ("after", at),
                "after has {found}, and there is no such scenario; {instead}",
                found=ascii(wanted),
                instead=instead(wanted, sorted(known)),
            )
        elif circle := _way_back(name, wanted, after_of):
            yield mistake(
                ("after", at),
                "after has {found}, which comes after {name} itself ({circle}): leave one of them "
                "out.",
                found=ascii(wanted),
                name=ascii(name),
                circle=" > ".join(map(ascii, (name, *circle))),
            )


def _way_back(name: str, start: str, after_of: Callable[[str], Sequence[str]]) -> tuple[str, ...]:
    """Return the prerequisites that lead from ``start`` to ``name``, both included; () if none."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen = {start}
    for way in ways:
        if way[-1] == name:
            return way
        for each in after_of(way[-1]):
            if each not in seen:
                seen.add(each)
                ways.append((*way, each))
    return ()
