"""Acting in a client's account from the reseller's staff: beginning, crossing to the client's host, recording, ending."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.branding.queries import primary_host
from sublet.core.rights import CLIENT, RESELLER
from sublet.core.visits import second_factor_is_fresh
from sublet.foundation.actor import Actor
from sublet.foundation.errors import CannotWhileImpersonating, NotFound, Refusal
from sublet.foundation.journal.operations import record
from sublet.foundation.refs import looks_like_ref
from sublet.people.events import ImpersonationEnded, ImpersonationStarted
from sublet.people.models import Collaborator, Impersonation, ImpersonationRequest
from sublet.people.operations.granting import one_line
from sublet.people.operations.links import new_token
from sublet.people.operations.visit_notice import tell_client
from sublet.people.queries.authority import NotGranted
from sublet.people.queries.entry import IDLE_SECONDS, LONGEST_SECONDS
from sublet.people.queries.grants import granted_to, teams_letting_in
from sublet.people.queries.impersonation import OverVisit, over_visit, reason_it_is_over
from sublet.people.queries.links import hash_token
from sublet.people.queries.visit_rules import notice_wanted, rule_of, visits_switched_off

SHORTEST_REASON = 10
LONGEST_REASON = 500
CODE_SECONDS = 60
_MOST_AT_ONCE = 200

log = logging.getLogger(__name__)


class CannotImpersonate(Refusal):
    """A visit to a client's account that is not begun."""

    SENTENCES: ClassVar = {
        "reason-too-short": _("Say in at least %(least)s characters why you enter. The client can read it."),
        "mode": _("Choose whether to enter as reseller or as the client."),
        "nobody": _("Nobody of this client can log in yet, so there is nobody to act as. Enter as reseller."),
        "not-granted": NotGranted.SENTENCES["entry"],
        "second-factor": _("Prove your own second factor first. It counts for a quarter of an hour."),
        "off": _("Logging in as a client is switched off at the moment."),
        "no-host": _("This client has no address of its own yet. Give your brand a host first."),
    }


class CannotEnter(Refusal):
    """A one-time code that opens nothing: used, over, of another host, or never there. One sentence for all."""

    SENTENCES: ClassVar = {
        "gone": _("This way in can be used once, and for one minute. Begin again from your client list.")
    }
    status = 410


@dataclass(frozen=True, slots=True)
class Begun:
    """A visit that was begun. With a `code`, it goes on at ``/enter/<code>/`` on `host`; without, in this session."""

    impersonation_ref: str
    account_ref: str
    host: str
    code: str


@dataclass(frozen=True, slots=True)
class Entered:
    """A visit that goes on in the session to which its code has been handed."""

    impersonation_ref: str
    account_ref: str


