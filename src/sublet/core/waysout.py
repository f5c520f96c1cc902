"""What would change an answer: who can give more, and how much it would be.

Each way is tried: the answer is resolved again as if it had been gone, and only what really gives more is told. So a way out
never leads nowhere (the law, tests/core/test_waysout.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sublet.core.entitled import (
    ADD_ON,
    CAP,
    FEATURE,
    METER,
    PLAN,
    RESELLER,
    SERVICE,
    TRIAL,
    Facts,
    ServiceWord,
    Source,
    Terms,
    lowest_bound,
)
from sublet.core.entitlement import resolve, wider
from sublet.core.manifest.model import FeatureValue

WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Way:
    """One way out. `value`: what there would be then (of a meter in units, None unlimited). `until`: when waiting helps."""

    kind: str
    value: FeatureValue | None = None
    key: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Offers:
    """What could be had: the trial that has not been started yet, plans and add-ons on sale to this account."""

    trial: Source | None = None
    plans: Sequence[Source] = ()
    add_ons: Sequence[Source] = ()


def ways_out(
    terms: Terms, facts: Facts, *, kind: str, key: str, offers: Offers, at: datetime, renews: datetime | None = None
) -> tuple[Way, ...]:
    """What gives more of that feature or meter, the nearest first. `renews`: when counting begins anew, if it does."""
    features = {key: terms.features[key]} if kind == FEATURE and key in terms.features else {}
    meters = {key: terms.meters[key]} if kind == METER and key in terms.meters else {}
    services = {service.key: service for service in terms.service_of(key)} if meters else {}
    narrow = Terms(features=features, meters=meters, services=services)
    if not features and not meters:
        return ()
    now = _value(narrow, facts, kind, key, at)
    found: list[Way] = []
    if renews is not None and kind == METER and now != 0:
        found.append(Way(WAIT, now, until=renews))
    for way, other in _tries(narrow, facts, kind, key, offers):
        value = _value(narrow, other, kind, key, at)
        if _is_more(narrow, kind, key, value, now):
            found.append(replace(way, value=value))
    return tuple(found)


def _tries(terms: Terms, facts: Facts, kind: str, key: str, offers: Offers) -> Iterator[tuple[Way, Facts]]:
    def without(layer: str) -> Facts:
        kept = [word for word in facts.overrides if (word.layer, word.kind, word.key) != (layer, kind, key)]
        return replace(facts, overrides=kept)

    if any((word.layer, word.kind, word.key) == ("client", kind, key) for word in facts.overrides):
        yield Way(CAP), without("client")
    if offers.trial is not None:
        yield Way(TRIAL, key=offers.trial.key), replace(facts, sources=[*facts.sources, offers.trial])
    if any((word.layer, word.kind, word.key) == (RESELLER, kind, key) for word in facts.overrides):
        yield Way(RESELLER), without(RESELLER)
    for service in terms.services.values():
        on = ServiceWord(service.key, enabled=True, allowance=None, sets_allowance=True)
        kept = [word for word in facts.services if word.key != service.key]
        yield Way(SERVICE, key=service.key), replace(facts, services=[*kept, on])
    for add_on in offers.add_ons:
        yield Way(ADD_ON, key=add_on.key), replace(facts, sources=[*facts.sources, add_on])
    others = [source for source in facts.sources if source.kind != PLAN]
    for plan in offers.plans:
        yield Way(PLAN, key=plan.key), replace(facts, sources=[*others, plan])


def _value(terms: Terms, facts: Facts, kind: str, key: str, at: datetime) -> FeatureValue | None:
    found = resolve(terms, facts, at=at)
    if kind == FEATURE:
        return found.features[key].value
    lowest = lowest_bound(found.meters[key].bounds)
    return None if lowest is None else found.meters[key].units


def _is_more(terms: Terms, kind: str, key: str, value: FeatureValue | None, now: FeatureValue | None) -> bool:
    if value == now:
        return False
    if kind == METER:
        return now is not None and (value is None or int(value) > int(now))
    if value is None or now is None:
        return False
    return wider(terms.features[key], now, value) == value
