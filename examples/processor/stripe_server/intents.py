"""PaymentIntents: states and events as documented (docs.stripe.com/payments/paymentintents/lifecycle)."""

from __future__ import annotations

from stripe_server import charges, vault
from stripe_server.call import Call
from stripe_server.errors import Json, StripeRefusal, card_error, invalid, missing, unexpected
from stripe_server.forms import flag, metadata, needed, text, whole
from stripe_server.world import World, new_id

CURRENCIES = set(
    "eur usd gbp jpy chf sek nok dkk pln czk huf ron bgn all aud cad krw kwd bhd tnd brl mxn nzd sgd hkd try".split()
)
LEAST = 50
METHODS = {"card", "sepa_debit"}
HIDDEN = "_"


def shown(intent: Json) -> Json:
    """Without what only this server needs to know."""
    return {key: value for key, value in intent.items() if not key.startswith(HIDDEN)}


def tell(call: Call, type: str, intent: Json) -> None:
    call.world.tell(call.account, type, shown(intent))


def kinds_of(params: Json, currency: str | None) -> list[str]:
    """Which methods may be used: those of the account for the currency, within `allowed_…`, without `excluded_…`.

    Since endive `payment_method_types` is only told, and no longer taken.
    """
    if "payment_method_types" in params:
        raise invalid(
            "The payment_method_types parameter is no longer supported. Use allowed_payment_method_types or dynamic payment "
            "methods.", "payment_method_types", "payment_method_types_no_longer_supported",
        )  # fmt: skip
    for name in ("allowed_payment_method_types", "excluded_payment_method_types"):
        for kind in params.get(name) or ():
            if kind not in METHODS:
                raise invalid(f"The payment method type provided: {kind} is invalid.", name)
    usable = ["card", "sepa_debit"] if currency in (None, "eur") else ["card"]
    allowed = params.get("allowed_payment_method_types") or usable
    found = [
        kind for kind in usable if kind in allowed and kind not in (params.get("excluded_payment_method_types") or ())
    ]
    if not found:
        raise invalid("No valid payment method types for this intent.", "allowed_payment_method_types")
    return found


def must_come_back(call: Call) -> bool:
    """Methods that the account might enable could lead away: a confirmation then needs a way back."""
    automatic = call.params.get("automatic_payment_methods") or {}
    return not call.params.get("allowed_payment_method_types") and automatic.get("allow_redirects") != "never"


def way_back(call: Call, intent: Json) -> None:
    if intent["_away"] and text(call.params, "return_url") is None and intent["_return_url"] is None:
        what = "PaymentIntent" if intent["object"] == "payment_intent" else "SetupIntent"
        raise invalid(
            f"This {what} is configured to accept payment methods enabled in your Dashboard. Because some of these payment "
            "methods might redirect your customer off of your page, you must provide a `return_url`. If you don't want to "
            "accept redirect-based payment methods and don't want to provide a `return_url`, set "
            "`automatic_payment_methods[enabled]` to `true` and `automatic_payment_methods[allow_redirects]` to `never` "
            f"when creating Setup Intents and Payment Intents.", "return_url",
        )  # fmt: skip


# Payment intents ------------------------------------------------------------------------------------------------------


