"""Charges as each book has them: whose claim, who owes, after promotions, and whether an invoice of ours asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sublet.accounts.models import Account
from sublet.billing.models.books import RETAIL, WHOLESALE
from sublet.billing.queries.facts import Reckoned
from sublet.billing.queries.terms import Dated, Pair, is_billed, payers_of, terms_of
from sublet.core.charging import ADD_ONS, BASE, ONE_OFF, OVERAGE, SERVICE, SHORTFALL, Charge
from sublet.core.clientsettings import RESELLER_PAYS
from sublet.core.pricebook import ADD_ON, EXTRA, LIST_SIDE, PLAN, RETAIL_SIDE, lowered
from sublet.core.pricebook import OVERAGE as OVERAGE_PRICE
from sublet.core.pricebook import SERVICE as SERVICE_PRICE
from sublet.core.pricing import Priced
from sublet.core.rights import CLIENT

#: What a promotion is about, by the kind of a charge.
_PRICED_AS: Final = {BASE: PLAN, ADD_ONS: ADD_ON, OVERAGE: OVERAGE_PRICE, ONE_OFF: EXTRA, SERVICE: SERVICE_PRICE}
#: A charge, and the books in which it is.
Due = tuple[Account, Reckoned, Charge, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Side:
    """One charge in one book."""

    owner: int
    book: str
    client: int
    debtor: int
    charge: Charge
    minor: int
    currency: str
    parts: list[list[Any]]
    billed: bool
    total: int | None


def books_with(account: Account, charge: Charge, vendor: int) -> list[str]:
    """The books in which that charge of the account is: the vendor's own clients owe nothing at wholesale."""
    of_client = account.kind == CLIENT
    wanted = []
    if charge.list_minor and not (of_client and (account.parent_id or vendor) == vendor):
        wanted.append(WHOLESALE)
    if charge.retail_minor and of_client:
        wanted.append(RETAIL)
    return wanted


def sides_of(due: Sequence[Due], vendor: int) -> list[Side]:
    """Those charges as each of those books has them, in a scope that holds both."""
    if not due:
        return []
    clients = {account.id: account for account, _reckoned, _charge, _books in due if account.kind == CLIENT}
    pairs: set[Pair] = {(client.parent_id or vendor, client.id) for client in clients.values()}
    payers = payers_of(clients) if clients else {}
    found: list[Side] = []
    moments = {charge.due for _account, _reckoned, charge, _books in due}
    terms = terms_of(pairs, vendor=vendor, at=max(moments)) if pairs else {}
    for account, reckoned, charge, books in due:
        total = reckoned.totals.get(charge.key.removeprefix("adjustment:").rpartition(":")[0], None)
        total = reckoned.totals.get(charge.key, total)
        above = account.parent_id or vendor
        if WHOLESALE in books:
            debtor = above if account.kind == CLIENT else account.id
            found.append(_side(vendor, WHOLESALE, account, debtor, reckoned, charge, True, total))
        if RETAIL in books:
            payer = payers.get((above, account.id, charge.paid_as), Dated()).at(charge.due, RESELLER_PAYS)
            billed = is_billed(terms[above, account.id], payer)
            found.append(_side(above, RETAIL, account, account.id, reckoned, charge, billed, total))
    return [side for side in found if side.minor]


def _side(
    owner: int,
    book: str,
    account: Account,
    debtor: int,
    reckoned: Reckoned,
    charge: Charge,
    billed: bool,
    total: int | None,
) -> Side:
    wholesale = book == WHOLESALE
    minor = (charge.list_minor if wholesale else charge.retail_minor) or 0
    parts = [_part(one) for one in (charge.list_parts if wholesale else charge.retail_parts)]
    kind, whose = _PRICED_AS.get(charge.kind, charge.kind), LIST_SIDE if wholesale else RETAIL_SIDE
    promotion = reckoned.book.promotion(kind, charge.item, charge.priced_at, whose)
    if promotion is not None and charge.kind != SHORTFALL:  # a sum that was promised has no price that could be lowered
        less = lowered(minor, promotion.percent)
        parts.append([f"promotion:{promotion.code}", "1", str(-promotion.percent), 0, less - minor])
        minor = less
    currency = charge.currency if wholesale else charge.retail_currency
    return Side(owner, book, account.id, debtor, charge, minor, currency, parts, billed, total)


def _part(one: Priced) -> list[Any]:
    return [one.key, str(one.quantity), str(one.unit), one.flat, one.minor]
