"""Stripe's error bodies (docs.stripe.com/api/errors, /error-low-level, /declines/codes)."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


class StripeRefusal(Exception):
    """An answer with an error. `stored`: execution had begun, so that the same Idempotency-Key gives it again."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        stored: bool = True,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.stored = stored
        self.headers = headers or {}
        error: Json = {"message": message, "type": kind}
        if code is not None:
            error["code"] = code
            error["doc_url"] = "https://stripe.com/docs/error-codes/" + code.replace("_", "-")
        if param is not None:
            error["param"] = param
        self.body: Json = {"error": error | {key: value for key, value in more.items() if value is not None}}


def invalid(message: str, param: str | None = None, code: str | None = None) -> StripeRefusal:
    """A parameter that does not hold: no endpoint began, so nothing is kept for the key."""
    return StripeRefusal(400, message, code=code, param=param, stored=False)


def missing(param: str) -> StripeRefusal:
    return invalid(f"Missing required param: {param}.", param, "parameter_missing")


def no_such(what: str, id: str, param: str = "id") -> StripeRefusal:
    return StripeRefusal(404, f"No such {what}: '{id}'", code="resource_missing", param=param)


def unexpected(message: str, code: str, **more: Any) -> StripeRefusal:
    """Something that its state does not allow."""
    return StripeRefusal(400, message, code=code, **more)


MESSAGES = {
    "card_declined": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
    "incorrect_number": "Your card number is incorrect.",
    "invalid_expiry_year": "Your card's expiration year is invalid.",
    "invalid_expiry_month": "Your card's expiration month is invalid.",
    "authentication_required": "Your card was declined. This transaction requires authentication.",
}


def card_error(code: str, decline_code: str | None = None, **more: Any) -> StripeRefusal:
    message = MESSAGES.get(decline_code or code) or MESSAGES.get(code, "Your card was declined.")
    return StripeRefusal(402, message, kind="card_error", code=code, decline_code=decline_code, **more)
