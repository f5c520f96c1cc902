"""What the clients of the demo have used: pushes sent, devices seen and space taken, over the last months; limits that speak.

Rows as metering and the look at limits would have left them. How much a client uses depends on its reference alone, so it is the
same on every machine: most are well within their plan, some near its limit, a few beyond it where it goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from sublet.catalog.queries import offer
from sublet.core.lifecycle import CLOSED, INVITED, PROSPECT, SUSPENDED
from sublet.core.quota import OVERAGE, is_past
from sublet.core.usage import units_of
from sublet.demo.clients import Client
from sublet.demo.officehours import OfficeHours
from sublet.demo.showcase import actor_at
from sublet.demo.writer import BATCH, Writer
from sublet.entitlements.events import ThresholdCrossed
from sublet.entitlements.models import Alert
from sublet.entitlements.operations import give_top_up, set_override, set_own_cap, set_pool, set_share
from sublet.entitlements.operations.common import names_of
from sublet.entitlements.operations.looking import differs, note_state
from sublet.entitlements.queries import AccountStanding, MeterStanding, standings_of
from sublet.entitlements.queries.facts import places
from sublet.foundation.actor import Actor
from sublet.foundation.scope import actor_scope
from sublet.metering.models import FOREVER
from sublet.metering.operations.recording import keep_rows
from sublet.metering.operations.rows import Key, Row
from sublet.metering.queries import Line, lines_of_ids
from sublet.people.models import Collaborator

SOURCE = "appfold"
#: Nobody works in an account that is in one of these states.
IDLE = frozenset({PROSPECT, INVITED, SUSPENDED, CLOSED})
#: Of so many of a reseller's clients half a year is told; of the others this month and the last one.
CHARTED, MONTHS = 40, 6
#: What a reseller's clients draw from together: more than all of them use.
POOL = 100_000_000
#: How far into a limit clients get, and how many of a hundred: the last ones go beyond it where their plan lets them.
SHARES = ((40, 0.08, 0.35), (35, 0.35, 0.62), (10, 0.62, 0.78), (9, 0.81, 0.97), (6, 1.03, 1.16))


def use_up(writer: Writer, clients: Sequence[Client], *, now: datetime) -> None:
    """Let the product have told what they used, note where they stand and what was said about it."""
    using = [each for each in clients if each.account.state not in IDLE]
    using = [each for each in using if each.account.created_at < now - timedelta(days=3)]
    lines = lines_of_ids([each.account.id for each in using])
    there = list(places([each.account.id for each in using]).values())
    before = standings_of(there, at=now)
    rows: dict[Key, Row] = {}
    for number, client in enumerate(using):
        months = MONTHS if number < CHARTED else 2
        for row in _used(client, before[client.account.id], lines[client.account.id], months, now):
            rows[row.account_id, row.source, row.event_id] = row
    keep_rows(rows, lines, offer())
    by_id = {each.account.id: each for each in using}
    alerts: list[Alert] = []
    for account_id, account in standings_of(there, at=now).items():
        for found in account.meters.values():
            if differs(found):
                note_state(account.place, found, at=now)
            alerts += _alerts(writer, by_id[account_id], account, found, now)
    Alert.unscoped.bulk_create(alerts, batch_size=BATCH)  # unscoped: the demo fills every account


def _used(client: Client, account: AccountStanding, line: Line, months: int, now: datetime) -> list[Row]:
    """One client's events of the last months."""
    dice = Random(f"{client.account.ref} use")  # noqa: S311  not for secrets: the demo is the same everywhere
    meters = offer().meters
    share = _share(dice, account.meters["push_sent"])
    rows: list[Row] = []

    def row(meter: str, name: str, at: datetime, quantity: int, value: str = "") -> None:
        event_id = f"{meter}-{name}"
        rows.append(Row(client.account.id, SOURCE, event_id, meters[meter].id, at, quantity, value, "", at))

    limit = account.meters["push_sent"].standing.limit or 20_000
    month = line.period("month", now)
    for back in range(months):
        if month.start is None or month.end is None or month.end <= client.account.created_at:
            break
        begins, ends = max(month.start, client.account.created_at), min(month.end, now)
        # Earlier months were a little quieter, and none went beyond.
        total = round(limit * (share if back == 0 else min(share, 0.8) * (1 - 0.07 * back)))
        pushes = dice.randrange(3, 8)
        for number in range(pushes):
            at = begins + (ends - begins) * ((number + dice.random()) / pushes)
            quantity = total // pushes + (total % pushes if number == pushes - 1 else 0)
            if quantity:
                row("push_sent", f"{back}-{number}", at, quantity)
        for number in range(dice.randrange(4, 15) if months == MONTHS else 2):
            at = begins + (ends - begins) * dice.random()
            row("active_users", f"{back}-{number}", at, 1, value=f"device-{number}")
        space = account.meters["storage"].standing.limit or 10_000
        row("storage", f"{back}", ends - (ends - begins) / 3, round(space * min(share, 0.93) * (1 - 0.05 * back)))
        month = line.period("month", month.start - timedelta(seconds=1))
    return rows