def begin_impersonation(
    *,
    client_ref: str,
    mode: str,
    reason: str,
    collaborator_ref: str = "",
    session_hash: str,
    second_factor_at: datetime | None,
    origin_path: str = "",
    actor: Actor,
    at: datetime,
) -> Begun:
    """Begin to act in a client's account, as ``reseller`` or in the place of one of its collaborators (``client``).

    Without `collaborator_ref` the client's owner is meant, or whoever has been on its team longest. `session_hash` is
    the digest of the browser session on ``actor.host``; when the client's people work on another host, the answer holds
    a code that is good there once, for a minute. The visit ends after half an hour without use, or an hour in all.

    `origin_path` is the page on ``actor.host`` to which the way back leads, checked by whoever asks; without it the client
    list is meant. `second_factor_at` is when this person last proved its own second factor in this browser session: not longer than a
    quarter of an hour ago.

    Raises NotFound, Forbidden, CannotWhileImpersonating (also for keys and jobs), CannotImpersonate.
    """
    actor.require_in_person()
    actor.require("clients:view")
    if actor.account_kind != RESELLER or not session_hash:
        raise NotFound
    why = one_line(reason, LONGEST_REASON)
    with transaction.atomic():
        client = _client(client_ref, actor)
        if granted_to(actor, client, at=at).empty:
            raise CannotImpersonate("not-granted")
        if len(why) < SHORTEST_REASON:
            raise CannotImpersonate("reason-too-short", field="reason", least=SHORTEST_REASON)
        if mode not in Impersonation.Mode.values:
            raise CannotImpersonate("mode", field="mode")
        place = _place(client, collaborator_ref) if mode == Impersonation.Mode.CLIENT else None
        host = primary_host(client.id)
        if host == settings.VENDOR_HOST:
            raise CannotImpersonate("no-host")  # the vendor's host never shows a client's pages
        staff = _staff(actor)
        if visits_switched_off(staff.account):
            raise CannotImpersonate("off")
        if not second_factor_is_fresh(second_factor_at, at):
            raise CannotImpersonate(
                "second-factor"
            )  # last: whoever goes to prove it comes back to a form that is right
        here = host == actor.host
        code = "" if here else new_token()
        row = Impersonation(
            account=client,
            mode=mode,
            staff_collaborator=staff,
            as_collaborator=place,
            reason=why,
            team_names=teams_letting_in(actor, client, at=at),
            host=host,
            session_hash=session_hash if here else "",
            origin_host=actor.host,
            origin_path=origin_path,
            origin_hash=session_hash,
            staff_epoch=staff.user.session_epoch,
            code_hash=hash_token(code) if code else "",
            code_expires_at=at + timedelta(seconds=CODE_SECONDS) if code else None,
            started_at=at,
            last_used_at=at,
            expires_at=at + timedelta(seconds=LONGEST_SECONDS),
        )
        row.save()
        record(
            ImpersonationStarted(
                impersonation=row.ref,
                client=client.name,
                mode=mode,
                acting_as=str(place.user) if place is not None else actor.account_name,
            ),
            account_id=client.id,
            parent_id=client.parent_id,
            actor=actor,
            at=at,
            reason=why,
        )
        if notice_wanted(client, rule_of(client)):
            tell_client(row, client, staff, actor=actor, at=at)
    return Begun(impersonation_ref=row.ref, account_ref=client.ref, host=host, code=code)


def enter_with_code(*, code: str, session_hash: str, host: str, at: datetime) -> Entered:
    """Hand a visit over to the browser session on the client's own host, once. Raises CannotEnter.

    Runs in a platform scope: the code decides whose account it is.
    """
    digest = hash_token(code)
    with transaction.atomic():
        # unscoped: the code decides the scope
        row = (
            Impersonation.unscoped.select_for_update(of=("self",))
            .filter(code_hash=digest, host=host, ended_at__isnull=True, code_expires_at__gt=at)
            .select_related("account")
            .first()
        )
        if row is None or not session_hash or not hmac.compare_digest(row.code_hash, digest):
            raise CannotEnter("gone")
        row.code_hash = ""
        row.session_hash = session_hash
        row.last_used_at = at
        # unscoped: as above. The condition lets one of two that come at the same moment through.
        taken = Impersonation.unscoped.filter(id=row.id, code_hash=digest, ended_at__isnull=True).update(
            code_hash="", session_hash=session_hash, last_used_at=at
        )
        if not taken:
            raise CannotEnter("gone")
    return Entered(impersonation_ref=row.ref, account_ref=row.account.ref)


def note_impersonated_request(
    *, impersonation_id: int, method: str, path: str, status: int, request_id: str, at: datetime
) -> None:
    """Record one request of a visit and that it is in use. Two statements; a database that fails is logged, no more.

    Called once the answer is known: the request itself must not fail because it could not be written down.
    """
    row = ImpersonationRequest(
        impersonation_id=impersonation_id,
        at=at,
        method=one_line(method, 8),
        path=one_line(path, 300),
        status=status,
        request_id=one_line(request_id, 40),
    )
    try:
        with transaction.atomic():
            ImpersonationRequest.unscoped.bulk_create([row])  # unscoped: whoever calls has been let into this visit
            # unscoped: as above. Only forwards: of two requests at once the later one counts.
            Impersonation.unscoped.filter(id=impersonation_id, last_used_at__lt=at).update(last_used_at=at)
    except DatabaseError:
        log.exception("a request of an impersonation could not be recorded", extra={"impersonation": impersonation_id})


