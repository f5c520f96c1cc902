"""Invoices as they are shown: a page of them, one with its lines, and what a line comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db.models import QuerySet

from sublet.billing.models import Invoice, InvoiceLine, LedgerEntry, WriteOff
from sublet.billing.models.books import RETAIL, WHOLESALE
from sublet.billing.models.invoices import INVOICE, INVOICE_STATES
from sublet.billing.queries.former import Party, parties_told
from sublet.catalog.queries import offer
from sublet.core.charging import ADJUSTMENT, USES, used_in
from sublet.core.rights import RESELLER
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.keyset import newest_first
from sublet.foundation.refs import looks_like_ref
from sublet.foundation.unscoped import past_scope
from sublet.metering.models import UsageEvent

PAGE: Final = 50
LINES_A_PAGE: Final = 50
SHOWN_EVENTS: Final = 200
VIEW: Final = "billing:view"
#: Whose invoices: those that the account sends, or those that it gets.
SENT, RECEIVED = "sent", "received"


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """One invoice in a list. Amounts in minor units; `party` is the other side."""

    ref: str
    number: str
    kind: str
    state: str
    book: str
    party_ref: str
    party: str
    first_day: date
    last_day: date
    currency: str
    list_minor: int
    discount_minor: int
    net_minor: int
    tax_minor: int
    gross_minor: int
    open_minor: int
    issued_on: date | None
    due_on: date | None
    written_off_minor: int = 0  # asked for no more, and in no sum of what is open


@dataclass(frozen=True, slots=True)
class InvoicePage:
    """A page of them, newest first."""

    rows: Sequence[InvoiceRow]
    newer: str
    older: str


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line: `position` names it in addresses. `by_use`: it opens down to its usage events."""

    position: int
    client_ref: str
    client: str
    about: str
    item: str
    names: Mapping[str, str]
    first_day: date
    last_day: date
    days: int
    of_days: int
    quantity: Any
    minor: int
    discount_minor: int
    net_minor: int
    by_use: bool


@dataclass(frozen=True, slots=True)
class WriteOffRow:
    """That so much was given up; taken back or not. `minor` is what it was then."""

    minor: int
    reason: str
    at: datetime
    by: str
    taken_back_at: datetime | None
    taken_back_by: str
    taken_back_reason: str


@dataclass(frozen=True, slots=True)
class InvoiceShown:
    """One invoice with its lines, and the credit notes for it. `in_all`: how many lines it has, of which `lines` may be a page."""

    invoice: Invoice
    row: InvoiceRow
    lines: Sequence[LineRow]
    in_all: int
    credit_notes: Sequence[tuple[str, str]]
    corrects: tuple[str, str] | None
    mine: bool  # whether the actor's account issues it
    left: bool  # whether who owes it is no longer its client
    write_offs: Sequence[WriteOffRow] = ()  # newest first; for whoever issued it alone


@dataclass(frozen=True, slots=True)
class UsedEvent:
    """A usage event, as the product told it; `quantity` in steps of the meter."""

    at: datetime
    source: str
    event_id: str
    quantity: int | None
    counts: bool


@dataclass(frozen=True, slots=True)
class LineShown:
    """What a line comes from: how its amount came about, and the usage events in its period."""

    invoice: Invoice
    line: LineRow
    parts: Sequence[Sequence[Any]]
    meter: str
    decimals: int
    events: Sequence[UsedEvent]
    more: bool


def may_view(actor: Actor) -> bool:
    """Whether the actor may look at invoices: of a client its owner alone, in person; nobody is given the right."""
    return actor.may_in_person(VIEW)


def require_view(actor: Actor) -> None:
    """Raise Forbidden unless the actor may look at invoices."""
    if not may_view(actor):
        raise Forbidden(VIEW)


def require_received(actor: Actor) -> None:
    """Raise Forbidden unless the actor may look at what its account is asked for."""
    require_view(actor)
    if not _sees_received(actor):
        raise Forbidden(VIEW)


