"""A person puts right what was counted. What was counted stays: the correction is an event of its own, and is told."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.catalog.queries import offer
from sublet.core.offer import MeterItem
from sublet.core.periods import STANDING, Period
from sublet.core.rights import VENDOR
from sublet.core.usage import BY_PEOPLE, COUNT, SUM, UNIQUE, correction_id, steps_of, units_of
from sublet.foundation.actor import Actor
from sublet.foundation.contention import retried
from sublet.foundation.errors import Forbidden, NotFound, Refusal
from sublet.foundation.journal.operations import record
from sublet.foundation.refs import uuid7
from sublet.metering.events import UsageCorrected
from sublet.metering.models import UsageEvent
from sublet.metering.operations.following import follow_usage
from sublet.metering.operations.recording import RIGHT, keep_rows
from sublet.metering.operations.rows import Row
from sublet.metering.queries.events import Effect, effect_of
from sublet.metering.queries.lines import line_of


class CannotCorrectUsage(Refusal):
    """What was counted stays as it is."""

    SENTENCES: ClassVar = {
        "unknown-meter": _("There is no such meter in the product manifest."),
        "does-not-add-up": _("Only a meter that adds quantities up can be corrected by a number. Correct the events."),
        "quantity": _("Give the difference as a number with at most the decimals of the meter, and not 0."),
        "reason": _("Say why: it stands in the history."),
        "not-yet": _("That moment has not come yet."),
        "new-value": _("Give the new value as a number with at most the decimals of the meter."),
        "negative": _("A value is not below 0 here."),
        "same": _("This is the value that counts already."),
        "counts-events": _("This meter counts usage events: one of them counts, or it does not."),
        "counts-nothing": _("This usage event has no value of its own: it only takes another one back."),
        "corrected-already": _(
            "This usage event has been corrected already. Correct the one that counts in its place."
        ),
    }


def correct_usage(
    *, ref: str, meter: str, quantity: Decimal, moment: datetime, reason: str, actor: Actor, at: datetime
) -> str:
    """Add `quantity` (with its sign, in whole units) to what the account used at `moment`, however long ago; its event's id.

    It counts whenever it was; an invoice follows only as long as a billing run still reckons the period
    (`billing.queries.touched`). What is older is credited or charged by hand.
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
            period = line.period(item.meter.period, moment)
            _tell(account, item, steps, period, reason, event_id=event_id, actor=actor, at=at)
        return event_id

    return retried(work)


def correct_usage_event(
    *,
    ref: str,
    meter: str,
    source: str,
    event_id: str,
    quantity: Decimal | None,
    reason: str,
    actor: Actor,
    at: datetime,
) -> str:
    """Let another value (in whole units; None: nothing) count in the place of a usage event, however old; the id of what counts now.

    Whether an invoice follows: as of `correct_usage`.
    The event stays and counts no more; what counts is an event of the same moment from the source ``people``. The same once more
    changes nothing. ``usage:manage``, the vendor's. Raises NotFound, Forbidden, CannotCorrectUsage.
    """
    if not reason.strip():
        raise CannotCorrectUsage("reason", field="reason")
    new_id = correction_id(source, event_id)

    def work() -> str:
        with transaction.atomic():
            # Whoever corrects the same event meanwhile waits here, and then finds that it counts no more.
            account, item, event = _found(ref, meter, source, event_id, actor, lock=True)
            steps = _new_value(event, item, quantity)
            if _counts_already(event, steps):
                return new_id
            _refuse(event, steps)
            line = line_of(account.id)
            effect = effect_of(event, steps, item=item, line=line)
            key = (account.id, BY_PEOPLE, new_id)
            row = Row(*key, item.id, event.at, steps, event.value, event_id, at, event.person)
            keep_rows({key: row}, {account.id: line}, offer(), instead={key: (account.id, source, event_id)})
            _tell(
                account, item, effect.after - effect.before, effect.period, reason,
                event_id=new_id, corrects=event_id, source=source, actor=actor, at=at,
            )  # fmt: skip
        return new_id

    return retried(work)


def _tell(
    account: Account, item: MeterItem, steps: int, period: Period, reason: str, *,
    event_id: str, corrects: str = "", source: str = "", actor: Actor, at: datetime,
) -> None:  # fmt: skip
    """Write the correction down, and let follow what depends on use. `steps`: what became of the total."""
    told = UsageCorrected(
        ref=account.ref,
        name=account.name,
        meter=item.meter.key,
        quantity=f"{units_of(steps, item.meter.decimals):+}",
        period=period.key,
        event_id=event_id,
        corrects=corrects,
        source=source,
        names=asdict(item.meter.name),
    )
    record(told, account_id=account.id, parent_id=account.parent_id, actor=actor, at=at, reason=reason)
    follow_usage([account.id], actor=actor, at=at)


def preview_correction(
    *, ref: str, meter: str, source: str, event_id: str, quantity: Decimal | None, reason: str, actor: Actor
) -> Effect:
    """What `correct_usage_event` would do; nothing is done. The same once more changes nothing. Raises what it raises."""
    if not reason.strip():
        raise CannotCorrectUsage("reason", field="reason")
    account, item, event = _found(ref, meter, source, event_id, actor)
    steps = _new_value(event, item, quantity)
    if not _counts_already(event, steps):
        _refuse(event, steps)
    return effect_of(event, steps, item=item, line=line_of(account.id))


def _counts_already(event: UsageEvent, steps: int | None) -> bool:
    """Whether that value counts in its place by now, by a person's word."""
    new_id = correction_id(event.source, event.event_id)
    there = UsageEvent.objects.filter(account_id=event.account_id, source=BY_PEOPLE, event_id=new_id).first()
    return there is not None and there.counts and there.quantity == steps


def _found(
    ref: str, meter: str, source: str, event_id: str, actor: Actor, *, lock: bool = False
) -> tuple[Account, MeterItem, UsageEvent]:
    """The usage event, for whoever may correct it. Raises NotFound, Forbidden."""
    if actor.account_kind != VENDOR:
        raise Forbidden(RIGHT)
    actor.require(RIGHT)
    item, account = offer().meters.get(meter), Account.objects.filter(ref=ref).first()
    if item is None or account is None or not actor.reaches(account.id):
        raise NotFound
    events = UsageEvent.objects.select_for_update() if lock else UsageEvent.objects.all()
    event = events.filter(account_id=account.id, source=source, event_id=event_id, meter=item.id).first()
    if event is None:
        raise NotFound
    return account, item, event


def _refuse(event: UsageEvent, steps: int | None) -> None:
    if not event.counts:
        raise CannotCorrectUsage("corrected-already")
    if steps == event.quantity:
        raise CannotCorrectUsage("same", field="quantity")


def _new_value(event: UsageEvent, item: MeterItem, quantity: Decimal | None) -> int | None:
    """What is to count in the place of an event, in steps; None: nothing. Raises CannotCorrectUsage."""
    if event.quantity is None:
        raise CannotCorrectUsage("counts-nothing")
    if quantity is None:
        return None
    if item.meter.aggregation in {COUNT, UNIQUE}:
        raise CannotCorrectUsage("counts-events", field="quantity")
    try:
        steps = steps_of(quantity, item.meter.decimals)
    except ValueError:
        raise CannotCorrectUsage("new-value", field="quantity") from None
    takes_back = item.meter.period == STANDING and item.meter.aggregation == SUM
    # What somebody took from a total by hand stays below 0.
    if steps < 0 and event.quantity >= 0 and not takes_back:
        raise CannotCorrectUsage("negative", field="quantity")
    return steps
