"""Who a request is, and what that person may do where. Every answer is made of rows read at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sublet.accounts.models import Account
from sublet.core.rights import (
    CLIENT,
    ENDS,
    NO_RIGHTS,
    PAYS,
    RESELLER,
    Level,
    Rights,
    acting_as_collaborator,
    acting_as_reseller,
    effective,
)
from sublet.core.visits import IDLE, LONGEST
from sublet.foundation.actor import Actor, Impersonator
from sublet.foundation.prepared import Prepared, moment, number, text
from sublet.foundation.refs import looks_like_ref
from sublet.people.models import Collaborator, Impersonation, User
from sublet.people.queries.company_log_ins import (
    CameIn,
    demands_company_log_in,
    is_vouched,
    stamp_of_account,
    way_lacking,
)
from sublet.people.queries.gates import lowered, number_of_change
from sublet.people.queries.grants import granted
from sublet.people.queries.log_in_rules import demands_second_factor
from sublet.people.queries.reach import reached_by
from sublet.people.queries.sections import read_once, stored_sections
from sublet.people.queries.served import served_here as served_here
from sublet.people.queries.visit_rules import switched_off


@dataclass(frozen=True, slots=True)
class Place:
    """One account that a person may enter, for the switcher."""

    account_id: int
    account_ref: str
    account_name: str
    account_kind: str
    parent_id: int | None
    state: str
    is_owner: bool


def product_section_keys() -> tuple[str, ...]:
    """Keys of the host product's sections in force, in the manifest's order, without prefix."""
    return tuple(row.key for row in stored_sections())


def rights_of(collaborator: Collaborator, kind: str, sections: Sequence[str] | None = None) -> Rights:
    """What the collaborator may do on its account, floor included."""
    keys = product_section_keys() if sections is None else sections
    return effective(kind=kind, is_owner=collaborator.is_owner, ticked=collaborator.ticked, product_sections=keys)


def actor_of(collaborator: Collaborator, account: Account, *, host: str, request_id: str, via: str) -> Actor:
    """The actor that this collaborator (with `user` loaded) is on `account`."""
    reach: frozenset[int] | None = None
    if account.kind == RESELLER and not collaborator.reaches_all and not collaborator.is_owner:
        reach = reached_by(collaborator)
    rights = rights_of(collaborator, account.kind)
    ends = NO_RIGHTS
    if account.read_only_since is not None:
        ends, rights = rights.only(ENDS), rights.floored(PAYS)
    return Actor(
        user_id=collaborator.user_id,
        name=str(collaborator.user),
        account_id=account.id,
        account_ref=account.ref,
        account_kind=account.kind,
        account_name=account.name,
        rights=rights,
        ends=ends,
        is_owner=collaborator.is_owner,
        reach=reach,
        via=via,
        host=host,
        request_id=request_id,
    )


@dataclass(frozen=True, slots=True)
class Visit:
    """A running impersonation, for its banner. `acting_as`: the collaborator's name, or the reseller's."""

    ref: str
    mode: str
    acting_as: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """The answer to "may this person work in that account now?".

    `collaborator_id` is the place on the account through which it happens: one's own, the one acted as, or that of the
    staff who acts as reseller; 0 for an API key. `language` and `timezone` are those chosen by the person whom the pages
    are shown to as if to themselves; empty when nothing was chosen.
    """

    actor: Actor
    account: Account
    collaborator_id: int
    impersonation_id: int | None = None
    visit: Visit | None = None
    language: str = ""
    timezone: str = ""
    last_seen_at: datetime | None = None
    demands_second_factor: bool = False  # of this person, in this browser session, before anything else
    person: User | None = None  # in whose name it happens; None for an API key
    vouched: bool = False  # whether the account's company log-in, as it is set up now, had a part in the log-in
    way_lacking: str = ""  # ``company`` or ``own``: the log-in that must be shown before anything else


_PLACE = Prepared(
    # unscoped: this decides the scope
    lambda: (
        Collaborator.unscoped.filter(
            user_id=number("person"), account__ref=text("account"), ended_at__isnull=True, user__is_active=True
        )
        .select_related("user", "account")
        .annotate(
            demanded=demands_second_factor(),
            company_stamp=stamp_of_account(),
            company_only=demands_company_log_in(),
            change_number=number_of_change("account_id"),
        )
        .order_by("id")[:1]
    )
)


@read_once
def enter(
    *,
    user_id: int,
    account_ref: str,
    host: str,
    request_id: str,
    via: str = "web",
    at: datetime,
    came: CameIn | None = None,
) -> Entry | None:
    """The person's place on the account with that reference, or None when there is none (or no such account).

    `came` says how the person has logged in, where a company log-in had a part in it. What the account lacks at `at` is closed.
    State is not looked at: a suspended account's people are still known, and meet the lock page.
    """
    if not looks_like_ref(account_ref, "acc"):
        return None  # NUL bytes and other rubbish that a database would choke on
    collaborator = _PLACE.first(person=user_id, account=account_ref)
    if collaborator is None:
        return None
    account, stamp = collaborator.account, collaborator.company_stamp  # type: ignore[attr-defined]  # annotated
    actor = actor_of(collaborator, account, host=host, request_id=request_id, via=via)
    number = collaborator.change_number  # type: ignore[attr-defined]  # as above
    rights = lowered(actor.rights, account, own_people=True, number=number, at=at)
    actor = replace(actor, rights=rights)
    by_company = is_vouched(account_id=account.id, stamp=stamp, came=came)
    return Entry(
        actor=actor,
        account=account,
        collaborator_id=collaborator.id,
        language=collaborator.user.language,
        timezone=collaborator.user.timezone,
        last_seen_at=collaborator.last_seen_at,
        demands_second_factor=collaborator.demanded  # type: ignore[attr-defined]  # as above
        and not (by_company and came is not None and came.strong),
        person=collaborator.user,
        vouched=by_company,
        # The owner can always come in by its own log-in: a provider that is down must not lock the account for good.
        way_lacking=way_lacking(
            account_id=account.id,
            stamp=stamp,
            demanded=collaborator.company_only  # type: ignore[attr-defined]  # as above
            and not collaborator.is_owner,
            came=came,
        ),
    )


_RUNNING = Prepared(
    # unscoped: this decides the scope
    lambda: (
        Impersonation.unscoped.filter(
            ref=text("ref"),
            session_hash=text("session"),
            host=text("host"),
            account__ref=text("account"),
            ended_at__isnull=True,
            expires_at__gt=moment("at"),
        )
        .select_related("account", "staff_collaborator__user", "staff_collaborator__account", "as_collaborator__user")
        .annotate(off=switched_off("staff_collaborator__account"), change_number=number_of_change("account_id"))
        .order_by("id")[:1]
    )
)


@read_once
def enter_as(
    *, impersonation_ref: str, session_hash: str, account_ref: str, host: str, request_id: str, at: datetime
) -> Entry | None:
    """The actor of a running impersonation in the account with that reference, or None.

    None too when it ended, idled out, belongs to another browser session or host, when visits were switched off, when all
    log-ins of the staff were ended, or when the staff's own access, the client's grant or the collaborator acted as is
    gone: looked up anew on each request, so that what was taken away is gone at once. The rights are those of today
    within the scope of the grants.
    """
    given = (impersonation_ref, session_hash, host, account_ref)
    if any("\x00" in each for each in given):
        return None  # a database would choke on it
    row = _RUNNING.first(ref=impersonation_ref, session=session_hash, host=host, account=account_ref, at=at)
    if row is None or not session_hash or idle_out(row, at) or row.off:  # type: ignore[attr-defined]  # annotated
        return None
    staff, account = row.staff_collaborator, row.account
    if staff.ended_at is not None or not staff.user.is_active or account.parent_id != staff.account_id:
        return None
    if staff.user.session_epoch != row.staff_epoch:
        return None
    if staff.account.state in {"suspended", "closed"}:
        return None
    staff_actor = actor_of(staff, staff.account, host=host, request_id=request_id, via="web")
    if not staff_actor.reaches(account.id) or not staff_actor.may("clients:view"):
        return None
    scope = granted(client_id=account.id, reseller_id=staff.account_id, person=staff.user_id, at=at)
    if scope.empty:
        return None
    clients_level = staff_actor.rights.level("clients")
    keys = product_section_keys()
    person = staff
    if row.mode == Impersonation.Mode.CLIENT:
        if row.as_collaborator is None or row.as_collaborator.ended_at is not None:
            return None
        person = row.as_collaborator
        if not person.user.is_active:
            return None
        rights = acting_as_collaborator(rights=rights_of(person, CLIENT, keys), clients_level=clients_level)
    else:
        rights = acting_as_reseller(clients_level=clients_level, own=staff_actor.rights, product_sections=keys)
    as_client = row.mode == Impersonation.Mode.CLIENT
    number = row.change_number  # type: ignore[attr-defined]  # as above
    actor = Actor(
        user_id=person.user_id,
        name=str(person.user),
        account_id=account.id,
        account_ref=account.ref,
        account_kind=account.kind,
        account_name=account.name,
        rights=lowered(scope.of(rights), account, own_people=as_client, number=number, at=at),
        is_owner=False if row.mode == Impersonation.Mode.RESELLER else person.is_owner,
        impersonator=Impersonator(
            user_id=staff.user_id,
            name=str(staff.user),
            account_id=staff.account_id,
            impersonation_ref=row.ref,
            mode=row.mode,
            people_data=staff_actor.people_data,
        ),
        host=host,
        request_id=request_id,
    )
    return Entry(
        actor=actor,
        account=account,
        collaborator_id=person.id,
        impersonation_id=row.id,
        visit=Visit(
            ref=row.ref,
            mode=row.mode,
            acting_as=staff.account.name if row.mode == Impersonation.Mode.RESELLER else str(person.user),
            # This request counts as use, too: from now on there is another half hour.
            ends_at=min(row.expires_at, at + timedelta(seconds=IDLE_SECONDS)),
        ),
        language=person.user.language,
        timezone=person.user.timezone,
        person=person.user,
    )


IDLE_SECONDS = int(IDLE.total_seconds())
LONGEST_SECONDS = int(LONGEST.total_seconds())


def idle_out(row: Impersonation, at: datetime) -> bool:
    """Whether the impersonation has not been used for half an hour."""
    return (at - row.last_used_at).total_seconds() >= IDLE_SECONDS


_PLACES = Prepared(
    # unscoped: the person's own places, over all accounts
    lambda: (
        Collaborator.unscoped.filter(user_id=number("person"), ended_at__isnull=True)
        .exclude(account__state="closed", account__state_before_close="")
        .select_related("account")
        .order_by("account__sort_name", "account_id")
    )
)


def places_of(user_id: int) -> list[Place]:
    """Every account that the person has a place on, by name; one that was closed for good is gone."""
    return [
        Place(
            account_id=row.account_id,
            account_ref=row.account.ref,
            account_name=row.account.name,
            account_kind=row.account.kind,
            parent_id=row.account.parent_id,
            state=row.account.state,
            is_owner=row.is_owner,
        )
        for row in _PLACES.rows(person=user_id)
    ]


def clients_level(actor: Actor) -> Level:
    """The actor's level on its clients."""
    return actor.rights.level("clients")
