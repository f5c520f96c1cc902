"""The product manifest as values: what the vendor declares about the host product."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from sublet.core.manifest.words import LANGUAGES, LEVELS

V = TypeVar("V")
FeatureValue = bool | int | str


class FrozenTable(Mapping[str, V]):
    """A mapping that cannot change and can be hashed; two with the same pairs are equal, whatever their order."""

    __slots__ = ("_pairs",)

    def __init__(self, pairs: Mapping[str, V] | None = None) -> None:
        self._pairs: dict[str, V] = dict(pairs or {})

    def __getitem__(self, key: str) -> V:
        return self._pairs[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._pairs)

    def __len__(self) -> int:
        return len(self._pairs)

    def __hash__(self) -> int:
        return hash(frozenset(self._pairs.items()))

    def __repr__(self) -> str:
        return f"FrozenTable({self._pairs!r})"


NOTHING: Final[FrozenTable[FeatureValue]] = FrozenTable()
"""A table without keys."""


@dataclass(frozen=True, slots=True)
class Names:
    """One text in the six languages."""

    en: str
    it: str
    sq: str
    nl: str
    fr: str
    pt: str

    def in_language(self, language: str) -> str:
        """The text for a language code such as `pt` or `pt-br`; English where the language is not one of the six."""
        code = language.lower().replace("_", "-").split("-")[0]
        return str(getattr(self, code)) if code in LANGUAGES else self.en


@dataclass(frozen=True, slots=True)
class Product:
    """The host product as a whole. `currency` is that of every price that names no other.

    `notice` are the vendor's own words on pages of accounts whose plan has `advertising`, `notice_address` where they lead.
    """

    key: str
    name: Names
    version: str
    currency: str
    address: str
    description: Names | None = None
    starting_plan: str | None = None
    notice: Names | None = None
    notice_address: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """A heading under which sections are listed; lower `order` first, equal ones as they stand in the file."""

    key: str
    name: Names
    order: int = 0


@dataclass(frozen=True, slots=True)
class Section:
    """An area of the host product that rights and vendor marks attach to.

    `vendor_mark` is true where something names the vendor and cannot be removed. `feature` is the switch without
    which the section is not there. `offer` is the add-on that a person who lacks the right is invited to ask for.
    """

    key: str
    name: Names
    group: str
    icon: str
    address: str
    levels: tuple[str, ...] = LEVELS
    vendor_mark: bool = False
    description: Names | None = None
    feature: str | None = None
    offer: str | None = None

    def highest_level(self, wanted: str) -> str | None:
        """`wanted`, or the next lower level that this section offers; None when it offers none of them."""
        fitting = [level for level in LEVELS[: LEVELS.index(wanted) + 1] if level in self.levels]
        return fitting[-1] if fitting else None


@dataclass(frozen=True, slots=True)
class RolePreset:
    """A named set of rights that fills the form of a collaborator; nothing checks it afterwards.

    `every_section` is the level for all sections that `rights` does not name.
    """

    key: str
    name: Names
    rights: FrozenTable[str]
    every_section: str | None = None
    description: Names | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the values that a text feature can have."""

    key: str
    name: Names


@dataclass(frozen=True, slots=True)
class Feature:
    """Something that can be had or not (`switch`), up to a number (`number`), or in one of several ways (`text`)."""

    key: str
    kind: str
    name: Names
    description: Names | None = None
    unit: Names | None = None
    choices: tuple[Choice, ...] = ()

    @property
    def absent_value(self) -> FeatureValue:
        """What an account has to which nothing grants the feature: False, 0 or an empty text."""
        return {"switch": False, "number": 0}.get(self.kind, "")


@dataclass(frozen=True, slots=True)
class Meter:
    """The definition of what is counted and how it adds up.

    `unique_by` names the property of the usage event whose different values are counted. `decimals` is how many
    places after the point a quantity may have. Limits and prices always speak of whole units.
    """

    key: str
    name: Names
    unit: Names
    aggregation: str
    period: str
    unique_by: str | None = None
    decimals: int = 0
    description: Names | None = None


@dataclass(frozen=True, slots=True)
class Signal:
    """A dated fact about a client that the host product reports and that is not billed.

    `watch` says what a health check may look for, `days` how long: `silence` (nothing new for so many days although
    it used to come), `deadline` (warn so many days before), `age` (due again after so many days), `decline` (less
    than in the same number of days before).
    """

    key: str
    kind: str
    name: Names
    description: Names | None = None
    unit: Names | None = None
    watch: str | None = None
    days: int | None = None


@dataclass(frozen=True, slots=True)
class Tier:
    """A step of a price: up to and including `up_to` units (None: without end), `amount` a unit and `flat` once."""

    up_to: int | None
    amount: int
    flat: int = 0


@dataclass(frozen=True, slots=True)
class Price:
    """A list price in whole minor units of its currency (cents; yen as such).

    `amount` is None exactly where `tiers` are given. `meter` is what a price by quantity counts.
    """

    interval: str
    currency: str
    amount: int | None = None
    model: str = "flat"
    meter: str | None = None
    package_size: int | None = None
    tiers: tuple[Tier, ...] = ()


@dataclass(frozen=True, slots=True)
class GuidePrice:
    """What the vendor advises resellers to ask of their clients, in minor units; binding for nobody."""

    interval: str
    currency: str
    lowest: int
    highest: int


