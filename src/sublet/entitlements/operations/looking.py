"""Looking where meters stand: notes the state, the moment in which grace began, and tells the stream when it changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from sublet.core.quota import OPEN, grace_limit, stand
from sublet.entitlements.models import EntitlementDue, MeterState
from sublet.entitlements.operations.stream import announce, announce_with_below, note_due
from sublet.entitlements.queries.facts import Place, places
from sublet.entitlements.queries.standing import AccountStanding, MeterStanding, standings_of, unused_state
from sublet.foundation.actor import Actor
from sublet.foundation.scope import platform_scope

#: So many accounts whose answer changes by itself are looked at in one transaction.
AT_ONCE = 100


def note_state(place: Place, found: MeterStanding, *, at: datetime) -> MeterStanding:
    """Note where a meter stands, in the caller's transaction; as it is then, with the moment in which grace began."""
    begins = grace_limit(found.answer.bounds)
    in_grace = begins is not None and found.standing.used >= begins
    # unscoped: the account is the caller's
    rows = MeterState.unscoped
    row = rows.select_for_update().filter(account_id=place.id, meter=found.meter.key).first()
    same_period = row is not None and row.period_key == found.period.key
    reached_at = (row.reached_at if same_period and row is not None else None) if in_grace else None
    if in_grace and reached_at is None:
        reached_at = at
    standing = stand(
        found.answer.bounds, used=found.standing.used, reserved=found.standing.reserved, reached_at=reached_at, at=at
    )
    was = row.state if same_period and row is not None else unused_state(found.answer, at)
    after = replace(found, standing=standing, reached_at=reached_at, was=standing.state)
    told = row.reached_at if same_period and row is not None else None
    if standing.state == was and told == reached_at and (row is None or same_period):
        return after
    if row is None:
        # unscoped: as above
        rows.bulk_create(
            [
                MeterState(
                    account_id=place.id, meter=found.meter.key, period_key=found.period.key, state=standing.state,
                    reached_at=reached_at, resets_at=found.period.end, since=at,
                )
            ],
            update_conflicts=True,
            unique_fields=["account", "meter"],
            update_fields=["period_key", "state", "reached_at", "resets_at", "since"],
        )  # fmt: skip
    else:
        # unscoped: as above
        rows.filter(id=row.id).update(
            period_key=found.period.key,
            state=standing.state,
            reached_at=reached_at,
            resets_at=found.period.end,
            since=at,
        )
    for moment in (standing.until, found.period.end if standing.state != OPEN else None):
        if moment is not None:
            note_due(place.id, moment)
    if standing.state != was:
        announce([place.id])
    return after


def look(account_id: int, *, at: datetime) -> AccountStanding | None:
    """Note where every meter of an account stands, in the caller's transaction; None when the account is gone."""
    there = places([account_id])
    if account_id not in there:
        return None
    return _noted(standings_of([there[account_id]], at=at)[account_id], at)


def _noted(found: AccountStanding, at: datetime) -> AccountStanding:
    meters = {
        key: note_state(found.place, each, at=at) if differs(each) else each for key, each in found.meters.items()
    }
    return replace(found, meters=meters)


def differs(found: MeterStanding) -> bool:
    """Whether what was noted of a meter no longer fits."""
    begins = grace_limit(found.answer.bounds)
    in_grace = begins is not None and found.standing.used >= begins
    return found.standing.state != found.was or in_grace != (found.reached_at is not None)


def harvest(*, actor: Actor, at: datetime) -> int:
    """Put accounts whose answer has changed by itself into the stream; how many. Readers ask for it before they read.

    Each is looked at under its row's lock, so two readers at once do it once.
    """
    with platform_scope("whose answer changes by itself is nobody's own question"):
        # unscoped: as said
        if not EntitlementDue.unscoped.filter(due_at__lte=at).exists():
            return 0
        with transaction.atomic():
            # unscoped: as said
            rows = EntitlementDue.unscoped.select_for_update(skip_locked=True).filter(due_at__lte=at)
            due = list(rows.order_by("due_at").values_list("account_id", flat=True)[:AT_ONCE])
            # unscoped: as said
            EntitlementDue.unscoped.filter(account_id__in=due).delete()
            for account_id, there in standings_of(list(places(due).values()), at=at).items():
                found = _noted(there, at)
                if found.until is not None:
                    note_due(account_id, found.until)
            announce_with_below(due)
    return len(due)
