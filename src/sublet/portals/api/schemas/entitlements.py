"""What accounts may do, as programs are told it, and what is said about it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta
from pydantic import Field

from sublet.core.usage import LONGEST_ID, LONGEST_SOURCE
from sublet.portals.api.schemas.common import (
    Asked,
    Input,
    Maybe,
    Next,
    Out,
    PageAsked,
    Previous,
    Reason,
    Text,
    When,
    instant,
    number,
    ref,
    text,
)
from sublet.portals.api.schemas.usage import Given, Quantity

_ID = "019a1b2c-3d4e-7f60-8a9b-0c1d2e3f4a5b"
Value = bool | int | float | str | None
KeyText = Annotated[Text, Field(max_length=60)]
Units = Annotated[int | None, Field(ge=0, le=10**12, strict=True)]


# What comes in --------------------------------------------------------------------------------------------------------


class EntitlementsAsked(Asked):
    """Which page of all answers."""

    after: Annotated[Text, Field(max_length=40, description="The reference at which the page before ended.")] = ""
    limit: Annotated[int, Field(ge=1, le=500, description="How many accounts at most.")] = 100


class EntitlementsOfAsked(Asked):
    """For whom of the team."""

    collaborator: Annotated[
        Text,
        Field(
            max_length=40,
            description="For one person of the team: of meters that add up, what this person used and may use. A place in the "
            "team (`col_…`), or the user as sign-on names it (`usr_…`).",
        ),
    ] = ""


class EntitlementChangesAsked(Asked):
    """From where on the stream is read."""

    after: Annotated[int, Field(ge=0, le=2**62, description="The last number that was seen.")] = 0
    limit: Annotated[int, Field(ge=1, le=500, description="How many accounts at most.")] = 100
    wait: Annotated[
        int, Field(ge=0, le=25, description="Seconds to wait for a change. Kept by the hot application alone.")
    ] = 0


class LimitAlertsAsked(PageAsked):
    """Which page of alerts."""


class ConsumeIn(Input):
    """What is to be used, if the account may."""

    account: Annotated[Text, Field(max_length=40, examples=["acc_7HqWm2Zr9KtXbd"], description="Who uses it.")]
    meter: Annotated[KeyText, Field(examples=["appointments"], description="Key of a meter that adds up.")]
    quantity: Annotated[
        Given, Field(examples=[1], description="In whole units, with at most the meter's decimals.")
    ] = 1
    id: Annotated[
        Text,
        Field(
            min_length=1, max_length=LONGEST_ID, examples=[_ID],
            description="Your name for this use: asked again, it gets the same answer and counts once.",
        ),
    ]  # fmt: skip
    source: Annotated[
        Text,
        Field(min_length=1, max_length=LONGEST_SOURCE, examples=["bookings"], description="Which part of you asks."),
    ]

    collaborator: Annotated[
        Text | None,
        Field(
            max_length=40,
            examples=[None],
            description="Who of the account uses it: a place in its team (`col_…`), or the user as sign-on names it (`usr_…`). "
            "Left out: nobody in particular.",
        ),
    ] = None


class UseIn(ConsumeIn):
    """What is to be used, and when it was."""

    time: Annotated[
        When | None,
        Field(description="When it was used: up to 35 days ago, up to 5 minutes ahead. Without it: now."),
    ] = None


class ReservationIn(ConsumeIn):
    """What is to be held back for work that begins now."""

    seconds: Annotated[
        int, Field(ge=1, le=86_400, examples=[300], description="After so long it is given back by itself.")
    ] = 300


class ReservationCommitIn(Input):
    """What the work took."""

    quantity: Annotated[
        Given | None, Field(examples=[None], description="In units, at most what was held back. Without it: all.")
    ] = None


class FeatureWordIn(Input):
    """How a feature is set for an account."""

    value: Annotated[
        bool | int | str, Field(examples=[True], description="A switch, a number or a text, as the feature is.")
    ]
    until: Annotated[When | None, Field(description="When it ends by itself; null never.")] = None
    note: Annotated[Reason, Field(description="For those above; the account is not told.")] = ""


class LimitWordIn(Input):
    """How far a meter may go for an account."""

    units: Annotated[Units, Field(examples=[20], description="Whole units in each period; null unlimited.")]
    policy: Annotated[
        Literal["", "block", "notify", "overage"],
        Field(description="What happens there; empty as in the plan. Resellers: `block` or `notify`."),
    ] = ""
    thresholds: Annotated[
        list[Annotated[int, Field(ge=1, le=1000)]],
        Field(max_length=10, description="Percentages that are told; empty as in the plan."),
    ] = []
    until: Annotated[When | None, Field(description="When it ends by itself; null never.")] = None
    note: Annotated[Reason, Field(description="For those above; the account is not told.")] = ""


class ServiceWordIn(Input):
    """How a managed service is set for an account. What is left out stays."""

    enabled: Annotated[bool | None, Field(description="On or off.")] = None
    managed_by: Annotated[Literal["reseller", "client"] | None, Field(description="Who manages it.")] = None
    allowance: Annotated[Units, Field(description="Units in each period; null unlimited. Left out: as it is.")] = None


class TopUpIn(Input):
    """Units that are given once."""

    meter: Annotated[KeyText, Field(examples=["appointments"])]
    units: Annotated[int, Field(ge=1, le=2**31 - 1, examples=[20])]
    until: Annotated[When | None, Field(description="How long they count; null to the end of the period.")] = None
    reason: Annotated[Reason, Field(description="For those above; the account is not told.")] = ""


class CapIn(Input):
    """A limit that an account sets for itself."""

    units: Annotated[int, Field(ge=0, le=10**12, examples=[40])]
    policy: Annotated[Literal["block", "notify"], Field(description="Whether it refuses or only tells.")] = "block"


class PoolIn(Input):
    """A pool of units that a reseller's clients draw from."""

    size: Annotated[int, Field(ge=0, le=10**12, examples=[10_000])]
    oversell: Annotated[
        int | None,
        Field(
            ge=100,
            le=10_000,
            description="To how many percent of the size upper limits may add up; null: not added up.",
        ),
    ] = 100


