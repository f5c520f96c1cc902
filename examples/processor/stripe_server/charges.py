"""Charges with what follows them: refunds, disputes, transfers, fees, balance."""

from __future__ import annotations

import copy
from typing import Any

from stripe_server.call import Call
from stripe_server.errors import MESSAGES, Json, StripeRefusal, invalid, no_such, unexpected
from stripe_server.forms import metadata, text, whole
from stripe_server.world import World, new_id

DAY = 86_400
#: What a dispute costs, whatever is decided.
DISPUTE_FEE = 1500
DECIMALS = {"jpy": 0, "krw": 0, "kwd": 3, "bhd": 3, "tnd": 3}


def shown(amount: int, currency: str) -> str:
    """For sentences: "€12.00"."""
    sign = {"eur": "€", "usd": "$", "gbp": "£", "jpy": "¥"}.get(currency, currency.upper() + " ")
    decimals = DECIMALS.get(currency, 2)
    return f"{sign}{amount / 10**decimals:.{decimals}f}"


def fee(amount: int) -> int:
    """What this server keeps of a charge: 1.5 % and 25 minor units. (Stripe's own depends on contract and card.)"""
    return (amount * 15 + 500) // 1000 + 25


def booked(
    world: World, account: str, amount: int, currency: str, type: str, source: str, *, cost: int = 0, days: int = 0,
    category: str = "", kept: Json | None = None,
) -> Json:  # fmt: skip
    """A row of the account's balance; `kept`: what a fee is for."""
    now = world.clock.seconds()
    return world.add(
        account,
        {
            "id": new_id("txn_"), "object": "balance_transaction", "amount": amount, "fee": cost, "net": amount - cost,
            "available_on": now + days * DAY, "created": now, "currency": currency, "description": None,
            "exchange_rate": None, "fee_details": [] if kept is None else [kept],
            "reporting_category": category or type, "source": source, "type": type,
            "status": "pending" if days else "available",
        },
    )  # fmt: skip


def details_of(method: Json, mandate: str | None) -> Json:
    if method["type"] == "card":
        card = method["card"]
        return {
            "type": "card",
            "card": {key: card.get(key) for key in ("brand", "country", "exp_month", "exp_year", "fingerprint",
                                                   "funding", "last4")} | {"three_d_secure": None},
        }  # fmt: skip
    return {"type": "sepa_debit", "sepa_debit": method["sepa_debit"] | {"mandate": mandate}}


def new_charge(call: Call, intent: Json, method: Json) -> Json:
    """A charge of the intent that has neither succeeded nor failed yet."""
    world = call.world
    card = method["type"] == "card"
    thing: Json = {
        "id": new_id("ch_" if card else "py_"), "object": "charge", "amount": intent["amount"], "amount_captured": 0,
        "amount_refunded": 0, "application": None, "application_fee": None,
        "application_fee_amount": intent["application_fee_amount"], "balance_transaction": None,
        "billing_details": method["billing_details"], "captured": False, "created": world.clock.seconds(),
        "calculated_statement_descriptor": intent["statement_descriptor"] or "LOCAL TEST",
        "currency": intent["currency"], "customer": intent["customer"], "description": intent["description"],
        "dispute": None, "disputed": False, "failure_code": None, "failure_message": None, "livemode": False,
        "metadata": dict(intent["metadata"]), "on_behalf_of": intent["on_behalf_of"],
        "outcome": None, "paid": False, "payment_intent": intent["id"], "payment_method": method["id"],
        "payment_method_details": details_of(method, intent.get("_mandate")), "receipt_email": intent["receipt_email"],
        "receipt_url": None, "refunded": False, "shipping": None, "status": "pending", "transfer": None,
        "statement_descriptor": intent["statement_descriptor"], "transfer_data": intent["transfer_data"],
        "transfer_group": intent["transfer_group"],
    }  # fmt: skip
    return world.add(call.account, thing)


