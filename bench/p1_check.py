"""P1: an entitlement check inside the product's process, from the client's local cache.

`check` is `sublet_client`'s, the floor one look-up in a dictionary of the same size, the peers the local evaluation of Unleash'
and Flagsmith's own clients, offline, with as many switches that depend on the account's plan. All take turns with the same
random accounts and features; time of the processor, as other work beside it would count otherwise.
"""

from __future__ import annotations

import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sublet_client import Sublet

ACCOUNTS, FEATURES = (100, 10_000), 30
ROUNDS, CHECKS, OF_PEERS = 30, 20_000, 500


def told(number: int) -> dict[str, Any]:
    """What the API tells of an account."""
    features = {
        f"feature_{each}": {"kind": "switch", "value": (number + each) % 3 > 0, "from": "plan", "why": []}
        for each in range(FEATURES)
    }
    return {
        "account": f"acc_{number}", "sequence": 1, "at": "2026-03-02T09:30:00Z", "until": None, "plan": None, "trial": None,
        "advertising": False, "features": features, "meters": {}, "services": {},
    }  # fmt: skip


def unleash(accounts: int) -> Callable[[str, str], object]:
    """The engine inside Unleash' client, without the client around it: each switch is on for two of three plans."""
    from yggdrasil_engine.engine import UnleashEngine

    def on(each: int) -> dict[str, Any]:
        plans = [f"plan_{plan}" for plan in range(3) if (each + plan) % 3]
        return {"contextName": "plan", "operator": "IN", "values": plans}

    engine = UnleashEngine()
    switches = [
        {
            "name": f"feature_{each}", "type": "release", "enabled": True,
            "strategies": [{"name": "default", "parameters": {}, "constraints": [on(each)]}],
        }
        for each in range(FEATURES)
    ]  # fmt: skip
    engine.take_state(json.dumps({"version": 2, "features": switches}))
    contexts = {
        f"acc_{each}": {"userId": f"acc_{each}", "properties": {"plan": f"plan_{each % 3}"}} for each in range(accounts)
    }
    return lambda account, feature: engine.check_enabled(feature, contexts[account]).is_enabled


def flagsmith(accounts: int, folder: Path) -> Callable[[str, str], object]:
    """Flagsmith's client with its local evaluation: a segment for each plan, with the switches that it has."""
    from flagsmith import Flagsmith
    from flagsmith.offline_handlers import LocalFileHandler

    def states(on: Callable[[int], bool], first: int) -> list[dict[str, Any]]:
        return [
            {
                "id": first + each, "django_id": first + each, "enabled": on(each), "feature_state_value": None,
                "featurestate_uuid": f"00000000-0000-0000-0000-{first + each:012}", "feature_segment": {"priority": 1},
                "multivariate_feature_state_values": [],
                "feature": {"id": each, "name": f"feature_{each}", "type": "STANDARD"},
            }
            for each in range(FEATURES)
        ]  # fmt: skip

    def segment(plan: int) -> dict[str, Any]:
        condition = {"operator": "EQUAL", "property_": "plan", "value": f"plan_{plan}"}
        rule = {"type": "ALL", "conditions": [], "rules": [{"type": "ANY", "rules": [], "conditions": [condition]}]}
        on = states(lambda each: (each + plan) % 3 > 0, 1000 * (plan + 1))
        return {"id": plan + 1, "name": f"plan_{plan}", "rules": [rule], "feature_states": on}

    organisation = {
        "id": 1,
        "name": "o",
        "feature_analytics": False,
        "stop_serving_flags": False,
        "persist_trait_data": True,
    }
    segments = [segment(plan) for plan in range(3)]
    project = {"id": 1, "name": "p", "hide_disabled_flags": False, "segments": segments, "organisation": organisation}
    document = {
        "id": 1, "name": "e", "api_key": "e", "updated_at": "2026-03-02T09:30:00Z", "project": project,
        "feature_states": states(lambda each: False, 0), "identity_overrides": [],
    }  # fmt: skip
    (folder / "flagsmith.json").write_text(json.dumps(document))
    client = Flagsmith(offline_mode=True, offline_handler=LocalFileHandler(str(folder / "flagsmith.json")))
    traits = {f"acc_{each}": {"plan": f"plan_{each % 3}"} for each in range(accounts)}
    return lambda account, feature: client.get_identity_flags(account, traits[account]).is_feature_enabled(feature)


def seconds_each(work: Callable[[str, str], object], asked: list[tuple[str, str]]) -> float:
    """For one check with the call that it takes; only the loop around it is taken off."""
    started = time.process_time()
    for account, feature in asked:
        work(account, feature)
    return (time.process_time() - started - bare_loop(asked)) / len(asked)


def looked_up(table: dict[str, object], asked: list[tuple[str, str]]) -> float:
    """For one look-up by a finished key, likewise: no call, and nothing to be put together."""
    keys = [(f"{account} {feature}", feature) for account, feature in asked]
    started = time.process_time()
    for key, _feature in keys:
        table[key]
    return (time.process_time() - started - bare_loop(keys)) / len(asked)


def bare_loop(asked: list[tuple[str, str]]) -> float:
    """What the loop alone takes."""
    started = time.process_time()
    for _account, _feature in asked:
        pass
    return time.process_time() - started


def main() -> Iterator[str]:
    for accounts in ACCOUNTS:
        with tempfile.TemporaryDirectory() as folder:
            yield measured(accounts, Path(folder))


def measured(accounts: int, folder: Path) -> str:
    """The line of a product that knows so many accounts."""
    sublet = Sublet("http://127.0.0.1:9", "sk_bench", spool_path=folder / "spool")
    cache = sublet._api.cache
    for number in range(accounts):
        cache.put([told(number)])
    cache.heard(1)
    table = {f"{account} {key}": each for account, all_ in cache.ready.items() for key, each in all_.items()}
    chance = random.Random(1)
    peers = {"unleash": unleash(accounts), "flagsmith": flagsmith(accounts, folder)}
    assert sublet.entitlements.check("acc_1", "feature_1").allowed
    assert all(work("acc_1", "feature_1") and not work("acc_2", "feature_1") for work in peers.values())
    ours, floor = [], []
    theirs: dict[str, list[float]] = {name: [] for name in peers}
    for number in range(ROUNDS + 3):
        asked = [(f"acc_{chance.randrange(accounts)}", f"feature_{chance.randrange(FEATURES)}") for _ in range(CHECKS)]
        cache.heard(1)
        one, other = seconds_each(sublet.entitlements.check, asked), looked_up(table, asked)
        of_peers = {name: seconds_each(work, asked[:OF_PEERS]) for name, work in peers.items()}
        if number >= 3:
            ours.append(one)
            floor.append(other)
            for name, each in of_peers.items():
                theirs[name].append(each)
    sublet.close(0)
    median = statistics.median
    ratio = median(one / other for one, other in zip(ours, floor, strict=True))
    faster = min(median(each) for each in theirs.values())
    return (
        f"P1.check.{accounts} ratio_floor={ratio:.2f} goal=8 ratio_peer={faster / median(ours):.0f} goal_peer=50"
        f" check_ns={median(ours) * 1e9:.0f} floor_ns={median(floor) * 1e9:.0f}"
        + "".join(f" {name}_us={median(each) * 1e6:.1f}" for name, each in theirs.items())
    )
