"""By which cards accounts pay, for those who must know it without knowing any card."""

from __future__ import annotations

from collections.abc import Iterable

from sublet.accounts.models import Account
from sublet.billing.models.payments import GatewayAccount, PaymentMethod
from sublet.billing.models.terms import BY_VENDOR
from sublet.core.rights import VENDOR

#: Who claims, who collects it, who owes.
Owing = tuple[int, str, int]


def cards_of(account_id: int) -> list[str]:
    """The keyed digests of all cards that the account has ever entered, also of those that it removed."""
    # unscoped: the caller holds the account
    rows = PaymentMethod.unscoped.filter(account_id=account_id).exclude(digest="")
    return list(rows.values_list("digest", flat=True))


def charged_of(owing: Iterable[Owing]) -> set[Owing]:
    """Those of whom a way of paying is charged by whoever collects. Three statements at most, one where nobody collects by any."""
    wanted = set(owing)
    collectors = {owner for owner, _by, _debtor in wanted}
    # unscoped: whoever calls holds the claims; by whom they are collected is for no eyes
    vendor = Account.unscoped.filter(kind=VENDOR).values_list("id", flat=True).first() or 0
    works = GatewayAccount.unscoped.filter(
        removed_at__isnull=True, state=GatewayAccount.State.WORKS
    )  # unscoped: as above
    gateways = dict(works.filter(account_id__in={*collectors, vendor}).values_list("account_id", "id"))
    if not gateways:
        return set()
    debtors = {debtor for _owner, _by, debtor in wanted}
    # unscoped: as above
    rows = PaymentMethod.unscoped.filter(
        account_id__in=debtors, gateway_id__in=gateways.values(), removed_at__isnull=True
    )
    held = set(rows.values_list("account_id", "gateway_id"))
    return {one for one in wanted if (one[2], gateways.get(vendor if one[1] == BY_VENDOR else one[0])) in held}