def failed(world: World, account: str, charge: Json, code: str, decline_code: str | None) -> None:
    charge["status"] = "failed"
    charge["failure_code"] = code
    charge["failure_message"] = MESSAGES.get(decline_code or code, "Your card was declined.")
    charge["outcome"] = {
        "network_status": "declined_by_network", "reason": decline_code or code, "type": "issuer_declined",
        "risk_level": "normal", "seller_message": "The bank did not return any further details with this decline.",
    }  # fmt: skip
    world.tell(account, "charge.failed", charge)


def succeeded(world: World, account: str, charge: Json, amount: int, *, at_once: bool = True) -> None:
    """Paid: into the balance, the fee and the connected account's part out of it, and a dispute if the card asks.

    Not `at_once`: what was captured in the background says only a while later what it came to in the balance, as Stripe does.
    """
    behavior = world.behavior(charge["payment_method"])
    charge |= {
        "status": "succeeded", "paid": True, "captured": True, "amount_captured": amount,
        "outcome": {"network_status": "approved_by_network", "reason": None, "risk_level": "normal",
                    "seller_message": "Payment complete.", "type": "authorized"},
        "receipt_url": f"{world.url}/_pages/receipts/{charge['id']}",
    }  # fmt: skip
    kind = "charge" if charge["id"].startswith("ch_") else "payment"
    days = 0 if behavior.available_at_once else 7
    row = booked(world, account, amount, charge["currency"], kind, charge["id"], cost=fee(amount), days=days)
    if at_once:
        charge["balance_transaction"] = row["id"]
    else:
        world.later(world.settle_seconds, lambda: _told_late(world, account, charge["id"], row["id"]))
    _share(world, account, charge, amount)
    world.tell(account, "charge.succeeded", charge)
    if behavior.dispute is not None:
        open_dispute(world, account, charge, behavior.dispute)


async def _told_late(world: World, account: str, charge: str, row: str) -> None:
    world.objects[charge]["balance_transaction"] = row
    world.tell(account, "charge.updated", world.objects[charge])


def _share(world: World, account: str, charge: Json, amount: int) -> None:
    """A destination charge passes the money on, less the platform's fee; a direct one leaves the fee to the platform."""
    fee_amount = charge["application_fee_amount"]
    if (destination := (charge["transfer_data"] or {}).get("destination")) is not None:
        passed_on = int(charge["transfer_data"].get("amount") or amount)
        transfer = world.add(
            account,
            {
                "id": new_id("tr_"), "object": "transfer", "amount": passed_on, "amount_reversed": 0,
                "created": world.clock.seconds(), "currency": charge["currency"], "destination": destination,
                "livemode": False, "metadata": {}, "reversed": False, "source_transaction": charge["id"],
                "transfer_group": charge["transfer_group"],
            },
        )  # fmt: skip
        charge["transfer"] = transfer["id"]
        booked(world, account, -passed_on, charge["currency"], "transfer", transfer["id"])
        booked(world, destination, passed_on - (fee_amount or 0), charge["currency"], "payment", transfer["id"])
        world.tell(account, "transfer.created", transfer)
        platform: str | None = account
    else:
        platform = next((owner for owner, theirs in world.platform_of.items() if account in theirs), None)
    if fee_amount and platform is not None:
        taken = world.add(
            platform,
            {
                "id": new_id("fee_"), "object": "application_fee", "account": destination or account,
                "amount": fee_amount, "amount_refunded": 0, "charge": charge["id"], "created": world.clock.seconds(),
                "currency": charge["currency"], "livemode": False, "refunded": False,
            },
        )  # fmt: skip
        charge["application_fee"] = taken["id"]
        booked(world, platform, fee_amount, charge["currency"], "application_fee", taken["id"])
        if destination is None:
            booked(world, account, -fee_amount, charge["currency"], "application_fee", taken["id"])
        world.tell(platform, "application_fee.created", taken)


