"""What the list of clients asks, which knows nothing of signals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from sublet.catalog.queries import offer
from sublet.core.signals import DUE, NEVER, read_condition
from sublet.signals.models import LatestSignal


def clients_that(conditions: Sequence[str], at: datetime) -> Q:
    """The accounts that fit any of the conditions (`core.signals.read_condition`). One about a signal that nobody knows
    fits none.
    """
    present = offer()
    found = Q(pk__in=[])
    for text in conditions:
        condition = read_condition(text)
        number = present.signal_ids.get(condition.key) if condition is not None else None
        if condition is None or number is None or condition.key not in present.signals:
            continue
        # Asked for each account of the list, which the unique index answers: a list of all accounts that fit would be as
        # long as the installation is large, however few clients the reader has.
        # unscoped: joined to the rows of a list that is bound already
        latest = LatestSignal.unscoped.filter(account_id=OuterRef("pk"), signal_id=number)
        if condition.what == NEVER:
            found |= ~Q(Exists(latest))
            continue
        span = timedelta(days=condition.days)
        told = latest.filter(moment__lt=at + span if condition.what == DUE else at - span)
        found |= Q(Exists(told))
    return found
