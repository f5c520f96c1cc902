"""The price book of many accounts, in a constant number of statements: through it alone is anything charged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from django.db.models import F, Model, Q, QuerySet

from sublet.accounts.models import Account, AccountTag
from sublet.catalog.queries import offer
from sublet.clientsettings.queries import prices_over_time
from sublet.core.clientsettings import RetailPrice
from sublet.core.contracts import Contract
from sublet.core.currencies import Dated, Rate, exchange, rate_at
from sublet.core.money import rounded
from sublet.core.offer import Offer
from sublet.core.pricebook import (
    CLIENT,
    GROUP,
    LIST_SIDE,
    NO_DISCOUNT,
    PLAN,
    RETAIL_SIDE,
    Book,
    ListPrices,
    MarkUp,
    Promotion,
    Rule,
    Sold,
    Tier,
    WholesaleTerms,
    price_from_json,
    terms_at,
)
from sublet.core.pricelists import list_currency_of, list_prices
from sublet.core.pricerules import NO_RULES, Rules
from sublet.core.pricing import FLAT, Price
from sublet.core.rights import CLIENT as CLIENT_KIND
from sublet.core.rights import RESELLER
from sublet.core.usualdiscount import UsualSince, as_usual
from sublet.pricing.models import (
    AgreedContract,
    CurrencyRate,
    ExtraSold,
    ListPromotionTaken,
    PromotionTaken,
    RetailMarkUp,
    RetailPriceSet,
    WholesaleAgreed,
)

M = TypeVar("M", bound=Model)
R = TypeVar("R")
_lists: tuple[Offer, ListPrices] | None = None


def lists_in_force() -> ListPrices:
    """The list prices of the offer; laid out once for each manifest."""
    global _lists
    present = offer()
    known = _lists
    if known is None or known[0] is not present:
        known = (present, list_prices(present))
        _lists = known
    return known[1]


def books_of(account_ids: Iterable[int], *, at: datetime) -> Mapping[int, Book]:
    """Of each account its book with all dated words that were known at `at`, those for later and for long ago too.

    So a computation for that instant can be done again later. A constant number of statements (eleven), however many accounts.
    For callers that hold the accounts by a scope: what is in a book is for whoever owns the prices, never for the other side.
    Accounts that are not there are left out.
    """
    ids = list(account_ids)
    # unscoped: the caller holds them by a scope; what its reseller says about prices stands in rows of the reseller
    rows = Account.unscoped.filter(id__in=ids)
    accounts = list(rows.annotate(above=F("parent__currency"), above_before=F("parent__currencies_before")))
    givers = {each.id: each.parent_id for each in accounts if each.kind == CLIENT_KIND and each.parent_id is not None}
    return _books(accounts, givers, {each.id: (each.above, each.above_before or ()) for each in accounts}, at)


def books_below(places: Mapping[int, tuple[int, Sequence[str]]], *, at: datetime) -> Mapping[int, Book]:
    """Of each account its book as it is below another reseller, in these groups of it: for what is of a time before it moved.

    `places`: account → (reseller, groups); who stood alone has its own number for a reseller. Twelve statements, for callers as
    `books_of` has them.
    """
    # unscoped: as in `books_of`
    accounts = list(Account.unscoped.filter(id__in=list(places)))
    givers = {account_id: reseller for account_id, (reseller, _groups) in places.items() if reseller != account_id}
    rows = Account.unscoped.filter(id__in=set(givers.values()))
    currencies = {one: told for one, *told in rows.values_list("id", "currency", "currencies_before")}
    above = {account_id: tuple(currencies[reseller]) for account_id, reseller in givers.items()}
    return _books(accounts, givers, above, at, {account_id: groups for account_id, (_above, groups) in places.items()})


def book_for_everybody(reseller: Account, *, at: datetime) -> Book:
    """The reseller's prices as they are for a client about whom nothing is said, in the reseller's own currency."""
    lists, present = lists_in_force(), offer()
    rules, mark_ups = _rules({reseller.id}, (), at), _mark_ups({reseller.id}, (), at)
    return Book(
        account=0,
        reseller=reseller.id,
        currency=reseller.currency,
        list_currency=list_currency_of(lists, reseller.currency, present.currency or reseller.currency),
        zone=reseller.timezone,
        lists=lists,
        terms=tuple(terms_of([reseller.id], at).get(reseller.id, ())),
        common=Rules(tuple(rules.get((reseller.id, None), ()))),
        mark_ups=tuple(mark_ups.get((reseller.id, None), ())),
        rates=tuple(_rates({reseller.id}, at).get(reseller.id, ())),
    )


def _books(
    accounts: Sequence[Account],
    givers: Mapping[int, int],
    above: Mapping[int, tuple[str, Sequence[Sequence[str]]]],
    at: datetime,
    groups: Mapping[int, Sequence[str]] | None = None,
) -> dict[int, Book]:
    """`above`: the currency of who stands above each, and those before. `groups`: its tags (None: those that it has now)."""
    lists, present = lists_in_force(), offer()
    clients, resellers = list(givers), set(givers.values())
    tags = _tags(clients) if groups is None else groups
    terms = terms_of(resellers, at)
    rules, mark_ups = _rules(resellers, clients, at), _mark_ups(resellers, clients, at)
    common = {giver: Rules(tuple(rules.get((giver, None), ()))) for giver in resellers}
    own = prices_over_time(givers, at=at)
    taken = _taken([each.id for each in accounts], resellers, at)
    contracts, sold, rates = _contracts(resellers, clients, at), _sold(resellers, clients, at), _rates(resellers, at)
    found = {}
    for account in accounts:
        giver = givers.get(account.id)
        pays_in, before = (account.currency, account.currencies_before) if giver is None else above[account.id]
        there = (giver, account.id)
        found[account.id] = Book(
            account=account.id,
            reseller=giver,
            currency=account.currency,
            currencies_before=_before(account.currencies_before),
            list_currency=list_currency_of(lists, pays_in, present.currency or pays_in),
            list_currencies_before=tuple(
                (list_currency_of(lists, each, present.currency or each), until) for each, until in _before(before)
            ),
            zone=account.timezone,
            groups=tuple(sorted(tags.get(account.id, ()))),
            lists=lists,
            terms=tuple(terms.get(giver or 0, ())),
            common=common.get(giver or 0, NO_RULES),
            rules=(*_own(account, own.get(account.id, ())), *rules.get(there, ())),
            mark_ups=(*mark_ups.get((giver, None), ()), *mark_ups.get(there, ())),
            taken=tuple(taken.get((giver or account.id, account.id), ())),
            agreed=tuple(contracts.get(there, ())),
            sold=tuple(sold.get(there, ())),
            rates=tuple(rates.get(giver or 0, ())),
        )
    return found


def _before(told: Sequence[Sequence[str]]) -> Dated:
    return tuple((currency, datetime.fromisoformat(until)) for currency, until in told)


def _tags(clients: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    # unscoped: as in `books_of`
    for account_id, name in AccountTag.unscoped.filter(account_id__in=clients).values_list("account_id", "name"):
        found.setdefault(account_id, []).append(name)
    return found


def _own(account: Account, said: Iterable[tuple[datetime, RetailPrice | None]]) -> list[Rule]:
    """The client's own price of its settings: for whatever plan it has. By one interval at a time: the others end with it."""
    found: list[Rule] = []
    intervals: set[tuple[str, str]] = set()
    for since, price in said:
        now = None if price is None else (price.interval, price.currency)
        for interval, currency in sorted(intervals - {now}):
            found.append(Rule(CLIENT, str(account.id), PLAN, "", interval, since, None, currency=currency))
        intervals = set() if now is None else {now}
        if price is not None:
            flat = Price(FLAT, price.interval, price.currency, Decimal(price.amount))
            found.append(Rule(CLIENT, str(account.id), PLAN, "", price.interval, since, flat, currency=price.currency))
    return found


