"""What clients use in a sandbox, because somebody wants to see what comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from sublet.accounts.models import Account
from sublet.accounts.queries import installation_actor
from sublet.catalog.queries import offer
from sublet.core.usage import steps_of
from sublet.entitlements.operations import check_limits
from sublet.entitlements.operations.common import names_of
from sublet.foundation import clock
from sublet.foundation.actor import JOB, SCHEDULE
from sublet.foundation.journal.operations import record
from sublet.foundation.scope import platform_scope
from sublet.metering.operations import take
from sublet.sandboxes.events import UsedInSandbox

SOURCE = "sandbox"


def use(wanted: Sequence[tuple[int, str, int]], *, after: datetime) -> None:
    """Count what is used just after that instant (what happens at it was told of before), and look which limits are crossed.

    `wanted`: account in the copy, meter, whole units. No limit stops it: a sandbox shows what comes of use, also beyond a limit. A
    client that is gone by now, or a meter that the copy does not know, uses nothing.
    """
    if not wanted:
        return
    clock.stand_at(after)
    at = after + timedelta(microseconds=1)
    with platform_scope("the sandbox acts by itself"):
        actor = installation_actor(name=SCHEDULE, via=JOB)
        accounts = Account.objects.in_bulk({number for number, _meter, _units in wanted})
        for place, (number, meter, units) in enumerate(wanted):
            account, item = accounts.get(number), offer().meters.get(meter)
            if account is None or item is None:
                continue
            with transaction.atomic():
                take(
                    account_id=number,
                    meter=meter,
                    quantity=steps_of(units, item.meter.decimals),
                    ceiling=None,
                    source=SOURCE,
                    event_id=f"{at.isoformat()}:{place}",
                    actor=actor,
                    at=at,
                )
                told = UsedInSandbox(
                    ref=account.ref, name=account.name, key=meter, names=dict(names_of(item.meter)), units=units
                )
                record(told, account_id=number, parent_id=account.parent_id, actor=actor, at=at)
                check_limits(account_id=number, actor=actor, at=at)
