"""What can be had now, and what could be had once and is still had by somebody. Frozen values, no statement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import TypeVar

from sublet.core.manifest import AddOn, Feature, ManagedService, Meter, Plan, Product, Signal

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class MeterItem:
    """A meter and its small number, by which rows are kept. Meters that are gone keep theirs."""

    id: int
    meter: Meter
    removed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PlanItem:
    """One version of a plan. `removed_at`: since when it is no longer in the manifest."""

    id: int
    plan: Plan
    removed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AddOnItem:
    """One version of an add-on. `removed_at`: since when it is no longer in the manifest."""

    id: int
    add_on: AddOn
    removed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Starting:
    """From this moment on new accounts begin on that version of that plan; `plan` None: on none."""

    since: datetime
    plan: tuple[str, int] | None


#: An entry of the offer: kind, key, and the version of a plan or an add-on (0 for what has none).
Item = tuple[str, str, int]


def item_of_plan(plan: Plan) -> Item:
    """The entry that a plan is."""
    return ("plan", plan.key, plan.version)


@dataclass(frozen=True, slots=True)
class StartingSpan:
    """Who was born from `since` (None: ever) to before `until` (None: open) began on `plan` (None: on none)."""

    since: datetime | None
    until: datetime | None
    plan: Plan | None


def _none_of() -> Mapping[str, V]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The second half of the manifest in force. `number` is that of the manifest, 0 before the first.

    `features`, `meters`, `services` and `signals` are those of the manifest in its order, by key;
    `signal_ids` are the small numbers by which facts are kept. What fell out of it
    and is still on rows is found by `meter_by_id`, by naming a version, and in `every_plan` and `every_add_on`.
    """

    number: int = 0
    product: Product | None = None
    features: Mapping[str, Feature] = field(default_factory=_none_of)
    meters: Mapping[str, MeterItem] = field(default_factory=_none_of)
    services: Mapping[str, ManagedService] = field(default_factory=_none_of)
    section_features: Mapping[str, str] = field(default_factory=_none_of)  # section → the switch that it needs
    signals: Mapping[str, Signal] = field(default_factory=_none_of)
    signal_ids: Mapping[str, int] = field(default_factory=_none_of)
    every_meter: tuple[MeterItem, ...] = ()
    every_plan: tuple[PlanItem, ...] = ()
    every_add_on: tuple[AddOnItem, ...] = ()
    starting: tuple[Starting, ...] = ()
    _meters_by_id: Mapping[int, MeterItem] = field(init=False, repr=False, compare=False)
    _plans: Mapping[tuple[str, int], PlanItem] = field(init=False, repr=False, compare=False)
    _add_ons: Mapping[tuple[str, int], AddOnItem] = field(init=False, repr=False, compare=False)
    _plans_sold: Mapping[str, Plan] = field(init=False, repr=False, compare=False)
    _add_ons_sold: Mapping[str, AddOn] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        put = object.__setattr__  # frozen: what is looked up often is laid out once
        put(self, "_meters_by_id", {item.id: item for item in self.every_meter})
        put(self, "_plans", {(item.plan.key, item.plan.version): item for item in self.every_plan})
        put(self, "_add_ons", {(item.add_on.key, item.add_on.version): item for item in self.every_add_on})
        put(self, "_plans_sold", _highest(item.plan for item in self.every_plan if item.removed_at is None))
        put(self, "_add_ons_sold", _highest(item.add_on for item in self.every_add_on if item.removed_at is None))

    @property
    def currency(self) -> str:
        """The currency of the product; empty before the first manifest."""
        return self.product.currency if self.product is not None else ""

    @property
    def meter_by_id(self) -> Mapping[int, MeterItem]:
        """Every meter that there ever was, by its number."""
        return self._meters_by_id

    def plan(self, key: str, version: int | None = None) -> Plan | None:
        """That version of a plan, also one that is no longer sold; the one that is sold when none is named."""
        if version is None:
            return self._plans_sold.get(key)
        item = self._plans.get((key, version))
        return item.plan if item is not None else None

    def add_on(self, key: str, version: int | None = None) -> AddOn | None:
        """That version of an add-on, also one that is no longer sold; the one that is sold when none is named."""
        if version is None:
            return self._add_ons_sold.get(key)
        item = self._add_ons.get((key, version))
        return item.add_on if item is not None else None

    @property
    def plans_on_sale(self) -> tuple[Plan, ...]:
        """The highest version of each plan of the manifest, in its order; also those that only the vendor gives
        (`public` is False).
        """
        return tuple(self._plans_sold.values())

    @property
    def add_ons_on_sale(self) -> tuple[AddOn, ...]:
        """The same of add-ons."""
        return tuple(self._add_ons_sold.values())

    def is_sold(self, thing: Plan | AddOn) -> bool:
        """Whether that version is the one that is sold."""
        sold: Plan | AddOn | None = self.plan(thing.key) if isinstance(thing, Plan) else self.add_on(thing.key)
        return sold is not None and sold.version == thing.version

    @property
    def starting_plan(self) -> Plan | None:
        """The plan on which an account that is born now begins; None: on none."""
        return self._named(self.starting[-1]) if self.starting else None

    def starting_plan_at(self, moment: datetime) -> Plan | None:
        """The plan on which an account that was born at `moment` began; it keeps that version.

        Who was born before any manifest named a starting plan begins on the first that was named.
        """
        born = [each for each in self.starting if each.since <= moment]
        if any(each.plan is not None for each in born):
            return self._named(born[-1])
        return next((self._named(each) for each in self.starting if each.plan is not None), None)

    def starting_spans(self) -> tuple[StartingSpan, ...]:
        """All of time, cut where the answer of `starting_plan_at` changes; empty before the first manifest."""
        cuts: list[tuple[datetime | None, Plan | None]] = []
        if self.starting:
            before = self.starting[0].since - datetime.resolution
            cuts = [(None, self.starting_plan_at(before))]
        for each in self.starting:
            plan = self.starting_plan_at(each.since)
            if cuts[-1][1] != plan:
                cuts.append((each.since, plan))
        ends = [*(since for since, _plan in cuts[1:]), None]
        return tuple(StartingSpan(since, until, plan) for (since, plan), until in zip(cuts, ends, strict=False))

    def _named(self, starting: Starting) -> Plan | None:
        return self.plan(*starting.plan) if starting.plan is not None else None


