"""What putting many clients on a plan, or charging them otherwise, would change, before it is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Count, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from sublet.accounts.models import Account
from sublet.accounts.queries.bulk import SAMPLE, Selection, selected
from sublet.accounts.queries.clients import Counted, counted
from sublet.accounts.queries.tree import require_below
from sublet.catalog.queries import offer
from sublet.core.bases import EITHER, is_chosen
from sublet.core.entitled import PLAN
from sublet.core.lifecycle import CLOSED
from sublet.core.manifest import Plan
from sublet.core.offer import StartingSpan
from sublet.core.plandiff import Line, compare
from sublet.entitlements.models import EntitlementSource
from sublet.foundation.actor import Actor
from sublet.subscriptions.queries.bases import Said, said_of, vendor_says
from sublet.subscriptions.queries.held import Held, held_many
from sublet.subscriptions.queries.periods import paid_until, period_end


@dataclass(frozen=True, slots=True)
class PlanMove:
    """So many clients that would come from one plan, and what changes for them."""

    before: Plan | None
    number: int
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class ManyPreview:
    """How many are selected, how many stay because they are on it or closed, from where the others come, some names."""

    selected: Counted
    staying: int
    moves: Sequence[PlanMove]
    names: Sequence[str]

    @property
    def changing(self) -> int:
        return sum(move.number for move in self.moves)


def preview_plans(actor: Actor, chosen: Selection, *, plan: str, at: datetime) -> ManyPreview:
    """What `operations.change_plans` would do to the selection now; without a `plan`, on which plans they are.

    Equal to asking for each of them, but worked out once for each version of a plan that they are on: what counts at `at`, so
    of a plan that rests the one of the birth. Raises Forbidden, NotFound.
    """
    require_below(actor, "view")
    actor.require("subscription:manage")
    rows = selected(actor, chosen, at=at)
    present = offer()
    after = present.plan(plan) if plan else None
    spans = present.starting_spans()
    placed = _placed(rows.exclude(state=CLOSED), spans, at)
    stays = Q(pk__in=[])
    numbers: Counter[tuple[str, int]] = Counter()
    for (key, version, span), number in _counted(placed).items():
        birth = spans[span].plan if 0 <= span < len(spans) else None
        before = present.plan(key, version) if key else birth
        # Nobody is put on the plan that it has without one; and on the very version it stays.
        same = bool(key) and after is not None and (key, version) == (after.key, after.version)
        if plan and (same or (birth is not None and birth.key == plan)):
            stays |= Q(held_key=key, held_version=version, span=span)
        else:
            numbers[(before.key, before.version) if before is not None else ("", 0)] += number
    meters = [item.meter for item in present.meters.values()]
    moves = []
    for (key, version), number in sorted(numbers.items(), key=lambda pair: (-pair[1], pair[0])):
        before = present.plan(key, version) if key else None
        lines = compare(before, after, present.features.values(), meters) if plan else ()
        moves.append(PlanMove(before, number, lines))
    return ManyPreview(
        selected=counted(rows),
        staying=rows.count() - sum(numbers.values()),
        moves=moves,
        names=list(placed.exclude(stays).order_by().values_list("name", flat=True)[:SAMPLE]),
    )


@dataclass(frozen=True, slots=True)
class BasesPreview:
    """How many are selected, how many would be charged otherwise, and why how many would not (``same``, or the code of a refusal);
    some names of the first. `known` False: there are too many to say beforehand."""

    selected: Counted
    changing: int
    staying: Mapping[str, int]
    names: Sequence[str]
    known: bool = True


#: Of more clients than these it is not said beforehand whom a choice changes.
MOST_TOLD, _AT_A_TIME = 5_000, 500


def preview_bases(actor: Actor, chosen: Selection, *, basis: str, when: str, at: datetime) -> BasesPreview:
    """What `operations.choose_bases` would do to the selection now, up to `MOST_TOLD` clients of it; without a `basis`, whom it is
    about.

    Equal to choosing for each of them. Statements grow by `_AT_A_TIME` clients, not by one. Raises Forbidden.
    """
    require_below(actor, "view")
    actor.require("subscription:manage")
    rows = selected(actor, chosen, at=at)
    if not basis:
        return BasesPreview(counted(rows), 0, {}, list(rows.order_by("id").values_list("name", flat=True)[:SAMPLE]))
    accounts = list(rows.order_by("id")[: MOST_TOLD + 1])
    if len(accounts) > MOST_TOLD:
        return BasesPreview(counted(rows), 0, {}, [each.name for each in accounts[:SAMPLE]], known=False)
    left, names = Counter[str](), list[str]()
    for start in range(0, len(accounts), _AT_A_TIME):
        part = accounts[start : start + _AT_A_TIME]
        said = said_of(each.id for each in part)
        holds = held_many(part)
        paid = {} if when == "now" else paid_until(holds, at)
        for account, now in zip(part, holds, strict=True):
            why = _why_charged_as_before(account, now, said, basis, when, at, paid)
            if why:
                left[why] += 1
            else:
                names.append(account.name)
    return BasesPreview(counted(rows), len(names), left, names[:SAMPLE])


def _why_charged_as_before(
    account: Account, now: Held, said: Said, basis: str, when: str, at: datetime, paid: Mapping[int, datetime]
) -> str:
    """In the order in which `operations.choose_basis` looks; empty where it changes."""
    if account.state == CLOSED:
        return "closed"
    effective = at if when == "now" else period_end(now, account.timezone, at, said, paid=paid)
    if effective is None:
        return "no-period"
    if vendor_says(now, said.rules, account.timezone, effective) != EITHER:
        return "vendor-says"
    return "same" if is_chosen((said.chosen or {}).get(account.id, ()), basis, effective, at) else ""


def _placed(rows: QuerySet[Account], spans: Sequence[StartingSpan], at: datetime) -> QuerySet[Account]:
    """The accounts with the plan that counts at that moment beside each: `held_key` and `held_version`, empty and 0 where it is
    the one of the birth; and in which of the `spans` that was (-1: before there were any)."""
    # unscoped: joined to rows that were found within the scope
    sources = EntitlementSource.unscoped.filter(account_id=OuterRef("pk"), kind=PLAN, starts_at__lte=at)
    sources = sources.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=at)).order_by()
    births = [When(_born_in(span), then=Value(number)) for number, span in enumerate(spans)]
    return rows.annotate(
        held_key=Coalesce(Subquery(sources.values("key")[:1]), Value("")),
        held_version=Coalesce(Subquery(sources.values("version")[:1]), Value(0)),
        span=Case(*births, default=Value(-1)),
    )


def _born_in(span: StartingSpan) -> Q:
    since = Q(created_at__gte=span.since) if span.since is not None else Q(created_at__isnull=False)
    return since & Q(created_at__lt=span.until) if span.until is not None else since


def _counted(placed: QuerySet[Account]) -> dict[tuple[str, int, int], int]:
    grouped = placed.order_by().values("held_key", "held_version", "span")  # type: ignore[misc]  # annotated
    grouped = grouped.annotate(number=Count("id"))
    return {(row["held_key"], row["held_version"], row["span"]): row["number"] for row in grouped}
