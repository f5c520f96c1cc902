"""What may this account do now, why, until when, and what would change it.

Layers, from the offer inwards; each says something about a feature or a meter, or nothing:

1. ``plan``      what is in force as a plan; where none is, the starting plan of the account's birth.
2. ``trial``     on top of the plan: of each feature and each limit whichever gives more.
3. ``add_on``    a switch is turned on, a number added (times the count), a text replaced; units are put on a limit.
4. ``vendor``    the vendor's own word for this account: replaces all of the above, in either direction.
5. ``service``   the allowance of the managed service that a meter counts; switched off, nothing of it is given.
6. ``reseller``  the reseller's own word for this client: narrows as it likes, widens up to what the reseller itself holds.
7. ``top_up``    units given once, on top of all limits above while they hold.
8. ``cap``       the account's own limit for itself; narrows only.
9. ``state``     an account that is suspended or closed may nothing.

A limit that nobody sets is unlimited. A text with choices counts as more the later its choice stands in the manifest.

Laws (tests/core/test_entitlement.py):

* a reseller's word never widens past the more of what the account was given and what the reseller holds;
* a trial never narrows; neither does an add-on or a top-up; a cap never widens;
* between two instants without a boundary (`until`) the answer is the same;
* the step that decides says the value that the answer has.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from sublet.core.entitled import (
    ADD_ON,
    FEATURE,
    METER,
    NONE,
    PLAN,
    RESELLER,
    STATE,
    TRIAL,
    VENDOR,
    Entitlements,
    Facts,
    FeatureAnswer,
    ServiceAnswer,
    Source,
    Step,
    Terms,
    marked,
    words,
)
from sublet.core.manifest.model import Feature, FeatureValue, ManagedService
from sublet.core.meterbounds import meter_answer
from sublet.core.quota import Bound


def resolve(terms: Terms, facts: Facts, *, at: datetime) -> Entitlements:
    """What an account may do at `at`."""
    sources = [source for source in facts.sources if _holds(source.starts, source.ends, at)]
    plan = _newest(sources, PLAN) or facts.starting
    trial = _newest(sources, TRIAL)
    add_ons = sorted((s for s in sources if s.kind == ADD_ON), key=lambda s: (s.key, s.version))
    now = replace(
        facts,
        overrides=[word for word in facts.overrides if _holds(word.since, word.until, at)],
        top_ups=[given for given in facts.top_ups if _holds(given.since, given.until, at)],
        services=[word for word in facts.services if _holds(word.since, word.until, at)],
    )
    services = {key: _service(service, now) for key, service in terms.services.items()}
    shown = trial or plan
    return Entitlements(
        plan=plan,
        trial=trial,
        advertising=shown.advertising if shown else False,
        features={key: _feature(feature, plan, trial, add_ons, now) for key, feature in terms.features.items()},
        meters={key: meter_answer(meter, terms, plan, trial, add_ons, now) for key, meter in terms.meters.items()},
        services=services,
        until=_next_boundary(facts, at),
        state=facts.state,
    )


def held_by(terms: Terms, facts: Facts, *, at: datetime) -> Entitlements:
    """What a reseller holds, so that it can give it on: what the vendor says of it at `at`, meter by meter (ADR 0024).

    A word about one thing says nothing of another. No plan counts, neither that with which everybody starts nor that of a time
    in which the reseller was a direct account; nor what it was given once, nor its own cap: those are about its own use.
    """
    said = [word for word in facts.overrides if word.layer == VENDOR]
    found = resolve(replace(terms, services={}), Facts(overrides=said), at=at)
    spoken = {word.key for word in said if word.kind == METER and _holds(word.since, word.until, at)}
    nothing = Bound(NONE, 0)
    meters = {
        key: answer
        if key in spoken
        else replace(answer, bounds=(nothing,), source=NONE, why=(Step(NONE, 0, decides=True),))
        for key, answer in found.meters.items()
    }
    return replace(found, meters=meters)


def _holds(start: datetime | None, end: datetime | None, at: datetime) -> bool:
    return (start is None or start <= at) and (end is None or at < end)


def _newest(sources: Iterable[Source], kind: str) -> Source | None:
    of_kind = [(place, source) for place, source in enumerate(sources) if source.kind == kind]
    return max(of_kind, key=lambda p: (p[1].starts is not None, p[1].starts or 0, p[0]), default=(0, None))[1]


def _next_boundary(facts: Facts, at: datetime) -> datetime | None:
    spans: list[tuple[datetime | None, datetime | None]] = [(s.starts, s.ends) for s in facts.sources]
    spans += [(word.since, word.until) for word in facts.overrides]
    spans += [(given.since, given.until) for given in facts.top_ups]
    spans += [(word.since, word.until) for word in facts.services]
    ahead = [instant for span in spans for instant in span if instant is not None and instant > at]
    if facts.held is not None and facts.held.until is not None and facts.held.until > at:
        ahead.append(facts.held.until)
    return min(ahead, default=None)


# Features -------------------------------------------------------------------------------------------------------------


def wider(feature: Feature, one: FeatureValue, other: FeatureValue) -> FeatureValue:
    """Whichever gives more; of two free texts that of which one is empty, or the second."""
    if feature.kind == "switch":
        return bool(one) or bool(other)
    if feature.kind == "number":
        return max(int(one), int(other))
    order = {choice.key: place for place, choice in enumerate(feature.choices)}
    if order:
        return max((one, other), key=lambda value: order.get(str(value), -1))
    return other or one


def narrower(feature: Feature, one: FeatureValue, other: FeatureValue) -> FeatureValue:
    """Whichever gives less; of two free texts the first."""
    if feature.kind == "switch":
        return bool(one) and bool(other)
    if feature.kind == "number":
        return min(int(one), int(other))
    order = {choice.key: place for place, choice in enumerate(feature.choices)}
    if order:
        return min((one, other), key=lambda value: order.get(str(value), -1))
    return one


def _feature(
    feature: Feature, plan: Source | None, trial: Source | None, add_ons: Sequence[Source], facts: Facts
) -> FeatureAnswer:
    key = feature.key
    value: FeatureValue = feature.absent_value
    steps = [Step(NONE, value)]

    def say(layer: str, new: FeatureValue, of: str = "") -> None:
        nonlocal value
        value = new
        steps.append(Step(layer, new, of))

    if plan is not None and key in plan.features:
        say(PLAN, plan.features[key], plan.key)
    if trial is not None and key in trial.features:
        say(TRIAL, wider(feature, value, trial.features[key]), trial.key)
    for add_on in add_ons:
        if key in add_on.features:
            given = add_on.features[key]
            if feature.kind == "number":
                say(ADD_ON, int(value) + int(given) * add_on.count, add_on.key)
            else:
                say(ADD_ON, given if feature.kind == "text" else bool(value) or bool(given), add_on.key)
    for word in words(facts, VENDOR, FEATURE, key):
        say(VENDOR, _valid(feature, word.value))
    for word in words(facts, RESELLER, FEATURE, key):
        say(RESELLER, within(feature, _valid(feature, word.value), given=value, held=_held_value(feature, facts)))
    if facts.state:
        say(STATE, feature.absent_value, facts.state)
    decided = _deciding(steps)
    return FeatureAnswer(
        key=key, kind=feature.kind, value=value, source=steps[decided].layer, why=marked(steps, decided)
    )


def within(feature: Feature, wanted: FeatureValue, *, given: FeatureValue, held: FeatureValue) -> FeatureValue:
    """What a reseller's word comes to: `wanted`, but never more than the more of what was given and what it holds."""
    if feature.kind == "text" and not feature.choices:
        return wanted if wanted in (given, held, "") else given
    return narrower(feature, wanted, wider(feature, given, held))


