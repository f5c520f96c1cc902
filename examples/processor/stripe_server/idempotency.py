"""The documented Idempotency-Key (docs.stripe.com/api/idempotent_requests and /error-low-level).

Per account; POST only. The status and body of the first request are kept once its endpoint has begun, whether it
succeeds or fails, for 24 hours. Other parameters or another endpoint with the same key: 400 idempotency_error. The same key
while the first is still executing: 409. Parameters that do not hold, 401, 403 and 429 are not kept.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from stripe_server.errors import Json, StripeRefusal

KEPT_SECONDS = 86_400


@dataclass
class Kept:
    path: str
    params: str
    at: float
    status: int = 0
    body: Json | None = None

    @property
    def running(self) -> bool:
        return self.body is None


@dataclass
class Keys:
    kept: dict[tuple[str, str], Kept] = field(default_factory=dict)

    def begin(self, account: str, key: str, path: str, params: Json, now: float) -> Kept | None:
        """The answer to give again, or None: this request is the first. Refusals raise."""
        if len(key) > 255:
            raise StripeRefusal(
                400, "Idempotency keys can be up to 255 characters long.", kind="idempotency_error", stored=False
            )
        packed = json.dumps(params, sort_keys=True)
        found = self.kept.get((account, key))
        if found is not None and not found.running and now - found.at >= KEPT_SECONDS:
            found = None
        if found is None:
            self.kept[account, key] = Kept(path, packed, now)
            return None
        if found.path != path:
            raise StripeRefusal(
                400, "Keys for idempotent requests can only be used for the same endpoint they were first used for "
                f"('{path}' vs '{found.path}'). Try using a key other than '{key}' if you meant to execute a different "
                "request.", kind="idempotency_error", stored=False,
            )  # fmt: skip
        if found.params != packed:
            raise StripeRefusal(
                400, "Keys for idempotent requests can only be used with the same parameters they were first used with. "
                f"Try using a key other than '{key}' if you meant to execute a different request.",
                kind="idempotency_error", stored=False,
            )  # fmt: skip
        if found.running:
            raise StripeRefusal(
                409, f"There is currently another in-progress request using this Idempotent Key (that probably means "
                f"you submitted twice, and the other request is still going through): {key}.",
                kind="idempotency_error", code="idempotency_key_in_use", stored=False,
                headers={"Stripe-Should-Retry": "true"},
            )  # fmt: skip
        return found

    def finish(self, account: str, key: str, status: int, body: Json) -> None:
        entry = self.kept[account, key]
        entry.status, entry.body = status, body

    def forget(self, account: str, key: str) -> None:
        self.kept.pop((account, key), None)
