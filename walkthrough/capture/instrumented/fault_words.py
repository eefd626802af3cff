"""Faults as words of a command line: ``errno=ENOSPC,at=pollOpen,call=epoll_ctl,times=2``."""

import msgspec

from walkthrough.model.linux import constants as k
from walkthrough.scenario.schema import Fault
from walkthrough.state.triggers import parse_place


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
        ValueError: It is none; the message is a sentence that says why.
    """
    given = dict(item.partition("=")[::2] for item in text.split(","))
    try:
        fault = msgspec.convert(given, Fault, strict=False)
    except msgspec.ValidationError as error:  # in old versions of msgspec no ValueError
        raise ValueError(str(error)) from error
    if fault.errno not in k.ERRNO.values():
        raise ValueError(f"{fault.errno!a} is no errno")
    if fault.at:
        parse_place(fault.at)
    return fault
