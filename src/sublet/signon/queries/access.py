"""Whether a sign-on still stands, looked up anew at each use: what was taken away is gone at the next call."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sublet.branding.queries import HostView, origin
from sublet.core.lifecycle import lets_people_in
from sublet.core.rights import CLIENT
from sublet.core.signon import Acting, Facts
from sublet.foundation.refs import looks_like_ref
from sublet.people import queries as people_queries
from sublet.people.models import User
from sublet.people.queries import Entry
from sublet.people.queries.company_log_ins import came_in
from sublet.signon.models import SignOn, SignOnToken

#: What every look-up of a sign-on reads with it.
WITH = ("application", "user", "account", "log_in", "impersonation__staff_collaborator__user",
        "impersonation__staff_collaborator__account")  # fmt: skip


def secret_hash(secret: str) -> str:
    """The digest under which a code, token or application secret of 256 bits is stored."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


@dataclass(frozen=True, slots=True)
class Standing:
    """A sign-on that stands: what there is to tell, and in whose name it happens."""

    sign_on: SignOn
    entry: Entry
    facts: Facts


def standing_of(sign_on: SignOn, *, site: HostView, request_id: str, at: datetime) -> Standing | None:
    """What the sign-on (read with `WITH`) may be told now, or None when the access behind it is gone.

    Two statements, three during a visit. Runs in a platform scope.
    """
    if sign_on.ended_at is not None or sign_on.expires_at <= at or sign_on.host != site.host:
        return None
    if sign_on.application.removed_at is not None:
        return None
    visit = sign_on.impersonation
    account = sign_on.account
    if visit is None:
        if sign_on.user.session_epoch != sign_on.epoch or not lets_people_in(account.state):
            return None
        if sign_on.log_in is not None and sign_on.log_in.ended_at is not None:
            return None  # ended in that browser, or from another device
        came = came_in(sign_on.came)
        # Where nobody sits, nobody can show a second factor or come by the company's log-in.
        asks = not sign_on.is_look
        entry = people_queries.enter(
            user_id=sign_on.user_id,
            account_ref=account.ref,
            host=site.host,
            request_id=request_id,
            via="api",
            at=at,
            came=came,
        )
        if entry is not None and "fed" in sign_on.methods and not entry.vouched:
            # The product was told of a company's word that counts no more, or, from before `came` was kept, of one of which
            # nobody knows by which set-up.
            return None
        if entry is not None and entry.way_lacking and asks:
            return None  # the company log-in was demanded since, is another one now, or is gone
        own_factor = "mfa" in sign_on.methods and not (came is not None and came.strong)
        if entry is not None and entry.demands_second_factor and not own_factor and asks:
            return None  # demanded since: the pages would ask for it, too
    else:
        entry = people_queries.enter_as(
            impersonation_ref=visit.ref,
            session_hash=visit.session_hash,
            account_ref=account.ref,
            host=site.host,
            request_id=request_id,
            at=at,
        )
    if entry is None or entry.actor.user_id != sign_on.user_id or not _served(site, entry):
        return None
    facts = facts_of(
        entry,
        subject=sign_on.user.ref,
        email=sign_on.user.email,
        site=site,
        acting_ref=visit.staff_collaborator.user.ref if visit is not None else "",
        authenticated_at=int(sign_on.authenticated_at.timestamp()),
        methods=tuple(sign_on.methods),
    )
    if sign_on.is_look:
        facts = facts.to_look()
    return Standing(sign_on=sign_on, entry=entry, facts=facts)


def _served(site: HostView, entry: Entry) -> bool:
    return people_queries.served_here(
        site_path=site.path_ids,
        site_kind=site.account_kind,
        account_id=entry.account.id,
        account_kind=entry.account.kind,
        parent_id=entry.account.parent_id,
    )


