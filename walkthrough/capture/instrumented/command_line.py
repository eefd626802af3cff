"""A plan as the instrumented server's command line: what a reader can type as well."""

from walkthrough.capture.command_line import arguments
from walkthrough.capture.instrumented.fault_words import words
from walkthrough.capture.session.run_config import Plan
from walkthrough.scenario.schema import Program


def command_line(plan: Plan) -> tuple[str, ...]:
    """Return the server's options: the Go program's flags, and what a tracer would do to it.

    Raises:
        CaptureError: The program cannot do what the options ask for.
    """
    count = len(plan.addresses) + 1  # the network and the addresses come last, without flags
    options = [f"-{flag}" for flag in arguments(plan)[:-count]]
    if plan.options.program is not Program.ACCEPT:
        options.append(f"--program={plan.options.program}")
    if plan.limits.nofile is not None:
        options.append(f"--nofile={plan.limits.nofile}")
    options += [f"--fault={words(each)}" for each in plan.faults]
    options += ["--network", plan.network]
    for address in plan.addresses:
        options += ["--address", address]
    return tuple(options)
