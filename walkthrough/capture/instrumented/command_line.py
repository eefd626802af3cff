"""A run's configuration as the instrumented server's command line, as a user could type it."""

from walkthrough.capture.command_line import arguments
from walkthrough.capture.instrumented.fault_words import words
from walkthrough.capture.session.run_config import RunConfig
from walkthrough.scenario.schema import Program


def command_line(config: RunConfig) -> tuple[str, ...]:
    """Return the server's options: the Go program's flags, and what a tracer would do.

    Raises:
        CaptureError: The program cannot do what the options ask for.
    """
    count = len(config.addresses) + 1  # the network and the addresses come last, without flags
    options = [f"-{flag}" for flag in arguments(config)[:-count]]
    if config.options.program is not Program.ACCEPT:
        options.append(f"--program={config.options.program}")
    if config.limits.nofile is not None:
        options.append(f"--nofile={config.limits.nofile}")
    options += [f"--fault={words(each)}" for each in config.faults]
    options += ["--network", config.network]
    for address in config.addresses:
        options += ["--address", address]
    return tuple(options)
