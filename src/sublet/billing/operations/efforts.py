"""A reseller's own time and costs for a client: entered, and taken out again."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import ClassVar, Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.operations.places import locked
from sublet.billing.effort_events import EffortDropped, EffortEntered
from sublet.billing.models.efforts import COST, LONGEST_TEXT, TIME, Effort
from sublet.core.money import rounded
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.journal.operations import record
from sublet.foundation.refs import looks_like_ref
from sublet.pricing.operations.common import client_locked, manages

#: A day has no more, and an amount has at most twelve digits.
MOST_MINUTES: Final = 24 * 60
MOST_MINOR: Final = 10**12 - 1
#: So far back an entry may lie.
FARTHEST: Final = timedelta(days=5 * 366)


class CannotEnterEffort(Refusal):
    """Why no time or cost is entered."""

    SENTENCES: ClassVar = {
        "kind": _("It is either time or a cost."),
        "minutes": _("Time is between one minute and 24 hours a day."),
        "amount": _("An amount is above zero and has at most twelve digits."),
        "day": _("Choose a day within the last five years, not a later one than today."),
    }


def enter_effort(
    *,
    client: str,
    kind: str,
    day: date,
    minutes: int = 0,
    rate: int = 0,
    amount: int = 0,
    text: str = "",
    once: str = "",
    actor: Actor,
    at: datetime,
) -> Effort:
    """Enter what a client took on a day (``billing:manage``): `minutes` at `rate` an hour, or a cost of `amount`.

    `rate` and `amount` are in minor units of the client's currency. Time comes to rate × minutes ÷ 60, half up. `once` names the
    form that was sent: the same one again enters nothing more. Raises NotFound, Forbidden, CannotEnterEffort.
    """
    manages(actor)
    if kind not in (TIME, COST):
        raise CannotEnterEffort("kind", field="kind")
    if kind == TIME and not 1 <= minutes <= MOST_MINUTES:
        raise CannotEnterEffort("minutes", field="minutes")
    if kind == TIME and not 0 <= rate <= MOST_MINOR:
        raise CannotEnterEffort("amount", field="rate")
    if kind == COST and not 0 < amount <= MOST_MINOR:
        raise CannotEnterEffort("amount", field="amount")
    with transaction.atomic():
        account = client_locked(client, actor)
        # The client is locked: of two that are sent at once the second finds the entry of the first.
        before = Effort.objects.filter(account_id=actor.account_id, once=once[:64]).first() if once else None
        if before is not None:
            return before
        today = at.astimezone(ZoneInfo(account.timezone)).date()
        if not today - FARTHEST <= day <= today:
            raise CannotEnterEffort("day", field="day")
        timed = kind == TIME
        row = Effort(
            account_id=actor.account_id, client_id=account.id, kind=kind, day=day, minutes=minutes if timed else 0,
            rate=rate if timed else 0, minor=rounded(Fraction(rate * minutes, 60)) if timed else amount,
            currency=account.currency, text=text.strip()[:LONGEST_TEXT], entered_at=at, entered_by=actor.name[:200],
            once=once[:64],
        )  # fmt: skip
        row.save(force_insert=True)
        told = EffortEntered(effort=row.ref, ref=account.ref, name=account.name)
        record(told, account_id=row.account_id, actor=actor, at=at)
    return row


def drop_effort(*, client: str, ref: str, actor: Actor, at: datetime) -> bool:
    """Take an entry out (``billing:manage``); False when it is out already. Raises NotFound, Forbidden."""
    manages(actor)
    with transaction.atomic():
        account = locked(client) if looks_like_ref(client, "acc") else None
        if account is None or not actor.reaches(account.id) or not looks_like_ref(ref, "eff"):
            raise NotFound
        row = Effort.objects.select_for_update().filter(
            account_id=actor.account_id, client_id=account.id, ref=ref
        ).first()  # fmt: skip
        if row is None:
            raise NotFound
        if row.dropped_at is not None:
            return False
        row.dropped_at, row.dropped_by = at, actor.name[:200]
        row.save(update_fields=["dropped_at", "dropped_by"])
        told = EffortDropped(effort=row.ref, ref=account.ref, name=account.name)
        record(told, account_id=row.account_id, actor=actor, at=at)
    return True
