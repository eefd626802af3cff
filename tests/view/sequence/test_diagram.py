"""The rows of the sequence diagram: what each kind says, for any width and in both languages."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.cells import cell_len

from walkthrough.i18n.catalogue import Catalogue, catalogue
from walkthrough.model.values import Argument, Several, SocketAddress
from walkthrough.recording.file import load
from walkthrough.scenario.loader import server_folder
from walkthrough.state.history import History
from walkthrough.state.sequence.diagram import SequenceDiagram
from walkthrough.state.sequence.model import (
    AddressSeen,
    ClientAction,
    ConnectionEnd,
    DiagramRow,
    Direction,
    Fact,
    GoroutineParked,
    GoroutineUnparked,
    LifecycleEvent,
    LifecycleKind,
    ListenerSeen,
    Packet,
    PacketKind,
    PathPosition,
    PollerWake,
    QueueLength,
    SeenPacket,
    SocketCall,
    SocketStateSeen,
    UnparkReason,
    UnreadBytes,
)
from walkthrough.view.sequence.columns import NARROW, WIDE, arrow, lanes_of, padded
from walkthrough.view.sequence.diagram import drawn_row, header_row, lifelines_row
from walkthrough.view.sequence.row_parts import DiagramDrawing
from walkthrough.view.text import Row

EN = catalogue("en")
ZH = catalogue("zh")


OPTIONS = (
    Argument("mss", 65495),
    Argument("sack_permitted", True),
    Argument("timestamp", Several((7, 9))),
    Argument("window_scale", 7),
)
SEEN = SeenPacket(("PSH", "ACK"), 1, 4294967295, 65536, resent=True, options=OPTIONS)
RECORDINGS = sorted(server_folder().parent.glob("*/recording.jsonl"))
WIDTHS = (8, 26, 34, NARROW - 1, NARROW, 51, 70, WIDE - 1, WIDE, 117, 160, 247)
HOSTILE = "\x1b[2J[red]x[/red]\u202egnp\n测试"


def text(row: Row) -> str:
    return "".join(piece.text for piece in row)


def picture(width: int, tr: Catalogue = EN, **more: object) -> DiagramDrawing:
    return DiagramDrawing(lanes_of(width), tr, begins=0, **more)  # type: ignore[arg-type]


def every_kind_of_row() -> Iterator[DiagramRow]:
    """Yield a row of each kind there is."""
    packets = [Packet(sign, way, 28, 1) for sign in PacketKind for way in Direction]
    packets += [Packet(PacketKind.SYN, way, answered=False) for way in Direction]
    packets += [
        Packet(PacketKind.FIN, Direction.TO_CLIENT, acks=True),
        Packet(PacketKind.RST, Direction.TO_SERVER, 0, 9),
        *(Packet(sign, way, 28, seen=SEEN) for sign in PacketKind for way in Direction),
        Packet(PacketKind.DATA, Direction.TO_SERVER, 9, seen=SeenPacket((), None, None, None)),
    ]
    for packet in packets:
        yield DiagramRow(1, 1, 1, port=9, connection=1, packet=packet)
        yield DiagramRow(1, 1, 0, port=40422, connection=2, packet=packet)
        yield DiagramRow(1, 1, 101, 512, connection=3, act=ClientAction("connect"), packet=packet)
    for action in ("connect", "accept", "send", "receive", "half-close", "close", "reset", "sing"):
        yield DiagramRow(1, 1, 12, act=ClientAction(action))
        yield DiagramRow(1, 1, 12, act=ClientAction(action, error="ECONNREFUSED", datagrams=True))
    here = SocketAddress("AF_INET6", "fe80::1", 7099)
    path = SocketAddress("AF_UNIX", path="/run/a/very/long/path/that/goes/on/and/on/listener.sock")
    facts: tuple[Fact, ...] = (
        *(QueueLength(fd, 0, 1, 4096) for fd in (3, None)),
        *(UnreadBytes(end, fd, 28) for end in ConnectionEnd for fd in (4, None)),
        *(SocketStateSeen(end, fd, "ESTABLISHED") for end in ConnectionEnd for fd in (4, None)),
        *(ListenerSeen(3, most) for most in (4096, None)),
        AddressSeen(3, here),
    )
    for fact in facts:
        yield DiagramRow(1, 1, fact=fact)
        yield DiagramRow(1, 1, packet=Packet(PacketKind.ACK, Direction.TO_SERVER), fact=fact)
        yield DiagramRow(1, 1, fact=fact, call=SocketCall("accept4", 3, 4, way=Direction.TO_SERVER))
    for name in ("socket", "bind", "listen", "accept4", "connect", "read", "sendto", "close"):
        for error in ("", "EAGAIN", "EADDRINUSE", "ENOTRECOVERABLE"):
            for address in (None, here, path):
                result = -1 if error else 0
                yield DiagramRow(
                    1, 1, call=SocketCall(name, 3, result, error, address=address, number=1)
                )
    yield DiagramRow(
        1, 1, call=SocketCall("socket", None, 3, domain="AF_INET6", type="SOCK_STREAM")
    )
    yield DiagramRow(1, 1, call=SocketCall("accept4", 3, -1, "EMFILE", injected=True))
    yield DiagramRow(1, 1, call=SocketCall("accept4", 3, 0, returned=False))
    for goroutine in (1, None):
        yield DiagramRow(
            1, 1, note=PollerWake(3, ("EPOLLIN", "EPOLLOUT", "EPOLLRDHUP", "EPOLLERR"), goroutine)
        )
    yield DiagramRow(1, 1, note=PollerWake(3, ("EPOLLOUT",)))
    yield DiagramRow(1, 1, note=GoroutineParked(19, 4))
    yield from (DiagramRow(1, 1, note=GoroutineUnparked(19, 4, why)) for why in UnparkReason)
    yield from (DiagramRow(1, 1, note=LifecycleEvent(life, 1, "SIGKILL")) for life in LifecycleKind)
    yield DiagramRow(1, 1, note=PathPosition("pollWait"))


@pytest.mark.parametrize("before", [False, True])
def test_nobody_is_said_to_wait_only_where_that_is_known(before: bool) -> None:
    row = DiagramRow(1, 1, note=PollerWake(3, ("EPOLLIN",), before=before))
    assert ("nobody waits for it" in text(drawn_row(row, picture(120, EN)))) is not before


@pytest.mark.parametrize("tr", [EN, ZH], ids=["en", "zh"])
@pytest.mark.parametrize("width", WIDTHS)
def test_every_row_fits_every_width(width: int, tr: Catalogue) -> None:
    drawn = picture(width, tr, several=True)
    for row in every_kind_of_row():
        assert cell_len(text(drawn_row(row, drawn))) <= max(width, 9), row


@pytest.mark.parametrize("tr", [EN, ZH], ids=["en", "zh"])
@pytest.mark.parametrize("width", [width for width in WIDTHS if width >= NARROW])
def test_the_lifelines_stand_in_one_column(width: int, tr: Catalogue) -> None:
    lanes = lanes_of(width)
    client = lanes.indent + lanes.left
    kernel = client + 1 + lanes.client_gap
    server = kernel + 1 + lanes.server_gap
    drawn = picture(width, tr, several=True)
    for row in every_kind_of_row():
        at, lines = 0, []
        for piece in drawn_row(row, drawn):
            if piece.text in ("│", "┊", "╳"):
                lines.append(at)
            at += cell_len(piece.text)
        assert lines == [client, kernel, server], row
    names = text(header_row(drawn))
    assert cell_len(names) <= width
    for name, column in ((tr("kernel"), kernel), (tr("server"), server)):
        middle = cell_len(names[: names.index(name)]) + cell_len(name) // 2
        assert abs(middle - column) <= 4


@pytest.mark.parametrize("tr", [EN, ZH], ids=["en", "zh"])
@pytest.mark.parametrize("width", [26, 30, NARROW - 1, NARROW, 60])
def test_the_lanes_names_are_whole_in_every_width(width: int, tr: Catalogue) -> None:
    kinds: list[dict[str, object]] = [
        {},
        {"several": True},
        {"from_log": True, "unseen": True},
        {"dialled": True},
    ]
    for kind in kinds:
        named = text(header_row(picture(width, tr, **kind)))
        assert cell_len(named) <= width, named
        assert tr("kernel") in named
        assert tr("server") in named


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.parent.name)
def test_every_recording_is_drawn(path: Path) -> None:
    history = History.load(load(path))
    diagram = SequenceDiagram(history)
    diagram.extend(len(history) - 1, most=len(history))
    rows = [diagram.row(number) for number in range(diagram.count(len(history)))]
    for width in WIDTHS:
        for language in ("en", "zh"):
            drawn = DiagramDrawing(lanes_of(width), catalogue(language), several=True)
            for row in rows:
                shown = text(drawn_row(row, drawn))
                assert cell_len(shown) <= max(width, 9)
                assert "{" not in shown


@pytest.mark.parametrize(
    ("label", "way", "width", "expected"),
    [
        ("SYN", Direction.TO_SERVER, 13, "──── SYN ───▶"),
        ("SYN", Direction.TO_CLIENT, 13, "◀─── SYN ────"),
        ("SYN-ACK", Direction.TO_CLIENT, 10, "◀ SYN-ACK "),
        ("SYN-ACK", Direction.TO_CLIENT, 9, "◀ SYN-ACK"),
        ("SYN-ACK", Direction.TO_SERVER, 9, "SYN-ACK ▶"),
        ("SYN-ACK", Direction.TO_SERVER, 6, "SYN… ▶"),
        ("28 字节", Direction.TO_SERVER, 13, "── 28 字节 ─▶"),
        ("", Direction.TO_SERVER, 3, "──▶"),
        ("", Direction.TO_CLIENT, 3, "◀──"),
    ],
)
def test_arrows(label: str, way: Direction, width: int, expected: str) -> None:
    shown = text(tuple(arrow(label, way, width, "")))
    assert shown == expected
    assert cell_len(shown) == width


def test_texts_beside_a_lifeline() -> None:
    assert padded("connect", 10, right=True) == "  connect "
    assert padded("queue", 10) == " queue    "
    assert padded("连接", 6, right=True) == " 连接 "
    assert padded("half-close", 6, right=True) == "half… "
    assert padded("x", 0) == ""


def test_what_has_not_been_answered_looks_otherwise() -> None:
    drawn = picture(117)
    asked = Packet(PacketKind.SYN, Direction.TO_SERVER, answered=False)
    shown = text(drawn_row(DiagramRow(1, 1, 3, act=ClientAction("connect"), packet=asked), drawn))
    assert "╌▷" in shown
    assert EN("no answer") in shown
    assert "▶" not in shown


def test_a_client_has_a_lifeline_once_it_is_there_and_the_server_until_it_ends() -> None:
    drawn = DiagramDrawing(lanes_of(117), EN, begins=5, ended=9)
    glyphs = {
        index: [piece.text for piece in lifelines_row(drawn, index - 1) if piece.text in "│┊╳"]
        for index in (4, 5, 9)
    }
    assert glyphs == {4: ["┊", "│", "│"], 5: ["│", "│", "│"], 9: ["│", "│", "╳"]}
    assert text(lifelines_row(drawn, 9)).rstrip().endswith("│")


def test_connections_are_told_apart_by_number_and_colour() -> None:
    drawn = picture(117, several=True)
    kinds = set()
    for number in (1, 2, 3):
        packet = Packet(PacketKind.ACK, Direction.TO_SERVER)
        row = drawn_row(DiagramRow(1, 1, number, connection=number, packet=packet), drawn)
        assert f" {number} │" in text(row)
        kinds |= {piece.kind for piece in row if piece.text == "ACK"}
    assert len(kinds) == 3


@pytest.mark.parametrize(
    ("width", "label"),
    [
        (51, " resent "),
        (58, " resent "),
        (80, " 28 B, resent "),
        (130, " 28 bytes, resent "),
        (200, " 28 bytes, resent  seq 1 ack 4294967295 "),
    ],
)
def test_a_captured_packet_says_as_many_of_its_numbers_as_there_is_room_for(
    width: int, label: str
) -> None:
    packet = Packet(PacketKind.DATA, Direction.TO_SERVER, 28, seen=SEEN)
    assert label in text(drawn_row(DiagramRow(1, 1, packet=packet), picture(width)))


def test_a_packet_without_an_answer_has_less_room_for_its_numbers() -> None:
    seen = SeenPacket(("SYN",), 0, None, 65495)
    for answered, label in ((True, " SYN  seq 0 win 65495 "), (False, " SYN  seq 0 ")):
        packet = Packet(PacketKind.SYN, Direction.TO_SERVER, answered=answered, seen=seen)
        assert label in text(drawn_row(DiagramRow(1, 1, packet=packet), picture(115)))


def test_a_captured_packet_is_named_by_its_flags() -> None:
    seen = SeenPacket(("SYN", "ACK"), 0, 1, 65483)
    packet = Packet(PacketKind.SYN_ACK, Direction.TO_CLIENT, seen=seen)
    row = DiagramRow(1, 1, packet=packet)
    assert "◀ SYN, ACK ─" in text(drawn_row(row, picture(60)))
    assert " SYN, ACK  seq 0 ack 1 win 65483 " in text(drawn_row(row, picture(200)))


def test_the_options_of_a_captured_packet_on_demand() -> None:
    fact = SocketStateSeen(ConnectionEnd.CLIENT, None, "SYN_SENT")
    row = DiagramRow(1, 1, packet=Packet(PacketKind.SYN, Direction.TO_SERVER, seen=SEEN), fact=fact)
    told = "mss 65495, sackOK, TS val 7 ecr 9, wscale 7"
    divided = text(drawn_row(row, picture(WIDE + 10), options=True))
    assert "│ mss 65495, sackOK,  " in divided  # what is left has room beyond the server
    assert "│ TS val 7 ecr 9, wscale 7 " in divided
    assert "SYN_SENT" in text(drawn_row(row, picture(160)))
    shown = text(drawn_row(row, picture(160), options=True))
    assert told in shown
    assert "SYN_SENT" not in shown
    for width in WIDTHS[1:]:
        assert cell_len(text(drawn_row(row, picture(width), options=True))) == width
    assert drawn_row(DiagramRow(1, 1), picture(160), options=True) == drawn_row(
        DiagramRow(1, 1), picture(160)
    )


@pytest.mark.parametrize("captured", [True, False])
def test_the_lanes_names_say_where_packets_are_from(captured: bool) -> None:
    word = "captured" if captured else "inferred"
    assert f" {word} packets " in text(header_row(picture(117, captured=captured)))
    assert f" {word} " in text(header_row(picture(80, captured=captured)))
    assert word not in text(header_row(picture(51, captured=captured)))
    log = text(header_row(picture(160, from_log=True)))
    assert "inferred" not in log
    assert "captured" not in log


def test_hostile_names_are_escaped() -> None:
    drawn = picture(117)
    rows = (
        DiagramRow(1, 1, 1, act=ClientAction(HOSTILE, error=HOSTILE)),
        DiagramRow(1, 1, call=SocketCall(HOSTILE, 3, -1, HOSTILE, domain=HOSTILE)),
        DiagramRow(1, 1, fact=SocketStateSeen(ConnectionEnd.CLIENT, None, HOSTILE)),
        DiagramRow(1, 1, note=PollerWake(3, (HOSTILE,))),
        DiagramRow(1, 1, note=LifecycleEvent(LifecycleKind.KILLED, 0, HOSTILE)),
    )
    for width in (34, 51, 117):
        for row in rows:
            shown = text(drawn_row(row, drawn._replace(lanes=lanes_of(width))))
            assert shown.isprintable()
