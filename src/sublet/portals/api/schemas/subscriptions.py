"""What the API says and hears about the plan of an account over time, its add-ons and its trial."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import Meta
from pydantic import Field

from sublet.portals.api.schemas.common import (
    Asked,
    Day,
    Input,
    Maybe,
    Out,
    Reason,
    Text,
    instant,
    number,
    ref,
    text,
)

BasisWord = Literal["calendar", "anniversary"]
RuleWord = Literal["calendar", "anniversary", "either"]


class AgreedPlan(Out):
    """One version of a plan. The name is in the language of the question."""

    key: Annotated[str, text("", "small")]
    version: Annotated[int, number("", 1)]
    name: Annotated[str, text("", "Small pack")]


class PlannedChange(Out):
    """What was decided and does not hold yet."""

    ref: Annotated[str, ref("chg", "To take it back.")]
    kind: Annotated[
        Literal["take", "end", "resume"],
        Meta(description="A plan is taken, the plan ends, or one that rests goes on."),
    ]
    at: Annotated[datetime, instant("From when it holds.")]
    plan: Annotated[AgreedPlan | None, Meta(description="The plan that counts then.")]
    decided_by: Annotated[str, text("", "Rosa Ricci")]


class SubscriptionPhase(Out):
    """A stretch of time in which the same held: from `starts_at` to, not including, `ends_at`."""

    plan: Annotated[AgreedPlan | None, Meta(description="What was agreed, also while it rests.")]
    paused: Annotated[bool, Meta(description="It rests: the starting plan counts.")]
    starts_at: Annotated[datetime, instant("")]
    ends_at: Maybe
    by: Annotated[str, text("Who decided it; empty: nobody, it is how accounts begin.", "Rosa Ricci")]


class TakenAddOn(Out):
    """An add-on that was taken."""

    ref: Annotated[str, ref("ado", "To give it up.")]
    key: Annotated[str, text("", "extra_agenda")]
    version: Annotated[int, number("", 1)]
    name: Annotated[str, text("", "One more agenda")]
    count: Annotated[int, number("", 2)]
    counts: Annotated[
        bool, Meta(description="It gives something now; else it is over, was done once, or does not go with the plan.")
    ]
    starts_at: Annotated[datetime, instant("")]
    ends_at: Maybe
    by: Annotated[str, text("", "Rosa Ricci")]


class AccountTrial(Out):
    """The one free trial in the life of an account."""

    plan: Annotated[AgreedPlan | None, Meta(description="The plan that offers it.")]
    opens: Annotated[AgreedPlan | None, Meta(description="The plan that it opens.")]
    starts_at: Annotated[datetime, instant("")]
    ends_at: Annotated[datetime, instant("So many days later at the same time on the account's clock.")]
    running: bool
    days_left: Annotated[int, number("By the account's calendar; 0 on the last day and afterwards.", 5)]
    by: Annotated[str, text("", "Carl Conti")]


class SubscriptionBasis(Out):
    """By which periods an account is charged: the calendar's, or those from the day on which its plan was taken."""

    by: Annotated[BasisWord, Meta(description="What holds now.")]
    by_vendor: Annotated[bool, Meta(description="The vendor says it of the plan: nobody else does.")]
    next: Annotated[BasisWord | None, Meta(description="What was decided and comes; null: it stays.")]
    next_at: Maybe


class SubscriptionWarning(Out):
    """Something that is lawful and perhaps not meant."""

    code: Annotated[
        Literal["no-price"],
        Meta(
            description="`no-price`: nothing is charged for it, since it has a price in another currency and none in that of who is "
            "charged."
        ),
    ]
    kind: Annotated[Literal["plan", "add_on"], Meta(description="What it is about.")]
    key: Annotated[str, text("", "small")]
    version: Annotated[int, number("", 1)]
    currency: Annotated[str, text("That of who is charged.", "EUR")]
    whole: Annotated[bool, Meta(description="What it costs for time is missing.")]
    meters: Annotated[
        list[str],
        Meta(description="Meters by which it is paid, or beyond whose limit, without a price.", examples=[[]]),
    ]


class Subscription(Out):
    """What was agreed for an account: what holds, what comes, what was."""

    account: Annotated[str, ref("acc", "")]
    timezone: Annotated[str, text("On whose clock days and periods go.", "Europe/Rome")]
    plan: Annotated[AgreedPlan | None, Meta(description="The plan that counts now; a trial comes on top of it.")]
    agreed: Annotated[AgreedPlan | None, Meta(description="The plan that was taken, also while it rests.")]
    taken: Annotated[bool, Meta(description="A plan was taken; else the account is on that of its birth.")]
    paused: bool
    since: Annotated[datetime, instant("")]
    period_ends_at: Maybe
    basis: SubscriptionBasis
    advertising: Annotated[bool, Meta(description="The vendor's notice is shown on its pages now.")]
    trial: AccountTrial | None
    trial_available: Annotated[bool, Meta(description="The plan offers a trial, and the account has had none.")]
    waiting: list[PlannedChange]
    add_ons: list[TakenAddOn]
    phases: Annotated[list[SubscriptionPhase], Meta(description="Since the birth of the account, up to now.")]
    warnings: Annotated[
        list[SubscriptionWarning],
        Meta(
            description="Of the plan that was taken, those that wait and add-ons that are not over: the plan first. None told without "
            "`billing:view`.",
        ),
    ]


