"""P6: what finding the brand of a host adds to a page, with 10, 10 k and 1 M hosts.

The floor is the same page in the same process with a brand that is fixed; both take turns, so that whatever else the
machine does meets both alike. `ratio_floor` is by the wall clock, `ratio_cpu` by this process's own time. Goal: at most
3 % more. `warm` asks 1,000 hosts in turn, as the busy ones of an installation; `mixed` draws hosts so that a few are
asked often and most almost never, as they come: some of them the process has not met yet; `ratio_calls` counts calls of
functions there. `first` asks for each host once, so that each page is of a host that the process does not know yet (its brand it
does: there are ten resellers), which is what the first visitor in a while meets. `cold` is the look-up alone of such a one, with
nothing known at all; `lookup_us` is the look-up alone.

`ask` is the proxy's question before it makes a certificate (D5): 10,000 names that nobody has proved get no yes, write nothing
and are answered within 50 ms at p99; so are 1,000 that are there and not known to the process.
"""

from __future__ import annotations

import cProfile
import gc
import pstats
import random
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from bench.installation import installed

SIZES = (10, 10_000, 1_000_000)
HOSTS_OF_AN_ACCOUNT = 20
BUSY = 1_000
SEEN_BEFORE = 30_000
ROUNDS, REQUESTS = 60, 12
PROFILED = 150
GOAL = 1.03
STRANGERS, GOAL_MS = 10_000, 50


