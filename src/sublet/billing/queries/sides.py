"""Charges as each book has them: whose claim, who owes, after promotions, and whether an invoice of ours asks for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from sublet.accounts.models import Account
from sublet.billing.models import LedgerEntry
from sublet.billing.models.books import RETAIL, WHOLESALE
from sublet.billing.models.ledger import CHARGE
from sublet.billing.queries.facts import Reckoned
from sublet.billing.queries.successions import heirs_of_all
from sublet.billing.queries.terms import Dated, Pair, is_billed, payers_of, terms_over
from sublet.core.charging import (
    ADD_ON_USE,
    ADD_ONS,
    ADJUSTMENT,
    BASE,
    ONE_OFF,
    OVERAGE,
    PLAN_USE,
    SERVICE,
    SERVICE_USE,
    SHORTFALL,
    USES,
    Charge,
)
from sublet.core.clientsettings import RESELLER_PAYS
from sublet.core.money import rounded
from sublet.core.pricebook import ADD_ON, EXTRA, LIST_SIDE, PLAN, RETAIL_SIDE, lowered
from sublet.core.pricebook import OVERAGE as OVERAGE_PRICE
from sublet.core.pricebook import SERVICE as SERVICE_PRICE
from sublet.core.pricing import Priced
from sublet.core.rights import CLIENT

#: What a promotion is about, by the kind of a charge.
_PRICED_AS: Final = {
    BASE: PLAN, ADD_ONS: ADD_ON, OVERAGE: OVERAGE_PRICE, ONE_OFF: EXTRA, SERVICE: SERVICE_PRICE, SERVICE_USE: SERVICE_PRICE,
    PLAN_USE: PLAN, ADD_ON_USE: ADD_ON,
}  # fmt: skip
#: What is of the place where an account stood when it became due. The rest is agreed with whoever stands above it now.
_OF_ITS_PLACE: Final = (BASE, ADD_ONS, ONE_OFF, ADJUSTMENT, *USES)
#: So many keys are asked for by name: databases bound the length of a question.
MOST_KEYS: Final = 5000
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
    """The books in which that charge of the account is: the vendor's own clients owe nothing at wholesale.

    Of what was due before the account came where it stands, its reseller of now has no claim: the retail was posted before it
    moved, or, of use, is claimed by whoever stood above it then. What is given back of that may be in both: the ledger says so.
    """
    if charged_elsewhere(account, charge):
        return [WHOLESALE, RETAIL]
    if stood_elsewhere(account, charge):
        whose = [WHOLESALE] if charge.list_minor else []
        return [*whose, RETAIL] if _claimed_below(account, charge) and charge.retail_minor else whose
    of_client = account.kind == CLIENT
    wanted = []
    if charge.list_minor and not (of_client and (account.parent_id or vendor) == vendor):
        wanted.append(WHOLESALE)
    if charge.retail_minor and of_client:
        wanted.append(RETAIL)
    return wanted


def stood_elsewhere(account: Account, charge: Charge) -> bool:
    """Whether it became due while the account stood in another place. An extra of the reseller's own is of its reseller."""
    if account.placed_at is None or charge.due >= account.placed_at or charge.kind not in _OF_ITS_PLACE:
        return False
    return charge.kind != ONE_OFF or charge.list_minor is not None


def charged_elsewhere(account: Account, charge: Charge) -> bool:
    """Whether it gives something back of what was charged while the account stood in another place: whoever asked for that gives it
    back, to whoever owed it, and nobody else has seen any of that money.
    """
    return bool(charge.credits) and account.placed_at is not None and charge.priced_at < account.placed_at


def _claimed_below(account: Account, charge: Charge) -> bool:
    """Whether somebody stood above the account then who claims it at retail, and not the account alone."""
    return charge.claimed_by not in (0, account.id)


#: Account → when something was due, and who owed it at wholesale, in the order of becoming due.
Owed = dict[int, list[tuple[datetime, int]]]


def _owed_before(accounts: Iterable[Account]) -> Owed:
    """Of accounts that have moved who owed for them before: one statement."""
    placed = {account.id: account.placed_at for account in accounts if account.placed_at is not None}
    if not placed:
        return {}
    found: Owed = {}
    rows = LedgerEntry.objects.filter(
        client_id__in=placed, book=WHOLESALE, kind=CHARGE, due_at__lt=max(placed.values())
    )
    for client, debtor, due, at in rows.order_by("due_at", "id").values_list("client_id", "debtor_id", "due_at", "at"):
        if due < placed[client] and at <= placed[client]:
            found.setdefault(client, []).append((due, debtor))
    return found


