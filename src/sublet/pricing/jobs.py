"""What prices leave to the worker: enter, one call."""

from __future__ import annotations

from sublet.foundation.jobs import JobContext, job
from sublet.pricing import operations


@job("pricing.check", timeout=3600)
def check(context: JobContext, *, check: str) -> None:
    """Reckon what a change of prices would do to very many clients. Run again it reckons from the start."""
    operations.run_check(
        ref=check,
        actor=context.actor,
        at=context.at,
        progress=lambda done, total: context.progress(done=done, total=total),
    )


@job("pricing.write_letters", timeout=3600)
def write_letters(context: JobContext, *, kind: str, key: str, interval: str, day: str) -> None:
    """Write to very many clients about a new price. Run again it writes to those who were not written to."""
    operations.write_all(kind=kind, key=key, interval=interval, day=day, actor=context.actor, at=context.at)