async def charge(call: Call) -> Json:
    return call.world.get(call.account, call.args["id"], "charge")


async def charges(call: Call) -> Json:
    rows = call.world.all(call.account, "charge")
    for name in ("customer", "payment_intent"):
        if value := call.params.get(name):
            rows = [row for row in rows if row[name] == value]
    return call.world.page(call.params, rows, "/v1/charges")


async def update_charge(call: Call) -> Json:
    thing = call.world.get(call.account, call.args["id"], "charge")
    call.begin()
    thing["metadata"] = metadata(call.params, thing["metadata"])
    if "description" in call.params:
        thing["description"] = text(call.params, "description")
    call.world.tell(call.account, "charge.updated", thing)
    return thing


# Refunds --------------------------------------------------------------------------------------------------------------


async def create_refund(call: Call) -> Json:
    world = call.world
    amount = whole(call.params, "amount", least=1)
    if intent_id := text(call.params, "payment_intent"):
        intent = world.get(call.account, intent_id, "payment_intent", param="payment_intent")
        if intent["latest_charge"] is None or intent["status"] not in ("succeeded", "requires_capture"):
            raise unexpected(
                f"This PaymentIntent ({intent_id}) does not have a successful charge to refund.",
                "payment_intent_unexpected_state",
            )
        paid = world.objects[intent["latest_charge"]]
    elif charge_id := text(call.params, "charge"):
        paid = world.get(call.account, charge_id, "charge", param="charge")
    else:
        raise invalid("One of the following params should be provided for this request: payment_intent or charge.")
    reason = text(call.params, "reason")
    if reason not in (None, "duplicate", "fraudulent", "requested_by_customer"):
        raise invalid("Invalid reason: must be one of duplicate, fraudulent, or requested_by_customer", "reason")
    call.begin()
    if paid["refunded"]:
        raise unexpected(f"Charge {paid['id']} has already been refunded.", "charge_already_refunded")
    if paid["status"] != "succeeded":
        raise unexpected(f"Charge {paid['id']} has not been paid and cannot be refunded.", "charge_not_refundable")
    if paid["disputed"] and world.objects[paid["dispute"]]["status"] != "won":
        raise unexpected(f"Charge {paid['id']} has been charged back; cannot issue a refund.", "charge_disputed")
    left = paid["amount_captured"] - paid["amount_refunded"]
    amount = left if amount is None else amount
    if amount > left:
        raise StripeRefusal(
            400, f"Refund amount ({shown(amount, paid['currency'])}) is greater than unrefunded amount on charge "
            f"({shown(left, paid['currency'])})", param="amount",
        )  # fmt: skip
    behavior = world.behavior(paid["payment_method"])
    waits = not paid["id"].startswith("ch_") or behavior.refund == "pending"
    thing = world.add(
        call.account,
        {
            "id": new_id("re_" if paid["id"].startswith("ch_") else "pyr_"), "object": "refund", "amount": amount,
            "balance_transaction": None, "charge": paid["id"], "created": call.now, "currency": paid["currency"],
            "failure_reason": None, "metadata": metadata(call.params), "payment_intent": paid["payment_intent"],
            "reason": reason, "receipt_number": None, "source_transfer_reversal": None,
            "status": "pending" if waits else "succeeded", "transfer_reversal": None,
        },
    )  # fmt: skip
    row = booked(world, call.account, -amount, paid["currency"], "refund", thing["id"])
    thing["balance_transaction"] = row["id"]
    paid["amount_refunded"] += amount
    paid["refunded"] = paid["amount_refunded"] == paid["amount_captured"]
    world.tell(call.account, "refund.created", thing)
    world.tell(call.account, "charge.refunded", paid)
    refund_follows(world, call.account, thing)
    return thing


