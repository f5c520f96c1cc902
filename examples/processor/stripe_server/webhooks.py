"""Webhook endpoints and deliveries: signed, repeated, and, on request, late, lost, doubled or in another order."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ipaddress
import json
import random
import socket
from dataclasses import dataclass, field

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from stripe_server.call import Call
from stripe_server.errors import Json, invalid, missing
from stripe_server.forms import flag, metadata, needed, text
from stripe_server.world import World, new_id

# After the first attempt, by the server's clock. (Stripe: three times over a few hours in a sandbox, three days live.)
RETRIES = (900.0, 3_600.0, 10_800.0)
#: After so many seconds what was on its way when the server ended, so that who listens has begun, too.
SOON = 10.0


class OnThisMachine(AbstractResolver):
    """Finds this machine by every name below `localhost`, as browsers do, and nothing by any other."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if host.rpartition(".")[2] != "localhost":
            raise OSError(f"{host} is not on this machine")
        return [
            ResolveResult(
                hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=socket.AI_NUMERICHOST
            )
        ]

    async def close(self) -> None:
        """Nothing is held."""


def _leads_away(url: str) -> bool:
    """An address that no name has to be found for, and that is another machine's."""
    try:
        return not ipaddress.ip_address(URL(url).host or "").is_loopback
    except ValueError:
        return False  # a name: see above


@dataclass
class Manners:
    """How deliveries misbehave."""

    delay: float = 0.0
    duplicates: int = 0
    twins: bool = False
    drop: int = 0  # so many deliveries are lost, for good
    drop_types: tuple[str, ...] = ()
    hold: bool = False
    signature_age: int = 0
    time_limit: float = 10.0
    retries: tuple[float, ...] = RETRIES


@dataclass
class Delivery:
    event: str
    endpoint: str
    attempt: int = 0


@dataclass
class Attempt:
    """What came of an attempt; `status` 0: nobody answered."""

    event: str
    type: str
    endpoint: str
    attempt: int
    status: int


@dataclass
class Deliveries:
    world: World
    manners: Manners = field(default_factory=Manners)
    held: list[Delivery] = field(default_factory=list)
    log: list[Attempt] = field(default_factory=list)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _locks: dict[str, asyncio.Lock] = field(default_factory=dict)

    def reset(self) -> None:
        self.manners = Manners()
        self.held.clear()
        self.log.clear()
        for task in self._tasks:
            task.cancel()
        self._tasks.clear()
        self._locks.clear()

    def endpoints(self, account: str, type: str) -> list[Json]:
        """Those of the account itself, and those of its platform that listen to connected accounts."""
        platforms = {owner for owner, theirs in self.world.platform_of.items() if account in theirs}
        found = []
        for id, thing in self.world.objects.items():
            if thing["object"] != "webhook_endpoint" or thing["status"] != "enabled":
                continue
            owner = self.world.owner[id]
            mine = owner == account and not thing["_connect"]
            theirs = owner in platforms and thing["_connect"]
            if (mine or theirs) and ({"*", type} & set(thing["enabled_events"])):
                found.append(thing)
        return found

    def hear(self, event: Json, account: str) -> None:
        targets = self.endpoints(account, event["type"])
        event["pending_webhooks"] = len(targets)
        events = [event]
        if self.manners.twins and targets:
            twin = self.world.add(account, event | {"id": new_id("evt_")})
            events.append(twin)
        for each in events:
            for endpoint in targets:
                self._send(Delivery(each["id"], endpoint["id"]))

    def _send(self, delivery: Delivery) -> None:
        type = self.world.objects[delivery.event]["type"]
        if self.manners.drop > 0:
            self.manners.drop -= 1
            return
        if type in self.manners.drop_types:
            return
        copies = [Delivery(delivery.event, delivery.endpoint) for _ in range(1 + self.manners.duplicates)]
        if self.manners.hold:
            self.held.extend(copies)
            return
        for copy in copies:
            if self.manners.delay:
                self.world.later(self.manners.delay, lambda copy=copy: self._soon(copy))  # type: ignore[misc]
            else:
                self._start(copy)

    def release(self, order: str = "in_order", *, seed: int = 0, times: int = 1) -> int:
        """Sends what was held: `in_order`, `reversed` or `shuffled`, each `times` times."""
        batch = [Delivery(each.event, each.endpoint) for each in self.held for _ in range(times)]
        self.held.clear()
        if order == "reversed":
            batch.reverse()
        elif order == "shuffled":
            random.Random(seed).shuffle(batch)  # noqa: S311  an order, no secret
        elif order != "in_order":
            raise ValueError(order)
        for delivery in batch:
            self._start(delivery)
        return len(batch)

    def resend(self, event: str, account: str) -> int:
        """As `stripe events resend`."""
        thing = self.world.objects[event]
        targets = self.endpoints(account, thing["type"])
        for endpoint in targets:
            self._start(Delivery(event, endpoint["id"]))
        return len(targets)

    def again(self) -> None:
        """What was not taken before the server ended."""
        for id, thing in list(self.world.objects.items()):
            if thing["object"] == "event" and thing["pending_webhooks"]:
                for endpoint in self.endpoints(self.world.owner[id], thing["type"]):
                    each = Delivery(id, endpoint["id"])
                    self.world.later(SOON, lambda each=each: self._soon(each))  # type: ignore[misc]

    async def _soon(self, delivery: Delivery) -> None:
        self._start(delivery)

    def _start(self, delivery: Delivery) -> None:
        task = asyncio.get_running_loop().create_task(self._deliver(delivery))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def drain(self) -> None:
        """Until nothing is on its way any more; what waits for the clock stays."""
        while self._tasks:
            await asyncio.gather(*list(self._tasks), return_exceptions=True)

    async def _deliver(self, delivery: Delivery) -> None:
        # One after the other to each endpoint, so that "in order" and "reversed" mean something.
        async with self._locks.setdefault(delivery.endpoint, asyncio.Lock()):
            event, endpoint = self.world.objects.get(delivery.event), self.world.objects.get(delivery.endpoint)
            if event is None or endpoint is None or endpoint["status"] != "enabled":
                return
            status = await self._post(event, endpoint)
            self.log.append(Attempt(event["id"], event["type"], endpoint["id"], delivery.attempt, status))
        if 200 <= status < 300:
            event["pending_webhooks"] = max(0, event["pending_webhooks"] - 1)
        elif delivery.attempt < len(self.manners.retries):
            again = Delivery(delivery.event, delivery.endpoint, delivery.attempt + 1)
            self.world.later(self.manners.retries[delivery.attempt], lambda: self._soon(again))

    async def _post(self, event: Json, endpoint: Json) -> int:
        payload = json.dumps(event, indent=2).encode()
        # By the machine's clock, because that is what a receiver compares it with.
        moment = self.world.clock.machine() - self.manners.signature_age
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            "Stripe-Signature": signature(payload, endpoint["_secret"], moment),
        }
        if _leads_away(endpoint["url"]):
            return 0
        limit = aiohttp.ClientTimeout(total=self.manners.time_limit)
        try:
            async with (
                aiohttp.ClientSession(
                    timeout=limit, connector=aiohttp.TCPConnector(resolver=OnThisMachine())
                ) as session,
                session.post(endpoint["url"], data=payload, headers=headers, allow_redirects=False) as response,
            ):
                await response.read()
                return response.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            return 0


