"""Telling the other side of a grant what was asked, answered or ended: in its own brand and language."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.urls import reverse
from django.utils import translation

from sublet.accounts.models import Account
from sublet.branding.queries import origin, primary_host
from sublet.core.grants import CLIENT_SIDE, REMIND_BEFORE, RESELLER_SIDE
from sublet.foundation.actor import Actor
from sublet.foundation.locales import day_in_words
from sublet.messaging.operations import queue_mail
from sublet.people.models import Collaborator, Grant, StaffTeam, User

_MOST_AT_ONCE = 200


def tell_other_side(row: Grant, what: str, *, side: str, actor: Actor, at: datetime) -> None:
    """Write to whoever owns the account on the other side, and to the person who asked, in the caller's transaction.

    Nobody is told where nobody has a log-in yet.
    """
    other = RESELLER_SIDE if side == CLIENT_SIDE else CLIENT_SIDE
    _write(row, what, to=other, who=actor.name, actor=actor, at=at)


def remind_of_ends(*, actor: Actor, at: datetime) -> int:
    """Tell both sides, once, of access that ends within three days and does not go on by itself. For the schedule."""
    with transaction.atomic():
        # unscoped: over all accounts, by the clock
        rows = Grant.unscoped.select_for_update(of=("self",)).select_related("account")
        found = list(
            rows.filter(
                state=Grant.State.ACTIVE,
                ends_at__gt=at,
                ends_at__lte=at + REMIND_BEFORE,
                extend_days=0,
                reminded_at__isnull=True,
            ).order_by("id")[:_MOST_AT_ONCE]
        )
        for row in found:
            row.reminded_at = at
            row.save(update_fields=["reminded_at"])
            # What was given for less than the time of warning needs none: it was said a moment ago.
            if row.starts_at is None or row.ends_at is None or row.ends_at - row.starts_at <= REMIND_BEFORE:
                continue
            for side in (CLIENT_SIDE, RESELLER_SIDE):
                _write(row, "ending", to=side, who=row.asked_by, actor=actor, at=at)
    return len(found)


def _write(row: Grant, what: str, *, to: str, who: str, actor: Actor, at: datetime) -> None:
    account_id = row.account_id if to == CLIENT_SIDE else row.reseller_id
    # unscoped: the other side's people, whom the actor does not see
    account = Account.unscoped.get(id=account_id)
    reader = _reader(row, account, to)
    if reader is None:
        return
    host = primary_host(account.id)
    page = (
        reverse("client-access", kwargs={"account": account.ref})
        if to == CLIENT_SIDE
        else reverse("reseller-client-access", kwargs={"account": account.ref, "ref": row.account.ref})
    )
    until, news = row.ends_at, what in {"requested", "given", "approved"}
    language = reader.language or account.language
    with translation.override(language or "en"):
        begins = _day_to_come(row, at) if news else ""
    queue_mail(
        template="grant",
        account_id=account.id,
        to_email=reader.email,
        to_name=reader.name,
        language=language,
        context={
            "what": what,
            "name": reader.name or reader.email,
            "who": who,
            "client": row.account.name,
            "reason": row.reason if what in {"requested", "given"} else row.end_asked_reason,
            "team": team_name(row) if news else "",
            "begins": begins,
            "days": row.days or 0,
            "left": max(0, (until - at + timedelta(hours=23)).days) if until is not None else 0,
            "url": origin(host) + page,
        },
        key=f"grant:{row.ref}:{what}:{to}:{at.isoformat()}",
        actor=actor,
        at=at,
    )


def _reader(row: Grant, account: Account, to: str) -> User | None:
    # unscoped: as above
    places = Collaborator.unscoped.filter(account=account, ended_at__isnull=True, user__is_active=True)
    places = places.select_related("user")
    if to == RESELLER_SIDE and row.asked_side == RESELLER_SIDE and row.asked_by_id is not None:
        asked = places.filter(user_id=row.asked_by_id).first()
        if asked is not None:
            return asked.user
    owner = places.filter(is_owner=True).first()
    return owner.user if owner is not None else None


def team_name(row: Grant) -> str:
    """What the team is called that the grant is to; empty for none."""
    if row.team_id is None:
        return ""
    # unscoped: the team is the reseller's, and the client, too, reads to which one the grant is
    return str(StaffTeam.unscoped.values_list("name", flat=True).get(id=row.team_id))


def _day_to_come(row: Grant, at: datetime) -> str:
    """The day on which it begins where the client is, in words of the active language; empty where that is no later one."""
    begins = row.starts_at or row.wanted_start
    if begins is None or begins <= at:
        return ""
    return day_in_words(begins.astimezone(ZoneInfo(row.account.timezone)))
