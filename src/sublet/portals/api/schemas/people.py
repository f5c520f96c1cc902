"""Teams, invitations, rights, visits, keys."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta
from pydantic import Field

from sublet.portals.api.schemas.common import (
    Email,
    Input,
    LanguageOrNone,
    Maybe,
    Next,
    Out,
    PageAsked,
    Previous,
    Reason,
    RefIn,
    RightsIn,
    RightsOut,
    Text,
    Truth,
    When,
    instant,
    number,
    ref,
    text,
)

Summary = Annotated[str, Meta(description="The rights in a few words, in the caller's language.", examples=["Content"])]
RoleOut = Annotated[
    str, Meta(description="What the preset that filled the form is called; empty for none.", examples=[""])
]


ReachTags = Annotated[
    list[str],
    Meta(description="And: tags; who carries one of them is reached for as long as it does.", examples=[[]]),
]


#: Of the people of an account below the key's.
_LISTED = "Empty in lists of an account below for a key without `people:manage`."


class Collaborator(Out):
    """A person's place on an account."""

    ref: Annotated[str, ref("col", "Never changes.")]
    name: Annotated[str, text("", "Cleo Costa")]
    email: Annotated[str, text(_LISTED, "cleo@bella-napoli.example")]
    is_owner: bool
    role: RoleOut
    rights: RightsOut
    summary: Summary
    reaches_all: Annotated[bool, Meta(description="Staff of a reseller: reaches all clients.")]
    reach_count: Annotated[int, number("Otherwise: how many clients.", 0)]
    reach_tags: ReachTags
    created_at: Annotated[datetime, instant("Since when.")]
    last_seen_at: Maybe
    from_directory: Annotated[bool, Meta(description="The account’s directory keeps this person.")]


class CollaboratorPage(Out):
    """A page of a team: the owner first, then in the order in which they came."""

    items: list[Collaborator]
    next: Next
    previous: Previous


class CollaboratorDetails(Out):
    """A person's place on an account, and what this key can do about it."""

    ref: Annotated[str, ref("col", "Never changes.")]
    name: Annotated[str, text("", "Cleo Costa")]
    email: Annotated[str, text("", "cleo@bella-napoli.example")]
    is_owner: bool
    role: RoleOut
    rights: RightsOut
    summary: Summary
    reaches_all: Annotated[bool, Meta(description="Staff of a reseller: reaches all clients.")]
    reach: Annotated[list[str], Meta(description="Otherwise: references of the clients.", examples=[[]])]
    reach_tags: ReachTags
    may_change: Annotated[bool, Meta(description="Whether this key can change the rights.")]
    may_remove: Annotated[bool, Meta(description="Whether this key can end the access.")]
    may_appoint: Annotated[bool, Meta(description="Whether this key can make this person the owner.")]
    created_at: Annotated[datetime, instant("Since when.")]
    last_seen_at: Maybe
    from_directory: Annotated[bool, Meta(description="The account’s directory keeps this person.")]


class Invitation(Out):
    """An invitation that is neither accepted nor taken back."""

    ref: Annotated[str, ref("inv", "Never changes.")]
    email: Annotated[str, text(_LISTED, "cleo@bella-napoli.example")]
    name: Annotated[str, text("", "Cleo Costa")]
    is_owner: Annotated[bool, Meta(description="Whoever accepts it owns the account.")]
    role: RoleOut
    summary: Summary
    invited_by: Annotated[str, text("", "Rosa Ricci")]
    created_at: Annotated[datetime, instant("When it was written.")]
    expires_at: Annotated[datetime, instant("Until when its link works.")]
    expired: bool
    from_directory: Annotated[bool, Meta(description="The account’s directory named this person.")]
    sends: Annotated[int, number("How often it was sent.", 1)]


class InvitationList(Out):
    """The open invitations, newest first."""

    items: list[Invitation]


class Invited(Out):
    """An invitation that was sent. Its link is in the mail alone."""

    ref: Annotated[str, ref("inv", "Never changes.")]
    email: Annotated[str, text("", "cleo@bella-napoli.example")]
    expires_at: Annotated[datetime, instant("Until when its link works.")]


class Section(Out):
    """An area that rights are about."""

    key: Annotated[str, text("As rights name it.", "product.content")]
    name: Annotated[str, text("In the caller's language.", "Content")]
    help: Annotated[str, text("", "")]
    levels: Annotated[list[str], Meta(examples=[["view", "manage"]])]
    marked: Annotated[bool, Meta(description="A name other than the brand's shows there, as the product declares.")]
    measured: Annotated[
        Literal["clean", "found", "unseen"],
        Meta(description="What the scans of this client found there; `unseen`: not looked at, or not for the caller."),
    ]
    clean: Annotated[bool, Meta(description="Neither is it marked, nor was anything found there.")]


class SectionGroup(Out):
    """Sections under one heading."""

    key: Annotated[str, text("", "content")]
    name: Annotated[str, text("In the caller's language.", "Content")]
    sections: list[Section]


