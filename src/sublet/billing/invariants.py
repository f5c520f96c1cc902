"""What must be true of money, beyond what one row can say."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, F, Max, Min, Sum
from django.utils.translation import gettext_lazy as _

from sublet.billing.models import (
    BillingRun,
    Invoice,
    InvoiceLine,
    LedgerEntry,
    LedgerPosting,
    NumberSeries,
    Payout,
    PayoutLine,
)
from sublet.billing.models.books import WHOLESALE
from sublet.billing.models.ledger import CHARGE
from sublet.billing.models.payouts import SERIES as PAYOUTS
from sublet.core.ledger import LOSSES, PAYABLE
from sublet.foundation.invariants.checks import Broken, invariant

#: The job that makes them comes every few minutes.
WITHIN: Final = timedelta(days=1)


@invariant("billing.balanced", broken=_("The ledger does not add up"))
def balanced(_at: datetime) -> Iterable[Broken]:
    """Each entry's postings add up to nothing, and a charge has two."""
    sums = LedgerPosting.objects.order_by().values("entry_id", "account_id", "currency").annotate(all=Sum("minor"))
    for row in sums.exclude(all=0):
        yield Broken(row["account_id"], f"entry {row['entry_id']} is off by {row['all']} {row['currency']}")
    sides = LedgerEntry.objects.order_by().annotate(sides=Count("postings"))
    for one in sides.filter(kind=CHARGE).exclude(sides=2):
        yield Broken(one.account_id, f"charge {one.key} of book {one.book} has {one.sides} sides")


@invariant("billing.reckoned", broken=_("An account cannot be billed"))
def reckoned(_at: datetime) -> Iterable[Broken]:
    """The last run could reckon every account."""
    last = BillingRun.objects.filter(done_at__isnull=False).order_by("-until").first()
    for account_id, why, since in last.faults if last is not None else ():
        yield Broken(account_id, f"nothing is charged from {since} on: {why}")


@invariant("billing.numbers", broken=_("A number of an invoice is missing"))
def numbers(_at: datetime) -> Iterable[Broken]:
    """The numbers of a series are 1 to the last one, and later ones have no earlier day."""
    there = {
        (row["account_id"], row["series"]): row
        for row in Invoice.objects.filter(number__isnull=False)
        .order_by()
        .values("account_id", "series")
        .annotate(count=Count("id"), least=Min("number"), most=Max("number"))
    }
    for row in (
        Payout.objects.order_by()
        .values("account_id")
        .annotate(count=Count("id"), least=Min("number"), most=Max("number"))
    ):
        there[row["account_id"], PAYOUTS] = row
    for series in NumberSeries.objects.all():
        row = there.pop((series.account_id, series.series), {"count": 0, "least": 1, "most": 0})
        if (row["count"], row["most"]) != (series.last, series.last) or (series.last and row["least"] != 1):
            yield Broken(series.account_id, f"series {series.series!r}: {row['count']} of {series.last} numbers")
    for account_id, name in there:
        yield Broken(account_id, f"series {name!r} is unknown")
    day, place = None, None
    rows = Invoice.objects.filter(number__isnull=False).order_by("account_id", "series", "number")
    for account_id, name, number, issued in rows.values_list("account_id", "series", "number", "issued_on").iterator():
        if place == (account_id, name) and day is not None and issued is not None and issued < day:
            yield Broken(account_id, f"{name}{number} has an earlier day than the one before")
        day, place = issued, (account_id, name)


@invariant("billing.periods", broken=_("Somebody is charged twice for the same days"))
def periods(_at: datetime) -> Iterable[Broken]:
    """No two charges of one plan or add-on, that nobody took back, are for the same day."""
    rows = LedgerEntry.objects.filter(kind=CHARGE, about__in=("base", "add_ons", "service"))
    credited: set[str] = set()
    whose: tuple[int, str] | None = None
    spans: list[tuple[str, str, object, object]] = []
    for one in rows.order_by("client_id", "book", "key").iterator():
        if whose != (one.client_id, one.book):
            yield from _twice(whose, spans, credited)
            whose, spans, credited = (one.client_id, one.book), [], set()
        stem = one.key.removeprefix("credit:").split(":")
        if one.key.startswith("credit:"):
            credited.add(":".join(stem[:2]))
        else:
            spans.append((":".join(stem[:2]), one.key, one.first_day, one.last_day))
    yield from _twice(whose, spans, credited)


