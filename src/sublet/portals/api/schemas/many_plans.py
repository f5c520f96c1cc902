"""One plan, or one basis of billing, for many clients at once."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta
from pydantic import Field

from sublet.portals.api.schemas.accounts import Count
from sublet.portals.api.schemas.accounts_in import QuestionIn
from sublet.portals.api.schemas.common import Input, Out, Reason, RefIn, Truth, number, text
from sublet.portals.api.schemas.subscriptions import AgreedPlan, BasisWord, Key

NamedIn = Annotated[list[RefIn], Field(max_length=500, examples=[["acc_7HqWm2Zr9KtXbd"]])]
DryRunIn = Annotated[Truth, Field(description="Only say what would happen.")]


class ClientPlansIn(Input):
    """A plan for many clients: those in `clients`, or all that `query` finds."""

    clients: NamedIn = []
    query: QuestionIn | None = None
    plan: Annotated[
        Key, Field(examples=["small"], description="Key of a plan on sale; in the version that is sold now.")
    ]
    reason: Annotated[Reason, Field(description="Kept in the history of each.")] = ""
    dry_run: DryRunIn = False


class ClientBasesIn(Input):
    """By which periods many clients are to be charged: those in `clients`, or all that `query` finds."""

    clients: NamedIn = []
    query: QuestionIn | None = None
    basis: Annotated[
        BasisWord,
        Field(
            description="`calendar`: months, quarters, years as they stand in it; `anniversary`: from the day of taking."
        ),
    ]
    when: Annotated[
        Literal["now", "period"],
        Field(description="At once, or each from the end of the period that it has paid for."),
    ] = "period"
    reason: Annotated[Reason, Field(description="Kept in the history of each.")] = ""
    dry_run: DryRunIn = False


class ClientPlansLine(Out):
    """A feature or a meter of which two plans say different things."""

    kind: Literal["feature", "meter"]
    key: Annotated[str, text("As the offer names it.", "push")]
    before: Annotated[
        bool | int | str | None, Meta(description="What the feature gives, or the limit; null: no limit.", examples=[1])
    ]
    after: Annotated[bool | int | str | None, Meta(description="As `before`.", examples=[5])]
    way: Annotated[Literal["gained", "lost", "other"], Meta(description="`other`: neither more nor less.")]
    policy: Annotated[
        str | None, Meta(description="What happens at the new limit; null of a feature, or without a limit.")
    ] = None


class ClientPlansMove(Out):
    """So many clients that would come from one plan, and what changes for each of them."""

    plan: Annotated[AgreedPlan | None, Meta(description="On which they are; null: on none.")]
    clients: Annotated[int, number("", 12)]
    changes: list[ClientPlansLine]


class ClientPlansPreview(Out):
    """What one plan for many clients would do."""

    dry_run: Literal[True]
    selected: Annotated[Count, Meta(description="How many clients are meant.")]
    changing: Annotated[int, number("How many of them would be put on the plan.", 12)]
    staying: Annotated[int, number("How many stay as they are: they are on it already, or closed.", 2)]
    moves: Annotated[list[ClientPlansMove], Meta(description="By the plan from which they come, the most first.")]
    names: Annotated[list[str], Meta(description="Some of those that would change.", examples=[["Bella Napoli"]])]


class ClientBasesPreview(Out):
    """What one basis of billing for many clients would do."""

    dry_run: Literal[True]
    selected: Annotated[Count, Meta(description="How many clients are meant.")]
    changing: Annotated[
        int | None, Meta(description="How many would be charged otherwise; null: not known.", examples=[12])
    ]
    staying: Annotated[
        dict[str, int],
        Meta(
            description="Why others are charged as before → how many: `same`, or the code of the refusal.",
            examples=[{"same": 2}],
        ),
    ]
    names: Annotated[
        list[str],
        Meta(
            description="Some of those that would change; where that is not known, of those that are meant.",
            examples=[["Bella Napoli"]],
        ),
    ]
    known: Annotated[bool, Meta(description="False: there are too many to say beforehand whom it changes.")]
