"""Checkout Sessions in payment and setup mode, with the page that a customer fills in."""

from __future__ import annotations

from stripe_server import intents, setups, vault
from stripe_server.call import Call
from stripe_server.errors import Json, card_error, invalid, missing, unexpected
from stripe_server.forms import metadata, needed, text, whole
from stripe_server.world import World, new_id

LIVES_SECONDS = 86_400


async def create_session(call: Call) -> Json:
    mode = needed(call.params, "mode")
    if mode not in ("payment", "setup"):
        raise invalid(
            "Invalid mode: must be one of payment or setup (subscriptions are not part of this server)", "mode"
        )
    success = text(call.params, "success_url")
    if success is None:
        raise missing("success_url")
    for name in ("success_url", "cancel_url"):
        if (url := text(call.params, name)) is not None and not url.startswith(("http://", "https://")):
            raise invalid("Not a valid URL", name, "url_invalid")
    buyer = text(call.params, "customer")
    lines, currency, total = _lines(call, mode)
    kinds = intents.kinds_of(call.params, currency)
    expires = whole(call.params, "expires_at")
    if expires is not None and not call.now + 1800 <= expires <= call.now + LIVES_SECONDS:
        raise invalid("The `expires_at` timestamp must be between 30 minutes and 24 hours from now.", "expires_at")
    call.begin()
    if buyer is not None:
        call.world.get(call.account, buyer, "customer", param="customer")
    id = new_id("cs_test_", 40)
    session: Json = {
        "id": id, "object": "checkout.session", "amount_subtotal": total, "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "status": None}, "client_secret": None,
        "cancel_url": text(call.params, "cancel_url"), "client_reference_id": text(call.params, "client_reference_id"),
        "created": call.now, "currency": currency, "custom_fields": [], "custom_text": {}, "customer": buyer,
        "customer_creation": None if buyer else (text(call.params, "customer_creation") or "if_required"),
        "customer_details": None, "customer_email": text(call.params, "customer_email"),
        "expires_at": expires or call.now + LIVES_SECONDS, "invoice": None, "livemode": False,
        "locale": text(call.params, "locale"), "metadata": metadata(call.params), "mode": mode, "payment_intent": None,
        "payment_method_types": kinds,
        "payment_status": "unpaid" if mode == "payment" else "no_payment_required", "setup_intent": None,
        "shipping_options": [], "status": "open", "subscription": None, "success_url": success, "ui_mode": "hosted",
        "url": f"{call.world.url}/c/pay/{id}", "_lines": lines, "_account": call.account,
        "_payment": call.params.get("payment_intent_data") or {}, "_key": call.key.key,
    }  # fmt: skip
    if mode == "setup":
        data = call.params.get("setup_intent_data") or {}
        asked = {name: value for name, value in (("customer", buyer),) if value}
        setup = await setups.create_setup(
            call.with_(params=data | asked | {"allowed_payment_method_types": session["payment_method_types"]}),
            session=id,
        )
        session["setup_intent"] = setup["id"]
    call.world.add(call.account, session)
    expiry_follows(call.world, call.account, session)
    return intents.shown(session)


def expiry_follows(world: World, account: str, session: Json) -> None:
    """A page that nobody has filled in is over after a day."""

    async def run_out() -> None:
        _expire(world, account, session)

    world.later(session["expires_at"] - world.clock.seconds(), run_out)


def _lines(call: Call, mode: str) -> tuple[list[Json], str | None, int | None]:
    given = call.params.get("line_items")
    if mode == "setup":
        if given:
            raise invalid("You can not pass `line_items` in `setup` mode.", "line_items")
        currency = text(call.params, "currency")
        if currency is None and not call.params.get("allowed_payment_method_types"):
            raise missing("currency")
        return [], currency, None
    if not given:
        raise missing("line_items")
    lines: list[Json] = []
    for number, item in enumerate(given):
        price = item.get("price_data")
        if not isinstance(price, dict):
            raise invalid("This server knows prices only as price_data.", f"line_items[{number}][price_data]")
        amount = whole(price, "unit_amount", least=0)
        if amount is None:
            raise missing(f"line_items[{number}][price_data][unit_amount]")
        name = (price.get("product_data") or {}).get("name")
        if not name:
            raise missing(f"line_items[{number}][price_data][product_data][name]")
        quantity = whole(item, "quantity", least=1) or 1
        lines.append({
            "id": new_id("li_"), "object": "item", "amount_subtotal": amount * quantity, "description": name,
            "amount_total": amount * quantity, "currency": needed(price, "currency").lower(), "quantity": quantity,
        })  # fmt: skip
    currencies = {line["currency"] for line in lines}
    if len(currencies) > 1:
        raise invalid("All line items must have the same currency.", "line_items")
    total = sum(line["amount_total"] for line in lines)
    currency = currencies.pop()
    if total < intents.LEAST:
        raise invalid("The Checkout Session's total amount due must add up to at least 50 cents.", "line_items",
                      "amount_too_small")  # fmt: skip
    return lines, currency, total


