"""What the vendor sees of the discounts of its resellers; nothing of what they ask of their clients, unless they share it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from sublet.accounts.models import Account
from sublet.catalog.queries import offer
from sublet.core.lifecycle import CLOSED
from sublet.core.pricebook import WholesaleTerms
from sublet.core.pricelists import list_currency_of
from sublet.core.promised import Promise
from sublet.core.rights import RESELLER, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.keyset import read_number
from sublet.foundation.refs import looks_like_ref
from sublet.pricing.models import WholesaleAgreed
from sublet.pricing.queries.books import lists_in_force, terms_from
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
    said: dict[int, list[WholesaleTerms]] = {}
    for row in WholesaleAgreed.objects.filter(account_id__in=ids, dropped_at__isnull=True).order_by("since", "id"):
        said.setdefault(row.account_id, []).append(terms_from(row))
    open_to = sharing(ids)
    told = []
    for account in page:
        terms = said.get(account.id, [])
        now = [each for each in terms if each.since <= at]
        coming = next((each.since for each in terms if each.since > at), None)
        held = now[-1] if now else WholesaleTerms(account.created_at)
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
    told = [TermsSaid(terms_from(row), row.decided_by, row.decided_at, row.note) for row in rows[:200]]
    past = [each for each in told if each.terms.since <= at]
    now = past[0].terms if past else WholesaleTerms(account.created_at)
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
