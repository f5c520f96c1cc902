"""Issuing drafts, throwing them away, and crediting what was issued."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from typing import ClassVar

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.billing.events import DraftDiscarded
from sublet.billing.models import Invoice, InvoiceLine, Issuer
from sublet.billing.models.invoices import CREDIT_NOTE, DRAFT, INVOICE
from sublet.billing.operations.documents import Line, Making, write_issued
from sublet.billing.operations.money_moved import note
from sublet.billing.queries.invoices import named_invoices
from sublet.billing.queries.parties import Buyer, buyers_of, issuers_of
from sublet.core import writeoffs
from sublet.core.accountstatement import RECOVERED
from sublet.core.money import allocate, read_typed, rounded
from sublet.core.tax import Treatment
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.journal.operations import record
from sublet.foundation.locales import active_locale, money_in
from sublet.foundation.unscoped import past_scope

RIGHT = "billing:manage"


class CannotIssueInvoice(Refusal):
    """A draft cannot be issued."""

    SENTENCES: ClassVar = {
        "not-a-draft": _("This invoice was issued already."),
        "no-issuer": _("Say first in whose name invoices are issued."),
    }


class CannotDiscardDraft(Refusal):
    """A draft cannot be thrown away."""

    SENTENCES: ClassVar = {"not-a-draft": _("What was issued is not discarded. Credit it instead.")}


class CannotCreditInvoice(Refusal):
    """An invoice cannot be credited."""

    SENTENCES: ClassVar = {
        "not-issued": _("Only an issued invoice can be credited."),
        "nothing-left": _("All of this invoice was credited already."),
        "too-much": _("At most %(most)s can be credited."),
        "amount": _("Enter an amount such as 12.50."),
        "reason": _("Say why: it stands on the credit note."),
    }


def issue_invoice(*, ref: str, actor: Actor, at: datetime) -> Invoice:
    """Give a draft its number and freeze it (``billing:manage``). Raises Forbidden, NotFound, CannotIssueInvoice."""
    [found] = issue_invoices(refs=[ref], actor=actor, at=at)
    return found


def issue_invoices(*, refs: Sequence[str], actor: Actor, at: datetime) -> list[Invoice]:
    """The same for several drafts of the actor's own book, in their order: all of them, or none."""
    actor.require(RIGHT)
    with transaction.atomic():
        drafts = _locked(list(dict.fromkeys(refs)), actor)
        if any(draft.state != DRAFT for draft in drafts):
            raise CannotIssueInvoice("not-a-draft")
        owners = {draft.account_id for draft in drafts}
        issuers = issuers_of(owners)
        if owners - set(issuers):
            raise CannotIssueInvoice("no-issuer")
        buyers = buyers_of({draft.debtor_id for draft in drafts}, at=at)
        zones = dict(Account.objects.filter(id__in=owners).values_list("id", "timezone"))
        replacing = {draft.ref: draft.id for draft in drafts}
        makings = _makings_of([draft for draft in drafts if draft.kind == INVOICE])
        if makings:
            write_issued(makings, issuers, buyers, actor=actor, at=at, zones=zones, replacing=replacing)
        notes = _notes_of([draft for draft in drafts if draft.kind == CREDIT_NOTE])
        issue_given_back(notes, issuers, buyers, actor=actor, at=at, zones=zones, replacing=replacing)
        issued = Invoice.objects.in_bulk(list(replacing.values()))
        return [issued[replacing[ref]] for ref in refs]


def _makings_of(drafts: Sequence[Invoice]) -> list[Making]:
    lines: dict[int, list[Line]] = {draft.id: [] for draft in drafts}
    for row in InvoiceLine.objects.filter(invoice_id__in=lines).order_by("invoice_id", "position"):
        lines[row.invoice_id].append(
            Line(
                row.client_id, row.about, row.item, row.first_day, row.last_day, row.days, row.of_days, row.quantity, row.minor,
                row.discount_minor, entry=row.entry_id, corrects=row.corrects_id,
            )
        )  # fmt: skip
    return [
        Making(
            draft.account_id, draft.book, draft.debtor_id, draft.key, draft.currency, draft.collected_by, lines[draft.id],
            draft.discount_percent, draft.kind, reason=draft.reason, ref=draft.ref,
        )
        for draft in drafts
    ]  # fmt: skip


