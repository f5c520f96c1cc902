"""Issued invoices as documents: their value, and the files that are made of it."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from sublet.accounts.models import LANGUAGES, Account
from sublet.billing import documents
from sublet.billing.documents import FrozenLine
from sublet.billing.documents.exports import Loss
from sublet.billing.documents.samples import sample
from sublet.billing.models import Invoice, InvoiceLine, InvoicePaper, Issuer, LedgerEntry, Recipient
from sublet.billing.models.ledger import ADJUSTED
from sublet.billing.queries.invoices import invoice_of, names_of, require_view
from sublet.billing.queries.issuers import issuer_view, likely_issuer
from sublet.billing.queries.letterheads import letterhead_of
from sublet.billing.queries.losses import of_losses
from sublet.billing.queries.parties import home_treatment
from sublet.billing.words import credit_words, gives_back, kind_words
from sublet.branding.documents import Letterhead
from sublet.core.invoicing import CREDIT_NOTE, Document, Party, Preceding
from sublet.core.money import rounded
from sublet.core.periods import start_of_day
from sublet.core.proration import day_of
from sublet.core.rights import RESELLER
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.languages import in_language
from sublet.foundation.scope import actor_scope
from sublet.foundation.unscoped import past_scope
from sublet.messaging.attachments import Attachment

PDF, UBL, CII, XRECHNUNG_UBL, XRECHNUNG_CII = "pdf", "ubl", "cii", "xrechnung-ubl", "xrechnung-cii"
FORMS: Final = (PDF, UBL, CII, XRECHNUNG_UBL, XRECHNUNG_CII)
_BATCH: Final = 100
logger = logging.getLogger(__name__)


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


class CannotMakePaper(ValueError):
    """No file can be made of what an issued invoice froze: a fault of ours, which no other document is held up by."""


@dataclass(frozen=True, slots=True)
class _Told:
    """What invoices say beside what they froze."""

    lines: Mapping[int, Sequence[InvoiceLine]]  # by invoice
    entries: Mapping[int, LedgerEntry]
    names: Mapping[int, str]  # of clients today, for what froze none
    before: Mapping[int, date | None]  # when what a credit note corrects was issued


def paper_of(actor: Actor, ref: str, *, form: str = PDF) -> PaperFile:
    """An issued invoice as a file (``billing:view``). Raises Forbidden, NotFound (drafts as well), documents.NotElectronic,
    CannotMakePaper.
    """
    require_view(actor)
    invoice = invoice_of(ref, actor)
    if invoice.number is None or form not in FORMS:
        raise NotFound
    return _file(invoice, form)


def file_to_attach(ref: str) -> Attachment | None:
    """An issued document as it is mailed: in the format that its buyer wants now, as a PDF where there is no such file of it.

    None where there is no such document, or no file can be made, which is logged: its mail leaves without one. In any scope:
    whoever mails it has written the mail to its buyer.
    """
    with past_scope("the file goes to whoever the document is issued to"):
        # unscoped: as above
        invoice = Invoice.unscoped.filter(ref=ref, number__isnull=False).first()
        if invoice is None:
            return None
        # unscoped: as above
        said = Recipient.unscoped.filter(account_id=invoice.debtor_id).values_list("format", flat=True).first()
        if said in FORMS:  # else it is Factur-X, which is the PDF
            with suppress(documents.NotElectronic):
                return _attachment(_file(invoice, said))
        try:
            return _attachment(_file(invoice, PDF))
        except CannotMakePaper as fault:
            logger.error("a document is mailed without its file: %s", fault, extra={"invoice": invoice.ref})
            return None


def _attachment(file: PaperFile) -> Attachment:
    # Not by its number alone: a slash in it would be a folder.
    name = "".join(sign if sign.isalnum() or sign in "-_." else "-" for sign in file.number).strip("-.") or "invoice"
    return Attachment(f"{name}.{file.ending}", file.content, file.media)


def _file(invoice: Invoice, form: str) -> PaperFile:
    """Whoever calls may see the invoice."""
    if form == PDF:
        # unscoped: as above
        kept = InvoicePaper.unscoped.filter(invoice_id=invoice.id).values_list("pdf", flat=True).first()
        return PaperFile(invoice.number_shown, form, bytes(kept) if kept is not None else made(invoice))
    document = documents_of([invoice])[0]
    make = documents.cii if form in (CII, XRECHNUNG_CII) else documents.ubl
    return PaperFile(invoice.number_shown, form, make(document, xrechnung=form in (XRECHNUNG_UBL, XRECHNUNG_CII)))


def sample_pdf(actor: Actor, *, language: str, on: date) -> bytes:
    """What the actor's invoices look like, in its brand (``billing:view``). Raises Forbidden, NotFound, NotLawful."""
    account = Account.objects.select_related("parent__parent").get(id=actor.account_id)
    document = _sample(issuer_view(actor).issuer, account, language=language, on=on)
    return documents.render_pdf(document, letterhead=letterhead_of(account, language=language), sample=True)