def _known(rows: QuerySet[M], at: datetime) -> QuerySet[M]:
    """Of dated words those that had been said by then, and had not been replaced before they held."""
    return rows.filter(Q(dropped_at__isnull=True) | Q(dropped_at__gt=at), decided_at__lte=at).order_by("since", "id")


def terms_of(resellers: Iterable[int], at: datetime) -> dict[int, Sequence[WholesaleTerms]]:
    """What was agreed with each reseller over time, with what was usual then. One statement."""
    ids = list(resellers)
    found: dict[int, list[WholesaleTerms]] = {each: [] for each in ids}
    usual: list[UsualSince] = []
    # unscoped: the caller holds the resellers by a scope, or clients of theirs; what is usual is told to all
    for row in _known(WholesaleAgreed.unscoped.filter(Q(account_id__in=ids) | Q(usual=True)), at):
        if row.usual:
            usual.append(UsualSince(row.since, row.percent or NO_DISCOUNT))
        else:
            found[row.account_id].append(terms_from(row))
    return {each: as_usual(said, usual) for each, said in found.items()}


@dataclass(frozen=True, slots=True)
class Agreed:
    """What was agreed with those who owe the vendor. Who is no reseller pays the list price, and is not in `resellers`."""

    resellers: Mapping[int, Sequence[WholesaleTerms]]

    def discount(self, debtor: int, at: datetime, volume: int = 0) -> Decimal:
        """In percent, on the total of an invoice of `volume` minor units at list prices, by what held at that moment."""
        said = self.resellers.get(debtor)
        return NO_DISCOUNT if said is None else terms_at(said, at).discount(volume)

    def changes(self, debtor: int, begin: datetime, end: datetime) -> bool:
        """Whether other terms begin to hold after `begin` and before `end`."""
        return any(begin < each.since < end for each in self.resellers.get(debtor, ()))