class Sections(Out):
    """What people of an account can be given."""

    groups: list[SectionGroup]


class Preset(Out):
    """A named set of rights: it fills a form, nothing checks it."""

    key: Annotated[str, text("", "designer")]
    name: Annotated[str, text("In the caller's language.", "Designer")]
    hint: Annotated[str, text("", "")]
    rights: RightsOut


class PresetList(Out):
    """The presets for an account."""

    items: list[Preset]


class Visit(Out):
    """An impersonation: somebody of the reseller's acted in the account."""

    ref: Annotated[str, ref("ims", "Never changes.")]
    mode: Annotated[Literal["reseller", "client"], Meta(description="In its own name, or in a collaborator's place.")]
    staff: Annotated[str, text("Who it was.", "Rosa Ricci")]
    acting_as: Annotated[str, text("In whose place.", "Cleo Costa")]
    reason: Annotated[str, text("", "Helps to set up the menu")]
    teams: Annotated[
        list[str], Meta(description="By the access of which teams of staff it could begin.", examples=[["Design"]])
    ]
    started_at: Annotated[datetime, instant("")]
    last_used_at: Annotated[datetime, instant("")]
    ends_at: Annotated[datetime, instant("When it ends by itself at the latest.")]
    ended_at: Maybe
    ended_by: Annotated[str, text("`person`, `idle`, `time`, `access`, `log-out`; empty while it goes on.", "person")]
    requests: Annotated[int, number("How many requests were made meanwhile.", 14)]


class VisitPage(Out):
    """Impersonations of one client, newest first."""

    items: list[Visit]
    next: Next
    previous: Previous


class VisitRequest(Out):
    """One request made meanwhile."""

    at: Annotated[datetime, instant("")]
    method: Annotated[str, text("", "POST")]
    path: Annotated[str, text("", "/client/acc_7HqWm2Zr9KtXbd/settings/")]
    status: Annotated[int, number("", 302)]
    changed: Annotated[bool, Meta(description="It asked for a change, and was not refused.")]
    request_id: Annotated[str, text("", "5f0c3b6d2a7e4f1b9c8d7e6f5a4b3c2d")]


class VisitChange(Out):
    """One thing that was changed in a visit."""

    at: Annotated[datetime, instant("")]
    sentence: Annotated[str, text("In the caller's language.", "Rosa Ricci changed the details of Bella Napoli.")]
    detail: Annotated[str, text("What from what to what.", "City: Roma → Napoli")]


class VisitRequestPage(Out):
    """A page of the requests of one impersonation, newest first, with everything that was changed in it."""

    visit: Visit
    changes: list[VisitChange]
    items: list[VisitRequest]
    next: Next
    previous: Previous


class Key(Out):
    """An API key. Its secret is shown once, when it is made."""

    ref: Annotated[str, ref("key", "Never changes.")]
    name: Annotated[str, text("", "Website form")]
    prefix: Annotated[str, text("How the secret begins, to tell keys apart.", "sk_Zq3vXk9a")]
    state: Literal["active", "expired", "revoked"]
    rights: RightsOut
    summary: Summary
    reaches_all: bool
    reach_count: Annotated[int, number("Otherwise: how many clients it reaches.", 0)]
    created_by: Annotated[str, text("", "Rosa Ricci")]
    created_at: Annotated[datetime, instant("")]
    expires_at: Maybe
    last_used_at: Maybe
    last_used_from: Annotated[str, text("Network address.", "203.0.113.7")]
    revoked_at: Maybe
    allowed_from: Annotated[list[str], Meta(description="From where it works; empty: from everywhere.", examples=[[]])]
    refused_at: Maybe
    refused_from: Annotated[str, text("From where it was last used though it must not be.", "198.51.100.4")]
    rotated_at: Maybe
    old_prefix: Annotated[str, text("How the secret before begins, while it still works.", "sk_a8Jd01Lm")]
    old_until: Maybe
    old_used_at: Maybe
    old_used_from: Annotated[str, text("Network address.", "203.0.113.8")]


class KeyPage(Out):
    """A page of the account's keys, newest first."""

    items: list[Key]
    next: Next
    previous: Previous


class NewKey(Out):
    """A key that was made, or given a new secret."""

    ref: Annotated[str, ref("key", "Never changes.")]
    name: Annotated[str, text("", "Website form")]
    secret: Annotated[str, text("Shown now and never again.", "sk_…")]


class SectionUse(Out):
    """A section of the product over all clients."""

    section: Annotated[str, text("", "product.content")]
    name: Annotated[str, text("In the caller's language.", "Content")]
    people: Annotated[int, number("How many of the clients' people have it.", 40)]
    manage: Annotated[int, number("How many of them at the level `manage`.", 31)]
    kept: Annotated[str, text("The level that a withdrawal from all clients has left; empty: none was made.", "")]


