"""Why somebody has a right: two people side by side."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta
from pydantic import Field

from sublet.portals.api.schemas.common import Asked, Input, Maybe, Out, RefIn, Text, Truth, instant, ref, text

Level = Literal["none", "view", "manage"]


class ReasonOfRight(Out):
    """What one layer leaves of a section."""

    layer: Annotated[
        str,
        text(
            "`not-offered`, `floor`, `owner`, `role`, `ticked`, `not-ticked`, `withdrawn`; inside a visit `reach`, "
            "`grant`, `no-grant`, `clients-level`, `at-home`, `only-looking`, `acted-as`. Others may come.",
            "ticked",
        ),
    ]
    level: Level


class Explained(Out):
    """A level, the layer that decides it, and what every layer leaves, from the outside in."""

    level: Level
    decided_by: Annotated[str, text("The first layer that leaves no more than this level.", "ticked")]
    reasons: list[ReasonOfRight]


class AccessHeld(Out):
    """An access (grant) by which staff gets in."""

    reason: Annotated[str, text("Empty: the access that came with the client.", "Redesign for spring")]
    ends_at: Maybe = None


class Compared(Out):
    """Somebody who is compared."""

    ref: Annotated[str, ref("col", "Never changes.")]
    name: Annotated[str, text("", "Cleo Costa")]
    staff: Annotated[bool, Meta(description="Staff of the reseller, as inside a visit in its own name.")]
    is_owner: bool
    gets_in: Annotated[
        list[str],
        Meta(
            description="What is demanded on the way in: `second-factor`, `company` (its log-in alone), `visit`. Others may come.",
            examples=[["second-factor"]],
        ),
    ] = []
    role: Annotated[str, text("What the role that filled the person’s rights is called; empty for none.", "Editor")] = (
        ""
    )
    grants: Annotated[
        list[AccessHeld], Meta(description="Of staff: each access in force for that person, which `grant` means.")
    ] = []


class ComparedSection(Out):
    """A section, and what each of the two has on it."""

    section: Annotated[str, text("", "product.content")]
    name: Annotated[str, text("In the caller's language.", "Content")]
    left: Explained
    right: Explained
    differs: bool
    feature: Annotated[str, text("Of `not-in-plan`: what the account lacks for it, in the caller's language.", "")] = ""
    plan: Annotated[str, text("The plan that does not include it; empty where the account has none.", "")] = ""


class ComparisonOut(Out):
    """Two people of an account, side by side."""

    left: Compared
    right: Compared
    sections: list[ComparedSection]


class ComparisonAsked(Asked):
    """Which two people."""

    left: Annotated[RefIn, Field(description="Reference of a collaborator; empty: the first.")] = ""
    right: Annotated[RefIn, Field(description="Reference of a collaborator; empty: the next.")] = ""


# Requests -------------------------------------------------------------------------------------------------------------


class AccessRequestOut(Out):
    """Somebody asked for a section that is closed to it, or for the reseller's service instead."""

    ref: Annotated[str, ref("req", "Never changes.")]
    account: Annotated[str, ref("acc", "Where the right is wanted.")]
    account_name: Annotated[str, text("", "Bella Napoli")]
    person: Annotated[str, text("Who asked.", "Cleo Costa")]
    section: Annotated[str, text("", "product.design")]
    section_name: Annotated[str, text("In the caller's language.", "Design")]
    level: Level
    addressee: Annotated[Literal["owner", "reseller"], Meta(description="Who decides.")]
    service: Annotated[str, text("What the reseller's service was called; empty: the right is asked for.", "")]
    price: Annotated[str, text("Its price in words.", "")]
    note: Annotated[str, text("", "For the summer menu")]
    state: Literal["open", "accepted", "declined", "withdrawn"]
    created_at: Annotated[datetime, instant("")]
    answered_at: Maybe
    answered_by: Annotated[str, text("", "")]
    answer: Annotated[str, text("", "")]
    may_answer: Annotated[bool, Meta(description="Whether this key can answer it.")]


class AccessRequestList(Out):
    """The newest requests that this key can see, open ones first."""

    items: list[AccessRequestOut]


class SectionServiceOut(Out):
    """What the reseller does for its clients in a section that it keeps."""

    section: Annotated[str, text("", "product.design")]
    section_name: Annotated[str, text("In the caller's language.", "Design")]
    name: Annotated[str, text("In the caller's language; empty: there is none.", "A redesign every two years")]
    text: Annotated[str, text("", "")]
    price: Annotated[str, text("In words.", "")]


class SectionServiceList(Out):
    """One for each section of the product."""

    items: list[SectionServiceOut]


class RequestAnswerIn(Input):
    """What becomes of a request."""

    accept: Truth
    answer: Annotated[Text, Field(max_length=500, description="A word for whoever asked.")] = ""


class SectionServiceIn(Input):
    """A service in one language. Everything empty: none in this language."""

    language: Annotated[Literal["en", "it", "sq", "nl", "fr", "pt"], Field(examples=["en"])]
    name: Annotated[Text, Field(max_length=120, examples=["A redesign every two years"])] = ""
    text: Annotated[Text, Field(max_length=1000)] = ""
    price: Annotated[Text, Field(max_length=120, description="In words; nothing is charged by it.")] = ""