def agreed_with(debtors: Iterable[int], *, at: datetime) -> Agreed:
    """What was agreed with each of those who owe, as it was known at `at`: two statements for each 5000 of them.

    It goes by who owes, never by whose account it is for: a client may stand below somebody else by now.
    """
    wanted, found = sorted(set(debtors)), dict[int, Sequence[WholesaleTerms]]()
    for start in range(0, len(wanted), 5000):
        # unscoped: as in `terms_of`
        part = Account.unscoped.filter(id__in=wanted[start : start + 5000], kind=RESELLER)
        resellers = list(part.values_list("id", flat=True))
        said = terms_of(resellers, at)
        found |= {each: said.get(each, ()) for each in resellers}
    return Agreed(found)


def terms_from(row: WholesaleAgreed) -> WholesaleTerms:
    """A row as the value that core reads."""
    return WholesaleTerms(
        row.since, row.percent, tuple(Tier(int(volume), Decimal(percent)) for volume, percent in row.tiers)
    )


Kept = dict[tuple[int | None, int | None], list[R]]


def _about(clients: Iterable[int]) -> Q:
    return Q(client_id__isnull=True) | Q(client_id__in=list(clients))


def _rules(resellers: Iterable[int], clients: Iterable[int], at: datetime) -> Kept[Rule]:
    found: Kept[Rule] = {}
    # unscoped: as in `books_of`
    rows = RetailPriceSet.unscoped.filter(_about(clients), account_id__in=list(resellers))
    for row in _known(rows, at):
        found.setdefault((row.account_id, row.client_id), []).append(rule_from(row))
    return found


def whom_of(row: RetailPriceSet | RetailMarkUp) -> str:
    """Whom a word names, as core reads it."""
    return str(row.client_id) if row.layer == CLIENT else row.tag if row.layer == GROUP else ""


def rule_from(row: RetailPriceSet) -> Rule:
    """A row as the value that core reads."""
    price = None if row.price is None else price_from_json(row.price)
    return Rule(row.layer, whom_of(row), row.kind, row.key, row.interval, row.since, price, row.version, row.currency)


