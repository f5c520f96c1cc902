"""Whose account at a processor is behind what an account may see: often the vendor's, which is not the account's to see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sublet.accounts.models import Account
from sublet.billing.models.payments import GatewayAccount, Payment, PaymentLink, PaymentMethod
from sublet.billing.models.terms import BY_VENDOR
from sublet.billing.queries.terms import terms_of
from sublet.core.rights import VENDOR
from sublet.foundation.unscoped import past_scope


def gateway_behind(row: Payment | PaymentMethod) -> GatewayAccount:
    """The account at a processor by which a payment goes, or at which a way of paying is kept; for no eyes of the actor."""
    with past_scope("by whom it is collected, of a payment or a way of paying that the actor may see"):
        # unscoped: as above
        return GatewayAccount.unscoped.get(id=row.gateway_id)


@dataclass(frozen=True, slots=True)
class Collector:
    """By which account at a processor somebody is collected from, if there is one; `by_vendor`: on behalf of whoever it owes to."""

    by_vendor: bool
    gateway: GatewayAccount | None

    @property
    def works(self) -> bool:
        """Whether a way of paying can be entered there."""
        return self.gateway is not None and self.gateway.state == GatewayAccount.State.WORKS


def collectors_of(owner_id: int, payer_ids: Iterable[int], *, at: datetime) -> Mapping[int, Collector]:
    """Where each of those that owe to `owner_id` is collected from now: by its own account at a processor, or by the vendor's where
    the vendor collects on its behalf. Three statements at most."""
    ids = list(payer_ids)
    # unscoped: the vendor is the root
    vendor = Account.unscoped.filter(kind=VENDOR).values_list("id", flat=True).first() or 0
    by_vendor: set[int] = set()
    if owner_id != vendor and ids:
        said = terms_of({(owner_id, payer) for payer in ids}, vendor=vendor, at=at)
        by_vendor = {payer for (_owner, payer), terms in said.items() if terms.collected_by == BY_VENDOR}
    # unscoped: the vendor's is not the reseller's to see, and is needed where it collects
    rows = GatewayAccount.unscoped.filter(account_id__in={owner_id, vendor}, removed_at__isnull=True)
    there = {row.account_id: row for row in rows}
    return {
        payer: Collector(payer in by_vendor, there.get(vendor if payer in by_vendor else owner_id)) for payer in ids
    }


def leads_to_creditor(link: PaymentLink, *, at: datetime) -> bool:
    """Whether what is entered by a link goes to where whoever the account pays now collects: it may have moved since, or another may
    collect. In a platform scope.

    What is paid goes to whom it was owed, as the page says, by whoever collects it for that one.
    """
    account = link.account
    if link.is_to_pay or account.parent_id is None:
        return True
    if account.placed_at is not None and account.placed_at > link.made_at:
        return False
    gateway = collectors_of(account.parent_id, [account.id], at=at)[account.id].gateway
    return gateway is not None and gateway.id == link.gateway_id
