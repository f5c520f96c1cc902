"""What the vendor sees of the discounts of its resellers; nothing of what they ask of their clients, unless they share it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.db.models import QuerySet

from sublet.accounts.models import Account
from sublet.catalog.queries import offer
from sublet.core.lifecycle import CLOSED
from sublet.core.pricebook import USUAL_DISCOUNT, WholesaleTerms, terms_at
from sublet.core.pricelists import list_currency_of
from sublet.core.promised import Promise
from sublet.core.rights import RESELLER, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.keyset import read_number
from sublet.foundation.refs import looks_like_ref
from sublet.pricing.models import WholesaleAgreed
from sublet.pricing.queries.books import lists_in_force, terms_from, terms_of
from sublet.pricing.queries.commitments import PromiseSaid, promise_at, promises_said
from sublet.pricing.queries.pages import shares, sharing

PAGE = 50
_BACK = "<"


@dataclass(frozen=True, slots=True)
class TermsSaid:
    """Terms that were agreed, with who said so and why."""

    terms: WholesaleTerms
    by: str
    decided_at: datetime
    note: str


@dataclass(frozen=True, slots=True)
class WholesaleRow:
    """A reseller and its discount now. `agreed`: something else than the usual was; `coming`: from when on it changes."""

    ref: str
    name: str
    currency: str
    terms: WholesaleTerms
    agreed: bool
    coming: datetime | None
    shares: bool


@dataclass(frozen=True, slots=True)
class WholesalePage:
    """A page of resellers. `after`: the place of the next page, empty on the last; `before`: of the one before, empty on the first."""

    rows: Sequence[WholesaleRow]
    after: str
    before: str = ""


@dataclass(frozen=True, slots=True)
class WholesaleView:
    """One reseller: what holds, what comes, what was (newest first).

    `promised`: what it spends at least now; `promises`: all that it has promised, newest first.
    """

    reseller: Account
    now: WholesaleTerms
    agreed: bool
    coming: Sequence[TermsSaid]
    past: Sequence[TermsSaid]
    shares: bool
    list_currency: str
    promised: Promise | None
    promises: Sequence[PromiseSaid]


def _vendor(actor: Actor) -> None:
    if actor.account_kind != VENDOR:
        raise NotFound
    actor.require("billing:view")


def wholesale_list(actor: Actor, *, search: str = "", after: str = "", at: datetime) -> WholesalePage:
    """The vendor's resellers by name, each with its discount (``billing:view``): `PAGE` at a time. Raises NotFound, Forbidden.

    `after` is where a page leads to, on or back; an unknown one is read as the first page.
    """
    _vendor(actor)
    rows = Account.objects.filter(parent_id=actor.account_id, kind=RESELLER).exclude(state=CLOSED)
    if search.strip():
        rows = rows.filter(name__icontains=search.strip()[:200])
    page, before, on = _page(rows, after)
    ids = [each.id for each in page]
    said = terms_of(ids, at)
    open_to = sharing(ids)
    told = []
    for account in page:
        terms = said[account.id]
        coming = next((each.since for each in terms if each.since > at), None)
        held = terms_at(terms, at)
        told.append(
            WholesaleRow(
                account.ref, account.name, account.currency, held, _is_agreed(held), coming,
                account.id in open_to,
            )
        )  # fmt: skip
    return WholesalePage(told, on, before)


def _page(rows: QuerySet[Account], place: str) -> tuple[list[Account], str, str]:
    """The accounts by name on or back from that place, and the places of the pages before and after them."""
    back = place.endswith(_BACK)
    name, _bar, number = place.removesuffix(_BACK).rpartition("|")
    last_id = read_number(number)
    if last_id is None:
        found = list(rows.order_by("sort_name", "id")[: PAGE + 1])
        return found[:PAGE], "", _place(found[PAGE - 1]) if len(found) > PAGE else ""
    if back:
        rows = rows.filter(sort_name__lt=name) | rows.filter(sort_name=name, id__lt=last_id)
        found = list(rows.order_by("-sort_name", "-id")[: PAGE + 1])
    else:
        rows = rows.filter(sort_name__gt=name) | rows.filter(sort_name=name, id__gt=last_id)
        found = list(rows.order_by("sort_name", "id")[: PAGE + 1])
    more = len(found) > PAGE
    page = found[:PAGE][::-1] if back else found[:PAGE]
    if not page:
        return [], "", ""
    return page, _place(page[0]) + _BACK if more or not back else "", _place(page[-1]) if more or back else ""


def _place(account: Account) -> str:
    return f"{account.sort_name}|{account.id}"


def _is_agreed(terms: WholesaleTerms) -> bool:
    return terms.percent is not None or bool(terms.tiers)


def wholesale_of(actor: Actor, ref: str, *, at: datetime) -> WholesaleView:
    """One reseller's discount over time: for the vendor (``billing:view``), and for that reseller itself.

    Raises NotFound, Forbidden.
    """
    if not looks_like_ref(ref, "acc"):
        raise NotFound
    if ref == actor.account_ref and actor.account_kind == RESELLER:
        actor.require("billing:view")
    else:
        _vendor(actor)
    account = Account.objects.filter(ref=ref, kind=RESELLER).first()
    if account is None:
        raise NotFound
    rows = WholesaleAgreed.objects.filter(account_id=account.id, dropped_at__isnull=True).order_by("-since", "-id")
    known = terms_of([account.id], at)[account.id]
    told = []
    for row in rows[:200]:
        terms = terms_from(row)
        terms = replace(terms, usual=terms_at(known, terms.since).usual)
        told.append(TermsSaid(terms, row.decided_by, row.decided_at, row.note))
    past = [each for each in told if each.terms.since <= at]
    now = terms_at(known, at)
    promises = promises_said(account.id)
    return WholesaleView(
        reseller=account,
        now=now,
        agreed=_is_agreed(now),
        coming=[each for each in told if each.terms.since > at][::-1],
        past=past,
        shares=shares(account.id),
        list_currency=list_currency_of(lists_in_force(), account.currency, offer().currency or account.currency),
        promised=promise_at(promises, at),
        promises=promises,
    )


@dataclass(frozen=True, slots=True)
class UsualSaid:
    """What is usual from `since` on, with who said so and why."""

    percent: Decimal
    since: datetime
    by: str
    note: str


@dataclass(frozen=True, slots=True)
class UsualView:
    """The usual discount `now`; what comes, and what was said (newest first)."""

    now: Decimal
    coming: Sequence[UsualSaid]
    past: Sequence[UsualSaid]


def usual_discount(actor: Actor, *, at: datetime) -> UsualView:
    """What the vendor gives a reseller with which nothing else was agreed (the vendor's ``billing:view``). Raises NotFound, Forbidden."""
    _vendor(actor)
    rows = WholesaleAgreed.objects.filter(usual=True, dropped_at__isnull=True).order_by("-since", "-id")[:200]
    told = [UsualSaid(row.percent or Decimal(0), row.since, row.decided_by, row.note) for row in rows]
    past = [each for each in told if each.since <= at]
    return UsualView(
        past[0].percent if past else USUAL_DISCOUNT, [each for each in told if each.since > at][::-1], past
    )
