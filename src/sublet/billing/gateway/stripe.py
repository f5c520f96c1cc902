"""Stripe, by its own library. What leaves goes through the one outbound client; the address is a setting (``SUBLET_STRIPE_URL``).

The key is a restricted one of the account whose money it is: it may read and write customers, setup and payment intents, checkout
sessions, payment methods, refunds, and read charges, balance transactions, disputes and events. Card numbers are entered on
Stripe's pages alone.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from django.conf import settings

from sublet.billing.gateway import (
    LONGEST_CALL,
    Charged,
    Contested,
    Declined,
    Held,
    Hosted,
    KeyRefused,
    Moved,
    NoAnswer,
    NotOurs,
    NotThere,
    Order,
    Outcome,
    Refunded,
    Told,
    Whose,
)
from sublet.core.payments import (
    CARD,
    FAILED,
    NEEDS_ACTION,
    PROCESSING,
    SEPA,
    SUCCEEDED,
    UNKNOWN,
    fee_from_processor,
    from_processor,
    to_processor,
)
from sublet.foundation import outbound

#: Seconds. A charge waits for a bank.
LIMITS: Final = outbound.Limits(connect=5.0, read=30.0, total=LONGEST_CALL.total_seconds(), size=4 * 1024 * 1024)
#: So far apart two clocks may be.
CLOCKS: Final = timedelta(days=1)
#: How old a message may be.
OLDEST: Final = timedelta(minutes=5)
_PAGE = 100
_MORE = ["latest_charge.balance_transaction"]
#: Captured before the answer. What Stripe captures in the background, which is its usual way, says nothing of its fee yet, and that
#: is booked with the payment: nobody asks again.
_CAPTURE = "automatic"
_STATES: Final[Mapping[str, str]] = {
    "succeeded": SUCCEEDED,
    "processing": PROCESSING,
    "requires_action": NEEDS_ACTION,
    "requires_confirmation": UNKNOWN,
    "requires_capture": UNKNOWN,
    "canceled": FAILED,
}
_OVER = {"payment_intent_unexpected_state", "resource_missing", "checkout_session_not_open"}

# It would write a line for each call into the log of whoever watches.
logging.getLogger("stripe").setLevel(logging.WARNING)

P = ParamSpec("P")
R = TypeVar("R")


def _told(call: Callable[Concatenate[StripeGateway, P], R]) -> Callable[Concatenate[StripeGateway, P], R]:
    """Faults of the library in our words: whether something may have happened is what matters."""

    @wraps(call)
    def told(self: StripeGateway, /, *args: P.args, **kwargs: P.kwargs) -> R:
        import stripe  # a third of a second, which a process without payments does not wait for

        try:
            return call(self, *args, **kwargs)
        except (stripe.IdempotencyError, stripe.RateLimitError, stripe.APIConnectionError) as fault:
            raise NoAnswer(_code(fault), str(fault.user_message or "")) from fault
        except (stripe.AuthenticationError, stripe.PermissionError) as fault:
            raise KeyRefused("key", str(fault.user_message or "")) from fault
        except (stripe.CardError, stripe.InvalidRequestError) as fault:
            if fault.http_status == 409:
                raise NoAnswer(_code(fault)) from fault
            gone = fault.http_status == 404 or fault.code == "resource_missing"
            raise (NotThere if gone else Declined)(_code(fault), str(fault.user_message or "")) from fault
        except stripe.StripeError as fault:
            raise NoAnswer(_code(fault), str(fault.user_message or "")) from fault

    return told


def _code(fault: Any) -> str:
    return str(fault.code or f"http-{fault.http_status or 'none'}")[:60]


class StripeGateway:
    """An account at Stripe; see `Gateway`."""

    def __init__(self, key: str, *, url: str = "") -> None:
        import stripe  # as above

        stripe.enable_telemetry = False  # how long our calls took is nobody's business
        address = url or settings.STRIPE_URL
        self._client = stripe.StripeClient(
            key,
            base_addresses={"api": address} if address else None,
            # It would ask again by itself, with nothing written down here: asking again is the payment's own state.
            max_network_retries=0,
            http_client=stripe.RequestsClient(timeout=LIMITS.total, session=outbound.session(LIMITS)),
        ).v1

    @_told
    def whose(self) -> Whose:
        row = self._client.accounts.retrieve_current()
        name = _in(row, "settings", "dashboard", "display_name") or _in(row, "business_profile", "name") or row.id
        # A key for tests shows it in the answer of everything that it makes; the balance is what every key may read.
        live = bool(self._client.balance.retrieve().livemode)
        return Whose(str(row.id), str(name), str(_in(row, "country") or ""), live)

    @_told
    def customer(self, *, key: str, name: str, email: str, reference: str) -> str:
        params: dict[str, Any] = {"name": name, "metadata": {"account": reference}}
        if email:
            params["email"] = email
        return str(self._client.customers.create(params, {"idempotency_key": key}).id)  # type: ignore[arg-type]  # its own shape

    @_told
    def enter_method(
        self,
        *,
        key: str,
        customer: str,
        kinds: Sequence[str],
        asked_for: str,
        done: str,
        back: str,
        language: str,
        currency: str,
    ) -> Hosted:
        params: dict[str, Any] = {
            "mode": "setup",
            "currency": currency.lower(),
            "customer": customer,
            "allowed_payment_method_types": list(kinds),
            "success_url": done,
            "cancel_url": back,
            "locale": _locale(language),
            "metadata": {"asked_for": asked_for},
            "setup_intent_data": {"metadata": {"asked_for": asked_for}},
        }
        row = self._client.checkout.sessions.create(params, {"idempotency_key": key})  # type: ignore[arg-type]  # its own shape
        return Hosted(str(row.id), str(row.url))

    @_told
    def pay_here(self, order: Order, *, key: str, done: str, back: str, language: str) -> Hosted:
        line = {
            "quantity": 1,
            "price_data": {
                "currency": order.currency.lower(),
                "unit_amount": to_processor(order.amount, order.currency),
                "product_data": {"name": order.words},
            },
        }
        params: dict[str, Any] = {
            "mode": "payment",
            "customer": order.customer,
            "line_items": [line],
            "allowed_payment_method_types": [CARD] if order.currency != "EUR" else [CARD, SEPA],
            "success_url": done,
            "cancel_url": back,
            "locale": _locale(language),
            "metadata": {"payment": order.payment, "asked_for": order.payment},
            "payment_intent_data": {
                "metadata": _about(order),
                "description": order.words,
                "capture_method": _CAPTURE,
            },
        }
        row = self._client.checkout.sessions.create(params, {"idempotency_key": key})  # type: ignore[arg-type]  # its own shape
        return Hosted(str(row.id), str(row.url))

    @_told
    def outcome(self, hosted: str) -> Outcome:
        row = self._client.checkout.sessions.retrieve(hosted, {"expand": ["setup_intent"]})
        status = _in(row, "status")
        setup = _in(row, "setup_intent")
        if isinstance(setup, str):
            setup = self._client.setup_intents.retrieve(setup)
        return Outcome(
            state={"complete": "done", "expired": "gone"}.get(str(status), "open"),
            method=_id(_in(setup, "payment_method")) if _in(setup, "status") == "succeeded" else "",
            intent=_id(_in(row, "payment_intent")),
            asked_for=str(_in(row, "metadata", "asked_for") or ""),
        )

    @_told
    def close_page(self, hosted: str) -> None:
        try:
            self._client.checkout.sessions.expire(hosted)
        except _invalid() as fault:
            # What is complete or expired cannot be closed; the caller asks for what became of it.
            if fault.http_status not in (400, 404):
                raise

    @_told
    def method(self, id: str) -> Held:
        return _held(self._client.payment_methods.retrieve(id))

    @_told
    def forget_method(self, id: str) -> None:
        try:
            self._client.payment_methods.detach(id)
        except _invalid() as fault:
            if fault.http_status not in (400, 404):
                raise

    @_told
    def charge(self, order: Order, *, key: str) -> Charged:
        import stripe  # as above

        params: dict[str, Any] = {
            "amount": to_processor(order.amount, order.currency),
            "currency": order.currency.lower(),
            "customer": order.customer,
            "payment_method": order.method,
            "allowed_payment_method_types": [order.kind],
            "confirm": True,
            "off_session": True,
            "capture_method": _CAPTURE,
            "description": order.words,
            "metadata": _about(order),
            "expand": _MORE,
        }
        try:
            return _charged(self._client.payment_intents.create(params, {"idempotency_key": key}))  # type: ignore[arg-type]  # its own shape
        except stripe.CardError as fault:
            intent = _id(_in(fault.error, "payment_intent"))
            if not intent:
                raise
        # Not what the fault carries: it may have been kept by the key, from a time before the bank thought better of it.
        try:
            return _charged(self._client.payment_intents.retrieve(intent, {"expand": _MORE}))
        except _invalid() as fault:
            raise NoAnswer(_code(fault)) from fault  # this no is to the question, not to the order

    @_told
    def charged(self, id: str) -> Charged:
        return _charged(self._client.payment_intents.retrieve(id, {"expand": _MORE}))

    @_told
    def find_charge(self, *, customer: str, payment: str, since: datetime) -> Charged | None:
        # One page, as a rule: whoever has paid for years would be read whole each time that nothing is found.
        asked = {"customer": customer, "limit": _PAGE, "created": {"gte": int((since - CLOCKS).timestamp())}}
        rows = self._client.payment_intents.list(asked)  # type: ignore[arg-type]  # its own shape
        for row in rows.auto_paging_iter():
            if _in(row, "metadata", "payment") == payment:
                return _charged(self._client.payment_intents.retrieve(row.id, {"expand": _MORE}))
        return None

    @_told
    def cancel(self, id: str) -> Charged:
        try:
            self._client.payment_intents.cancel(id)
        except _invalid() as fault:
            if fault.http_status not in (400, 404):
                raise
        return _charged(self._client.payment_intents.retrieve(id, {"expand": _MORE}))

    @_told
    def refund(self, *, key: str, intent: str, amount: int, currency: str, refund: str) -> Refunded:
        params: dict[str, Any] = {
            "payment_intent": intent,
            "amount": to_processor(amount, currency),
            "metadata": {"refund": refund},
        }
        return _refunded(self._client.refunds.create(params, {"idempotency_key": key}))  # type: ignore[arg-type]  # its own shape

    @_told
    def refunded(self, id: str) -> Refunded:
        return _refunded(self._client.refunds.retrieve(id))

    @_told
    def find_refund(self, *, intent: str, refund: str) -> Refunded | None:
        rows = self._client.refunds.list({"payment_intent": intent, "limit": _PAGE})
        for row in rows.auto_paging_iter():
            if _in(row, "metadata", "refund") == refund:
                return _refunded(row)
        return None

    @_told
    def dispute(self, id: str) -> Contested:
        return _contested(self._client.disputes.retrieve(id))

    @_told
    def events(self, *, since: datetime) -> Sequence[Told]:
        rows = self._client.events.list({"created": {"gte": int(since.timestamp())}, "limit": _PAGE})
        return [_message(row.to_dict()) for row in rows.auto_paging_iter()]

    def read(self, body: bytes, headers: Mapping[str, str], *, secret: str, at: datetime) -> Told:
        import stripe  # as above

        signed = headers.get("Stripe-Signature", "")
        try:
            text = body.decode()
            # Its age is looked at below, by our clock; the library knows only its own.
            stripe.WebhookSignature.verify_header(text, signed, secret, None)
            # The one time that was signed: with a second one an old message would look young.
            [made] = [value for name, _equals, value in map(_parted, signed.split(",")) if name == "t"]
            age = abs(at - datetime.fromtimestamp(int(made), UTC))
        except (stripe.SignatureVerificationError, UnicodeError, ValueError, TypeError, OverflowError, OSError):
            raise NotOurs("signature") from None  # TypeError: the library compares no letters beyond ASCII
        if age > OLDEST:
            raise NotOurs("old")
        try:
            return _message(json.loads(text), raw=text)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise NotOurs("unreadable") from None


def _invalid() -> type[Any]:
    import stripe  # as above

    return stripe.InvalidRequestError


def _parted(part: str) -> tuple[str, str, str]:
    return part.strip().partition("=")


def _locale(language: str) -> str:
    """Stripe has no page in Albanian."""
    return language if language in {"en", "it", "nl", "fr", "pt", "de", "es"} else "auto"


def _about(order: Order) -> dict[str, str]:
    return {"payment": order.payment, "invoice": order.invoice}


def _in(row: Any, *path: str) -> Any:
    """What stands at that place of an answer; None where it is not there."""
    for name in path:
        if row is None or isinstance(row, str):
            return None
        row = row.get(name) if isinstance(row, Mapping) else getattr(row, name, None)
    return row


def _id(thing: Any) -> str:
    """The id of what is either an id or the thing itself."""
    return "" if thing is None else thing if isinstance(thing, str) else str(_in(thing, "id") or "")


def _held(row: Any) -> Held:
    kind = str(row.type)
    shown = _in(row, kind)
    month, year = _in(shown, "exp_month"), _in(shown, "exp_year")
    return Held(
        id=str(row.id),
        kind=kind,
        brand=str(_in(shown, "brand") or _in(shown, "bank_code") or "")[:30],
        ends=str(_in(shown, "last4") or "")[:4],
        until=f"{year:04d}-{month:02d}" if month and year else "",
        fingerprint=str(_in(shown, "fingerprint") or ""),
        customer=_id(_in(row, "customer")),
    )


def _charged(row: Any) -> Charged:
    currency = str(row.currency).upper()
    fault = _in(row, "last_payment_error")
    code = str(_in(fault, "decline_code") or _in(fault, "code") or "")
    status = str(row.status)
    if status == "requires_payment_method":
        waits = not code or "authentication_required" in {code, _in(fault, "code")}
        state = NEEDS_ACTION if waits else FAILED
    else:
        state = _STATES.get(status, UNKNOWN)
    paid = _in(row, "latest_charge")
    taken = int(_in(row, "amount_received") or 0) if state == SUCCEEDED else 0  # may be another than was asked for
    cost = _in(paid, "balance_transaction")
    fee_currency = str(_in(cost, "currency") or "").upper()
    fee = int(_in(cost, "fee") or 0)
    return Charged(
        id=str(row.id),
        state=state,
        amount=from_processor(taken or int(row.amount), currency),
        currency=currency,
        payment=str(_in(row, "metadata", "payment") or ""),
        code=(code or ("canceled" if status == "canceled" else ""))[:60] if state != SUCCEEDED else "",
        words=str(_in(fault, "message") or "")[:300] if state != SUCCEEDED else "",
        fee=fee_from_processor(fee, fee_currency),
        fee_currency=fee_currency,
    )


def _refunded(row: Any) -> Refunded:
    currency = str(row.currency).upper()
    status = str(_in(row, "status") or "succeeded")
    return Refunded(
        id=str(row.id),
        state="succeeded" if status == "succeeded" else "failed" if status in {"failed", "canceled"} else "pending",
        amount=from_processor(int(row.amount), currency),
        currency=currency,
        intent=_id(_in(row, "payment_intent")),
        refund=str(_in(row, "metadata", "refund") or ""),
        code=str(_in(row, "failure_reason") or "")[:60],
    )


def _contested(row: Any) -> Contested:
    currency = str(row.currency).upper()
    due = _in(row, "evidence_details", "due_by")
    status = str(row.status)
    # Settled before it became one. Where the payer has the money (by the network, not by a refund, which tells of itself), it is gone.
    moved = [each for each in _in(row, "balance_transactions") or () if not isinstance(each, str)]
    taken = sum(int(_in(each, "amount") or 0) for each in moved) < 0
    if status == "prevented":
        status = "lost" if taken else "warning_closed"
    return Contested(
        id=str(row.id),
        state="won" if status in {"won", "warning_closed"} else "lost" if status == "lost" else "open",
        amount=from_processor(int(row.amount), currency),
        currency=currency,
        intent=_id(_in(row, "payment_intent")),
        reason=str(row.reason)[:60],
        answer_by=datetime.fromtimestamp(int(due), UTC) if due else None,
        taken=not status.startswith("warning_"),  # an inquiry, which may become a dispute
        moves=tuple(_moved(each) for each in moved),
    )


def _moved(row: Any) -> Moved:
    currency = str(_in(row, "currency") or "").upper()
    fee = int(_in(row, "fee") or 0)
    amount = int(_in(row, "amount") or 0)
    told = [fee_from_processor(abs(each), currency) * (-1 if each < 0 else 1) for each in (amount, fee)]
    return Moved(str(row.id), amount=told[0], fee=told[1], currency=currency)


def _message(row: Mapping[str, Any], *, raw: str = "") -> Told:
    thing = row["data"]["object"]
    return Told(
        id=str(row["id"])[:100],
        type=str(row["type"])[:80],
        about=str(thing.get("id") or "")[:100],
        made_at=datetime.fromtimestamp(int(row["created"]), UTC),
        raw=raw or json.dumps(row, default=str),
    )
