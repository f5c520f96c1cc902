"""P2: usage events that are durable when they are acknowledged, exact, and many.

`single`: one event a request at the hot application (group commit), 64 connections, over a server that reads the body and says
the same each time (`floor`: the share that is left of it; goal 0.3, on PostgreSQL 0.2) and over the usual way through the
ORM (`peer`: times as many; goal 50; `peer_kept`: with connections that stay open). `batch`: 1,000 events in a body, in this
process, over a blind insertion of the same rows and one counter (`floor`, goal 1.5; with a million stored `full`, goal 1.5 of the
empty table) and over `bulk_create` with `bulk_update` (`peer`, goal 8). `consume`: 8 processes take from 100 accounts under a hard
limit, over one conditional UPDATE in a transaction (`floor`, goal 1.5); `past` is by how much the limit was passed. All in turns.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime, timedelta
from http.client import HTTPConnection
from typing import Any

from bench.installation import installed

HOT, FLOOR, PEER, KEPT = 8421, 8422, 8423, 8424
HOST = "vendor.localhost"
SECONDS, ROUNDS, CONNECTIONS = 2.0, 5, 64
BATCH, BATCHES = 1000, 12
STORED = 1_000_000
PROCESSES, ACCOUNTS, TAKES = 8, 100, 250
GOALS = {"sqlite": 0.3, "postgresql": 0.2}


def main() -> Iterator[str]:
    """One line for each figure."""
    with installed() as kind:
        world, key = furnish()
        # Else a look through all that Django has loaded falls into some of the turns; the hot application does the same.
        gc.collect()
        gc.freeze()
        yield from _single(kind, world, key)
        yield from _batch(kind, world)
        yield from _consume(kind, world)


def furnish() -> tuple[Any, str]:
    """The people of the tests, a hundred clients more, meters, and a key that reports."""
    from django.db import connections

    from tests.factories import make_client
    from tests.metering.meters import load_meters
    from tests.people import make_world
    from tests.portals.api.caller import make_caller

    world = make_world()
    load_meters(world)
    world.many = [make_client(world.rosa, f"Client {number}") for number in range(ACCOUNTS)]
    key = make_caller(world, "vera", rights={"usage": "manage"}).secret
    connections.close_all()
    return world, key


# One event a request ----------------------------------------------------------------------------------------------------


@contextmanager
def serving(interface: str, target: str, port: int, more: Mapping[str, str] | None = None) -> Iterator[None]:
    """Within: granian serves that, in one process."""
    # What the server can is measured, not what one account may.
    unbounded = {"SUBLET_TENANT_RATE": "100000000", "SUBLET_TENANT_BURST": "100000000"}
    settings = {"SUBLET_SCHEME": "http", **unbounded, **(more or {})}
    command = [
        sys.executable, "-m", "granian", "--interface", interface, "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
        *(("--blocking-threads", "4") if interface == "wsgi" else ()), "--workers-kill-timeout", "10", "--no-ws", "--log-level",
        "warning", target,
    ]  # fmt: skip
    server = subprocess.Popen(command, env={**os.environ, **settings}, start_new_session=True)
    try:
        give_up = time.monotonic() + 60
        while True:
            with suppress(OSError):
                HTTPConnection("127.0.0.1", port, timeout=5).connect()
                break
            assert time.monotonic() < give_up, "the server does not answer"
            time.sleep(0.1)
        yield
    finally:
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)
        server.wait(20)


def _single(kind: str, world: Any, key: str) -> Iterator[str]:
    from sublet.foundation.clock import now

    head = (
        f"POST /api/v1/usage-events HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {key}\r\n"
        "Content-Type: application/json\r\nAccept-Language: en\r\n"
    )
    event = {
        "id": "%d",
        "source": "bench",
        "time": now().isoformat(),
        "account": world.carl.ref,
        "meter": "sent",
        "quantity": 2,
    }
    plan = {"head": head, "body": json.dumps({"events": [event]})}
    numbers = iter(range(0, 10**12, 10**7))

    def rate(port: int, connections: int) -> float:
        done = subprocess.run(
            [sys.executable, "-m", "bench.load", str(port), str(SECONDS), str(connections)],
            input=json.dumps({**plan, "first": next(numbers)}), capture_output=True, text=True, check=True,
        )  # fmt: skip
        good, bad, seconds = (float(word) for word in done.stdout.split())
        assert not bad, f"port {port}: {bad:.0f} of {good + bad:.0f} were refused"
        return good / seconds

    taken: dict[str, list[float]] = {"hot": [], "floor": [], "peer": [], "kept": []}
    with ExitStack() as servers:
        servers.enter_context(serving("rsgi", "sublet.config.hot:application", HOT))
        servers.enter_context(serving("rsgi", "bench.constant:application", FLOOR))
        servers.enter_context(serving("wsgi", "bench.usage_peer:application", PEER))
        servers.enter_context(serving("wsgi", "bench.usage_peer:application", KEPT, {"PEER_KEPT": "1"}))
        rate(HOT, 1)
        for _ in range(ROUNDS):
            taken["floor"].append(rate(FLOOR, CONNECTIONS))
            taken["hot"].append(rate(HOT, CONNECTIONS))
            taken["peer"].append(rate(PEER, 8))
            taken["kept"].append(rate(KEPT, 8))
    each = {name: statistics.median(found) for name, found in taken.items()}
    floor = statistics.median(a / b for a, b in zip(taken["hot"], taken["floor"], strict=True))
    peer, kept = (
        statistics.median(a / b for a, b in zip(taken["hot"], taken[name], strict=True)) for name in ("peer", "kept")
    )
    rates = " ".join(f"{name}_per_s={value:.0f}" for name, value in each.items())
    yield f"P2.{kind}.single floor={floor:.2f} goal={GOALS[kind]} peer={peer:.0f} peer_goal=50 peer_kept={kept:.0f} {rates}"


# A thousand at once ------------------------------------------------------------------------------------------------------


def _batch(kind: str, world: Any) -> Iterator[str]:
    """Each way has its own ids; those that grow, as the SDK sends them."""
    from django.db import connection

    empty = _batches(world)
    against = f"peer={empty['peer']:.1f} peer_goal=8 peer_of_floor={empty['peer_of_floor']:.1f}"
    yield f"P2.{kind}.batch floor={empty['floor']:.2f} goal=1.5 {against} per_s={empty['per_s']:.0f}"
    _store(world, connection)
    full = _batches(world)
    grown = empty["per_s"] / full["per_s"]
    yield f"P2.{kind}.batch_full stored={STORED} floor={full['floor']:.2f} grown={grown:.2f} goal=1.5 per_s={full['per_s']:.0f}"


def _batches(world: Any) -> dict[str, float]:
    from sublet.foundation.clock import now
    from sublet.foundation.scope import platform_scope

    taken: dict[str, list[float]] = {"ours": [], "floor": [], "peer": []}
    ways: dict[str, Callable[[Any, datetime], None]] = {"ours": _ours, "floor": _blind, "peer": _usual}
    with platform_scope("a benchmark"):
        for turn in range(BATCHES):
            for name, way in ways.items():
                if name == "peer" and turn % 4:
                    continue
                at = now()
                begun = time.perf_counter()
                way(world, at)
                taken[name].append(time.perf_counter() - begun)
    pairs = zip(taken["ours"][1:], taken["floor"][1:], strict=True)
    ours = statistics.median(taken["ours"][1:])
    return {
        "floor": statistics.median(a / b for a, b in pairs),
        "peer": statistics.median(taken["peer"]) / ours,
        # What no taking in could pass, however little it did beside putting rows in.
        "peer_of_floor": statistics.median(taken["peer"]) / statistics.median(taken["floor"][1:]),
        "per_s": BATCH / ours,
    }


def _names(at: datetime) -> list[str]:
    from sublet.foundation.refs import uuid7

    return [str(uuid7(at)) for _ in range(BATCH)]


def _ours(world: Any, at: datetime) -> None:
    from sublet.metering.operations import Usage, record_usage
    from tests.metering.meters import product

    refs = [account.ref for account in world.many]
    events = [
        Usage("bench", name, at - timedelta(seconds=number), refs[number % ACCOUNTS], "sent", 2)
        for number, name in enumerate(_names(at))
    ]
    assert record_usage(events=events, actor=product(world), at=at).accepted == BATCH


def _rows(world: Any, at: datetime, meter: int) -> list[tuple[Any, ...]]:
    from sublet.metering.operations.rows import instant

    said = instant(at)
    return [
        (
            world.many[number % ACCOUNTS].id,
            "blind",
            name,
            meter,
            instant(at - timedelta(seconds=number)),
            2,
            "",
            "",
            said,
            True,
        )
        for number, name in enumerate(_names(at))
    ]


def _blind(world: Any, at: datetime) -> None:
    """The same rows without looking whether they are there, and one counter; as durable."""
    from django.db import connection, transaction

    from sublet.catalog.queries import offer
    from sublet.foundation.durable import durable
    from sublet.metering.operations.rows import _EVENT_TYPES, Row, instant, many

    meter = offer().meters["texts"].id
    with durable(), transaction.atomic():
        # A person, which is named by some, comes after what each event has.
        many("usage_event", (*Row._fields[:9], "counts"), _EVENT_TYPES[:10], _rows(world, at, meter), "")
        with connection.cursor() as cursor:  # past the scope: a benchmark
            cursor.execute(
                "INSERT INTO usage_total (account_id, meter, span, start, quantity, reserved, events, last_by)"
                " VALUES (%s, %s, 0, %s, %s, 0, 0, '') ON CONFLICT (account_id, meter, span, start)"
                " DO UPDATE SET quantity = usage_total.quantity + excluded.quantity",
                [
                    world.carl.id,
                    meter,
                    instant(at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)),
                    2 * BATCH,
                ],
            )


def _usual(world: Any, at: datetime) -> None:
    """Which are there already, `bulk_create` for the others, totals by `bulk_update`; as durable."""
    from django.db import transaction

    from sublet.catalog.queries import offer
    from sublet.foundation.durable import durable
    from sublet.metering.models import UsageEvent, UsageTotal

    meter = offer().meters["seats"].id
    start = at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    with durable(), transaction.atomic():
        rows = [
            UsageEvent(account=world.many[number % ACCOUNTS], source="usual", event_id=name, meter=meter, at=at, quantity=2, received_at=at)
            for number, name in enumerate(_names(at))
        ]  # fmt: skip
        there = set(
            UsageEvent.objects.filter(source="usual", event_id__in=[row.event_id for row in rows]).values_list("event_id", flat=True)
        )  # fmt: skip
        UsageEvent.objects.bulk_create([row for row in rows if row.event_id not in there])
        for account in world.many:
            UsageTotal.objects.get_or_create(account=account, meter=meter, span=0, start=start)
        totals = {each.account_id: each for each in UsageTotal.objects.filter(meter=meter, span=0, start=start)}
        for row in rows:
            totals[row.account_id].quantity += row.quantity or 0
        UsageTotal.objects.bulk_update(totals.values(), ["quantity"])


def _store(world: Any, connection: Any) -> None:
    """A million events that came before."""
    from sublet.catalog.queries import offer
    from sublet.foundation.bulk import insert_rows
    from sublet.foundation.clock import now
    from sublet.foundation.refs import first_id_of
    from sublet.foundation.scope import platform_scope
    from sublet.metering.models import UsageEvent

    at, meter = now() - timedelta(days=20), offer().meters["texts"].id
    first = first_id_of(at).int
    columns = [
        "account_id",
        "source",
        "event_id",
        "meter",
        "at",
        "quantity",
        "value",
        "corrects",
        "counts",
        "received_at",
    ]
    from django.db import transaction

    with platform_scope("a benchmark"):
        for begin in range(0, STORED, 100_000):
            rows = (
                (
                    world.many[n % ACCOUNTS].id,
                    "bench",
                    str(uuid.UUID(int=first + (n << 64))),
                    meter,
                    at,
                    2,
                    "",
                    "",
                    True,
                    at,
                )
                for n in range(begin, begin + 100_000)
            )
            with transaction.atomic():
                insert_rows(UsageEvent, columns, rows)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:  # past the scope: a benchmark
            cursor.execute("ANALYZE usage_event")


# Under a hard limit -------------------------------------------------------------------------------------------------------


def _consume(kind: str, world: Any) -> Iterator[str]:
    from sublet.catalog.queries import offer
    from sublet.foundation.clock import now
    from sublet.foundation.scope import platform_scope
    from sublet.metering import operations
    from sublet.metering.queries import line_of
    from tests.metering.meters import product

    at, actor, ids = now(), product(world), [account.id for account in world.many]
    limit = PROCESSES * TAKES // ACCOUNTS * 3 // 4
    with platform_scope("a benchmark"):
        lines = {each: line_of(each) for each in ids}
        offer()

    def take(turn: int, process: int) -> Callable[[int], None]:
        def work(number: int) -> None:
            account = ids[(number * 7 + process) % ACCOUNTS]
            operations.take(
                account_id=account, meter="texts", quantity=1, ceiling=limit, source=f"take {turn}", at=at, actor=actor,
                event_id=f"{process}-{number}", line=lines[account],
            )  # fmt: skip

        return work

    def bare(turn: int, process: int) -> Callable[[int], None]:
        from django.db import connection, transaction

        from sublet.foundation.durable import durable

        def work(number: int) -> None:
            account = ids[(number * 7 + process) % ACCOUNTS]
            with durable(), transaction.atomic(), connection.cursor() as cursor:  # past the scope: a benchmark
                cursor.execute(
                    "UPDATE bench_counter SET quantity = quantity + 1 WHERE account_id = %s AND quantity < %s", [account, limit]
                )  # fmt: skip

        return work

    _make_counter(ids)
    taken: dict[str, list[float]] = {"ours": [], "floor": []}
    for turn in range(3):
        for name, way in (("ours", take), ("floor", bare)):
            _empty_counters(ids)
            taken[name].append(_race(turn, way))
            if name == "ours":
                with platform_scope("a benchmark"):
                    used = [_used(each, lines[each], at) for each in ids]
                assert min(used) == limit, used
                past = max(used) - limit
    floor = statistics.median(a / b for a, b in zip(taken["ours"], taken["floor"], strict=True))
    per_s = PROCESSES * TAKES / statistics.median(taken["ours"])
    yield f"P2.{kind}.consume floor={floor:.2f} goal=1.5 past={past} per_s={per_s:.0f}"


def _used(account: int, line: Any, at: datetime) -> int:
    from sublet.metering.queries import usage_of

    return usage_of(account, at, line=line)["texts"].quantity


def _make_counter(ids: Sequence[int]) -> None:
    from django.db import connection

    with connection.cursor() as cursor:  # past the scope: a benchmark
        cursor.execute("DROP TABLE IF EXISTS bench_counter")
        cursor.execute("CREATE TABLE bench_counter (account_id bigint PRIMARY KEY, quantity bigint NOT NULL)")
        cursor.executemany("INSERT INTO bench_counter VALUES (%s, 0)", [(each,) for each in ids])


def _empty_counters(ids: Sequence[int]) -> None:
    from django.db import connection

    from sublet.foundation.scope import platform_scope
    from sublet.metering.models import UsageTotal

    with platform_scope("a benchmark"):
        UsageTotal.objects.filter(account_id__in=ids).update(quantity=0)
        with connection.cursor() as cursor:  # past the scope: a benchmark
            cursor.execute("UPDATE bench_counter SET quantity = 0")


def _race(turn: int, way: Callable[[int, int], Callable[[int], None]]) -> float:
    from sublet.foundation.scope import platform_scope
    from tests.installation import together

    def child(process: int) -> str:
        work = way(turn, process)
        begun = time.monotonic()
        with platform_scope("a benchmark"):
            for number in range(TAKES):
                work(number)
        return f"{begun} {time.monotonic()}"

    told = [tuple(map(float, each.split())) for each in together(PROCESSES, child)]
    return max(end for _, end in told) - min(begun for begun, _ in told)
