"""The money home: what lies open, what is owed, when it is reckoned next, and what the month will come to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Q, QuerySet, Sum

from sublet.accounts.models import Account
from sublet.billing.models import (
    BankLine,
    BillingRun,
    BillingTerms,
    Dispute,
    GatewayAccount,
    Invoice,
    Issuer,
    LedgerEntry,
    Payment,
    Refund,
)
from sublet.billing.models.books import RETAIL, WHOLESALE
from sublet.billing.models.invoices import DRAFT, INVOICE, ISSUED, PARTLY_PAID
from sublet.billing.models.ledger import CHARGE
from sublet.billing.models.terms import BY_VENDOR, NOBODY
from sublet.billing.queries.figures import Figures, figures
from sublet.core.margin import wholesale_of
from sublet.core.payments import PARKED
from sublet.core.periods import start_of_day
from sublet.core.proration import CALENDAR, MONTH, period_of
from sublet.core.rights import RESELLER, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.invariants.checks import standings
from sublet.foundation.scope import platform_scope
from sublet.pricing.queries.books import agreed_with
from sublet.pricing.queries.unpriced import accounts_unpriced

VIEW = "billing:view"
#: What is still asked for of an issued invoice, as the database reckons it: of what was given up nothing.
OPEN: Final = F("gross_minor") + F("rounding_minor") - F("paid_minor") - F("credited_minor") - F("written_off_minor")


@dataclass(frozen=True, slots=True)
class Total:
    """So many documents, and what they come to in minor units of one currency."""

    currency: str
    number: int
    minor: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """What this month comes to: `charged` up to now, and with what came last month from this day on (`minor`)."""

    currency: str
    charged: int
    minor: int


@dataclass(frozen=True, slots=True)
class Aging:
    """What is open in one currency, by how long it has been due: not yet, up to 30, 60, 90 days, longer; minor units."""

    currency: str
    parts: tuple[int, int, int, int, int]

    @property
    def minor(self) -> int:
        """All of it."""
        return sum(self.parts)


@dataclass(frozen=True, slots=True)
class Attention:
    """So many things that wait for a person. `what`: ``parked_payments``, ``parked_refunds``, ``disputes``, ``bank``,
    ``gateway`` (the key fails), ``faults`` (accounts that the last run could not reckon), ``unpriced`` (accounts whose plan has
    no list price in the currency that is charged for them), ``checks`` (of the nightly ones about money, those that found something).
    """

    what: str
    number: int


@dataclass(frozen=True, slots=True)
class Overview:
    """Of the actor's own book; `written_off` was given up, and is in no other sum; `owed` and `to_pay` are the other side of it, of a
    reseller with the vendor."""

    drafts: Sequence[Total]
    receivable: Sequence[Total]
    overdue: Sequence[Total]
    written_off: Sequence[Total]
    to_pay: Sequence[Total]
    estimate: Sequence[Estimate]
    owed: Sequence[Estimate]
    next_run: datetime
    month_ends: datetime
    has_issuer: bool
    collects: bool  # whether it bills anybody here
    figures: Figures
    aging: Sequence[Aging]
    attention: Sequence[Attention]


def overview(actor: Actor, *, at: datetime) -> Overview:
    """The figures of the money home. Thirty statements at most. Raises Forbidden."""
    actor.require(VIEW)
    zone = Account.objects.values_list("timezone", flat=True).get(id=actor.account_id)
    mine = Invoice.objects.filter(account_id=actor.account_id, kind=INVOICE)
    if actor.reach is not None:
        mine = mine.filter(debtor_id__in=actor.reach)
    today = at.astimezone(ZoneInfo(zone)).date()
    open_ones = mine.filter(state__in=(ISSUED, PARTLY_PAID))
    is_reseller = actor.account_kind == RESELLER
    owed_ones = Invoice.objects.filter(debtor_id=actor.account_id, book=WHOLESALE, kind=INVOICE)
    own = LedgerEntry.objects.filter(account_id=actor.account_id, book=RETAIL if is_reseller else WHOLESALE)
    if actor.reach is not None:
        own = own.filter(debtor_id__in=actor.reach)
    month = period_of(CALENDAR, MONTH, today, today)
    reckoned = min(at, _reckoned_until(at))
    return Overview(
        drafts=_sums(mine.filter(state=DRAFT)),
        receivable=_sums(open_ones),
        overdue=_sums(open_ones.filter(due_on__lt=today)),
        written_off=_sums(mine.filter(written_off_minor__gt=0), F("written_off_minor")),
        to_pay=_sums(owed_ones.filter(state__in=(ISSUED, PARTLY_PAID))) if is_reseller and actor.reach is None else (),
        estimate=_estimate(own, zone, at, reckoned, discounted=not is_reseller),
        owed=_estimate(LedgerEntry.objects.filter(debtor_id=actor.account_id, book=WHOLESALE), zone, at, reckoned)
        if is_reseller and actor.reach is None  # who looks after some clients does not see what all of them cost
        else (),
        next_run=at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1),
        month_ends=start_of_day(month.next, zone),
        has_issuer=Issuer.objects.filter(account_id=actor.account_id).exists(),
        collects=not is_reseller
        or BillingTerms.objects.filter(account_id=actor.account_id, dropped_at__isnull=True)
        .exclude(collected_by=NOBODY)
        .exists(),
        figures=figures(actor, at=at),
        aging=_aging(open_ones, today),
        attention=_attention(actor, at),
    )


def _aging(rows: QuerySet[Invoice], today: date) -> tuple[Aging, ...]:
    """One statement."""
    left = OPEN
    bounds = [today, *(today - timedelta(days=days) for days in (30, 60, 90))]
    spans = [Q(due_on__gte=bounds[0]) | Q(due_on__isnull=True)]
    spans += [Q(due_on__lt=later, due_on__gte=earlier) for later, earlier in pairwise(bounds)]
    spans.append(Q(due_on__lt=bounds[-1]))
    sums = {f"part_{number}": Sum(left, filter=span, default=0) for number, span in enumerate(spans)}
    told = rows.order_by().values("currency").annotate(**sums).order_by("currency")
    return tuple(
        Aging(
            row["currency"],
            (int(row["part_0"]), int(row["part_1"]), int(row["part_2"]), int(row["part_3"]), int(row["part_4"])),
        )
        for row in told
    )


def _attention(actor: Actor, at: datetime) -> tuple[Attention, ...]:
    """What waits for somebody, the gravest first. Of whoever reaches only some accounts, what is about these."""
    own: dict[str, object] = {"account_id": actor.account_id}
    # Of what the vendor collects for resellers as well: nobody else can answer its bank.
    mine = Q(**own) | Q(collected_by=BY_VENDOR) if actor.account_kind == VENDOR else Q(**own)
    payments, refunds, disputes = (
        Payment.objects.filter(mine, state=PARKED),
        Refund.objects.filter(mine, state=Refund.State.PARKED),
        Dispute.objects.filter(mine, state="open"),
    )
    if actor.reach is not None:
        payments = payments.filter(payer_id__in=actor.reach)
        refunds = refunds.filter(payment__payer_id__in=actor.reach)
        disputes = disputes.filter(payment__payer_id__in=actor.reach)
    found = [
        Attention("disputes", disputes.count()),
        Attention("parked_payments", payments.count()),
        Attention("parked_refunds", refunds.count()),
    ]
    if actor.reach is None:
        fails = GatewayAccount.objects.filter(**own, state=GatewayAccount.State.FAILS)
        found.append(Attention("gateway", fails.count()))
        found.append(Attention("bank", BankLine.objects.filter(**own, state=BankLine.State.OPEN).count()))
        if actor.account_kind == VENDOR:
            last = BillingRun.objects.filter(**own).order_by("-until").values_list("faults", flat=True).first()
            found.append(Attention("faults", len(last or ())))
            found.append(Attention("unpriced", accounts_unpriced(at=at)))
            found.append(Attention("checks", _broken()))
    return tuple(each for each in found if each.number)


def _broken() -> int:
    """How many of what must be true of money the last look found broken."""
    return sum(1 for each in standings() if each.broken_since is not None and each.name.startswith("billing."))


def _sums(rows: QuerySet[Invoice], minor: Any = OPEN) -> tuple[Total, ...]:
    told = (
        rows.order_by()
        .values("currency")
        .annotate(
            number=Count("id"),
            minor=Sum(minor),
        )
    )
    return tuple(Total(row["currency"], row["number"], row["minor"]) for row in told.order_by("currency"))


def _estimate(
    rows: QuerySet[LedgerEntry], zone: str, at: datetime, reckoned: datetime, *, discounted: bool = False
) -> tuple[Estimate, ...]:
    """By currency: charges of this month up to now, and those of the month before from the same instant on.

    `reckoned`: up to when charges are there; before the month's first run all of the month before is still to come.
    `discounted`: less what was agreed with each that owes.
    """
    today = at.astimezone(ZoneInfo(zone)).date()
    month = period_of(CALENDAR, MONTH, today, today)
    before = period_of(CALENDAR, MONTH, today, month.first - timedelta(days=1))
    begins = start_of_day(month.first, zone)
    seen = max(begins, reckoned)
    day = seen.astimezone(ZoneInfo(zone)).date()
    same_day = min(before.first + (day - month.first), before.next)
    rest = start_of_day(same_day, zone) + (seen - start_of_day(day, zone))
    charged = _by_currency(rows, begins, at, discounted)
    came = _by_currency(rows, min(rest, begins), begins, discounted)
    return tuple(
        Estimate(currency, charged.get(currency, 0), charged.get(currency, 0) + came.get(currency, 0))
        for currency in sorted({*charged, *came})
    )


def _reckoned_until(at: datetime) -> datetime:
    """Up to which instant the newest run has reckoned; `at` where none ever did."""
    with platform_scope("up to when charges were reckoned says nothing of anybody"):
        last = BillingRun.objects.filter(done_at__isnull=False, until__lte=at).order_by("-until")
        return last.values_list("until", flat=True).first() or at


def _by_currency(rows: QuerySet[LedgerEntry], begin: datetime, end: datetime, discounted: bool) -> dict[str, int]:
    told = rows.filter(kind=CHARGE, due_at__gte=begin, due_at__lt=end).order_by()
    if not discounted:
        return {row["currency"]: row["all"] for row in told.values("currency").annotate(all=Sum("minor"))}
    sums = list(told.values_list("debtor_id", "currency").annotate(all=Sum("minor")))
    agreed = agreed_with({debtor for debtor, _currency, _minor in sums}, at=end)
    found: dict[str, int] = {}
    for debtor, currency, minor in sums:
        less = wholesale_of(int(minor), agreed.discount(debtor, end, int(minor)))
        found[currency] = found.get(currency, 0) + less
    return found