def _twice(
    whose: tuple[int, str] | None, spans: list[tuple[str, str, object, object]], credited: set[str]
) -> Iterable[Broken]:
    last: dict[str, tuple[str, object]] = {}
    for stem, key, first, end in sorted(spans, key=lambda span: (span[0], str(span[2]))):
        # Where something was taken back, days may well be charged again.
        if stem in last and stem not in credited and str(first) <= str(last[stem][1]):
            yield Broken(whose[0] if whose else None, f"{key} overlaps {last[stem][0]}")
        last[stem] = (key, end)


@invariant("billing.invoices", broken=_("An invoice does not add up"))
def adds_up(_at: datetime) -> Iterable[Broken]:
    """The lines of each invoice are its amounts, and its ledger entry is its claim; no more is credited than was claimed."""
    sums = (
        InvoiceLine.objects.order_by()
        .values("invoice_id")
        .annotate(list=Sum("minor"), less=Sum("discount_minor"), net=Sum("net_minor"))
    )
    of_lines = {row["invoice_id"]: (row["list"], row["less"], row["net"]) for row in sums}
    for one in Invoice.objects.order_by("id").iterator():
        if of_lines.get(one.id) != (one.list_minor, one.discount_minor, one.net_minor):
            yield Broken(one.account_id, f"{one.ref}: lines {of_lines.get(one.id)}")
    credits = (
        Invoice.objects.filter(corrects__isnull=False, number__isnull=False)
        .order_by()
        .values("corrects_id", "corrects__ref", "account_id")
    )
    for row in credits.annotate(
        all=Sum(F("gross_minor") + F("rounding_minor")), told=Max("corrects__credited_minor")
    ).exclude(all=-F("told")):
        yield Broken(row["account_id"], f"{row['corrects__ref']}: credited {row['all']}, told {row['told']}")


@invariant("billing.losses", broken=_("What was written off does not add up"))
def losses(_at: datetime) -> Iterable[Broken]:
    """Of each invoice the ledger says as much lost as is written off, and no more is than was owed."""
    posted = LedgerPosting.objects.filter(code=LOSSES).order_by().values_list("entry__item").annotate(all=Sum("minor"))
    in_ledger = {ref: int(minor) for ref, minor in posted if minor}
    for one in Invoice.objects.exclude(written_off_minor=0).order_by("id").iterator():
        told = in_ledger.pop(one.ref, 0)
        if told != one.written_off_minor or one.open_minor < 0:
            yield Broken(one.account_id, f"{one.ref}: {one.written_off_minor} written off, ledger {told}")
    for row in Invoice.objects.filter(ref__in=in_ledger).order_by("id"):
        yield Broken(row.account_id, f"{row.ref}: nothing is written off, ledger {in_ledger[row.ref]}")


@invariant("billing.payouts", broken=_("A payout does not add up"))
def payouts(_at: datetime) -> Iterable[Broken]:
    """The lines of each payout are what was paid out, and so is its entry in the ledger; each settles what its entry says."""
    sums = dict(PayoutLine.objects.order_by().values_list("payout_id").annotate(all=Sum("minor")))
    posted = LedgerPosting.objects.filter(book=WHOLESALE, code=PAYABLE, entry__key__startswith="payout:")
    of_keys = posted.order_by().values_list("entry__key").annotate(all=Sum("minor"))
    keys = {str(key).removeprefix("payout:"): int(minor) for key, minor in of_keys}
    for one in Payout.objects.order_by("id").iterator():
        if (sums.get(one.id), keys.get(one.ref)) != (one.minor, one.minor):
            yield Broken(one.account_id, f"{one.ref}: lines {sums.get(one.id)}, ledger {keys.get(one.ref)}")
    settled = PayoutLine.objects.order_by("entry_id").values_list("account_id", "entry_id", "minor")
    owed = LedgerPosting.objects.filter(
        book=WHOLESALE, code=PAYABLE, entry_id__in=PayoutLine.objects.values("entry_id")
    )
    of_entries = dict(owed.order_by().values_list("entry_id").annotate(all=Sum("minor")))
    for account_id, entry, minor in settled.iterator():
        if of_entries.get(entry) != -minor:
            yield Broken(account_id, f"entry {entry}: settled {minor}, owed {of_entries.get(entry)}")


@invariant("billing.papers", broken=_("An invoice has no file"))
def papers(at: datetime) -> Iterable[Broken]:
    """What was issued more than a day ago has its file."""
    late = Invoice.objects.filter(number__isnull=False, paper__isnull=True, issued_at__lt=at - WITHIN)
    for account_id, ref, issued in late.order_by("id").values_list("account_id", "ref", "issued_at").iterator():
        yield Broken(account_id, f"{ref}, issued at {issued}, has no file")
