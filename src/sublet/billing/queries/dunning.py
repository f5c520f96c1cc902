"""Unpaid invoices as they are shown: what was chosen, where each stands, what comes next and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Q

from sublet.accounts.models import Account
from sublet.billing.models import DunningCase, DunningPolicy, DunningStep, Invoice
from sublet.billing.models.dunning import ENDED, RUNNING, SETTLED, STOPPED
from sublet.billing.models.invoices import INVOICE, ISSUED, PARTLY_PAID
from sublet.billing.models.terms import NOBODY
from sublet.billing.queries.former import parties_told
from sublet.billing.queries.invoices import VIEW, InvoiceShown, invoice_of, may_view, require_view, show_invoice
from sublet.core.dunning import USUAL, Schedule, is_overdue
from sublet.core.rights import RESELLER, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.keyset import newest_first
from sublet.foundation.unscoped import past_scope
from sublet.subscriptions.queries.held import held

PAGE: Final = 50
OVERDUE: Final = "overdue"
#: In the list of receivables: what is none any more.
WRITTEN_OFF: Final = "written-off"
#: Where an unpaid invoice can stand, as lists are narrowed by it.
STANDS: Final = (OVERDUE, RUNNING, ENDED, STOPPED)


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step that was done, and what came of it."""

    key: str
    kind: str
    outcome: str
    payment: str
    at: datetime
    by: str
    round: int


@dataclass(frozen=True, slots=True)
class DunningView:
    """Where an invoice stands. `state`: ``overdue`` (nothing begun yet), ``running``, ``ended``, ``stopped``, ``settled``.

    `ending`: what follows the grace; `holds`: the debtor is held up because of it.
    """

    state: str
    next_key: str
    next_at: datetime | None
    ending: str
    holds: bool
    counted_from: date | None
    stopped_by: str
    stopped_at: datetime | None
    steps: Sequence[StepRow] = ()

    @property
    def next_kind(self) -> str:
        """``retry``, ``reminder``, ``last_call``, ``pause``, ``keep``, or empty."""
        return self.next_key.partition(":")[0] if self.next_at is not None else ""


@dataclass(frozen=True, slots=True)
class ReceivableRow:
    """An invoice that is owed. Amounts in minor units."""

    ref: str
    number: str
    debtor_ref: str
    debtor: str
    currency: str
    open_minor: int
    due_on: date | None
    days: int  # since it was due
    dunning: DunningView | None
    written_off_minor: int = 0  # given up, and in no sum of what is owed


@dataclass(frozen=True, slots=True)
class OwnDebt:
    """An invoice for which the actor's account is held up."""

    ref: str
    number: str
    creditor: str
    currency: str
    open_minor: int
    due_on: date | None


def policy_in_force(account_id: int, *, at: datetime) -> Schedule:
    """What that issuer has chosen; the usual schedule where nothing was."""
    rows = DunningPolicy.objects.filter(account_id=account_id, since__lte=at)
    found = rows.order_by("-since", "-id").first()
    return USUAL if found is None else found.schedule


def own_policy(actor: Actor, *, at: datetime) -> Schedule:
    """The same of the actor's account (``billing:view``). Raises Forbidden, NotFound."""
    if actor.account_kind not in (VENDOR, RESELLER):
        raise NotFound
    actor.require(VIEW)
    return policy_in_force(actor.account_id, at=at)


def dunning_of(ref: str, actor: Actor, *, at: datetime) -> DunningView | None:
    """Where an invoice of the actor's own book stands; None while it is not overdue. Raises Forbidden, NotFound."""
    require_view(actor)
    invoice = invoice_of(ref, actor)
    if invoice.account_id != actor.account_id:
        raise NotFound
    return view_of(invoice, actor, at=at)


def invoice_page(ref: str, actor: Actor, *, page: int, at: datetime) -> tuple[InvoiceShown, DunningView | None]:
    """An invoice with a page of its lines, and of one of the actor's own book where it stands unpaid. Raises Forbidden, NotFound."""
    shown = show_invoice(ref, actor, page=page)
    return shown, view_of(shown.invoice, actor, at=at) if shown.mine else None


def view_of(invoice: Invoice, actor: Actor, *, at: datetime) -> DunningView | None:
    """The same of one in hand."""
    case = DunningCase.objects.filter(invoice_id=invoice.id).first()
    if case is None:
        with past_scope("the day where whoever owes is"):
            # unscoped: as above
            zone = Account.unscoped.values_list("timezone", flat=True).get(id=invoice.debtor_id)
        return _begins(invoice, zone, at)
    steps = DunningStep.objects.filter(case=case).order_by("id")
    return _view(
        case, [StepRow(row.key, row.kind, row.outcome, row.payment, row.at, row.by, row.round) for row in steps]
    )