def _who_owed(owed: Sequence[tuple[datetime, int]], due: datetime, otherwise: int) -> int:
    """Who owed what was due last by then, or else first of all."""
    held = [debtor for when, debtor in owed if when <= due]
    return held[-1] if held else owed[0][1] if owed else otherwise


@dataclass(frozen=True, slots=True)
class _Charged:
    """A charge as it stands in the ledger, of which something is given back. `owner` claimed it, `debtor` owed it; `billed`: an invoice
    asked for it.
    """

    minor: int
    days: int
    currency: str
    parts: list[list[Any]]
    owner: int
    billed: bool
    debtor: int

    @property
    def units(self) -> dict[str, str]:
        """Of each line by which it was reckoned the price of one."""
        return {part[0]: part[2] for part in self.parts if not part[0].startswith("promotion:")}

    def given_back(self, days: int) -> int:
        """What so many of its days came to, as a negative number; of less than all of them without what is never given back."""
        flat = sum(part[3] for part in self.parts) if days < self.days else 0
        return -rounded(Fraction((self.minor - flat) * days, self.days or 1))


def _charged_before(due: Iterable[Due]) -> dict[tuple[int, str, str], _Charged]:
    """(account, book, key) → what was charged, of which these charges give something back: one statement, none without any."""
    wanted = {
        (account.id, key)
        for account, _reckoned, charge, _books in due
        for key in (charge.credits, charge.credited_on_retail)
        if key
    }
    if not wanted:
        return {}
    clients, keys = {client for client, _key in wanted}, {key for _client, key in wanted}
    rows = LedgerEntry.objects.filter(client_id__in=clients, kind=CHARGE)
    if len(keys) <= MOST_KEYS:
        rows = rows.filter(key__in=keys)
    columns = ("client_id", "book", "key", "minor", "days", "currency", "parts", "account_id", "billed", "debtor_id")
    return {tuple(row[:3]): _Charged(*row[3:]) for row in rows.values_list(*columns)}


def sides_of(due: Sequence[Due], vendor: int) -> list[Side]:
    """Those charges as each of those books has them, in a scope that holds both.

    What is given back is of what was charged: where the price of then cannot be found any more – it was that of a group in which the
    client is no longer – it goes by what stands in the ledger.
    """
    if not due:
        return []
    clients = {account.id: account for account, _reckoned, _charge, _books in due if account.kind == CLIENT}
    pairs: set[Pair] = {(client.parent_id or vendor, client.id) for client in clients.values()}
    of_before = {
        (charge.claimed_by, account.id) for account, _reckoned, charge, _books in due if _claimed_below(account, charge)
    }
    heirs = heirs_of_all() if of_before else {}
    # Who paid is what was said then; whether somebody here asks for it is up to whoever would.
    pairs |= of_before | {(heirs[claims], client) for claims, client in of_before if claims in heirs}
    payers = payers_of({client for _reseller, client in pairs}) if pairs else {}
    found: list[Side] = []
    newest = max(charge.due for _account, _reckoned, charge, _books in due)
    terms = terms_over(pairs, vendor=vendor, until=newest) if pairs else {}
    charged = _charged_before(due)
    owed = _owed_before({each[0].id: each[0] for each in due if stood_elsewhere(each[0], each[2])}.values())
    for account, reckoned, charge, books in due:
        total = reckoned.totals.get(charge.key.removeprefix("adjustment:").rpartition(":")[0], None)
        total = reckoned.totals.get(charge.key, total)
        above = account.parent_id or vendor
        if charged_elsewhere(account, charge):
            continue  # below: what it gives back of may be among these
        if WHOLESALE in books:
            debtor = above if account.kind == CLIENT else account.id
            if charge.claimed_by:
                debtor = charge.claimed_by
            elif stood_elsewhere(account, charge):
                debtor = _who_owed(owed.get(account.id, ()), charge.due, debtor)
            found.append(_side(vendor, WHOLESALE, account, debtor, reckoned, charge, True, total, charged))
        if RETAIL in books:
            claims = charge.claimed_by or above
            payer = payers.get((claims, account.id, charge.paid_as), Dated()).at(charge.due, RESELLER_PAYS)
            # By what held then, as who pays: a run may find what became due long before. Who came after says how it is done now.
            said = newest if claims in heirs else charge.due
            billed = is_billed(terms[heirs.get(claims, claims), account.id].at(said), payer)
            paid = charged.get((account.id, RETAIL, charge.credited_on_retail))
            if paid is not None and paid.owner == claims:
                # Back to whoever paid: another payer since would get what it never paid, and who did would lose it.
                billed = paid.billed
            found.append(_side(claims, RETAIL, account, account.id, reckoned, charge, billed, total, charged))
    late = [(account, charge, books) for account, _reckoned, charge, books in due if charged_elsewhere(account, charge)]
    if late:
        known = {
            (side.client, side.book, side.charge.key): _Charged(
                side.minor, side.charge.days, side.currency, side.parts, side.owner, side.billed, side.debtor
            )
            for side in found
        } | charged
        for account, charge, books in late:
            found += _as_charged(account, charge, books, known)
    return [side for side in found if side.minor]


