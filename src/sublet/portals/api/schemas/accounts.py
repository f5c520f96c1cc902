"""Accounts: one's own, clients, what the vendor sees."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from sublet.accounts.queries import AccountFacts, ClientRow
from sublet.people.queries import StaffMember
from sublet.portals.api.schemas.common import (
    Maybe,
    Next,
    Out,
    Previous,
    instant,
    number,
    ref,
    text,
)

# What goes out -------------------------------------------------------------------------------------------------------

State = Annotated[
    Literal["prospect", "invited", "active", "suspended", "closed"], Meta(description="Where it stands in its life.")
]
Ownership = Annotated[
    Literal["reseller", "client"],
    Meta(description="Who owns the account: decides who may close it and who may say who owns it."),
]
Kind = Literal["reseller", "client", "direct"]
DemoUntil = Annotated[Maybe, Meta(description="Set: a demonstration that closes by itself then.")]
GraceUntil = Annotated[Maybe, Meta(description="Until when the closing can be taken back.")]
LastSeen = Annotated[Maybe, Meta(description="When one of its own people was last here.")]


#: In a list, which a program takes away page by page.
_LISTED = " Empty in lists for a key without `people:manage`."


class Responsible(Out):
    """Who of the reseller's people looks after a client."""

    user: Annotated[str, ref("usr", "The person.")]
    name: Annotated[str, text("The person's name.", "Rosa Ricci")]


class OwnAccount(Out):
    """The account of the key."""

    ref: Annotated[str, ref("acc", "Never changes.")]
    kind: Annotated[str, text("What kind of account it is.", "client")]
    name: Annotated[str, text("What it is called.", "Bella Napoli")]
    state: State
    state_since: Annotated[datetime, instant("Since when it is in this state.")]
    language: Annotated[str, text("Language code; empty: the reader's own.", "it")]
    timezone: Annotated[str, text("IANA name.", "Europe/Rome")]
    country: Annotated[str, text("Two letters, or empty.", "IT")]
    currency: Annotated[str, text("Three letters.", "EUR")]
    contact_name: Annotated[str, text("Whom to ask for.", "Carla Conti")]
    email: Annotated[str, text("An address for writing to the account.", "hello@bella-napoli.example")]
    phone: Annotated[str, text("", "+39 06 1234 5678")]
    mobile: Annotated[str, text("", "+39 333 123 4567")]
    website: Annotated[str, text("", "https://bella-napoli.example")]
    street: Annotated[str, text("", "Via Roma 1")]
    postal_code: Annotated[str, text("", "00184")]
    city: Annotated[str, text("", "Roma")]
    created_at: Annotated[datetime, instant("Since when it exists.")]
    version: Annotated[int, number("Grows with each change; send it back as If-Match.", 3)]


Limits = Literal["open", "near", "reached", "over", "refused"]


class SignalTold(Out):
    """The newest fact of a signal."""

    at: Annotated[datetime, instant("When it was so.")]
    value: Annotated[
        bool | int | float | str | None, Meta(description="By the kind of the signal, as in the client's own signals.")
    ]


class Client(Out):
    """A client in a list."""

    ref: Annotated[str, ref("acc", "Never changes.")]
    name: Annotated[str, text("What it is called.", "Bella Napoli")]
    state: State
    state_reason: Annotated[str, text("Why it is in this state, if somebody said so.", "")]
    ownership: Ownership
    demo_until: DemoUntil
    grace_until: GraceUntil
    language: Annotated[str, text("Language code; empty: not known.", "it")]
    contact_name: Annotated[str, text(f"Whom to ask for.{_LISTED}", "Carla Conti")]
    email: Annotated[str, text(f"An address for writing to it.{_LISTED}", "hello@bella-napoli.example")]
    phone: Annotated[str, text(f"Telephone.{_LISTED}", "+39 06 1234 5678")]
    city: Annotated[str, text("", "Roma")]
    external_id: Annotated[str, text("Your own number for it.", "K-1042")]
    responsible: Annotated[Responsible | None, Meta(description="Who looks after it; null for nobody.")]
    tags: Annotated[list[str], Meta(examples=[["restaurant", "vip"]])]
    created_at: Annotated[datetime, instant("Since when it exists.")]
    last_seen_at: LastSeen
    plan: Annotated[
        str, text("Key of the plan taken, or of the plan of its birth. Empty without `subscription:view`.", "small")
    ]
    trial_until: Annotated[
        Maybe, Meta(description="Until when its free trial runs or ran; null: none, or without `subscription:view`.")
    ]
    settings_complete: Annotated[
        bool,
        Meta(
            description="Nothing is missing in its settings: what the product needs to begin is agreed.",
            examples=[True],
        ),
    ]
    limits: Annotated[
        Limits | None,
        Meta(description="The worst of how its meters stand at their limits, as noted last; null: not asked for."),
    ]
    signals: Annotated[
        dict[str, SignalTold] | None,
        Meta(description="Key of a signal → the newest fact, where there is one; null: not asked for."),
    ]


