"""A person puts right what was counted. What was counted stays: the correction is an event of its own, and is told."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.catalog.queries import offer
from sublet.core.rights import VENDOR
from sublet.core.usage import SUM, steps_of, units_of
from sublet.foundation.actor import Actor
from sublet.foundation.contention import retried
from sublet.foundation.errors import Forbidden, NotFound, Refusal
from sublet.foundation.journal.operations import record
from sublet.foundation.refs import uuid7
from sublet.metering.events import UsageCorrected
from sublet.metering.operations.following import follow_usage
from sublet.metering.operations.recording import BY_PEOPLE, RIGHT, keep_rows
from sublet.metering.operations.rows import Row
from sublet.metering.queries.lines import line_of


class CannotCorrectUsage(Refusal):
    """What was counted stays as it is."""

    SENTENCES: ClassVar = {
        "unknown-meter": _("There is no such meter in the product manifest."),
        "does-not-add-up": _("Only a meter that adds quantities up can be corrected by a number. Correct the events."),
        "quantity": _("Give the difference as a number with at most the decimals of the meter, and not 0."),
        "reason": _("Say why: it stands in the history."),
        "not-yet": _("That moment has not come yet."),
    }


def correct_usage(
    *, ref: str, meter: str, quantity: Decimal, moment: datetime, reason: str, actor: Actor, at: datetime
) -> str:
    """Add `quantity` (with its sign, in whole units) to what the account used at `moment`, however long ago; its event's id.

    ``usage:manage``, the vendor's. Raises NotFound, Forbidden, CannotCorrectUsage.
    """
    if actor.account_kind != VENDOR:
        raise Forbidden(RIGHT)
    actor.require(RIGHT)
    item = offer().meters.get(meter)
    if item is None:
        raise CannotCorrectUsage("unknown-meter", field="meter")
    if item.meter.aggregation != SUM:
        raise CannotCorrectUsage("does-not-add-up", field="meter")
    try:
        steps = steps_of(quantity, item.meter.decimals)
    except ValueError:
        raise CannotCorrectUsage("quantity", field="quantity") from None
    if steps == 0:
        raise CannotCorrectUsage("quantity", field="quantity")
    if not reason.strip():
        raise CannotCorrectUsage("reason", field="reason")
    if moment > at:
        raise CannotCorrectUsage("not-yet", field="time")
    event_id = str(uuid7(at))

    def work() -> str:
        with transaction.atomic():
            account = Account.objects.filter(ref=ref).first()
            if account is None or not actor.reaches(account.id):
                raise NotFound
            line = line_of(account.id)
            row = Row(account.id, BY_PEOPLE, event_id, item.id, moment, steps, "", "", at)
            keep_rows({(account.id, BY_PEOPLE, event_id): row}, {account.id: line}, offer())
            told = UsageCorrected(
                ref=account.ref,
                name=account.name,
                meter=meter,
                quantity=f"{units_of(steps, item.meter.decimals):+}",
                period=line.period(item.meter.period, moment).key,
            )
            record(told, account_id=account.id, parent_id=account.parent_id, actor=actor, at=at, reason=reason)
            follow_usage([account.id], actor=actor, at=at)
        return event_id

    return retried(work)
