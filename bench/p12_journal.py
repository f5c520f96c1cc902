"""P12: what an append-only, chained journal costs.

`record` is one entry in a transaction of its own with the triggers, the floor the same without them; both take turns.
`seal` seals 100,000 entries of 1,000 accounts in one run, `verify` walks along them again.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

from bench.installation import installed

ENTRIES, ACCOUNTS = 100_000, 1_000
ROUNDS, WRITES = 30, 100


def main() -> Iterator[str]:
    with installed() as kind:
        from django.db import connection, transaction

        from sublet.foundation.actor import JOB, platform_actor
        from sublet.foundation.clock import now
        from sublet.foundation.jobs.events import ScheduleSwitchedOn
        from sublet.foundation.journal import fences
        from sublet.foundation.journal.operations import record, record_many
        from sublet.foundation.journal.seals import seal_journal, verify_journal

        actor = platform_actor(name="Bench", account_id=1, account_ref="acc_bench", account_name="Bench", via=JOB)

        def writes() -> float:
            started = time.perf_counter()
            for _ in range(WRITES):
                with transaction.atomic():
                    record(ScheduleSwitchedOn(schedule="x"), account_id=1, actor=actor, at=now())
            return (time.perf_counter() - started) / WRITES

        fenced, floor = [], []
        for number in range(ROUNDS + 3):
            with fences.lifted(connection):
                bare = writes()
            laid = writes()
            if number >= 3:
                fenced.append(laid)
                floor.append(bare)
        ratio = statistics.median(one / other for one, other in zip(fenced, floor, strict=True))
        yield (
            f"P12.record.{kind} ratio_floor={ratio:.3f} record_ms={statistics.median(fenced) * 1e3:.3f}"
            f" floor_ms={statistics.median(floor) * 1e3:.3f}"
        )

        seal_journal(at=now())
        at = now()
        for first in range(0, ENTRIES, 10_000):
            events = [
                (2 + number % ACCOUNTS, ScheduleSwitchedOn(schedule="x")) for number in range(first, first + 10_000)
            ]
            with transaction.atomic():
                record_many(events, actor=actor, at=at)
        started = time.perf_counter()
        sealed = seal_journal(at=now())
        seconds = time.perf_counter() - started
        yield f"P12.seal.{kind} entries={sealed} seconds={seconds:.2f} per_second={sealed / seconds:.0f}"
        started = time.perf_counter()
        result = verify_journal()
        seconds = time.perf_counter() - started
        if result.breaks:
            raise RuntimeError(f"the chain broke: {result.breaks[0]}")
        yield f"P12.verify.{kind} links={result.links} seconds={seconds:.2f} per_second={result.links / seconds:.0f}"
