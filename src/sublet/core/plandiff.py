"""What changes for somebody who goes from one plan to another: features and limits, gained and lost.

Pure. Laws (tests/core/test_plandiff.py): from a plan to itself nothing changes; the way back has the same lines with before and
after exchanged, and what was gained is lost.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sublet.core.manifest.model import Feature, FeatureValue, Limit, Meter, Plan

FEATURE, METER = "feature", "meter"
GAINED, LOST, OTHER = "gained", "lost", "other"


@dataclass(frozen=True, slots=True)
class Line:
    """One feature or meter of which the plans say different things. `before` and `after` are values of the feature, or limits in
    whole units (None: no limit); `policy` tells what happens at the limit afterwards. `way`: ``gained``, ``lost``, ``other``.
    """

    kind: str
    key: str
    before: FeatureValue | None
    after: FeatureValue | None
    way: str
    policy: str | None = None


def compare(
    before: Plan | None, after: Plan | None, features: Iterable[Feature], meters: Iterable[Meter]
) -> tuple[Line, ...]:
    """The lines in the order of the manifest, features first. None in place of a plan: nothing is granted, nothing limited."""
    lines = [line for feature in features if (line := _feature(before, after, feature)) is not None]
    lines += [line for meter in meters if (line := _meter(before, after, meter)) is not None]
    return tuple(lines)


def value_of(plan: Plan | None, feature: Feature) -> FeatureValue:
    """What a plan gives of a feature."""
    return feature.absent_value if plan is None else plan.features.get(feature.key, feature.absent_value)


def limit_of(plan: Plan | None, meter: str) -> Limit | None:
    """What a plan says about a meter; None: it sets no limit."""
    return next((limit for limit in plan.limits if limit.meter == meter), None) if plan is not None else None


def _feature(before: Plan | None, after: Plan | None, feature: Feature) -> Line | None:
    had, has = value_of(before, feature), value_of(after, feature)
    if had == has:
        return None
    return Line(FEATURE, feature.key, had, has, _way(_rank(feature, had), _rank(feature, has)))


def _rank(feature: Feature, value: FeatureValue) -> float | None:
    """How much a value is; None where that cannot be said."""
    if isinstance(value, bool | int):
        return float(value)
    if not value:
        return -1.0
    places = [choice.key for choice in feature.choices]
    return float(places.index(value)) if value in places else None


def _meter(before: Plan | None, after: Plan | None, meter: Meter) -> Line | None:
    had, has = limit_of(before, meter.key), limit_of(after, meter.key)
    amounts = [None if limit is None else limit.amount for limit in (had, has)]
    policies = [None if limit is None else limit.policy for limit in (had, has)]
    if amounts[0] == amounts[1] and policies[0] == policies[1]:
        return None
    ranks = [float("inf") if amount is None else float(amount) for amount in amounts]
    return Line(METER, meter.key, amounts[0], amounts[1], _way(*ranks), policies[1])


def _way(before: float | None, after: float | None) -> str:
    if before is None or after is None or before == after:
        return OTHER
    return GAINED if after > before else LOST
