"""Issued invoices as documents: their value, and the files that are made of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from sublet.accounts.models import LANGUAGES, Account
from sublet.billing import documents
from sublet.billing.documents import FrozenLine
from sublet.billing.models import Invoice, InvoiceLine, InvoicePaper, LedgerEntry
from sublet.billing.queries.invoices import _names, invoice_of, require_view
from sublet.billing.queries.letterheads import letterhead_of
from sublet.billing.words import kind_words
from sublet.core.invoicing import Document
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.languages import in_language
from sublet.foundation.scope import actor_scope
from sublet.foundation.unscoped import past_scope

PDF, UBL, CII, XRECHNUNG_UBL, XRECHNUNG_CII = "pdf", "ubl", "cii", "xrechnung-ubl", "xrechnung-cii"
FORMS: Final = (PDF, UBL, CII, XRECHNUNG_UBL, XRECHNUNG_CII)
_BATCH: Final = 100


@dataclass(frozen=True, slots=True)
class PaperFile:
    """A file of a document. `number` for its name."""

    number: str
    form: str
    content: bytes

    @property
    def media(self) -> str:
        return "application/pdf" if self.form == PDF else "application/xml"

    @property
    def ending(self) -> str:
        return "pdf" if self.form == PDF else "xml"


def paper_of(actor: Actor, ref: str, *, form: str = PDF) -> PaperFile:
    """An issued invoice as a file (``billing:view``). Raises Forbidden, NotFound (drafts as well), documents.NotElectronic."""
    require_view(actor)
    invoice = invoice_of(ref, actor)
    if invoice.number is None or form not in FORMS:
        raise NotFound
    if form == PDF:
        kept = InvoicePaper.objects.filter(invoice_id=invoice.id).values_list("pdf", flat=True).first()
        return PaperFile(invoice.number_shown, form, bytes(kept) if kept is not None else made(invoice))
    document = documents_of([invoice])[0]
    make = documents.cii if form in (CII, XRECHNUNG_CII) else documents.ubl
    return PaperFile(invoice.number_shown, form, make(document, xrechnung=form in (XRECHNUNG_UBL, XRECHNUNG_CII)))


def made(invoice: Invoice) -> bytes:
    """The PDF of an issued invoice, made now. Whoever calls may see the invoice."""
    document = documents_of([invoice])[0]
    with past_scope("the letterhead is that of who issued the document; whoever calls may see it"):
        # unscoped: as above
        account = Account.unscoped.select_related("parent__parent").get(id=invoice.account_id)
        head = letterhead_of(account, language=document.language)
    return documents.paper(document, letterhead=head)


def documents_of(invoices: Sequence[Invoice]) -> list[Document]:
    """The values of issued invoices, in their order. Five statements, however many. Whoever calls may see them."""
    ids = [row.id for row in invoices]
    lines: dict[int, list[InvoiceLine]] = {number: [] for number in ids}
    with past_scope("lines of invoices that whoever calls may see"):
        # unscoped: as above
        for line in InvoiceLine.unscoped.filter(invoice_id__in=ids).order_by("invoice_id", "position"):
            lines[line.invoice_id].append(line)
        flat = [line for each in lines.values() for line in each]
        charged = {line.entry_id for line in flat if line.entry_id}
        # unscoped: as above
        entries = {row.id: row for row in LedgerEntry.unscoped.filter(id__in=charged)}
        clients = {line.client_id for line in flat}
        # unscoped: as above
        names = dict(Account.unscoped.filter(id__in=clients).values_list("id", "name"))
        corrected = {row.corrects_id for row in invoices if row.corrects_id}
        # unscoped: as above
        before = {row.id: row.issued_on for row in Invoice.unscoped.filter(id__in=corrected)}
    return [_document(row, lines[row.id], entries, names, before) for row in invoices]


def documents_between(actor: Actor, *, first: date, last: date) -> Iterator[Document]:
    """What the actor's account issued on those days and between, in the order of issue, piece by piece.

    It is read while it is sent, after the request: each piece is asked for in the actor's scope.
    """
    after = 0
    while True:
        with actor_scope(actor):
            rows: QuerySet[Invoice] = Invoice.objects.filter(
                account_id=actor.account_id,
                number__isnull=False,
                issued_on__gte=first,
                issued_on__lte=last,
                id__gt=after,
            )
            if actor.reach is not None:
                rows = rows.filter(debtor_id__in=actor.reach)
            batch = list(rows.order_by("id")[:_BATCH])
            told = documents_of(batch)
        yield from told
        if len(batch) < _BATCH:
            return
        after = batch[-1].id


def _document(
    invoice: Invoice,
    lines: Sequence[InvoiceLine],
    entries: dict[int, LedgerEntry],
    names: dict[int, str],
    before: dict[int, date | None],
) -> Document:
    frozen = invoice.frozen or {}
    told = frozen.get("buyer", {}).get("language", "")
    language = told if told in LANGUAGES else "en"
    grouped = any(line.client_id != invoice.debtor_id for line in lines)
    with translation.override(language):
        made = [_line(line, entries.get(line.entry_id or 0), names if grouped else {}, invoice) for line in lines]
        return documents.document_of(
            frozen,
            made,
            language=language,
            corrects_on=before.get(invoice.corrects_id or 0),
            reference=frozen.get("reference", ""),
        )


def _line(line: InvoiceLine, entry: LedgerEntry | None, names: dict[int, str], invoice: Invoice) -> FrozenLine:
    thing = in_language(_names(line), line.item)
    about = kind_words(line.about)
    details = [about] if thing and about != thing else []
    if line.of_days and line.days != line.of_days:
        details.append(_("%(days)s of %(all)s days") % {"days": line.days, "all": line.of_days})
    return FrozenLine(
        name=thing or about,
        minor=line.minor,
        quantity=line.quantity.normalize() if line.quantity else Decimal(0),
        unit_price=_price(line, entry),
        detail=", ".join(details),
        first=line.first_day,
        last=line.last_day,
        group=names.get(line.client_id, ""),
        key=f"{invoice.ref}:{line.position}",
    )


def _price(line: InvoiceLine, entry: LedgerEntry | None) -> Decimal | None:
    """The price of one, where there is one price and the amount is no more than that, times how many."""
    if entry is None or len(entry.parts) != 1:
        return None
    _key, quantity, unit, flat, _minor = entry.parts[0]
    one = Decimal(str(unit))
    same = Decimal(str(quantity)) == line.quantity and not flat
    return one if same and round(one * line.quantity) == line.minor else None
