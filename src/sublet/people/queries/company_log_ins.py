"""Company log-ins: which there is on a host, what one opens, and what their page shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from sublet.accounts.models import Account
from sublet.branding.queries import HostView, hosts_mark
from sublet.core.company_log_in import NEVER
from sublet.foundation.actor import Actor
from sublet.foundation.prepared import PreparedSql, sql_of
from sublet.foundation.refs import looks_like_ref
from sublet.foundation.unscoped import past_scope
from sublet.people.models import Collaborator, CompanyIdentity, CompanyLogIn
from sublet.people.queries.served import served_here

#: Why somebody who is logged in does not get in yet: the account wants the company log-in, or the person's own.
COMPANY, OWN = "company", "own"


@dataclass(frozen=True, slots=True)
class CameIn:
    """How a browser's log-in was made, where a company log-in had a part in it.

    `own`: the person's own log-in was shown as well. `stamp` says by which provider, as it was set up then.
    """

    account_id: int
    stamp: str
    strong: bool = False
    own: bool = False

    def stored(self) -> dict[str, object]:
        """For the browser session."""
        return {"account": self.account_id, "stamp": self.stamp, "strong": self.strong, "own": self.own}


def came_in(stored: object) -> CameIn | None:
    """What a browser session says; None: by the person's own log-in alone."""
    if not isinstance(stored, dict):
        return None
    return CameIn(
        account_id=int(stored.get("account", 0)),
        stamp=str(stored.get("stamp", "")),
        strong=stored.get("strong") is True,
        own=stored.get("own") is True,
    )


def stamp_of_account() -> Subquery:
    """For questions about collaborators: the stamp of the account's company log-in; null where there is none."""
    # unscoped: this decides whether somebody enters a scope
    rows: QuerySet[CompanyLogIn] = CompanyLogIn.unscoped.filter(account_id=OuterRef("account_id"), is_on=True)
    return Subquery(rows.values("stamp")[:1])


def came_by_company(account_id: int) -> CameIn | None:
    """A log-in by the account's own provider, for whoever looks at pages as its people see them; None: it has no company log-in.

    One statement, within the scope in force.
    """
    stamp = CompanyLogIn.objects.filter(account_id=account_id, is_on=True).values_list("stamp", flat=True).first()
    return CameIn(account_id=account_id, stamp=stamp, strong=True, own=True) if stamp else None


def demands_company_log_in() -> Exists:
    """For questions about collaborators: whether nothing but the company log-in opens the account."""
    # unscoped: this decides whether somebody enters a scope
    return Exists(CompanyLogIn.unscoped.filter(account_id=OuterRef("account_id"), is_on=True, only=True))


def way_lacking(*, account_id: int, stamp: str | None, demanded: bool, came: CameIn | None) -> str:
    """What must be shown before the account opens: ``company``, ``own``, or nothing more.

    A provider vouches for the account that has set it up and for no other: whoever runs it could say that it is anybody.
    """
    vouched = is_vouched(account_id=account_id, stamp=stamp, came=came)
    if demanded and not vouched:
        return COMPANY
    return OWN if came is not None and not came.own and not vouched else ""


def is_vouched(*, account_id: int, stamp: str | None, came: CameIn | None) -> bool:
    """Whether the account's own provider, as it is set up now, has shown who it is."""
    return came is not None and bool(stamp) and came.account_id == account_id and came.stamp == stamp


# On a host -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Offered:
    """A company log-in that can be used on a host. `domains`: of addresses that may accept an invitation by it."""

    account_id: int
    account_ref: str
    account_name: str
    only: bool
    domains: tuple[str, ...]


class _Kept:
    """What log-in pages offer, as this process knows it: by account, until hosts are read anew.

    `having`: the accounts that have set one up, on or off; None: too many to know them all.
    """

    def __init__(self, mark: object, having: frozenset[int] | None) -> None:
        self.mark = mark
        self.having = having
        self.offered: dict[int, Offered | None] = {}


_kept = _Kept(None, None)
_MOST_KEPT = 50_000
#: So many accounts are asked for at once. Most installations have fewer with a company log-in, and then a visit to a host of any
#: other account asks nothing.
_MOST_KNOWN = 1_000
# unscoped: before anybody is logged in; which accounts they are leaves nobody
_HAVING = PreparedSql(
    lambda: sql_of(CompanyLogIn.unscoped.order_by("id").values_list("account_id", flat=True)[: _MOST_KNOWN + 1])
)


