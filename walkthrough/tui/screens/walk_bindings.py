"""The table of the walk's own actions: stepping, the client, the panes, the program."""

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import Message, message
from walkthrough.tui.panes.registry import ACTIONS as PANE_ACTIONS
from walkthrough.tui.screens.status import DIALLED, WalkMode, WalkStatus
from walkthrough.tui.widgets.action import (
    Action,
    Group,
    always,
    backward,
    begun,
    forward,
    of_client,
    of_live,
)
from walkthrough.view.next_act import not_due, script_done


def _run(status: WalkStatus, tr: Catalogue) -> str | None:
    """A traced program that waits can still be told not to halt, or to halt where it is."""
    waits = status.traced is not None and status.mode is WalkMode.WAITING
    return None if waits or status.mode is WalkMode.RUNNING else forward(status, tr)


def _next_known(status: WalkStatus, tr: Catalogue) -> str | None:
    """At the edge of what has been read, wait for more as a jump does."""
    return None if status.reading else forward(status, tr)


def _runs(status: WalkStatus) -> bool:
    if status.traced is not None and status.mode is WalkMode.WAITING:
        return True  # it is halted where it is, parked or not
    return status.mode is WalkMode.RUNNING and not status.coming


def _is_behind(status: WalkStatus) -> bool:
    return not status.at_edge


def _accepts(status: WalkStatus) -> bool:
    """Return whether the server dials, so that a connection of it may be taken."""
    offered = status.offered is not None and status.offered.action == "accept"
    return offered or status.waker in DIALLED


def _leads_to(status: WalkStatus) -> Message:
    return message("home") if status.from_home else message("quit")


def _next_act(status: WalkStatus, tr: Catalogue) -> str | None:
    """Refuse what the script would not do now; on its way to a halt the server is waited for."""
    refusal = of_client(status, tr)
    if refusal is not None or status.coming:
        return refusal
    if status.offered is None or not status.offered.action:
        return script_done(tr)
    can_be_done = status.act_is_due or status.act_is_stalled
    return None if can_be_done else not_due(status.offered, tr)


LANGUAGE = Action(
    "language",
    ("l",),
    "l",
    message("language"),
    message("Switch between English and Chinese."),
    Group.VIEW,
    always,
    11,
)
HELP = Action(
    "help",
    ("question_mark", "f1"),
    "?",
    message("keys"),
    message("Show these keys."),
    Group.PROGRAM,
    always,
    4,
)
PALETTE = Action(
    "palette",
    ("ctrl+p",),
    "Ctrl+P",
    message("actions"),
    message("Search all actions by name."),
    Group.PROGRAM,
    always,
)
"""What any screen has, home too."""

