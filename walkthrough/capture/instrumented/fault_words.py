"""Faults as arguments of a command line: ``errno=ENOSPC,at=pollOpen,call=epoll_ctl,times=2``."""

import msgspec

from walkthrough.model.linux import constants as k
from walkthrough.scenario.schema import Fault
from walkthrough.state.triggers import PointError, parse_place


def words(fault: Fault) -> str:
    """Return ``fault`` as words; defaults are omitted."""
    fields = msgspec.structs.asdict(fault)
    usual = msgspec.structs.asdict(Fault(errno=""))
    return ",".join(
        f"{key}={value}" for key, value in fields.items() if value != usual[key] and key != "only"
    )


def parse(text: str) -> Fault:
    """Return the fault that `words` wrote.

    Raises:
        ValueError: It is not a fault; the message is a sentence that says why.
    """
    given = dict(item.partition("=")[::2] for item in text.split(","))
    try:
        fault = msgspec.convert(given, Fault, strict=False)
    except msgspec.ValidationError as error:  # not a ValueError in old versions of msgspec
        raise ValueError(str(error)) from error
    if fault.errno not in k.ERRNO.values():
        raise ValueError(f"{fault.errno!a} is no errno")
    if fault.at:
        try:
            parse_place(fault.at)
        except PointError as error:
            raise ValueError(str(error)) from error
    return fault