def _as_charged(
    account: Account,
    charge: Charge,
    books: Sequence[str],
    charged: Mapping[tuple[int, str, str], _Charged],
) -> list[Side]:
    """What is given back of a charge of before a move, in each book in which that stands: between the same two, by what it came to."""
    found = []
    for book in books:
        wholesale = book == WHOLESALE
        before = charged.get((account.id, book, charge.credits if wholesale else charge.credited_on_retail))
        if before is None:
            continue
        minor = before.given_back(charge.days)
        quantity = charge.quantity if wholesale else charge.quantity_on_retail
        parts = [_part(Priced("amount", quantity, Decimal(0), 0, minor))]
        found.append(
            Side(
                before.owner,
                book,
                account.id,
                before.debtor,
                charge,
                minor,
                before.currency,
                parts,
                before.billed,
                None,
            )
        )
    return found


def _side(
    owner: int,
    book: str,
    account: Account,
    debtor: int,
    reckoned: Reckoned,
    charge: Charge,
    billed: bool,
    total: int | None,
    charged: Mapping[tuple[int, str, str], _Charged],
) -> Side:
    wholesale = book == WHOLESALE
    minor = (charge.list_minor if wholesale else charge.retail_minor) or 0
    parts = [_part(one) for one in (charge.list_parts if wholesale else charge.retail_parts)]
    # What became known late is lowered as what it adjusts.
    about = charge.key.split(":")[1] if charge.kind == ADJUSTMENT else charge.kind
    kind, whose = _PRICED_AS.get(about, about), LIST_SIDE if wholesale else RETAIL_SIDE
    priced_at = charge.priced_at if wholesale else charge.priced_on_retail
    # Whoever claims it owes it, too: both sides go by what that one was promised.
    promotion = reckoned.book_of(charge).promotion(kind, charge.of or charge.item, priced_at, whose)
    if promotion is not None and charge.kind != SHORTFALL:  # a sum that was promised has no price that could be lowered
        less = lowered(minor, promotion.percent)
        parts.append([f"promotion:{promotion.code}", "1", str(-promotion.percent), 0, less - minor])
        minor = less
    currency = charge.currency if wholesale else charge.retail_currency
    before = charged.get((account.id, book, charge.credits if wholesale else charge.credited_on_retail))
    if before is not None and (before.currency != currency or _differ(before.units, parts)):
        minor, currency = before.given_back(charge.days), before.currency
        parts = [
            _part(Priced("amount", charge.quantity if wholesale else charge.quantity_on_retail, Decimal(0), 0, minor))
        ]
    return Side(owner, book, account.id, debtor, charge, minor, currency, parts, billed, total)


def _differ(units: Mapping[str, str], parts: Iterable[Sequence[Any]]) -> bool:
    """Whether something is given back at another price than it was charged at."""
    there = [part for part in parts if not part[0].startswith("promotion:")]
    return any(Decimal(units.get(part[0], "NaN")) != Decimal(part[2]) for part in there)


def _part(one: Priced) -> list[Any]:
    return [one.key, str(one.quantity), str(one.unit), one.flat, one.minor]
