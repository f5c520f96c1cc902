"""The margin guard: what a change would do to a whole portfolio is reckoned before it takes effect. Nothing is charged by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.core.lifecycle import CLOSED
from sublet.core.manifest import CURRENCIES
from sublet.core.portfolio import (
    CHANGES,
    DISCOUNT,
    LISTED,
    RATE,
    USE,
    Change,
    Effect,
    Pair,
    change_from_json,
    change_to_json,
    effects_of,
    pairs,
)
from sublet.core.pricebook import Book
from sublet.core.rights import CLIENT, RESELLER, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.jobs import enqueue
from sublet.foundation.refs import looks_like_ref
from sublet.pricing.models import PriceCheck, PriceCheckLine
from sublet.pricing.operations.common import MANAGE
from sublet.pricing.queries.books import books_of
from sublet.pricing.queries.holdings import holdings_of
from sublet.pricing.queries.pages import sharing

JOB = "pricing.check"
#: Up to so many clients are reckoned at once; more by a job.
AT_ONCE = 200
BATCH = 200
#: So many checks are kept; older ones are thrown away.
MOST_KEPT = 30
Progress = Callable[[int, int], None]


class CannotCheckPrices(Refusal):
    """Why nothing is reckoned."""

    SENTENCES: ClassVar = {
        "kind": _("A check is of a discount, list prices, a rate, or use."),
        "percent": _("This is no percentage that makes sense here."),
        "rate": _("A rate is above zero, from one currency into another."),
        "nobody": _("There is nobody to reckon with: no client is open."),
    }


def check_prices(*, change: Change, reseller: str = "", actor: Actor, at: datetime) -> PriceCheck:
    """Reckon what a change would do to every client (``billing:manage``): at once for few, by a job for many.

    A reseller asks about its clients; the vendor about its resellers, or one of them: it learns what each would pay, and how many
    clients would lose money only of those that share their prices. The discount is on the total of all, so whoever reaches some
    of the accounts below asks nothing. Raises NotFound, Forbidden, CannotCheckPrices.
    """
    if actor.account_kind not in (VENDOR, RESELLER):
        raise NotFound
    actor.require_for_all(MANAGE)
    _check(change)
    with transaction.atomic():
        about = _resellers(actor, reseller)
        number = _clients(about).count()
        if not number:
            raise CannotCheckPrices("nobody")
        asked = change_to_json(change) | {"reseller": reseller}
        row = PriceCheck(account_id=actor.account_id, asked=asked, asked_at=at, asked_by=actor.name[:200])
        row.save(force_insert=True)
        old = PriceCheck.objects.filter(account_id=actor.account_id).order_by("-asked_at", "-id")[MOST_KEPT:]
        PriceCheck.objects.filter(id__in=[each.id for each in old]).delete()
        if number > AT_ONCE:
            row.job = enqueue(JOB, account_id=actor.account_id, actor=actor, at=at, payload={"check": row.ref})
            row.save(update_fields=["job"])
        else:
            _run(row, actor, at, lambda _done, _total: None)
    return row


def _check(change: Change) -> None:
    if change.kind not in CHANGES:
        raise CannotCheckPrices("kind", field="kind")
    bounds = {DISCOUNT: (0, 100), LISTED: (-100, 1000), USE: (0, 10_000)}
    if change.kind in bounds and not bounds[change.kind][0] <= change.percent <= bounds[change.kind][1]:
        raise CannotCheckPrices("percent", field="percent")
    if change.kind == RATE:
        known = change.source in CURRENCIES and change.target in CURRENCIES and change.source != change.target
        if not known or not 0 < change.rate < 10**9:
            raise CannotCheckPrices("rate", field="rate")


def _resellers(actor: Actor, ref: str) -> list[Account]:
    if actor.account_kind == RESELLER:
        return list(Account.objects.filter(id=actor.account_id))
    rows = Account.objects.filter(parent_id=actor.account_id, kind=RESELLER).exclude(state=CLOSED)
    if ref:
        if not looks_like_ref(ref, "acc"):
            raise NotFound
        rows = rows.filter(ref=ref)
    found = list(rows.order_by("id"))
    if ref and not found:
        raise NotFound
    return found


def _clients(about: Sequence[Account]) -> QuerySet[Account]:
    """Open clients that are no demonstrations: those that money is asked of."""
    rows = Account.objects.filter(parent_id__in=[each.id for each in about], kind=CLIENT, demo_until__isnull=True)
    return rows.exclude(state=CLOSED)


def run_check(*, ref: str, actor: Actor, at: datetime, progress: Progress) -> None:
    """Reckon a check that was left to a job, once more from the start if it had begun. Raises NotFound."""
    row = PriceCheck.objects.filter(account_id=actor.account_id, ref=ref).first()
    if row is None:
        raise NotFound
    if row.done_at is None:
        _run(row, actor, at, progress)


@dataclass
class _Portfolio:
    """The clients of one reseller as they are read, and the book of the first: the discount is on the total of all."""

    book: Book
    months: list[Pair] = field(default_factory=list)


def _run(row: PriceCheck, actor: Actor, at: datetime, progress: Progress) -> None:
    change = change_from_json(row.asked)
    about = {each.id: each for each in _resellers(actor, row.asked["reseller"])}
    open_to = set(about) if actor.account_kind == RESELLER else sharing(about)
    lines: list[PriceCheckLine] = []
    found: dict[str, Any] = {"clients": 0, "changing": 0, "losing": 0, "lost_before": 0, "unknown": 0}
    for giver, portfolio in _portfolios(_clients(list(about.values())), change, at, progress):
        effects = effects_of(portfolio.months, portfolio.book, change, at)
        shown = giver in open_to
        _count(found, effects, shown)
        if actor.account_kind == RESELLER:
            lines += [_line(row, each) for each in effects if each.before != each.after or each.after.loses]
        else:
            lines.append(_of_reseller(row, about[giver], portfolio, change, at, effects if shown else ()))
    with transaction.atomic():
        PriceCheckLine.objects.filter(account_id=row.account_id, price_check_id=row.id).delete()
        PriceCheckLine.objects.bulk_create(lines, batch_size=500)
        row.found, row.done_at = found, at
        row.save(update_fields=["found", "done_at"])


def _portfolios(
    rows: QuerySet[Account], change: Change, at: datetime, progress: Progress
) -> Iterator[tuple[int, _Portfolio]]:
    """Reseller after reseller with all of its clients. Clients are read so many at once, whoever's they are."""
    total, done = rows.count(), 0
    there: tuple[int, _Portfolio] | None = None
    for part in _batches(rows):
        books = books_of([each.id for each in part], at=at)
        givers = {each.id: each.parent_id or 0 for each in part}
        for pair in pairs(books, holdings_of(part, at=at), change, at):
            giver = givers[pair.account]
            if there is None or there[0] != giver:
                if there is not None:
                    yield there
                there = (giver, _Portfolio(books[pair.account]))
            there[1].months.append(pair)
        done += len(part)
        progress(done, total)
    if there is not None:
        yield there