def _notes_of(drafts: Sequence[Invoice]) -> list[Making]:
    """Credit notes that the run has drafted, with the invoices that they are about, locked."""
    ids = sorted({draft.corrects_id for draft in drafts if draft.corrects_id is not None})
    invoices = {
        row.id: row for row in Invoice.objects.select_for_update(of=("self",)).filter(id__in=ids).order_by("id")
    }
    makings = _makings_of(drafts)
    for draft, making in zip(drafts, makings, strict=True):
        making.corrects = invoices[draft.corrects_id or 0]
        making.tax, making.treatment = draft.tax_minor, treatment_of(making.corrects)
    return makings


def issue_given_back(
    makings: Iterable[Making],
    issuers: Mapping[int, Issuer],
    buyers: Mapping[int, Buyer],
    *,
    actor: Actor,
    at: datetime,
    zones: Mapping[int, str],
    replacing: Mapping[str, int] | None = None,
) -> None:
    """Issue those credit notes, whose invoices are locked, one after the other: what was paid of each is paid ahead from then on."""
    for making in makings:
        assert making.corrects is not None  # noqa: S101 - it is a credit note
        making.rounding = rounding_back(making.corrects, making)
        gross = making.net + (making.tax or 0) + making.rounding
        making.ahead = writeoffs.credit(making.corrects.claim, -gross).ahead
        write_issued([making], issuers, buyers, actor=actor, at=at, zones=zones, replacing=replacing)
        settle_credit(making.corrects, -gross, actor=actor, at=at)


def discard_draft(*, ref: str, actor: Actor, at: datetime) -> None:
    """Throw a draft away: its charges come on the next invoice (``billing:manage``). Raises Forbidden, NotFound, CannotDiscardDraft."""
    actor.require(RIGHT)
    with transaction.atomic():
        [draft] = _locked([ref], actor)
        if draft.state != DRAFT:
            raise CannotDiscardDraft("not-a-draft")
        debtor = _account(draft.debtor_id)
        InvoiceLine.objects.filter(invoice_id=draft.id).delete()
        draft.delete()
        event = DraftDiscarded(invoice=ref, number="", ref=debtor.ref, name=debtor.name)
        record(event, account_id=draft.debtor_id, parent_id=draft.account_id, actor=actor, at=at)


def credit_invoice(
    *, ref: str, reason: str, actor: Actor, at: datetime, net: int | None = None, amount: str = "", once: str = ""
) -> Invoice:
    """Issue a credit note over `net` (minor units before tax; None: all that is left) of an invoice (``billing:manage``).

    `amount` says the same as a person writes it (``12.50``), in the invoice's currency. `once` names the form that was sent: the same
    one again credits nothing more, and returns the note of the first time.

    It is shared over the invoice's lines in proportion; the last credit note takes exactly what is left of each line and of the
    tax. What was paid already is paid ahead from then on. Raises Forbidden, NotFound, CannotCreditInvoice.
    """
    actor.require(RIGHT)
    with transaction.atomic():
        [invoice] = _locked([ref], actor)
        if not reason.strip():
            raise CannotCreditInvoice("reason", field="reason")
        if invoice.kind != INVOICE or invoice.state == DRAFT:
            raise CannotCreditInvoice("not-issued")
        form = f":{sha256(once.encode()).hexdigest()[:24]}" if once else ""
        # The invoice is locked: of two that are sent at once the second finds the note of the first.
        if form and (made := Invoice.objects.filter(corrects_id=invoice.id, key__endswith=form).first()) is not None:
            return made
        if amount:
            try:
                net = read_typed(amount, invoice.currency)
            except ValueError:
                raise CannotCreditInvoice("amount", field="net") from None
        making = _crediting(invoice, reason.strip(), net)
        making.key += form
        return _credited(making, invoice, actor=actor, at=at)


