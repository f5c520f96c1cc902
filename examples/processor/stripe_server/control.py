"""The control API below `/_control`: what only a test or the demonstration may ask of the server. JSON in and out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import TYPE_CHECKING

from stripe_server import charges, connect, faults, intents, setups, webhooks
from stripe_server.errors import Json
from stripe_server.webhooks import Manners

if TYPE_CHECKING:
    from stripe_server.app import Server

Command = Callable[["Server", Json], Awaitable[Json]]


async def reset(server: Server, given: Json) -> Json:
    """Forgets everything: objects, keys, events, faults, the clock."""
    await server.reset()
    return {}


async def state(server: Server, given: Json) -> Json:
    world = server.world
    counts: dict[str, int] = {}
    for thing in world.objects.values():
        counts[thing["object"]] = counts.get(thing["object"], 0) + 1
    return {"now": world.clock.seconds(), "objects": counts, "held": len(server.deliveries.held)}


async def clock(server: Server, given: Json) -> Json:
    """`{"advance": seconds}`, `{"stop": true}`, `{"stop": false}`. Everything that falls due on the way is done before
    this answers, and its webhooks are sent."""
    if given.get("stop") is True:
        server.world.clock.stop()
    elif given.get("stop") is False:
        server.world.clock.go_on()
    server.world.clock.advance(float(given.get("advance", 0)))
    async with server.lock:
        done = await server.world.run_due()
    await server.deliveries.drain()
    return {"now": server.world.clock.seconds(), "done": done}


async def key(server: Server, given: Json) -> Json:
    """`{"key", "account"?, "permissions"?: {resource: "read" | "write"}}`: declares a (restricted) key."""
    account = given.get("account") or "acct_" + str(given["key"])[-16:].rjust(16, "0")
    server.world.declare_key(given["key"], account, given.get("permissions"))
    return {"key": given["key"], "account": account}


async def revoke(server: Server, given: Json) -> Json:
    server.world.revoked.add(given["key"])
    return {}


async def endpoint(server: Server, given: Json) -> Json:
    """`{"url", "key", "secret"?, "events"?, "connect"?}`: a webhook endpoint with a secret that one chooses."""
    account = server.world.account_of_key(given["key"]).account
    thing = webhooks.add_endpoint(
        server.world, account, given["url"], given.get("events") or ["*"], connect=bool(given.get("connect")),
        secret=given.get("secret"),
    )  # fmt: skip
    return {"id": thing["id"], "secret": thing["_secret"]}


async def manners(server: Server, given: Json) -> Json:
    """How webhooks misbehave from now on; `{}`: not at all."""
    given = dict(given)
    for name in ("retries", "drop_types"):
        if name in given:
            given[name] = tuple(given[name])
    server.deliveries.manners = Manners(**given)
    return asdict(server.deliveries.manners)


async def release(server: Server, given: Json) -> Json:
    """`{"order": "in_order" | "reversed" | "shuffled", "seed"?, "times"?}`: sends what was held, and waits for it."""
    server.deliveries.manners.hold = False
    sent = server.deliveries.release(
        given.get("order", "in_order"), seed=int(given.get("seed", 0)), times=int(given.get("times", 1))
    )
    await server.deliveries.drain()
    return {"sent": sent}


async def resend(server: Server, given: Json) -> Json:
    """`{"event"}`: sends it again to everybody who listens."""
    sent = server.deliveries.resend(given["event"], server.world.owner[given["event"]])
    await server.deliveries.drain()
    return {"sent": sent}


async def drain(server: Server, given: Json) -> Json:
    """Waits until no webhook is on its way, and says what was tried so far."""
    await server.deliveries.drain()
    return {"attempts": [asdict(attempt) for attempt in server.deliveries.log]}


async def fault(server: Server, given: Json) -> Json:
    """`{"kind", "path"?, "method"?, "times"?, "seconds"?, "skip"?}`: the next requests that fit go wrong."""
    if given["kind"] not in faults.KINDS:
        raise ValueError(given["kind"])
    server.faults.waiting.append(faults.Fault(**given))
    return {}


async def rate(server: Server, given: Json) -> Json:
    """`{"per_second": n | null}`: more than that of one account are 429."""
    server.faults.per_second = given.get("per_second")
    return {}


async def settle(server: Server, given: Json) -> Json:
    """`{"payment_intent", "result": "succeeded" | "failed" | "insufficient_funds"}`: a debit ends now."""
    intent = server.world.objects[given["payment_intent"]]
    intents.settle(server.world, server.world.owner[intent["id"]], intent, given.get("result", "succeeded"))
    return {"status": intent["status"]}


async def settle_after(server: Server, given: Json) -> Json:
    """`{"seconds"}`: how long debits and slow refunds take (5), by the server's clock."""
    server.world.settle_seconds = float(given["seconds"])
    return {}


