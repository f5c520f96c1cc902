"""SetupIntents, and what comes of the page on which a bank asks for a card's owner."""

from __future__ import annotations

from typing import Any

from stripe_server import vault
from stripe_server.call import Call
from stripe_server.errors import Json, StripeRefusal, card_error, unexpected
from stripe_server.forms import flag, metadata, text
from stripe_server.intents import action, fails, kinds_of, must_come_back, shown, take, tell, way_back
from stripe_server.world import new_id


async def create_setup(call: Call, *, session: str | None = None) -> Json:
    buyer = text(call.params, "customer")
    kinds = kinds_of(call.params, None)
    away = must_come_back(call)
    if flag(call.params, "confirm"):
        way_back(call, {"object": "setup_intent", "_away": away, "_return_url": None})
    call.begin()
    if buyer is not None:
        call.world.get(call.account, buyer, "customer", param="customer")
    id = new_id("seti_")
    intent: Json = {
        "id": id, "object": "setup_intent", "application": None,
        "automatic_payment_methods": call.params.get("automatic_payment_methods"), "cancellation_reason": None,
        "client_secret": new_id(id + "_secret_"), "created": call.now, "customer": buyer,
        "description": text(call.params, "description"), "last_setup_error": None, "latest_attempt": None,
        "livemode": False, "mandate": None, "metadata": metadata(call.params), "next_action": None,
        "on_behalf_of": text(call.params, "on_behalf_of"), "payment_method": None, "payment_method_options": {},
        "payment_method_types": kinds, "single_use_mandate": None, "status": "requires_payment_method",
        "usage": text(call.params, "usage") or "off_session", "_return_url": None, "_session": session,
        "_away": away,
    }  # fmt: skip
    if name := text(call.params, "payment_method"):
        method = await vault.resolve(call, name)
        intent |= {"payment_method": method["id"], "status": "requires_confirmation"}
    call.world.add(call.account, intent)
    tell(call, "setup_intent.created", intent)
    if flag(call.params, "confirm"):
        await confirm_it(call, intent)
    return shown(intent)


async def setup(call: Call) -> Json:
    return shown(call.world.get(call.account, call.args["id"], "setup_intent"))


async def setups(call: Call) -> Json:
    rows = [shown(row) for row in call.world.all(call.account, "setup_intent")]
    for name in ("customer", "payment_method"):
        if value := call.params.get(name):
            rows = [row for row in rows if row[name] == value]
    return call.world.page(call.params, rows, "/v1/setup_intents")


async def update_setup(call: Call) -> Json:
    intent = call.world.get(call.account, call.args["id"], "setup_intent")
    call.begin()
    intent["metadata"] = metadata(call.params, intent["metadata"])
    if "description" in call.params:
        intent["description"] = text(call.params, "description")
    if name := text(call.params, "payment_method"):
        method = await vault.resolve(call, name)
        intent |= {"payment_method": method["id"], "status": "requires_confirmation"}
    return shown(intent)


async def confirm_setup(call: Call) -> Json:
    intent = call.world.get(call.account, call.args["id"], "setup_intent")
    call.begin()
    await confirm_it(call, intent)
    return shown(intent)


async def confirm_it(call: Call, intent: Json) -> None:
    world = call.world
    if intent["status"] in ("succeeded", "canceled"):
        raise unexpected(
            f"You cannot confirm this SetupIntent because it has {intent['status']}.", "setup_intent_unexpected_state",
            setup_intent=shown(intent),
        )  # fmt: skip
    if name := text(call.params, "payment_method"):
        intent["payment_method"] = (await vault.resolve(call, name))["id"]
    if intent["payment_method"] is None:
        raise unexpected(
            "You cannot confirm this SetupIntent because it's missing a payment method.",
            "setup_intent_unexpected_state", setup_intent=shown(intent),
        )  # fmt: skip
    method = world.objects[intent["payment_method"]]
    if method["type"] == "sepa_debit" and not call.params.get("mandate_data"):
        raise unexpected("This SetupIntent requires mandate_data.", "parameter_missing", param="mandate_data")
    way_back(call, intent)
    intent["_return_url"] = text(call.params, "return_url") or intent["_return_url"]
    intent["last_setup_error"] = None
    behavior = world.behavior(method["id"])
    if behavior.refused is not None and not behavior.attaches:
        setup_fails(call, intent, *behavior.refused)
    if behavior.authentication != "never":
        intent |= {"status": "requires_action", "next_action": action(world, intent)}
        tell(call, "setup_intent.requires_action", intent)
        return
    finish_setup(call, intent)


def setup_fails(call: Call, intent: Json, code: str, decline_code: str | None) -> None:
    method = call.world.objects[intent["payment_method"]]
    refusal = card_error(code, decline_code, payment_method=dict(method))
    error = dict(refusal.body["error"])
    intent |= {
        "status": "requires_payment_method", "payment_method": None, "next_action": None, "last_setup_error": error,
    }  # fmt: skip
    tell(call, "setup_intent.setup_failed", intent)
    refusal.body["error"]["setup_intent"] = shown(intent)
    raise refusal


def finish_setup(call: Call, intent: Json) -> None:
    method = call.world.objects[intent["payment_method"]]
    if intent["customer"] is not None:
        vault.attached(call, method, intent["customer"])
    call.world.set_up.add(method["id"])
    if method["type"] == "sepa_debit":
        intent["mandate"] = vault.create_mandate(call, method)["id"]
        call.world.secrets["mandate:" + method["id"]] = intent["mandate"]
    intent |= {"status": "succeeded", "next_action": None}
    tell(call, "setup_intent.succeeded", intent)


async def cancel_setup(call: Call) -> Json:
    intent = call.world.get(call.account, call.args["id"], "setup_intent")
    call.begin()
    if intent["status"] in ("succeeded", "canceled"):
        raise unexpected(
            f"You cannot cancel this SetupIntent because it has a status of {intent['status']}.",
            "setup_intent_unexpected_state", setup_intent=shown(intent),
        )  # fmt: skip
    intent |= {"status": "canceled", "cancellation_reason": text(call.params, "cancellation_reason")}
    tell(call, "setup_intent.canceled", intent)
    return shown(intent)


async def mandate(call: Call) -> Json:
    return call.world.get(call.account, call.args["id"], "mandate")


# The customer's answer ------------------------------------------------------------------------------------------------


def authenticated(call: Call, intent: Json, proved: bool) -> None:
    """What the page of the card's bank reports. An intent that waits for nothing stays as it is."""
    if intent["status"] != "requires_action":
        return
    payment_intent = intent["object"] == "payment_intent"
    if proved:
        try:
            (take if payment_intent else finish_setup)(call, intent)
        except StripeRefusal:
            return  # declined after all: said by the intent and its events
        return
    code = "payment_intent_authentication_failure" if payment_intent else "setup_intent_authentication_failure"
    error: dict[str, Any] = {
        "code": code, "type": "invalid_request_error", "payment_method": call.world.objects[intent["payment_method"]],
        "message": "We are unable to authenticate your payment method. Please choose a different payment method and try "
                   "again.",
    }  # fmt: skip
    if payment_intent:
        fails(call.world, call.account, intent, error)
        return
    intent |= {
        "status": "requires_payment_method", "payment_method": None, "next_action": None, "last_setup_error": error,
    }  # fmt: skip
    tell(call, "setup_intent.setup_failed", intent)