def credit_gross(invoice: Invoice, gross: int, reason: str, *, actor: Actor, at: datetime) -> Invoice | None:
    """Credit `gross` (with tax; at most what is left) of a locked invoice, for callers that hold the book; None where nothing is left.

    For money that went back: the note comes to exactly that, so its tax may be off its share by a unit. What is credited altogether
    keeps the proportion of net and tax; a single cent may be of one of them alone.
    """
    left = invoice.due_minor - invoice.credited_minor
    if invoice.kind != INVOICE or invoice.state == DRAFT or left <= 0:
        return None
    # Rounded up, so that what is left before it was rounded may be less: the last note takes the rounding, whole.
    if gross >= min(left, invoice.gross_minor - invoice.credited_minor):
        return _credited(_crediting(invoice, reason, None), invoice, actor=actor, at=at)
    notes = Invoice.objects.filter(corrects_id=invoice.id)
    given = -(notes.aggregate(all=Sum("net_minor"))["all"] or 0)
    most = invoice.net_minor - given
    # By what is credited altogether: shares of single cents, each rounded by itself, would use up all net and leave tax alone.
    net = in_proportion(invoice.net_minor, invoice.credited_minor + gross, invoice.gross_minor) - given
    net = max(min(net, gross, most), gross - (left - most), 0)
    making = _crediting(invoice, reason, net, tax_alone=True)
    making.tax = -(gross - net)
    return _credited(making, invoice, actor=actor, at=at)


def _credited(making: Making, invoice: Invoice, *, actor: Actor, at: datetime) -> Invoice:
    issuers = issuers_of([invoice.account_id])
    buyers = buyers_of([invoice.debtor_id], at=at)
    zones = dict(Account.objects.filter(id=invoice.account_id).values_list("id", "timezone"))
    making.rounding = rounding_back(invoice, making)
    gross = making.net + (making.tax or 0) + making.rounding
    making.ahead = writeoffs.credit(invoice.claim, -gross).ahead
    write_issued([making], issuers, buyers, actor=actor, at=at, zones=zones)
    issued = Invoice.objects.get(ref=making.ref)
    settle_credit(invoice, -issued.due_minor, actor=actor, at=at)
    return issued


def _crediting(invoice: Invoice, reason: str, net: int | None, *, tax_alone: bool = False) -> Making:
    """`tax_alone`: a `net` of nothing is one, too."""
    lines = list(InvoiceLine.objects.filter(invoice_id=invoice.id).order_by("position"))
    before = InvoiceLine.objects.filter(corrects__invoice_id=invoice.id).values_list("corrects_id")
    taken = {place: (minor, less) for place, minor, less in before.annotate(a=Sum("minor"), b=Sum("discount_minor"))}
    notes = Invoice.objects.filter(corrects_id=invoice.id)
    tax_before = notes.aggregate(all=Sum("tax_minor"))["all"] or 0
    left = [_left(line, taken) for line in lines]
    most = sum(minor - less for minor, less in left)
    wanted = most if net is None else net
    if net is None and (most < 0 or most + invoice.tax_minor + tax_before <= 0):
        raise CannotCreditInvoice("nothing-left")
    if net is not None and (wanted > most or wanted < 0 or (wanted == 0 and not tax_alone)):
        raise CannotCreditInvoice("too-much", field="net", most=money_in(active_locale(), most, invoice.currency))
    if wanted == most:
        parts = left
        tax = invoice.tax_minor + tax_before
    else:
        parts = _shared(wanted, left, invoice.discount_percent)
        net_all = invoice.net_minor
        # In proportion, half up as all else; never more than is left.
        tax = min(in_proportion(invoice.tax_minor, wanted, net_all), invoice.tax_minor + tax_before)
    made = [
        Line(
            line.client_id,
            line.about,
            line.item,
            line.first_day,
            line.last_day,
            line.days,
            line.of_days,
            line.quantity,
            -minor,
            -less,
            corrects=line.id,
        )
        for line, (minor, less) in zip(lines, parts, strict=True)
        if minor or less
    ]
    if not made:  # tax alone: a document has a line at least
        one = lines[0]
        made = [
            Line(
                one.client_id, one.about, one.item, one.first_day, one.last_day, one.days, one.of_days, one.quantity, 0, 0,
                corrects=one.id,
            )
        ]  # fmt: skip
    return note_of(invoice, made, reason, tax)