class ClientPage(Out):
    """A page of clients."""

    items: list[Client]
    next: Next
    previous: Previous
    capped: Annotated[bool, Meta(description="The search found more than it looked at: ask more narrowly.")]


class ClientDetails(Out):
    """A client with all that is kept about it."""

    ref: Annotated[str, ref("acc", "Never changes.")]
    kind: Kind
    name: Annotated[str, text("What it is called.", "Bella Napoli")]
    state: State
    state_since: Annotated[datetime, instant("Since when it is in this state.")]
    state_reason: Annotated[str, text("Why it is in this state, if somebody said so.", "")]
    ownership: Ownership
    demo_until: DemoUntil
    grace_until: GraceUntil
    ended: Annotated[bool, Meta(description="Closed for good: the closing can no longer be taken back.")]
    language: Annotated[str, text("Language code; empty: not known.", "it")]
    timezone: Annotated[str, text("IANA name.", "Europe/Rome")]
    country: Annotated[str, text("Two letters, or empty.", "IT")]
    currency: Annotated[str, text("Three letters.", "EUR")]
    contact_name: Annotated[str, text("Whom to ask for.", "Carla Conti")]
    email: Annotated[str, text("", "hello@bella-napoli.example")]
    phone: Annotated[str, text("", "+39 06 1234 5678")]
    mobile: Annotated[str, text("", "+39 333 123 4567")]
    website: Annotated[str, text("", "https://bella-napoli.example")]
    street: Annotated[str, text("", "Via Roma 1")]
    postal_code: Annotated[str, text("", "00184")]
    city: Annotated[str, text("", "Roma")]
    external_id: Annotated[str, text("Your own number for it.", "K-1042")]
    notes: Annotated[
        str, text("Kept on your side; the client never sees them.", "Prefers to be called in the morning.")
    ]
    responsible: Annotated[Responsible | None, Meta(description="Who looks after it; null for nobody.")]
    tags: Annotated[list[str], Meta(examples=[["restaurant", "vip"]])]
    imported: Annotated[bool, Meta(description="Whether it came in with a list.")]
    created_at: Annotated[datetime, instant("Since when it exists.")]
    last_seen_at: LastSeen
    version: Annotated[int, number("Grows with each change; send it back as If-Match.", 3)]


class Account(Out):
    """A reseller's or a direct account in the list of the vendor."""

    ref: Annotated[str, ref("acc", "Never changes.")]
    kind: Literal["reseller", "direct"]
    name: Annotated[str, text("What it is called.", "Studio Rossi")]
    state: State
    state_reason: Annotated[str, text("Why it is in this state, if somebody said so.", "")]
    grace_until: GraceUntil
    language: Annotated[str, text("Language code; empty: not known.", "it")]
    contact_name: Annotated[str, text(f"Whom to ask for.{_LISTED}", "Carla Conti")]
    email: Annotated[str, text(f"An address for writing to it.{_LISTED}", "hello@studio-rossi.example")]
    phone: Annotated[str, text(f"Telephone.{_LISTED}", "+39 06 1234 5678")]
    city: Annotated[str, text("", "Roma")]
    external_id: Annotated[str, text("Your own number for it.", "K-1042")]
    tags: Annotated[list[str], Meta(examples=[["gold"]])]
    created_at: Annotated[datetime, instant("Since when it exists.")]
    last_seen_at: LastSeen


class AccountPage(Out):
    """A page of accounts."""

    items: list[Account]
    next: Next
    previous: Previous
    capped: Annotated[bool, Meta(description="The search found more than it looked at: ask more narrowly.")]


class Count(Out):
    """How many."""

    number: Annotated[int, number("How many; with `more`, at least so many.", 12)]
    more: Annotated[bool, Meta(description="There are more than `number`; they are not counted.")]


class ClientCounts(Out):
    """How many clients there are."""

    states: Annotated[dict[str, Count], Meta(description="State → how many.")]
    ending: Annotated[Count, Meta(description="Demonstrations that end within two weeks.")]


class TagList(Out):
    """The tags in use."""

    items: Annotated[list[str], Meta(examples=[["restaurant", "vip"]])]


class Tags(Out):
    """The tags of one client, as stored."""

    tags: Annotated[list[str], Meta(examples=[["restaurant", "vip"]])]


class StaffPerson(Out):
    """Somebody of the account's own people, as clients name them."""

    user: Annotated[str, ref("usr", "The person.")]
    name: Annotated[str, text("The person's name.", "Rosa Ricci")]
    gone: Annotated[bool, Meta(description="No longer on the team, though clients may still name this person.")]


class StaffList(Out):
    """The account's own people."""

    items: list[StaffPerson]


class ChangePreview(Out):
    """What a change of many clients would do."""

    dry_run: Literal[True]
    selected: Annotated[Count, Meta(description="How many clients are meant.")]
    changing: Annotated[Count, Meta(description="How many of them would change.")]
    names: Annotated[list[str], Meta(description="Some of those that would change.", examples=[["Bella Napoli"]])]