def _begins(invoice: Invoice, zone: str, at: datetime) -> DunningView | None:
    """Overdue, but the schedule has not come by yet."""
    owed = invoice.kind == INVOICE and invoice.state in (ISSUED, PARTLY_PAID) and invoice.collected_by != NOBODY
    if not owed or invoice.due_on is None or not is_overdue(invoice.due_on, zone, at=at):
        return None
    return DunningView(OVERDUE, "", None, "", False, None, "", None)


def _view(case: DunningCase, steps: Sequence[StepRow] = ()) -> DunningView:
    return DunningView(
        case.state, case.next_key, case.next_at, case.plan.ending, case.holds, case.counted_from, case.stopped_by,
        case.stopped_at, steps,
    )  # fmt: skip


def _today(actor: Actor, at: datetime) -> date:
    zone = Account.objects.values_list("timezone", flat=True).get(id=actor.account_id)
    return at.astimezone(ZoneInfo(zone)).date()


def receivables(
    actor: Actor, *, state: str = "", cursor: str = "", size: int = PAGE, at: datetime
) -> tuple[Sequence[ReceivableRow], str, str]:
    """Invoices of the actor's own book of which something is owed, newest first, with both cursors (``billing:view``).

    `state` narrows them: ``overdue``, or where the schedule stands; ``written-off`` are those of which something was given up, owed or not.
    Five statements. Raises Forbidden, NotFound.
    """
    if actor.account_kind not in (VENDOR, RESELLER):
        raise NotFound
    actor.require(VIEW)
    today = _today(actor, at)
    rows = Invoice.objects.filter(account_id=actor.account_id, kind=INVOICE)
    given_up = Q(written_off_minor__gt=0)
    rows = rows.filter(given_up if state == WRITTEN_OFF else Q(state__in=(ISSUED, PARTLY_PAID)))
    if actor.reach is not None:
        rows = rows.filter(debtor_id__in=actor.reach)
    if state == OVERDUE:
        rows = rows.filter(due_on__lt=today)
    elif state in STANDS:
        rows = rows.filter(dunning__state=state)
    page, newer, older = newest_first(rows, cursor=cursor, size=size)
    cases = {case.invoice_id: case for case in DunningCase.objects.filter(invoice_id__in=[row.id for row in page])}
    names = parties_told(actor, {row.debtor_id for row in page})
    found = []
    for row in page:
        case = cases.get(row.id)
        debtor = names[row.debtor_id]
        days = (today - row.due_on).days if row.due_on is not None else 0
        found.append(
            ReceivableRow(
                row.ref, row.number_shown, debtor.ref, debtor.name, row.currency, row.open_minor, row.due_on, max(days, 0),
                _view(case) if case is not None else _begins(row, debtor.timezone, at), row.written_off_minor,
            )
        )  # fmt: skip
    return found, newer, older


def holding_up(actor: Actor, *, at: datetime) -> OwnDebt | None:
    """The oldest unpaid invoice because of which the actor's own account is held up; None where none is.

    Whoever may look at invoices is told which and how much; others only that there is one. Not where somebody
    has let it go on by hand since. One statement where there is none.
    """
    case = (
        DunningCase.objects.filter(debtor_id=actor.account_id, holds=True)
        .exclude(state=SETTLED)
        .select_related("invoice")
        .order_by("id")
        .first()
    )
    if case is None:
        return None
    own = Account.objects.get(id=actor.account_id)
    if own.read_only_since is None and not held(own).agreement.phase_at(at).paused:
        return None
    invoice = case.invoice
    if not may_view(actor):
        return OwnDebt("", "", "", invoice.currency, 0, None)
    with past_scope("whom one owes is told with what one owes"):
        # unscoped: as above
        creditor = Account.unscoped.filter(id=invoice.account_id).values_list("name", flat=True).first() or ""
    return OwnDebt(invoice.ref, invoice.number_shown, creditor, invoice.currency, invoice.open_minor, invoice.due_on)


__all__ = [
    "STANDS", "DunningView", "OwnDebt", "ReceivableRow", "dunning_of", "holding_up", "invoice_page", "own_policy", "policy_in_force",
    "receivables", "view_of",
]  # fmt: skip