def note_of(invoice: Invoice, lines: list[Line], reason: str, tax: int) -> Making:
    """A credit note of a locked invoice with those lines, which gives so much tax back."""
    return Making(
        invoice.account_id, invoice.book, invoice.debtor_id, _note_key(invoice), invoice.currency, invoice.collected_by, lines,
        invoice.discount_percent, CREDIT_NOTE, corrects=invoice, reason=reason, tax=-tax, treatment=treatment_of(invoice),
    )  # fmt: skip


def _note_key(invoice: Invoice) -> str:
    """The key of its next credit note. Not by how many there are: a draft of one may have been discarded."""
    keys = Invoice.objects.filter(corrects_id=invoice.id).values_list("key", flat=True)
    return f"credit:{invoice.ref}:{max((int(key.split(':')[2]) for key in keys), default=0) + 1}"


def rounding_back(invoice: Invoice, making: Making) -> int:
    """By how much a credit note is off what it gives back, of an invoice that was rounded: the last one comes to what is left of what
    was due, those before to no more than that."""
    if not invoice.rounding_minor:
        return 0
    notes = Invoice.objects.filter(corrects_id=invoice.id, number__isnull=False)
    left = invoice.gross_minor + int(notes.aggregate(all=Sum("gross_minor"))["all"] or 0)
    gross, due = -(making.net + (making.tax or 0)), invoice.due_minor - invoice.credited_minor
    return gross - due if gross >= left else max(gross - due, 0)


def treatment_of(invoice: Invoice) -> Treatment:
    """How an issued invoice was taxed, which its credit notes are, too."""
    taxed = ((invoice.frozen or {}).get("taxes") or [{}])[0]
    return Treatment(
        taxed.get("category", "S"), Decimal(taxed.get("rate", "0")), taxed.get("reason", ""), taxed.get("vatex", "")
    )


def _left(line: InvoiceLine, taken: dict[int, tuple[int, int]]) -> tuple[int, int]:
    minor, less = taken.get(line.id, (0, 0))
    return line.minor + minor, line.discount_minor + less


def _shared(wanted: int, left: Sequence[tuple[int, int]], percent: Decimal) -> list[tuple[int, int]]:
    """`wanted` over what is left of the lines that claim something, each with its part of the discount."""
    nets = [max(minor - less, 0) for minor, less in left]
    shares = allocate(wanted, nets)
    found = []
    for (minor, less), net, share in zip(left, nets, shares, strict=True):
        if share == net:
            found.append((minor, less) if net else (0, 0))
            continue
        off = in_proportion(less, share, net)
        found.append((share + off, off))
    return found


def in_proportion(whole: int, part: int, of: int) -> int:
    """So much of `whole` as `part` is of `of`, half up."""
    return rounded(Fraction(whole * part, of))


def settle_credit(invoice: Invoice, credited: int, *, actor: Actor, at: datetime) -> None:
    """Of a locked invoice: what is credited is no longer owed, nor lost, and what was paid of it pays this invoice no longer."""
    note(invoice, writeoffs.credit(invoice.claim, credited), word=RECOVERED, by=actor.name, at=at)


def _locked(refs: Sequence[str], actor: Actor) -> list[Invoice]:
    """Documents of the actor's own book, locked. Raises NotFound: who owes changes nothing on them."""
    found = named_invoices(refs, actor, lock=True)
    if any(one.account_id != actor.account_id for one in found):
        raise NotFound
    return found


def _account(account_id: int) -> Account:
    with past_scope("whose draft it was; whoever discards it holds the book"):
        return Account.unscoped.get(id=account_id)  # unscoped: as above