class PortionIn(Input):
    """What one person of a team may use of a meter in each period."""

    reserve: Annotated[int, Field(ge=0, le=10**12, examples=[5], description="Units that nobody else can use up.")] = 0
    cap: Annotated[Units, Field(examples=[20], description="Units at most; null: what there is.")] = None


class ApportionmentIn(Input):
    """How a meter is shared out among the people of a team."""

    oversell: Annotated[
        int | None,
        Field(
            ge=100, le=10_000, examples=[100],
            description="To how many percent of what the account may use upper limits may add up; null: not added up.",
        ),
    ]  # fmt: skip


class ShareIn(Input):
    """What a client may draw from the pool of its reseller."""

    reserve: Annotated[
        int, Field(ge=0, le=10**12, examples=[100], description="Units that nobody else can use up.")
    ] = 0
    cap: Annotated[Units, Field(examples=[500], description="Units at most; null: what there is.")] = None


# What goes out --------------------------------------------------------------------------------------------------------


class EntitlementStep(Out):
    """What one layer said."""

    layer: Annotated[
        str,
        text(
            "`plan`, `trial`, `add_on`, `agreed`, `service`, `reseller`, `top_up`, `cap`, `pool`, `collaborator`, …",
            "plan",
        ),
    ]
    value: Annotated[Value, Meta(description="What it left; of a meter in units, null unlimited.", examples=[50])]
    key: Annotated[str | None, Meta(description="Which plan, add-on or service.", examples=["free"])]
    policy: Annotated[str | None, Meta(description="What happens at its limit.", examples=["block"])]
    decides: Annotated[bool, Meta(description="Whether the answer comes from here.", examples=[True])]


class EntitledFeature(Out, rename={"source": "from"}):
    """A feature as it is now."""

    kind: Annotated[str, text("`switch`, `number` or `text`.", "switch")]
    value: Annotated[bool | int | str, Meta(examples=[True])]
    source: Annotated[str, text("The layer that decides.", "plan")]
    why: list[EntitlementStep]


class EntitledPeriod(Out):
    """The period that a meter counts in."""

    key: Annotated[str, text("Its name.", "2026-03")]
    start: Annotated[datetime, instant("When it began.")]
    end: Annotated[datetime, instant("When counting begins anew.")]


