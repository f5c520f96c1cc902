"""What sandboxes leave to the worker: enter, one call. Minutes of work, so that nothing else waits in a transaction meanwhile."""

from __future__ import annotations

from datetime import timedelta

from sublet.foundation.jobs import JobContext, job, schedule
from sublet.sandboxes import moving, operations, running


@job("sandboxes.copy", max_attempts=3, timeout=1800)
def copy(context: JobContext, *, sandbox: str) -> None:
    """Copy a portfolio. Again it begins from the start, and one that is there is left alone."""
    moving.copy_portfolio(
        ref=sandbox,
        actor=context.actor,
        at=context.at,
        progress=lambda done, total: context.progress(done=done, total=total),
    )


@job("sandboxes.move", max_attempts=5, timeout=3 * 3600)
def move(context: JobContext, *, sandbox: str, move: str, to_next: bool) -> None:
    """Let time pass in a sandbox. Again it goes on from the last month that is kept."""
    moving.move_clock(
        ref=sandbox,
        move=move,
        to_next=to_next,
        actor=context.actor,
        at=context.at,
        progress=lambda done, total: context.progress(done=done, total=total),
    )


@schedule("sandboxes.keep", every=timedelta(hours=1))
def keep(context: JobContext) -> None:
    """Throw away what is over, and let go of what nobody moves any more."""
    running.clear_workplaces(at=context.at)
    moving.let_go_of_the_lost(at=context.at)
    operations.throw_away_expired(actor=context.actor, at=context.at)
