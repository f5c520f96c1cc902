"""What must be true of subscriptions, beyond what one row can say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.entitlements.models import EntitlementSource
from sublet.entitlements.operations import source_key
from sublet.foundation.invariants.checks import Broken, invariant
from sublet.subscriptions.models import AddOnTaken, PlanChange, Trial
from sublet.subscriptions.operations.sources import sources_of
from sublet.subscriptions.queries.held import held_many

BATCH = 500


@invariant("subscriptions.sources", broken=_("An account may do something else than was agreed"))
def sources(_at: datetime) -> Iterable[Broken]:
    """What the entitlements have as sources follows from what was agreed, and lists show it."""
    told = [
        set(model.objects.values_list("account_id", flat=True).distinct())
        for model in (PlanChange, AddOnTaken, Trial, EntitlementSource)
    ]
    ids = sorted(set().union(*told))
    for start in range(0, len(ids), BATCH):
        yield from _batch(ids[start : start + BATCH])


def _batch(ids: Sequence[int]) -> Iterable[Broken]:
    accounts = list(Account.objects.filter(id__in=ids).order_by("id"))
    stored: dict[int, set[tuple[object, ...]]] = {}
    for row in EntitlementSource.objects.filter(account_id__in=ids):
        stored.setdefault(row.account_id, set()).add(source_key(row))
    for account, now in zip(accounts, held_many(accounts), strict=True):
        wanted = {source_key(each) for each in sources_of(now) if each.starts_at != each.ends_at}
        if wanted != stored.get(account.id, set()):
            yield Broken(account.id, f"{account.ref} has other sources than were agreed")
        elif account.trial_until != (now.trial.ends_at if now.trial is not None else None):
            yield Broken(account.id, f"{account.ref} is shown with another end of its trial")