class EntitledMeter(Out, rename={"source": "from"}):
    """How far a meter may go, and where it is. Quantities in units."""

    limit: Annotated[Quantity | None, Meta(description="The limit that is met first; null unlimited.", examples=[50])]
    policy: Annotated[
        str | None,
        Meta(description="`block`, `notify`, `overage`, `grace` or `degrade`; null unlimited.", examples=["block"]),
    ]
    used: Annotated[Quantity, Meta(examples=[49])]
    reserved: Annotated[Quantity, Meta(description="Held back for work that goes on.", examples=[0])]
    remaining: Annotated[Quantity | None, Meta(description="To the limit; null unlimited.", examples=[1])]
    state: Annotated[str, text("`open`, `near`, `reached`, `over` or `refused`.", "near")]
    period: Annotated[EntitledPeriod | None, Meta(description="Null for a standing amount.")]
    source: Annotated[str, text("The layer that decides.", "plan")]
    degraded: Annotated[bool, Meta(description="Whether features are lowered because of it.", examples=[False])]
    why: list[EntitlementStep]


class EntitledService(Out):
    """A managed service as it is now."""

    enabled: Annotated[bool, Meta(examples=[True])]
    managed_by: Annotated[
        str | None, Meta(description="`client` or `reseller`; null: nothing to manage.", examples=["client"])
    ]
    allowance: Annotated[int | None, Meta(description="Units in each period; null without end.", examples=[100])]


class EntitledPlan(Out):
    """The plan that is in force."""

    key: Annotated[str, text("", "free")]
    version: Annotated[int, number("", 1)]
    name: Annotated[str, text("In the language of the request.", "Free")]


class EntitledTrial(Out):
    """The trial that runs."""

    plan: Annotated[str, text("The plan that it opens.", "unlimited")]
    ends_at: Maybe


class FreeNotice(Out):
    """The words on pages of free accounts. They may name whose product it is: the white-label scan lets exactly these pass."""

    text: Annotated[
        dict[str, str],
        Meta(description="By language.", examples=[{"en": "Made with Slotbook", "it": "Fatto con Slotbook"}]),
    ]
    address: Annotated[str | None, Meta(description="Where it leads.", examples=["https://example.com/"])]


class Entitlements(Out):
    """What an account may do now."""

    account: Annotated[str, ref("acc", "The account.")]
    sequence: Annotated[int, number("The last number of the change stream that this takes account of.", 123)]
    at: Annotated[datetime, instant("When this was so.")]
    until: Annotated[
        Maybe, Meta(description="The next instant at which it changes by itself; null where none is known.")
    ]
    plan: Annotated[EntitledPlan | None, Meta(description="Null where the product has no starting plan.")]
    trial: EntitledTrial | None
    advertising: Annotated[bool, Meta(description="Whether a notice is shown, as on free plans.", examples=[False])]
    notice: Annotated[
        FreeNotice | None,
        Meta(description="What to show then, word for word; null where nothing is shown or no words are set."),
    ]
    features: Annotated[dict[str, EntitledFeature], Meta(description="By key.")]
    meters: Annotated[dict[str, EntitledMeter], Meta(description="By key.")]
    services: Annotated[dict[str, EntitledService], Meta(description="By key.")]


class EntitlementsPage(Out):
    """Answers of many accounts, in the order of their references."""

    sequence: Annotated[int, number("Follow the stream from here, as the first page says it.", 123)]
    items: list[Entitlements]
    after: Annotated[str | None, Meta(description="What to ask the next page with; null on the last.", examples=[None])]


class EntitlementChanges(Out):
    """The accounts whose answer changed, as they are now."""

    sequence: Annotated[int, number("What to ask with next.", 124)]
    changes: list[Entitlements]
    more: Annotated[bool, Meta(description="Whether there are more already.", examples=[False])]
    reset: Annotated[
        bool, Meta(description="Everybody's answer may have changed: read all of them anew.", examples=[False])
    ]


class EntitlementWay(Out):
    """Something that gives more."""

    kind: Annotated[
        str, text("`own-limit`, `trial`, `service`, `add-on`, `ask-reseller`, `ask-team` or `wait`.", "trial")
    ]
    text: Annotated[str, text("For people, in the language of the request.", "Start the free trial: 7 days.")]
    key: Annotated[str | None, Meta(description="Which plan, add-on or service.", examples=["unlimited"])]
    value: Annotated[Value, Meta(description="What there would be then, where that is known.", examples=[None])]
    until: Annotated[Maybe, Meta(description="When waiting helps.")]


class Consumed(Out):
    """Whether it was allowed."""

    allowed: Annotated[bool, Meta(examples=[True])]
    reason: Annotated[
        str | None,
        Meta(
            description="`limit-reached`, `pool-empty`, `service-off`, `account-closed` or `collaborator-limit`.",
            examples=[None],
        ),
    ]
    standing: Annotated[EntitledMeter, Meta(description="Where the meter stands then.")]
    collaborator: Annotated[
        EntitledMeter | None, Meta(description="Where it stands for whoever was named; null for nobody.")
    ]
    next: Annotated[list[EntitlementWay], Meta(description="Where it was refused: what gives more, the nearest first.")]


