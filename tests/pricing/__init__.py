"""Prices under the manifest that has plans, add-ons, overage and managed services."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from sublet.accounts.models import Account
from sublet.core.pricebook import Book
from sublet.core.pricing import Price, total
from sublet.foundation.journal.models import JournalEntry
from sublet.pricing.queries import books_of
from tests import entitlements
from tests.people import AT, World

DAY = timedelta(days=1)
PLAN = "content"  # 45.00 a month, 450.00 a year


def load(world: World, product: str = "app-builder", at: datetime = AT) -> None:
    entitlements.load(world, product, at=at)


def flat(amount: int | str, interval: str = "month", currency: str = "EUR") -> Price:
    return Price("flat", interval, currency, Decimal(amount))


def once(amount: int, currency: str = "EUR") -> Price:
    return Price("once", "once", currency, Decimal(amount))


def book(account: Account, at: datetime = AT) -> Book:
    return books_of([account.id], at=at)[account.id]


def asked(
    account: Account, kind: str, key: str, *, version: int = 1, interval: str = "month", at: datetime = AT
) -> tuple[str, str, int] | None:
    """Where the retail price comes from, of whom it is said, and how much it is."""
    found = book(account, at).retail(kind, key, version, interval, at)
    return None if found is None else (found.source, found.whom, total(found.price, 1))


def events(account: Account) -> list[str]:
    rows = JournalEntry.unscoped.filter(account_id=account.id).exclude(event="manifest.loaded").order_by("id")
    return list(rows.values_list("event", flat=True))
