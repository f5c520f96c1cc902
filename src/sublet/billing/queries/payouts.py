"""What the vendor has collected for resellers and owes them, what it has paid out, and the statements of both as files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db.models import Exists, OuterRef, Sum
from django.utils import translation
from django.utils.translation import gettext as _

from sublet.accounts.models import LANGUAGES, Account
from sublet.billing import documents
from sublet.billing.documents.payouts import PaidOut, PayoutRow, render_payout
from sublet.billing.documents.statements import EarnedWith, Statement
from sublet.billing.models import Invoice, LedgerEntry, LedgerPosting, Payment, Payout, PayoutLine
from sublet.billing.models.books import WHOLESALE
from sublet.billing.models.invoices import INVOICE, ISSUED, PARTLY_PAID
from sublet.billing.queries.letterheads import letterhead_of
from sublet.billing.queries.paid_ahead import being_charged
from sublet.billing.queries.profit import month_of_clients
from sublet.billing.words import movement_words
from sublet.core import ledger
from sublet.core.periods import plus_months, start_of_day
from sublet.core.proration import day_of
from sublet.core.rights import RESELLER, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.keyset import newest_first
from sublet.foundation.refs import looks_like_ref
from sublet.foundation.unscoped import past_scope

VIEW: Final = "billing:view"
PAGE: Final = 50
#: So many lines are shown on a page before a payout; its statement has all.
MOST_LINES: Final = 200
#: Of which there are statements: beyond them a day has no month after it.
_YEARS: Final = range(2000, 3000)


@dataclass(frozen=True, slots=True)
class Payable:
    """What is owed to one reseller in one currency, in minor units: `collected` for it, less its `open` invoices.

    `collected` is below nothing where money went back after it was paid out: that is taken off the next payout.
    """

    ref: str
    name: str
    currency: str
    collected: int
    open: int

    @property
    def amount(self) -> int:
        """What would be paid out now."""
        return max(self.collected - self.open, 0)


@dataclass(frozen=True, slots=True)
class PayoutShown:
    """One payout."""

    ref: str
    number: str
    reseller_ref: str
    reseller: str
    day: date
    currency: str
    minor: int
    reference: str
    by: str


@dataclass(frozen=True, slots=True)
class Payouts:
    """What is owed now, and a page of what was paid out, newest first."""

    waiting: Sequence[Payable]
    rows: Sequence[PayoutShown]
    newer: str
    older: str


@dataclass(frozen=True, slots=True)
class PayableShown:
    """What is owed to one reseller, with the lines that it comes from; `more` are not shown."""

    payable: Payable
    rows: Sequence[PayoutRow]
    more: bool


def waiting_entries(owner: int, reseller: int, currency: str) -> list[tuple[int, int]]:
    """(entry, minor) of what was collected for the reseller, given back or taken off, and is on no payout yet; in their order.

    The caller holds the book, or is past the scope.
    """
    # unscoped: as said
    rows = LedgerPosting.unscoped.filter(
        ~Exists(PayoutLine.unscoped.filter(entry_id=OuterRef("entry_id"))),  # unscoped: as said
        account_id=owner, debtor_id=reseller, book=WHOLESALE, code=ledger.PAYABLE, currency=currency,
    ).exclude(entry__key__startswith="payout:")  # fmt: skip
    sums = rows.order_by().values("entry_id").annotate(all=Sum("minor")).order_by("entry_id")
    return [(row["entry_id"], -int(row["all"])) for row in sums if row["all"]]


def _may(actor: Actor) -> None:
    if actor.account_kind not in (VENDOR, RESELLER):
        raise NotFound
    actor.require(VIEW)
    if actor.account_kind == RESELLER:
        actor.require_for_all(VIEW)  # it is of all its clients together


def payouts_of(actor: Actor, *, cursor: str = "", size: int = PAGE) -> Payouts:
    """The vendor's with all of its resellers, or a reseller's own (``billing:view``). Raises NotFound, Forbidden."""
    _may(actor)
    rows = Payout.objects.select_related("debtor")
    if actor.account_kind == VENDOR and actor.reach is not None:
        rows = rows.filter(debtor_id__in=actor.reach)
    page, newer, older = newest_first(rows, cursor=cursor, size=size)
    return Payouts(_payables(actor), [_shown(row) for row in page], newer, older)


def _shown(row: Payout) -> PayoutShown:
    return PayoutShown(
        row.ref, row.number_shown, row.debtor.ref, row.debtor.name, row.day, row.currency, row.minor, row.reference, row.made_by
    )  # fmt: skip


def _payables(actor: Actor, reseller: int | None = None) -> list[Payable]:
    """Four statements, however many there are."""
    rows = LedgerPosting.objects.filter(book=WHOLESALE, code=ledger.PAYABLE)
    owed = Invoice.objects.filter(book=WHOLESALE, kind=INVOICE, state__in=(ISSUED, PARTLY_PAID))
    if actor.account_kind == RESELLER:
        rows, owed = rows.filter(debtor_id=actor.account_id), owed.filter(debtor_id=actor.account_id)
    elif actor.reach is not None:
        rows, owed = rows.filter(debtor_id__in=actor.reach), owed.filter(debtor_id__in=actor.reach)
    if reseller is not None:
        rows, owed = rows.filter(debtor_id=reseller), owed.filter(debtor_id=reseller)
    sums = rows.order_by().values_list("debtor_id", "currency").annotate(all=Sum("minor"))
    collected = {(debtor, currency): -int(minor) for debtor, currency, minor in sums if minor}
    if not collected:
        return []
    left = dict.fromkeys(collected, 0)
    for invoice in owed.filter(~being_charged(), debtor_id__in={debtor for debtor, _currency in collected}):
        key = (invoice.debtor_id, invoice.currency)
        if key in left:
            left[key] += max(invoice.open_minor, 0)
    names = {
        row.id: row for row in Account.objects.filter(id__in={debtor for debtor, _currency in collected}, kind=RESELLER)
    }
    found = [
        Payable(names[debtor].ref, names[debtor].name, currency, minor, min(left[debtor, currency], max(minor, 0)))
        for (debtor, currency), minor in collected.items()
        if debtor in names
    ]
    return sorted(found, key=lambda each: (each.name.casefold(), each.ref, each.currency))


def payable_shown(actor: Actor, reseller: str, currency: str) -> PayableShown:
    """What would be paid out to a reseller, and what that comes from (the vendor's ``billing:view``). Raises NotFound, Forbidden."""
    if actor.account_kind != VENDOR:
        raise NotFound
    actor.require(VIEW)
    account = Account.objects.filter(ref=reseller, kind=RESELLER).first() if looks_like_ref(reseller, "acc") else None
    if account is None or not actor.reaches(account.id):
        raise NotFound
    found = next((each for each in _payables(actor, account.id) if each.currency == currency), None)
    if found is None:
        raise NotFound
    entries = waiting_entries(actor.account_id, account.id, currency)
    shown = entries[-MOST_LINES:]
    zone = Account.objects.values_list("timezone", flat=True).get(id=actor.account_id)
    return PayableShown(found, _rows(shown, zone), len(entries) > len(shown))


def _rows(entries: Sequence[tuple[int, int]], zone: str) -> list[PayoutRow]:
    """What each of those entries is, in the active language, on its day in that zone. Whoever calls may see them."""
    with past_scope("the entries of a book, of which whoever calls sees its own side"):
        # unscoped: as above
        rows = {row.id: row for row in _in_parts(LedgerEntry, [entry for entry, _minor in entries])}
        payments = {row.key.split(":")[1] for row in rows.values() if row.key.startswith("collected:")}
        names: dict[str, tuple[str, str]] = {}
        for part in _parts(sorted(payments)):
            # unscoped: as above
            told = Payment.unscoped.filter(ref__in=part).values_list("ref", "number", "payer__name")
            names |= {ref: (number, name) for ref, number, name in told}
        invoices: dict[str, str] = {}
        netted = sorted({row.key.split(":")[2] for row in rows.values() if row.key.startswith("netted:")})
        for part in _parts(netted):
            # unscoped: as above
            invoices |= {row.ref: row.number_shown for row in Invoice.unscoped.filter(ref__in=part)}
    return [_row(rows[entry], minor, names, invoices, zone) for entry, minor in entries]


def _parts(keys: Sequence[str]) -> Iterable[Sequence[str]]:
    return (keys[start : start + 5000] for start in range(0, len(keys), 5000))


def _in_parts(model: type[LedgerEntry], ids: Sequence[int]) -> Iterable[LedgerEntry]:
    for start in range(0, len(ids), 5000):
        yield from model.unscoped.filter(id__in=ids[start : start + 5000])  # unscoped: as the caller says


def _row(
    entry: LedgerEntry, minor: int, names: dict[str, tuple[str, str]], invoices: dict[str, str], zone: str
) -> PayoutRow:
    kind, _dot, rest = entry.key.partition(":")
    day = day_of(entry.at, zone)
    if kind == "collected":
        number, name = names.get(rest, ("", ""))
        return PayoutRow(day, _("Collected: %(number)s") % {"number": number or rest}, name, minor)
    if kind == "netted":
        number = invoices.get(rest.partition(":")[2], "")
        return PayoutRow(day, _("Your invoice %(number)s") % {"number": number}, "", minor)
    if kind == "refund":
        return PayoutRow(day, _("Given back"), "", minor)
    if kind == "succession":
        return PayoutRow(day, movement_words("succeeded"), "", minor)
    return PayoutRow(day, _("Came back after a dispute") if minor > 0 else _("Lost in a dispute"), "", minor)


# Files ----------------------------------------------------------------------------------------------------------------


def payout_file(actor: Actor, ref: str) -> tuple[str, bytes]:
    """The number and the statement of a payout, in the vendor's brand and the reseller's language (``billing:view``).

    Raises NotFound, Forbidden.
    """
    _may(actor)
    row = Payout.objects.select_related("debtor").filter(ref=ref).first() if looks_like_ref(ref, "pyo") else None
    if row is None or (actor.account_kind == VENDOR and not actor.reaches(row.debtor_id)):
        raise NotFound
    language = row.debtor.language if row.debtor.language in LANGUAGES else "en"
    lines = PayoutLine.objects.filter(payout_id=row.id).order_by("entry_id").values_list("entry_id", "minor")
    with past_scope("the letterhead is that of whoever pays out"):
        # unscoped: as above
        vendor = Account.unscoped.select_related("parent__parent").get(id=row.account_id)
        head = letterhead_of(vendor, language=language)
    with translation.override(language):
        rows = _rows(list(lines), vendor.timezone)
    told = PaidOut(
        row.number_shown, row.debtor.name, row.day, row.currency, language, tuple(rows), row.minor, row.reference
    )
    return row.number_shown, render_payout(told, letterhead=head)


def statement_file(actor: Actor, *, month: date, currency: str = "", at: datetime) -> bytes:
    """A reseller's statement of a month: retail, wholesale and margin with each client, in its own brand (``billing:view``).

    Raises NotFound, Forbidden.
    """
    if actor.account_kind != RESELLER:
        raise NotFound
    actor.require_for_all(VIEW)
    if month.year not in _YEARS:
        raise NotFound
    own = Account.objects.select_related("parent__parent").get(id=actor.account_id)
    language = own.language if own.language in LANGUAGES else "en"
    first = month.replace(day=1)
    told, rows, others = month_of_clients(actor, first, currency=currency, at=at)
    statement = Statement(
        name=own.name, first=first, last=date.fromordinal(plus_months(first, 1).toordinal() - 1), currency=told,
        language=language, rows=tuple(EarnedWith(row.name, row.revenue, row.wholesale) for row in rows),
        collected=_collected(actor, first, told, own.timezone), others=tuple(others),
    )  # fmt: skip
    return documents.render_statement(statement, letterhead=letterhead_of(own, language=language), on=statement.last)


def _collected(actor: Actor, first: date, currency: str, zone: str) -> int:
    begin, end = start_of_day(first, zone), start_of_day(plus_months(first, 1), zone)
    rows = LedgerPosting.objects.filter(
        debtor_id=actor.account_id, book=WHOLESALE, code=ledger.PAYABLE, currency=currency, entry__at__gte=begin,
        entry__at__lt=end, entry__key__startswith="collected:",
    )  # fmt: skip
    return -int(rows.aggregate(all=Sum("minor"))["all"] or 0)


__all__ = [
    "Payable",
    "PayableShown",
    "PayoutShown",
    "Payouts",
    "payable_shown",
    "payout_file",
    "payouts_of",
    "statement_file",
    "waiting_entries",
]
