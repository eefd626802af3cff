"""What is done at each breakpoint, prepared before the program runs. Knows no process."""

from collections.abc import Callable
from operator import itemgetter
from typing import Any, NamedTuple

from walkthrough.capture.decode.goabi import SignatureLayout
from walkthrough.capture.ptrace import ptrace_api as pt
from walkthrough.capture.ptrace.binary import BinaryAnalysis
from walkthrough.capture.ptrace.stops import Probe
from walkthrough.capture.ptrace.traced_functions import TracedFunction, wildcard_function


class PreparedProbe(NamedTuple):
    """A breakpoint, with what is done at it prepared in advance.

    Attributes:
        probe: What it stands for.
        layout: How its arguments or results are taken.
        take: Picks their words from all registers at once; None if there are none in registers.
    """

    probe: Probe
    layout: SignatureLayout
    take: Callable[[tuple[int, ...]], Any] | None


def prepare(probe: Probe) -> PreparedProbe:
    """Prepare how the arguments or results of a probe are taken."""
    layout = probe.watched.results if probe.is_return else probe.watched.arguments
    positions = [pt.INTEGERS[each] for each in layout.registers]
    if len(positions) == 1:  # itemgetter would give the word itself, not a tuple of it
        positions *= 2
    return PreparedProbe(probe, layout, itemgetter(*positions) if positions else None)


def probes_of(
    analysis: BinaryAnalysis, watched: dict[str, TracedFunction]
) -> dict[int, PreparedProbe]:
    """Return the breakpoints of every watched function, by address."""
    probes = {}
    for function in analysis.functions:
        named = watched.get(function.name) or wildcard_function(function.name)
        probes[function.entry] = prepare(Probe(function, named, False))
        for address in function.returns:
            probes[address] = prepare(Probe(function, named, True))
    return probes
