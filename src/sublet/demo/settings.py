"""How one reseller's clients are set up: a template that some of them follow, its second version, and one that differs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sublet.accounts.queries import Selection
from sublet.clientsettings import operations
from sublet.clientsettings.operations import Order
from sublet.core.clientsettings import RetailPrice, Value
from sublet.core.lifecycle import ACTIVE
from sublet.demo.clients import Client
from sublet.demo.officehours import OfficeHours
from sublet.foundation.actor import Actor

NAME = "Ristoranti"
SETTINGS: dict[str, Value] = {
    "service.direct_support.enabled": False,
    "service.push_campaigns.managed_by": "reseller",
    "service.push_campaigns.allowance": 2_000,
    "payer.base": "reseller",
    "payer.overage": "client",
    "payer.add_ons": "client",
    "price": RetailPrice(7900, "EUR", "month"),
}


def set_up_some(clients: Sequence[Client], owner: Actor, *, hours: OfficeHours, now: datetime) -> None:
    """Some clients by a template; the newest version is not with all of them yet."""

    def day(ago: float) -> datetime:
        return hours.at(now - timedelta(days=ago))

    old = [each.account for each in clients if each.account.state == ACTIVE and each.account.created_at < day(60)]
    template = operations.make_template(name=NAME, values=SETTINGS, actor=owner, at=day(50))
    chosen = Selection(refs=tuple(account.ref for account in old[:8]))
    operations.change_many(selection=chosen, order=Order(template=template.ref), actor=owner, at=day(49))
    own = {"service.direct_support.enabled": True, "service.push_campaigns.allowance": None}
    operations.set_up(ref=old[1].ref, changes=own, actor=owner, at=day(20))
    dearer = {**SETTINGS, "price": RetailPrice(8900, "EUR", "month")}
    operations.change_template(ref=template.ref, name=NAME, values=dearer, version=1, actor=owner, at=day(6))
    some = Selection(refs=tuple(account.ref for account in old[2:5]))
    operations.change_many(selection=some, order=Order(template=template.ref), actor=owner, at=day(5))
