"""Where accounts stand: what they may do, joined with what they have used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sublet.catalog.queries import offer
from sublet.core.cascade import Pool, Share, room
from sublet.core.entitled import POOL, Entitlements, FeatureAnswer, MeterAnswer, Step, marked
from sublet.core.entitlement import narrower
from sublet.core.manifest import Meter
from sublet.core.manifest.model import FeatureValue
from sublet.core.periods import Period
from sublet.core.quota import Bound, Standing, stand
from sublet.entitlements import models
from sublet.entitlements.models import EntitlementClock, MeterState
from sublet.entitlements.queries.facts import Known, Place, known_of
from sublet.foundation.scope import platform_scope
from sublet.metering.queries import Used, lines_of_ids, usage_of_many, users_of_meter


@dataclass(frozen=True, slots=True)
class MeterStanding:
    """One meter of an account: how far it may go and where it is. Quantities in steps. `was`: its state when last noted."""

    meter: Meter
    answer: MeterAnswer
    standing: Standing
    period: Period
    reached_at: datetime | None
    was: str

    @property
    def resets(self) -> datetime | None:
        """When counting begins anew."""
        return self.period.end


@dataclass(frozen=True, slots=True)
class AccountStanding:
    """An account's whole answer at `at`. `sequence`: the last number of the stream that it takes account of."""

    known: Known
    entitlements: Entitlements
    meters: Mapping[str, MeterStanding]
    sequence: int
    at: datetime
    until: datetime | None

    @property
    def place(self) -> Place:
        return self.known.place


def head() -> int:
    """The last number of the stream."""
    return EntitlementClock.objects.filter(id=1).values_list("sequence", flat=True).first() or 0


def standings_of(found: Sequence[Place], *, at: datetime) -> dict[int, AccountStanding]:
    """Where those accounts stand, in a number of statements that does not grow with them, but with the pools."""
    sequence = head()  # first: what changes meanwhile is then read twice, never overlooked
    known = known_of(found, at=at)
    ids = [place.id for place in found]
    used = usage_of_many(ids, at, lines=lines_of_ids(ids))
    noted = noted_states(ids)
    pools = pools_of(found)
    drawn: Drawn = {}
    standings = {}
    for place in found:
        standings[place.id] = standing_of(
            known[place.id], used[place.id], noted.get(place.id, {}), pools.get(place.id, {}), at=at,
            sequence=sequence, drawn=drawn,
        )  # fmt: skip
    return standings


def noted_states(account_ids: Sequence[int]) -> dict[int, dict[str, MeterState]]:
    """The states that were noted, by account and meter."""
    found: dict[int, dict[str, MeterState]] = {}
    # unscoped: accounts that the caller has taken from its scope
    for row in MeterState.unscoped.filter(account_id__in=account_ids):
        found.setdefault(row.account_id, {})[row.meter] = row
    return found


def standing_of(
    known: Known,
    used: Mapping[str, Used],
    noted: Mapping[str, MeterState],
    pools: Mapping[str, models.Pool],
    *,
    at: datetime,
    sequence: int = 0,
    drawn: Drawn | None = None,
) -> AccountStanding:
    """Join what is known of an account with what it has used. `drawn`: pools that were looked at for others at `at`."""
    drawn = drawn if drawn is not None else {}
    found = known.resolve(at)
    meters: dict[str, MeterStanding] = {}
    ends = [found.until] if found.until is not None else []
    for key, answer in found.meters.items():
        there = used[key]
        if key in pools:
            answer = with_pool(answer, pools[key], known.place, there, at, drawn)
        row = noted.get(key)
        current = row if row is not None and row.period_key == there.period.key else None
        standing = stand(
            answer.bounds, used=there.quantity, reserved=there.reserved,
            reached_at=current.reached_at if current else None, at=at,
        )  # fmt: skip
        meters[key] = MeterStanding(
            known.terms.meters[key], answer, standing, there.period, current.reached_at if current else None,
            current.state if current else unused_state(answer, at),
        )  # fmt: skip
        if standing.until is not None:
            ends.append(standing.until)
        if there.period.end is not None and (there.quantity or there.reserved):
            ends.append(there.period.end)
    features = dict(found.features)
    for each in meters.values():
        for key, value in each.standing.degraded.items():
            if key in features:
                features[key] = _degraded(known, features[key], value, each.meter.key)
    return AccountStanding(known, replace(found, features=features), meters, sequence, at, min(ends, default=None))


