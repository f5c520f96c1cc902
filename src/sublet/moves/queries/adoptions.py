"""Which clients of a reseller the vendor can offer another place, and what its owner would pay there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sublet.accounts.models import Account
from sublet.billing.queries.terms import Dated, payers_of
from sublet.core import tree
from sublet.core.clientsettings import CLIENT_PAYS, RESELLER_PAYS
from sublet.core.lifecycle import CLOSED, lets_people_in
from sublet.core.pricebook import PLAN, Book
from sublet.core.pricing import Price
from sublet.core.rights import CLIENT, RESELLER, VENDOR
from sublet.core.useprices import list_use, meters_by_use, retail_use
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.refs import looks_like_ref
from sublet.foundation.scope import platform_scope
from sublet.moves.models import Move
from sublet.people.models import Collaborator
from sublet.pricing.queries.books import book_for_everybody, books_of
from sublet.pricing.queries.holdings import holdings_of

#: So many are shown and can be chosen at once.
MOST: Final = 200
INTERVALS: Final = ("month", "quarter", "year")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A client. `waits`: an offer, or another move of it, is open; `why`: it can be offered nothing (a code)."""

    ref: str
    name: str
    waits: bool
    why: str


@dataclass(frozen=True, slots=True)
class Candidates:
    """The clients of one reseller, by name. `allowed`: it can only read and pay, or is not open. `more` are not shown."""

    ref: str
    name: str
    allowed: bool
    rows: Sequence[Candidate]
    more: bool


@dataclass(frozen=True, slots=True)
class PriceTold:
    """What an account pays for its plan now (None: its reseller pays, or nobody said), and what it would (None: nobody has said).

    Of a plan that is paid by use alone: for what its first meter counts.
    """

    before: Price | None
    after: Price | None


def can_be_left(reseller: Account) -> bool:
    """Whether the vendor may offer its clients another place."""
    return reseller.read_only_since is not None or not lets_people_in(reseller.state)


def adoptable(actor: Actor, reseller: str) -> Candidates:
    """The clients of a reseller for the vendor's offer (``accounts:manage``). Four statements. Raises NotFound, Forbidden."""
    if actor.account_kind != VENDOR:
        raise NotFound
    actor.require("accounts:manage")
    source = Account.objects.filter(ref=reseller, kind=RESELLER).first() if looks_like_ref(reseller, "acc") else None
    if source is None or not actor.reaches(source.id):
        raise NotFound
    with platform_scope("the clients of a reseller that the vendor looks after"):
        clients = Account.objects.filter(parent_id=source.id, kind=CLIENT).exclude(state=CLOSED)
        found = list(clients.order_by("sort_name", "id")[: MOST + 1])
        ids = [each.id for each in found]
        owned = set(
            Collaborator.objects.filter(
                account_id__in=ids, is_owner=True, ended_at__isnull=True, user__is_active=True
            ).values_list("account_id", flat=True)
        )
        moving = set(
            Move.objects.filter(account_id__in=ids, state__in=tree.OPEN_STATES).values_list("account_id", flat=True)
        )
    rows = [
        Candidate(
            each.ref, each.name, each.id in moving,
            "demonstration" if each.demo_until is not None else "" if each.id in owned else "nobody",
        )
        for each in found[:MOST]
    ]  # fmt: skip
    return Candidates(source.ref, source.name, can_be_left(source), rows, len(found) > MOST)


@dataclass(frozen=True, slots=True)
class OfferedTo:
    """An offer that waits for the word of an account: another reseller's name (empty: a place of its own), until when."""

    ref: str
    target: str
    lapses_at: datetime
    may_answer: bool


def offer_waiting(actor: Actor, *, at: datetime) -> OfferedTo | None:
    """The offer of another place that waits for the acting account's word; None: none, or not the actor's to read. One statement.

    Whoever looks after the account learns of it at home, not in a visit.
    """
    if actor.account_kind != CLIENT or actor.impersonator is not None or not actor.may("settings:view"):
        return None
    # unscoped: both sides of a move read it; it is about the actor's own account
    rows = Move.unscoped.select_related("target").filter(account_id=actor.account_id, kind__in=tree.ADOPTIONS)
    row = rows.filter(state=Move.State.ASKED, lapses_at__gt=at).first()
    if row is None or row.lapses_at is None or tree.ACCOUNT in row.agreed:
        return None
    name = row.target.name if row.target is not None else ""
    return OfferedTo(row.ref, name, row.lapses_at, actor.is_owner and actor.user_id is not None)


def price_of_offer(move: Move, *, at: datetime) -> PriceTold:
    """What the account pays for its plan now where it pays itself, and what it would pay: at list, or what the other reseller asks.

    Told to the account alone: neither reseller reads the other's prices, nor the vendor either's. In whatever scope.
    """
    with platform_scope("prices of both sides, told to the account that would move"):
        account = Account.objects.select_related("parent").get(id=move.account_id)
        [held] = holdings_of([account], at=at)
        if held.plan is None:
            return PriceTold(None, None)
        book = books_of([account.id], at=at)[account.id]
        payers = payers_of([account.id]).get((account.parent_id or 0, account.id, "base"), Dated())
        pays = payers.at(at, RESELLER_PAYS) == CLIENT_PAYS
        before = _asked(book, held.plan, at) if pays else None
        if move.target_id is None:
            return PriceTold(before, _listed(book, held.plan, at))
        target = Account.objects.get(id=move.target_id)
        return PriceTold(before, _asked(book_for_everybody(target, at=at), held.plan, at))


def _asked(book: Book, plan: tuple[str, int], at: datetime) -> Price | None:
    for interval in INTERVALS:
        found = book.retail(PLAN, *plan, interval, at)
        if found is not None and found.agreed.interval == interval:
            return found.price
    used = (retail_use(book, (PLAN, *plan), meter, at) for meter in meters_by_use(book, (PLAN, *plan)))
    return next((each.price for each in used if each is not None), None)


def _listed(book: Book, plan: tuple[str, int], at: datetime) -> Price | None:
    timed = (book.list_price(PLAN, *plan, interval, at) for interval in INTERVALS)
    used = (list_use(book, (PLAN, *plan), meter) for meter in meters_by_use(book, (PLAN, *plan)))
    return next((price for price in (*timed, *used) if price is not None), None)


__all__ = [
    "Candidate", "Candidates", "OfferedTo", "PriceTold", "adoptable", "can_be_left", "offer_waiting", "price_of_offer",
]  # fmt: skip