def _batches(rows: QuerySet[Account]) -> Iterator[list[Account]]:
    """In the order of their resellers."""
    further = rows
    while part := list(further.order_by("parent_id", "id")[:BATCH]):
        yield part
        last = part[-1]
        further = rows.filter(Q(parent_id__gt=last.parent_id) | Q(parent_id=last.parent_id, id__gt=last.id))


def _count(found: dict[str, Any], effects: Sequence[Effect], shown: bool) -> None:
    found["clients"] += len(effects)
    found["changing"] += sum(1 for each in effects if each.before != each.after)
    found["unknown"] += sum(1 for each in effects if not each.known)
    if shown:
        found["losing"] += sum(1 for each in effects if each.loses_now)
        found["lost_before"] += sum(1 for each in effects if each.before.loses)


def _line(row: PriceCheck, each: Effect) -> PriceCheckLine:
    return PriceCheckLine(
        account_id=row.account_id,
        price_check_id=row.id,
        client_id=each.account,
        currency=each.currency,
        retail_before=each.before.retail,
        retail_after=each.after.retail,
        wholesale_before=each.before.wholesale,
        wholesale_after=each.after.wholesale,
        loses=each.after.loses,
    )


def _of_reseller(
    row: PriceCheck, reseller: Account, portfolio: _Portfolio, change: Change, at: datetime, shown: Sequence[Effect]
) -> PriceCheckLine:
    """What the reseller would owe the vendor, in the currency of its invoices; nothing of retail but whether anybody loses."""
    months = portfolio.months
    effects = effects_of([_in_list_currency(each) for each in months], portfolio.book, change, at)
    return PriceCheckLine(
        account_id=row.account_id,
        price_check_id=row.id,
        client_id=reseller.id,
        currency=months[0].before.list_currency,
        retail_before=0,
        retail_after=0,
        wholesale_before=sum(each.before.wholesale for each in effects),
        wholesale_after=sum(each.after.wholesale for each in effects),
        loses=any(each.loses_now for each in shown),
    )


def _in_list_currency(pair: Pair) -> Pair:
    before = replace(pair.before, currency=pair.before.list_currency, retail=0)
    after = replace(pair.after, currency=pair.after.list_currency, retail=0)
    return Pair(pair.account, before, after, Decimal(1), Decimal(1))
