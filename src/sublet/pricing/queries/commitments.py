"""What resellers have promised the vendor to spend at least: as the billing run reckons with it, and as both sides read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sublet.core.promised import Promise
from sublet.pricing.models import WholesaleCommitment


@dataclass(frozen=True, slots=True)
class PromiseSaid:
    """A promise as it was agreed, with who said so and why."""

    promise: Promise
    by: str
    note: str


def promises_of(vendor: int) -> dict[int, list[Promise]]:
    """Reseller → what it has promised that vendor over time, oldest first. One statement; the caller holds the rows."""
    found: dict[int, list[Promise]] = {}
    rows = WholesaleCommitment.objects.filter(account__parent_id=vendor, dropped_at__isnull=True).order_by(
        "since", "id"
    )
    for row in rows:
        found.setdefault(row.account_id, []).append(promise_from(row))
    return found


def promises_said(reseller: int) -> Sequence[PromiseSaid]:
    """Everything that one has promised, newest first, what is still to come among it."""
    rows = WholesaleCommitment.objects.filter(account_id=reseller, dropped_at__isnull=True).order_by("-since", "-id")
    return [PromiseSaid(promise_from(row), row.decided_by, row.note) for row in rows[:200]]


def promise_at(said: Sequence[PromiseSaid], at: datetime) -> Promise | None:
    """What holds then; None: nothing is promised."""
    now = next((each.promise for each in said if each.promise.since <= at), None)
    return None if now is None or now.minor is None else now


def promise_from(row: WholesaleCommitment) -> Promise:
    """A row as a plain value."""
    return Promise(row.since, row.minor, row.currency, row.interval)