def uses_by_plans(offer: Offer, counts: Mapping[Item, int]) -> dict[Item, int]:
    """Features that are had and meters that are limited through plans and add-ons that accounts hold → how many accounts.

    An account has one plan, so those of several plans add up; one that holds an add-on has a plan, too, so of an add-on
    only the larger number counts.
    """
    told: dict[Item, int] = {}
    for item in offer.every_plan:
        held = counts.get(item_of_plan(item.plan), 0)
        for found in _items_in(item.plan):
            told[found] = told.get(found, 0) + held
    for each in offer.every_add_on:
        held = counts.get(("add_on", each.add_on.key, each.add_on.version), 0)
        for found in _items_in(each.add_on):
            told[found] = max(told.get(found, 0), held)
    return {item: count for item, count in told.items() if count}


def _items_in(thing: Plan | AddOn) -> set[Item]:
    meters = [limit.meter for limit in thing.limits] if isinstance(thing, Plan) else [add.meter for add in thing.adds]
    had = [key for key, value in thing.features.items() if value]
    return {("feature", key, 0) for key in had} | {("meter", key, 0) for key in meters}


T = TypeVar("T", Plan, AddOn)


def _highest(things: Iterable[T]) -> dict[str, T]:
    best: dict[str, T] = {}
    for each in things:
        if each.key not in best or best[each.key].version < each.version:
            best[each.key] = each
    return best


#: Before the first manifest: nothing can be had.
EMPTY = Offer()