ACTIONS: tuple[Action, ...] = (
    Action(
        "step",
        ("space", "right"),
        "space →",
        message("step"),
        message("Go to the next event; at the live edge, release the server to it."),
        Group.WALK,
        forward,
        1,
    ),
    Action(
        "back",
        ("left", "backspace"),
        "←",
        message("back"),
        message("Go back to the event before; every pane shows that moment."),
        Group.WALK,
        backward,
        2,
    ),
    Action(
        "next_stage",
        ("n",),
        "n",
        message("next stage"),
        message("Go on until another stage begins, a client acts, or a goal is reached."),
        Group.WALK,
        _next_known,
        5,
    ),
    Action(
        "previous_stage",
        ("b", "N"),
        "b",
        message("stage back"),
        message("Go back to where the stage before began, or a client acted."),
        Group.WALK,
        backward,
        13,
    ),
    Action(
        "next_change",
        ("w",),
        "w",
        message("next change"),
        message("Go on until something changes: the kernel's state, a client, a call's result."),
        Group.WALK,
        _next_known,
        5,
    ),
    Action(
        "previous_change",
        ("W",),
        "W",
        message("change back"),
        message("Go back to the change before."),
        Group.WALK,
        backward,
        24,
    ),
    Action(
        "run",
        ("r",),
        "r",
        message("run"),
        message("Let the server run on; pressed again it halts. In a replay: go to the end."),
        Group.WALK,
        _run,
        7,
    ),
    Action(
        "pause",
        ("full_stop",),
        ".",
        message("pause"),
        message("Halt the server at its next event."),
        Group.WALK,
        of_live,
        1,
        _runs,
    ),
    Action(
        "first",
        ("home",),
        "Home",
        message("start"),
        message("Go to the first event."),
        Group.WALK,
        backward,
        25,
    ),
    Action(
        "edge",
        ("end", "G"),
        "End G",
        message("newest"),
        message("Go to the newest event."),
        Group.WALK,
        begun,
        12,
        _is_behind,
    ),
    Action(
        "next_act",
        ("A",),
        "A",
        message("next act"),
        message(
            "Let the clients do what the scenario's script does next, once it is due. Where the "
            "server rests and it is not: do it all the same, or leave it out."
        ),
        Group.CLIENT,
        _next_act,
        5,
    ),
    Action(
        "connect",
        ("c",),
        "c",
        message("connect"),
        message("Let a new client connect."),
        Group.CLIENT,
        of_client,
        7,
    ),
    Action(
        "accept",
        ("a",),
        "a",
        message("accept"),
        message("Where the server dials: take the connection that it has made."),
        Group.CLIENT,
        of_client,
        10,
        _accepts,
    ),
    Action(
        "send",
        ("s",),
        "s",
        message("send"),
        message("Let a client send a line: the script's if that comes next, else the newest."),
        Group.CLIENT,
        of_client,
        8,
    ),
    Action(
        "half_close",
        ("f",),
        "f",
        message("half-close"),
        message(
            "Let a client end its sending half (FIN): the script's if that comes "
            "next, else the newest."
        ),
        Group.CLIENT,
        of_client,
        10,
    ),
    Action(
        "close_client",
        ("x",),
        "x",
        message("close"),
        message(
            "Let a client close its connection: the script's if that comes next, else the newest."
        ),
        Group.CLIENT,
        of_client,
        9,
    ),
    Action(
        "reset_client",
        ("X",),
        "X",
        message("reset"),
        message(
            "Let a client throw its connection away (RST): the script's if that comes "
            "next, else the newest."
        ),
        Group.CLIENT,
        of_client,
        22,
    ),
    Action(
        "receive",
        ("e",),
        "e",
        message("receive"),
        message(
            "Let a client read what has come: the script's if that comes next, else the newest."
        ),
        Group.CLIENT,
        of_client,
        21,
    ),
    *PANE_ACTIONS,
    Action(
        "next_pane",
        ("tab",),
        "Tab",
        message("next pane"),
        message("Go to the next pane."),
        Group.VIEW,
        always,
    ),
    Action(
        "previous_pane",
        ("shift+tab",),
        "Shift+Tab",
        message("previous pane"),
        message("Go to the pane before."),
        Group.VIEW,
        always,
    ),
    Action(
        "zoom",
        ("z",),
        "z",
        message("zoom"),
        message("Give the pane the whole screen, or give it back."),
        Group.VIEW,
        always,
        14,
    ),
    Action(
        "unzoom",
        ("escape",),
        "Esc",
        message("all panes"),
        message("Show all panes again."),
        Group.VIEW,
        always,
    ),
    LANGUAGE,
    HELP,
    PALETTE,
    Action(
        "leave",
        ("q",),
        "q",
        message("leave"),
        message(
            "End the server, and go back to where the walk was opened: to home, or out of the "
            "program."
        ),
        Group.PROGRAM,
        always,
        3,
        renamed=_leads_to,
    ),
    Action(
        "quit",
        ("ctrl+q", "ctrl+c"),
        "Ctrl+Q",
        message("quit"),
        message("End the server and the program."),
        Group.PROGRAM,
        always,
    ),
)