def facts_of(
    entry: Entry,
    *,
    subject: str,
    email: str,
    site: HostView,
    acting_ref: str = "",
    authenticated_at: int = 0,
    methods: tuple[str, ...] = (),
) -> Facts:
    """What the host product is told of whoever entered: on this host, so that the accounts above are on its path."""
    actor, account = entry.actor, entry.account
    acting = None
    if actor.impersonator is not None and entry.visit is not None:
        acting = Acting(
            subject=acting_ref,
            name=actor.impersonator.name,
            account=site.ref_of(actor.impersonator.account_id),
            mode=actor.impersonator.mode,
            visit=entry.visit.ref,
            acting_as=entry.visit.acting_as,
            ends_at=int(entry.visit.ends_at.timestamp()),
        )
    return Facts(
        subject=subject,
        name=actor.name,
        email=email,
        account=account.ref,
        account_name=account.name,
        account_kind=account.kind,
        reseller=site.ref_of(account.parent_id) if account.kind == CLIENT else "",
        rights=actor.rights,
        language=entry.language or account.language or site.account_language or site.brand.language or "en",
        timezone=entry.timezone or account.timezone,
        brand=origin(site.host),
        authenticated_at=authenticated_at,
        methods=methods,
        acting=acting,
    )


def token_row(secret: str, kind: str) -> SignOnToken | None:
    """The stored token of that kind with its sign-on, used or not, over or not. One statement."""
    if not secret or len(secret) > 200:
        return None
    # unscoped: the secret decides the scope
    return (
        SignOnToken.unscoped.filter(secret_hash=secret_hash(secret), kind=kind)
        .select_related(*(f"sign_on__{each}" for each in WITH))
        .first()
    )


def standing_of_access_token(secret: str, *, site: HostView, request_id: str, at: datetime) -> Standing | None:
    """What stands behind an access token now, or None. Three statements, four during a visit."""
    row = token_row(secret, SignOnToken.Kind.ACCESS)
    if row is None or row.expires_at <= at:
        return None
    return standing_of(row.sign_on, site=site, request_id=request_id, at=at)


@dataclass(frozen=True, slots=True)
class Choice:
    """An account that somebody at a browser may open the product in. `visit`: reference of the visit, or empty."""

    account: str
    name: str
    visit: str
    acting_as: str


def choices(*, user_id: int | None, session_hash: str, site: HostView, at: datetime) -> list[Choice]:
    """Where whoever sits at this browser may open the product on this host: own places, then visits that run."""
    found = []
    for place in people_queries.places_of(user_id) if user_id is not None else ():
        served = people_queries.served_here(
            site_path=site.path_ids,
            site_kind=site.account_kind,
            account_id=place.account_id,
            account_kind=place.account_kind,
            parent_id=place.parent_id,
        )
        if served and place.account_kind in {"client", "direct", "reseller"} and lets_people_in(place.state):
            found.append(Choice(place.account_ref, place.account_name, "", ""))
    found += [
        Choice(visit.account_ref, visit.account_name, visit.ref, visit.acting_as)
        for visit in people_queries.visits_in_session(session_hash, host=site.host, at=at)
    ]
    return found


def user_ref(user_id: int) -> str:
    """The reference of a person. One statement."""
    return User.objects.values_list("ref", flat=True).get(id=user_id)


def place_of_path(path: str) -> tuple[str, str]:
    """Account and section that a path of the product leads to, as the manifest's addresses say; empty where unknown.

    The longest address that fits counts. Sections are those remembered for this request: at most one statement.
    """
    best, found = -1, ("", "")
    for each in people_queries.section_addresses():
        template = urlsplit(each.address).path
        before, separator, after = template.partition("{account}")
        if not separator or "{" in before + after or not path.startswith(before):
            continue
        account, _slash, rest = path[len(before) :].partition("/")
        if not looks_like_ref(account, "acc"):
            continue
        wanted = after.strip("/")
        fits = rest == wanted or rest.startswith(wanted + "/") or not wanted
        if fits and len(wanted) > best:
            best, found = len(wanted), (account, each.key)
        elif best < 0:
            found = (account, "")
    return found
