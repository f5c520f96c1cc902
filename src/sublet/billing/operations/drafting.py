"""Charges onto invoices: everything of one debtor that is due at the end of its interval comes on one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.db.models import Exists, Max, OuterRef

from sublet.accounts.models import Account
from sublet.billing.models import BillingTerms, Invoice, InvoiceLine, LedgerEntry
from sublet.billing.models.books import WHOLESALE
from sublet.billing.models.invoices import INVOICE
from sublet.billing.models.ledger import CHARGE
from sublet.billing.operations.documents import Line, Making, write_drafts, write_issued
from sublet.billing.queries.parties import buyers_of, issuers_of
from sublet.billing.queries.terms import terms_of
from sublet.core.discounts import off_the_total
from sublet.core.pricebook import NO_DISCOUNT
from sublet.core.proration import Days, day_on, period_of, start_on
from sublet.foundation.actor import Actor
from sublet.metering.queries import Line as Zones
from sublet.metering.queries import lines_of_ids
from sublet.pricing.queries.books import Agreed, agreed_with


class Open(NamedTuple):
    """A charge that is on no invoice."""

    id: int
    account: int
    book: str
    client: int
    debtor: int
    about: str
    item: str
    first_day: date
    last_day: date
    days: int
    of_days: int
    quantity: Decimal
    minor: int
    currency: str
    due_at: datetime


def draft_invoices(ids: Sequence[int], *, vendor: int, until: datetime, actor: Actor, at: datetime) -> int:
    """Make the invoices of those debtors whose interval has ended by `until`; how many. In the caller's transaction.

    Locks the debtors in key order. What comes later for a period that is on an invoice already goes on the next one, and so does
    a credit that waits for charges, however long that takes.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("invoices are made in a transaction")
    list(Account.objects.select_for_update(no_key=True).filter(id__in=ids).order_by("id").values_list("id"))
    taken = _taken(ids)
    looked_at = set(ids) - _running(taken, vendor=vendor, until=until)
    open_charges = _open(sorted(looked_at), until) if looked_at else []
    if not open_charges:
        return 0
    groups: dict[tuple[int, int, str], list[Open]] = defaultdict(list)
    for one in open_charges:
        groups[one.account, one.debtor, one.currency].append(one)
    terms = terms_of({(owner, debtor) for owner, debtor, _currency in groups}, vendor=vendor, at=until)
    zones = lines_of_ids({debtor for _owner, debtor, _currency in groups})
    wholesale = {debtor for (_owner, debtor, _currency), charges in groups.items() if charges[0].book == WHOLESALE}
    discounts = agreed_with(wholesale, at=until)
    makings: list[tuple[Making, BillingTerms]] = []
    for (owner, debtor, currency), charges in groups.items():
        agreed = terms[owner, debtor]
        for key, on_it in _by_interval(
            charges, agreed, zones[debtor], taken.get((owner, debtor, currency), date.min), until
        ):
            makings.append((_making(owner, debtor, currency, key, on_it, agreed, discounts), agreed))
    owners = {making.owner for making, _terms in makings}
    issuers = issuers_of(owners)
    buyers = buyers_of({making.debtor for making, _terms in makings}, at=at)
    at_once = [making for making, one in makings if one.automatic and making.owner in issuers]
    later = [making for making, one in makings if not (one.automatic and making.owner in issuers)]
    if later:
        write_drafts(later, issuers, buyers, at=at)
    if at_once:
        own = dict(Account.objects.filter(id__in=owners).values_list("id", "timezone"))
        write_issued(at_once, issuers, buyers, actor=actor, at=at, zones=own)
    return len(makings)


