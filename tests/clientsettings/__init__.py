"""Clients to be set up, under the manifest that has managed services."""

from __future__ import annotations

from datetime import datetime

from sublet.accounts.models import Account
from sublet.clientsettings.queries import Setup, settings_of
from sublet.core.clientsettings import RetailPrice, Value
from sublet.foundation.journal.models import JournalEntry
from tests import entitlements
from tests.people import AT, World

PRICE = RetailPrice(4900, "EUR", "month")
#: What makes settings complete.
DECIDED: dict[str, Value] = {
    "payer.base": "reseller",
    "payer.overage": "client",
    "payer.add_ons": "client",
    "price": PRICE,
}


def load(world: World, at: datetime = AT) -> None:
    entitlements.load(world, "marketing-automation", at=at)


def setup(world: World, account: Account, person: str = "rosa", at: datetime = AT) -> Setup:
    with world.scope(person) as actor:
        return settings_of(actor, account.ref, at=at).setup


def value(world: World, account: Account, key: str, at: datetime = AT) -> Value:
    return setup(world, account, at=at).values[key]


def complete(account: Account) -> bool:
    return bool(Account.unscoped.values_list("settings_complete", flat=True).get(id=account.id))


def events(account: Account) -> list[str]:
    """What happened to an account since the manifest came, oldest first."""
    rows = JournalEntry.unscoped.filter(account_id=account.id).exclude(event="manifest.loaded").order_by("id")
    return list(rows.values_list("event", flat=True))
