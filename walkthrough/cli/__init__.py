"""The command line: finds the command, runs it, and turns what went wrong into one sentence.

Imports nothing heavy: each command imports what it needs when it runs.
"""

import os
import sys
from collections.abc import Sequence


class UsageError(Exception):
    """Something the user can mend; the message is one sentence that says how."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: What follows the program's name; the process's own by default.

    Returns:
        0 done, 1 the answer is no, 2 could not be done (the sentence is on stderr), 130 on Ctrl-C.
    """
    from walkthrough.cli.parser import parse

    try:
        command = parse(list(sys.argv[1:] if arguments is None else arguments))
        return command()
    except UsageError as error:
        print(f"walkthrough: {_plain(str(error))}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has gone; say nothing more, also not at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2


def _plain(text: str) -> str:
    """Make a message safe for a terminal: names of files and scenarios come from anywhere."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
