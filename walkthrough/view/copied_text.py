"""What can be copied of a step, as text: its source line, its system call, all of the step.

Pure: steps in, text out. Every line is safe for any terminal, whatever an event holds.
"""

from walkthrough.formatting import strace_lines
from walkthrough.i18n.catalogue import Catalogue
from walkthrough.model.events import CallEntered, CallReturned
from walkthrough.state.diff import comparable
from walkthrough.view.caption import note_of
from walkthrough.view.event_text import sentence, who
from walkthrough.view.kernel import kernel_entries
from walkthrough.view.kernel_pane import changed_keys
from walkthrough.view.step import StepContext
from walkthrough.view.text import safe

_LONGEST = 4096
"""Characters of one line that are copied."""


def source_line(step: StepContext) -> str:
    """Return the executing line, "" if there is none."""
    view = step.view
    if view is None or not 0 < view.line <= len(view.lines):
        return ""
    return safe(view.lines[view.line - 1].expandtabs(4).rstrip()[:_LONGEST])


def system_call(step: StepContext) -> str:
    """Return the step's system call as strace writes it, else the newest one, "" for none yet.

    While it lasts, at the moment, it is as unfinished as strace would have it.
    """
    history = step.history
    number = history.call_of(history.step_start(step.index)) if step.index >= 0 else None
    if number is None:
        count = history.visible_calls_until(step.index)
        if not count:
            return ""
        number = history.visible_call(count - 1)
    entered, returned = history.call(number)
    ended = history.call_seq(number)[1]
    if ended is not None and ended > step.index:
        returned = None
    return safe(strace_lines.line(entered, returned, unfinished=True))


def whole_step(step: StepContext, tr: Catalogue) -> str:
    """Return all that is shown about the step, a line each; "" before the first event."""
    event, view = step.event, step.view
    if event is None:
        return ""
    said = sentence(event, step.tr, kernel=step.world.kernel, several=step.world.several)
    lines = [
        tr(
            "Event {at} of {of}: {sentence}",
            at=step.index + 1,
            of=len(step.history),
            sentence=said,
        )
    ]
    if actor := who(event, step.tr, step.world):
        lines.append(actor)

    def add(label: str, text: str) -> None:
        if text:
            lines.append(tr("{label}: {text}", label=label, text=safe(text[:_LONGEST])))

    add(tr("Place"), " › ".join(part for part in event.place if part is not None))
    if view is not None:
        if view.file:
            add(tr("Source"), f"{view.file}:{view.line}")
            lines += [f"    {line.strip()}" for line in [source_line(step)] if line]
        add(tr("Call chain"), " > ".join(view.breadcrumb))
        add(step.tr("args"), view.arguments)
        add(step.tr("returned"), view.results)
    of_step = isinstance(event, CallEntered | CallReturned)
    add(tr("System call") if of_step else tr("Newest system call"), system_call(step))
    if changes := kernel_changes(step):
        lines.append(
            tr("{label}: {text}", label=tr("Changed in the kernel's view"), text="").rstrip()
        )
        lines += [f"    {change}" for change in changes]
    add(tr("Note"), note_of(step).replace("\n", " "))
    return "\n".join(lines) + "\n"


def kernel_changes(step: StepContext) -> list[str]:
    """Return what this step changed of the kernel's view, a line each."""
    before = kernel_entries(comparable(step.history, step.before, step.world), step.tr)
    now = kernel_entries(step.world, step.tr)
    fresh = changed_keys(before, now)
    return [
        " ".join("".join(piece.text for piece in entry.row).split())
        for entry in now
        if entry.key in fresh and not entry.heading
    ]
