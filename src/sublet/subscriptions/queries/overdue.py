"""Which accounts have something that has come and was not told."""

from __future__ import annotations

from datetime import datetime

from sublet.subscriptions.models import PlanChange, Trial

AT_ONCE = 500


def overdue(*, at: datetime) -> list[int]:
    """Their ids, in order, at most `AT_ONCE`, each once however much of it there is; in the scope in force."""
    waiting = PlanChange.objects.filter(told_at__isnull=True, dropped_at__isnull=True, effective_at__lte=at)
    trials = Trial.objects.filter(next_at__isnull=False, next_at__lte=at)
    found = {
        *waiting.order_by("account_id").values_list("account_id", flat=True).distinct()[:AT_ONCE],
        *trials.order_by("account_id").values_list("account_id", flat=True)[:AT_ONCE],
    }
    return sorted(found)[:AT_ONCE]
