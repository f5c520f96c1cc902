"""What the tests of the hot application start first: ``python -m tests.portals.hot.furnish``; prints keys and accounts."""

from __future__ import annotations

import json

import django


def main() -> int:
    django.setup()
    from tests.metering.meters import load_meters
    from tests.people import make_world
    from tests.portals.api.caller import make_caller

    world = make_world()
    load_meters(world)
    keys = {
        "vera": make_caller(world, "vera", rights={"usage": "manage", "accounts": "manage"}).secret,
        "second": make_caller(world, "vera", rights={"usage": "manage"}, name="second").secret,
        "looks": make_caller(world, "vera", rights={"usage": "view"}, name="looks").secret,
        "dora": make_caller(world, "dora").secret,
    }
    print(json.dumps({"keys": keys, "carl": world.carl.ref, "elan": world.elan.ref, "dora": world.dora.ref}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
