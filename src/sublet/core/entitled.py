"""What `core.entitlement` works with: what an account has, what was said about it, and what the answer looks like."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from sublet.core.manifest.model import (
    NOTHING,
    Addition,
    AddOn,
    Feature,
    FeatureValue,
    FrozenTable,
    Limit,
    ManagedService,
    Meter,
    Plan,
    Trial,
)
from sublet.core.quota import STRICTNESS, Bound

PLAN, TRIAL, ADD_ON = "plan", "trial", "add_on"
VENDOR, SERVICE, RESELLER, TOP_UP, CAP, STATE, POOL, COLLABORATOR, NONE = (
    "vendor", "service", "reseller", "top_up", "cap", "state", "pool", "collaborator", "none",
)  # fmt: skip
FEATURE, METER = "feature", "meter"
#: Layers of an override; a client's is the cap on itself.
OVERRIDE_LAYERS: Final = (VENDOR, RESELLER, "client")


@dataclass(frozen=True, slots=True)
class Source:
    """A plan, a trial or an add-on that an account has from `starts` to, not including, `ends` (None: open)."""

    kind: str
    key: str
    version: int
    starts: datetime | None
    ends: datetime | None = None
    count: int = 1
    features: FrozenTable[FeatureValue] = NOTHING
    limits: tuple[Limit, ...] = ()
    adds: tuple[Addition, ...] = ()
    advertising: bool = False

    def limit(self, meter: str) -> Limit | None:
        """What it says about a meter; None: nothing, so it does not end it."""
        return next((limit for limit in self.limits if limit.meter == meter), None)


def plan_source(plan: Plan, *, starts: datetime | None, ends: datetime | None = None) -> Source:
    """A plan as a source."""
    return Source(
        kind=PLAN, key=plan.key, version=plan.version, starts=starts, ends=ends, features=plan.features,
        limits=plan.limits, advertising=plan.advertising,
    )  # fmt: skip


def trial_source(trial: Trial, opens: Plan | None, *, starts: datetime, ends: datetime, key: str = "") -> Source:
    """A trial as a source: what the plan that it `opens` gives, with its own features on top and its own limits instead.

    A trial that opens no plan of its own opens the one beside it: hand that over.
    """
    own = {limit.meter for limit in trial.limits}
    kept = tuple(limit for limit in (opens.limits if opens else ()) if limit.meter not in own)
    return Source(
        kind=TRIAL, key=opens.key if opens else key, version=opens.version if opens else 1, starts=starts, ends=ends,
        features=FrozenTable({**(opens.features if opens else {}), **trial.features}), limits=(*kept, *trial.limits),
        advertising=trial.advertising,
    )  # fmt: skip


def add_on_source(add_on: AddOn, *, starts: datetime | None, ends: datetime | None = None, count: int = 1) -> Source:
    """An add-on as a source."""
    return Source(
        kind=ADD_ON, key=add_on.key, version=add_on.version, starts=starts, ends=ends, count=count,
        features=add_on.features, adds=add_on.adds,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Override:
    """A word of `layer` about one feature or meter. `value`: of a feature; of a meter the limit in units, None unlimited."""

    layer: str
    kind: str
    key: str
    value: FeatureValue | None
    policy: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    thresholds: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class TopUp:
    """Units given once, from `since` to, not including, `until`."""

    meter: str
    units: int
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ServiceWord:
    """What the reseller set for a managed service of this client. None in a field: as it began."""

    key: str
    enabled: bool | None = None
    managed_by: str | None = None
    allowance: int | None = None
    sets_allowance: bool = False  # an allowance of None is unlimited where this is set
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known of one account. `held`: what its reseller has itself; None: nothing beyond what is given here."""

    sources: Sequence[Source] = ()
    starting: Source | None = None
    overrides: Sequence[Override] = ()
    top_ups: Sequence[TopUp] = ()
    services: Sequence[ServiceWord] = ()
    held: Entitlements | None = None
    state: str = ""  # suspended, closed: nothing may be done


@dataclass(frozen=True, slots=True)
class Terms:
    """What the manifest in force declares."""

    features: Mapping[str, Feature] = field(default_factory=dict)
    meters: Mapping[str, Meter] = field(default_factory=dict)
    services: Mapping[str, ManagedService] = field(default_factory=dict)

    def service_of(self, meter: str) -> list[ManagedService]:
        """The managed services whose allowance counts that meter."""
        return [service for service in self.services.values() if service.meter == meter]


@dataclass(frozen=True, slots=True)
class Step:
    """What one layer said: `value` is what it left (of a meter in units, None unlimited). `key`: which plan, add-on, service."""

    layer: str
    value: FeatureValue | None
    key: str = ""
    decides: bool = False
    policy: str | None = None


@dataclass(frozen=True, slots=True)
class FeatureAnswer:
    """A feature as it is now."""

    key: str
    kind: str
    value: FeatureValue
    source: str
    why: tuple[Step, ...]


def lowest_bound(bounds: Iterable[Bound]) -> Bound | None:
    """The bound that is met first: the lowest limit, of equal ones the strictest, of those the first."""
    ending = [bound for bound in bounds if bound.limit is not None]
    return min(ending, key=lambda bound: (bound.limit or 0, STRICTNESS[bound.policy]), default=None)


@dataclass(frozen=True, slots=True)
class MeterAnswer:
    """How far a meter may go: every layer that ends it, in steps. `source`: whose limit is met first."""

    key: str
    decimals: int
    bounds: tuple[Bound, ...]
    source: str
    why: tuple[Step, ...]

    @property
    def units(self) -> int | None:
        """The lowest limit in whole units; None unlimited."""
        lowest = lowest_bound(self.bounds)
        return None if lowest is None or lowest.limit is None else lowest.limit // 10**self.decimals


@dataclass(frozen=True, slots=True)
class ServiceAnswer:
    """A managed service as it is now. `allowance` in units; None: without end."""

    key: str
    enabled: bool
    managed_by: str | None
    allowance: int | None


@dataclass(frozen=True, slots=True)
class Entitlements:
    """The whole answer. `until`: the next instant at which it changes by itself, as far as agreements go; None: none."""

    plan: Source | None = None
    trial: Source | None = None
    advertising: bool = False
    features: Mapping[str, FeatureAnswer] = field(default_factory=dict)
    meters: Mapping[str, MeterAnswer] = field(default_factory=dict)
    services: Mapping[str, ServiceAnswer] = field(default_factory=dict)
    until: datetime | None = None
    state: str = ""


def words(facts: Facts, layer: str, kind: str, key: str) -> list[Override]:
    """The latest word of a layer, if there is one."""
    found = [word for word in facts.overrides if (word.layer, word.kind, word.key) == (layer, kind, key)]
    return found[-1:]


def marked(steps: Sequence[Step], decided: int) -> tuple[Step, ...]:
    return tuple(replace(step, decides=place == decided) for place, step in enumerate(steps))
