"""Access to a client: asked for, approved, declined, narrowed, extended, ended. Effective at the next request everywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from sublet.accounts.models import Account
from sublet.accounts.queries.tree import lies_below
from sublet.core.grants import (
    ANSWER_WITHIN,
    CLIENT_SIDE,
    EXTEND_BEFORE,
    LONGEST_DAYS,
    LONGEST_NOTICE,
    RESELLER_SIDE,
    end_of,
    may_decide,
    may_narrow,
    next_end,
    start_of,
)
from sublet.core.lifecycle import CLOSED
from sublet.core.rights import CLIENT, RESELLER, Level
from sublet.foundation.actor import Actor
from sublet.foundation.errors import CannotWhileImpersonating, Forbidden, NotFound
from sublet.foundation.journal.operations import record
from sublet.foundation.refs import looks_like_ref
from sublet.people import events
from sublet.people.models import Grant, StaffTeam
from sublet.people.operations.grant_mails import team_name, tell_other_side
from sublet.people.operations.grant_terms import CannotChangeGrant as CannotChangeGrant
from sublet.people.operations.grant_terms import wanted_people, wanted_scope, wanted_start, wanted_team
from sublet.people.operations.granting import one_line

SHORTEST_REASON = 10
LONGEST_REASON = 500
MOST_REQUESTS = 20
_MOST_AT_ONCE = 200
_SENT_TWICE = timedelta(hours=1)
State = Grant.State


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking: the grant, and whether it is in force at once because the actor's side decides."""

    ref: str
    active: bool


def request_grant(
    *,
    client_ref: str,
    everywhere: str = "none",
    sections: Mapping[str, str] | None = None,
    people: Sequence[str] | None = None,
    team: str = "",
    start: date | None = None,
    days: int | None,
    extend: bool = False,
    notice_days: int = 0,
    reason: str,
    actor: Actor,
    at: datetime,
) -> Asked:
    """Ask for access to a client, or give it, where the actor's side owns the account.

    `everywhere` is a level on all sections, `sections` what goes further than that. `people` are references of the
    reseller's own team, None: all of it; or `team` the reference of a named team of it, whoever is in that at each request.
    `start`: it begins with that day of the client's at the earliest, None: when it is approved. `days` None: open. `extend`:
    it goes on by itself for as long again at each end.
    The reseller asks with ``clients:manage`` and gives with ``team:manage`` besides; people of the client, who can only
    give, need ``team:manage``. The very same, sent twice, is one: as long as nobody has answered, or within the hour.
    Raises NotFound, Forbidden, CannotWhileImpersonating, CannotChangeGrant.
    """
    why = one_line(reason, LONGEST_REASON)
    with transaction.atomic():
        client, side = _client(client_ref, actor)
        gives = may_decide(side=side, ownership=client.ownership) and actor.may("team:manage")
        if side == CLIENT_SIDE and not gives:
            raise CannotChangeGrant("not-yours")
        if len(why) < SHORTEST_REASON:
            raise CannotChangeGrant("reason-too-short", field="reason", least=SHORTEST_REASON)
        scope = wanted_scope(everywhere, sections or {})
        if days is not None and not 1 <= days <= LONGEST_DAYS:
            raise CannotChangeGrant("days", field="days")
        if not 0 <= notice_days <= LONGEST_NOTICE:
            raise CannotChangeGrant("notice", field="notice_days", most=LONGEST_NOTICE)
        if Grant.objects.filter(account=client, state=State.REQUESTED).count() >= MOST_REQUESTS:
            raise CannotChangeGrant("too-many", most=MOST_REQUESTS)
        row = Grant(
            account=client,
            reseller_id=client.parent_id or 0,  # a client always has one
            state=State.ACTIVE if gives else State.REQUESTED,
            everywhere=scope.everywhere.word,
            scope_words=scope.sections.as_words(),
            staff_ids=None if people is None else wanted_people(people, actor, side),
            team=wanted_team(team, actor, side, people=people),
            reason=why,
            wanted_start=wanted_start(start, client, at),
            days=days,
            extend_days=days if extend and days else 0,
            notice_days=notice_days,
            asked_by=actor.name[:200],
            asked_by_id=actor.user_id,
            asked_side=side,
            asked_at=at,
        )
        sent_before = _twin(row, at)
        if sent_before is not None:
            return Asked(ref=sent_before.ref, active=gives)
        if gives:
            _begin(row, actor, at)
        row.save()
        if gives:
            _tell(row, events.GrantApproved, actor=actor, at=at, reason=why)
        else:
            _tell(row, events.GrantRequested, actor=actor, at=at, reason=why, days=days)
        tell_other_side(row, "given" if gives else "requested", side=side, actor=actor, at=at)
    return Asked(ref=row.ref, active=gives)


