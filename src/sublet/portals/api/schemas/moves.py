"""What the API says and hears about moves of accounts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta
from pydantic import Field

from sublet.portals.api.schemas.common import (
    Input,
    Maybe,
    Next,
    Out,
    PageAsked,
    Previous,
    Reason,
    RefIn,
    Text,
    instant,
    number,
    ref,
    text,
)

MoveKind = Literal["detach", "attach", "transfer", "merge", "revert", "adopt", "adopt-to"]
MoveState = Literal["asked", "approved", "declined", "taken-back", "lapsed", "stopped", "done"]
Party = Literal["source", "target", "account"]
CodeIn = Annotated[
    Text, Field(max_length=40, examples=["K7PM-2QXF-9TRD"], description="The code that the other side gives out.")
]


class PlanLine(Out):
    """One kind of thing that goes along, ends or stays."""

    code: Annotated[str, text("What: `hosts`, `keys`, `plan`, `limits` …", "hosts")]
    count: Annotated[int, number("", 1)]
    names: Annotated[
        list[str],
        Meta(
            description="Of the first of them; of plans, add-ons, limits, shares and services the keys of the offer.",
            examples=[["bella.agency.example"]],
        ),
    ]


class MovePlan(Out):
    """What a move does: what goes along, what ends with it, what stays with the reseller that is left."""

    along: list[PlanLine]
    ends: list[PlanLine]
    stays: list[PlanLine]
    brand_before: Annotated[str, text("What the account's people see now.", "Studio Rosa")]
    brand_after: Annotated[str, text("", "Remo Digital")]
    host_before: Annotated[str, text("Where they come in now.", "app.agency.example")]
    host_after: Annotated[str, text("", "app.remo.example")]
    owner_is_staff: Annotated[
        bool, Meta(description="The account's owner is on the staff of the reseller that is left.")
    ]


class MovePreview(Out):
    """What a move would do, before it is asked for."""

    kind: MoveKind
    account_name: Annotated[str, text("", "Bella Napoli")]
    other: Annotated[str, text("Whom the code names.", "Remo Digital")]
    others_must_agree: bool
    plan: MovePlan


class Move(Out):
    """A move of an account: asked for, agreed to, done."""

    ref: Annotated[str, ref("mov", "Never changes.")]
    kind: MoveKind
    state: MoveState
    party: Annotated[str, text("As what the caller's account takes part; empty: it only looks.", "source")]
    account: Annotated[str, ref("acc", "The account that moves; of a merge the reseller that goes.")]
    account_name: Annotated[str, text("", "Bella Napoli")]
    source: Annotated[str, text("The reseller that it leaves, if there is one.", "Studio Rosa")]
    target: Annotated[str, text("The reseller that it goes to, if there is one.", "Remo Digital")]
    reason: Annotated[str, text("", "Nearer to the client")]
    asked_side: Annotated[
        Literal["source", "target", "account", "vendor"], Meta(description="`vendor`: it was offered.")
    ]
    asked_at: Annotated[datetime, instant("")]
    answer_until: Maybe
    ended_at: Maybe
    lacking: Annotated[list[Party], Meta(description="Whose word is still to come.", examples=[["target"]])]
    clients: Annotated[int, number("Of a merge: how many clients it is about.", 0)]
    moved: Annotated[int, number("Of a merge: how many have gone over.", 0)]
    plan: Annotated[MovePlan | None, Meta(description="As it was shown; null where that is not the caller's affair.")]
    may_answer: Annotated[bool, Meta(description="Whether this key can agree or decline.")]
    may_take_back: Annotated[bool, Meta(description="Whether this key can take the request back.")]


class MovePage(Out):
    """A page of moves, newest first."""

    items: list[Move]
    next: Next
    previous: Previous


class MovingCode(Out):
    """The code by which others name the account in a move."""

    code: Annotated[str, text("Opens nothing by itself.", "K7PM-2QXF-9TRD")]
    expires_at: Annotated[datetime, instant("")]


class FormerClient(Out):
    """A client that has left, with what was kept about it."""

    ref: Annotated[str, ref("acc", "As it was; it leads nowhere any more.")]
    name: Annotated[str, text("", "Bella Napoli")]
    kind: MoveKind
    went_to: Annotated[str, text("", "Remo Digital")]
    left_at: Annotated[datetime, instant("")]
    notes: Annotated[str, text("", "Pays late")]
    external_id: Annotated[str, text("", "C-17")]
    tags: Annotated[list[str], Meta(examples=[["restaurant"]])]


class FormerClientPage(Out):
    """A page of clients that have left, newest first."""

    items: list[FormerClient]
    next: Next
    previous: Previous


class MovesAsked(PageAsked):
    """Which moves."""

    state: Literal["", "open", "over"] = ""


class FormerAsked(PageAsked):
    """Which page of former clients."""


class MoveIn(Input):
    """Which move: `account` names a client of one's own (detach, transfer), `code` the other side (transfer, attach)."""

    kind: Literal["detach", "transfer", "attach"]
    account: RefIn = ""
    code: CodeIn = ""
    reason: Reason = ""


class MovePreviewIn(Input):
    """The same, to be told what it would do."""

    kind: Literal["detach", "transfer", "attach"]
    account: RefIn = ""
    code: CodeIn = ""


class AdoptionIn(Input):
    """Clients of a reseller that can only read and pay, or is suspended. `code`: of another reseller; empty: direct accounts."""

    reseller: Annotated[Text, Field(max_length=32)]
    accounts: Annotated[list[Annotated[Text, Field(max_length=32)]], Field(min_length=1, max_length=200)]
    code: CodeIn = ""
    reason: Reason = ""


class NotOffered(Out):
    """An account that was offered nothing."""

    account: Annotated[str, ref("acc", "")]
    code: Annotated[str, text("Why, as refusals of moves say it.", "nobody")]


class Adoptions(Out):
    """What came of an offer."""

    moves: Annotated[list[str], Meta(description="References of the moves that wait for an answer.")]
    left_out: list[NotOffered]
