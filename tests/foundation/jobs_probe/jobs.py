"""Jobs that behave well, and jobs that do not."""

from __future__ import annotations

import os
import time
from pathlib import Path

from sublet.foundation.jobs import JobContext, job
from tests.foundation.jobs_probe.models import Effect


@job("probe.once", max_attempts=50, lease=1)
def once(context: JobContext, *, name: str, seconds: float = 0.0) -> None:
    """Works for a while, then leaves its mark together with "done"."""
    time.sleep(seconds)
    with context.complete_in():
        Effect.objects.create(name=name, fence=context.fence)
        time.sleep(seconds / 4)


@job("probe.poison", max_attempts=3, lease=1)
def poison(context: JobContext, *, diary: str) -> None:
    """Writes that it began, and takes its process with it."""
    with Path(diary).open("a") as file:
        file.write(f"{context.attempt}\n")
    time.sleep(0.05)
    os._exit(9)


@job("probe.long", max_attempts=3, lease=1)
def long(context: JobContext, *, name: str, begun: str, go: str) -> None:
    """Says that it began, waits until it may go on, reporting as it waits, and leaves its mark."""
    Path(begun).touch()
    while not Path(go).exists():
        context.progress(note="waiting")
        time.sleep(0.05)
    Effect.objects.create(name=name, fence=context.fence)


@job("probe.hangs", max_attempts=1, lease=1, timeout=0.5)
def hangs(context: JobContext, *, begun: str, go: str) -> None:
    """Waits without ever looking whether it still has the job."""
    Path(begun).touch()
    while not Path(go).exists():
        time.sleep(0.02)
    Effect.objects.create(name="late", fence=context.fence)
