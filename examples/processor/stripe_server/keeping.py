"""What the server knows, as a file: so that cards that were entered still pay after it was ended and started again."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from stripe_server import charges, checkout, intents
from stripe_server.cards import Behavior
from stripe_server.errors import Json
from stripe_server.idempotency import KEPT_SECONDS, Kept, Keys
from stripe_server.webhooks import KEPT_DAYS
from stripe_server.world import Key, World

VERSION = 1
#: As they are: names and texts alone.
_PLAIN = ("owner", "gone", "overlays", "secrets")


class CannotRead(Exception):
    """The file is of another version, or none of ours."""


def keep(file: Path, world: World, keys: Keys) -> None:
    """Written whole or not at all. What is older than Stripe keeps it is left out."""
    now = world.clock.seconds()
    oldest = now - KEPT_DAYS * 86_400
    objects = {
        id: thing for id, thing in world.objects.items() if thing["object"] != "event" or thing["created"] > oldest
    }
    told: Json = {name: getattr(world, name) for name in _PLAIN}
    told |= {
        "version": VERSION, "url": world.url, "objects": objects, "ahead": world.clock.ahead,
        "keys": [asdict(each) for each in world.keys.values()], "revoked": sorted(world.revoked),
        "platform_of": {id: sorted(those) for id, those in world.platform_of.items()},
        "behaviors": {id: asdict(each) for id, each in world.behaviors.items()},
        "set_up": sorted(world.set_up), "spent": sorted(world.spent), "settle_seconds": world.settle_seconds,
        "answers": [
            [account, key, asdict(each)]
            for (account, key), each in keys.kept.items()
            if not each.running and now - each.at < KEPT_SECONDS
        ],
    }  # fmt: skip
    spare = file.with_suffix(".new")
    spare.touch(mode=0o600)
    spare.write_text(json.dumps(told), "utf-8")
    os.replace(spare, file)


def restore(file: Path, world: World, keys: Keys) -> None:
    """Into a world that is new; what was on its way arrives after all. Raises CannotRead."""
    try:
        told: Any = json.loads(file.read_text("utf-8"))
        if told["version"] != VERSION:
            raise CannotRead(f"{file} is of version {told['version']}, and this program reads {VERSION}.")
        if told["url"] != world.url:  # it listens elsewhere now
            told = json.loads(json.dumps(told).replace(json.dumps(told["url"])[1:-1] + "/", world.url + "/"))
        for name in _PLAIN:
            setattr(world, name, told[name])
        world.objects = told["objects"]
        world.clock.ahead, world.settle_seconds = told["ahead"], told["settle_seconds"]
        world.keys = {each["key"]: Key(**each) for each in told["keys"]}
        world.platform_of = {id: set(those) for id, those in told["platform_of"].items()}
        world.behaviors = {id: Behavior(**_tuples(each)) for id, each in told["behaviors"].items()}
        world.revoked, world.set_up, world.spent = (set(told[name]) for name in ("revoked", "set_up", "spent"))
        keys.kept = {(account, key): Kept(**each) for account, key, each in told["answers"]}
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise CannotRead(f"{file} cannot be read: {type(fault).__name__}: {fault}") from fault
    for id, thing in world.objects.items():
        _goes_on(world, world.owner[id], thing)


def _tuples(behavior: Json) -> Json:
    """JSON knows lists only."""
    refused = behavior["refused"]
    return behavior | {"refused": None if refused is None else tuple(refused)}


def _goes_on(world: World, account: str, thing: Json) -> None:
    """What waits for the clock is not in the file: it follows from the state of things."""
    kind, status = thing["object"], thing.get("status")
    if kind == "checkout.session" and status == "open":
        checkout.expiry_follows(world, account, thing)
    elif kind == "payment_intent" and status == "processing":
        intents.debit_follows(world, account, thing)
    elif kind == "refund":
        charges.refund_follows(world, account, thing)
