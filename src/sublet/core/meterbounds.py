"""How far may a meter go: what each layer of `core.entitlement` leaves of it, as bounds that all hold at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sublet.core.entitled import (
    ADD_ON,
    CAP,
    METER,
    NONE,
    PLAN,
    RESELLER,
    SERVICE,
    STATE,
    TOP_UP,
    TRIAL,
    VENDOR,
    Facts,
    MeterAnswer,
    ServiceWord,
    Source,
    Step,
    Terms,
    lowest_bound,
    marked,
    words,
)
from sublet.core.manifest.model import NOTHING, FeatureValue, FrozenTable, ManagedService, Meter
from sublet.core.quota import BLOCK, DEGRADE, GRACE, NOTIFY, STRICTNESS, Bound


def meter_answer(
    meter: Meter, terms: Terms, plan: Source | None, trial: Source | None, add_ons: Sequence[Source], facts: Facts
) -> MeterAnswer:
    """How far `meter` may go, and what each layer said."""
    key, scale = meter.key, 10**meter.decimals
    given, steps = _given(key, plan, trial, add_ons, scale)
    for word in words(facts, VENDOR, METER, key):
        given = replace(
            given, layer=VENDOR, key="", limit=_steps(word.value, scale), policy=word.policy or given.policy,
            thresholds=word.thresholds or given.thresholds,
        )  # fmt: skip
        steps.append(Step(VENDOR, _units(word.value), policy=given.policy))
    extra = sum(top_up.units for top_up in facts.top_ups if top_up.meter == key)
    added = _added(key, add_ons)
    held = facts.held.meters.get(key) if facts.held is not None else None
    own: list[Bound] = []
    for service in terms.service_of(key):
        set_so = next((each for each in facts.services if each.key == service.key), None)
        bound = _allowance(service, set_so, added, scale)
        own.append(bound)
        if set_so is not None and set_so.sets_allowance:
            given = _widened(given, bound, held)
        steps.append(
            Step(SERVICE, None if bound.limit is None else bound.limit // scale, service.key, policy=bound.policy)
        )
    for said in words(facts, RESELLER, METER, key):
        limit = _steps(said.value, scale)
        bound = replace(
            given, layer=RESELLER, key="", limit=limit, policy=said.policy or (BLOCK if given.limit is None else given.policy),
            thresholds=said.thresholds or given.thresholds,
        )  # fmt: skip
        given = _widened(given, bound, held)
        own.append(bound)
        left = lowest_bound([given, bound])
        steps.append(Step(RESELLER, None if left is None else (left.limit or 0) // scale, policy=bound.policy))
    bounds = [given, *own]
    if extra:
        bounds = [_raised(bound, extra * scale) for bound in bounds]
        lowest = lowest_bound(bounds)
        if lowest is not None and lowest.topped_up:
            steps.append(Step(TOP_UP, (lowest.limit or 0) // scale, policy=lowest.policy))
    for word in words(facts, "client", METER, key):
        bounds.append(
            Bound(CAP, _steps(word.value, scale), word.policy or BLOCK, thresholds=word.thresholds or (80, 100))
        )
        steps.append(Step(CAP, _units(word.value), policy=word.policy or BLOCK))
    if facts.state:
        bounds.append(Bound(STATE, 0, BLOCK, key=facts.state, thresholds=()))
        steps.append(Step(STATE, 0, facts.state, policy=BLOCK))
    kept = tuple(bound for bound in bounds if bound.limit is not None)
    lowest = lowest_bound(kept)
    source = given.layer if lowest is None else TOP_UP if lowest.topped_up else lowest.layer
    return MeterAnswer(key=key, decimals=meter.decimals, bounds=kept, source=source, why=_by_layer(steps, source))


def _given(
    meter: str, plan: Source | None, trial: Source | None, add_ons: Sequence[Source], scale: int
) -> tuple[Bound, list[Step]]:
    """What plan, trial and add-ons give, as one bound, and what each said."""
    steps: list[Step] = []
    given = Bound(NONE, None)
    if plan is not None:
        given = _bound(PLAN, plan, meter, scale)
        steps.append(_said(given, scale))
    if trial is not None:
        tried = _bound(TRIAL, trial, meter, scale)
        given = tried if plan is None else more_generous(given, tried)
        steps.append(_said(tried, scale))
    for add_on in add_ons:
        for addition in add_on.adds:
            if addition.meter != meter:
                continue
            if addition.amount is None:
                given = Bound(ADD_ON, None, key=add_on.key)
            elif given.limit is not None and addition.amount:
                raised = given.limit + addition.amount * add_on.count * scale
                given = replace(given, layer=ADD_ON, key=add_on.key, limit=raised)
            steps.append(Step(ADD_ON, None if given.limit is None else given.limit // scale, add_on.key))
    return given, steps or [Step(NONE, None)]


def _said(bound: Bound, scale: int) -> Step:
    policy = None if bound.limit is None else bound.policy
    return Step(bound.layer, None if bound.limit is None else bound.limit // scale, bound.key, policy=policy)


def _bound(layer: str, source: Source, meter: str, scale: int) -> Bound:
    limit = source.limit(meter)
    if limit is None or limit.amount is None:
        return Bound(layer, None, key=source.key)
    return Bound(
        layer, limit.amount * scale, limit.policy or BLOCK, key=source.key, thresholds=limit.thresholds,
        grace_days=limit.grace_days, grace_percent=limit.grace_percent, degraded=limit.degraded_features or NOTHING,
    )  # fmt: skip


def more_generous(one: Bound, other: Bound) -> Bound:
    """Of two bounds the higher limit, with the milder of the two policies: never less than either in any respect."""
    if one.limit is None or other.limit is None:
        return one if one.limit is None else other
    high = other if other.limit > one.limit else one
    if {one.policy, other.policy} == {GRACE, DEGRADE}:
        return replace(high, policy=NOTIFY, grace_days=None, grace_percent=None, degraded=NOTHING)
    if one.policy == other.policy == DEGRADE:
        return replace(high, degraded=_less_degraded(one.degraded, other.degraded))
    if one.policy == other.policy == GRACE:
        return replace(high, grace_days=_longer(one.grace_days, other.grace_days, one, other),
                       grace_percent=_longer(one.grace_percent, other.grace_percent, one, other))  # fmt: skip
    mild = max((one, other), key=lambda bound: STRICTNESS[bound.policy])
    degraded = mild.degraded if mild.policy == DEGRADE else NOTHING
    return replace(
        high, policy=mild.policy, grace_days=mild.grace_days, grace_percent=mild.grace_percent, degraded=degraded
    )


def _less_degraded(one: FrozenTable[FeatureValue], other: FrozenTable[FeatureValue]) -> FrozenTable[FeatureValue]:
    """What both take away, and of that the less: an order of texts is not known here, so a differing one stays whole."""
    kept: dict[str, FeatureValue] = {}
    for key in one.keys() & other.keys():
        if one[key] == other[key]:
            kept[key] = one[key]
        elif isinstance(one[key], int) and isinstance(other[key], int):
            kept[key] = max(one[key], other[key])
    return FrozenTable(kept)


def _longer(one: int | None, other: int | None, first: Bound, second: Bound) -> int | None:
    """The longer of two graces; one that is not named does not end it, unless there is no grace at all."""
    if first.grace_days is None and first.grace_percent is None:
        return other
    if second.grace_days is None and second.grace_percent is None:
        return one
    return None if one is None or other is None else max(one, other)


def _added(meter: str, add_ons: Sequence[Source]) -> int | None:
    """Units that add-ons put on; None: without end."""
    amounts = [(add.amount, add_on.count) for add_on in add_ons for add in add_on.adds if add.meter == meter]
    if any(amount is None for amount, _count in amounts):
        return None
    return sum((amount or 0) * count for amount, count in amounts)


def _allowance(service: ManagedService, word: ServiceWord | None, added: int | None, scale: int) -> Bound:
    """What the allowance of a service leaves: nothing while it is off. What is bought on top comes on top of what it began with."""
    enabled = service.enabled if word is None or word.enabled is None else word.enabled
    if not enabled:
        return Bound(SERVICE, 0, BLOCK, key=service.key, thresholds=())
    if word is not None and word.sets_allowance:
        units = word.allowance
    else:
        units = None if service.allowance is None or added is None else service.allowance + added
    return Bound(SERVICE, _steps(units, scale), service.policy or BLOCK, key=service.key)


def is_off(bound: Bound) -> bool:
    """Whether a bound is there because its service is off: units on top open nothing then."""
    return bound.layer == SERVICE and bound.limit == 0 and not bound.thresholds


def _raised(bound: Bound, steps: int) -> Bound:
    if bound.limit is None or is_off(bound):
        return bound
    return replace(bound, limit=bound.limit + steps, topped_up=True)


def _widened(given: Bound, wanted: Bound, held: MeterAnswer | None) -> Bound:
    """What was given, widened towards what is wanted as far as the reseller holds so much itself."""
    if given.limit is None or held is None:
        return given
    most = lowest_bound(held.bounds)
    ceiling = None if most is None else most.limit
    if ceiling is not None and (wanted.limit is None or wanted.limit > ceiling):
        reached: int | None = ceiling
    else:
        reached = wanted.limit
    if reached is not None and reached <= given.limit:
        return given
    return replace(given, layer=RESELLER, key="", limit=reached)


def _by_layer(steps: Sequence[Step], source: str) -> tuple[Step, ...]:
    places = [place for place, step in enumerate(steps) if step.layer == source]
    return marked(steps, places[-1] if places else len(steps) - 1)


def _steps(units: FeatureValue | None, scale: int) -> int | None:
    return None if units is None else int(units) * scale


def _units(value: FeatureValue | None) -> int | None:
    return None if value is None else int(value)
