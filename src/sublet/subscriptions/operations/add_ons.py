"""Add-ons beside a plan: taken, given up."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.core.manifest import AddOn
from sublet.core.rights import VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.journal.operations import record
from sublet.foundation.refs import looks_like_ref
from sublet.subscriptions.events import AddOnEnded, AddOnWasTaken
from sublet.subscriptions.models import AddOnTaken
from sublet.subscriptions.operations.places import subscriber
from sublet.subscriptions.operations.plans import NOW, WHENS, moment_of
from sublet.subscriptions.operations.written import told, written
from sublet.subscriptions.queries.held import held, refuse_add_on

MOST = 1000


class CannotTakeAddOn(Refusal):
    """Why an add-on is not taken."""

    SENTENCES: ClassVar = {
        "closed": _("This account is closed. Take the closing back first."),
        "unknown-add-on": _("There is no such add-on on sale."),
        "plan-does-not-fit": _("This add-on does not go with the plan that the account has now."),
        "had": _("The account has this add-on already, and it can be had once only."),
        "count": _("Take between one and a thousand."),
    }


class CannotEndAddOn(Refusal):
    """Why an add-on stays."""

    SENTENCES: ClassVar = {
        "closed": _("This account is closed. Take the closing back first."),
        "past": _("This moment is over. Choose one that lies ahead."),
        "day-missing": _("Choose a day."),
        "no-period": _("Without a plan there is no period whose end could be waited for."),
    }


def is_once(add_on: AddOn) -> bool:
    """Whether it is something done once (a set-up, a training): it gives nothing that could end."""
    paid_once = bool(add_on.prices) and all(price.interval == "once" for price in add_on.prices)
    return paid_once and not add_on.features and not add_on.adds


def take_add_on(
    *, ref: str, add_on: str, count: int = 1, once: str = "", actor: Actor, at: datetime, reason: str = ""
) -> str:
    """Take an add-on beside the plan from now on, in the version that is sold; the answer is its reference.

    By whoever may change the plan. The same `once` (a form's own) again takes nothing more and answers the same. Raises
    NotFound, Forbidden, CannotTakeAddOn.
    """
    with transaction.atomic():
        account = subscriber(ref, actor, CannotTakeAddOn)
        now = held(account)
        before = next((row for row in now.add_ons if once and row.once == once), None)
        if before is not None:
            return before.ref
        found = now.offer.add_on(add_on)
        if found is None or (not found.public and actor.account_kind != VENDOR):
            raise CannotTakeAddOn("unknown-add-on", field="add_on")
        if not 1 <= count <= (MOST if found.repeatable else 1):
            raise CannotTakeAddOn("count", field="count")
        if code := refuse_add_on(now, found, at):
            raise CannotTakeAddOn(code, field="add_on")
        row = AddOnTaken(
            account=account,
            key=found.key,
            version=found.version,
            count=count,
            starts_at=at,
            ends_at=at if is_once(found) else None,
            taken_by=actor.name[:200],
            once=once[:64],
        )
        row.save()
        event = AddOnWasTaken(**told(account, found), add_on=row.ref, count=count)
        record(event, account_id=account.id, parent_id=account.parent_id, actor=actor, at=at, reason=reason)
        written(account, actor=actor, at=at)
        return row.ref


def end_add_on(
    *,
    ref: str,
    add_on: str,
    when: str = NOW,
    day: date | None = None,
    actor: Actor,
    at: datetime,
    reason: str = "",
) -> bool:
    """Give an add-on up (`add_on` is its reference): at once, at the end of the period that is paid for it, or when a `day` begins.

    An end that still lies ahead is moved. False: it ends then already. Raises NotFound, Forbidden, CannotEndAddOn; ValueError
    for another `when`.
    """
    if when not in WHENS:
        raise ValueError(when)
    with transaction.atomic():
        account = subscriber(ref, actor, CannotEndAddOn)
        now = held(account)
        row = next((row for row in now.add_ons if row.ref == add_on), None) if looks_like_ref(add_on, "ado") else None
        if row is None:
            raise NotFound
        if row.ends_at is not None and row.ends_at <= at:
            return False
        ends = moment_of(when, day, account=account, now=now, at=at, refusal=CannotEndAddOn, add_on=row.ref)
        if row.ends_at == ends:
            return False
        row.ends_at, row.ended_by = ends, actor.name[:200]
        row.save(update_fields=["ends_at", "ended_by"])
        event = AddOnEnded(**told(account, now.add_on_of(row)), add_on=row.ref, from_at=ends.isoformat())
        record(event, account_id=account.id, parent_id=account.parent_id, actor=actor, at=at, reason=reason)
        written(account, actor=actor, at=at)
        return True


__all__ = ["MOST", "CannotEndAddOn", "CannotTakeAddOn", "end_add_on", "is_once", "take_add_on"]
