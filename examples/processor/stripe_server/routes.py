"""Which endpoint answers what, with which permission of a restricted key, and which parameters it knows."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import stripe

from stripe_server import charges, checkout, connect, intents, setups, vault, webhooks
from stripe_server.call import Call
from stripe_server.errors import Json, invalid

Endpoint = Callable[[Call], Awaitable[Json]]


@dataclass(frozen=True)
class Route:
    """`resource`: what a restricted key needs, as "rak_RESOURCE_read" or "…_write"."""

    method: str
    path: re.Pattern[str]
    endpoint: Endpoint
    resource: str
    params: frozenset[str] | None

    @property
    def permission(self) -> str:
        return f"rak_{self.resource}_{'read' if self.method == 'GET' else 'write'}"


def _names(params: str | None) -> frozenset[str] | None:
    """The parameters that the official SDK's own description of the endpoint names."""
    if params is None:
        return None
    found: Any = stripe.params
    for part in params.split("."):
        found = getattr(found, part)
    names: set[str] = set()
    for kind in found.__mro__ if hasattr(found, "__mro__") else [found]:
        names |= set(getattr(kind, "__annotations__", {}))
    return frozenset(names - set(stripe.RequestOptions.__annotations__) | {"expand"})


_TABLE: list[tuple[str, str, Endpoint, str, str | None]] = [
    ("POST", "/v1/customers", vault.create_customer, "customer", "CustomerCreateParams"),
    ("GET", "/v1/customers", vault.customers, "customer", "CustomerListParams"),
    ("GET", "/v1/customers/search", vault.customers_search, "customer", None),
    ("GET", "/v1/customers/{id}", vault.customer, "customer", None),
    ("POST", "/v1/customers/{id}", vault.update_customer, "customer", "CustomerUpdateParams"),
    ("DELETE", "/v1/customers/{id}", vault.delete_customer, "customer", None),
    ("GET", "/v1/customers/{id}/payment_methods", vault.methods, "payment_method", None),
    ("GET", "/v1/customers/{id}/payment_methods/{method}", vault.method_of_customer, "payment_method", None),
    ("GET", "/v1/customers/{id}/tax_ids", vault.passed, "customer", None),
    ("POST", "/v1/customers/{id}/tax_ids", vault.passed, "customer", None),
    ("GET", "/v1/customers/{id}/tax_ids/{tax_id}", vault.passed, "customer", None),
    ("DELETE", "/v1/customers/{id}/tax_ids/{tax_id}", vault.passed, "customer", None),
    ("POST", "/v1/payment_methods", vault.create_method, "payment_method", "PaymentMethodCreateParams"),
    ("GET", "/v1/payment_methods", vault.methods, "payment_method", None),
    ("GET", "/v1/payment_methods/{id}", vault.method, "payment_method", None),
    ("POST", "/v1/payment_methods/{id}", vault.update_method, "payment_method", "PaymentMethodUpdateParams"),
    ("POST", "/v1/payment_methods/{id}/attach", vault.attach, "payment_method", "PaymentMethodAttachParams"),
    ("POST", "/v1/payment_methods/{id}/detach", vault.detach, "payment_method", "PaymentMethodDetachParams"),
    ("POST", "/v1/payment_intents", intents.create_payment, "payment_intent", "PaymentIntentCreateParams"),
    ("GET", "/v1/payment_intents", intents.payments, "payment_intent", "PaymentIntentListParams"),
    ("GET", "/v1/payment_intents/search", intents.payments_search, "payment_intent", None),
    ("GET", "/v1/payment_intents/{id}", intents.payment, "payment_intent", None),
    ("POST", "/v1/payment_intents/{id}", intents.update_payment, "payment_intent", "PaymentIntentUpdateParams"),
    (
        "POST",
        "/v1/payment_intents/{id}/confirm",
        intents.confirm_payment,
        "payment_intent",
        "PaymentIntentConfirmParams",
    ),
    (
        "POST",
        "/v1/payment_intents/{id}/capture",
        intents.capture_payment,
        "payment_intent",
        "PaymentIntentCaptureParams",
    ),
    ("POST", "/v1/payment_intents/{id}/cancel", intents.cancel_payment, "payment_intent", "PaymentIntentCancelParams"),
    ("POST", "/v1/setup_intents", setups.create_setup, "setup_intent", "SetupIntentCreateParams"),
    ("GET", "/v1/setup_intents", setups.setups, "setup_intent", "SetupIntentListParams"),
    ("GET", "/v1/setup_intents/{id}", setups.setup, "setup_intent", None),
    ("POST", "/v1/setup_intents/{id}", setups.update_setup, "setup_intent", "SetupIntentUpdateParams"),
    ("POST", "/v1/setup_intents/{id}/confirm", setups.confirm_setup, "setup_intent", "SetupIntentConfirmParams"),
    ("POST", "/v1/setup_intents/{id}/cancel", setups.cancel_setup, "setup_intent", "SetupIntentCancelParams"),
    ("GET", "/v1/mandates/{id}", setups.mandate, "mandate", None),
    ("GET", "/v1/charges", charges.charges, "charge", "ChargeListParams"),
    ("GET", "/v1/charges/{id}", charges.charge, "charge", None),
    ("POST", "/v1/charges/{id}", charges.update_charge, "charge", "ChargeUpdateParams"),
    ("POST", "/v1/refunds", charges.create_refund, "charge", "RefundCreateParams"),
    ("GET", "/v1/refunds", charges.refunds, "charge", "RefundListParams"),
    ("GET", "/v1/refunds/{id}", charges.refund, "charge", None),
    ("POST", "/v1/refunds/{id}", charges.update_refund, "charge", "RefundUpdateParams"),
    ("GET", "/v1/disputes", charges.disputes, "dispute", "DisputeListParams"),
    ("GET", "/v1/disputes/{id}", charges.dispute, "dispute", None),
    ("POST", "/v1/disputes/{id}", charges.update_dispute, "dispute", "DisputeUpdateParams"),
    ("POST", "/v1/disputes/{id}/close", charges.close, "dispute", None),
    ("GET", "/v1/balance", charges.balance, "balance", None),
    ("GET", "/v1/balance_transactions", charges.balance_transactions, "balance_transaction_source", None),
    ("GET", "/v1/balance_transactions/{id}", charges.balance_transaction, "balance_transaction_source", None),
    ("GET", "/v1/transfers", charges.listed, "transfer", None),
    ("GET", "/v1/transfers/{id}", charges.listed, "transfer", None),
    ("GET", "/v1/application_fees", charges.listed, "application_fee", None),
    ("GET", "/v1/application_fees/{id}", charges.listed, "application_fee", None),
    ("POST", "/v1/checkout/sessions", checkout.create_session, "checkout_session", "checkout.SessionCreateParams"),
    ("GET", "/v1/checkout/sessions", checkout.sessions, "checkout_session", None),
    ("GET", "/v1/checkout/sessions/{id}", checkout.session, "checkout_session", None),
    ("GET", "/v1/checkout/sessions/{id}/line_items", checkout.line_items, "checkout_session", None),
    ("POST", "/v1/checkout/sessions/{id}/expire", checkout.expire, "checkout_session", None),
    ("POST", "/v1/webhook_endpoints", webhooks.create_endpoint, "webhook", "WebhookEndpointCreateParams"),
    ("GET", "/v1/webhook_endpoints", webhooks.endpoints, "webhook", None),
    ("GET", "/v1/webhook_endpoints/{id}", webhooks.endpoint, "webhook", None),
    ("POST", "/v1/webhook_endpoints/{id}", webhooks.update_endpoint, "webhook", "WebhookEndpointUpdateParams"),
    ("DELETE", "/v1/webhook_endpoints/{id}", webhooks.delete_endpoint, "webhook", None),
    ("GET", "/v1/events", webhooks.events, "event", "EventListParams"),
    ("GET", "/v1/events/{id}", webhooks.event, "event", None),
    ("GET", "/v1/account", connect.own_account, "account", None),
    ("POST", "/v1/accounts", connect.create_account, "connected_account", "AccountCreateParams"),
    ("GET", "/v1/accounts", connect.accounts, "connected_account", None),
    ("GET", "/v1/accounts/{id}", connect.account, "account", None),
    ("POST", "/v1/accounts/{id}", connect.update_account, "connected_account", "AccountUpdateParams"),
    ("DELETE", "/v1/accounts/{id}", connect.delete_account, "connected_account", None),
    ("POST", "/v1/account_links", connect.create_link, "connected_account", "AccountLinkCreateParams"),
]

# Passed on to localstripe as they are.
for _thing in ("products", "coupons", "tax_rates"):
    _TABLE += [
        ("POST", f"/v1/{_thing}", vault.passed, _thing[:-1], None),
        ("GET", f"/v1/{_thing}", vault.passed, _thing[:-1], None),
        ("GET", f"/v1/{_thing}/{{id}}", vault.passed, _thing[:-1], None),
        ("POST", f"/v1/{_thing}/{{id}}", vault.passed, _thing[:-1], None),
    ]

ROUTES = [
    Route(method, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)), endpoint, resource, _names(params))
    for method, path, endpoint, resource, params in _TABLE
]


def find(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    for route in ROUTES:
        if route.method == method and (found := route.path.fullmatch(path)) is not None:
            return route, found.groupdict()
    return None


def check_names(route: Route, params: Json) -> None:
    """A parameter that Stripe does not know is an error there, and so here."""
    if route.params is None:
        return
    for name in params:
        if name not in route.params and name != "payment_method_types":  # refused with a code of its own
            raise invalid(f"Received unknown parameter: {name}", name, "parameter_unknown")