async def create_payment(call: Call) -> Json:
    amount = whole(call.params, "amount")
    if amount is None:
        raise missing("amount")
    currency = needed(call.params, "currency").lower()
    if currency not in CURRENCIES:
        raise invalid(f"Invalid currency: {currency}.", "currency")
    if amount < LEAST:
        raise invalid(
            f"Amount must be at least {charges.shown(LEAST, currency)} {currency}", "amount", "amount_too_small"
        )
    if amount > 99_999_999:
        raise invalid("Amount must be no more than 999,999.99", "amount", "amount_too_large")
    kinds = kinds_of(call.params, currency)
    away = must_come_back(call)
    if flag(call.params, "confirm") and away and text(call.params, "return_url") is None:
        way_back(call, {"object": "payment_intent", "_away": True, "_return_url": None})
    if flag(call.params, "off_session") and not flag(call.params, "confirm"):
        raise invalid("You cannot set `off_session` without `confirm`.", "off_session")
    buyer = text(call.params, "customer")
    if (fee := whole(call.params, "application_fee_amount", least=0)) is not None and fee > amount:
        raise invalid("Your application fee cannot be larger than the charge amount.", "application_fee_amount")
    call.begin()
    if buyer is not None:
        call.world.get(call.account, buyer, "customer", param="customer")
    _other_accounts(call)
    id = new_id("pi_")
    intent: Json = {
        "id": id, "object": "payment_intent", "amount": amount, "amount_capturable": 0, "amount_details": {"tip": {}},
        "amount_received": 0, "application": None, "application_fee_amount": fee,
        "automatic_payment_methods": call.params.get("automatic_payment_methods"), "canceled_at": None,
        "cancellation_reason": None, "capture_method": text(call.params, "capture_method") or "automatic_async",
        "client_secret": new_id(id + "_secret_"), "confirmation_method": "automatic", "created": call.now,
        "currency": currency, "customer": buyer, "description": text(call.params, "description"),
        "last_payment_error": None, "latest_charge": None, "livemode": False, "metadata": metadata(call.params),
        "next_action": None, "on_behalf_of": text(call.params, "on_behalf_of"), "payment_method": None,
        "payment_method_options": {}, "payment_method_types": kinds, "processing": None,
        "receipt_email": text(call.params, "receipt_email"), "setup_future_usage": text(call.params,
        "setup_future_usage"), "shipping": None, "statement_descriptor": text(call.params, "statement_descriptor"),
        "statement_descriptor_suffix": text(call.params, "statement_descriptor_suffix"),
        "status": "requires_payment_method", "transfer_data": call.params.get("transfer_data"),
        "transfer_group": text(call.params, "transfer_group"), "_return_url": None, "_mandate": None,
        "_away": away,
    }  # fmt: skip
    if name := text(call.params, "payment_method"):
        method = await vault.resolve(call, name)
        _belongs(method, intent)
        intent |= {"payment_method": method["id"], "status": "requires_confirmation"}
    call.world.add(call.account, intent)
    tell(call, "payment_intent.created", intent)
    if flag(call.params, "confirm"):
        await confirm(call, intent)
    return shown(intent)


def _other_accounts(call: Call) -> None:
    """Accounts that are named for the money must be connected to the one that asks."""
    named = [text(call.params, "on_behalf_of"), (call.params.get("transfer_data") or {}).get("destination")]
    for id in named:
        if id is not None and id not in call.world.platform_of.get(call.key.account, set()) | {call.key.account}:
            raise StripeRefusal(
                400, f"No such destination: '{id}'", code="resource_missing", param="transfer_data[destination]"
            )


def _belongs(method: Json, intent: Json) -> None:
    if method["customer"] is not None and method["customer"] != intent["customer"]:
        raise unexpected(
            f"The provided PaymentMethod cannot be attached. The customer does not have a payment method with the ID "
            f"{method['id']}. The payment method supplied must belong to the customer.",
            "payment_intent_invalid_parameter", param="payment_method",
        )  # fmt: skip
    if method["type"] not in intent["payment_method_types"]:
        raise unexpected(
            f"The PaymentMethod provided ({method['type']}) is not allowed for this PaymentIntent. Please attempt with "
            "one of the following payment method types: " + ", ".join(intent["payment_method_types"]),
            "payment_intent_incompatible_payment_method",
        )


async def payment(call: Call) -> Json:
    return shown(call.world.get(call.account, call.args["id"], "payment_intent"))


async def payments(call: Call) -> Json:
    rows = call.world.all(call.account, "payment_intent")
    if buyer := call.params.get("customer"):
        rows = [row for row in rows if row["customer"] == buyer]
    return call.world.page(call.params, [shown(row) for row in rows], "/v1/payment_intents")


async def payments_search(call: Call) -> Json:
    rows = [shown(row) for row in call.world.all(call.account, "payment_intent")]
    return vault.search(call, rows, "/v1/payment_intents/search")


async def update_payment(call: Call) -> Json:
    intent = call.world.get(call.account, call.args["id"], "payment_intent")
    call.begin()
    if intent["status"] in ("succeeded", "canceled", "processing") and set(call.params) - {"metadata", "description"}:
        raise unexpected(
            f"This PaymentIntent could not be updated because it has a status of {intent['status']}.",
            "payment_intent_unexpected_state", payment_intent=shown(intent),
        )  # fmt: skip
    for name in ("description", "receipt_email", "setup_future_usage", "statement_descriptor"):
        if name in call.params:
            intent[name] = text(call.params, name)
    intent["metadata"] = metadata(call.params, intent["metadata"])
    if (amount := whole(call.params, "amount", least=LEAST)) is not None:
        intent["amount"] = amount
    if given_method := text(call.params, "payment_method"):
        method = await vault.resolve(call, given_method)
        _belongs(method, intent)
        intent |= {"payment_method": method["id"], "status": "requires_confirmation"}
    return shown(intent)


