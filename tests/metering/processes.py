"""What the tests with several processes start: ``python -m tests.metering.processes COMMAND``."""

from __future__ import annotations

import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import django

from tests.installation import together
from tests.killing import Killing
from tests.thorough import FULL

if TYPE_CHECKING:
    from sublet.foundation.actor import Actor  # at run time only once Django is set up
    from tests.people import World

#: Together 320 tries, in a full run 10,240.
PROCESSES, TRIES, LIMIT = *((16, 640) if FULL else (8, 40)), 50
#: On the hour, so that late events lie where they are meant to.
AT = datetime.fromisoformat("2026-03-20T10:00:00Z")


def furnish() -> tuple[World, Actor]:
    from tests.metering.meters import load_meters, product
    from tests.people import make_world

    world = make_world()
    load_meters(world)
    return world, product(world)


def race(what: str) -> dict[str, Any]:
    """C1: many processes want the last of something. `naive` looks first and takes then: it must go wrong."""
    from sublet.foundation.scope import actor_scope
    from sublet.metering import operations, queries
    from tests.metering.meters import used

    world, actor = furnish()
    account_id = world.carl.id

    def once(name: str) -> bool:
        facts = {"account_id": account_id, "meter": "sent", "quantity": 1, "ceiling": LIMIT, "source": "app"}
        if what == "take":
            return operations.take(event_id=name, actor=actor, at=AT, **facts).allowed  # type: ignore[arg-type]  # a table of facts
        if what == "reserve":
            held = operations.reserve(event_id=name, lasts=timedelta(hours=1), actor=actor, at=AT, **facts)  # type: ignore[arg-type]  # as above
            if held.allowed:
                operations.commit(reservation=held.reservation, quantity=None, actor=actor, at=AT)
            return held.allowed
        if queries.usage_of(account_id, AT)["sent"].quantity >= LIMIT:
            return False
        time.sleep(0.05)
        operations.record_usage(events=[used(world, name, at=AT)], actor=actor, at=AT)
        return True

    def tries(number: int) -> str:
        told = Counter[str]()
        with actor_scope(actor):
            for turn in range(TRIES):
                try:
                    told["allowed" if once(f"{number}-{turn}") else "refused"] += 1
                except Exception as fault:
                    told[f"{type(fault).__name__}: {fault}"] += 1
        return json.dumps(told)

    told = Counter[str]()
    for each in together(PROCESSES, tries):
        told.update(json.loads(each))
    with actor_scope(actor):
        found = queries.usage_of(account_id, AT)["sent"]
    return {"told": told, "used": found.quantity, "reserved": found.reserved}


def many(count: int) -> dict[str, Any]:
    """C7: eight processes send `count` events, of which a fifth are repeats and a twentieth late, shuffled."""
    from sublet.foundation.scope import actor_scope
    from sublet.metering import operations, queries
    from sublet.metering.models import UsageEvent
    from tests.metering.meters import used

    world, actor = furnish()
    accounts = [world.carl, world.elan, world.bakery, world.dora]
    luck = random.Random(7)
    different, repeats = count * 4 // 5, count // 5
    quantities = [luck.randrange(1, 10) for _ in range(different)]
    late = [luck.random() < 0.05 for _ in range(different)]
    meters = [luck.choice(("sent", "visits", "devices")) for _ in range(different)]
    order = [*range(different), *luck.choices(range(different), k=repeats)]
    luck.shuffle(order)

    def event(number: int) -> Any:
        moment = (
            AT - timedelta(days=25, minutes=number % 500) if late[number] else AT - timedelta(seconds=number % 3000)
        )
        return used(
            world,
            number,
            meters[number],
            quantities[number],
            at=moment,
            account=accounts[number % 4].ref,
            value=str(number % 97),
        )

    def sender(number: int) -> str:
        told = Counter[str]()
        mine = order[number::8]
        turns = random.Random(number)
        with actor_scope(actor):
            while mine:
                size = turns.choice((1, 10, 100, 500))
                found = operations.record_usage(events=[event(each) for each in mine[:size]], actor=actor, at=AT)
                told["accepted"] += found.accepted
                told["duplicates"] += found.duplicates
                del mine[:size]
        return json.dumps(told)

    told = Counter[str]()
    for each in together(8, sender):
        told.update(json.loads(each))
    wanted: dict[str, Any] = {}
    found: dict[str, Any] = {}
    with actor_scope(actor):
        stored = UsageEvent.objects.count()
        for place, account in enumerate(accounts):
            for name, when in (("now", AT), ("then", AT - timedelta(days=25, hours=1))):
                mine = [n for n in range(place, different, 4) if late[n] == (name == "then")]
                wanted[f"{place} {name} sent"] = sum(quantities[n] for n in mine if meters[n] == "sent")
                standing = queries.usage_of(account.id, when)
                found[f"{place} {name} sent"] = standing["sent"].quantity
                if name == "now":
                    wanted[f"{place} visits"] = sum(meters[n] == "visits" for n in mine)
                    wanted[f"{place} devices"] = len({n % 97 for n in mine if meters[n] == "devices"})
                    found[f"{place} visits"] = standing["visits"].quantity
                    found[f"{place} devices"] = standing["devices"].quantity
    return {"told": told, "stored": stored, "different": different, "wanted": wanted, "found": found}