def invoices_of(
    actor: Actor, *, side: str = SENT, state: str = "", debtor: str = "", cursor: str = "", size: int = PAGE
) -> InvoicePage:
    """A page of the invoices that the actor's account sends, or gets. Raises Forbidden."""
    require_view(actor)
    rows = _of(actor, side)
    if state in INVOICE_STATES:
        rows = rows.filter(state=state)
    if debtor:
        rows = rows.filter(debtor__ref=debtor)
    found, newer, older = newest_first(rows, cursor=cursor, size=size)
    names = parties_told(actor, {row.debtor_id if side == SENT else row.account_id for row in found})
    return InvoicePage([_row(row, names, side) for row in found], newer, older)


def _of(actor: Actor, side: str) -> QuerySet[Invoice]:
    rows: QuerySet[Invoice] = Invoice.objects.all()
    if side == RECEIVED:
        if not _sees_received(actor):
            return rows.none()
        rows = rows.filter(debtor_id=actor.account_id).exclude(state="draft")
        return rows if actor.impersonator is None else rows.filter(account_id=actor.impersonator.account_id)
    rows = rows.filter(account_id=actor.account_id)
    return rows if actor.reach is None else rows.filter(debtor_id__in=actor.reach)


def _sees_received(actor: Actor) -> bool:
    """Whether the actor sees what its account is asked for: of a reseller all its clients stand on it, with what they cost."""
    return actor.account_kind != RESELLER or actor.reach is None


def _of_the_time_before(issuer: int, actor: Actor) -> bool:
    """Whether a visitor would read by it what another asked of the account, to whom it belonged before: its prices are not for
    whoever came after."""
    return actor.impersonator is not None and issuer != actor.impersonator.account_id


def invoice_of(ref: str, actor: Actor, *, lock: bool = False) -> Invoice:
    """An invoice that the actor's account sends or gets. Raises NotFound."""
    [found] = named_invoices([ref], actor, lock=lock)
    return found


def named_invoices(refs: Sequence[str], actor: Actor, *, lock: bool = False) -> list[Invoice]:
    """Several of them, in their order, in one statement; locked in the order of their ids. Raises NotFound."""
    rows = Invoice.objects.filter(ref__in=[ref for ref in refs if looks_like_ref(ref, "inv")]).order_by("id")
    there = {row.ref: row for row in (rows.select_for_update() if lock else rows)}
    found = [there.get(ref) for ref in refs]
    for one in found:
        if one is None or actor.account_id not in (one.account_id, one.debtor_id):
            raise NotFound
        if one.account_id == actor.account_id and not actor.reaches(one.debtor_id):
            raise NotFound
        if one.account_id != actor.account_id and not _sees_received(actor):
            raise NotFound
        if one.account_id != actor.account_id and _of_the_time_before(one.account_id, actor):
            raise NotFound
    return [one for one in found if one is not None]


def show_invoice(ref: str, actor: Actor, *, page: int = 0) -> InvoiceShown:
    """One invoice with its lines: all of them, or those of a `page` (from 1). Raises Forbidden, NotFound, also where no such page is."""
    require_view(actor)
    invoice = invoice_of(ref, actor)
    mine = invoice.account_id == actor.account_id
    every = InvoiceLine.objects.filter(invoice_id=invoice.id).order_by("position")
    lines = list(every[(page - 1) * LINES_A_PAGE : page * LINES_A_PAGE] if page else every)
    if page > 1 and not lines:
        raise NotFound
    in_all = every.count() if page > 1 or (page and len(lines) == LINES_A_PAGE) else len(lines)
    names = parties_told(actor, {invoice.debtor_id, invoice.account_id, *(line.client_id for line in lines)})
    notes = Invoice.objects.filter(corrects_id=invoice.id).order_by("id")
    corrects = Invoice.objects.filter(id=invoice.corrects_id).first() if invoice.corrects_id else None
    return InvoiceShown(
        invoice=invoice,
        row=_row(invoice, names, SENT if mine else RECEIVED),
        lines=[_line(line, names) for line in lines],
        in_all=in_all,
        credit_notes=[(note.ref, note.number_shown) for note in notes],
        corrects=None if corrects is None else (corrects.ref, corrects.number_shown),
        mine=mine,
        left=names[invoice.debtor_id].left,
        write_offs=_write_offs(invoice) if mine and invoice.kind == INVOICE and invoice.number is not None else (),
    )