def end_impersonation(
    *, impersonation_ref: str, session_hash: str, host: str, at: datetime, request_id: str = ""
) -> OverVisit:
    """End a visit from inside it, by the person behind it. Ending twice changes nothing. Raises NotFound.

    Runs in a platform scope: the session proves whose visit it is.
    """
    with transaction.atomic():
        row = _of_session(impersonation_ref, session_hash=session_hash, host=host)
        if row is None:
            raise NotFound
        _end([row], by="person", at=at, request_id=request_id)
    return over_visit(row)


def end_visit_that_is_over(*, impersonation_ref: str, session_hash: str, host: str, at: datetime) -> OverVisit | None:
    """What to tell the browser whose visit leads nowhere any more, or None when it is not its visit (or goes on).

    Writes down the end of a visit that ended by itself.
    """
    with transaction.atomic():
        row = _of_session(impersonation_ref, session_hash=session_hash, host=host)
        if row is None:
            return None
        by = reason_it_is_over(row, at)
        if row.ended_at is None and by:
            _end([row], by=by, at=at)
    return over_visit(row) if row.ended_at is not None else None


def end_impersonations_of_session(*, session_hash: str, at: datetime) -> None:
    """Logging out ends the visits that were begun in that browser session, on whatever host they go on.

    Call it in the log-out, before the session is emptied.
    """
    if session_hash:
        # unscoped: a browser session's own visits
        rows = Impersonation.unscoped.filter(origin_hash=session_hash, ended_at__isnull=True)
        _end(rows, by="log-out", at=at)


def carry_visits(*, before: str, after: str) -> None:
    """A browser session goes on under another key: its visits go with it."""
    if before and after:
        # unscoped: a browser session's own visits
        running = Impersonation.unscoped.filter(ended_at__isnull=True)
        running.filter(session_hash=before).update(session_hash=after)
        running.filter(origin_hash=before).update(origin_hash=after)


def end_impersonations_of_person(*, user_id: int, at: datetime) -> None:
    """End every visit that the person has begun: all its log-ins end (another password, another address, disabled)."""
    # unscoped: the person's own visits, wherever they lead
    rows = Impersonation.unscoped.filter(staff_collaborator__user_id=user_id, ended_at__isnull=True)
    _end(rows, by="access", at=at)


def end_impersonations_of_place(*, collaborator_id: int, at: datetime) -> None:
    """End the visits by and as a collaborator whose place has ended."""
    # unscoped: staff of a reseller may be removed by somebody who does not reach the client visited
    rows = Impersonation.unscoped.filter(ended_at__isnull=True)
    _end(rows.filter(staff_collaborator_id=collaborator_id), by="access", at=at)
    _end(rows.filter(as_collaborator_id=collaborator_id), by="access", at=at)


def end_impersonations_by_staff(*, account_id: int, at: datetime) -> None:
    """End every visit that people of that account have begun: by what they came in opens it no more."""
    # unscoped: the visits lie in the clients' accounts
    rows = Impersonation.unscoped.filter(staff_collaborator__account_id=account_id, ended_at__isnull=True)
    _end(rows, by="access", at=at)


def end_impersonations_in(*, account_ids: Iterable[int], at: datetime) -> None:
    """End every visit to these accounts, also one that is still to be entered: they leave whoever stood above them."""
    # unscoped: the visits of everybody in these accounts
    _end(Impersonation.unscoped.filter(account_id__in=list(account_ids), ended_at__isnull=True), by="access", at=at)


def end_impersonations_below(*, actor: Actor, at: datetime) -> None:
    """End the visits to clients of the actor's account; of the vendor's: every visit. They were switched off."""
    # unscoped: the visits lie in the clients' accounts, which the actor's stands above
    rows = Impersonation.unscoped.filter(ended_at__isnull=True)
    if actor.account_kind == RESELLER:
        rows = rows.filter(staff_collaborator__account_id=actor.account_id)
    _end(rows, by="off", at=at, request_id=actor.request_id)