def killed() -> dict[str, Any]:
    """Each write is begun by one process after another, and each is killed at another point; then one tries again."""
    from django.db import connection, transaction

    from sublet.foundation.scope import actor_scope
    from sublet.metering import operations
    from sublet.metering.models import UsageReservation
    from tests.metering.meters import used

    world, actor = furnish()
    first = [used(world, n, "sent", 2, at=AT) for n in range(3)]
    batch = [
        *(used(world, n, "sent", 2, at=AT) for n in range(2, 40)),
        *(used(world, f"d{n}", "devices", value=str(n), at=AT) for n in range(5)),
        used(world, "fix", "sent", 1, at=AT, corrects=1),
        used(world, "top", "storage", 3, at=AT),
    ]

    def record(events: list[Any]) -> Callable[[], None]:
        def work() -> None:
            with actor_scope(actor):
                operations.record_usage(events=events, actor=actor, at=AT)

        return work

    facts = {"account_id": world.carl.id, "meter": "texts", "quantity": 3, "ceiling": 10, "source": "app", "at": AT}

    def take() -> None:
        # On PostgreSQL it is one statement, a transaction of its own in which nothing of ours runs: begun here, it can be killed.
        own = transaction.atomic() if connection.vendor == "postgresql" else nullcontext()
        with actor_scope(actor), own:
            operations.take(event_id="taken", actor=actor, **facts)  # type: ignore[arg-type]  # a table of facts

    def reserve() -> None:
        with actor_scope(actor):
            operations.reserve(event_id="long", lasts=timedelta(hours=1), actor=actor, **facts)  # type: ignore[arg-type]  # as above

    def commit() -> None:
        with actor_scope(actor):
            held = UsageReservation.objects.values_list("ref", flat=True).get()
            operations.commit(reservation=held, quantity=2, actor=actor, at=AT)

    killing = Killing(
        ("usage_event", "usage_total", "usage_value", "usage_reservation"),
        {
            "quantity": "SELECT CAST(sum(quantity) AS bigint) FROM usage_total WHERE span = 0",
            "days": "SELECT CAST(sum(quantity) AS bigint) FROM usage_total WHERE span = 1",
            "reserved": "SELECT CAST(sum(reserved) AS bigint) FROM usage_total",
        },
    )
    record(first)()
    told: dict[str, Any] = {}
    for name, work in {"record": record(batch), "take": take, "reserve": reserve, "commit": commit}.items():
        told[name] = [*killing.at_each_point(work), killing.left_by(work)]
    return told


def corrections(how: str) -> dict[str, Any]:
    """Many people correct the same usage event at once. `difference` is reckoned from what one has seen: it must go wrong."""
    from decimal import Decimal

    from sublet.foundation.journal.models import JournalEntry
    from sublet.foundation.scope import actor_scope
    from sublet.metering import operations, queries
    from tests.metering.meters import used

    world, actor = furnish()
    account_id, ref = world.carl.id, world.carl.ref
    with actor_scope(actor):
        operations.record_usage(events=[used(world, 1, "sent", 30, at=AT)], actor=actor, at=AT)

    def one(number: int) -> str:
        why = f"Person {number}"
        with actor_scope(actor):
            try:
                if how == "difference":
                    missing = Decimal(18 - queries.usage_of(account_id, AT)["sent"].quantity)
                    time.sleep(0.2)
                    operations.correct_usage(
                        ref=ref, meter="sent", quantity=missing, moment=AT, reason=why, actor=actor, at=AT
                    )
                else:
                    operations.correct_usage_event(
                        ref=ref,
                        meter="sent",
                        source="app",
                        event_id="1",
                        quantity=Decimal(18),
                        reason=why,
                        actor=actor,
                        at=AT,
                    )
            except Exception as fault:
                return f"{type(fault).__name__}: {fault}"
        return "done"

    told = Counter(together(8, one))
    with actor_scope(actor):
        found = queries.usage_of(account_id, AT)["sent"]
    return {
        "told": told,
        "used": found.quantity,
        "told_of": JournalEntry.unscoped.filter(event="usage.corrected").count(),
    }


def main() -> int:
    django.setup()
    command = sys.argv[1]
    made: dict[str, Callable[[], Any]] = {
        "race": lambda: race(sys.argv[2]),
        "many": lambda: many(int(sys.argv[2])),
        "killed": killed,
        "corrections": lambda: corrections(sys.argv[2]),
    }
    print(json.dumps(made[command]()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
