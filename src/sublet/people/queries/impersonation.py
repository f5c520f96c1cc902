"""Reading visits: who was in a client's account, as whom, why, and what was asked for meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, QuerySet

from sublet.accounts.models import Account
from sublet.core.peopledata import without_addresses
from sublet.core.rights import CLIENT, RESELLER
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.keyset import newest_first
from sublet.foundation.refs import looks_like_ref
from sublet.foundation.unscoped import past_scope
from sublet.people.models import Collaborator, Impersonation, ImpersonationRequest
from sublet.people.queries.entry import IDLE_SECONDS, idle_out
from sublet.people.queries.grants import granted
from sublet.people.queries.links import hash_token
from sublet.people.queries.naming import called
from sublet.people.queries.reach import reached_by
from sublet.people.queries.visit_rules import visits_switched_off

LOOKING = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True, slots=True)
class OverVisit:
    """A visit that has ended, for the page that says so: how, and where it was begun."""

    account_name: str
    reseller_ref: str
    origin_host: str
    origin_path: str
    ended_by: str


@dataclass(frozen=True, slots=True)
class WaitingVisit:
    """A visit that waits to be entered on the client's own host: who is behind it, and where it leads."""

    staff_user_id: int
    staff: str
    account_name: str


@dataclass(frozen=True, slots=True)
class VisitRow:
    """One visit. `ended_at` None: it goes on, until `ends_at` at the latest. `ended_by`: person, idle, time, access, log-out, off."""

    ref: str
    mode: str
    staff: str
    acting_as: str
    reason: str
    started_at: datetime
    last_used_at: datetime
    ended_at: datetime | None
    ended_by: str
    ends_at: datetime
    requests: int
    teams: Sequence[str] = ()  # by whose access it could begin, as they were called then


@dataclass(frozen=True, slots=True)
class VisitPage:
    """Visits of one client, newest first; `next_cursor` is empty on the last page, `previous_cursor` on the first."""

    account_ref: str
    account_name: str
    rows: Sequence[VisitRow]
    next_cursor: str
    previous_cursor: str = ""


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One request of a visit; `changed`: it was not only looking."""

    at: datetime
    method: str
    path: str
    status: int
    request_id: str

    @property
    def changed(self) -> bool:
        """Whether it asked for a change, and was not refused."""
        return self.method not in LOOKING and self.status < 400


@dataclass(frozen=True, slots=True)
class VisitRequests:
    """A visit with a page of its requests, newest first; `changes` of all of them asked for a change and got it."""

    account_ref: str
    account_name: str
    visit: VisitRow
    changes: int
    rows: Sequence[RequestRow]
    next_cursor: str
    previous_cursor: str = ""


@dataclass(frozen=True, slots=True)
class Enterable:
    """Whom a client's account can be entered as: the collaborators, the owner first; `own_host`: on its own host."""

    account_ref: str
    account_name: str
    people: Sequence[tuple[str, str, bool]]  # reference, name, whether it is the owner
    switched_off: bool = False  # the reseller or the vendor says no to visits


def over_visit(row: Impersonation) -> OverVisit:
    """What is told of a visit (with account and staff loaded) that has ended."""
    return OverVisit(
        account_name=row.account.name,
        reseller_ref=row.staff_collaborator.account.ref,
        origin_host=row.origin_host,
        origin_path=row.origin_path,
        ended_by=row.ended_by,
    )


def waiting_visit(code: str, *, host: str, at: datetime) -> WaitingVisit | None:
    """The visit behind a one-time code, if it can be entered on `host` now. Does not use the code."""
    # unscoped: the code decides the scope
    row = (
        Impersonation.unscoped.filter(
            code_hash=hash_token(code), host=host, ended_at__isnull=True, code_expires_at__gt=at
        )
        .select_related("account", "staff_collaborator__user")
        .first()
    )
    if row is None:
        return None
    staff = row.staff_collaborator
    return WaitingVisit(staff_user_id=staff.user_id, staff=str(staff.user), account_name=row.account.name)


def runs_in_session(session_hash: str) -> bool:
    """Whether any visit goes on in that browser session."""
    # unscoped: a browser session's own visits
    rows = Impersonation.unscoped.filter(session_hash=session_hash, ended_at__isnull=True)
    return bool(session_hash) and rows.exists()


@dataclass(frozen=True, slots=True)
class RunningVisit:
    """A visit that goes on in a browser session. `acting_as`: the collaborator's name, or the reseller's."""

    ref: str
    account_ref: str
    account_name: str
    acting_as: str


def visits_in_session(session_hash: str, *, host: str, at: datetime) -> list[RunningVisit]:
    """The visits that go on in that browser session on that host. Whether they may still is looked up on entering."""
    if not session_hash:
        return []
    # unscoped: a browser session's own visits
    rows = Impersonation.unscoped.filter(
        session_hash=session_hash, host=host, ended_at__isnull=True, expires_at__gt=at
    ).select_related("account", "staff_collaborator__account", "as_collaborator__user")
    return [
        RunningVisit(
            ref=row.ref,
            account_ref=row.account.ref,
            account_name=row.account.name,
            acting_as=str(row.as_collaborator.user) if row.as_collaborator else row.staff_collaborator.account.name,
        )
        for row in rows.order_by("id")
        if not idle_out(row, at)
    ]


