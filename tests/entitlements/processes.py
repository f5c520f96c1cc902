"""What the tests with several processes start: ``python -m tests.entitlements.processes COMMAND``."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import django

from tests.installation import together
from tests.thorough import FULL

#: Together 320 tries, in a full run 10,240.
PROCESSES, TRIES, LIMIT = *((16, 640) if FULL else (8, 40)), 50
AT = datetime.fromisoformat("2026-03-20T10:00:00Z")


def race(what: str) -> dict[str, Any]:
    """C1: many processes want the last of something. `naive` looks first and takes then: it must go wrong.

    `pool`: two clients of one reseller draw from a pool of 50. `own`: the client's own limit. `person`: two people of one team,
    of whom one may use 50 and the other, for whom 50 of the 100 are kept, is on holiday; `naive_person` looks first.
    """
    from sublet.entitlements import operations, queries
    from sublet.foundation.scope import actor_scope
    from sublet.metering.operations import Usage, record_usage
    from tests.entitlements import load
    from tests.people import make_world

    world = make_world()
    load(world, at=AT - timedelta(days=1))
    vera, carl = world.actor("vera"), world.carl
    accounts, meter = [carl.ref], "appointments"
    if what == "own":
        with actor_scope(vera):
            operations.set_override(ref=carl.ref, kind="meter", key=meter, value=None, actor=vera, at=AT)
        with world.scope("rosa") as rosa:
            operations.set_override(ref=carl.ref, kind="meter", key=meter, value=LIMIT, actor=rosa, at=AT)
    if what == "pool":
        accounts = [carl.ref, world.elan.ref]
        with actor_scope(vera):
            operations.set_pool(ref=world.rosa.ref, meter=meter, size=LIMIT, actor=vera, at=AT)
            for ref in accounts:
                operations.set_override(ref=ref, kind="meter", key=meter, value=None, actor=vera, at=AT)

    cleo = ""
    if what in {"person", "naive_person"}:
        cleo = world.places["cleo"].ref
        with actor_scope(vera):
            operations.set_override(ref=carl.ref, kind="meter", key=meter, value=2 * LIMIT, actor=vera, at=AT)
            wanted = {cleo: operations.Wanted(0, LIMIT), world.places["carl"].ref: operations.Wanted(LIMIT)}
            operations.set_portions(ref=carl.ref, meter=meter, people=wanted, actor=vera, at=AT)

    with actor_scope(vera):
        start = queries.snapshot(after="", limit=1, at=AT).sequence

    def once(name: str, ref: str) -> bool:
        about = {"account_ref": ref, "meter": meter, "quantity": 1, "source": "app", "event_id": name}
        if what == "person":
            # Each second one names nobody: it draws from what is kept for nobody, which is the same 50.
            who = cleo if name.endswith(("0", "2", "4", "6", "8")) else ""
            return operations.consume(actor=vera, at=AT, collaborator=who, **about).allowed  # type: ignore[arg-type]  # as below
        if what == "naive_person":
            told = queries.standing_of_collaborator(ref, cleo, actor=vera, at=AT).meters[meter].standing
            if not told.allows(1):
                return False
            time.sleep(0.05)
            event = Usage(id=name, source="app", at=AT, account=ref, meter=meter, quantity=1, collaborator=cleo)
            record_usage(events=[event], actor=vera, at=AT)
            return True
        if what == "reserve":
            held = operations.reserve(lasts=timedelta(hours=1), actor=vera, at=AT, **about)  # type: ignore[arg-type]  # a table of facts
            if held.allowed:
                operations.commit(reservation=held.reservation, quantity=None, actor=vera, at=AT)
            return held.allowed
        if what != "naive":
            return operations.consume(actor=vera, at=AT, **about).allowed  # type: ignore[arg-type]  # as above
        standing = queries.standing_by_ref(ref, actor=vera, at=AT).meters[meter].standing
        if not standing.allows(1):
            return False
        time.sleep(0.05)
        record_usage(
            events=[Usage(id=name, source="app", at=AT, account=ref, meter=meter, quantity=1)], actor=vera, at=AT
        )
        return True

    def tries(number: int) -> str:
        told = Counter[str]()
        with actor_scope(vera):
            for turn in range(TRIES):
                try:
                    ref = accounts[(number + turn) % len(accounts)]
                    told["allowed" if once(f"{number}-{turn}", ref) else "refused"] += 1
                except Exception as fault:
                    told[f"{type(fault).__name__}: {fault}"] += 1
        return json.dumps(told)

    told = Counter[str]()
    for each in together(PROCESSES, tries):
        told.update(json.loads(each))
    with actor_scope(vera):
        found = [queries.standing_by_ref(ref, actor=vera, at=AT).meters[meter] for ref in accounts]
        standings = [each.standing for each in found]
        changes = operations.read_changes(sequence=start, limit=100, actor=vera, at=AT)
    return {
        "told": told,
        "used": sum(each.used for each in standings),
        "reserved": sum(each.reserved for each in standings),
        "states": sorted({each.state for each in standings}),
        "noted": sorted({each.was for each in found}),
        "changed": len(changes.changes),
    }


def top_ups(what: str) -> dict[str, Any]:
    """A reseller holds 10 units, and its people give them to two clients at the same moment, one each time.

    `naive` looks what is left and gives then: more is given than there is.
    """
    from sublet.entitlements import operations
    from sublet.entitlements.models import TopUp
    from sublet.entitlements.operations.top_ups import CannotGiveTopUp, _left_to_give
    from sublet.foundation.scope import actor_scope, platform_scope
    from tests.entitlements import load
    from tests.people import make_world

    world = make_world()
    load(world, at=AT - timedelta(days=1))
    vera, rosa = world.actor("vera"), world.actor("rosa")
    accounts, meter = [world.carl, world.elan], "appointments"
    with actor_scope(vera):
        operations.set_override(ref=world.rosa.ref, kind="meter", key=meter, value=10, actor=vera, at=AT)

    def tries(number: int) -> str:
        told = Counter[str]()
        with actor_scope(rosa):
            for turn in range(4):
                account = accounts[(number + turn) % 2]
                try:
                    if what == "naive":
                        if not _left_to_give(account.id, meter, rosa, AT):
                            raise CannotGiveTopUp("not-held")
                        time.sleep(0.05)
                        TopUp(account_id=account.id, giver_id=rosa.account_id, meter=meter, units=1, since=AT).save()
                    else:
                        operations.give_top_up(ref=account.ref, meter=meter, units=1, actor=rosa, at=AT)
                    told["given"] += 1
                except CannotGiveTopUp as refused:
                    told[refused.code] += 1
                except Exception as fault:
                    told[f"{type(fault).__name__}: {fault}"] += 1
        return json.dumps(told)

    told = Counter[str]()
    for each in together(8, tries):
        told.update(json.loads(each))
    with platform_scope("test"):
        return {"told": told, "given": sum(TopUp.unscoped.values_list("units", flat=True))}


def stream(writers: int, turns: int) -> dict[str, Any]:
    """Writers change accounts at the same time while a reader follows: it must see every last word."""
    from sublet.entitlements import operations, queries
    from sublet.foundation.scope import actor_scope
    from tests.entitlements import load
    from tests.people import make_world

    world = make_world()
    load(world, at=AT - timedelta(days=1))
    vera = world.actor("vera")
    refs = [world.carl.ref, world.elan.ref, world.bakery.ref, world.dora.ref]
    done = Path(tempfile.mkdtemp(dir=os.environ["SUBLET_VAR"]))

    def work(number: int) -> str:
        with actor_scope(vera):
            if number == writers:  # the reader
                seen: dict[str, int | None] = {}
                sequence = queries.snapshot(after="", limit=1, at=AT).sequence
                numbers = [sequence]
                ended = False
                while True:
                    # Asked before reading: what is not read after the last writer has ended was overlooked.
                    ended = len(list(done.iterdir())) == writers
                    found = operations.read_changes(sequence=sequence, limit=3, actor=vera, at=AT + timedelta(days=1))
                    for each in found.changes:
                        seen[each["account"]] = each["features"]["agendas"]["value"]
                    sequence = found.sequence
                    numbers.append(sequence)
                    if ended and not found.changes:
                        break
                return json.dumps({"seen": seen, "rising": numbers == sorted(numbers)})
            for turn in range(turns):
                operations.set_override(
                    ref=refs[(number + turn) % len(refs)], kind="feature", key="agendas", value=number * 1000 + turn,
                    actor=vera, at=AT + timedelta(seconds=turn),
                )  # fmt: skip
            (done / str(number)).touch()
            return "{}"

    told = [json.loads(each) for each in together(writers + 1, work)]
    reader = next(each for each in told if "seen" in each)
    with actor_scope(vera):
        last = {
            ref: queries.standing_by_ref(ref, actor=vera, at=AT + timedelta(days=1))
            .entitlements.features["agendas"]
            .value
            for ref in refs
        }
    return {"seen": reader["seen"], "rising": reader["rising"], "last": last}


def alerts(processes: int) -> dict[str, Any]:
    """C7: many jobs look at one account while its use goes over both thresholds: each is said once."""
    from sublet.entitlements import operations
    from sublet.entitlements.models import Alert
    from sublet.foundation.journal.models import JournalEntry
    from sublet.foundation.scope import actor_scope, platform_scope
    from sublet.messaging.models import OutboxMail
    from sublet.metering.operations import Usage, record_usage
    from tests.entitlements import load
    from tests.people import make_world

    world = make_world()
    load(world, at=AT - timedelta(days=1))
    vera, carl = world.actor("vera"), world.carl

    def work(number: int) -> str:
        told = Counter[str]()
        with actor_scope(vera):
            for turn in range(4):
                try:
                    event = Usage(
                        id=f"{number}-{turn}", source="app", at=AT, account=carl.ref, meter="appointments", quantity=2
                    )
                    record_usage(events=[event], actor=vera, at=AT)
                    told["said"] += operations.check_limits(account_id=carl.id, actor=vera, at=AT)
                except Exception as fault:
                    told[f"{type(fault).__name__}: {fault}"] += 1
        return json.dumps(told)

    told = Counter[str]()
    for each in together(processes, work):
        told.update(json.loads(each))
    with platform_scope("test"):
        return {
            "told": told,
            "alerts": sorted(Alert.objects.filter(account_id=carl.id).values_list("threshold", flat=True)),
            "entries": sorted(
                each.data["percent"] for each in JournalEntry.unscoped.filter(event="limit.threshold_crossed")
            ),
            "untold": Alert.objects.filter(told_at__isnull=True).count(),
            "mails": sorted(OutboxMail.objects.filter(template="limit").values_list("subject", flat=True)),
        }


def main() -> int:
    django.setup()
    if sys.argv[1] == "race":
        print(json.dumps(race(sys.argv[2])))
    elif sys.argv[1] == "top_ups":
        print(json.dumps(top_ups(sys.argv[2])))
    elif sys.argv[1] == "alerts":
        print(json.dumps(alerts(int(sys.argv[2]))))
    else:
        print(json.dumps(stream(int(sys.argv[2]), int(sys.argv[3]))))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