def refund_follows(world: World, account: str, thing: Json) -> None:
    """What becomes of a refund by and by, if its card says that something does."""
    behavior = world.behavior(world.objects[thing["charge"]]["payment_method"])
    end = "failed" if behavior.refund == "failed" else "succeeded"
    if thing["status"] != "pending" and (end != "failed" or thing["status"] != "succeeded"):
        return

    async def arrive() -> None:
        refund_ends(world, account, thing, end)

    world.later(world.settle_seconds, arrive)


def refund_ends(world: World, account: str, thing: Json, status: str) -> None:
    """A refund that had been on its way. One that fails gives the money back to the balance."""
    if thing["status"] in ("failed", "canceled"):
        return
    thing["status"] = status
    if status == "failed":
        paid = world.objects[thing["charge"]]
        thing["failure_reason"] = "lost_or_stolen_card"
        back = booked(world, account, thing["amount"], thing["currency"], "refund_failure", thing["id"])
        thing["failure_balance_transaction"] = back["id"]
        paid["amount_refunded"] -= thing["amount"]
        paid["refunded"] = False
        world.tell(account, "refund.failed", thing)
    else:
        world.tell(account, "refund.updated", thing)
    world.tell(account, "charge.refund.updated", thing)


async def refund(call: Call) -> Json:
    return call.world.get(call.account, call.args["id"], "refund")


async def refunds(call: Call) -> Json:
    rows = call.world.all(call.account, "refund")
    for name in ("charge", "payment_intent"):
        if value := call.params.get(name):
            rows = [row for row in rows if row[name] == value]
    return call.world.page(call.params, rows, "/v1/refunds")


async def update_refund(call: Call) -> Json:
    thing = call.world.get(call.account, call.args["id"], "refund")
    call.begin()
    thing["metadata"] = metadata(call.params, thing["metadata"])
    call.world.tell(call.account, "refund.updated", thing)
    return thing


# Disputes -------------------------------------------------------------------------------------------------------------


def open_dispute(world: World, account: str, charge: Json, reason: str) -> Json:
    """The bank takes the money back at once, with a fee, until the dispute is decided."""
    thing = world.add(
        account,
        {
            "id": new_id("du_"), "object": "dispute", "amount": charge["amount_captured"], "balance_transactions": [],
            "charge": charge["id"], "created": world.clock.seconds(), "currency": charge["currency"], "evidence": {},
            "evidence_details": {"due_by": world.clock.seconds() + 7 * DAY, "has_evidence": False, "past_due": False,
                                 "submission_count": 0},
            "is_charge_refundable": False, "livemode": False, "metadata": {}, "reason": reason,
            "payment_intent": charge["payment_intent"],
            # A debit that is given back by the bank is lost without a hearing.
            "status": "needs_response" if charge["id"].startswith("ch_") else "lost",
        },
    )  # fmt: skip
    charge |= {"disputed": True, "dispute": thing["id"]}
    world.tell(account, "charge.dispute.created", thing)
    _moved(world, account, thing, -thing["amount"], DISPUTE_FEE)
    if thing["status"] == "lost":
        world.tell(account, "charge.dispute.closed", thing)
    return thing


def _moved(world: World, account: str, thing: Json, amount: int, cost: int) -> None:
    """Its money moves, and a fee with it, in one row of the balance."""
    back = amount > 0
    kept = {
        "amount": cost,
        "application": None,
        "currency": thing["currency"],
        "type": "stripe_fee",
        "description": "Dispute fee",
    }
    row = booked(
        world, account, amount, thing["currency"], "adjustment", thing["id"], cost=cost,
        category="dispute_reversal" if back else "dispute", kept=kept if cost else None,
    )  # fmt: skip
    thing["balance_transactions"].append(copy.deepcopy(row))
    world.tell(account, "charge.dispute.funds_reinstated" if back else "charge.dispute.funds_withdrawn", thing)