def approve_grant(*, client_ref: str, grant_ref: str, actor: Actor, at: datetime) -> None:
    """Approve a request as it was asked; its days begin now. Whoever owns the account, with ``team:manage``.

    Raises NotFound, Forbidden, CannotWhileImpersonating, CannotChangeGrant.
    """
    with transaction.atomic():
        client, side = _client(client_ref, actor)
        row = _waiting(client, grant_ref, side, actor)
        # unscoped: the team is the reseller's, and the client decides
        if row.team_id and StaffTeam.unscoped.filter(id=row.team_id, removed_at__isnull=False).exists():
            raise CannotChangeGrant("team-gone")
        row.state = State.ACTIVE
        _begin(row, actor, at)
        row.save()
        _tell(row, events.GrantApproved, actor=actor, at=at)
        tell_other_side(row, "approved", side=side, actor=actor, at=at)


def decline_grant(*, client_ref: str, grant_ref: str, reason: str = "", actor: Actor, at: datetime) -> None:
    """Decline a request. As `approve_grant`."""
    with transaction.atomic():
        client, side = _client(client_ref, actor)
        row = _waiting(client, grant_ref, side, actor)
        row.state, row.ended_at, row.ended_by = State.DECLINED, at, actor.name[:200]
        row.save()
        _tell(row, events.GrantDeclined, actor=actor, at=at, reason=one_line(reason, LONGEST_REASON))
        tell_other_side(row, "declined", side=side, actor=actor, at=at)


def narrow_grant(
    *,
    client_ref: str,
    grant_ref: str,
    everywhere: str = "none",
    sections: Mapping[str, str] | None = None,
    actor: Actor,
    at: datetime,
) -> None:
    """Leave less of an access in force: at once, or by the client after the notice agreed, until when it goes on as it was.

    Whoever owns the account, and the reseller of its own. Raises NotFound, Forbidden, CannotWhileImpersonating,
    CannotChangeGrant.
    """
    with transaction.atomic():
        client, side = _client(client_ref, actor)
        row = _running(client, grant_ref, side, at)
        scope = wanted_scope(everywhere, sections or {})
        if not scope.within(row.scope):
            raise CannotChangeGrant("wider", field="sections")
        until = _end_of(row, side, at)
        # Both hold meanwhile, and grants add up: what was agreed goes on until then.
        if until > at:
            wide = Grant.objects.get(id=row.id)
            wide.pk, wide.ref = None, Grant._meta.get_field("ref").get_default()
            wide.ends_at, wide.extend_days = until, 0
            wide.save(force_insert=True)
        row.everywhere, row.scope_words = scope.everywhere.word, scope.sections.as_words()
        if row.end_asked_left is not None:  # less was asked for, and less it is
            _forget_wish(row)
        row.save()
        _tell(row, events.GrantNarrowed, actor=actor, at=at, at_=until.isoformat())
        tell_other_side(row, "narrowed", side=side, actor=actor, at=at)


def extend_grant(*, client_ref: str, grant_ref: str, days: int, actor: Actor, at: datetime) -> None:
    """Let an access in force go on for `days` more behind its end. Whoever owns the account, with ``team:manage``.

    Raises NotFound, Forbidden, CannotWhileImpersonating, CannotChangeGrant.
    """
    with transaction.atomic():
        client, side = _client(client_ref, actor)
        row = _running(client, grant_ref, side, at)
        _require_decision(client, side, actor)
        if row.ends_at is None:
            raise CannotChangeGrant("open")
        if not 1 <= days <= LONGEST_DAYS or row.ends_at + timedelta(days=days) > at + timedelta(days=LONGEST_DAYS):
            raise CannotChangeGrant("days", field="days")
        row.ends_at += timedelta(days=days)
        row.reminded_at = None
        row.save(update_fields=["ends_at", "reminded_at"])
        _tell(row, events.GrantExtended, actor=actor, at=at)
        tell_other_side(row, "extended", side=side, actor=actor, at=at)


def end_grant(*, client_ref: str, grant_ref: str, reason: str = "", actor: Actor, at: datetime) -> None:
    """End an access, or take a request of one's own side back: at once, or by the client after the notice agreed.

    Whoever owns the account, and the reseller of its own. Raises as `narrow_grant`.
    """
    with transaction.atomic():
        client, side = _client(client_ref, actor)
        row = _locked(client, grant_ref)
        if row.state == State.REQUESTED and row.asked_side == side:
            row.state, row.ended_at, row.ended_by = State.ENDED, at, actor.name[:200]
        else:
            row = _running(client, grant_ref, side, at)
            row.ends_at = _end_of(row, side, at)
            row.extend_days, row.ended_by = 0, actor.name[:200]
            if row.ends_at <= at:
                row.state, row.ended_at = State.ENDED, at
        row.save()
        _tell(row, events.GrantEnded, actor=actor, at=at, reason=one_line(reason, LONGEST_REASON))
        tell_other_side(row, "ended", side=side, actor=actor, at=at)