def _expire(world: World, account: str, session: Json) -> None:
    if session["status"] == "open":
        session |= {"status": "expired", "url": None}
        world.tell(account, "checkout.session.expired", intents.shown(session))


async def session(call: Call) -> Json:
    return intents.shown(call.world.get(call.account, call.args["id"], "checkout.session"))


async def sessions(call: Call) -> Json:
    rows = [intents.shown(row) for row in call.world.all(call.account, "checkout.session")]
    for name in ("customer", "payment_intent", "status"):
        if value := call.params.get(name):
            rows = [row for row in rows if row[name] == value]
    return call.world.page(call.params, rows, "/v1/checkout/sessions")


async def line_items(call: Call) -> Json:
    thing = call.world.get(call.account, call.args["id"], "checkout.session")
    return call.world.page(call.params, thing["_lines"], f"/v1/checkout/sessions/{thing['id']}/line_items")


async def expire(call: Call) -> Json:
    thing = call.world.get(call.account, call.args["id"], "checkout.session")
    call.begin()
    if thing["status"] != "open":
        raise unexpected(
            f"Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of "
            f"\"{thing['status']}\".", "checkout_session_unexpected_state",
        )  # fmt: skip
    _expire(call.world, call.account, thing)
    return intents.shown(thing)


# The customer's side --------------------------------------------------------------------------------------------------


async def submitted(call: Call, session: Json, form: dict[str, str]) -> str | None:
    """What the page was filled with. Gives the address of the bank's page if it asks; refusals raise (and the page shows
    their sentence)."""
    if session["status"] != "open":
        return None
    name = form.get("name", "")
    billing = {"name": name, "email": form.get("email") or session["customer_email"]}
    if form.get("method") == "sepa_debit":
        fields: Json = {"type": "sepa_debit", "sepa_debit": {"iban": form.get("iban", "")}, "billing_details": billing}
    else:
        month, _, year = form.get("expiry", "").replace(" ", "").partition("/")
        if not (month.isdigit() and year.isdigit()):
            raise card_error("invalid_expiry_year", param="exp_year")
        fields = {
            "type": "card", "billing_details": billing,
            "card": {"number": form.get("number", ""), "exp_month": month, "exp_year": year,
                     "cvc": (form.get("cvc") or "123")[:3]},
        }  # fmt: skip
    method = await vault.create_method(call.with_(params=fields))
    session["customer_details"] = billing | {"address": None, "phone": None, "tax_exempt": "none", "tax_ids": []}
    agreed: Json = {"mandate_data": {"customer_acceptance": {"type": "online"}}}
    back = f"{call.world.url}/c/pay/{session['id']}/done"
    if session["mode"] == "setup":
        intent = call.world.objects[session["setup_intent"]]
        asked = call.with_(params={"payment_method": method["id"], "return_url": back} | agreed)
        await setups.confirm_it(asked, intent)
    else:
        intent = await _payment(call, session)
        asked = call.with_(params={"payment_method": method["id"], "return_url": back} | agreed)
        await intents.confirm(asked, intent)
    if intent["status"] == "requires_action":
        return str(intent["next_action"]["redirect_to_url"]["url"])
    finished(call, session)
    return None


async def _payment(call: Call, session: Json) -> Json:
    """The intent of the session, made when the page is sent the first time."""
    if session["payment_intent"] is not None:
        return call.world.objects[session["payment_intent"]]
    data = dict(session["_payment"])
    if session["customer"] is None and (
        session["customer_creation"] == "always" or data.get("setup_future_usage") is not None
    ):
        made = await vault.create_customer(call.with_(params={
            name: value for name, value in (session["customer_details"] or {}).items()
            if name in ("name", "email") and value
        }))  # fmt: skip
        session["customer"] = made["id"]
    params: Json = data | {
        "amount": str(session["amount_total"]), "currency": session["currency"],
        "allowed_payment_method_types": session["payment_method_types"],
    }  # fmt: skip
    if session["customer"] is not None:
        params["customer"] = session["customer"]
    made = await intents.create_payment(call.with_(params=params))
    intent = call.world.objects[made["id"]]
    intent["_session"] = session["id"]
    session["payment_intent"] = intent["id"]
    return intent


def finished(call: Call, session: Json) -> bool:
    """Completes the session if its intent has got there. Gives whether it has."""
    intent = call.world.objects[session["setup_intent"] or session["payment_intent"]]
    if session["status"] != "open" or intent["status"] not in ("succeeded", "processing", "requires_capture"):
        return bool(session["status"] == "complete")
    session |= {"status": "complete", "url": None}
    if session["mode"] == "payment":
        session["payment_status"] = "paid" if intent["status"] == "succeeded" else "unpaid"
    elif session["customer"] is None:
        session["customer"] = intent["customer"]
    call.world.tell(call.account, "checkout.session.completed", intents.shown(session))
    return True


def trouble(session: Json, world: World) -> str | None:
    """The sentence for the page after the bank said no."""
    intent = world.objects.get(session["setup_intent"] or session["payment_intent"] or "")
    error = (intent or {}).get("last_payment_error") or (intent or {}).get("last_setup_error")
    return error["message"] if error else None