async def dispute(server: Server, given: Json) -> Json:
    """`{"charge", "reason"?}` opens one; `{"dispute", "status": "won" | "lost"}` decides it, with
    `"anew": true` though it is decided, with `"fee_back"` when so much of the fee comes back."""
    world = server.world
    if "charge" in given:
        charge = world.objects[given["charge"]]
        reason = given.get("reason", "fraudulent")
        thing = charges.open_dispute(world, world.owner[charge["id"]], charge, reason)
    else:
        thing = world.objects[given["dispute"]]
        charges.close_dispute(
            world, world.owner[thing["id"]], thing, given["status"], anew=bool(given.get("anew")), fee_back=int(given.get("fee_back", 0))
        )  # fmt: skip
    return {"id": thing["id"], "status": thing["status"]}


async def refund(server: Server, given: Json) -> Json:
    """`{"refund", "status": "succeeded" | "failed"}`: a refund that was made before arrives or comes back."""
    thing = server.world.objects[given["refund"]]
    charges.refund_ends(server.world, server.world.owner[thing["id"]], thing, given["status"])
    return {"status": thing["status"]}


async def account(server: Server, given: Json) -> Json:
    """`{"account", "do": "fill_in" | "restrict" | "deauthorize", "platform"?}`."""
    id = given["account"]
    if given["do"] == "fill_in":
        connect.filled_in(server.world, id)
    elif given["do"] == "restrict":
        connect.restricted(server.world, id)
    elif given["do"] == "deauthorize":
        connect.deauthorize(server.world, given["platform"], id)
    return dict(server.world.objects[id])


async def connection(server: Server, given: Json) -> Json:
    """`{"key", "account"?}`: an account that is connected to the key's own, everything filled in."""
    platform = server.world.account_of_key(given["key"]).account
    id = given.get("account") or "acct_" + str(given["key"])[-8:] + "linked"
    server.world.open_account(id)
    server.world.platform_of.setdefault(platform, set()).add(id)
    return {"account": id}


async def card_renewed(server: Server, given: Json) -> Json:
    """`{"payment_method", "exp_year"}`: the card's bank has sent its owner a new one."""
    thing = server.world.objects[given["payment_method"]]
    thing["card"] = thing["card"] | {"exp_year": int(given["exp_year"])}
    server.world.overlays[thing["id"]]["card"] = thing["card"]
    server.world.tell(server.world.owner[thing["id"]], "payment_method.automatically_updated", thing)
    return {}


async def authenticate(server: Server, given: Json) -> Json:
    """`{"intent", "proved": true | false}`: what a browser would click on the bank's page."""
    intent = server.world.objects[given["intent"]]
    setups.authenticated(server.internal_call(server.world.owner[intent["id"]]), intent, bool(given["proved"]))
    return {"status": intent["status"]}


COMMANDS: dict[str, Command] = {
    command.__name__: command
    for command in (
        reset, state, clock, key, revoke, endpoint, manners, release, resend, drain, fault, rate, settle, settle_after,
        dispute, refund, account, connection, card_renewed, authenticate,
    )
}  # fmt: skip