class Reserved(Out):
    """Whether it is held back."""

    allowed: Annotated[bool, Meta(examples=[True])]
    reason: Annotated[str | None, Meta(examples=[None])]
    reservation: Annotated[
        str | None, Meta(description="Its reference; null where nothing is held.", examples=["rsv_7HqWm2Zr9KtXbd"])
    ]
    ends_at: Maybe
    standing: EntitledMeter
    collaborator: Annotated[
        EntitledMeter | None, Meta(description="Where it stands for whoever was named; null for nobody.")
    ]
    next: list[EntitlementWay]


class TopUpGiven(Out):
    """Units that were given once."""

    top_up: Annotated[str, ref("top", "Its reference.")]
    entitlements: Entitlements


def shaped(value: Any, kind: type[msgspec.Struct]) -> Any:
    """Plain values as the shape that is declared."""
    return msgspec.convert(value, kind)


class LimitAlert(Out):
    """Something that was said of a limit, once for each period and limit. Quantities in units."""

    meter: Annotated[str, text("Key of the meter.", "appointments")]
    kind: Annotated[str, text("`threshold`, `forecast` (it will be reached on `day`) or `refused`.", "threshold")]
    percent: Annotated[int | None, Meta(description="Of a threshold; else null.", examples=[80])]
    limit: Annotated[Quantity, Meta(examples=[50])]
    used: Annotated[Quantity, Meta(description="When it was said.", examples=[40])]
    period: Annotated[str, text("Name of the period.", "2026-03")]
    day: Annotated[date | None, Meta(description="Of a forecast; else null.")]
    at: Annotated[datetime, instant("When it was said.")]


class LimitAlerts(Out):
    """A page of alerts, newest first."""

    items: list[LimitAlert]
    next: Next
    previous: Previous


class QuotaPool(Out):
    """What a reseller holds of a meter for its clients. Quantities in units."""

    meter: Annotated[str, text("Key of the meter.", "appointments")]
    name: Annotated[str, text("", "Appointments")]
    size: Annotated[int | None, Meta(description="Null: there is no pool.", examples=[10_000])]
    oversell: Annotated[
        int | None,
        Meta(description="Percent up to which upper limits may be promised; null: no bound.", examples=[100]),
    ]
    promised: Annotated[Quantity, Meta(description="Held back by reserves of clients.", examples=[400])]
    used: Annotated[Quantity, Meta(description="Used or held by all clients.", examples=[120])]
    left: Annotated[Quantity, Meta(description="What nobody has; below zero where too much was used.", examples=[9480])]
    clients: Annotated[int, Meta(description="How many have a share of their own.", examples=[4])]


class QuotaPools(Out):
    """Each meter that adds up, with the reseller's pool of it."""

    items: list[QuotaPool]


class PersonPortion(Out):
    """What somebody of a team may use of a meter, and has used, in the period that runs. In units."""

    collaborator: Annotated[str, ref("col", "The place in the team.")]
    reserve: Annotated[
        int | None, Meta(description="What nobody else can use up; null: there is no portion.", examples=[5])
    ]
    cap: Annotated[int | None, Meta(description="At most; null: what there is.", examples=[20])]
    used: Annotated[Quantity, Meta(description="Used or held.", examples=[3])]


class ApportionedMeter(Out):
    """How a meter is shared out among the people of an account. In units."""

    meter: Annotated[str, text("Key of the meter.", "appointments")]
    name: Annotated[str, text("", "Appointments")]
    shared: Annotated[bool, Meta(description="Whether anything is set.", examples=[True])]
    oversell: Annotated[
        int | None,
        Meta(description="Percent up to which upper limits may be promised; null: no bound.", examples=[None]),
    ]
    limit: Annotated[Quantity | None, Meta(description="What the account may use; null without end.", examples=[50])]
    used: Annotated[Quantity, Meta(description="By everybody, with what is held.", examples=[12])]
    promised: Annotated[Quantity, Meta(description="Kept for people.", examples=[10])]
    unnamed: Annotated[Quantity, Meta(description="Used without saying by whom.", examples=[2])]
    people: Annotated[
        list[PersonPortion], Meta(description="People of the team who have a portion or have used something.")
    ]


class ApportionedMeters(Out):
    """Each meter that adds up."""

    items: list[ApportionedMeter]
