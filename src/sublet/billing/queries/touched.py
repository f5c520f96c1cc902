"""Which invoices have charged what was used in a period: what a correction of usage touches, and whether it is reckoned at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sublet.accounts.models import Account
from sublet.billing.models import BillingRun, InvoiceLine, LedgerEntry
from sublet.billing.models.invoices import DRAFT
from sublet.billing.queries.priced import told_since
from sublet.billing.queries.used import OVERLAP
from sublet.catalog.queries import offer
from sublet.core.charging import used_in
from sublet.core.offer import MeterItem
from sublet.core.periods import Period
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.metering.queries import line_of


@dataclass(frozen=True, slots=True)
class Touched:
    """What was charged for a period of a meter.

    `invoices`: reference and number of those that the actor's account has issued, the newest first. `charged`: whether it is charged
    at all by now. `closed`: whether it (of what stands: a part of it) is so old that no billing run reckons it again: a difference comes on
    no invoice.
    """

    invoices: Sequence[tuple[str, str]]
    charged: bool
    closed: bool


def usage_charged(account_id: int, *, item: MeterItem, period: Period, moment: datetime, actor: Actor) -> Touched:
    """What the actor's account has charged for what another one used of a meter in the period in which `moment` lies; of what
    stands, for every period that was not over by then. Three statements at most.

    That the actor may look at that account is the caller's to know, and whom to tell of the invoices.
    """
    charges = LedgerEntry.objects.filter(account_id=actor.account_id, client_id=account_id, total__isnull=False)
    if period.start is None or period.end is None:
        charges, key = charges.filter(end__gt=moment), ""
    else:
        # A charge is for whole days of the account: it may begin a little earlier.
        charges, key = charges.filter(start__gte=period.start - timedelta(days=2), start__lt=period.end), period.key
    rows = charges.values_list("id", "key", "end")
    found = {number: end for number, named, end in rows if _is_of(named, item.meter.key, key)}
    if not found:
        # What cost nothing so far can cost something with another total, as long as a run looks at it.
        closed = period.start is not None and _is_closed(account_id, item, period.start, actor)
        return Touched((), charged=False, closed=closed)
    lines = InvoiceLine.objects.filter(entry_id__in=list(found)).exclude(invoice__state=DRAFT).select_related("invoice")
    issued = {line.invoice.id: (line.invoice.ref, line.invoice.number_shown) for line in lines}
    # What stands is reckoned as long as the end of its period is not far back, however long ago that began.
    last = period.start or min((end for end in found.values() if end is not None), default=None)
    return Touched(
        tuple(issued[number] for number in sorted(issued, reverse=True)),
        charged=True,
        closed=last is not None and _is_closed(account_id, item, last, actor),
    )


def usage_charged_at(actor: Actor, ref: str, meter: str, moment: datetime) -> Touched:
    """The same by the reference of an account below the actor's. Raises NotFound."""
    account, item = Account.objects.filter(ref=ref).first(), offer().meters.get(meter)
    if account is None or item is None or not actor.reaches(account.id):
        raise NotFound
    period = line_of(account.id).period(item.meter.period, moment)
    return usage_charged(account.id, item=item, period=period, moment=moment, actor=actor)


def _is_of(key: str, meter: str, period: str) -> bool:
    """Whether a charge, or an adjustment of one, is for that meter (also as that of a service, plan or add-on) and period, if one is
    named."""
    used = used_in(key)
    return used is not None and used[0] == meter and period in ("", used[1])


def _is_closed(account_id: int, item: MeterItem, moment: datetime, actor: Actor) -> bool:
    """Whether the next billing run looks at no period of the account that begins then; of what stands, that ends then."""
    last = BillingRun.objects.filter(account_id=actor.account_id, done_at__isnull=False).order_by("-until").first()
    if last is None:
        return False
    behind = next((since for number, _why, since in last.faults if number == account_id), None)
    since = last.until - OVERLAP if behind is None else datetime.fromisoformat(behind)
    return moment < told_since(item, since)
