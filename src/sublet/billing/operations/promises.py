"""What is missing to the sums that resellers have promised the vendor, once their charges are in the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F, Q, Sum

from sublet.accounts.models import Account
from sublet.billing.models import LedgerEntry
from sublet.billing.models.books import WHOLESALE
from sublet.billing.models.ledger import CHARGE
from sublet.billing.operations.posting import is_free, write_sides
from sublet.billing.queries.sides import Side
from sublet.core.charging import BASE, SHORTFALL, Charge
from sublet.core.lifecycle import CLOSED
from sublet.core.periods import start_of_day
from sublet.core.pricing import MINIMUM
from sublet.core.promised import COUNTED, Promise, Stretch, stretches
from sublet.core.rights import RESELLER
from sublet.pricing.queries.commitments import promises_of

#: Its clients' charges are not all in the ledger: what is missing to a promise is not known.
WAITS = "an account below it cannot be reckoned"


def post_promised(
    *,
    vendor: int,
    since: datetime,
    behind: Mapping[int, datetime],
    faulty: Sequence[int],
    until: datetime,
    at: datetime,
    by: str,
) -> tuple[int, list[tuple[int, str, datetime]]]:
    """Post what is missing for the days that were over before `until`; how many charges, and the resellers that have to wait.

    `since`: up to there it is posted, but of those `behind`, each up to its own instant. `faulty`: accounts that could not be
    reckoned now. In a scope that holds both books, and a transaction.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("charges are posted in a transaction")
    said = promises_of(vendor)
    rows = Account.objects.select_for_update(no_key=True).filter(id__in=said, kind=RESELLER).order_by("id")
    resellers = [row for row in rows if not is_free(row.state, row.state_before_close)]
    stuck = set(Account.objects.filter(id__in=faulty).values_list("parent_id", flat=True)) | set(faulty)
    sides: list[Side] = []
    waiting: list[tuple[int, str, datetime]] = []
    for reseller in resellers:
        begins = behind.get(reseller.id, since)
        ended = reseller.state_since if reseller.state == CLOSED else None
        due = [
            each
            for each in stretches(said[reseller.id], zone=reseller.timezone, until=until, ended=ended)
            if each.due >= begins
        ]
        if due and reseller.id in stuck:
            waiting.append((reseller.id, WAITS, begins))
            continue
        sides += [side for each in due if (side := _missing(vendor, reseller, each)) is not None]
    write_sides(sides, at=at, by=by)
    return len(sides), waiting


def _missing(vendor: int, reseller: Account, stretch: Stretch) -> Side | None:
    key, promise = f"minimum:wholesale:{stretch.days}", stretch.promise
    if LedgerEntry.objects.filter(client_id=reseller.id, book=WHOLESALE, key=key).exists():
        return None
    minor = stretch.missing(_spent(vendor, reseller.id, promise, stretch))
    if not minor:
        return None
    days, start = stretch.days, start_of_day(stretch.days.first, reseller.timezone)
    charge = Charge(
        key, SHORTFALL, BASE, "", stretch.due, start, start, stretch.due, days.first, days.last, days.count, stretch.of_days, 1,
        minor, None, promise.currency, "",
    )  # fmt: skip
    parts = [[MINIMUM, "1", str(Decimal(0)), 0, minor]]
    return Side(vendor, WHOLESALE, reseller.id, reseller.id, charge, minor, promise.currency, parts, True, None)


def _spent(vendor: int, reseller: int, promise: Promise, stretch: Stretch) -> int:
    """What it was charged that counts on those days: what is paid in advance when it begins, use when it is over."""
    first, last = stretch.days.first, stretch.days.last
    in_advance = Q(due_at__lt=F("end"), first_day__gte=first, first_day__lte=last)
    in_arrears = Q(due_at__gte=F("end"), last_day__gte=first, last_day__lte=last)
    rows = LedgerEntry.objects.filter(
        in_advance | in_arrears, account_id=vendor, book=WHOLESALE, debtor_id=reseller, kind=CHARGE, about__in=COUNTED,
        currency=promise.currency,
    )  # fmt: skip
    return int(rows.aggregate(all=Sum("minor"))["all"] or 0)


__all__ = ["WAITS", "post_promised"]