def request_end_of_grant(
    *,
    client_ref: str,
    grant_ref: str,
    reason: str,
    everywhere: str = "none",
    sections: Mapping[str, str] | None = None,
    actor: Actor,
    at: datetime,
) -> None:
    """Ask the reseller that owns the account to end an access, or to narrow it to what `everywhere` and `sections` leave.

    People of the client, with ``team:manage``. Raises NotFound, Forbidden, CannotWhileImpersonating, CannotChangeGrant.
    """
    why = one_line(reason, LONGEST_REASON)
    with transaction.atomic():
        client, side = _client(client_ref, actor)
        row = _locked(client, grant_ref)
        _require_running(row, at)
        if may_narrow(side=side, ownership=client.ownership):
            raise CannotChangeGrant("not-yours")
        if row.end_asked_at is not None:
            raise CannotChangeGrant("asked")
        row.end_asked_at, row.end_asked_reason = at, why
        if sections or everywhere != Level.NONE.word:
            left = wanted_scope(everywhere, sections or {})
            if not left.within(row.scope):
                raise CannotChangeGrant("wider", field="sections")
            row.end_asked_left = {"everywhere": left.everywhere.word, "sections": left.sections.as_words()}
        row.save(update_fields=["end_asked_at", "end_asked_reason", "end_asked_left"])
        if row.end_asked_left is None:
            _tell(row, events.GrantEndRequested, actor=actor, at=at, reason=why)
        else:
            words = row.end_asked_left["sections"]
            _tell(row, events.GrantNarrowingRequested, actor=actor, at=at, reason=why, left=words)
        what = "end-requested" if row.end_asked_left is None else "narrowing-requested"
        tell_other_side(row, what, side=side, actor=actor, at=at)


def answer_end_request(
    *, client_ref: str, grant_ref: str, accept: bool, reason: str = "", actor: Actor, at: datetime
) -> None:
    """Do what the client asked (`request_end_of_grant`), or leave the access as it is and say so.

    Whoever owns the account. Raises NotFound, Forbidden, CannotWhileImpersonating, CannotChangeGrant.
    """
    with transaction.atomic():
        client, side = _client(client_ref, actor)
        row = _running(client, grant_ref, side, at)
        if row.end_asked_at is None:
            raise CannotChangeGrant("nothing-asked")
        if not may_decide(side=side, ownership=client.ownership):
            raise CannotChangeGrant("not-yours")
        left = row.end_asked_left
        if accept and left is None:
            end_grant(client_ref=client_ref, grant_ref=grant_ref, reason=reason, actor=actor, at=at)
        elif accept and left is not None:
            narrow_grant(client_ref=client_ref, grant_ref=grant_ref, **left, actor=actor, at=at)
        else:
            _forget_wish(row)
            row.save()
            _tell(row, events.GrantEndDeclined, actor=actor, at=at, reason=one_line(reason, LONGEST_REASON))
            tell_other_side(row, "end-declined", side=side, actor=actor, at=at)


def _forget_wish(row: Grant) -> None:
    row.end_asked_at, row.end_asked_reason, row.end_asked_left = None, "", None


def run_out(*, actor: Actor, at: datetime) -> int:
    """Write down what has ended by itself, extend what was to be extended, forget requests that nobody answered.

    Returns how many. For the schedule, in a platform scope: what has ended gives nothing since its end, whenever this runs.
    So what goes on is extended an hour before: otherwise open visits would end, and nobody get in until the next run.
    """
    soon = at + EXTEND_BEFORE
    with transaction.atomic():
        # unscoped: over all accounts, by the clock
        rows = Grant.unscoped.select_for_update(of=("self",)).select_related("account")
        goes_on = Q(extend_days__gt=0, account__parent_id=F("reseller_id"))
        found = rows.filter(Q(ends_at__lte=at) | goes_on, state=State.ACTIVE, ends_at__lte=soon)
        over = list(found.order_by("id")[:_MOST_AT_ONCE])
        late = rows.filter(state=State.REQUESTED, asked_at__lte=at - ANSWER_WITHIN).order_by("id")[:_MOST_AT_ONCE]
        for row in over:
            # Extension comes only where the reseller that it was agreed with still has the client.
            if row.extend_days and row.ends_at is not None and row.account.parent_id == row.reseller_id:
                row.ends_at = next_end(row.ends_at, extend_days=row.extend_days, at=soon)
                row.reminded_at = None
                row.save(update_fields=["ends_at", "reminded_at"])
                _tell(row, events.GrantExtended, actor=actor, at=at)
                continue
            row.state, row.ended_at = State.LAPSED, at
            row.save(update_fields=["state", "ended_at"])
            _tell(row, events.GrantLapsed, actor=actor, at=at)
        forgotten = list(late)
        for row in forgotten:
            row.state, row.ended_at = State.LAPSED, at
            row.save(update_fields=["state", "ended_at"])
            _tell(row, events.GrantLapsed, actor=actor, at=at)
    return len(over) + len(forgotten)