def end_overdue_impersonations(*, at: datetime) -> int:
    """Write down the end of visits that ended by themselves; returns how many. For the schedule."""
    idle = at - timedelta(seconds=IDLE_SECONDS)
    # unscoped: over all accounts, by the clock
    running = Impersonation.unscoped.filter(ended_at__isnull=True)
    running = running.select_related("staff_collaborator__user", "staff_collaborator__account")
    found = list(running.filter(last_used_at__lte=idle)[:_MOST_AT_ONCE])
    found += list(running.filter(last_used_at__gt=idle, expires_at__lte=at)[:_MOST_AT_ONCE])
    for row in found:
        _end([row], by=reason_it_is_over(row, at) or "time", at=at)
    return len(found)


def _client(ref: str, actor: Actor) -> Account:
    if not looks_like_ref(ref, "acc"):
        raise NotFound
    client = Account.objects.select_for_update().filter(ref=ref, kind=CLIENT, parent_id=actor.account_id).first()
    if client is None or not actor.reaches(client.id):
        raise NotFound
    return client


def _place(client: Account, collaborator_ref: str) -> Collaborator:
    places = Collaborator.objects.filter(account=client, ended_at__isnull=True, user__is_active=True).select_related(
        "user"
    )
    if collaborator_ref:
        found = places.filter(ref=collaborator_ref).first() if looks_like_ref(collaborator_ref, "col") else None
        if found is None:
            raise NotFound
        return found
    first = places.order_by("-is_owner", "id").first()
    if first is None:
        raise CannotImpersonate("nobody", field="mode")
    return first


def _staff(actor: Actor) -> Collaborator:
    staff = (
        Collaborator.objects.filter(account_id=actor.account_id, user_id=actor.user_id or 0, ended_at__isnull=True)
        .select_related("user", "account")
        .first()
    )
    if staff is None:
        raise CannotWhileImpersonating("personal")
    return staff


def _of_session(ref: str, *, session_hash: str, host: str) -> Impersonation | None:
    if not session_hash or not looks_like_ref(ref, "ims"):
        return None
    # unscoped: the browser session proves whose visit it is
    return (
        Impersonation.unscoped.select_for_update(of=("self",))
        .filter(ref=ref, session_hash=session_hash, host=host)
        .select_related("account", "staff_collaborator__user", "staff_collaborator__account")
        .first()
    )


def _end(rows: Iterable[Impersonation], *, by: str, at: datetime, request_id: str = "") -> None:
    """End them, each with its entry in the client's history. Those that have ended stay as they are."""
    running = {row.id: row for row in rows if row.ended_at is None}
    if not running:
        return
    with transaction.atomic():
        # unscoped: whoever calls has found them by what proves the right
        requests = dict(
            ImpersonationRequest.unscoped.filter(impersonation_id__in=running)
            .values_list("impersonation_id")
            .annotate(Count("id"))
        )
        # unscoped: as above
        full = Impersonation.unscoped.filter(id__in=running).select_related(
            "account", "staff_collaborator__user", "staff_collaborator__account"
        )
        for row in full:
            # unscoped: as above. The condition lets one of two that come at the same moment tell the journal.
            changed = Impersonation.unscoped.filter(id=row.id, ended_at__isnull=True).update(
                ended_at=at,
                ended_by=by,
                code_hash="",
                code_expires_at=None,
                # What was searched for in a list may name people: it is not kept longer than it is needed.
                origin_path=row.origin_path.partition("?")[0],
            )
            if changed:
                _tell_end(row, by=by, requests=requests.get(row.id, 0), at=at, request_id=request_id)
            running[row.id].ended_at, running[row.id].ended_by = at, by


def _tell_end(row: Impersonation, *, by: str, requests: int, at: datetime, request_id: str) -> None:
    staff = row.staff_collaborator
    actor = Actor(
        user_id=staff.user_id,
        name=str(staff.user),
        account_id=staff.account_id,
        account_ref=staff.account.ref,
        account_kind=staff.account.kind,
        account_name=staff.account.name,
        host=row.host,
        request_id=request_id,
    )
    record(
        ImpersonationEnded(
            impersonation=row.ref,
            client=row.account.name,
            staff=str(staff.user),
            mode=row.mode,
            ended_by=by,
            requests=requests,
        ),
        account_id=row.account_id,
        parent_id=row.account.parent_id,
        actor=actor,
        at=at,
    )
