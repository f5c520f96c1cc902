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
from sublet.billing.operations.issuing import issue_given_back
from sublet.billing.operations.returning import Unused, given_back
from sublet.billing.operations.succeeding import Carried, carry_over
from sublet.billing.queries.parties import Buyer, buyers_of, issuers_of
from sublet.billing.queries.successions import heirs_of_all
from sublet.billing.queries.terms import terms_of
from sublet.core.discounts import off_the_total
from sublet.core.pricebook import NO_DISCOUNT
from sublet.core.proration import Days, day_on, period_of, start_on
from sublet.foundation.actor import Actor
from sublet.metering.queries import Line as Zones
from sublet.metering.queries import lines_of_ids
from sublet.pricing.queries.books import Agreed, agreed_with


class Waiting(NamedTuple):
    """What came to nothing, or less, by the end of the last interval that is over; `key` is that day."""

    key: str
    charges: list[Open]


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
    key: str


def draft_invoices(ids: Sequence[int], *, vendor: int, until: datetime, actor: Actor, at: datetime) -> int:
    """Make the invoices of those debtors whose interval has ended by `until`; how many. In the caller's transaction.

    Locks the debtors in key order. What comes later for a period that is on an invoice already goes on the next one, and so does a
    credit of what is on no issued invoice, however long that takes; other credits that stand against no charge come on credit notes.
    What a reseller that went in a merge still claimed, or owed, is asked by, or of, whoever comes after it: on the terms of now, at the
    prices and with the discount of its own time.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("invoices are made in a transaction")
    heirs = heirs_of_all()
    ids = [each for each in ids if each not in heirs]  # whoever comes after it is asked
    list(Account.objects.select_for_update(no_key=True).filter(id__in=ids).order_by("id").values_list("id"))
    taken = _taken(ids)
    looked_at = set(ids) - _running(taken, vendor=vendor, until=until)
    looked_at |= {gone for gone, stays in heirs.items() if stays in looked_at}
    open_charges = _open(sorted(looked_at), until) if looked_at else []
    if not open_charges:
        return 0
    groups: dict[tuple[int, int, str], list[Open]] = defaultdict(list)
    for one in open_charges:
        groups[heirs.get(one.account, one.account), heirs.get(one.debtor, one.debtor), one.currency].append(one)
    terms = terms_of({(owner, debtor) for owner, debtor, _currency in groups}, vendor=vendor, at=until)
    zones = lines_of_ids({debtor for _owner, debtor, _currency in groups})
    discounts = agreed_with({one.debtor for one in open_charges if one.book == WHOLESALE}, at=until)
    carried: list[Carried] = []
    makings: list[tuple[Making, BillingTerms]] = []
    notes: list[tuple[Making, BillingTerms]] = []
    buyers = buyers_of({debtor for _owner, debtor, _currency in groups}, at=at)
    for (owner, debtor, currency), charges in groups.items():
        agreed = terms[owner, debtor]
        made, waiting = _by_interval(
            charges, agreed, zones[debtor], taken.get((owner, debtor, currency), date.min), until
        )
        returned = _given_back(waiting, owner, debtor, currency, buyers[debtor])
        if returned:
            notes += [(note, agreed) for note in returned]
            charged = [one for one in waiting.charges if one.minor > 0]
            made += [(waiting.key, charged)] if charged else []
        for key, on_it in made:
            makings.append((_making(owner, debtor, currency, key, on_it, agreed, discounts), agreed))
            carried += [
                Carried(one.id, one.book, one.account, one.debtor, owner, debtor, one.minor, currency)
                for one in on_it
                if (one.account, one.debtor) != (owner, debtor)
            ]
    carry_over(carried, by=actor.name, at=at)
    owners = {making.owner for making, _terms in (*makings, *notes)}
    issuers = issuers_of(owners)
    later = [making for making, one in (*makings, *notes) if not (one.automatic and making.owner in issuers)]
    if later:
        write_drafts(later, issuers, buyers, at=at)
    at_once = [making for making, one in makings if one.automatic and making.owner in issuers]
    notes_at_once = [making for making, one in notes if one.automatic and making.owner in issuers]
    own = dict(Account.objects.filter(id__in=owners).values_list("id", "timezone")) if at_once or notes_at_once else {}
    if at_once:
        write_issued(at_once, issuers, buyers, actor=actor, at=at, zones=own)
    issue_given_back(notes_at_once, issuers, buyers, actor=actor, at=at, zones=own)
    return len(makings) + len(notes)


def _given_back(waiting: Waiting, owner: int, debtor: int, currency: str, buyer: Buyer) -> list[Making] | None:
    """The credit notes for what is given back and stands against no charge; None where it goes on waiting, as all does that somebody
    else had charged."""
    if sum(one.minor for one in waiting.charges) >= 0:
        return None
    if any((one.account, one.debtor) != (owner, debtor) for one in waiting.charges):
        return None
    credits = [
        Unused(
            one.id, one.client, one.about, one.item, one.key, one.first_day, one.last_day, one.days, one.of_days, one.quantity,
            one.minor, one.due_at,
        )
        for one in waiting.charges
        if one.minor < 0
    ]  # fmt: skip
    return given_back(credits, owner=owner, debtor=debtor, currency=currency, buyer=buyer)


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
        "quantity", "minor", "currency", "due_at", "key",
    )  # fmt: skip
    return [Open(*row) for row in rows.order_by("client_id", "due_at", "id").values_list(*columns)]


def _taken(ids: Sequence[int]) -> dict[tuple[int, int, str], date]:
    """Up to which day each debtor has an invoice already."""
    rows = Invoice.objects.filter(debtor_id__in=ids, kind=INVOICE)
    last = rows.values_list("account_id", "debtor_id", "currency").annotate(last=Max("key"))
    return {(owner, debtor, currency): date.fromisoformat(key[:10]) for owner, debtor, currency, key in last.order_by()}


def _by_interval(
    charges: Sequence[Open], terms: BillingTerms, zones: Zones, taken: date, until: datetime
) -> tuple[list[tuple[str, list[Open]]], Waiting]:
    """The charges by the day on which their interval ends, as far as that has come; what comes to nothing waits for the next, and
    is told as well."""
    found: dict[date, list[Open]] = defaultdict(list)
    for one in charges:
        ends = _ends(terms, zones, day_on(zones.anchors, one.due_at))
        while ends <= taken:
            ends = _interval(terms, zones, ends).next
        found[ends].append(one)
    made: list[tuple[str, list[Open]]] = []
    waiting: list[Open] = []
    last = ""
    for ends in sorted(found):
        if start_on(zones.anchors, ends) > until:
            break
        waiting += found[ends]
        last = ends.isoformat()
        if sum(one.minor for one in waiting) > 0:
            made.append((ends.isoformat(), waiting))
            waiting = []
    return made, Waiting(last, waiting)


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
    percents = _percents(charges, discounts)
    by_percent: dict[Decimal, list[Open]] = defaultdict(list)
    for one in charges:
        by_percent[percents[one.debtor]].append(one)
    shares: dict[int, int] = {}
    for percent, there in by_percent.items():
        there_off = off_the_total([one.minor for one in there], percent)
        shares |= {one.id: share for one, share in zip(there, there_off, strict=True)}
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
            shares[one.id],
            entry=one.id,
        )
        for one in charges
    ]
    # Of several there is none that could be told.
    told = next(iter(by_percent)) if len(by_percent) == 1 else NO_DISCOUNT
    return Making(owner, charges[0].book, debtor, key, currency, terms.collected_by, lines, told)


def _percents(charges: Sequence[Open], discounts: Agreed) -> dict[int, Decimal]:
    """The discount on what each of those owed under whom it became due: one alone, and another one that it comes after."""
    found: dict[int, Decimal] = {}
    for debtor in dict.fromkeys(one.debtor for one in charges):
        there = [one for one in charges if one.debtor == debtor]
        volume, newest = sum(one.minor for one in there), max(one.due_at for one in there)
        found[debtor] = discounts.discount(debtor, newest, volume) if there[0].book == WHOLESALE else NO_DISCOUNT
    return found