def signature(payload: bytes, secret: str, moment: int) -> str:
    """`t=…,v1=…`: HMAC-SHA256 of "t.payload"; v0 is there as from Stripe in tests, and means nothing."""
    signed = hmac.new(secret.encode(), b"%d." % moment + payload, hashlib.sha256).hexdigest()
    return f"t={moment},v1={signed},v0={'0' * 64}"


# The endpoints' own API -----------------------------------------------------------------------------------------------


def _shown(thing: Json, *, secret: bool = False) -> Json:
    kept = {key: value for key, value in thing.items() if not key.startswith("_")}
    return kept | {"secret": thing["_secret"]} if secret else kept


def add_endpoint(
    world: World, account: str, url: str, events: list[str], *, connect: bool = False, secret: str | None = None
) -> Json:
    return world.add(
        account,
        {
            "id": new_id("we_"), "object": "webhook_endpoint", "api_version": None, "application": None,
            "created": world.clock.seconds(), "description": None, "enabled_events": events, "livemode": False,
            "metadata": {}, "status": "enabled", "url": url, "_secret": secret or new_id("whsec_", 32),
            "_connect": connect,
        },
    )  # fmt: skip


async def create_endpoint(call: Call) -> Json:
    url = needed(call.params, "url")
    if not url.startswith(("http://", "https://")):
        raise invalid("Invalid URL: An explicit scheme (such as https) must be provided.", "url", "url_invalid")
    events = call.params.get("enabled_events")
    if not events:
        raise missing("enabled_events")
    if len(call.world.all(call.account, "webhook_endpoint")) >= 16:
        raise invalid("You have reached the maximum of 16 test webhook endpoints.")
    call.begin()
    thing = add_endpoint(call.world, call.account, url, list(events), connect=flag(call.params, "connect"))
    thing["metadata"] = metadata(call.params)
    thing["description"] = text(call.params, "description")
    thing["api_version"] = text(call.params, "api_version")
    return _shown(thing, secret=True)  # only now, and never again


async def endpoint(call: Call) -> Json:
    return _shown(call.world.get(call.account, call.args["id"], "webhook_endpoint"))


async def endpoints(call: Call) -> Json:
    rows = [_shown(row) for row in call.world.all(call.account, "webhook_endpoint")]
    return call.world.page(call.params, rows, "/v1/webhook_endpoints")


async def update_endpoint(call: Call) -> Json:
    thing = call.world.get(call.account, call.args["id"], "webhook_endpoint")
    call.begin()
    if url := text(call.params, "url"):
        thing["url"] = url
    if events := call.params.get("enabled_events"):
        thing["enabled_events"] = list(events)
    if "disabled" in call.params:
        thing["status"] = "disabled" if flag(call.params, "disabled") else "enabled"
    thing["metadata"] = metadata(call.params, thing["metadata"])
    return _shown(thing)


async def delete_endpoint(call: Call) -> Json:
    thing = call.world.get(call.account, call.args["id"], "webhook_endpoint")
    del call.world.objects[thing["id"]]
    return {"id": thing["id"], "object": "webhook_endpoint", "deleted": True}


# Events ---------------------------------------------------------------------------------------------------------------

KEPT_DAYS = 30


async def event(call: Call) -> Json:
    return call.world.get(call.account, call.args["id"], "event")


async def events(call: Call) -> Json:
    """Those of the last 30 days, newest first."""
    rows = [row for row in call.world.all(call.account, "event") if row["created"] > call.now - KEPT_DAYS * 86_400]
    if kind := call.params.get("type"):
        rows = [
            row for row in rows if row["type"] == kind or (kind.endswith("*") and row["type"].startswith(kind[:-1]))
        ]
    if kinds := call.params.get("types"):
        rows = [row for row in rows if row["type"] in kinds]
    if "delivery_success" in call.params:
        wanted = flag(call.params, "delivery_success")
        rows = [row for row in rows if (row["pending_webhooks"] == 0) == wanted]
    return call.world.page(call.params, rows, "/v1/events")