def _write_offs(invoice: Invoice) -> list[WriteOffRow]:
    rows = WriteOff.objects.filter(invoice_id=invoice.id).order_by("-id")
    return [
        WriteOffRow(row.minor, row.reason, row.at, row.by, row.taken_back_at, row.taken_back_by, row.taken_back_reason)
        for row in rows
    ]


def show_line(ref: str, position: int, actor: Actor) -> LineShown:
    """One line down to its usage events. Raises Forbidden, NotFound."""
    require_view(actor)
    invoice = invoice_of(ref, actor)
    line = InvoiceLine.objects.filter(invoice_id=invoice.id, position=position).first()
    if line is None:
        raise NotFound
    names = parties_told(actor, {line.client_id})
    entry = _entry(line)
    meter = offer().meters.get(_meter(entry)) if entry is not None else None
    events: list[UsedEvent] = []
    if entry is not None and meter is not None:
        with past_scope("whoever may see the line may see what it comes from"):
            rows = UsageEvent.unscoped.filter(  # unscoped: as above
                account_id=line.client_id, meter=meter.id, at__gte=entry.start, at__lt=entry.end
            ).order_by("at", "event_id")[: SHOWN_EVENTS + 1]
            events = [UsedEvent(row.at, row.source, row.event_id, row.quantity, row.counts) for row in rows]
    return LineShown(
        invoice=invoice,
        line=_line(line, names),
        parts=entry.parts if entry is not None else (),
        meter="" if meter is None else meter.meter.key,
        decimals=0 if meter is None else meter.meter.decimals,
        events=events[:SHOWN_EVENTS],
        more=len(events) > SHOWN_EVENTS,
    )


def _entry(line: InvoiceLine) -> LedgerEntry | None:
    """The charge that a line (or the line that it takes back a part of) comes from."""
    number = line.entry_id
    if number is None and line.corrects_id is not None:
        number = InvoiceLine.objects.filter(id=line.corrects_id).values_list("entry_id", flat=True).first()
    if number is None:
        return None
    with past_scope("whoever may see the line may see how its amount came about"):
        return LedgerEntry.unscoped.filter(id=number).first()  # unscoped: as above


def _meter(entry: LedgerEntry) -> str:
    """The meter that a charge for use counts; empty for others."""
    used = used_in(entry.key) if entry.total is not None else None
    return "" if used is None else used[0]


def _row(row: Invoice, names: Mapping[int, Party], side: str) -> InvoiceRow:
    party = names[row.debtor_id if side == SENT else row.account_id]
    return InvoiceRow(
        row.ref, row.number_shown, row.kind, row.state, row.book, party.ref, party.name, row.first_day, row.last_day,
        row.currency, row.list_minor, row.discount_minor, row.net_minor, row.tax_minor, row.gross_minor, row.open_minor,
        row.issued_on, row.due_on, row.written_off_minor,
    )  # fmt: skip


def _line(line: InvoiceLine, names: Mapping[int, Party]) -> LineRow:
    client = names[line.client_id]
    return LineRow(
        line.position, client.ref, client.name, line.about, line.item, names_of(line.about, line.item), line.first_day, line.last_day,
        line.days, line.of_days, line.quantity, line.minor, line.discount_minor, line.net_minor,
        line.about in (*USES, ADJUSTMENT),
    )  # fmt: skip


def names_of(about: str, key: str) -> Mapping[str, str]:
    """What the thing of a line is called now, by language; empty for what the offer does not know."""
    present = offer()
    thing: Any = None
    if about == "base":
        thing = present.plan(key)
    elif about in ("add_ons", "one_off"):
        thing = present.add_on(key)
    elif about in ("overage", "plan_use", "add_on_use", "adjustment"):
        item = present.meters.get(key)
        thing = item.meter if item is not None else None
        if thing is None:  # an adjustment of what was used of a managed service
            thing = present.services.get(key)
    elif about in ("service", "service_use"):
        thing = present.services.get(key)
    if thing is None:
        return {}
    return {code: text for code in ("en", "it", "sq", "nl", "fr", "pt") if (text := getattr(thing.name, code, ""))}


__all__ = [
    "RECEIVED", "RETAIL", "SENT", "WHOLESALE", "InvoicePage", "InvoiceRow", "InvoiceShown", "LineShown", "invoices_of",
    "names_of", "show_invoice", "show_line",
]  # fmt: skip