def unused_state(answer: MeterAnswer, at: datetime) -> str:
    """The state of a meter that nothing was used of: what there is no row for."""
    return stand(answer.bounds, used=0, at=at).state


def _degraded(known: Known, answer: FeatureAnswer, value: FeatureValue, meter: str) -> FeatureAnswer:
    """A feature while a meter is beyond its limit: never more than it was."""
    feature = known.terms.features[answer.key]
    lower = narrower(feature, answer.value, value)
    if lower == answer.value:
        return answer
    steps = (*answer.why, Step("degraded", lower, meter))
    return replace(answer, value=lower, source="degraded", why=marked(steps, len(steps) - 1))


# Pools ----------------------------------------------------------------------------------------------------------------


def pools_of(found: Sequence[Place]) -> dict[int, dict[str, models.Pool]]:
    """The pools that those accounts draw from, by account and meter."""
    parents = {place.parent_id for place in found if place.kind == "client"}
    by_parent: dict[int, dict[str, models.Pool]] = {}
    # unscoped: the pool is the reseller's, which its client may not read; what it leaves the client is the client's to know
    for pool in models.Pool.unscoped.filter(account_id__in=[parent for parent in parents if parent is not None]):
        by_parent.setdefault(pool.account_id, {})[pool.meter] = pool
    return {
        place.id: by_parent[place.parent_id]
        for place in found
        if place.kind == "client" and place.parent_id is not None and place.parent_id in by_parent
    }


def pool_facts(pool: models.Pool, meter: Meter, at: datetime) -> Pool:
    """A pool as the pure core takes it, in steps: everybody below the reseller draws from it, with a share or without."""
    scale = 10**meter.decimals
    # The sum is over accounts that the actor may not see; what leaves here is what is left for its own.
    with platform_scope("what the clients of one reseller have drawn from its pool"):
        drawn = users_of_meter(pool.meter, pool.account_id, at)
    # unscoped: as above
    rows = {row.account_id: row for row in models.Share.unscoped.filter(pool_id=pool.id)}
    shares = {}
    for account_id in drawn.keys() | rows.keys():
        row = rows.get(account_id)
        shares[str(account_id)] = Share(
            reserve=row.reserve * scale if row else 0,
            cap=row.cap * scale if row and row.cap is not None else None,
            used=sum(drawn.get(account_id, (0, 0))),
        )
    return Pool(pool.size * scale, shares, pool.oversell)


#: Pools as they stand, by their numbers: of all who draw from one, the same.
Drawn = dict[int, Pool]


def with_pool(
    answer: MeterAnswer, pool: models.Pool, place: Place, used: Used, at: datetime, drawn: Drawn | None = None
) -> MeterAnswer:
    """How far a meter may go with what its reseller's pool leaves."""
    drawn = drawn if drawn is not None else {}
    if pool.id not in drawn:
        drawn[pool.id] = pool_facts(pool, offer().meters[answer.key].meter, at)
    facts = drawn[pool.id]
    key = str(place.id)
    if key not in facts.shares:
        facts = replace(facts, shares={**facts.shares, key: Share()})
    limit = used.quantity + used.reserved + room(facts, key)
    bound = Bound(POOL, limit, thresholds=())
    lowest = min([b.limit for b in answer.bounds if b.limit is not None], default=None)
    if lowest is not None and lowest <= limit:
        return replace(answer, bounds=(*answer.bounds, bound))
    scale = 10**answer.decimals
    steps = (*answer.why, Step(POOL, limit // scale, policy="block"))
    return replace(answer, bounds=(*answer.bounds, bound), source=POOL, why=marked(steps, len(steps) - 1))