def _running(taken: Mapping[tuple[int, int, str], date], *, vendor: int, until: datetime) -> set[int]:
    """The debtors whose interval has not ended since their last invoice: nothing of theirs need be read.

    Not of those who have moved: whoever stood above them has claims and an interval of its own.
    """
    if not taken:
        return set()
    born_there = Account.objects.filter(id__in={debtor for _owner, debtor, _c in taken}, placed_at__isnull=True)
    above = dict(born_there.values_list("id", "parent_id"))
    last: dict[tuple[int, int], date] = {}
    for (owner, debtor, _currency), day in taken.items():
        if above.get(debtor) == owner:
            last[owner, debtor] = max(day, last.get((owner, debtor), day))
    terms = terms_of(last, vendor=vendor, at=until)
    zones = lines_of_ids({debtor for _owner, debtor in last})
    return {
        debtor
        for (owner, debtor), day in last.items()
        if start_on(zones[debtor].anchors, _interval(terms[owner, debtor], zones[debtor], day).next) > until
    }


def _open(ids: Sequence[int], until: datetime) -> list[Open]:
    rows = LedgerEntry.objects.filter(
        ~Exists(InvoiceLine.objects.filter(entry_id=OuterRef("id"))),
        debtor_id__in=ids, kind=CHARGE, billed=True, due_at__lte=until,
    )  # fmt: skip
    columns = (
        "id", "account_id", "book", "client_id", "debtor_id", "about", "item", "first_day", "last_day", "days", "of_days",
        "quantity", "minor", "currency", "due_at",
    )  # fmt: skip
    return [Open(*row) for row in rows.order_by("client_id", "due_at", "id").values_list(*columns)]


def _taken(ids: Sequence[int]) -> dict[tuple[int, int, str], date]:
    """Up to which day each debtor has an invoice already."""
    rows = Invoice.objects.filter(debtor_id__in=ids, kind=INVOICE)
    last = rows.values_list("account_id", "debtor_id", "currency").annotate(last=Max("key"))
    return {(owner, debtor, currency): date.fromisoformat(key[:10]) for owner, debtor, currency, key in last.order_by()}


def _by_interval(
    charges: Sequence[Open], terms: BillingTerms, zones: Zones, taken: date, until: datetime
) -> list[tuple[str, list[Open]]]:
    """The charges by the day on which their interval ends, as far as that has come; what comes to nothing waits for the next."""
    found: dict[date, list[Open]] = defaultdict(list)
    for one in charges:
        ends = _ends(terms, zones, day_on(zones.anchors, one.due_at))
        while ends <= taken:
            ends = _interval(terms, zones, ends).next
        found[ends].append(one)
    made: list[tuple[str, list[Open]]] = []
    waiting: list[Open] = []
    for ends in sorted(found):
        if start_on(zones.anchors, ends) > until:
            break
        waiting += found[ends]
        if sum(one.minor for one in waiting) > 0:
            made.append((ends.isoformat(), waiting))
            waiting = []
    return made


def _interval(terms: BillingTerms, zones: Zones, day: date) -> Days:
    return period_of(terms.basis, terms.interval, zones.anchors[-1].anchor.day, day)


def _ends(terms: BillingTerms, zones: Zones, due: date) -> date:
    """What is due on the day on which an interval begins is asked for on that day: it is paid in advance."""
    interval = _interval(terms, zones, due)
    return due if interval.first == due else interval.next


def _making(
    owner: int,
    debtor: int,
    currency: str,
    key: str,
    charges: Sequence[Open],
    terms: BillingTerms,
    discounts: Agreed,
) -> Making:
    minors = [one.minor for one in charges]
    volume = sum(minors)
    newest = max(one.due_at for one in charges)
    percent = discounts.discount(debtor, newest, volume) if charges[0].book == WHOLESALE else NO_DISCOUNT
    shares = off_the_total(minors, percent)
    lines = [
        Line(
            one.client,
            one.about,
            one.item,
            one.first_day,
            one.last_day,
            one.days,
            one.of_days,
            one.quantity,
            one.minor,
            share,
            entry=one.id,
        )
        for one, share in zip(charges, shares, strict=True)
    ]
    return Making(owner, charges[0].book, debtor, key, currency, terms.collected_by, lines, percent)
