"""What the server knows: objects with their account, events, keys, and what is due when its clock gets there."""

from __future__ import annotations

import copy
import hashlib
import heapq
import itertools
import secrets
import string
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import stripe

from stripe_server.cards import GOOD, Behavior
from stripe_server.clock import Clock
from stripe_server.errors import Json, StripeRefusal, no_such
from stripe_server.forms import between, whole

API_VERSION = stripe.api_version  # that of the SDK, whose parameters are checked (routes.py)
_LETTERS = string.ascii_letters + string.digits

# The beginning of a name says what it is: for `expand`, and for "No such …".
KINDS = {
    "acct_": "account", "cus_": "customer", "pm_": "payment_method", "pi_": "payment_intent", "seti_": "setup_intent",
    "ch_": "charge", "py_": "charge", "re_": "refund", "pyr_": "refund", "dp_": "dispute", "du_": "dispute",
    "txn_": "balance_transaction", "evt_": "event", "we_": "webhook_endpoint", "cs_": "checkout.session",
    "mandate_": "mandate", "tr_": "transfer", "fee_": "application_fee",
}  # fmt: skip


def new_id(prefix: str, length: int = 24) -> str:
    return prefix + "".join(secrets.choice(_LETTERS) for _ in range(length))


@dataclass
class Key:
    """A secret key. `permissions` None: everything; otherwise resource → "read" or "write"."""

    key: str
    account: str
    permissions: dict[str, str] | None = None


@dataclass
class Cause:
    """The request that an event comes from."""

    request: str | None = None
    idempotency_key: str | None = None


Due = Callable[[], Awaitable[None]]


