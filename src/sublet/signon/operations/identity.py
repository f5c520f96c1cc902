"""Identity headers: who a request to the host product is from, signed, good for a minute and for one host."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sublet.branding.queries import HostView, origin
from sublet.core.lifecycle import lets_people_in
from sublet.core.rights import PRODUCT_PREFIX
from sublet.core.signon import claims_of
from sublet.people.queries import Entry, served_here
from sublet.signon.operations.keys import sign
from sublet.signon.queries.access import facts_of, user_ref
from sublet.signon.queries.keys import EC

LASTS = timedelta(seconds=60)
_SCOPES = ("profile", "email")


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whoever was let in, and how they have shown who they are. `looks`: it is a scan's pass."""

    entry: Entry
    authenticated_at: datetime | None
    methods: tuple[str, ...]
    looks: bool = False
    log_in: str = ""  # reference of the person's log-in, outside of visits


def may_open(entry: Entry, *, site: HostView, section: str, level: str, kinds: Sequence[str]) -> bool:
    """Whether whoever entered may open that section (empty: the product at all) on this host. No statement."""
    account = entry.account
    if account.kind not in kinds:
        return False
    if entry.impersonation_id is None and not lets_people_in(account.state):
        return False
    here = served_here(
        site_path=site.path_ids,
        site_kind=site.account_kind,
        account_id=account.id,
        account_kind=account.kind,
        parent_id=account.parent_id,
    )
    return here and (not section or entry.actor.may(f"{PRODUCT_PREFIX}{section}:{level}"))


def identity(bearer: Bearer, *, site: HostView, at: datetime) -> str:
    """The signed header for that host. No statement while warm; one during a visit."""
    entry = bearer.entry
    acting = entry.actor.impersonator
    facts = facts_of(
        entry,
        subject=entry.person.ref if entry.person is not None else "",
        email=entry.person.email if entry.person is not None else "",
        site=site,
        acting_ref=user_ref(acting.user_id) if acting is not None else "",
        authenticated_at=int(bearer.authenticated_at.timestamp()) if bearer.authenticated_at is not None else 0,
        methods=bearer.methods,
    )
    place = origin(site.host)
    until = at + LASTS
    if entry.visit is not None:
        until = min(until, entry.visit.ends_at)
    claims = claims_of(facts.to_look() if bearer.looks else facts, _SCOPES)
    if bearer.log_in and entry.visit is None:
        claims["sid"] = bearer.log_in  # what the product tells us of a change later must end with the log-in
    claims |= {"iss": place, "aud": place, "iat": int(at.timestamp()), "exp": int(until.timestamp())}
    return sign(claims, algorithm=EC, kind="JWT", at=at)
