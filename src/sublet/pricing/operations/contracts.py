"""Contracts with clients, and services of the reseller's own that are sold to them."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.core.clientsettings import MOST_AMOUNT
from sublet.core.contracts import COMMITMENT, CONTRACTS, TERM
from sublet.core.lifecycle import CLOSED
from sublet.core.periods import start_of_day
from sublet.core.pricebook import EXTRA, price_to_json
from sublet.core.pricing import FLAT, ONCE, Price, fault
from sublet.core.proration import MONTHS
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.journal.operations import record
from sublet.foundation.refs import looks_like_ref
from sublet.pricing.events import (
    ContractAgreed,
    ContractEnded,
    ExtraMade,
    ExtraRemoved,
    ExtraTakenBack,
    ExtraWasSold,
)
from sublet.pricing.models import AgreedContract, Extra, ExtraSold
from sublet.pricing.models.contracts import LONGEST_NAME
from sublet.pricing.operations.common import client_locked, manages, own_locked
from sublet.pricing.operations.retail import set_retail_price
from sublet.pricing.queries.books import books_of, contract_from

MOST_EXTRAS = 200


class CannotAgreeContract(Refusal):
    """Why there is no such contract."""

    SENTENCES: ClassVar = {
        "kind": _("A contract binds the plan for a term, is for maintenance, or promises a sum."),
        "name": _("Give the contract a name of at most 120 characters."),
        "months": _("It lasts between one month and ten years."),
        "renewal": _("It renews by at most ten years at a time."),
        "notice": _("Notice is given at most a year ahead."),
        "price": _("A maintenance contract has a price by the month, the quarter or the year, in %(currency)s."),
        "sum": _("A commitment has a sum above zero by the month, the quarter or the year, in %(currency)s."),
        "day": _("It begins within a year from now, and at most a year ago."),
        "closed": _("This account is closed."),
    }


class CannotEndContract(Refusal):
    """Why a contract goes on."""

    SENTENCES: ClassVar = {
        "too-early": _("Both are bound until %(day)s."),
        "too-late": _("This contract does not renew: it is over with %(day)s."),
        "ended": _("Notice was given already."),
        "over": _("This contract is over."),
    }


class CannotSellExtra(Refusal):
    """Why nothing is sold, or stays sold."""

    SENTENCES: ClassVar = {
        "name": _("Give the service a name of at most 120 characters."),
        "name-taken": _("Another service has this name."),
        "too-many": _("There are 200 services. Remove one that nobody needs."),
        "no-price": _("This service has no price in %(currency)s. Say one first, or with the sale."),
        "price": _("A service that is sold once has an amount that is not below zero, in %(currency)s."),
        "quantity": _("Sell between one and a thousand."),
        "day": _("It is due within a year from now."),
        "closed": _("This account is closed."),
        "due": _("It is due already, so it may have been charged. Give a credit note instead."),
    }


def agree_contract(
    *,
    client: str,
    kind: str,
    name: str,
    first_day: date,
    months: int,
    renew_months: int = 0,
    notice_days: int = 0,
    price: Price | None = None,
    once: str = "",
    actor: Actor,
    at: datetime,
) -> AgreedContract:
    """Agree a contract with a client (``billing:manage``). The same `once` again agrees nothing more.

    A ``term`` binds the plan that it has; ``maintenance`` has a `price` of its own; the `price` of a ``commitment`` is what the
    client spends at least by that interval. Raises Forbidden, NotFound, CannotAgreeContract.
    """
    manages(actor)
    called = " ".join(name.split())
    with transaction.atomic():
        own = own_locked(actor)
        account = client_locked(client, actor)
        before = AgreedContract.objects.filter(account_id=own.id, once=once[:64]).first() if once else None
        if before is not None:
            return before
        if account.state == CLOSED:
            raise CannotAgreeContract("closed")
        if kind not in CONTRACTS:
            raise CannotAgreeContract("kind", field="kind")
        if not called or len(called) > LONGEST_NAME:
            raise CannotAgreeContract("name", field="name")
        if not 1 <= months <= 120:
            raise CannotAgreeContract("months", field="months")
        if not 0 <= renew_months <= 120:
            raise CannotAgreeContract("renewal", field="renew_months")
        if not 0 <= notice_days <= 366:
            raise CannotAgreeContract("notice", field="notice_days")
        today = at.astimezone(ZoneInfo(account.timezone)).date()
        if abs((first_day - today).days) > 366:
            raise CannotAgreeContract("day", field="first_day")
        if not _fits(kind, price, account.currency):
            code = "sum" if kind == COMMITMENT else "price"
            raise CannotAgreeContract(code, field="price", currency=account.currency)
        row = AgreedContract(
            account_id=own.id, client_id=account.id, kind=kind, name=called, first_day=first_day, months=months,
            renew_months=renew_months, notice_days=notice_days, price=None if price is None else price_to_json(price),
            agreed_at=at, agreed_by=actor.name[:200], once=once[:64],
        )  # fmt: skip
        row.save(force_insert=True)
        told = ContractAgreed(
            contract=row.ref,
            called=called,
            ref=account.ref,
            name=account.name,
            kind=kind,
            first_day=first_day.isoformat(),
        )
        record(told, account_id=own.id, actor=actor, at=at)
    return row


def _fits(kind: str, price: Price | None, currency: str) -> bool:
    if price is None or kind == TERM:
        return price is None and kind == TERM
    if not _by_interval(price, currency):
        return False
    amount = price.amount or 0
    return kind != COMMITMENT or (amount > 0 and amount == int(amount))


def _by_interval(price: Price, currency: str) -> bool:
    amount = price.amount
    return (
        price.model == FLAT
        and fault(price) is None
        and price.interval in MONTHS
        and price.currency == currency
        and amount is not None
        and amount <= MOST_AMOUNT
    )


def end_contract(*, ref: str, last_day: date | None = None, actor: Actor, at: datetime) -> AgreedContract:
    """Give notice of a contract (``billing:manage``): it ends with the earliest day that its terms give, or a later `last_day`.

    What does not renew has no later one. Raises Forbidden, NotFound, CannotEndContract.
    """
    manages(actor)
    if not looks_like_ref(ref, "ctr"):
        raise NotFound
    with transaction.atomic():
        own = own_locked(actor)
        row = AgreedContract.objects.select_related("client").filter(account_id=own.id, ref=ref).first()
        if row is None or not actor.reaches(row.client_id):
            raise NotFound
        if row.ended_at is not None:
            raise CannotEndContract("ended")
        today = at.astimezone(ZoneInfo(row.client.timezone)).date()
        contract = contract_from(row)
        earliest, over = contract.earliest_end(max(today, row.first_day)), contract.over_with
        if earliest is None:
            raise CannotEndContract("over")
        if last_day is not None and last_day < earliest:
            raise CannotEndContract("too-early", field="last_day", day=earliest.isoformat())
        if last_day is not None and over is not None and last_day > over:
            raise CannotEndContract("too-late", field="last_day", day=over.isoformat())
        row.last_day = earliest if last_day is None else last_day
        row.ended_at, row.ended_by = at, actor.name[:200]
        row.save(update_fields=["last_day", "ended_at", "ended_by"])
        told = ContractEnded(
            contract=row.ref,
            called=row.name,
            ref=row.client.ref,
            name=row.client.name,
            last_day=row.last_day.isoformat(),
        )
        record(told, account_id=own.id, actor=actor, at=at)
    return row


# Services of one's own ------------------------------------------------------------------------------------------------


def make_extra(*, name: str, text: str = "", price: Price | None = None, actor: Actor, at: datetime) -> Extra:
    """Offer a service of one's own, such as set-up or training (``billing:manage``), with its price for everybody or without.

    The same name again answers the one that is there. A price that is none leaves no service behind. Raises Forbidden,
    NotFound, CannotSellExtra, CannotSetPrice.
    """
    manages(actor, everybody=True)
    called = " ".join(name.split())
    if not called or len(called) > LONGEST_NAME:
        raise CannotSellExtra("name", field="name")
    with transaction.atomic():
        own = own_locked(actor)
        rows = Extra.objects.filter(account_id=own.id, removed_at__isnull=True)
        row = rows.filter(name=called).first()
        if row is None:
            if rows.count() >= MOST_EXTRAS:
                raise CannotSellExtra("too-many")
            row = Extra(account_id=own.id, name=called, text=text[:500], made_at=at, made_by=actor.name[:200])
            row.save(force_insert=True)
            record(ExtraMade(extra=row.ref, called=called), account_id=own.id, actor=actor, at=at)
        elif row.text != text[:500]:
            raise CannotSellExtra("name-taken", field="name")
        if price is not None:
            set_retail_price(kind=EXTRA, key=row.ref, price=price, actor=actor, at=at)
    return row


def remove_extra(*, ref: str, actor: Actor, at: datetime) -> bool:
    """Offer a service no more (``billing:manage``); what was sold stays sold. False when it was removed already.

    Raises Forbidden, NotFound.
    """
    manages(actor, everybody=True)
    with transaction.atomic():
        own = own_locked(actor)
        row = Extra.objects.filter(account_id=own.id, ref=ref[:40]).first()
        if row is None:
            raise NotFound
        if row.removed_at is not None:
            return False
        row.removed_at = at
        row.save(update_fields=["removed_at"])
        record(ExtraRemoved(extra=row.ref, called=row.name), account_id=own.id, actor=actor, at=at)
    return True


def sell_extra(
    *,
    client: str,
    extra: str,
    quantity: int = 1,
    price: Price | None = None,
    day: date | None = None,
    once: str = "",
    actor: Actor,
    at: datetime,
) -> ExtraSold:
    """Sell a service of one's own to a client (``billing:manage``), at its price of that day or at `price`; due on `day`, or now.

    The same `once` again sells nothing more. Raises Forbidden, NotFound, CannotSellExtra.
    """
    manages(actor)
    with transaction.atomic():
        own = own_locked(actor)
        account = client_locked(client, actor)
        before = ExtraSold.objects.filter(account_id=own.id, once=once[:64]).first() if once else None
        if before is not None:
            return before
        offered = Extra.objects.filter(account_id=own.id, ref=extra[:40], removed_at__isnull=True).first()
        if offered is None:
            raise NotFound
        if account.state == CLOSED:
            raise CannotSellExtra("closed")
        if not 1 <= quantity <= 1000:
            raise CannotSellExtra("quantity", field="quantity")
        due = at if day is None else max(at, start_of_day(day, account.timezone))
        if (due - at).days > 366 or (day is not None and day < at.astimezone(ZoneInfo(account.timezone)).date()):
            raise CannotSellExtra("day", field="day")
        agreed = price
        if agreed is None:
            found = books_of([account.id], at=at)[account.id].retail(EXTRA, offered.ref, 0, ONCE, due)
            if found is None:
                raise CannotSellExtra("no-price", field="price", currency=account.currency)
            agreed = found.price
        if not _once(agreed, account.currency):
            raise CannotSellExtra("price", field="price", currency=account.currency)
        row = ExtraSold(
            account_id=own.id, client_id=account.id, extra_id=offered.id, name=offered.name, quantity=quantity,
            price=price_to_json(agreed), due_at=due, sold_at=at, sold_by=actor.name[:200], once=once[:64],
        )  # fmt: skip
        row.save(force_insert=True)
        told = ExtraWasSold(
            extra=offered.ref, called=offered.name, sale=row.ref, ref=account.ref, name=account.name, quantity=quantity
        )
        record(told, account_id=own.id, actor=actor, at=at)
    return row


def _once(price: Price, currency: str) -> bool:
    known = fault(price) is None and price.interval == ONCE and price.currency == currency
    return known and price.amount is not None and price.amount <= MOST_AMOUNT


def take_back_extra(*, sale: str, actor: Actor, at: datetime) -> bool:
    """Say that a sale was a slip (``billing:manage``), before it is due; False when it was taken back already.

    What is due may have been charged: then it takes a credit note. Raises Forbidden, NotFound, CannotSellExtra.
    """
    manages(actor)
    with transaction.atomic():
        own = own_locked(actor)
        rows = ExtraSold.objects.select_related("client", "extra").filter(account_id=own.id, ref=sale[:40])
        row = rows.first()
        if row is None or not actor.reaches(row.client_id):
            raise NotFound
        if row.taken_back_at is not None:
            return False
        if row.due_at <= at:
            raise CannotSellExtra("due")
        row.taken_back_at = at
        row.save(update_fields=["taken_back_at"])
        told = ExtraTakenBack(
            extra=row.extra.ref, called=row.name, sale=row.ref, ref=row.client.ref, name=row.client.name
        )
        record(told, account_id=own.id, actor=actor, at=at)
    return True