async def confirm_payment(call: Call) -> Json:
    intent = call.world.get(call.account, call.args["id"], "payment_intent")
    call.begin()
    await confirm(call, intent)
    return shown(intent)


async def confirm(call: Call, intent: Json) -> None:
    """One attempt. Refusals of the card raise, with the intent in the error and its events told."""
    world = call.world
    if intent["status"] not in ("requires_payment_method", "requires_confirmation", "requires_action"):
        word = {"succeeded": "already succeeded after being previously confirmed", "canceled": "been canceled"}
        raise unexpected(
            f"You cannot confirm this PaymentIntent because it has {word.get(intent['status'], intent['status'])}.",
            "payment_intent_unexpected_state", payment_intent=shown(intent),
        )  # fmt: skip
    if given_method := text(call.params, "payment_method"):
        method = await vault.resolve(call, given_method)
        _belongs(method, intent)
        intent["payment_method"] = method["id"]
    if intent["payment_method"] is None:
        raise unexpected(
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the "
            "PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment "
            "method.", "payment_intent_unexpected_state", payment_intent=shown(intent),
        )  # fmt: skip
    method = world.objects[intent["payment_method"]]
    if method["id"] in world.spent:
        vault.attached(call, method, intent["customer"] or "")
    if usage := text(call.params, "setup_future_usage"):
        intent["setup_future_usage"] = usage
    way_back(call, intent)
    intent["_return_url"] = text(call.params, "return_url") or intent["_return_url"]
    intent |= {"status": "requires_confirmation", "next_action": None, "last_payment_error": None}
    off_session = call.params.get("off_session") in ("true", "one_off", "recurring")
    if method["type"] == "sepa_debit" and intent["_mandate"] is None:
        given = text(call.params, "mandate") or world.secrets.get("mandate:" + method["id"])
        if given is None:
            if not call.params.get("mandate_data") and not off_session:
                raise unexpected(
                    "This payment method requires a mandate: pass mandate_data, or a mandate.", "parameter_missing",
                    param="mandate_data",
                )  # fmt: skip
            given = str(vault.create_mandate(call, method)["id"])
            world.secrets["mandate:" + method["id"]] = given
        intent["_mandate"] = given
    behavior = world.behavior(method["id"])
    known = method["id"] in world.set_up and off_session
    asks = behavior.authentication == "always" or (behavior.authentication == "unless_set_up" and not known)
    if asks and off_session:
        _refuse(call, intent, method, "authentication_required", "authentication_required")
    if asks and flag(call.params, "error_on_requires_action"):
        _refuse(call, intent, method, "authentication_required", "authentication_required")
    if asks:
        intent |= {"status": "requires_action", "next_action": action(call.world, intent)}
        tell(call, "payment_intent.requires_action", intent)
        return
    take(call, intent)