def reason_it_is_over(row: Impersonation, at: datetime) -> str:
    """Why a visit (with its staff loaded) cannot go on: ``time``, ``idle``, ``off`` or ``access``; empty when the clock lets it."""
    if row.ended_at is not None:
        return row.ended_by
    if row.expires_at <= at:
        return "time"
    if idle_out(row, at):
        return "idle"
    staff = row.staff_collaborator
    if visits_switched_off(staff.account):
        return "off"
    epoch_over = staff.user.session_epoch != row.staff_epoch or not staff.user.is_active
    if staff.ended_at is not None or epoch_over:
        return "access"
    if not staff.reaches_all and not staff.is_owner and row.account_id not in reached_by(staff):
        return "access"
    scope = granted(client_id=row.account_id, reseller_id=staff.account_id, person=staff.user_id, at=at)
    return "access" if scope.empty else ""


def who_can_be_entered(actor: Actor, *, client_ref: str) -> Enterable:
    """Whom staff may act as in that client. Raises NotFound, Forbidden."""
    actor.require("clients:view")
    client = _visited(actor, client_ref)
    people = (
        Collaborator.objects.filter(account=client, ended_at__isnull=True, user__is_active=True)
        .select_related("user")
        .order_by("-is_owner", "id")[:50]
    )
    return Enterable(
        account_ref=client.ref,
        account_name=client.name,
        people=tuple(
            (row.ref, called(row.user, listed=actor.lists_people_of(client.id)), row.is_owner) for row in people
        ),
        switched_off=visits_switched_off(Account.objects.get(id=actor.account_id)),
    )


def visits_of_client(actor: Actor, *, client_ref: str, cursor: str = "", size: int = 30) -> VisitPage:
    """The visits to a client: for its reseller (``clients:view``), and for itself (``journal:view``).

    Raises NotFound, Forbidden. An unknown cursor is read as the first page.
    """
    client = _readable(actor, client_ref)
    rows = _readable_visits(client, actor)
    rows = rows.select_related("staff_collaborator__user", "staff_collaborator__account", "as_collaborator__user")
    with past_scope("who visited is of the reseller's"):
        found, newer, older = newest_first(rows.annotate(asked=Count("requests")), cursor=cursor, size=size)
    return VisitPage(
        account_ref=client.ref,
        account_name=client.name,
        rows=tuple(_row(each, actor) for each in found),
        next_cursor=older,
        previous_cursor=newer,
    )


def requests_of_visit(
    actor: Actor, *, client_ref: str, impersonation_ref: str, cursor: str = "", size: int = 100
) -> VisitRequests:
    """One visit and what was asked for meanwhile. Raises NotFound, Forbidden."""
    client = _readable(actor, client_ref)
    if not looks_like_ref(impersonation_ref, "ims"):
        raise NotFound
    with past_scope("who visited is of the reseller's"):
        visit = (
            _readable_visits(client, actor)
            .filter(ref=impersonation_ref)
            .select_related("staff_collaborator__user", "staff_collaborator__account", "as_collaborator__user")
            .annotate(asked=Count("requests"))
            .first()
        )
    if visit is None:
        raise NotFound
    rows = ImpersonationRequest.objects.filter(impersonation=visit)
    changes = rows.exclude(method__in=LOOKING).filter(status__lt=400).count()
    found, newer, older = newest_first(rows, cursor=cursor, size=size)
    return VisitRequests(
        account_ref=client.ref,
        account_name=client.name,
        visit=_row(visit, actor),
        changes=changes,
        rows=tuple(
            RequestRow(at=each.at, method=each.method, path=each.path, status=each.status, request_id=each.request_id)
            for each in found
        ),
        next_cursor=older,
        previous_cursor=newer,
    )


def _readable_visits(client: Account, reader: Actor) -> QuerySet[Impersonation]:
    """The client's own: all. Its reseller's, also in a visit: those of its own staff, not of one that the client was with before."""
    rows = Impersonation.objects.filter(account=client)
    if reader.impersonator is not None:
        return rows.filter(staff_collaborator__account_id=reader.impersonator.account_id)
    return rows if reader.account_kind != RESELLER else rows.filter(staff_collaborator__account_id=reader.account_id)


def _readable(actor: Actor, client_ref: str) -> Account:
    actor.require("journal:view" if client_ref == actor.account_ref else "clients:view")
    return _visited(actor, client_ref)


def _visited(actor: Actor, client_ref: str) -> Account:
    if not looks_like_ref(client_ref, "acc"):
        raise NotFound
    client = Account.objects.filter(ref=client_ref, kind=CLIENT).first()
    if client is None or not actor.reaches(client.id):
        raise NotFound
    return client


def _row(row: Impersonation, reader: Actor) -> VisitRow:
    place, listed = row.as_collaborator, reader.lists_people_of(row.account_id)
    return VisitRow(
        ref=row.ref,
        mode=row.mode,
        staff=str(row.staff_collaborator.user),
        acting_as=called(place.user, listed=listed) if place is not None else row.staff_collaborator.account.name,
        reason=row.reason if listed else without_addresses(row.reason),
        started_at=row.started_at,
        last_used_at=row.last_used_at,
        ended_at=row.ended_at,
        ended_by=row.ended_by,
        ends_at=min(row.expires_at, row.last_used_at + timedelta(seconds=IDLE_SECONDS)),
        requests=row.asked,  # type: ignore[attr-defined]  # annotated by both callers
        teams=tuple(row.team_names),
    )
