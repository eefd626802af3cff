"""What a view of the kernel holds under the keys by which scenarios ask for it."""

from collections.abc import Iterable

from walkthrough.i18n.messages import Message, message
from walkthrough.model.kernel_state import KernelState


def comparable(value: object) -> object:
    """Return what was asked for in the form in which `values_of` returns what there is."""
    if isinstance(value, dict):
        return {state: count for state, count in value.items() if count}
    return tuple(sorted(value)) if isinstance(value, tuple) else value


def values_of(state: KernelState, wanted: Iterable[str]) -> dict[str, object]:
    """Return what ``state`` holds under each key of ``wanted``."""
    return {key: _value(state, key) for key in wanted}


def _value(state: KernelState, key: str) -> object:
    match key:
        case "listeners":
            return state.count_sockets("server").get("LISTEN", 0)
        case "accept_queue" | "backlog" | "backlog_at_most":
            listeners = [s for s in state.sockets if s.owner == "server" and s.state == "LISTEN"]
            first = min(
                listeners, key=lambda s: s.fd if s.fd is not None else 1 << 31, default=None
            )
            return getattr(first, key.removesuffix("_at_most")) if first is not None else None
        case "descriptors":
            return tuple(sorted(each.fd for each in state.descriptors))
        case "watched":
            return tuple(sorted(each.fd for epoll in state.epolls for each in epoll.interests))
        case "epolls":
            return len(state.epolls)
        case "half_open":
            return state.count_sockets("kernel").get("SYN_RECV", 0)
        case "sockets":
            return state.count_sockets("server")
        case "neighbour":
            return str(state.neighbour.doing) if state.neighbour is not None else None
        case "neighbour_accepted":
            accepted = state.neighbour.accepted if state.neighbour is not None else ()
            return {str(number): count for number, count in enumerate(accepted, 1) if count}
        case _:
            return state.count_sockets("client")


def fits(key: str, value: object, wanted: object) -> bool:
    """Return whether what there is under ``key`` is what was asked for."""
    if key == "backlog_at_most":
        return isinstance(value, int) and isinstance(wanted, int) and value <= wanted
    return value == wanted


def spell(values: dict[str, object]) -> list[str | int | float | Message]:
    """Return each value with its key, as a file would have it."""
    return [
        message("{key} unknown", key=key) if value is None else f"{key} {_text(value)}"
        for key, value in values.items()
    ]


def _text(value: object) -> str:
    match value:
        case tuple():
            return f"[{', '.join(map(str, value))}]"
        case dict():
            return f"{{{', '.join(f'{key} = {count}' for key, count in value.items())}}}"
        case _:
            return str(value)
