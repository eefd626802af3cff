"""How it is said what a capture could not tell (`CaptureEnded.lost`)."""

from walkthrough.i18n.messages import Message, message, plural


def loss(kind: str, count: int) -> Message:
    """Say what was not captured, and how often: "2 views of the kernel"."""
    match kind:
        case "kernel views":
            return plural("{count} view of the kernel", "{count} views of the kernel", count)
        case "clients":
            return plural("{count} client", "{count} clients", count)
        case "packets":
            return plural("{count} packet", "{count} packets", count)
        case "lines":
            return plural("{count} line of the log", "{count} lines of the log", count)
        case "events":
            return plural("{count} event", "{count} events", count)
    return message("{kind}: {count}", kind=kind, count=count)
