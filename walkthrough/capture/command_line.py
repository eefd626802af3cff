"""The Go programs' command lines: a scenario's table ``[server]`` as flags. Knows no process."""

from walkthrough.capture.errors import CaptureError
from walkthrough.capture.session.run_config import RunConfig
from walkthrough.i18n.messages import message
from walkthrough.scenario.schema import Program, ServerOptions

_FLAGS = {
    "control": "-control",
    "keep_alive_s": "-keep-alive",
    "backlog": "-backlog",
    "deadline_ms": "-deadline",
    "reply": "-reply",
    "close_on": "-close-on",
    "retry": "-retry",
    "read_most": "-read-most",
}
_TAKEN = {
    Program.ACCEPT: _FLAGS,
    Program.PACKET: {"reply": "-reply"},
    Program.DIAL: {"reply": "-say"},
}


def arguments(config: RunConfig, own: bool = False) -> list[str]:
    """Return what follows the program's name: flags, the network, the addresses.

    Args:
        config: The run.
        own: Whether the program is the scenario's own, which gets all options that are set.

    Raises:
        CaptureError: The program cannot do what the options ask for.
    """
    program = Program.ACCEPT if own else config.options.program
    taken = _TAKEN[program]
    flags = []
    for option in _FLAGS:
        value = getattr(config.options, option)
        if value == getattr(ServerOptions(), option):
            continue
        if option not in taken:
            raise _refusal(program, f"server.{option}")
        text = ",".join(value) if isinstance(value, tuple) else str(value)
        flags.append(f"{taken[option]}={text}")
    if len(config.addresses) > 1 and program is not Program.ACCEPT:
        raise _refusal(program, "server.also")
    return [*flags, config.network, *config.addresses]


def _refusal(program: Program, key: str) -> CaptureError:
    known = ", ".join(f"server.{option}" for option in _TAKEN[program])
    return CaptureError(
        message(
            "The program {program} does not know {key}: take it out (of these options it knows "
            "{known}), or give the scenario its own main.go.",
            program=ascii(program.value),
            key=key,
            known=known,
        )
    )