class ChangeResult(Out):
    """What a change of many clients came to. With a `job` it is still at work."""

    dry_run: Literal[False]
    changed: Annotated[int, number("How many clients were changed.", 12)]
    left: Annotated[
        dict[str, int], Meta(description="Code of the refusal → how many stay as they were.", examples=[{"same": 2}])
    ]
    job: Annotated[str | None, Meta(description="The job that does it, when there are many.", examples=[None])]


class ListQuestion(Out):
    """What a saved view asks."""

    search: str
    states: list[str]
    tags: list[str]
    responsible: Annotated[list[str], Meta(description="References of people; `nobody`.")]
    languages: list[str]
    demo: str
    signals: list[str]
    plans: list[str]
    trial: str
    limits: list[str]
    sort: Annotated[str, text("", "name")]
    descending: bool


class View(Out):
    """A saved view of the client list."""

    ref: Annotated[str, ref("viw", "Never changes.")]
    name: Annotated[str, text("", "Restaurants in Rome")]
    query: ListQuestion
    columns: Annotated[list[str], Meta(description="The columns shown; empty: the usual ones.")]
    shared: Annotated[bool, Meta(description="The whole team sees it.")]
    mine: Annotated[bool, Meta(description="Whether this key may change it.")]


class ViewList(Out):
    """The saved views."""

    items: list[View]


def responsible_of(user_id: int | None, people: Mapping[int, StaffMember]) -> Responsible | None:
    """Who looks after a client, in public terms."""
    person = people.get(user_id) if user_id is not None else None
    return Responsible(user=person.ref, name=person.name) if person is not None else None


def client_of(
    row: ClientRow,
    people: Mapping[int, StaffMember],
    *,
    plan: str,
    limits: str | None,
    signals: dict[str, SignalTold] | None,
) -> Client:
    """A row of the list as the API tells it."""
    return Client(
        ref=row.ref,
        name=row.name,
        state=row.state,  # type: ignore[arg-type]  # the database knows no other word
        state_reason=row.state_reason,
        ownership=row.ownership,  # type: ignore[arg-type]  # as above
        demo_until=row.demo_until,
        grace_until=row.grace_until,
        language=row.language,
        contact_name=row.contact_name,
        email=row.email,
        phone=row.phone,
        city=row.city,
        external_id=row.external_id,
        responsible=responsible_of(row.responsible_id, people),
        tags=list(row.tags),
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
        plan=plan,
        trial_until=row.trial_until,
        settings_complete=row.settings_complete,
        limits=limits,  # type: ignore[arg-type]  # the database knows no other word
        signals=signals,
    )


def account_of(row: ClientRow) -> Account:
    """A row of the vendor's list."""
    return Account(
        ref=row.ref,
        kind=row.kind,  # type: ignore[arg-type]  # below the vendor there are no others
        name=row.name,
        state=row.state,  # type: ignore[arg-type]  # the database knows no other word
        state_reason=row.state_reason,
        grace_until=row.grace_until,
        language=row.language,
        contact_name=row.contact_name,
        email=row.email,
        phone=row.phone,
        city=row.city,
        external_id=row.external_id,
        tags=list(row.tags),
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
    )


def details_of(facts: AccountFacts, people: Mapping[int, StaffMember]) -> ClientDetails:
    """All that is kept about an account below one's own."""
    return ClientDetails(
        ref=facts.ref,
        kind=facts.kind,  # type: ignore[arg-type]  # below another there is no other kind
        name=facts.name,
        state=facts.state,  # type: ignore[arg-type]  # the database knows no other word
        state_since=facts.state_since,
        state_reason=facts.state_reason,
        ownership=facts.ownership,  # type: ignore[arg-type]  # as above
        demo_until=facts.demo_until,
        grace_until=facts.grace_until,
        ended=facts.ended,
        language=facts.language,
        timezone=facts.timezone,
        country=facts.country,
        currency=facts.currency,
        contact_name=facts.contact_name,
        email=facts.email,
        phone=facts.phone,
        mobile=facts.mobile,
        website=facts.website,
        street=facts.street,
        postal_code=facts.postal_code,
        city=facts.city,
        external_id=facts.external_id,
        notes=facts.notes,
        responsible=responsible_of(facts.responsible_id, people),
        tags=list(facts.tags),
        imported=facts.imported,
        created_at=facts.created_at,
        last_seen_at=facts.last_seen_at,
        version=facts.version,
    )


def own_account_of(facts: AccountFacts) -> OwnAccount:
    """What an account is told about itself: nothing that the one above keeps about it."""
    return OwnAccount(
        ref=facts.ref,
        kind=facts.kind,
        name=facts.name,
        state=facts.state,  # type: ignore[arg-type]  # the database knows no other word
        state_since=facts.state_since,
        language=facts.language,
        timezone=facts.timezone,
        country=facts.country,
        currency=facts.currency,
        contact_name=facts.contact_name,
        email=facts.email,
        phone=facts.phone,
        mobile=facts.mobile,
        website=facts.website,
        street=facts.street,
        postal_code=facts.postal_code,
        city=facts.city,
        created_at=facts.created_at,
        version=facts.version,
    )