def _held_value(feature: Feature, facts: Facts) -> FeatureValue:
    answer = facts.held.features.get(feature.key) if facts.held is not None else None
    return feature.absent_value if answer is None else answer.value


def _valid(feature: Feature, value: FeatureValue | None) -> FeatureValue:
    """A stored value in the shape that the feature has in the manifest in force."""
    if feature.kind == "switch":
        return bool(value)
    if feature.kind == "number":
        return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0
    return value if isinstance(value, str) else ""


def _deciding(steps: Sequence[Step]) -> int:
    """The first step from which on the value stays as it is at the end."""
    place = len(steps) - 1
    while place > 0 and steps[place - 1].value == steps[-1].value:
        place -= 1
    return place


# Managed services -----------------------------------------------------------------------------------------------------


def _service(service: ManagedService, facts: Facts) -> ServiceAnswer:
    word = next((word for word in facts.services if word.key == service.key), None)
    enabled = service.enabled if word is None or word.enabled is None else word.enabled
    managed = service.default_managed_by or (service.managed_by[0] if service.managed_by else None)
    if word is not None and word.managed_by in service.managed_by:
        managed = word.managed_by
    allowance = word.allowance if word is not None and word.sets_allowance else service.allowance
    return ServiceAnswer(key=service.key, enabled=enabled and not facts.state, managed_by=managed, allowance=allowance)
