"""What is paid for time beside the plan: managed services while they are on, and contracts with a price of their own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sublet.accounts.models import Account
from sublet.core.charging import SERVICE, Beside, Commitment, Span, without
from sublet.core.contracts import COMMITMENT, Contract
from sublet.core.offer import Offer
from sublet.core.pricebook import SERVICE as SERVICE_PRICE
from sublet.core.pricebook import Book
from sublet.core.proration import day_on, start_on
from sublet.core.rights import RESELLER
from sublet.entitlements.models import ServiceSetting
from sublet.metering.queries import Line
from sublet.pricing.models import AgreedContract
from sublet.subscriptions.queries.held import Held

#: A charge's item is no longer.
LONGEST_ITEM: Final = 80


@dataclass(frozen=True, slots=True)
class Switched:
    """How a service was set from an instant on, until another one; None: as the manifest says."""

    service: str
    enabled: bool | None
    since: datetime
    until: datetime | None


def settings_of(ids: Iterable[int], present: Offer) -> dict[int, list[Switched]]:
    """How services were set for those accounts over time. One statement, none where the offer has no services."""
    found: dict[int, list[Switched]] = defaultdict(list)
    if not present.services:
        return found
    rows = ServiceSetting.objects.filter(account_id__in=list(ids), service__in=list(present.services))
    for row in rows.order_by("since", "id"):
        found[row.account_id].append(Switched(row.service, row.enabled, row.since, row.until))
    return found


def services_of(
    now: Held,
    kind: str,
    books: Sequence[Book],
    words: Sequence[Switched],
    gone: datetime | None,
    idle: tuple[Span, ...] = (),
) -> list[Beside]:
    """The managed services that have a price in one of these books, in the spans in which they are on, up to the closing of the
    account (`gone`).

    A trial is free of them.
    """
    found: list[Beside] = []
    for key, service in now.offer.services.items() if kind != RESELLER else ():
        said = (rule.price for book in books for rule in book.rules_about(SERVICE_PRICE, key))
        if not service.prices and not any(price is not None for price in said):
            continue
        own = [word for word in words if word.service == key]
        spans = [left for span in _on(now.birth, service.enabled, own) for left in without(span, free_of(now, idle))]
        if spans:
            found.append(Beside(key, key, 0, tuple(spans), kind=SERVICE))
    return list(before_gone(found, gone))


def _on(birth: datetime, otherwise: bool, words: Sequence[Switched]) -> list[Span]:
    """When it was on: by the words, and between them and around them as a client begins."""
    cuts: list[tuple[datetime, datetime | None, bool]] = []
    reached: datetime | None = birth
    for word in words:
        if reached is None or (word.until is not None and word.until <= word.since):
            continue
        since = max(word.since, reached)
        if reached < since:
            cuts.append((reached, since, otherwise))
        cuts.append((since, word.until, otherwise if word.enabled is None else word.enabled))
        reached = word.until
    if reached is not None:
        cuts.append((reached, None, otherwise))
    spans: list[Span] = []
    for starts, ends, is_on in cuts:
        if not is_on:
            continue
        if spans and spans[-1].ends == starts:
            spans[-1] = Span(spans[-1].starts, ends)
        else:
            spans.append(Span(starts, ends))
    return spans


def idle_of(account: Account) -> tuple[Span, ...]:
    """The times that are over in which it was a demonstration, or closed."""
    return tuple(Span(datetime.fromisoformat(since), datetime.fromisoformat(until)) for since, until in account.idle)


def free_of(now: Held, idle: tuple[Span, ...] = ()) -> tuple[Span, ...]:
    """When nothing is charged: in the trial, and in those times."""
    return idle if now.trial is None else (Span(now.trial.started_at, now.trial.ends_at), *idle)


# Contracts ------------------------------------------------------------------------------------------------------------


def contracts_of(line: Line, book: Book) -> list[Beside]:
    """The contracts that have a price: from their first day to the last one, or on and on while they renew.

    They go by the account's periods, as add-ons do, each by the interval of its price.
    """
    found: list[Beside] = []
    for contract in book.agreed:
        if contract.price is None or contract.kind == COMMITMENT:
            continue
        found.append(
            Beside(
                contract.ref, contract.name[:LONGEST_ITEM], 0, (_span(line, contract),), interval=contract.price.interval,
                kind=SERVICE, price=contract.price,
            )
        )  # fmt: skip
    return found


def _span(line: Line, contract: Contract) -> Span:
    last = contract.over_with
    ends = None if last is None else start_on(line.anchors, last + timedelta(days=1))
    return Span(start_on(line.anchors, contract.first_day), ends)


def commitments_of(
    line: Line, book: Book, gone: datetime | None, idle: tuple[Span, ...] = ()
) -> tuple[Commitment, ...]:
    """What the client has promised its reseller to spend, up to the closing of the account (`gone`), but in those times.

    The day on which it is closed counts whole, and so does not once more where that is taken back.
    """
    whole = tuple(
        Span(each.starts, None if each.ends is None else max(each.ends, _next_day(line, each.starts))) for each in idle
    )
    found: list[Commitment] = []
    for contract in book.agreed:
        if contract.price is None or contract.price.amount is None or contract.kind != COMMITMENT:
            continue
        for span in without(_span(line, contract), whole):
            ends = span.ends if gone is None else gone if span.ends is None else min(span.ends, gone)
            if ends is None or span.starts < ends:
                found.append(
                    Commitment(
                        contract.ref, span.starts, ends, contract.price.interval, None, int(contract.price.amount), "",
                        contract.price.currency, item=contract.name[:LONGEST_ITEM],
                    )
                )  # fmt: skip
    return tuple(found)


def _next_day(line: Line, moment: datetime) -> datetime:
    return start_on(line.anchors, day_on(line.anchors, moment) + timedelta(days=1))


def agreed_late(ids: Iterable[int], *, since: datetime, until: datetime) -> dict[int, set[str]]:
    """Account → the contracts that were agreed from `since` on: they may have begun before. One statement."""
    found: dict[int, set[str]] = defaultdict(set)
    rows = AgreedContract.objects.filter(
        client_id__in=list(ids), price__isnull=False, agreed_at__gte=since, agreed_at__lte=until
    )
    for client_id, ref in rows.values_list("client_id", "ref"):
        found[client_id].add(ref)
    return found


def before_gone(beside: Iterable[Beside], gone: datetime | None) -> tuple[Beside, ...]:
    """The same up to the closing of the account."""
    if gone is None:
        return tuple(beside)
    return outside(beside, (Span(gone),))


def outside(beside: Iterable[Beside], times: Sequence[Span]) -> tuple[Beside, ...]:
    """The same without what is in those times."""
    found: list[Beside] = []
    for one in beside:
        spans = tuple(left for span in one.spans for left in without(span, times))
        if spans:
            found.append(replace(one, spans=spans))
    return tuple(found)