class SectionUseList(Out):
    """The sections of the product over all clients."""

    items: list[SectionUse]


class Withdrawal(Out):
    """A section that was taken away from the clients' people in one go."""

    ref: Annotated[str, ref("wdr", "Never changes.")]
    section: Annotated[str, text("", "product.content")]
    level: Annotated[str, text("What was left of it.", "none")]
    state: Annotated[str, text("`running`, `done`, `returning` or `returned`.", "done")]
    people: Annotated[int, number("How many people it was taken from.", 40)]
    all_clients: bool
    clients: Annotated[int, number("Otherwise: how many clients.", 0)]
    reason: Annotated[str, text("", "New price list")]
    created_by: Annotated[str, text("", "Rosa Ricci")]
    created_at: Annotated[datetime, instant("")]
    returned_at: Maybe
    may_give_back: bool


class WithdrawalList(Out):
    """The newest withdrawals."""

    items: list[Withdrawal]


class WithdrawalPreview(Out):
    """What taking a section away would touch."""

    dry_run: Literal[True]
    people: Annotated[int, number("How many people.", 40)]
    clients: Annotated[int, number("Of how many clients.", 12)]
    invited: Annotated[int, number("How many who have not accepted yet.", 2)]


# What comes in -------------------------------------------------------------------------------------------------------

RoleIn = Annotated[Text, Field(max_length=60, description="Key of the preset that was used, for display.")]
ReachIn = Annotated[
    list[RefIn],
    Field(max_length=2000, description="Staff of a reseller: references of the clients, where not all are reached."),
]


ReachTagsIn = Annotated[
    list[Annotated[Text, Field(max_length=40)]],
    Field(max_length=20, description="And by tag: who carries one of these is reached, too.", examples=[["vip"]]),
]


class TeamAsked(PageAsked):
    """Which of the people."""

    search: Annotated[Text, Field(max_length=200, description="A part of the name or the address.")] = ""


class InvitationIn(Input):
    """Whom to invite, with which rights."""

    email: Annotated[Email, Field(min_length=3)]
    name: Annotated[Text, Field(max_length=200, examples=["Cleo Costa"])] = ""
    language: LanguageOrNone = ""
    rights: RightsIn = {}
    role: RoleIn = ""
    reaches_all: Truth = True
    reach: ReachIn = []
    reach_tags: ReachTagsIn = []
    is_owner: Annotated[Truth, Field(description="Whoever accepts it owns the account.")] = False
    old_owner_leaves: Truth = False


class RightsChangeIn(Input):
    """Exactly these rights, and no others."""

    rights: RightsIn
    role: RoleIn = ""
    reaches_all: Truth = True
    reach: ReachIn = []
    reach_tags: ReachTagsIn = []


class RemovalIn(Input):
    """How to end somebody's access."""

    revoke_keys: Annotated[Truth, Field(description="Also end the API keys that the person made there.")] = False
    reason: Reason = ""


#: A removal without more words.
AT_ONCE = RemovalIn()


class HandOverIn(Input):
    """Who is to own the account."""

    collaborator: Annotated[RefIn, Field(examples=["col_7HqWm2Zr9KtXbd"])]
    leave: Annotated[Truth, Field(description="The owner before leaves the team.")] = False


class VisitIn(Input):
    """To act in a client's account."""

    mode: Literal["reseller", "client"]
    reason: Annotated[Reason, Field(min_length=10)]
    collaborator: Annotated[RefIn, Field(examples=["col_7HqWm2Zr9KtXbd"])] = ""


AllowedFrom = Annotated[
    list[Annotated[Text, Field(max_length=60)]],
    Field(
        max_length=50,
        description="Addresses and ranges (IPv4 or IPv6) from which the key works; empty: from everywhere.",
        examples=[["203.0.113.0/24", "2001:db8::/48"]],
    ),
]


class KeyIn(Input):
    """A new key for the account of this one: never with more rights than this one has."""

    name: Annotated[Text, Field(min_length=1, max_length=80, examples=["Website form"], pattern=r"\S")]
    rights: Annotated[RightsIn, Field(min_length=1, examples=[{"clients": "manage"}])]
    expires_at: When | None = None
    allowed_from: AllowedFrom = []


class KeyChange(Input):
    """From where a key works."""

    allowed_from: AllowedFrom


class KeyRotation(Input):
    """How long the secret before works beside the new one."""

    overlap_hours: Annotated[int, Field(ge=0, le=168, description="0 ends it at once.", examples=[24])] = 24


class WithdrawalIn(Input):
    """A section to take away, down to a level, from all clients or from chosen ones."""

    section: Annotated[Text, Field(max_length=80, examples=["product.content"])]
    level: Literal["none", "view"] = "none"
    clients: Annotated[
        list[RefIn] | None, Field(max_length=2000, description="References; null: all clients that this key reaches.")
    ] = None
    reason: Reason = ""
    dry_run: Annotated[Truth, Field(description="Only say what would happen.")] = False
