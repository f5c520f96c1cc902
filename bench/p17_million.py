"""P17: what an account may do, and using it up, among 1 k, 100 k and 1 M accounts with ten usage events each.

All accounts stand in one database, made by it from one of them. Each line is a number of accounts: the milliseconds at the median
for `look` (an answer read anew), `page` (100 answers of the snapshot), `stream` (the last 100 changes), `consume` (one use under
a hard limit) and `record` (a body of 100 usage events of as many accounts); `growth` is each over the first line's (goal 1.5).
`BENCH_ACCOUNTS` names other numbers, rising, separated by commas.
"""

from __future__ import annotations

import os
import random
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from bench.installation import installed

SIZES = tuple(int(each) for each in os.environ.get("BENCH_ACCOUNTS", "1000,100000,1000000").split(","))
EVENTS, ROUNDS, METER = 10, 60, "appointments"


def main() -> Iterator[str]:
    """One line for each size."""
    with installed() as kind:
        from tests.entitlements import load
        from tests.factories import make_client
        from tests.people import AT, make_world

        world = make_world()
        load(world, at=AT - timedelta(days=9))
        template = make_client(world.rosa, "Template")
        first: dict[str, float] = {}
        made = 0
        for size in SIZES:
            started = time.perf_counter()
            _fill(kind, template.id, made, size)
            made = size
            seconds = time.perf_counter() - started
            found = _measured(world, size)
            first = first or found
            figures = " ".join(
                f"{name}_ms={value * 1e3:.2f} {name}_growth={value / first[name]:.2f}" for name, value in found.items()
            )
            yield f"P17.{kind}.{size} {figures} goal=1.5 events={size * EVENTS} filled_s={seconds:.0f}"


def _fill(kind: str, template: int, done: int, size: int) -> None:
    """Clients `done` to `size`, each with a plan, ten events, what they add up to, and a number in the stream."""
    from django.db import connection

    from sublet.accounts.models import Account
    from sublet.catalog.queries import offer
    from sublet.metering.models import FOREVER
    from sublet.metering.operations.rows import instant
    from tests.people import AT

    series = (
        f"generate_series({done + 1}, {size}) AS s(n)"
        if kind == "postgresql"
        else f"(WITH RECURSIVE up(n) AS (SELECT {done + 1} UNION ALL SELECT n + 1 FROM up WHERE n < {size}) SELECT n FROM up) s"
    )
    number = "lpad(s.n::text, 9, '0')" if kind == "postgresql" else "printf('%%09d', s.n)"
    own = {"ref": f"'acc_0' || {number}", "name": f"'Client ' || {number}", "sort_name": f"'client ' || {number}"}
    columns = [field.column for field in Account._meta.concrete_fields if field.column != "id"]
    picked = ", ".join(own.get(column, f't."{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    theirs = f"a.ref > 'acc_0{done:09d}' AND a.ref <= 'acc_0{size:09d}'"
    meter, at, forever = offer().meters[METER].id, instant(AT), instant(FOREVER)
    steps: list[tuple[str, list[Any]]] = [
        (f"INSERT INTO account ({names}) SELECT {picked} FROM account t, {series} WHERE t.id = %s", [template]),
        (
            "INSERT INTO entitlement_source (account_id, kind, key, version, opens, opens_version, count, starts_at)"
            f" SELECT a.id, 'plan', 'small', 1, '', 0, 1, %s FROM account a WHERE {theirs}",
            [at],
        ),
        (
            "INSERT INTO usage_total (account_id, meter, span, start, quantity, reserved, events, last_by)"
            f" SELECT a.id, %s, 0, %s, {EVENTS}, 0, {EVENTS}, '' FROM account a WHERE {theirs}",
            [meter, forever],
        ),
        (
            "INSERT INTO usage_event (account_id, source, event_id, meter, at, quantity, value, corrects, counts, received_at)"
            f" SELECT a.id, 'bench', 'e' || k.n, %s, %s, 1, '', '', true, %s FROM account a, ({_few(EVENTS)}) k WHERE {theirs}",
            [meter, at, at],
        ),
        (
            "INSERT INTO entitlement_change (account_id, sequence)"
            f" SELECT a.id, 1000000 + a.id FROM account a WHERE {theirs}",
            [],
        ),
        ("UPDATE entitlement_clock SET sequence = (SELECT max(sequence) FROM entitlement_change)", []),
    ]
    with connection.cursor() as cursor:
        for sql, values in steps:
            cursor.execute(sql, values)
        cursor.execute("ANALYZE")


def _few(number: int) -> str:
    return " UNION ALL ".join(f"SELECT {each} AS n" for each in range(number))


def _measured(world: Any, size: int) -> dict[str, float]:
    from sublet.entitlements import operations, queries
    from sublet.entitlements.queries import facts
    from sublet.entitlements.queries.told import head_now
    from sublet.foundation.scope import actor_scope
    from sublet.metering.operations import Usage, record_usage
    from tests.people import AT

    chance, vera = random.Random(size), world.actor("vera")
    names = iter(range(10**9))
    begun = time.monotonic_ns()

    def anybody() -> str:
        return f"acc_0{chance.randrange(1, size + 1):09d}"

    def look() -> None:
        facts._kept.clear()
        queries.told(queries.standing_by_ref(anybody(), actor=vera, at=AT))

    def page() -> None:
        facts._kept.clear()
        assert queries.snapshot(after=anybody(), limit=100, at=AT).items is not None

    def stream() -> None:
        facts._kept.clear()
        operations.read_changes(sequence=head_now() - 100, limit=100, actor=vera, at=AT)

    def consume() -> None:
        operations.consume(
            account_ref=anybody(), meter=METER, quantity=1, source="bench", event_id=f"c{begun}-{next(names)}", actor=vera, at=AT
        )  # fmt: skip

    def record() -> None:
        events = [Usage("bench", f"r{begun}-{next(names)}", AT, anybody(), METER) for _ in range(100)]
        record_usage(events=events, actor=vera, at=AT)

    found: dict[str, list[float]] = {}
    work: dict[str, Callable[[], None]] = {
        "look": look, "page": page, "stream": stream, "consume": consume, "record": record,
    }  # fmt: skip
    with actor_scope(vera):
        for each in work.values():
            each()
        for _ in range(ROUNDS):
            for name, each in work.items():
                started = time.perf_counter()
                each()
                found.setdefault(name, []).append(time.perf_counter() - started)
    return {name: statistics.median(spent) for name, spent in found.items()}