@dataclass(frozen=True, slots=True)
class OveragePrice:
    """`amount` minor units for each begun `per` units beyond the limit."""

    amount: int
    currency: str
    per: int = 1


@dataclass(frozen=True, slots=True)
class Limit:
    """How much of a meter is included; `amount` None is unlimited, and then `policy` is None too.

    Policies: `block` refuses at the limit; `notify` only tells; `overage` goes on and bills; `grace` goes on until
    `grace_days` have passed or `grace_percent` of the limit have been used beyond it, whichever is first, then
    refuses; `degrade` goes on with `degraded_features`.
    """

    meter: str
    amount: int | None
    policy: str | None = None
    thresholds: tuple[int, ...] = (80, 100)
    overage: tuple[OveragePrice, ...] = ()
    grace_days: int | None = None
    grace_percent: int | None = None
    degraded_features: FrozenTable[FeatureValue] | None = None


@dataclass(frozen=True, slots=True)
class ManagedService:
    """Something done for a client that is switched on or off, has an allowance and is managed by reseller or client.

    An empty `managed_by` means that there is nothing to manage, only on and off. `allowance` is the limit of `meter`
    that a client begins with; None is unlimited.
    """

    key: str
    name: Names
    icon: str
    managed_by: tuple[str, ...] = ()
    default_managed_by: str | None = None
    enabled: bool = False
    section: str | None = None
    meter: str | None = None
    allowance: int | None = None
    policy: str | None = None
    prices: tuple[Price, ...] = ()
    description: Names | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """Full use without charge for some days: what `plan` gives, and on top `features` and `limits`.

    `once_for` names what a trial is remembered by: the account always, and wider if the vendor says so.
    `remind_days` are days before the end on which a reminder goes out.
    """

    days: int
    plan: str | None = None
    features: FrozenTable[FeatureValue] = NOTHING
    limits: tuple[Limit, ...] = ()
    advertising: bool = False
    once_for: tuple[str, ...] = ("account",)
    remind_days: tuple[int, ...] = (3, 1)


@dataclass(frozen=True, slots=True)
class Plan:
    """One version of a named offer. Running subscriptions keep the version that was agreed.

    `public` plans are offered to everyone, the others by the vendor only. `advertising` shows the vendor's notice.
    """

    key: str
    name: Names
    version: int = 1
    public: bool = True
    advertising: bool = False
    features: FrozenTable[FeatureValue] = NOTHING
    limits: tuple[Limit, ...] = ()
    prices: tuple[Price, ...] = ()
    guide_prices: tuple[GuidePrice, ...] = ()
    trial: Trial | None = None
    description: Names | None = None


@dataclass(frozen=True, slots=True)
class Addition:
    """Units that an add-on puts on top of the limit of a meter; None makes it unlimited."""

    meter: str
    amount: int | None


@dataclass(frozen=True, slots=True)
class AddOn:
    """One version of an offer taken beside a plan; an empty `plans` means beside any.

    In `features` a switch is turned on, a number is added to the plan's, a text replaces the plan's.
    """

    key: str
    name: Names
    version: int = 1
    public: bool = True
    icon: str = "puzzle"
    repeatable: bool = False
    plans: tuple[str, ...] = ()
    features: FrozenTable[FeatureValue] = NOTHING
    adds: tuple[Addition, ...] = ()
    prices: tuple[Price, ...] = ()
    description: Names | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything the vendor declares about the host product; lists keep the order of the file."""

    product: Product
    groups: tuple[Group, ...] = ()
    sections: tuple[Section, ...] = ()
    role_presets: tuple[RolePreset, ...] = ()
    features: tuple[Feature, ...] = ()
    meters: tuple[Meter, ...] = ()
    managed_services: tuple[ManagedService, ...] = ()
    signals: tuple[Signal, ...] = ()
    plans: tuple[Plan, ...] = ()
    add_ons: tuple[AddOn, ...] = ()

    def section(self, key: str) -> Section | None:
        """The section with this key, or None."""
        return next((section for section in self.sections if section.key == key), None)

    def plan(self, key: str, version: int | None = None) -> Plan | None:
        """That version of a plan, the highest when none is named; None when there is none."""
        fitting = [plan for plan in self.plans if plan.key == key and version in (None, plan.version)]
        return max(fitting, key=lambda plan: plan.version, default=None)

    def add_on(self, key: str, version: int | None = None) -> AddOn | None:
        """That version of an add-on, the highest when none is named; None when there is none."""
        fitting = [add_on for add_on in self.add_ons if add_on.key == key and version in (None, add_on.version)]
        return max(fitting, key=lambda add_on: add_on.version, default=None)

    def sections_by_group(self) -> tuple[tuple[Group, tuple[Section, ...]], ...]:
        """Groups in the order in which they are shown, each with its sections; groups without sections are left out."""
        groups = sorted(self.groups, key=lambda group: group.order)
        listed = ((group, tuple(s for s in self.sections if s.group == group.key)) for group in groups)
        return tuple((group, sections) for group, sections in listed if sections)

    def rights_of(self, preset: RolePreset) -> dict[str, str]:
        """Section → level that the preset ticks, in the order of the sections."""
        rights: dict[str, str] = {}
        for section in self.sections:
            wanted = preset.rights.get(section.key, preset.every_section)
            level = section.highest_level(wanted) if wanted else None
            if level:
                rights[section.key] = level
        return rights