def sample_papers(account: Account, language: str, at: datetime) -> Iterator[tuple[str, bytes]]:
    """An invoice and a credit note as that account's people get them, in `language`, with an example's figures: what each is
    called, and the file with the electronic invoice in it, where there is one for it.

    A client gets them of its reseller, whoever collects; of a reseller those that it issues. None for others: those are the
    vendor's. In any scope. Raises ValueError (`NotLawful`) where the issuer has not said enough.
    """
    issuing = account if account.kind == RESELLER else account.parent
    if issuing is None or issuing.kind != RESELLER:
        return
    with past_scope("who issues a client's invoices stands above it"):
        # unscoped: as above
        kept = Issuer.unscoped.filter(account_id=issuing.id).order_by("-version").first()
        head = letterhead_of(issuing, language=language)
    invoice = _sample(kept or likely_issuer(issuing), issuing, language=language, on=at.date())
    yield "invoice", documents.paper(invoice, letterhead=head)
    before = (Preceding(invoice.number, invoice.issued_on),)
    credit = replace(invoice, kind=CREDIT_NOTE, preceding=before, payment=None, due_on=None)
    yield "credit-note", documents.paper(credit, letterhead=head)


def _sample(issuer: Issuer, account: Account, *, language: str, on: date) -> Document:
    return sample(
        Party(
            name=issuer.legal_name or account.name, country=issuer.country or "XX", street=issuer.street,
            postal_code=issuer.postal_code, city=issuer.city or "–", region=issuer.region, vat_id=issuer.vat_id,
            tax_number=issuer.tax_number or ("" if issuer.vat_id else "–"), register_number=issuer.register_number,
            contact_name=issuer.contact_name, email=issuer.email, phone=issuer.phone,
        ),
        treatment=home_treatment(issuer), currency=issuer.currency, rounding=issuer.rounding, language=language,
        prefix=issuer.invoice_prefix, on=on, payment_days=issuer.payment_days, iban=issuer.iban, bic=issuer.bic,
        holder=issuer.account_holder or issuer.legal_name, exemption_note=issuer.exemption_note, footer=issuer.footer,
    )  # fmt: skip


def made(invoice: Invoice) -> bytes:
    """The PDF of an issued invoice, made now. Whoever calls may see the invoice. Raises CannotMakePaper."""
    [(_invoice, found)] = made_each([invoice])
    if isinstance(found, CannotMakePaper):
        raise found
    return found


def made_each(invoices: Sequence[Invoice]) -> Iterator[tuple[Invoice, bytes | CannotMakePaper]]:
    """The PDF of each of those issued invoices, made while it is asked for, or why there is none.

    Six statements, and a letterhead for each issuer and language, however many. Whoever calls may see the invoices.
    """
    told = _told_by(invoices)
    with past_scope("the letterhead is that of who issued the document; whoever calls may see it"):
        # unscoped: as above
        rows = Account.unscoped.filter(id__in={each.account_id for each in invoices})
        issuers = {row.id: row for row in rows.select_related("parent__parent")}
    heads: dict[tuple[int, str], Letterhead] = {}
    for invoice in invoices:
        place = (invoice.account_id, _language(invoice))
        if place not in heads:
            with past_scope("as above"):
                heads[place] = letterhead_of(issuers[invoice.account_id], language=place[1])
        yield invoice, _made(invoice, told, heads[place])