class SubscriptionOnDay(Out):
    """What held on one day of the account's calendar."""

    account: Annotated[str, ref("acc", "")]
    on: Annotated[date, Meta(examples=["2026-06-14"])]
    phases: Annotated[list[SubscriptionPhase], Meta(description="More than one where the plan changed on that day.")]
    trial: Annotated[AccountTrial | None, Meta(description="Where it ran on that day.")]
    add_ons: Annotated[list[TakenAddOn], Meta(description="Those that counted on that day.")]


class PlanBasisRule(Out):
    """What the vendor says of a plan from a day on."""

    basis: Annotated[RuleWord, Meta(description="`either`: whoever sells the plan chooses for each account.")]
    first_day: Annotated[
        date, Meta(description="From its beginning on, where each account is.", examples=["2027-01-01"])
    ]


class PlanBasis(Out):
    """By which periods whoever is on a plan is charged, as the vendor says it."""

    plan: Annotated[str, text("", "small")]
    basis: Annotated[RuleWord, Meta(description="What holds; of a day that has begun somewhere only, what begins.")]
    since: Annotated[date | None, Meta(description="null: it has always been so.", examples=["2027-01-01"])]
    comes: Annotated[list[PlanBasisRule], Meta(description="What was said for later, in the order of its days.")]


class OwnPlan(Out):
    """The plan of the key's own account, and its trial. Who has agreed what is told to whoever stands above it."""

    account: Annotated[str, ref("acc", "")]
    timezone: Annotated[str, text("On whose clock the trial ends.", "Europe/Rome")]
    plan: Annotated[str, text("Key of the plan that counts now; empty: none is offered.", "free")]
    plan_name: Annotated[str, text("In the language of the question.", "Free")]
    plan_version: Annotated[int, number("", 1)]
    since: Annotated[datetime, instant("")]
    trial_available: Annotated[bool, Meta(description="The plan offers a trial, and the account has had none.")]
    trial_opens: Annotated[
        str, text("What the plan is called that the trial opens or opened; empty: none.", "Unlimited")
    ]
    trial_started_at: Maybe
    trial_ends_at: Maybe
    trial_running: bool
    trial_days_left: Annotated[int, number("By the account's calendar; 0 on the last day and afterwards.", 5)]


# What comes in -------------------------------------------------------------------------------------------------------

Key = Annotated[Text, Field(min_length=1, max_length=60)]


class SubscriptionAsked(Asked):
    """Of which day."""

    on: Annotated[Day | None, Field(description="What held on this day, where the account is; without it: now.")] = None


class PlanChangeIn(Input):
    """A plan to take."""

    plan: Annotated[
        Key, Field(examples=["small"], description="Key of a plan on sale; in the version that is sold now.")
    ]
    when: Annotated[
        Literal["now", "period", "day"],
        Field(description="At once, at the end of the period that runs now, or when `day` begins."),
    ] = "now"
    day: Annotated[Day | None, Field(description="Where the account is; with `when` = `day` only.")] = None
    reason: Reason = ""


class BasisIn(Input):
    """By which periods an account is to be charged, and from when on."""

    basis: Annotated[
        BasisWord,
        Field(
            description="`calendar`: months, quarters, years as they stand in it; `anniversary`: from the day of taking."
        ),
    ]
    when: Annotated[
        Literal["now", "period", "day"],
        Field(description="At once, at the end of the period that runs now, or when `day` begins."),
    ] = "now"
    day: Annotated[Day | None, Field(description="Where the account is; with `when` = `day` only.")] = None
    reason: Reason = ""


class PlanBasisIn(Input):
    """By which periods whoever is on a plan is to be charged, from a day on."""

    basis: Annotated[RuleWord, Field(description="`either`: whoever sells the plan chooses for each account.")]
    first_day: Annotated[Day, Field(description="It has begun nowhere yet.")]
    reason: Reason = ""


class EndIn(Input):
    """When it ends."""

    when: Annotated[
        Literal["now", "period", "day"],
        Field(description="At once, at the end of the period that runs now, or when `day` begins."),
    ] = "now"
    day: Annotated[Day | None, Field(description="Where the account is; with `when` = `day` only.")] = None
    reason: Reason = ""


class PauseIn(Input):
    """For how long a plan rests."""

    until: Annotated[Day | None, Field(description="It goes on when this day begins; null: when somebody says so.")] = (
        None
    )
    reason: Reason = ""


class AddOnIn(Input):
    """An add-on to take."""

    add_on: Annotated[Key, Field(examples=["extra_agenda"], description="Key of an add-on on sale.")]
    count: Annotated[int, Field(ge=1, le=1000, description="How many.", examples=[1])] = 1
    reason: Reason = ""


#: At once, without more words.
AT_ONCE = EndIn()
#: Until somebody resumes it.
NO_END = PauseIn()