@dataclass
class World:
    """All state. `url`: where a browser finds the pages. `open_keys`: restricted keys that nobody has declared may everything,
    each in an account of its own. `listeners` hear each new event (the deliveries)."""

    url: str
    open_keys: bool = False
    clock: Clock = field(default_factory=Clock)
    objects: dict[str, Json] = field(default_factory=dict)
    owner: dict[str, str] = field(default_factory=dict)
    gone: dict[str, str] = field(default_factory=dict)
    keys: dict[str, Key] = field(default_factory=dict)
    revoked: set[str] = field(default_factory=set)
    platform_of: dict[str, set[str]] = field(default_factory=dict)
    behaviors: dict[str, Behavior] = field(default_factory=dict)
    set_up: set[str] = field(default_factory=set)
    spent: set[str] = field(default_factory=set)
    overlays: dict[str, Json] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    settle_seconds: float = 5.0
    cause: Cause = field(default_factory=Cause)
    listeners: list[Callable[[Json, str], None]] = field(default_factory=list)
    _due: list[tuple[float, int, Due]] = field(default_factory=list)
    _numbers: Any = field(default_factory=itertools.count)

    # Objects ----------------------------------------------------------------------------------------------------------

    def add(self, account: str, thing: Json) -> Json:
        self.objects[thing["id"]] = thing
        self.owner[thing["id"]] = account
        return thing

    def get(self, account: str, id: str | None, kind: str, *, param: str = "id") -> Json:
        """Another account's thing is a missing one."""
        thing = self.objects.get(id or "")
        if thing is None or self.owner[thing["id"]] != account or thing["object"] != kind:
            raise no_such(kind.replace("_", " ").replace(".", " "), str(id), param)
        return thing

    def all(self, account: str, kind: str) -> list[Json]:
        """Newest first."""
        mine = [thing for id, thing in self.objects.items() if self.owner[id] == account and thing["object"] == kind]
        return mine[::-1]

    def page(self, params: Json, things: Iterable[Json], url: str) -> Json:
        """Stripe's lists: newest first, `limit` 1–100 (10), `starting_after`, `ending_before`, `created`."""
        limit = whole(params, "limit", least=1)
        limit = 10 if limit is None else min(limit, 100)
        rows = [thing for thing in things if between(params, "created", thing.get("created", 0))]
        ids = [row["id"] for row in rows]
        after, before = params.get("starting_after"), params.get("ending_before")
        for name, cursor in (("starting_after", after), ("ending_before", before)):
            if cursor and cursor not in ids:
                raise no_such("object", cursor, name)
        if before:
            window = rows[: ids.index(before)]
            shown, more = window[-limit:], len(window) > limit
        else:
            window = rows[ids.index(after) + 1 :] if after else rows
            shown, more = window[:limit], len(window) > limit
        return {"object": "list", "url": url, "has_more": more, "data": copy.deepcopy(shown)}

    # Accounts and keys ------------------------------------------------------------------------------------------------

    def account_of_key(self, key: str) -> Key:
        """A secret key that nobody has declared is the key of an account of its own."""
        hidden = key[:8] + "*" * 8 + key[-4:]
        if key in self.revoked:
            raise StripeRefusal(401, f"Expired API Key provided: {hidden}", code="api_key_expired", stored=False)
        if key in self.keys:
            return self.keys[key]
        anybody = ("sk_test_", "rk_test_") if self.open_keys else ("sk_test_",)
        if key.startswith(anybody) and not key[8:].startswith("invalid") and len(key) > 8:
            account = "acct_" + hashlib.sha256(key.encode()).hexdigest()[:16]
            self.open_account(account)
            self.keys[key] = Key(key, account)
            return self.keys[key]
        raise StripeRefusal(401, f"Invalid API Key provided: {hidden}", stored=False)

    def declare_key(self, key: str, account: str, permissions: dict[str, str] | None) -> None:
        """From now on it opens that account, and may what is said."""
        self.open_account(account)
        self.keys[key] = Key(key, account, permissions)
        self.revoked.discard(key)

    def open_account(self, id: str, **more: Any) -> Json:
        """An account with everything filled in; its owner is itself."""
        if id in self.objects:
            return self.objects[id]
        thing: Json = {
            "id": id, "object": "account", "business_profile": {"name": "Local test account", "url": None},
            "business_type": "company", "capabilities": {"card_payments": "active", "sepa_debit_payments": "active",
            "transfers": "active"}, "charges_enabled": True, "country": "DE", "created": self.clock.seconds(),
            "default_currency": "eur", "details_submitted": True, "email": None, "metadata": {},
            "payouts_enabled": True, "requirements": {"currently_due": [], "disabled_reason": None, "errors": [],
            "eventually_due": [], "past_due": [], "pending_verification": []},
            "settings": {"dashboard": {"display_name": "Local", "timezone": "Etc/UTC"},
            "payments": {"statement_descriptor": "LOCAL TEST"}}, "type": "standard",
        } | more  # fmt: skip
        return self.add(id, thing)

    # Events -----------------------------------------------------------------------------------------------------------

    def tell(self, account: str, type: str, thing: Json, previous: Json | None = None) -> Json:
        """Records an event with the thing as it is now, and sends it to who listens."""
        data: Json = {"object": copy.deepcopy(thing)}
        if previous is not None:
            data["previous_attributes"] = copy.deepcopy(previous)
        event: Json = {
            "id": new_id("evt_"), "object": "event", "api_version": API_VERSION, "created": self.clock.seconds(),
            "data": data, "livemode": False, "pending_webhooks": 0,
            "request": {"id": self.cause.request, "idempotency_key": self.cause.idempotency_key}, "type": type,
        }  # fmt: skip
        if account in self.connected():
            event["account"] = account
        self.add(account, event)
        for listener in self.listeners:
            listener(event, account)
        return event

    def connected(self) -> set[str]:
        return set().union(*self.platform_of.values()) if self.platform_of else set()

    # Time -------------------------------------------------------------------------------------------------------------

    def later(self, seconds: float, what: Due) -> None:
        heapq.heappush(self._due, (self.clock.now() + seconds, next(self._numbers), what))

    async def run_due(self) -> int:
        """Everything whose time has come, in its order. Gives how many things were done."""
        done = 0
        while self._due and self._due[0][0] <= self.clock.now():
            _, _, what = heapq.heappop(self._due)
            self.cause = Cause()
            await what()
            done += 1
        return done

    # Payment methods --------------------------------------------------------------------------------------------------

    def behavior(self, payment_method: str | None) -> Behavior:
        return self.behaviors.get(payment_method or "", GOOD)