def close_dispute(
    world: World, account: str, thing: Json, status: str, *, anew: bool = False, fee_back: int = 0
) -> None:
    """Decide it. `anew`: though it is decided (an appeal, an arbitration). `fee_back`: so much of the fee comes back when it is won,
    which depends on contract and country; since June 2025 nothing does where the usual terms hold.
    """
    before = thing["status"]
    if before == status or (before in ("won", "lost") and not anew):
        raise unexpected("This dispute is already closed", "dispute_closed")
    thing["status"] = status
    if status == "won":
        _moved(world, account, thing, thing["amount"], -fee_back)
    elif before == "won":
        _moved(world, account, thing, -thing["amount"], 0)
    world.tell(account, "charge.dispute.closed", thing)


async def dispute(call: Call) -> Json:
    return call.world.get(call.account, call.args["id"], "dispute")


async def disputes(call: Call) -> Json:
    rows = call.world.all(call.account, "dispute")
    for name in ("charge", "payment_intent"):
        if value := call.params.get(name):
            rows = [row for row in rows if row[name] == value]
    return call.world.page(call.params, rows, "/v1/disputes")


async def update_dispute(call: Call) -> Json:
    """Evidence. "winning_evidence" and "losing_evidence" decide, as documented for test cards."""
    thing = call.world.get(call.account, call.args["id"], "dispute")
    call.begin()
    if thing["status"] in ("won", "lost"):
        raise unexpected("This dispute is already closed", "dispute_closed")
    thing["evidence"] |= call.params.get("evidence") or {}
    thing["metadata"] = metadata(call.params, thing["metadata"])
    said = thing["evidence"].get("uncategorized_text")
    if call.params.get("submit", "true") == "true" and call.params.get("evidence"):
        thing["evidence_details"] |= {"has_evidence": True, "submission_count": 1}
        thing["status"] = "under_review"
    call.world.tell(call.account, "charge.dispute.updated", thing)
    if thing["status"] == "under_review" and said in ("winning_evidence", "losing_evidence"):
        close_dispute(call.world, call.account, thing, "won" if said == "winning_evidence" else "lost")
    return thing


async def close(call: Call) -> Json:
    thing = call.world.get(call.account, call.args["id"], "dispute")
    call.begin()
    close_dispute(call.world, call.account, thing, "lost")
    return thing


# Balance --------------------------------------------------------------------------------------------------------------


async def balance(call: Call) -> Json:
    """By currency: what can be paid out, and what will be."""
    sums: dict[str, dict[str, int]] = {"available": {}, "pending": {}}
    for row in call.world.all(call.account, "balance_transaction"):
        side = sums["available" if row["available_on"] <= call.now else "pending"]
        side[row["currency"]] = side.get(row["currency"], 0) + row["net"]
    answer: dict[str, Any] = {"object": "balance", "livemode": False}
    for name, side in sums.items():
        answer[name] = [
            {"amount": amount, "currency": currency, "source_types": {"card": amount}}
            for currency, amount in sorted((side or {"eur": 0}).items())
        ]
    return answer


async def balance_transaction(call: Call) -> Json:
    return call.world.get(call.account, call.args["id"], "balance_transaction")


async def balance_transactions(call: Call) -> Json:
    rows = call.world.all(call.account, "balance_transaction")
    for name in ("type", "source", "currency"):
        if value := call.params.get(name):
            rows = [row for row in rows if row[name] == value]
    return call.world.page(call.params, rows, "/v1/balance_transactions")


async def listed(call: Call) -> Json:
    """Transfers and application fees: only read."""
    kind = {"transfers": "transfer", "application_fees": "application_fee"}[call.path.split("/")[2]]
    if "id" in call.args:
        if (found := call.world.objects.get(call.args["id"])) is None or found["object"] != kind:
            raise no_such(kind.replace("_", " "), call.args["id"])
        return call.world.get(call.account, call.args["id"], kind)
    return call.world.page(call.params, call.world.all(call.account, kind), f"/v1/{kind}s")
