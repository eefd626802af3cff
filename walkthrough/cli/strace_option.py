"""``walkthrough ... --strace [LOG]``: finds or makes the log that is aligned with the walk."""

from pathlib import Path
from typing import TYPE_CHECKING

from walkthrough.cli.errors import UsageError
from walkthrough.cli.system_check import refuse_elsewhere
from walkthrough.cli.temporary import temporary_folder
from walkthrough.formatting.terminal import say
from walkthrough.i18n.catalogue import catalogue
from walkthrough.i18n.languages import ENGLISH
from walkthrough.i18n.messages import message

if TYPE_CHECKING:
    from walkthrough.capture.strace.run import StraceRun
    from walkthrough.compare.follow import FollowedComparison

ON_THE_SPOT = ""
"""The value of `--strace` when it names no log."""


def align_log(
    log: str, scenario: str, server: str, language: str = ENGLISH, *, expose: bool = False
) -> "FollowedComparison":
    """Return the lines of a log, ready to be aligned with a walk.

    Args:
        log: The log's path, or `ON_THE_SPOT`: the scenario is run under strace(1), now.
        scenario: What is walked, "" for a recording that cannot be run again.
        server: ``go``, ``python`` or ``auto``.
        language: The code of what is said meanwhile.
        expose: Whether others on the network may connect to what is run, if they can.

    Raises:
        UsageError: It cannot be read, or not be made.
    """
    from walkthrough.compare.follow import FollowedComparison
    from walkthrough.strace_log.log import LogError, check_for_sockets, load

    try:
        if log != ON_THE_SPOT:
            read = load(Path(log))
            check_for_sockets(read)
            return FollowedComparison(read)
        refuse_elsewhere()
        with temporary_folder() as folder:
            made = folder / "strace.log"
            ran = _make(scenario, server, made, language, expose)
            return FollowedComparison(load(made), ran.main, ran.ours, one_process=True)
    except LogError as error:
        raise UsageError(error.message) from error


def _make(name: str, server: str, log: Path, language: str, expose: bool) -> "StraceRun":
    from walkthrough.capture.environment.backends import choose
    from walkthrough.capture.environment.exposure import Exposure, exposed
    from walkthrough.capture.environment.server_kind import ServerKind
    from walkthrough.capture.errors import CaptureError
    from walkthrough.capture.strace import run as strace_run
    from walkthrough.scenario.loader import ScenarioError, load

    if not name:
        raise UsageError(
            message(
                "this recording names no scenario that could be run again: give --strace a log, "
                "as in `{option}`.",
                option="--strace LOG",
            )
        )
    try:
        scenario = load(name)
        tr = catalogue(language)
        say(tr("strace runs {scenario} ...", scenario=scenario.name))
        if expose:
            for said in Exposure(exposed=exposed(scenario)).remarks():
                say(tr.text(said))
        return strace_run.run(scenario, choose(ServerKind(server)).server, log, expose=expose)
    except (CaptureError, ScenarioError) as error:
        raise UsageError(error.message) from error
