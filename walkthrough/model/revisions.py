"""Calls whose place on the path later calls have shown (`StagesRevised`), and how they are told."""

from msgspec.structs import replace

from walkthrough.model.events import CallEntered, CallReturned, RevisedCall


def revised_entry(event: CallEntered, call: RevisedCall) -> CallEntered:
    """Return a call's beginning with its revised place; itself if that is the one it has."""
    if (event.stage, event.step, event.mark, event.quiet) == (
        call.stage,
        call.step,
        call.mark,
        call.quiet,
    ):
        return event
    return replace(event, stage=call.stage, step=call.step, mark=call.mark, quiet=call.quiet)


def revised_return(event: CallReturned, call: RevisedCall) -> CallReturned:
    """Return a call's end with its revised place; itself if that is the one it has."""
    if (event.stage, event.step, event.quiet) == (call.stage, call.step, call.quiet):
        return event
    return replace(event, stage=call.stage, step=call.step, quiet=call.quiet)
