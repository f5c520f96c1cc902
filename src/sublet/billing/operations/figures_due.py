"""What became due of each account in a month, less what was agreed with whoever owes it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from django.db.models import Q, QuerySet, Sum

from sublet.accounts.models import Account
from sublet.billing.models import LedgerEntry
from sublet.core.margin import wholesale_of
from sublet.core.money import rounded
from sublet.core.periods import plus_months, start_of_day
from sublet.core.rights import RESELLER, VENDOR
from sublet.pricing.queries.books import Agreed, agreed_with

#: Client, debtor, currency.
Key = tuple[int, int, str]
#: What became due by key, each with an instant whose terms hold for it.
Due = dict[Key, list[tuple[datetime, int]]]


class Terms:
    """What was agreed with those who owe in a month of a book, and how much became due of each."""

    def __init__(
        self, owner: Account, month: date, begin: datetime, end: datetime, instant: datetime, due: QuerySet[LedgerEntry]
    ) -> None:
        self.month, self.begin, self.end, self.instant = month, begin, end, instant
        self.agreed = Agreed({})
        #: How much became due of each, in all slices together: tiers go by it.
        self.sold: dict[tuple[int, str], int] = {}
        self.zones: dict[int, str] = {}
        if owner.kind == VENDOR:
            self.zones = dict(Account.objects.filter(kind=RESELLER).values_list("id", "timezone"))
            self.agreed = agreed_with(self.zones, at=instant)
            sums = due.order_by().values_list("debtor_id", "currency").annotate(all=Sum("minor"))
            self.sold = {(debtor, currency): int(minor) for debtor, currency, minor in sums}

    @property
    def changing(self) -> list[int]:
        """With whom other terms were agreed within the month, or the day before and after."""
        day = timedelta(days=1)
        return [each for each in self.agreed.resellers if self.agreed.changes(each, self.begin - day, self.end + day)]

    def _bounds(self, zone: str) -> tuple[datetime, datetime]:
        return start_of_day(self.month, zone), start_of_day(plus_months(self.month, 1), zone)

    def has_other_month(self, debtor: int) -> bool:
        """Whether the debtor's month begins or ends at another instant than the owner's."""
        zone = self.zones.get(debtor)
        return zone is not None and self._bounds(zone) != (self.begin, self.end)

    def of_other_months(self, charges: QuerySet[LedgerEntry]) -> QuerySet[LedgerEntry] | None:
        """The charges of such debtors in their own months; None: there are no such debtors."""
        by_bounds: dict[tuple[datetime, datetime], list[str]] = defaultdict(list)
        for zone in sorted(set(self.zones.values())):
            by_bounds[self._bounds(zone)].append(zone)
        by_bounds.pop((self.begin, self.end), None)
        if not by_bounds:
            return None
        wanted = Q(pk__in=[])
        for (begin, end), zones in by_bounds.items():
            wanted |= Q(debtor__kind=RESELLER, debtor__timezone__in=zones, due_at__gte=begin, due_at__lt=end)
        return charges.filter(wanted)

    def less(self, debtor: int, currency: str, due: Iterable[tuple[datetime, int]]) -> int:
        """What became due less the discount that held when it did; rounded once."""
        parts: dict[Any, int] = defaultdict(int)
        for when, minor in due:
            parts[self.agreed.discount(debtor, when, self.sold.get((debtor, currency), 0))] += minor
        if len(parts) == 1:
            [(percent, minor)] = parts.items()
            return wholesale_of(minor, percent)
        return sum(parts.values()) - rounded(
            sum((Fraction(minor) * Fraction(percent) / 100 for percent, minor in parts.items()), Fraction(0))
        )


def charged(rows: QuerySet[LedgerEntry], terms: Terms) -> Due:
    """What became due, by key; of those with whom other terms were agreed meanwhile by the instant, too."""
    found: Due = defaultdict(list)
    changing = terms.changing
    sums = rows.exclude(debtor_id__in=changing).order_by().values_list("client_id", "debtor_id", "currency")
    for client, debtor, currency, minor in sums.annotate(all=Sum("minor")):
        found[client, debtor, currency].append((terms.instant, int(minor)))
    for start in range(0, len(changing), 5000):
        part = rows.filter(debtor_id__in=changing[start : start + 5000]).order_by()
        by_instant = part.values_list("client_id", "debtor_id", "currency", "due_at").annotate(all=Sum("minor"))
        for client, debtor, currency, due, minor in by_instant:
            found[client, debtor, currency].append((due, int(minor)))
    return found