def _mark_ups(resellers: Iterable[int], clients: Iterable[int], at: datetime) -> Kept[MarkUp]:
    found: Kept[MarkUp] = {}
    # unscoped: as in `books_of`
    rows = RetailMarkUp.unscoped.filter(_about(clients), account_id__in=list(resellers))
    for row in _known(rows, at):
        said = MarkUp(row.layer, whom_of(row), row.since, row.percent, row.on)
        found.setdefault((row.account_id, row.client_id), []).append(said)
    return found


def _rates(resellers: Iterable[int], at: datetime) -> dict[int, list[Rate]]:
    found: dict[int, list[Rate]] = {}
    # unscoped: as in `books_of`
    for row in _known(CurrencyRate.unscoped.filter(account_id__in=list(resellers)), at):
        found.setdefault(row.account_id, []).append(Rate(row.source, row.target, row.since, row.rate))
    return found


@dataclass(frozen=True, slots=True)
class Rates:
    """What a reseller has said that one currency is in another."""

    said: Sequence[Rate]

    def converted(self, minor: int, source: str, target: str, at: datetime) -> int | None:
        """An amount in minor units of another currency; None where nobody has said the rate."""
        rate = rate_at(self.said, source, target, at)
        return None if rate is None else rounded(minor * exchange(rate, source, target))


def rates_of(reseller: int, *, at: datetime) -> Rates:
    """The reseller's rates, as they were known at `at`. One statement."""
    return Rates(tuple(_rates({reseller}, at).get(reseller, ())))


def _taken(accounts: Sequence[int], resellers: Iterable[int], at: datetime) -> Kept[Promotion]:
    found: Kept[Promotion] = {}
    owners = [*resellers, *accounts]  # of a direct account's both are the account itself
    sides: tuple[tuple[str, Any], ...] = ((RETAIL_SIDE, PromotionTaken), (LIST_SIDE, ListPromotionTaken))
    for side, model in sides:
        # unscoped: as in `books_of`
        rows = model.unscoped.filter(account_id__in=owners, client_id__in=accounts, taken_at__lte=at)
        for row in rows.order_by("starts_at", "id"):
            taken = Promotion(row.code, side, row.percent, row.starts_at, row.ends_at, None, tuple(row.things))
            found.setdefault((row.account_id, row.client_id), []).append(taken)
    return found


def contract_from(row: AgreedContract, at: datetime | None = None) -> Contract:
    """A row as the value that core reads; of an end that was decided after `at` nothing is known."""
    price = None if row.price is None else price_from_json(row.price)
    known = at is None or row.ended_at is None or row.ended_at <= at
    return Contract(
        row.ref, row.kind, row.name, row.first_day, row.months, row.renew_months, row.notice_days, price,
        row.last_day if known else None,
    )  # fmt: skip


def _contracts(resellers: Iterable[int], clients: Iterable[int], at: datetime) -> Kept[Contract]:
    found: Kept[Contract] = {}
    # unscoped: as in `books_of`
    rows = AgreedContract.unscoped.filter(account_id__in=list(resellers), client_id__in=list(clients))
    for row in rows.filter(agreed_at__lte=at).order_by("first_day", "id"):
        found.setdefault((row.account_id, row.client_id), []).append(contract_from(row, at))
    return found


def _sold(resellers: Iterable[int], clients: Iterable[int], at: datetime) -> Kept[Sold]:
    found: Kept[Sold] = {}
    # unscoped: as in `books_of`
    rows = ExtraSold.unscoped.filter(account_id__in=list(resellers), client_id__in=list(clients), sold_at__lte=at)
    rows = rows.filter(Q(taken_back_at__isnull=True) | Q(taken_back_at__gt=at))
    for row in rows.select_related("extra").order_by("due_at", "id"):
        sale = Sold(row.ref, row.extra.ref, row.name, row.quantity, price_from_json(row.price), row.due_at)
        found.setdefault((row.account_id, row.client_id), []).append(sale)
    return found
