"""The offer: plans, add-ons, meters, features, managed services and signals of the manifest in force."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from sublet.portals.api.schemas.common import INSTANT_EXAMPLE, Out, number, text

Amount = Annotated[int | None, Meta(description="In minor units (cents); null where there are steps.", examples=[2900])]
Units = Annotated[int | None, Meta(description="Whole units of the meter; null: unlimited.", examples=[50])]
Value = bool | int | str
Values = Annotated[
    dict[str, Value], Meta(description="Feature → what is had of it.", examples=[{"calendar_feed": True}])
]
Used = Annotated[
    int | None,
    Meta(description="How many accounts have it; null for whoever does not see that.", examples=[12]),
]
OnTrial = Annotated[
    int | None,
    Meta(
        description="Of `accounts`: those whose trial of another plan, or of more of this one, runs; null as there.",
        examples=[2],
    ),
]
Trying = Annotated[
    int | None,
    Meta(
        description="Accounts of another plan for which a trial opens this one: not among its `accounts`; null as there.",
        examples=[3],
    ),
]
Sold = Annotated[bool, Meta(description="Whether this version can be taken now.", examples=[True])]
Gone = (
    Annotated[
        datetime,
        Meta(description="Since when it is no longer in the manifest.", examples=[INSTANT_EXAMPLE], tz=True),
    ]
    | None
)


class OfferedStep(Out):
    """A step of a price."""

    up_to: Units
    amount: Annotated[int, number("For each unit, in minor units.", 12)]
    flat: Annotated[int, number("Once, in minor units.", 0)]


class OfferedPrice(Out):
    """A list price."""

    interval: Annotated[str, text("`once`, `month`, `quarter` or `year`.", "month")]
    currency: Annotated[str, text("", "EUR")]
    model: Annotated[str, text("`flat`, `unit`, `graduated`, `volume` or `package`.", "flat")]
    amount: Amount
    meter: Annotated[str | None, Meta(description="What a price by quantity counts.", examples=[None])]
    package_size: Annotated[int | None, Meta(description="Units in a package.", examples=[None])]
    tiers: list[OfferedStep]


class OfferedGuidePrice(Out):
    """What resellers are advised to ask of their clients."""

    interval: Annotated[str, text("", "month")]
    currency: Annotated[str, text("", "EUR")]
    lowest: Annotated[int, number("In minor units.", 3000)]
    highest: Annotated[int, number("In minor units.", 15000)]


class OfferedOverage(Out):
    """The price of use beyond a limit."""

    amount: Annotated[int, number("In minor units.", 100)]
    currency: Annotated[str, text("", "EUR")]
    per: Annotated[int, number("Units that the amount buys.", 1000)]


class OfferedLimit(Out):
    """How much of a meter is included, and what happens then."""

    meter: Annotated[str, text("", "appointments")]
    amount: Units
    policy: Annotated[
        str | None, Meta(description="`block`, `notify`, `overage`, `grace` or `degrade`.", examples=["block"])
    ]
    thresholds: Annotated[list[int], Meta(description="Percentages at which people are told.", examples=[[80, 100]])]
    overage: list[OfferedOverage]
    grace_days: int | None
    grace_percent: int | None
    degraded_features: Annotated[dict[str, Value] | None, Meta(description="What features are worth beyond it.")]


class OfferedTrial(Out):
    """The trial that an account on the plan can start."""

    days: Annotated[int, number("", 14)]
    plan: Annotated[str | None, Meta(description="The plan that it opens.", examples=["unlimited"])]
    features: Values
    limits: list[OfferedLimit]
    advertising: bool
    once_for: Annotated[list[str], Meta(description="What a trial is remembered by.", examples=[["account"]])]
    remind_days: Annotated[list[int], Meta(description="Days before its end.", examples=[[3, 1]])]


class OfferedPlan(Out):
    """One version of a plan. Names are in the language of the question."""

    key: Annotated[str, text("", "starter")]
    version: Annotated[int, number("", 1)]
    name: Annotated[str, text("", "Starter")]
    description: Annotated[str, text("", "For a small business.")]
    on_sale: Sold
    removed_at: Gone
    public: Annotated[bool, Meta(description="Offered to everyone; otherwise by the vendor only.", examples=[True])]
    advertising: bool
    features: Values
    limits: list[OfferedLimit]
    prices: list[OfferedPrice]
    guide_prices: list[OfferedGuidePrice]
    trial: OfferedTrial | None
    accounts: Used
    on_trial: OnTrial
    trying: Trying


class OfferedPlanList(Out):
    """Plans, in the order of the manifest; of one plan the newest version first."""

    items: list[OfferedPlan]


class OfferedAddition(Out):
    """Units that an add-on puts on top of a limit."""

    meter: Annotated[str, text("", "appointments")]
    amount: Units


class OfferedAddOn(Out):
    """One version of an add-on."""

    key: Annotated[str, text("", "training")]
    version: Annotated[int, number("", 1)]
    name: Annotated[str, text("", "Training")]
    description: Annotated[str, text("", "Two hours with one of our people.")]
    icon: Annotated[str, text("", "star")]
    on_sale: Sold
    removed_at: Gone
    public: bool
    repeatable: bool
    plans: Annotated[list[str], Meta(description="Beside which plans; empty: any.", examples=[["starter"]])]
    features: Values
    adds: list[OfferedAddition]
    prices: list[OfferedPrice]
    accounts: Used


class OfferedAddOnList(Out):
    """Add-ons, in the order of the manifest."""

    items: list[OfferedAddOn]


class OfferedMeter(Out):
    """What is counted."""

    key: Annotated[str, text("", "appointments")]
    name: Annotated[str, text("", "Appointments")]
    description: Annotated[str, text("", "")]
    unit: Annotated[str, text("", "appointments")]
    aggregation: Annotated[str, text("`sum`, `count`, `unique`, `max` or `latest`.", "sum")]
    period: Annotated[str, text("`month`, `subscription`, `day` or `standing`.", "month")]
    unique_by: Annotated[str | None, Meta(description="The property whose values are counted.", examples=[None])]
    decimals: Annotated[int, number("Places after the point that a quantity may have.", 0)]


class OfferedMeterList(Out):
    """Meters, in the order of the manifest."""

    items: list[OfferedMeter]


class OfferedChoice(Out):
    """One of the values of a feature of the kind `text`."""

    key: Annotated[str, text("", "all")]
    name: Annotated[str, text("", "All stores")]


class OfferedFeature(Out):
    """Something that can be had or not, up to a number, or in one of several kinds."""

    key: Annotated[str, text("", "calendar_feed")]
    kind: Annotated[str, text("`switch`, `number` or `text`.", "switch")]
    name: Annotated[str, text("", "Calendar feed")]
    description: Annotated[str, text("", "")]
    unit: Annotated[str, text("", "")]
    choices: list[OfferedChoice]


class OfferedFeatureList(Out):
    """Features, in the order of the manifest."""

    items: list[OfferedFeature]


class OfferedService(Out):
    """A managed service."""

    key: Annotated[str, text("", "direct_support")]
    name: Annotated[str, text("", "Direct support")]
    description: Annotated[str, text("", "")]
    icon: Annotated[str, text("", "help")]
    managed_by: Annotated[list[str], Meta(description="Who may manage it; empty: only on and off.")]
    default_managed_by: str | None
    enabled: Annotated[bool, Meta(description="Whether a new client begins with it.")]
    section: str | None
    meter: str | None
    allowance: Units
    policy: str | None
    prices: list[OfferedPrice]


class OfferedSignal(Out):
    """A dated fact about a client that the product reports."""

    key: Annotated[str, text("", "last_push_sent")]
    kind: Annotated[str, text("`moment`, `number`, `text` or `switch`.", "moment")]
    name: Annotated[str, text("", "Last push notification")]
    description: Annotated[str, text("", "")]
    unit: Annotated[str, text("", "")]
    watch: Annotated[str | None, Meta(description="`silence`, `deadline`, `age` or `decline`.", examples=["silence"])]
    days: Annotated[int | None, Meta(description="For `watch`.", examples=[30])]


class Offer(Out):
    """Everything that can be had, and the versions that somebody may still have."""

    number: Annotated[int, number("The version of the manifest in force; 0 before the first.", 3)]
    currency: Annotated[str, text("Of the product; empty before the first manifest.", "EUR")]
    starting_plan: Annotated[str | None, Meta(description="On which a new account begins.", examples=["free"])]
    starting_version: Annotated[int | None, Meta(description="And its version.", examples=[1])]
    plans: list[OfferedPlan]
    add_ons: list[OfferedAddOn]
    meters: list[OfferedMeter]
    features: list[OfferedFeature]
    managed_services: list[OfferedService]
    signals: list[OfferedSignal]
