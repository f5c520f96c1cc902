"""The queue's own housekeeping, as a job like any other."""

from __future__ import annotations

from datetime import time, timedelta

from django.db.models import Q

from sublet.foundation.jobs.context import JobContext
from sublet.foundation.jobs.models import FINISHED, Job, Worker
from sublet.foundation.jobs.registry import job, schedule

KEPT = timedelta(days=30)
#: Kinds of which a day is enough: they run each minute and would bury the others.
FREQUENT, KEPT_FREQUENT = ("foundation.seal_journal",), timedelta(days=1)
BATCH = 500


@schedule("foundation.purge_jobs", daily=time(3, 40))
@job("foundation.purge_jobs")
def purge_jobs(context: JobContext) -> None:
    """Remove jobs that ended well or were discarded 30 days ago (the most frequent: a day), and workers that were last seen then.

    Dead jobs stay until somebody decides. In batches: one long statement would keep every other writer of a SQLite
    database waiting.
    """
    before = context.at - KEPT
    over = Q(finished_at__lt=before) | Q(kind__in=FREQUENT, finished_at__lt=context.at - KEPT_FREQUENT)
    old = Job.unscoped.filter(over, state__in=FINISHED)  # unscoped: the queue's own housekeeping
    purged = 0
    while ids := list(old.order_by("finished_at").values_list("id", flat=True)[:BATCH]):
        Job.unscoped.filter(id__in=ids).delete()  # unscoped: as above
        purged += len(ids)
        context.progress(done=purged)
    Worker.unscoped.filter(last_seen__lt=before).delete()  # unscoped: as above