def _share(dice: Random, pushes: MeterStanding) -> float:
    """How far into its limit the client gets this month."""
    low, high = dice.choices([each[1:] for each in SHARES], weights=[each[0] for each in SHARES])[0]
    bound = pushes.standing.bound
    if low > 1 and (bound is None or bound.policy != OVERAGE):
        low, high = 0.9, 1.0  # where more is refused, nobody gets beyond
    return low + (high - low) * dice.random()


def _alerts(
    writer: Writer, client: Client, account: AccountStanding, found: MeterStanding, now: datetime
) -> list[Alert]:
    """The thresholds that were crossed, told some hours ago."""
    bound, used = found.standing.bound, found.standing.used
    if bound is None or bound.limit is None:
        return []
    begun = max(found.period.start or FOREVER, account.place.created_at)
    alerts = []
    for step, percent in enumerate(sorted(bound.thresholds)):
        if not is_past(percent, limit=bound.limit, used=used):
            break
        at = max(begun, now - timedelta(hours=20 - 3 * step))
        reached = min(used, -(-bound.limit * percent // 100))
        alerts.append(
            Alert(
                account=client.account,
                meter=found.meter.key,
                period_key=found.period.key,
                limit=bound.limit,
                threshold=percent,
                used=reached,
                at=at,
                told_at=at,
                digest_at=at,
            )
        )
        told = ThresholdCrossed(
            ref=account.place.ref, name=account.place.name, key=found.meter.key, names=dict(names_of(found.meter)),
            percent=percent, used=units_of(reached, found.meter.decimals),
            limit=units_of(bound.limit, found.meter.decimals), policy=bound.policy, period=found.period.key, day="",
        )  # fmt: skip
        writer.note_by_machine(told, client.account, at)
    return alerts


def say_how_far(
    clients: Sequence[Client],
    staff: Sequence[Collaborator],
    vendor: Actor,
    *,
    hours: OfficeHours,
    host: str,
    now: datetime,
) -> None:
    """What was agreed beside plans with some of the first clients: a lower limit, shares of a pool, units given once, an own
    limit."""
    living = [each for each in clients[2:] if each.account.state not in IDLE]
    if len(living) < 4:
        return
    rosa = actor_at(staff[0], host)
    with actor_scope(rosa):
        for client, units, days in ((living[0], 60, 40), (living[1], 80, 12)):
            at = hours.at(now - timedelta(days=days), after=client.account.created_at)
            set_override(
                ref=client.account.ref, kind="meter", key="push_sent", value=units, note="As agreed by telephone",
                actor=rosa, at=at,
            )  # fmt: skip
    at = hours.at(now - timedelta(days=30), after=max(each.account.created_at for each in living[:2]))
    set_pool(ref=staff[0].account.ref, meter="push_sent", size=POOL, oversell=200, actor=vendor, at=at)
    with actor_scope(rosa):
        for client, least, most in ((living[0], 50_000, 200_000), (living[1], 0, 100_000)):
            set_share(ref=client.account.ref, meter="push_sent", reserve=least, cap=most, actor=rosa, at=at)
    at = hours.at(now - timedelta(days=2), after=living[2].account.created_at)
    give_top_up(
        ref=living[2].account.ref, meter="push_sent", units=2_000, until=now + timedelta(days=28),
        reason="For the summer campaign", actor=vendor, at=at,
    )  # fmt: skip
    owner = next((each for each in living if each.places and each.places[0].is_owner), None)
    if owner is not None:
        himself = actor_at(owner.places[0], host)
        with actor_scope(himself):
            at = hours.at(now - timedelta(days=5), after=owner.joined[0])
            set_own_cap(meter="active_users", units=900, policy="notify", actor=himself, at=at)
