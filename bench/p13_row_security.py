"""P13: what the second wall costs on PostgreSQL: a statement, and the client list of a reseller with 20,000 clients.

`statement` reads one account by its key. The floor is the same without the wall: row security off, nothing told. Both take
turns. The bench connects as the tables' owner, whom FORCE binds as it binds everybody.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bench import clients
from bench.installation import database_kind

CLIENTS = 20_000
ROUNDS = 7
TIMES = {"statement": 200, "list": 10, "rare": 5, "common": 5, "glance": 5}


def main() -> Iterator[str]:
    if database_kind() != "postgresql":
        return
    clients.SIZES = (CLIENTS,)
    with clients.kept_installation() as kind:
        from django.db import connection

        from sublet.accounts.models import Account
        from sublet.accounts.queries import ListQuery, client_list, glance
        from sublet.foundation import walls
        from sublet.foundation.postgresql.base import DatabaseWrapper

        place = clients.place_of(CLIENTS)
        actor, at = place.actor, clients.AT
        tell = DatabaseWrapper.to_tell

        @contextmanager
        def without() -> Iterator[None]:
            tables = {policy.table for policy in walls.policies()}
            with connection.cursor() as cursor:
                for table in tables:
                    cursor.execute(f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY')
            DatabaseWrapper.to_tell = lambda _self: ""  # type: ignore[method-assign]  # put back below
            try:
                yield
            finally:
                DatabaseWrapper.to_tell = tell  # type: ignore[method-assign]  # as it was
                with connection.cursor() as cursor:
                    for table in tables:
                        cursor.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')

        jobs: dict[str, Callable[[], object]] = {
            "statement": lambda: list(Account.objects.filter(id=actor.account_id).values_list("name")),
            "list": lambda: client_list(actor, ListQuery(), at=at),
            "rare": lambda: client_list(actor, ListQuery(search=str(CLIENTS - 1)), at=at),
            "common": lambda: client_list(actor, ListQuery(search=clients.COMMON), at=at),
            "glance": lambda: glance(actor, at=at),
        }

        def once(job: str) -> float:
            began = time.perf_counter()
            for _ in range(TIMES[job]):
                jobs[job]()
            return (time.perf_counter() - began) / TIMES[job]

        walled: dict[str, list[float]] = {job: [] for job in jobs}
        bare: dict[str, list[float]] = {job: [] for job in jobs}
        with place.scope():
            for number in range(ROUNDS + 2):
                for seconds, wall in ((walled, True), (bare, False)):
                    if wall:
                        took = {job: once(job) for job in jobs}
                    else:
                        with without():
                            took = {job: once(job) for job in jobs}
                    for job in jobs if number >= 2 else ():
                        seconds[job].append(took[job])
        for job in jobs:
            ratio = statistics.median(one / other for one, other in zip(walled[job], bare[job], strict=True))
            yield (
                f"P13.{kind}.{job}.{CLIENTS} ratio_floor={ratio:.3f} ms={statistics.median(walled[job]) * 1e3:.3f}"
                f" floor_ms={statistics.median(bare[job]) * 1e3:.3f}"
            )