def _made(invoice: Invoice, told: _Told, head: Letterhead) -> bytes | CannotMakePaper:
    try:
        return documents.paper(_document(invoice, told), letterhead=head)
    except (KeyError, ValueError) as fault:  # what is frozen is no document, or none that can be shown: see `documents`
        return CannotMakePaper(f"{invoice.ref}: {type(fault).__name__}: {fault}")


def documents_of(invoices: Sequence[Invoice]) -> list[Document]:
    """The values of issued invoices, in their order. Five statements, however many. Whoever calls may see them.

    Raises KeyError, ValueError for something else.
    """
    told = _told_by(invoices)
    return [_document(row, told) for row in invoices]


def _told_by(invoices: Sequence[Invoice]) -> _Told:
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
    return _Told(lines, entries, names, before)


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


def losses_between(actor: Actor, *, first: date, last: date) -> Iterator[Loss]:
    """What the actor's account gave up or recovered on those days and between, in that order, as `documents_between`."""
    after = 0
    while True:
        with actor_scope(actor):
            zone = Account.objects.values_list("timezone", flat=True).get(id=actor.account_id)
            rows: QuerySet[LedgerEntry] = LedgerEntry.objects.filter(
                of_losses(), account_id=actor.account_id, kind=ADJUSTED, due_at__gte=start_of_day(first, zone),
                due_at__lt=start_of_day(last + timedelta(days=1), zone), id__gt=after,
            )  # fmt: skip
            if actor.reach is not None:
                rows = rows.filter(debtor_id__in=actor.reach)
            batch = list(rows.order_by("id")[:_BATCH])
            invoices = list(Invoice.objects.filter(account_id=actor.account_id, ref__in={row.item for row in batch}))
            told = dict(zip((row.ref for row in invoices), documents_of(invoices), strict=True))
        # What the ledger posted is the change of what is owed; a loss is that with the other sign.
        yield from (Loss(told[row.item], day_of(row.due_at, zone), -row.minor) for row in batch)
        if len(batch) < _BATCH:
            return
        after = batch[-1].id


def _language(invoice: Invoice) -> str:
    told = (invoice.frozen or {}).get("buyer", {}).get("language", "")
    return told if told in LANGUAGES else "en"


def _document(invoice: Invoice, told: _Told) -> Document:
    frozen = invoice.frozen or {}
    language = _language(invoice)
    lines = told.lines[invoice.id]
    grouped = any(line.client_id != invoice.debtor_id for line in lines)
    words = frozen.get("words") or {}
    names = _clients(words, told.names) if grouped else {}
    with translation.override(language):
        made = [
            _line(line, told.entries.get(line.entry_id or 0), names, words.get("things") or {}, invoice)
            for line in lines
        ]
        return documents.document_of(
            frozen,
            made,
            language=language,
            corrects_on=told.before.get(invoice.corrects_id or 0),
            reference=frozen.get("reference", ""),
        )


def _clients(words: Mapping[str, Mapping[str, str]], today: Mapping[int, str]) -> Mapping[int, str]:
    """What clients are called on the document: as they were on the day of issue; of one that froze no names, as they are."""
    return {**today, **{int(number): name for number, name in words.get("clients", {}).items()}}


def _line(
    line: InvoiceLine, entry: LedgerEntry | None, names: Mapping[int, str], things: Mapping[str, str], invoice: Invoice
) -> FrozenLine:
    thing = things.get(f"{line.about}:{line.item}")
    if thing is None:
        thing = in_language(names_of(line.about, line.item), line.item)
    about = kind_words(line.about)
    details = [about] if thing and about != thing else []
    if line.of_days and line.days != line.of_days:
        details.append(_("%(days)s of %(all)s days") % {"days": line.days, "all": line.of_days})
    return FrozenLine(
        name=credit_words(thing or about) if gives_back(line.about, line.minor) else thing or about,
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
    return one if same and rounded(one * line.quantity) == line.minor else None
