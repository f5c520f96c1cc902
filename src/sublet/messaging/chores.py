"""The outbox's own housekeeping."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from sublet.foundation.refs import uuid7
from sublet.messaging.models import OutboxMail

_BATCH = 500
#: What is under way is never forgotten; `take_up_stranded` ends it long before.
_UNDER_WAY = (OutboxMail.State.QUEUED, OutboxMail.State.SENDING)


def kept_days() -> int:
    """For how many days mails are kept; 0 for ever."""
    return int(settings.MAIL_DAYS)


def forget_old_mails(*, at: datetime, progress: Callable[[int], None]) -> int:
    """Delete the mails that are over and older than is kept, in batches; returns how many. `progress` hears of each batch.

    Their numbers grow with time, so no table is walked. The journal keeps what did not arrive.
    """
    if not kept_days():
        return 0
    before = at - timedelta(days=kept_days())
    # unscoped: of the whole installation
    old = OutboxMail.unscoped.filter(id__lt=uuid7(before), created_at__lt=before).exclude(state__in=_UNDER_WAY)
    gone = 0
    while True:
        with transaction.atomic():
            # Locked and asked again: what is sent once more meanwhile is not over.
            ids = list(old.select_for_update(of=("self",)).order_by("id").values_list("id", flat=True)[:_BATCH])
            old.filter(id__in=ids).delete()
        if not ids:
            return gone
        gone += len(ids)
        progress(gone)
