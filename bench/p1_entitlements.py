"""P1 over HTTP: what an account may do, with counters exact to the last acknowledged event, from the hot application.

64 connections ask for one account after another: over a server that says the same each time (`floor`: the share that is left
of it; goal 0.5, on PostgreSQL 0.3) and over a bare Django view with one statement of the same database (`peer`: times as many;
goal 8; `peer_kept`: the same with connections that stay open, which Django does not do by itself). In turns.
The check inside the product is the SDK's: it asks nobody.
"""

from __future__ import annotations

import gc
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack

from bench.installation import installed
from bench.p2_usage import CONNECTIONS, FLOOR, HOST, HOT, PEER, ROUNDS, SECONDS, furnish, serving

KEPT = PEER + 1
GOALS = {"sqlite": 0.5, "postgresql": 0.3}


def main() -> Iterator[str]:
    """One line for each figure."""
    with installed() as kind:
        world, _key = furnish()
        from tests.portals.api.caller import make_caller

        key = make_caller(world, "vera", rights={"usage": "view"}, name="reads").secret
        gc.collect()
        ref = world.carl.ref
        head = (
            f"GET /api/v1/entitlements/{ref} HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {key}\r\n"
            "Accept-Language: en\r\n"
        )

        def rate(port: int, connections: int, path: str = "") -> float:
            lines = head.replace(f"/api/v1/entitlements/{ref}", path) if path else head
            done = subprocess.run(
                [sys.executable, "-m", "bench.load", str(port), str(SECONDS), str(connections)],
                input=json.dumps({"head": lines, "body": "", "first": 0}), capture_output=True, text=True, check=True,
            )  # fmt: skip
            good, bad, seconds = (float(word) for word in done.stdout.split())
            assert not bad, f"port {port}: {bad:.0f} of {good + bad:.0f} were refused"
            return good / seconds

        taken: dict[str, list[float]] = {"hot": [], "floor": [], "peer": [], "kept": []}
        bare = _peer(kind)
        with ExitStack() as servers:
            servers.enter_context(serving("rsgi", "sublet.config.hot:application", HOT))
            servers.enter_context(serving("rsgi", "bench.constant:application", FLOOR))
            servers.enter_context(serving("wsgi", "bench.bare:application", PEER, bare))
            servers.enter_context(serving("wsgi", "bench.bare:application", KEPT, bare | {"BARE_KEPT": "yes"}))
            rate(HOT, 1)
            for _ in range(ROUNDS):
                taken["floor"].append(rate(FLOOR, CONNECTIONS))
                taken["hot"].append(rate(HOT, CONNECTIONS))
                taken["peer"].append(rate(PEER, 8, "/"))
                taken["kept"].append(rate(KEPT, 8, "/"))
        each = {name: statistics.median(found) for name, found in taken.items()}
        floor = statistics.median(a / b for a, b in zip(taken["hot"], taken["floor"], strict=True))
        peer = statistics.median(a / b for a, b in zip(taken["hot"], taken["peer"], strict=True))
        kept = statistics.median(a / b for a, b in zip(taken["hot"], taken["kept"], strict=True))
        rates = " ".join(f"{name}_per_s={value:.0f}" for name, value in each.items())
        yield f"P1.{kind}.http floor={floor:.3f} goal={GOALS[kind]} peer={peer:.2f} peer_goal=8 peer_kept={kept:.2f} {rates}"


def _peer(kind: str) -> dict[str, str]:
    """What the bare view asks: a row by its key, of the database that ours asks."""
    if kind == "sqlite":
        return {"BARE_DATABASE": os.environ["SUBLET_DATABASE_URL"].removeprefix("sqlite:///")}
    from django.db import connection

    # A table of its own: the wall shows nothing of the accounts to somebody who tells no scope.
    with connection.cursor() as cursor:  # past the scope: a benchmark
        cursor.execute("CREATE TABLE IF NOT EXISTS bench_bare (id bigint PRIMARY KEY, name text)")
        cursor.execute("INSERT INTO bench_bare VALUES (1, 'Vendor') ON CONFLICT DO NOTHING")
    return {
        "BARE_DATABASE": os.environ["SUBLET_DATABASE_URL"],
        "BARE_QUESTION": "SELECT name FROM bench_bare WHERE id = 1",
    }
