"""Faults as words of a command line: ``errno=ENOSPC,at=pollOpen,call=epoll_ctl,times=2``."""

import msgspec

from walkthrough.lesson.format import Fault


def words(fault: Fault) -> str:
    """Return ``fault`` as words; what is as usual is left out."""
    told = msgspec.structs.asdict(fault)
    usual = msgspec.structs.asdict(Fault(errno=""))
    return ",".join(
        f"{key}={value}" for key, value in told.items() if value != usual[key] and key != "only"
    )


def parse(text: str) -> Fault:
    """Return the fault that `words` wrote.

    Raises:
        SystemExit: It is none, with a sentence that says why.
    """
    given = dict(item.partition("=")[::2] for item in text.split(","))
    try:
        return msgspec.convert(given, Fault, strict=False)
    except msgspec.ValidationError as error:
        raise SystemExit(f"--fault {text!a}: {error}") from None
