"""The nightly look at all invariants."""

from __future__ import annotations

from datetime import time

from sublet.foundation.invariants.checks import check_invariants
from sublet.foundation.jobs.context import JobContext
from sublet.foundation.jobs.registry import job, schedule


@schedule("foundation.check_invariants", daily=time(4, 10))
@job("foundation.check_invariants", max_attempts=3, timeout=4 * 3600)
def check(context: JobContext) -> None:
    """Look at everything. What does not hold stands on the vendor's first page and in `sublet doctor`."""
    check_invariants(at=context.at)
