"""What is stored about what accounts may do, as the pure core takes it: for many accounts in a fixed number of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import connection
from django.db.models import Exists, OuterRef, Q, Subquery, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from sublet.accounts.models import Account
from sublet.catalog.queries import offer
from sublet.core.entitled import (
    ADD_ON,
    PLAN,
    RESELLER,
    TRIAL,
    Entitlements,
    Facts,
    Override,
    ServiceWord,
    Source,
    Terms,
    TopUp,
    add_on_source,
    plan_source,
    trial_source,
)
from sublet.core.entitlement import held_by, resolve
from sublet.core.lifecycle import CLOSED, SUSPENDED
from sublet.core.manifest import Plan
from sublet.core.offer import Offer
from sublet.core.rights import CLIENT
from sublet.entitlements import models


@dataclass(frozen=True, slots=True)
class Place:
    """An account as far as this app needs it."""

    id: int
    ref: str
    kind: str
    parent_id: int | None
    name: str
    state: str
    created_at: datetime
    timezone: str
    above_parent_id: int | None = None  # of a client the vendor, whose words hold for it too
    changed: int = 0  # its number in the stream; 0 never, -1 in the transaction that changes it
    apportions: bool = False  # it shares a meter out among the people of its team


@dataclass(frozen=True, slots=True)
class Known:
    """An account, its facts and the terms they are read by."""

    place: Place
    facts: Facts
    terms: Terms

    def resolve(self, at: datetime) -> Entitlements:
        """What the account may do at `at`."""
        return resolve(self.terms, self.facts, at=at)


_PLACE = ("id", "ref", "kind", "parent_id", "name", "state", "created_at", "timezone")
_ABOVE = "parent__parent_id"


def number_of(account: str) -> Combinable:
    """The number in the stream of the account whose id is that field of the question around it."""
    # unscoped: of each account that the question around it gives
    found = models.EntitlementChange.unscoped.filter(account_id=OuterRef(account))
    return Coalesce(Subquery(found.annotate(number=Coalesce("sequence", Value(-1))).values("number")[:1]), Value(0))


_CHANGED = number_of("pk")
# unscoped: of each account that the question around it gives
_APPORTIONS = Exists(models.Apportionment.unscoped.filter(account_id=OuterRef("pk")))
_TOLD = (*_PLACE, _ABOVE, "changed", "apportions")
_terms: tuple[Offer, Terms] | None = None
#: What this process has read of accounts, as long as their number in the stream is the same: whatever changes facts
#: announces it, in the same transaction. Only what was read outside a transaction is kept: one may be rolled back.
_kept: dict[int, _Kept] = {}
_MOST_KEPT = 20_000


@dataclass(frozen=True, slots=True)
class _Kept:
    known: Known
    present: Offer
    read_at: datetime


def terms_in_force(present: Offer | None = None) -> Terms:
    """The declarations of the manifest in force. `present`: the offer, where the caller has it in hand."""
    global _terms
    present = present or offer()
    if _terms is None or _terms[0] is not present:
        meters = {key: item.meter for key, item in present.meters.items()}
        _terms = present, Terms(present.features, meters, present.services)
    return _terms[1]


def place_with(account: Account, number: int) -> Place:
    """The place of an account that was read together with its number (`number_of`).

    A statement for a client that this process does not know below that reseller yet.
    """
    above = None
    there = _kept.get(account.id)
    if account.kind == CLIENT and account.parent_id is not None:
        if there is None or there.known.place.parent_id != account.parent_id:
            return replace(places([account.id])[account.id], changed=number)
        above = there.known.place.above_parent_id
    told = (account.id, account.ref, account.kind, account.parent_id, account.name, account.state)
    # What was not asked is as it was: it matters to whoever asks for the place itself.
    apportions = there is not None and there.known.place.apportions
    return Place(*told, account.created_at, account.timezone, above, number, apportions)


def places(account_ids: Iterable[int]) -> dict[int, Place]:
    """Those accounts. For callers that hold them by a scope already."""
    # unscoped: the ids come from rows that the caller's scope gave out, and from the accounts above those
    rows = (
        Account.unscoped.filter(id__in=list(account_ids))
        .annotate(changed=_CHANGED, apportions=_APPORTIONS)
        .values_list(*_TOLD)
    )
    return {row[0]: Place(*row) for row in rows}


def place_of(ref: str) -> Place | None:
    """The account of that reference in the scope in force."""
    row = Account.objects.filter(ref=ref).annotate(changed=_CHANGED, apportions=_APPORTIONS).values_list(*_TOLD).first()
    return None if row is None else Place(*row)


def known_of(found: Sequence[Place], *, at: datetime) -> dict[int, Known]:
    """What is known of those accounts at `at` (and of what is agreed for later).

    A client's answer depends on what its reseller holds, which the client may not read: these statements go past the
    scope, for accounts that the caller has taken from it.
    """
    present = offer()
    terms = terms_in_force(present)
    keeps = not connection.in_atomic_block
    known = {}
    if keeps:
        known = {place.id: there for place in found if (there := _still(place, present, at)) is not None}
        found = [place for place in found if place.id not in known]
        if not found:
            return known
    above = {place.parent_id for place in found if place.kind == CLIENT and place.parent_id is not None}
    ids = {place.id for place in found} | above
    rows = _rows(ids, at)
    held = {
        account_id: held_by(terms, _facts(rows[account_id], present, None), at=at)
        for account_id in above
        if rows[account_id].overrides
    }
    for place in found:
        born = present.starting_plan_at(place.created_at)
        own = rows[place.id]
        facts = _facts(own.said_to(place), present, born)
        state = place.state if place.state in (SUSPENDED, CLOSED) else ""
        facts = replace(facts, held=held.get(place.parent_id or 0), state=state)
        known[place.id] = Known(place, facts, terms)
        if keeps and place.changed >= 0:
            while len(_kept) >= _MOST_KEPT:
                _kept.pop(next(iter(_kept)), None)
            _kept[place.id] = _Kept(known[place.id], present, at)
    return known


def _still(place: Place, present: Offer, at: datetime) -> Known | None:
    """What was read before, if it still holds at `at`."""
    there = _kept.get(place.id)
    if there is None or there.known.place != place or there.present is not present or at < there.read_at:
        return None
    held = there.known.facts.held
    return there.known if held is None or held.until is None or at < held.until else None


@dataclass(slots=True)
class _Rows:
    sources: list[models.EntitlementSource]
    overrides: list[models.Override]
    top_ups: list[models.TopUp]
    services: list[models.ServiceSetting]

    def said_to(self, place: Place) -> _Rows:
        """Without what a former reseller said: its words do not follow a client that went elsewhere."""
        parent = place.parent_id if place.kind == CLIENT else None
        return _Rows(
            self.sources,
            [row for row in self.overrides if row.layer != RESELLER or row.giver_id == parent],
            self.top_ups,
            [
                row
                for row in self.services
                if place.kind != CLIENT or row.giver_id in (parent, place.id, place.above_parent_id)
            ],
        )


def _rows(account_ids: Iterable[int], at: datetime) -> Mapping[int, _Rows]:
    ids = sorted(account_ids)
    found: dict[int, _Rows] = defaultdict(lambda: _Rows([], [], [], []))
    open_ = Q(account_id__in=ids) & (Q(until__isnull=True) | Q(until__gt=at))
    running = Q(account_id__in=ids) & (Q(ends_at__isnull=True) | Q(ends_at__gt=at))
    # unscoped: accounts of the caller's scope and those above them, as `known_of` says
    for source in models.EntitlementSource.unscoped.filter(running).order_by("starts_at", "id"):
        found[source.account_id].sources.append(source)
    # unscoped: as above
    for word in models.Override.unscoped.filter(open_).order_by("since", "id"):
        found[word.account_id].overrides.append(word)
    # unscoped: as above
    for given in models.TopUp.unscoped.filter(open_).order_by("since", "id"):
        found[given.account_id].top_ups.append(given)
    # unscoped: as above
    for setting in models.ServiceSetting.unscoped.filter(open_).order_by("since", "id"):
        found[setting.account_id].services.append(setting)
    return found


def _facts(rows: _Rows, present: Offer, born: Plan | None) -> Facts:
    plans: list[Source] = []
    others: list[Source] = []
    starting = plan_source(born, starts=None) if born is not None else None
    for row in rows.sources:
        if row.kind == PLAN and (plan := present.plan(row.key, row.version)) is not None:
            plans.append(plan_source(plan, starts=row.starts_at, ends=row.ends_at))
        elif row.kind == ADD_ON and (add_on := present.add_on(row.key, row.version)) is not None:
            others.append(add_on_source(add_on, starts=row.starts_at, ends=row.ends_at, count=row.count))
        elif row.kind == TRIAL and (offering := present.plan(row.key, row.version)) is not None:
            others.append(_trial(offering, row, present))
    return Facts(
        sources=[*plans, *others],
        starting=starting,
        overrides=[
            Override(
                layer=row.layer,
                kind=row.kind,
                key=row.key,
                value=row.value,
                policy=row.policy or None,
                since=row.since,
                until=row.until,
                thresholds=tuple(row.thresholds),
            )
            for row in rows.overrides
        ],
        top_ups=[TopUp(row.meter, row.units, row.since, row.until) for row in rows.top_ups],
        services=[
            ServiceWord(
                row.service,
                row.enabled,
                row.managed_by or None,
                row.allowance,
                row.sets_allowance,
                row.since,
                row.until,
            )
            for row in rows.services
        ],
    )


def _trial(offering: Plan, row: models.EntitlementSource, present: Offer) -> Source:
    """What the trial opens: the version that was agreed when it began, whatever is on sale meanwhile.

    A plan that offers none is opened itself, as a trial that was given by hand.
    """
    agreed = present.plan(row.opens, row.opens_version) if row.opens else None
    if offering.trial is None or row.ends_at is None:
        opened = plan_source(agreed or offering, starts=row.starts_at, ends=row.ends_at)
        return replace(opened, kind=TRIAL, advertising=False)
    opens = agreed or (present.plan(offering.trial.plan) if offering.trial.plan else offering)
    return trial_source(offering.trial, opens, starts=row.starts_at, ends=row.ends_at, key=offering.key)


def trial_of(plan: Plan, present: Offer, *, starts: datetime, ends: datetime) -> Source | None:
    """What the trial of a plan would give, if it offers one."""
    if plan.trial is None:
        return None
    opens = present.plan(plan.trial.plan) if plan.trial.plan else plan
    return trial_source(plan.trial, opens, starts=starts, ends=ends, key=plan.key)
