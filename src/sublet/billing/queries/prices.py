"""The prices in force, as billing asks for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sublet.accounts.models import Account
from sublet.catalog.queries import offer
from sublet.core.pricebook import Book, list_prices


def books_of(accounts: Sequence[Account], *, at: datetime) -> Mapping[int, Book]:
    """The price book of each account."""
    present = offer()
    lists = list_prices(present)
    return {
        each.id: Book(
            account=each.id,
            reseller=each.parent_id if each.kind == Account.Kind.CLIENT else None,
            currency=each.currency,
            list_currency=present.currency,
            zone=each.timezone,
            lists=lists,
        )
        for each in accounts
    }
