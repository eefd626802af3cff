"""What a step is said to have changed, in whole sentences and with the right measure."""

import msgspec
import pytest

from walkthrough.i18n.catalogue import Catalogue, catalogue
from walkthrough.model.kernel_state import SocketState
from walkthrough.model.values import SocketAddress
from walkthrough.recording.file import load
from walkthrough.scenario.loader import server_folder
from walkthrough.state.change import BytesChanged, Change, ClientChanged, QueueChanged
from walkthrough.state.history import History
from walkthrough.state.world import ClientView
from walkthrough.view.kernel_changes import change_rows
from walkthrough.view.kernel_pane import kernel_rows
from walkthrough.view.step import step_at

EN, ZH = catalogue("en"), catalogue("zh")
HERE = SocketAddress("AF_INET", host="127.0.0.1", port=7099)
STREAM = SocketState("server", "AF_INET", "SOCK_STREAM", "TCP", "ESTABLISHED", HERE, fd=4)
DATAGRAMS = msgspec.structs.replace(STREAM, type="SOCK_DGRAM", protocol="UDP")
UNIX = msgspec.structs.replace(STREAM, family="AF_UNIX", protocol="")


def said(change: Change, tr: Catalogue) -> str:
    (row,) = change_rows([change], tr)
    return "".join(piece.text for piece in row)


@pytest.mark.parametrize(
    ("change", "en", "zh"),
    [
        (BytesChanged(STREAM, True, 0, 22), "→ fd 4 bytes to read 0 → 22", "待读字节 0 → 22"),
        (
            BytesChanged(DATAGRAMS, True, 0, 832),
            "→ fd 4 memory of waiting datagrams 0 → 832",
            "所占内存 0 → 832",
        ),
        (
            BytesChanged(UNIX, False, 0, 768),
            "→ fd 4 memory of what was sent and waits 0 → 768",
            "所占内存 0 → 768",
        ),
        (
            BytesChanged(msgspec.structs.replace(STREAM, state="CLOSE_WAIT"), True, 0, 1),
            "→ fd 4 bytes to read 0 → 1 (a FIN counts as one)",
            "0 → 1（FIN 也算一个）",
        ),
        (QueueChanged(STREAM, 1), "→ fd 4 accept queue 1 → 0", "accept 队列 1 → 0"),
        (
            ClientChanged(ClientView(3, "connected"), "connecting"),
            "→ client 3 connecting → connected",
            "客户端 3 正在连接 → 已连接",
        ),
    ],
)
def test_a_change_is_one_sentence(change: Change, en: str, zh: str) -> None:
    assert said(change, EN) == en
    assert zh in said(change, ZH)


def test_that_a_connection_under_way_succeeds_is_told_when_it_shows() -> None:
    history = History.load(load(server_folder().parent / "backlog-full" / "recording.jsonl"))
    told = []
    index = history.beginning()
    while (following := history.next_step(index)) > index:
        index = following
        rows = kernel_rows(step_at(history, index, None, EN), 80).rows
        told += [
            line
            for row in rows
            if "client 3" in (line := "".join(piece.text for piece in row)) and "sent" not in line
        ]
    assert told == [
        "+ client 3 connecting",
        "→ client 3 connecting → connected",
        "→ client 3 connected → closed",
    ]