def fill(upto: int, have: int) -> None:
    """Add proved hosts up to that number, twenty for each client of ten resellers; the rows are written in batches."""
    from django.db import transaction

    from sublet.accounts.models import Account
    from sublet.branding.models import Brand, Domain
    from sublet.foundation.clock import now
    from sublet.foundation.scope import platform_scope

    at = now()
    with platform_scope("a benchmark fills its own database"):
        vendor, made = Account.objects.get_or_create(
            kind="vendor", defaults={"name": "Vendor", "sort_name": "vendor", "state_since": at, "created_at": at}
        )
        if made:
            resellers = [
                Account(kind="reseller", parent=vendor, name=f"Reseller {n}", sort_name=f"reseller {n}", state_since=at, created_at=at)
                for n in range(10)
            ]  # fmt: skip
            for reseller in resellers:
                reseller.save()
                Brand(account=reseller, name=reseller.name, color="#c2410c", support_email="help@example.com").save()
        else:
            resellers = list(Account.objects.filter(kind="reseller"))
        for start in range(have, upto, 20_000):
            numbers = range(start, min(upto, start + 20_000))
            with transaction.atomic():
                clients = [
                    Account(
                        kind="client", parent=resellers[n % 10], name=f"Client {n}", sort_name=f"client {n}", state_since=at,
                        created_at=at,
                    )
                    for n in numbers
                    if n % HOSTS_OF_AN_ACCOUNT == 0 or n == start
                ]  # fmt: skip
                Account.objects.bulk_create(clients, batch_size=2_000)
                Domain.objects.bulk_create(
                    (
                        Domain(
                            account=clients[(n - start) // HOSTS_OF_AN_ACCOUNT % len(clients)], host=host(n), state="proved",
                            created_at=at, proved_at=at,
                        )
                        for n in numbers
                    ),
                    batch_size=5_000,
                )  # fmt: skip


def host(number: int) -> str:
    """The name of a host."""
    return f"host-{number}.example.com"


def one_after_the_other(count: int) -> Callable[[], str]:
    """The first hosts in turn."""
    position = 0

    def next_host() -> str:
        nonlocal position
        position += 1
        return host(position % count)

    return next_host


def as_in_life(count: int, *, seed: int = 6) -> Callable[[], str]:
    """Hosts by chance, the k-th as often as 1/k. Another `seed` meets hosts, too, that nobody has asked for yet."""
    luck = random.Random(seed)

    def next_host() -> str:
        return host(min(count - 1, int(count ** luck.random()) - 1))

    return next_host


def each_once(count: int, *, start: int) -> Callable[[], str]:
    """Hosts of accounts all over the place, none of them twice before `count` of them have been asked for."""
    position = start

    def next_host() -> str:
        nonlocal position
        position += 1
        return host(position * 7_919 % count)

    return next_host


@dataclass(frozen=True, slots=True)
class Pages:
    """Median seconds of a page with its brand found and with a fixed one; medians of the ratios of each pair of turns."""

    page: float
    floor: float
    ratio: float
    ratio_cpu: float

    def __str__(self) -> str:
        return (
            f"ratio_floor={self.ratio:.4f} ratio_cpu={self.ratio_cpu:.4f}"
            f" page_ms={self.page * 1e3:.3f} floor_ms={self.floor * 1e3:.3f}"
        )


def page_times(next_host: Callable[[], str]) -> Pages:
    """Ask for the page in turns."""
    from django.core.handlers.wsgi import WSGIRequest
    from django.core.wsgi import get_wsgi_application
    from django.test import RequestFactory

    from sublet.branding.queries import host_view
    from sublet.portals.shared import hosts

    application: Any = get_wsgi_application()
    factory = RequestFactory()
    fixed = host_view(host(0))

    def ask() -> None:
        request: WSGIRequest = factory.get("/login/", headers={"host": next_host()})
        response = application.get_response(request)
        if response.status_code != 200:
            raise RuntimeError(f"the page answered {response.status_code}")
        response.close()

    def batch(find: Callable[[str], Any]) -> tuple[float, float]:
        vars(hosts)["host_view"] = find  # what the middleware asks
        gc.collect()
        gc.disable()
        started, busy = time.perf_counter(), time.process_time()
        for _ in range(REQUESTS):
            ask()
        gc.enable()
        return (time.perf_counter() - started) / REQUESTS, (time.process_time() - busy) / REQUESTS

    found, floor = [], []
    try:
        for number in range(ROUNDS + 5):
            # Who begins takes turns, too: the second of two finds warmer caches of the processor.
            if number % 2:
                mine, theirs = batch(host_view), batch(lambda _host: fixed)
            else:
                theirs, mine = batch(lambda _host: fixed), batch(host_view)
            if number >= 5:
                found.append(mine)
                floor.append(theirs)
    finally:
        vars(hosts)["host_view"] = host_view
    pairs = list(zip(found, floor, strict=True))
    return Pages(
        page=statistics.median(wall for wall, _cpu in found),
        floor=statistics.median(wall for wall, _cpu in floor),
        ratio=statistics.median(mine[0] / theirs[0] for mine, theirs in pairs),
        ratio_cpu=statistics.median(mine[1] / theirs[1] for mine, theirs in pairs),
    )


def work_ratio(next_host: Callable[[], str]) -> float:
    """How many calls of functions a page takes with its brand found, against a host that is always the same: what other work on
    the machine cannot change."""
    from django.core.wsgi import get_wsgi_application
    from django.test import RequestFactory

    application: Any = get_wsgi_application()
    factory = RequestFactory()

    def calls(names: Iterable[str]) -> int:
        profile = cProfile.Profile()
        profile.enable()
        for name in names:
            application.get_response(factory.get("/login/", headers={"host": name})).close()
        profile.disable()
        return int(pstats.Stats(profile).total_calls)  # type: ignore[attr-defined]  # the stubs do not tell of it

    calls([host(0)] * 5)
    same = calls([host(0)] * PROFILED)
    return calls(next_host() for _ in range(PROFILED)) / same


def lookup_seconds(next_host: Callable[[], str], times: int, before: Callable[[], object] = lambda: None) -> float:
    """Median seconds of one look-up."""
    from sublet.branding.queries import host_view

    taken = []
    for _ in range(times):
        name = next_host()
        before()
        started = time.perf_counter()
        view = host_view(name)
        taken.append(time.perf_counter() - started)
        if view is None:
            raise RuntimeError(f"{name} is not there")
    return statistics.median(taken)


@dataclass(frozen=True, slots=True)
class Asked:
    """How many were told yes, how many statements wrote, and how long an answer took."""

    yes: int
    writes: int
    p50: float
    p99: float

    def __str__(self) -> str:
        return f"yes={self.yes} writes={self.writes} p50_ms={self.p50 * 1e3:.3f} p99_ms={self.p99 * 1e3:.3f}"


def ask_all(names: Iterable[str]) -> Asked:
    """Ask for a certificate for each of them, as a proxy on this machine does."""
    from django.core.wsgi import get_wsgi_application
    from django.db import connection
    from django.test import RequestFactory

    application: Any = get_wsgi_application()
    factory = RequestFactory()
    yes, writes, taken = 0, 0, []

    def count(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        nonlocal writes
        writes += not sql.lstrip().upper().startswith(("SELECT", "BEGIN", "SAVEPOINT", "RELEASE", "COMMIT", "SET"))
        return execute(sql, *rest)

    with connection.execute_wrapper(count):
        for name in names:
            request = factory.get("/tls/ask", {"domain": name}, headers={"host": "127.0.0.1"})
            started = time.perf_counter()
            response = application.get_response(request)
            taken.append(time.perf_counter() - started)
            yes += response.status_code == 200
            response.close()
    taken.sort()
    return Asked(yes, writes, taken[len(taken) // 2], taken[len(taken) * 99 // 100])


def main() -> Iterator[str]:
    """The figures."""
    with installed() as kind:
        from sublet.branding.queries import forget_hosts

        have = 0
        for size in SIZES:
            fill(size, have)
            have = size
            forget_hosts()
            busy = min(size, BUSY)
            for _ in range(2):
                lookup_seconds(one_after_the_other(busy), busy)
            warm = lookup_seconds(one_after_the_other(busy), 5 * busy)
            pages = page_times(one_after_the_other(busy))
            yield (
                f"P6.{kind}.{size}.warm {pages} goal={GOAL} lookup_us={warm * 1e6:.2f}"
                f" lookup_share={warm / pages.floor:.6f}"
            )
            forget_hosts()
            lookup_seconds(as_in_life(size), min(3 * size, SEEN_BEFORE))
            calls = work_ratio(as_in_life(size, seed=8))
            yield f"P6.{kind}.{size}.mixed {page_times(as_in_life(size, seed=7))} ratio_calls={calls:.4f}"
            if size > ROUNDS * REQUESTS * 2:
                forget_hosts()
                pages = page_times(each_once(size, start=0))
                calls = work_ratio(each_once(size, start=size // 2))
                yield f"P6.{kind}.{size}.first {pages} ratio_calls={calls:.4f} goal={GOAL}"
            cold = lookup_seconds(one_after_the_other(size), 300, forget_hosts)
            yield f"P6.{kind}.{size}.cold lookup_us={cold * 1e6:.1f} page_share={cold / pages.floor:.4f}"
            luck = random.Random(5)
            forget_hosts()
            strangers = ask_all(f"{luck.getrandbits(64):x}.example.com" for _ in range(STRANGERS))
            yield f"P6.{kind}.{size}.ask_strangers {strangers} goal_ms={GOAL_MS}"
            forget_hosts()
            there = ask_all(host(luck.randrange(size)) for _ in range(BUSY))
            yield f"P6.{kind}.{size}.ask_proved {there} goal_ms={GOAL_MS}"