def _having() -> frozenset[int] | None:
    with past_scope("before anybody is logged in: a log-in page asks whether its account is among them"):
        rows = _HAVING.rows()
    return frozenset(number for (number,) in rows) if len(rows) <= _MOST_KNOWN else None


def company_log_in_of_host(site: HostView) -> Offered | None:
    """That of the host's own account: the one to offer on its log-in page. No statement when warm; seen everywhere within a
    second of a change, as brands are."""
    global _kept
    kept, mark = _kept, hosts_mark()
    if kept.mark is not mark:
        # What is read from here on belongs to this mark: a change meanwhile ends with another one.
        kept = _kept = _Kept(mark, _having())
    if kept.having is not None and site.account_id not in kept.having:
        return None
    try:
        return kept.offered[site.account_id]  # asked once: another thread may make room between two questions
    except KeyError:
        found = _offered(site, account_id=site.account_id)
    _make_room(kept.offered)
    kept.offered[site.account_id] = found
    return found


def _make_room(offered: dict[int, Offered | None]) -> None:
    """For one more: the oldest leaves."""
    while len(offered) >= _MOST_KEPT:
        try:
            offered.pop(next(iter(offered)))
        except (KeyError, StopIteration, RuntimeError):
            return  # another thread is making room


def company_log_in_on(site: HostView, account_ref: str) -> Offered | None:
    """That of an account which this host serves; None where there is none, and for accounts of others."""
    return _offered(site, account__ref=account_ref) if looks_like_ref(account_ref, "acc") else None


def _offered(site: HostView, **which: object) -> Offered | None:
    # unscoped: before anybody is logged in; only what the host serves leaves this function
    row = (
        CompanyLogIn.unscoped.filter(is_on=True, account__gone_at__isnull=True, **which)
        .select_related("account")
        .first()
    )
    if row is None or not _serves(site, row.account):
        return None
    return Offered(row.account_id, row.account.ref, row.account.name, row.only, tuple(row.domains))


def _serves(site: HostView, account: Account) -> bool:
    return served_here(
        site_path=site.path_ids,
        site_kind=site.account_kind,
        account_id=account.id,
        account_kind=account.kind,
        parent_id=account.parent_id,
    )


# The page of settings --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CompanyLogInPage:
    """The company log-in of an account as its page shows it: never the secret, only whether there is one.

    `linked`: how many of its `people` have come in this way at least once.
    """

    issuer: str = ""
    client_id: str = ""
    has_secret: bool = False
    domains: tuple[str, ...] = ()
    second_factor: str = NEVER
    on: bool = False
    only: bool = False
    found_at: datetime | None = None
    linked: int = 0
    people: int = 0

    @property
    def exists(self) -> bool:
        """Whether there is one, on or off."""
        return bool(self.issuer)


def company_log_in_page(actor: Actor) -> CompanyLogInPage:
    """The actor's own account's. Raises Forbidden."""
    actor.require("team:view")
    row = CompanyLogIn.objects.filter(account_id=actor.account_id).first()
    team = Collaborator.objects.filter(account_id=actor.account_id, ended_at__isnull=True)
    if row is None:
        return CompanyLogInPage(people=team.count())
    linked = CompanyIdentity.objects.filter(
        account_id=actor.account_id, issuer=row.issuer, user_id__in=team.values("user_id")
    )
    return CompanyLogInPage(
        issuer=row.issuer,
        client_id=row.client_id,
        has_secret=bool(row.client_secret),
        domains=tuple(row.domains),
        second_factor=row.second_factor,
        on=row.is_on,
        only=row.only,
        found_at=row.found_at,
        linked=linked.count(),
        people=team.count(),
    )


@dataclass(frozen=True, slots=True)
class LinkedLogIn:
    """A company log-in that a person is linked with, as its own page shows it."""

    account_id: int
    account_ref: str
    account_name: str
    linked_at: datetime
    last_used_at: datetime | None


def links_of_person(user_id: int, *, site: HostView) -> list[LinkedLogIn]:
    """Those of accounts that this host serves: others are not named here."""
    # unscoped: the person's own
    rows = (
        CompanyIdentity.unscoped.filter(user_id=user_id).select_related("account").order_by("account__sort_name", "id")
    )
    return [
        LinkedLogIn(row.account_id, row.account.ref, row.account.name, row.linked_at, row.last_used_at)
        for row in rows
        if _serves(site, row.account)
    ]