def _client(ref: str, actor: Actor) -> tuple[Account, str]:
    """The client, locked, and on which side of its grants the actor stands. A visit stands on none."""
    if actor.impersonator is not None:
        raise CannotWhileImpersonating("personal")
    client = None
    if looks_like_ref(ref, "acc"):
        client = Account.objects.select_for_update(of=("self",)).filter(ref=ref, kind=CLIENT).first()
    if client is None:
        raise NotFound
    if client.id == actor.account_id:
        actor.require("team:manage")
        side = CLIENT_SIDE
    elif actor.account_kind == RESELLER and lies_below(actor, client):
        actor.require("clients:manage")
        side = RESELLER_SIDE
    else:
        raise NotFound
    if client.state == CLOSED:
        raise CannotChangeGrant("closed")
    return client, side


def _locked(client: Account, ref: str) -> Grant:
    row = None
    if looks_like_ref(ref, "gra"):
        rows = Grant.objects.select_for_update(of=("self",)).select_related("account")
        row = rows.filter(account=client, reseller_id=client.parent_id, ref=ref).first()
    if row is None:
        raise NotFound
    return row


def _require_decision(client: Account, side: str, actor: Actor) -> None:
    if not may_decide(side=side, ownership=client.ownership):
        raise CannotChangeGrant("not-yours")
    if not actor.may("team:manage"):
        raise Forbidden("team:manage")


def _waiting(client: Account, ref: str, side: str, actor: Actor) -> Grant:
    row = _locked(client, ref)
    _require_decision(client, side, actor)
    if row.state != State.REQUESTED:
        raise CannotChangeGrant("not-waiting")
    return row


def _require_running(row: Grant, at: datetime) -> None:
    if row.state != State.ACTIVE or (row.ends_at is not None and row.ends_at <= at):
        raise CannotChangeGrant("not-running")


def _running(client: Account, ref: str, side: str, at: datetime) -> Grant:
    row = _locked(client, ref)
    if not may_narrow(side=side, ownership=client.ownership):
        raise CannotChangeGrant("not-yours")
    _require_running(row, at)
    return row


def _twin(row: Grant, at: datetime) -> Grant | None:
    """The access that the same person has just asked for or given in the same words: a form that was sent twice."""
    found = Grant.objects.filter(
        account_id=row.account_id, state=row.state, asked_by_id=row.asked_by_id, reason=row.reason
    )
    if row.state == State.ACTIVE:
        found = found.filter(asked_at__gt=at - _SENT_TWICE)
    terms = (
        "reseller_id", "everywhere", "scope_words", "staff_ids", "team_id", "wanted_start", "days", "extend_days",
        "notice_days", "asked_by", "asked_side",
    )  # fmt: skip
    return next((each for each in found if all(getattr(each, term) == getattr(row, term) for term in terms)), None)


def _begin(row: Grant, actor: Actor, at: datetime) -> None:
    starts_at = start_of(at, wanted=row.wanted_start)
    row.starts_at, row.decided_at, row.decided_by = starts_at, at, actor.name[:200]
    row.ends_at = None if row.days is None else starts_at + timedelta(days=row.days)


def _end_of(row: Grant, side: str, at: datetime) -> datetime:
    return end_of(at, side=side, notice_days=row.notice_days, starts_at=row.starts_at, ends_at=row.ends_at)


def _tell(
    row: Grant,
    event: type[events.AboutGrant],
    *,
    actor: Actor,
    at: datetime,
    reason: str = "",
    at_: str = "",
    **more: object,
) -> None:
    if at_:
        more["at"] = at_
    begins = row.starts_at or row.wanted_start
    told = event(
        grant=row.ref,
        client=row.account.name,
        everywhere=row.everywhere,
        sections=row.scope_words,
        people=None if row.staff_ids is None else len(row.staff_ids),
        team=team_name(row),
        starts=begins.isoformat() if begins is not None else "",
        until=row.ends_at.isoformat() if row.ends_at is not None else "",
        **more,  # the fields that one event has beyond the others
    )
    record(told, account_id=row.account_id, parent_id=row.account.parent_id, actor=actor, at=at, reason=reason)
