"""What a reseller agreed with one client: its price, promotions, contracts, services that were sold; and its promotions as such."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from heapq import nsmallest
from zoneinfo import ZoneInfo

from django.db.models import Count

from sublet.accounts.models import Account
from sublet.clientsettings.queries import prices_over_time
from sublet.core.clientsettings import RetailPrice
from sublet.core.contracts import Contract
from sublet.core.pricebook import Book, price_from_json
from sublet.core.pricing import ONCE, Price
from sublet.core.proration import MONTHS
from sublet.core.rights import CLIENT, RESELLER, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.refs import looks_like_ref
from sublet.pricing.models import (
    AgreedContract,
    Extra,
    ExtraSold,
    ListPromotionTaken,
    Promotion,
    PromotionTaken,
    RetailPriceSet,
)
from sublet.pricing.queries.books import books_of, contract_from
from sublet.pricing.queries.pages import MOST_SHOWN, Said, not_left, reseller_seen, said_from, thing_of
from sublet.pricing.queries.things import Thing, things


@dataclass(frozen=True, slots=True)
class TakenRow:
    """A promotion that an account has or had. `side`: whose amounts it lowers."""

    ref: str
    code: str
    side: str
    percent: Decimal
    starts_at: datetime
    ends_at: datetime | None
    runs: bool


@dataclass(frozen=True, slots=True)
class ContractRow:
    """A contract. `ends`: the end of the term that runs; `earliest`: the last day if notice is given today."""

    ref: str
    contract: Contract
    client: str
    client_ref: str
    agreed_by: str
    ends: date | None
    earliest: date | None
    runs: bool


@dataclass(frozen=True, slots=True)
class SaleRow:
    """A service that was sold. `may_take_back`: it is not due yet."""

    ref: str
    name: str
    quantity: int
    price: Price
    due_at: datetime
    taken_back: bool
    may_take_back: bool


@dataclass(frozen=True, slots=True)
class RuleRow:
    """An exception: of what, and what was said."""

    kind: str
    key: str
    said: Said

    @property
    def kind_key(self) -> tuple[str, str]:
        return self.kind, self.key


@dataclass(frozen=True, slots=True)
class ClientException:
    """One thing for one client, and the price of its own that it has now; None: it pays what others pay."""

    client: Account
    thing: Thing
    said: Said | None


@dataclass(frozen=True, slots=True)
class ClientPrices:
    """One client, as the reseller sees it."""

    client: Account
    book: Book
    own: RetailPrice | None
    own_coming: Sequence[tuple[datetime, RetailPrice | None]]
    rules: Sequence[RuleRow]
    things: Sequence[Thing]
    taken: Sequence[TakenRow]
    contracts: Sequence[ContractRow]
    sales: Sequence[SaleRow]
    extras: Sequence[Extra]


@dataclass(frozen=True, slots=True)
class PromotionRow:
    """A promotion with how many accounts have taken it."""

    promotion: Promotion
    taken: int
    open: bool


def client_seen(actor: Actor, ref: str) -> Account:
    """A client of the acting reseller (``billing:view``). Raises NotFound, Forbidden."""
    reseller_seen(actor)
    if not looks_like_ref(ref, "acc"):
        raise NotFound
    found = Account.objects.filter(ref=ref, kind=CLIENT, parent_id=actor.account_id).first()
    if found is None or not actor.reaches(found.id):
        raise NotFound
    return found


def prices_of_client(actor: Actor, ref: str, *, at: datetime) -> ClientPrices:
    """What was agreed with one client (``billing:view``). Raises NotFound, Forbidden."""
    client = client_seen(actor, ref)
    said = prices_over_time({client.id: actor.account_id}, at=at).get(client.id, [])
    held = [price for since, price in said if since <= at]
    rows = RetailPriceSet.objects.filter(account_id=actor.account_id, client_id=client.id, dropped_at__isnull=True)
    last: dict[tuple[object, ...], RuleRow] = {}
    for row in rows.select_related("client").order_by("since", "id"):
        key = (row.kind, row.key, row.version, row.interval, row.currency, row.since if row.since > at else None)
        last[key] = RuleRow(row.kind, row.key, said_from(row))
    extras = list(Extra.objects.filter(account_id=actor.account_id, removed_at__isnull=True).order_by("name"))
    contracts = AgreedContract.objects.filter(account_id=actor.account_id, client_id=client.id)
    sales = ExtraSold.objects.filter(account_id=actor.account_id, client_id=client.id).order_by("-due_at", "-id")
    return ClientPrices(
        client=client,
        book=books_of([client.id], at=at)[client.id],
        own=held[-1] if held else None,
        own_coming=[(since, price) for since, price in said if since > at],
        rules=[each for each in last.values() if each.said.price is not None or each.said.since > at],
        things=list(things(extras)),
        taken=_taken(actor.account_id, client.id, at),
        contracts=[_contract(row, client, at) for row in contracts.order_by("-first_day", "-id")[:MOST_SHOWN]],
        sales=[
            SaleRow(
                row.ref,
                row.name,
                row.quantity,
                price_from_json(row.price),
                row.due_at,
                row.taken_back_at is not None,
                row.taken_back_at is None and row.due_at > at,
            )
            for row in sales[:MOST_SHOWN]
        ],
        extras=extras,
    )


def exception_of(actor: Actor, ref: str, *, kind: str, key: str, interval: str = "", at: datetime) -> ClientException:
    """What one client pays for one thing, by one interval or by whichever there is first (``billing:view``).

    Raises NotFound, Forbidden.
    """
    client = client_seen(actor, ref)
    thing = thing_of(actor, kind=kind, key=key)
    by = (*MONTHS, ONCE)
    if interval and interval not in by:
        raise NotFound
    rows = RetailPriceSet.objects.filter(
        account_id=actor.account_id, client_id=client.id, kind=kind, key=key, version=0, currency=client.currency,
        dropped_at__isnull=True, since__lte=at,
    )  # fmt: skip
    last = {row.interval: row for row in rows.select_related("client").order_by("since", "id")}
    holds = (last[each] for each in ((interval,) if interval else by) if each in last)
    row = next((each for each in holds if each.price is not None), None)
    return ClientException(client, thing, None if row is None else said_from(row))


def _taken(owner: int, client: int, at: datetime) -> list[TakenRow]:
    found = []
    sides = (("retail", PromotionTaken), ("list", ListPromotionTaken))
    for side, model in sides:
        for row in model.objects.filter(account_id=owner, client_id=client).order_by("-starts_at"):
            runs = row.ends_at is None or row.ends_at > at
            found.append(TakenRow(row.ref, row.code, side, row.percent, row.starts_at, row.ends_at, runs))
    return found


def _contract(row: AgreedContract, client: Account, at: datetime) -> ContractRow:
    contract = contract_from(row)
    today = at.astimezone(ZoneInfo(client.timezone)).date()
    day = max(today, contract.first_day)
    return ContractRow(
        row.ref, contract, client.name, client.ref, row.agreed_by, contract.over_with or contract.end_after(day),
        None if contract.last_day is not None else contract.earliest_end(day), contract.runs_on(day),
    )  # fmt: skip


def contracts_of_reseller(actor: Actor, *, at: datetime) -> list[ContractRow]:
    """The contracts of all clients within reach, those that end first on top (``billing:view``); none of clients that have left.
    Raises NotFound, Forbidden."""
    reseller = reseller_seen(actor)
    rows = AgreedContract.objects.filter(not_left(reseller.id), account_id=reseller.id).select_related("client")
    if actor.reach is not None:
        rows = rows.filter(client_id__in=actor.reach)
    # All of them: which end first, no column says. An old one that runs out tomorrow would be cut off before new ones.
    found = (_contract(row, row.client, at) for row in rows.order_by("-agreed_at", "-id").iterator(chunk_size=500))
    return nsmallest(MOST_SHOWN, found, key=lambda row: (not row.runs, row.ends or date.max))


def promotions_of(actor: Actor, *, at: datetime) -> list[PromotionRow]:
    """The actor's own promotions, newest first (``billing:view``): of a reseller, or of the vendor. Raises NotFound, Forbidden."""
    if actor.account_kind not in (VENDOR, RESELLER):
        raise NotFound
    actor.require("billing:view")
    rows = list(Promotion.objects.filter(account_id=actor.account_id).order_by("-made_at", "-id")[:MOST_SHOWN])
    model = PromotionTaken if actor.account_kind == RESELLER else ListPromotionTaken
    counts = dict(
        model.objects.filter(promotion_id__in=[row.id for row in rows])
        .order_by()
        .values_list("promotion_id")
        .annotate(number=Count("id"))
    )
    return [
        PromotionRow(row, counts.get(row.id, 0), row.ended_at is None and (row.closes_at is None or row.closes_at > at))
        for row in rows
    ]
