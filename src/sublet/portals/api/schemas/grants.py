"""What the API says and hears about a reseller's access to a client."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta
from pydantic import Field

from sublet.portals.api.schemas.common import (
    Day,
    Input,
    LevelWord,
    Maybe,
    Next,
    Out,
    OwnershipWord,
    PageAsked,
    Previous,
    Reason,
    RefIn,
    RightsIn,
    RightsOut,
    Truth,
    instant,
    number,
    ref,
    text,
)

GrantState = Literal["requested", "active", "declined", "ended", "lapsed"]


class Grant(Out):
    """The reseller's access to one client, or a request for it. It gives something from its start up to its end."""

    ref: Annotated[str, ref("gra", "Never changes.")]
    state: GrantState
    everywhere: Annotated[str, text("The level on every section, now and later.", "none")]
    sections: Annotated[
        RightsOut,
        Meta(description="Section → level, where it goes further.", examples=[{"product.design": "manage"}]),
    ]
    summary: Annotated[str, text("The scope in a few words, in the caller's language.", "Design")]
    people: Annotated[
        list[str] | None,
        Meta(
            description="Names of staff, of a team those who are in it now; null: all staff, and its keys.",
            examples=[["Rico Russo"]],
        ),
    ]
    team: Annotated[str, text("The team of staff that it is to; empty: none is meant.", "Design")]
    team_ref: Annotated[str, text("Of that team; empty when the client asks.", "tea_7HqWm2Zr9KtXbd")]
    team_removed: Annotated[bool, Meta(description="There is no such team any more: it lets nobody in.")]
    reason: Annotated[str, text("What it is for.", "Redesign for the summer menu")]
    start_at: Annotated[Maybe, Meta(description="It begins then at the earliest; null: when it is approved.")]
    days: Annotated[
        int | None, Meta(description="For how long it was asked; null: until somebody ends it.", examples=[30])
    ]
    extend_days: Annotated[int, number("It goes on by itself for so many days at each end; 0: it ends.", 0)]
    notice_days: Annotated[int, number("Days between the client's word and the end.", 14)]
    starts_at: Maybe
    ends_at: Maybe
    asked_by: Annotated[str, text("", "Rosa Ricci")]
    asked_side: Annotated[str, text("`reseller` or `client`.", "reseller")]
    asked_at: Annotated[datetime, instant("")]
    decided_by: Annotated[str, text("Who gave it; empty: it came with the account.", "Carl Conti")]
    ended_by: Annotated[str, text("", "")]
    end_asked_at: Maybe
    end_asked_reason: Annotated[str, text("Why the client asked for an end then.", "")]
    end_asked_left: Annotated[str, text("What the client would leave of it, in a few words; empty: nothing.", "")]
    may_answer: Annotated[bool, Meta(description="Whether this key can approve or decline it.")]
    may_narrow: Annotated[bool, Meta(description="Whether this key can leave less of it.")]
    may_extend: Annotated[bool, Meta(description="Whether this key can let it go on for longer.")]
    may_end: Annotated[bool, Meta(description="Whether this key can end it, or take the request back.")]
    may_ask_end: Annotated[bool, Meta(description="Whether this key can ask its owner to end it.")]
    may_answer_end: Annotated[bool, Meta(description="Whether this key can answer the client's wish for an end.")]


class GrantPage(Out):
    """A page of the grants of a client, newest first."""

    items: list[Grant]
    next: Next
    previous: Previous


class CanEnter(Out):
    """A person who can enter a client's account."""

    ref: Annotated[str, text("Of the collaborator; empty for the reseller's staff, when the client asks.", "")]
    name: Annotated[str, text("", "Rico Russo")]
    side: Annotated[Literal["reseller", "client"], Meta(description="`reseller`: by grants; `client`: by invitation.")]
    is_owner: bool
    summary: Annotated[str, text("How far, in the caller's language.", "Design")]
    grants: Annotated[list[str], Meta(description="References of those grants.", examples=[["gra_7HqWm2Zr9KtXbd"]])]
    since: Annotated[datetime, instant("")]
    last_at: Maybe


class Access(Out):
    """Who can enter a client's account, and who decides about it."""

    account: Annotated[str, ref("acc", "The client.")]
    account_name: Annotated[str, text("", "Bella Napoli")]
    reseller_name: Annotated[str, text("", "Rosa Web Studio")]
    ownership: OwnershipWord
    decides: Annotated[bool, Meta(description="Whether the side of this key gives and approves access.")]
    people: list[CanEnter]
    more_people: Annotated[bool, Meta(description="There are more than the 200 of each side that are listed.")]


# What comes in -------------------------------------------------------------------------------------------------------

ScopeIn = Annotated[
    RightsIn,
    Field(
        max_length=300,
        examples=[{"product.design": "manage", "product.statistics": "view"}],
        description="Section → level, beyond `everywhere`.",
    ),
]
EverywhereIn = Annotated[LevelWord, Field(description="The level on every section, now and later.")]
DaysIn = Annotated[int, Field(description="At most three years.", ge=1, le=1096, examples=[30])]


class GrantsAsked(PageAsked):
    """Which of the grants."""

    state: Annotated[
        Literal["", "requested", "active", "over"],
        Field(description="Only those that wait for an answer, that are in force, or that are over."),
    ] = ""


class GrantIn(Input):
    """Access to ask for; or to give, where the account is one's own."""

    everywhere: EverywhereIn = "none"
    sections: ScopeIn = {}
    people: Annotated[
        list[RefIn] | None,
        Field(
            max_length=200,
            description="References of the reseller's own team; null: all of it, and its keys. A client leaves it out.",
            examples=[["col_7HqWm2Zr9KtXbd"]],
        ),
    ] = None
    team: Annotated[
        RefIn,
        Field(
            description="Reference of a named team of the reseller's own, instead of `people`: whoever is in it at each"
            " request. A client leaves it out.",
            examples=["tea_7HqWm2Zr9KtXbd"],
        ),
    ] = ""
    start: Annotated[
        Day | None,
        Field(
            description="The day on which it begins at the earliest, where the client is; within a year. Null: when it is"
            " approved.",
        ),
    ] = None
    days: Annotated[DaysIn | None, Field(description="For how long; null: until somebody ends it.")]
    extend: Annotated[Truth, Field(description="It goes on by itself for as long again at each end.")] = False
    notice_days: Annotated[
        int, Field(ge=0, le=90, description="Days between the client's word and the end.", examples=[14])
    ] = 0
    reason: Annotated[
        Reason,
        Field(max_length=500, examples=["Redesign for the summer menu"], description="What for; both sides read it."),
    ]


class NarrowingIn(Input):
    """What is left of an access."""

    everywhere: EverywhereIn = "none"
    sections: ScopeIn = {}


class EndRequestIn(Input):
    """A wish for an end of an access, or for less."""

    everywhere: EverywhereIn = "none"
    sections: Annotated[ScopeIn, Field(description="What is to be left; empty: nothing, an end is wished for.")] = {}
    reason: Reason = ""


#: A wish for an end without more words.
NO_WORDS = EndRequestIn()


class EndAnswerIn(Input):
    """What becomes of the client's wish."""

    accept: Annotated[Truth, Field(description="Do as asked; else the access stays as it is.")]
    reason: Reason = ""


class ExtensionIn(Input):
    """For how much longer."""

    days: DaysIn