def action(world: World, intent: Json) -> Json:
    """Where the customer proves to be the card's owner: a page of this server."""
    url = f"{world.url}/_pages/authenticate/{intent['id']}?client_secret={intent['client_secret']}"
    if intent["_return_url"] is not None:
        return {"type": "redirect_to_url", "redirect_to_url": {"return_url": intent["_return_url"], "url": url}}
    return {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect", "stripe_js": url}}


def take(call: Call, intent: Json) -> None:
    """The charge itself, once nothing is asked any more."""
    world, account = call.world, call.account
    method = world.objects[intent["payment_method"]]
    behavior = world.behavior(method["id"])
    if behavior.refused is not None:
        _refuse(call, intent, method, *behavior.refused)
    charge = charges.new_charge(call, intent, method)
    intent["latest_charge"] = charge["id"]
    intent["next_action"] = None
    if method["type"] == "sepa_debit":
        intent["status"] = "processing"
        tell(call, "payment_intent.processing", intent)
        world.tell(account, "charge.pending", charge)
        debit_follows(world, account, intent)
    elif intent["capture_method"] == "manual":
        charge |= {"status": "succeeded", "paid": True}
        intent |= {"status": "requires_capture", "amount_capturable": intent["amount"]}
        tell(call, "payment_intent.amount_capturable_updated", intent)
    else:
        at_once = intent["capture_method"] != "automatic_async"
        charges.succeeded(world, account, charge, intent["amount"], at_once=at_once)
        _paid(world, account, intent)
    _keep(call, intent, method)


def debit_follows(world: World, account: str, intent: Json) -> None:
    """A debit that is on its way arrives, or does not."""
    behavior = world.behavior(intent["payment_method"])

    async def arrive() -> None:
        settle(world, account, intent, behavior.settles)

    world.later(180.0 if behavior.slow else world.settle_seconds, arrive)


def _keep(call: Call, intent: Json, method: Json) -> None:
    """A method that is to be used again is the customer's from now on; another one is spent."""
    if intent["setup_future_usage"] is not None and intent["customer"] is not None:
        vault.attached(call, method, intent["customer"])
        call.world.set_up.add(method["id"])
    elif method["customer"] is None:
        call.world.spent.add(method["id"])


def _paid(world: World, account: str, intent: Json) -> None:
    intent |= {"status": "succeeded", "amount_received": intent["amount"], "processing": None}
    world.tell(account, "payment_intent.succeeded", shown(intent))
    _checkout_hears(world, account, intent, "checkout.session.async_payment_succeeded")


def _checkout_hears(world: World, account: str, intent: Json, type: str) -> None:
    """A session whose money came later says so."""
    session = world.objects.get(intent.get("_session") or "")
    if session is not None and session["status"] == "complete":
        session["payment_status"] = "paid" if type.endswith("succeeded") else "unpaid"
        world.tell(account, type, shown(session))


def settle(world: World, account: str, intent: Json, result: str) -> None:
    """A debit arrives or comes back."""
    if intent["status"] != "processing":
        return
    charge = world.objects[intent["latest_charge"]]
    if result == "succeeded":
        charges.succeeded(world, account, charge, intent["amount"])
        _paid(world, account, intent)
        return
    code = "insufficient_funds" if result == "insufficient_funds" else "generic_decline"
    charges.failed(world, account, charge, "payment_intent_payment_attempt_failed", code)
    message = "The payment failed: the bank returned the debit."
    fails(world, account, intent, {
        "charge": charge["id"], "code": "payment_intent_payment_attempt_failed", "decline_code": code,
        "message": message, "payment_method": world.objects[charge["payment_method"]], "type": "card_error",
    })  # fmt: skip
    _checkout_hears(world, account, intent, "checkout.session.async_payment_failed")


def fails(world: World, account: str, intent: Json, error: Json) -> None:
    intent |= {
        "status": "requires_payment_method", "payment_method": None, "next_action": None, "last_payment_error": error,
    }  # fmt: skip
    world.tell(account, "payment_intent.payment_failed", shown(intent))


def _refuse(call: Call, intent: Json, method: Json, code: str, decline_code: str | None) -> None:
    world = call.world
    charge = charges.new_charge(call, intent, method)
    intent["latest_charge"] = charge["id"]
    charges.failed(world, call.account, charge, code, decline_code)
    refusal = card_error(code, decline_code, charge=charge["id"], payment_method=dict(method))
    error = {key: value for key, value in refusal.body["error"].items() if key != "payment_intent"}
    fails(world, call.account, intent, error)
    refusal.body["error"]["payment_intent"] = shown(intent)
    raise refusal


async def capture_payment(call: Call) -> Json:
    intent = call.world.get(call.account, call.args["id"], "payment_intent")
    amount = whole(call.params, "amount_to_capture", least=1)
    call.begin()
    if intent["status"] != "requires_capture":
        raise unexpected(
            f"This PaymentIntent could not be captured because it has a status of {intent['status']}. Only a "
            "PaymentIntent with one of the following statuses may be captured: requires_capture.",
            "payment_intent_unexpected_state", payment_intent=shown(intent),
        )  # fmt: skip
    amount = intent["amount"] if amount is None else amount
    if amount > intent["amount_capturable"]:
        raise unexpected("The amount to capture exceeds the amount authorized.", "amount_too_large")
    charges.succeeded(call.world, call.account, call.world.objects[intent["latest_charge"]], amount)
    intent |= {"status": "succeeded", "amount_received": amount, "amount_capturable": 0}
    tell(call, "payment_intent.succeeded", intent)
    return shown(intent)


async def cancel_payment(call: Call) -> Json:
    intent = call.world.get(call.account, call.args["id"], "payment_intent")
    call.begin()
    if intent["status"] in ("succeeded", "canceled", "processing"):
        raise unexpected(
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}. Only a PaymentIntent "
            "with one of the following statuses may be canceled: requires_payment_method, requires_capture, "
            "requires_confirmation, requires_action.",
            "payment_intent_unexpected_state", payment_intent=shown(intent),
        )  # fmt: skip
    intent |= {
        "status": "canceled", "canceled_at": call.now, "next_action": None, "amount_capturable": 0,
        "cancellation_reason": text(call.params, "cancellation_reason"),
    }  # fmt: skip
    tell(call, "payment_intent.canceled", intent)
    return shown(intent)
