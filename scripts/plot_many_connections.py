"""Draws what an idle connection costs, from the recording of many-connections.

Writes the picture and the figures of docs/many-connections.md; with ``--check`` it changes nothing
and ends with 1 if they are not those of the recording.

    python scripts/plot_many_connections.py [--check]
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

from walkthrough.model.events import Header, MemoryMeasured
from walkthrough.recording.file import load
from walkthrough.scenario import loader as scenarios

NAME = "many-connections"
DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGE, PICTURE = DOCS / f"{NAME}.md", DOCS / f"{NAME}.svg"
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"

_PARTS = (
    ("stacks", "goroutine's stack", "#4472a8"),
    ("heap", "heap: buffer, ...", "#7ba3cc"),
    ("runtime", "runtime: pollDesc, ...", "#b8cfe6"),
)
_KERNEL, _SERVER = "#c0733d", "#2f5f96"


class Cost(NamedTuple):
    """What one connection costs in bytes, between two measurements."""

    resident: float
    kernel: float
    parts: dict[str, float]


def measured_in(path: Path) -> tuple[Header, list[MemoryMeasured]]:
    """Return the header of a recording, and what was measured at each number of connections."""
    recording = load(path)
    found: dict[int, MemoryMeasured] = {}
    for _, event in recording:
        if isinstance(event, MemoryMeasured):
            found[event.connections] = event
    return recording.header, [found[count] for count in sorted(found)]


def cost(first: MemoryMeasured, last: MemoryMeasured) -> Cost:
    """Return what each connection of those that came between two measurements costs."""
    more = last.connections - first.connections
    return Cost(
        ((last.resident or 0) - (first.resident or 0)) / more,
        ((last.slab or 0) - (first.slab or 0)) / more,
        {
            name: (last.reported.get(name, 0) - first.reported.get(name, 0)) / more
            for name, _, _ in _PARTS
        },
    )


def figures(header: Header, measured: Sequence[MemoryMeasured]) -> str:
    """Return the answer and the table, as Markdown."""
    first, last = measured[0], measured[-1]
    each = cost(first, last)
    parts = each.parts
    lines = [
        f"Of {last.connections:,} idle connections each takes **{_kib(each.resident)} of the "
        f"server's memory**: {_kib(parts['stacks'])} of stack, {_kib(parts['heap'])} of heap and "
        f"{_kib(parts['runtime'])} of the runtime's own. **The kernel takes {_kib(each.kernel)}** "
        f"in addition, for both ends of it together, since the client is on the same machine; "
        f"{last.tcp_socket or 0:,} bytes at each end are the TCP socket itself. The sockets' "
        f"buffers hold {last.buffers or 0:,} bytes in all.",
        "",
        *_growth(measured),
        f"{header.go_version}, {header.system}, {header.architecture}:",
        "",
        "| connections | threads | epoll watches | server in RAM | stacks | heap | runtime "
        "| kernel, more than at first | server, each | kernel, each |",
        "|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for one in measured:
        reported = [_mib(one.reported.get(name)) for name, _, _ in _PARTS]
        since = cost(first, one) if one.connections >= 100 else None
        cells = [
            f"{one.connections:,}",
            str(one.threads),
            f"{one.interests:,}",
            _mib(one.resident),
            *reported,
            _mib((one.slab or 0) - (first.slab or 0)),
            _kib(since.resident) if since else "",
            _kib(since.kernel) if since else "",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _growth(measured: Sequence[MemoryMeasured]) -> list[str]:
    """Say how many times both parts grew from the first thousand connections to the last."""
    none, last = measured[0], measured[-1]
    few = next((one for one in measured if one.connections >= 1_000), last)
    if few is last:
        return []
    times = last.connections / few.connections
    server, kernel = (
        after * last.connections / (before * few.connections)
        for before, after in zip(cost(none, few)[:2], cost(none, last)[:2], strict=True)
    )
    return [
        f"From {few.connections:,} connections to {last.connections:,}, {times:g} times as many, "
        f"the server's part grew {server:.1f} times and the kernel's {kernel:.1f} times.",
        "",
    ]


def _kib(size: float) -> str:
    return f"{size / 1024:.1f} KiB"


def _mib(size: float | None) -> str:
    return "" if size is None else f"{size / 1048576:.2f} MiB"


# The picture: on the left all memory against the connections, on the right that of one.

_WIDTH, _HEIGHT = 860, 380
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 480, 48, 318
_BAR = 660


def picture(measured: Sequence[MemoryMeasured]) -> str:
    """Return the picture, as SVG that needs nothing from elsewhere."""
    first, last = measured[0], measured[-1]
    growth = [(one.connections, (one.resident or 0) - (first.resident or 0)) for one in measured]
    kernel = [(one.connections, (one.slab or 0) - (first.slab or 0)) for one in measured]
    top = max(size for _, size in (*growth, *kernel)) * 1.08
    body = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'width="{_WIDTH}" height="{_HEIGHT}" font-family="sans-serif" font-size="13">',
        "<title>Memory of idle connections: in the server, in the kernel</title>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        _text(_LEFT, 26, "Memory for idle connections, MiB", "start", "#222222", 15),
        *_axes(last.connections, top),
        *_line(kernel, last.connections, top, _KERNEL, "kernel, both ends"),
        *_line(growth, last.connections, top, _SERVER, "server"),
        *_bars(cost(first, last)),
        "</svg>",
    ]
    return "\n".join(body) + "\n"


def _axes(most: int, top: float) -> list[str]:
    drawn = [f'<path d="M{_LEFT} {_TOP}V{_BOTTOM}H{_RIGHT}" fill="none" stroke="#888888"/>']
    step = next(each for each in (1, 2, 5, 10, 20, 50, 100, 200, 500) if top / each < 8 * 1048576)
    for mib in range(0, int(top / 1048576) + 1, step):
        y = _y(mib * 1048576, top)
        drawn.append(f'<path d="M{_LEFT} {y:.1f}H{_RIGHT}" stroke="#e4e4e4"/>')
        drawn.append(_text(_LEFT - 8, y + 4, str(mib), "end"))
    for part in range(6):
        count = most * part // 5
        drawn.append(_text(_x(count, most), _BOTTOM + 20, f"{count:,}", "middle"))
    drawn.append(_text((_LEFT + _RIGHT) / 2, _BOTTOM + 42, "connections", "middle"))
    return drawn


def _line(
    points: Sequence[tuple[int, int]], most: int, top: float, colour: str, title: str
) -> list[str]:
    places = [(_x(count, most), _y(size, top)) for count, size in points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    dots = [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in places]
    x, y = places[-1]
    return [
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>',
        *dots,
        _text(x - 12, y - 8, title, "end", colour),
    ]


def _bars(each: Cost) -> list[str]:
    top = max(each.kernel, sum(each.parts.values())) * 1.08
    drawn = [_text(_BAR - 110, 26, "One of them, bytes", "start", "#222222", 15)]
    y = float(_BOTTOM)
    for name, title, colour in _PARTS:
        height = max(0.0, each.parts[name]) / top * (_BOTTOM - _TOP)
        y -= height
        drawn += _box(_BAR - 100, y, height, colour)
        said = f"{each.parts[name]:,.0f} {title}"
        drawn.append(_text(_BAR - 44, y + height / 2 + 4, said, "start", size=11))
    height = max(0.0, each.kernel) / top * (_BOTTOM - _TOP)
    drawn += _box(_BAR + 110, _BOTTOM - height, height, _KERNEL)
    drawn += [
        _text(_BAR + 135, _BOTTOM - height - 8, f"{each.kernel:,.0f}", "middle"),
        _text(_BAR - 75, _BOTTOM + 20, "server", "middle", _SERVER),
        _text(_BAR + 135, _BOTTOM + 20, "kernel, both ends", "middle", _KERNEL),
        f'<path d="M{_BAR - 110} {_BOTTOM}H{_WIDTH - 20}" stroke="#888888"/>',
    ]
    return drawn


def _box(x: float, y: float, height: float, colour: str) -> list[str]:
    return [f'<rect x="{x:.1f}" y="{y:.1f}" width="50" height="{height:.1f}" fill="{colour}"/>']


def _x(count: int, most: int) -> float:
    return _LEFT + (_RIGHT - _LEFT) * count / most


def _y(size: float, top: float) -> float:
    return _BOTTOM - (_BOTTOM - _TOP) * size / top


def _text(
    x: float, y: float, text: str, anchor: str, colour: str = "#444444", size: int = 12
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}" '
        f'font-size="{size}">{escape(text)}</text>'
    )


def page(text: str, table: str) -> str:
    """Return the page ``text`` with the figures told between its two marks."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


def main() -> int:
    """Write, or check, the picture and the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing; end with 1 if stale")
    options = parser.parse_args()
    header, measured = measured_in(scenarios.find(NAME) / scenarios.RECORDING)
    fresh = {
        PAGE: page(PAGE.read_text("utf-8"), figures(header, measured)),
        PICTURE: picture(measured),
    }
    stale = [
        path
        for path, text in fresh.items()
        if not path.is_file() or path.read_text("utf-8") != text
    ]
    for path in stale:
        if options.check:
            print(f"{path.name} is not of today's recording", file=sys.stderr)
        else:
            path.write_text(fresh[path], "utf-8")
    return 1 if stale and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
