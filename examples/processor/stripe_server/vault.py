"""Customers, payment methods, tax numbers, products: kept by localstripe, a program of its own beside us.

What it does not know (parameters, the owner, the server's clock, events) is laid over its answers here.
"""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
from pathlib import Path

import aiohttp

from stripe_server import cards
from stripe_server.call import Call
from stripe_server.errors import Json, StripeRefusal, card_error, invalid, missing, no_such, unexpected
from stripe_server.forms import metadata, needed, text
from stripe_server.world import World, new_id

KNOWN_OF_CUSTOMER = ("name", "description", "email", "phone", "address", "preferred_locales")
LAID_OVER = ("tax_exempt", "shipping", "invoice_prefix", "test_clock", "tax", "next_invoice_sequence")


class Localstripe:
    """The child process. It listens on a socket in a folder that goes with it; its file is in `folder`, or there, too."""

    def __init__(self, folder: Path | None = None) -> None:
        self.scratch = tempfile.TemporaryDirectory(prefix="localstripe-")
        self.folder = folder
        self.process: asyncio.subprocess.Process | None = None
        self.session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        place = str(Path(self.scratch.name) / "socket")
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, str(Path(__file__).with_name("confined.py")), place, str(self.folder or self.scratch.name), "localstripe",
            *(() if self.folder else ("--from-scratch",)),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        self.session = aiohttp.ClientSession(base_url="http://localstripe", connector=aiohttp.UnixConnector(place))
        for _ in range(1200):
            if self.process.returncode is not None:
                raise RuntimeError("localstripe has ended: is it installed?")
            try:
                async with self.session.get("/js.stripe.com/v3/"):
                    return
            except aiohttp.ClientError:
                await asyncio.sleep(0.05)
        raise RuntimeError("localstripe does not answer")

    async def stop(self) -> None:
        if self.session is not None:
            await self.session.close()
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()
        self.scratch.cleanup()

    async def ask(self, method: str, path: str, body: Json | None = None) -> Json:
        """Its answer, or its refusal as it words it."""
        assert self.session is not None  # noqa: S101  it was started
        headers = {"Authorization": "Bearer sk_test_behind"}
        async with self.session.request(method, path, json=body, headers=headers) as response:
            if response.content_type != "application/json":
                raise StripeRefusal(500, "An unknown error occurred", kind="api_error")
            answer: Json = await response.json()
            if response.status >= 400:
                error = answer.get("error", {})
                raise StripeRefusal(
                    response.status, str(error.get("message") or "Bad request"), code=error.get("code"),
                    stored=response.status != 400,
                )  # fmt: skip
            return answer

    async def forget(self) -> None:
        assert self.session is not None  # noqa: S101  it was started
        async with self.session.delete("/_config/data"):
            pass


def _laid_over(world: World, account: str, answer: Json) -> Json:
    """The answer as ours: with our time, our additions, and noted as this account's."""
    overlay = world.overlays.setdefault(answer["id"], {"created": world.clock.seconds()})
    thing = {key: value for key, value in answer.items() if not key.startswith("_")} | overlay
    world.add(account, thing)
    return thing


# Customers ------------------------------------------------------------------------------------------------------------


def _of_customer(call: Call) -> tuple[Json, Json]:
    """What localstripe takes, and what is laid over its answer."""
    theirs = {name: call.params[name] for name in KNOWN_OF_CUSTOMER if call.params.get(name) not in (None, "")}
    ours: Json = {name: call.params[name] for name in LAID_OVER if name in call.params}
    if isinstance(theirs.get("address"), dict):
        ours["address"] = {
            part: theirs["address"].get(part) for part in ("city", "country", "line1", "line2", "postal_code", "state")
        }
        del theirs["address"]
    if "metadata" in call.params:
        before = call.world.objects.get(call.args.get("id", ""), {}).get("metadata")
        ours["metadata"] = metadata(call.params, before)
    for name in KNOWN_OF_CUSTOMER:
        if call.params.get(name) == "":
            ours[name] = None
    return theirs, ours


async def create_customer(call: Call) -> Json:
    theirs, ours = _of_customer(call)
    if tax_ids := call.params.get("tax_id_data"):
        theirs["tax_id_data"] = tax_ids
    method = text(call.params, "payment_method")
    default = (call.params.get("invoice_settings") or {}).get("default_payment_method")
    call.begin()
    if method is not None and method not in cards.NAMED:
        call.world.get(call.account, method, "payment_method", param="payment_method")
    answer = await call.backing.ask("POST", "/v1/customers", theirs)
    overlay = {
        "created": call.now, "balance": 0, "currency": None, "delinquent": False, "tax_exempt": "none",
        "livemode": False, "metadata": {}, "address": None, "shipping": None,
        "invoice_settings": {"custom_fields": None, "default_payment_method": default, "footer": None,
                             "rendering_options": None},
    }  # fmt: skip
    call.world.overlays[answer["id"]] = overlay | ours
    for unknown in ("account_balance", "business_vat_id"):
        answer.pop(unknown, None)
    thing = _laid_over(call.world, call.account, answer)
    call.world.tell(call.account, "customer.created", thing)
    if method is not None:
        await attach(call.with_(args={"id": method}, params={"customer": thing["id"]}))
    return await customer(call.with_(args={"id": thing["id"]}, params={}))


async def customer(call: Call) -> Json:
    id = call.args["id"]
    if call.world.gone.get(id) == call.account:
        return {"id": id, "object": "customer", "deleted": True}
    call.world.get(call.account, id, "customer")
    answer = await call.backing.ask("GET", f"/v1/customers/{id}")
    for unknown in ("account_balance", "business_vat_id", "sources", "subscriptions", "tax_ids"):
        answer.pop(unknown, None)
    return _laid_over(call.world, call.account, answer)


async def update_customer(call: Call) -> Json:
    id = call.args["id"]
    before = dict(call.world.get(call.account, id, "customer"))
    theirs, ours = _of_customer(call)
    settings = call.params.get("invoice_settings")
    if settings is not None:
        kept = dict(before["invoice_settings"]) | settings
        if kept["default_payment_method"] == "":
            kept["default_payment_method"] = None
        elif kept["default_payment_method"] is not None:
            method = call.world.get(
                call.account, kept["default_payment_method"], "payment_method",
                param="invoice_settings[default_payment_method]",
            )  # fmt: skip
            if method["customer"] != id:
                raise unexpected(
                    "The customer does not have a payment method with the ID " + method["id"] + ". The payment method "
                    "must be attached to the customer.", "resource_missing",
                    param="invoice_settings[default_payment_method]",
                )  # fmt: skip
        ours["invoice_settings"] = kept
    call.begin()
    if theirs:
        await call.backing.ask("POST", f"/v1/customers/{id}", theirs)
    call.world.overlays[id].update(ours)
    after = await customer(call.with_(params={}))
    changed = {key: before.get(key) for key, value in after.items() if before.get(key) != value}
    if changed:
        call.world.tell(call.account, "customer.updated", after, changed)
    return after


async def delete_customer(call: Call) -> Json:
    id = call.args["id"]
    thing = call.world.get(call.account, id, "customer")
    await call.backing.ask("DELETE", f"/v1/customers/{id}")
    for method in call.world.all(call.account, "payment_method"):
        if method["customer"] == id:
            call.world.spent.add(method["id"])
            call.world.overlays[method["id"]]["customer"] = method["customer"] = None
    del call.world.objects[id]
    call.world.gone[id] = call.account
    call.world.tell(call.account, "customer.deleted", thing)
    return {"id": id, "object": "customer", "deleted": True}


async def customers(call: Call) -> Json:
    rows = call.world.all(call.account, "customer")
    if email := call.params.get("email"):
        rows = [row for row in rows if row["email"] == email]
    return call.world.page(call.params, rows, "/v1/customers")


async def customers_search(call: Call) -> Json:
    return search(call, call.world.all(call.account, "customer"), "/v1/customers/search")


# Payment methods ------------------------------------------------------------------------------------------------------


async def create_method(call: Call) -> Json:
    kind = needed(call.params, "type")
    if kind not in ("card", "sepa_debit"):
        raise invalid(f"Invalid type: must be one of card or sepa_debit (of {kind} this server knows nothing)", "type")
    details = call.params.get(kind)
    if not isinstance(details, dict):
        raise missing(kind)
    billing = call.params.get("billing_details") or {}
    if kind == "card":
        number = re.sub(r"\s", "", str(details.get("number", "")))
        if (wrong := cards.check_number(number)) is not None:
            raise wrong
        month, year = int(details.get("exp_month") or 0), int(details.get("exp_year") or 0)
        year += 2000 if year < 100 else 0
        if not 1 <= month <= 12:
            raise card_error("invalid_expiry_month", param="exp_month")
        if not 2026 <= year <= 2076:
            raise card_error("invalid_expiry_year", param="exp_year")
        theirs: Json = {"number": number, "exp_month": month, "exp_year": year, "cvc": str(details.get("cvc", "123"))}
        behavior = cards.of_number(number)
    else:
        iban = re.sub(r"\s", "", str(details.get("iban", ""))).upper()
        if not re.fullmatch(r"[A-Z]{2}\d\d[A-Z0-9]{10,30}", iban) or not _iban_holds(iban):
            raise invalid("The IBAN you provided is invalid.", "sepa_debit[iban]", "invalid_bank_account_iban")
        if not billing.get("name"):
            raise missing("billing_details[name]")
        theirs = {"iban": iban}
        behavior = cards.of_account(iban)
    call.begin()
    answer = await call.backing.ask("POST", "/v1/payment_methods", {"type": kind, kind: theirs})
    overlay: Json = {
        "created": call.now, "livemode": False, "customer": None, "allow_redisplay": "unspecified",
        "billing_details": {"address": {}, "email": None, "name": None, "phone": None} | billing,
        "metadata": metadata(call.params),
    }  # fmt: skip
    if kind == "card":
        overlay["card"] = answer["card"] | {
            "brand": cards.brand(theirs["number"]), "country": "US", "checks": {"cvc_check": None},
        }  # fmt: skip
    else:
        answer["sepa_debit"].pop("mandate_reference", None)
        answer["sepa_debit"].pop("mandate_url", None)
    call.world.overlays[answer["id"]] = overlay
    thing = _laid_over(call.world, call.account, answer)
    call.world.behaviors[thing["id"]] = behavior
    return thing


def _iban_holds(iban: str) -> bool:
    turned = iban[4:] + iban[:4]
    return int("".join(str(int(character, 36)) for character in turned)) % 97 == 1


async def resolve(call: Call, id: str, *, param: str = "payment_method") -> Json:
    """A payment method by its name; a test name becomes an object of its own, as at Stripe."""
    if id in cards.NAMED:
        fields: Json = {"type": "card", "card": {"number": cards.NAMED[id], "exp_month": "12", "exp_year": "2034"}}
        return await create_method(call.with_(params=fields))
    if id in cards.NAMED_ACCOUNTS:
        fields = {
            "type": "sepa_debit", "sepa_debit": {"iban": cards.NAMED_ACCOUNTS[id]},
            "billing_details": {"name": "Jenny Rosen", "email": "jenny@example.com"},
        }  # fmt: skip
        return await create_method(call.with_(params=fields))
    return call.world.get(call.account, id, "payment_method", param=param)


async def method(call: Call) -> Json:
    thing = await resolve(call, call.args["id"], param="payment_method")
    answer = await call.backing.ask("GET", f"/v1/payment_methods/{thing['id']}")
    if "sepa_debit" in answer:
        answer["sepa_debit"].pop("mandate_reference", None)
        answer["sepa_debit"].pop("mandate_url", None)
    return _laid_over(call.world, call.account, answer)


async def update_method(call: Call) -> Json:
    thing = call.world.get(call.account, call.args["id"], "payment_method")
    call.begin()
    if "metadata" in call.params:
        thing["metadata"] = metadata(call.params, thing["metadata"])
    if billing := call.params.get("billing_details"):
        thing["billing_details"] = thing["billing_details"] | billing
    if expiry := call.params.get("card"):
        thing["card"] = thing["card"] | {key: int(value) for key, value in expiry.items() if key.startswith("exp_")}
    call.world.overlays[thing["id"]].update(
        {key: thing[key] for key in ("metadata", "billing_details", "card") if key in thing}
    )
    call.world.tell(call.account, "payment_method.updated", thing)
    return thing


async def attach(call: Call) -> Json:
    buyer = needed(call.params, "customer")
    thing = await resolve(call, call.args["id"])
    call.world.get(call.account, buyer, "customer", param="customer")
    call.begin()
    return attached(call, thing, buyer)


def attached(call: Call, thing: Json, buyer: str) -> Json:
    """Kept for the customer, with its event. Cards that are declined cannot be kept, but for …0341."""
    behavior = call.world.behavior(thing["id"])
    if thing["id"] in call.world.spent:
        raise unexpected(
            "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared "
            "with a connected account without Customer attachment, or was detached from a Customer. It may not be used "
            "again. To use a PaymentMethod multiple times, you must attach it to a Customer first.",
            "payment_method_unexpected_state",
        )
    if thing["customer"] is not None and thing["customer"] != buyer:
        raise unexpected(
            "The payment method you provided has already been attached to a customer.",
            "payment_method_unexpected_state",
        )
    if not behavior.attaches and behavior.refused is not None:
        raise card_error(*behavior.refused)
    if thing["customer"] is None:
        thing["customer"] = call.world.overlays[thing["id"]]["customer"] = buyer
        call.world.tell(call.account, "payment_method.attached", thing)
    return thing


async def detach(call: Call) -> Json:
    thing = call.world.get(call.account, call.args["id"], "payment_method")
    if thing["customer"] is None:
        raise unexpected(
            "The payment method you provided is not attached to a customer so detachment is impossible.",
            "payment_method_unexpected_state",
        )
    call.begin()
    before = thing["customer"]
    thing["customer"] = call.world.overlays[thing["id"]]["customer"] = None
    call.world.spent.add(thing["id"])
    buyer = call.world.objects.get(before)
    if buyer is not None and buyer["invoice_settings"]["default_payment_method"] == thing["id"]:
        buyer["invoice_settings"]["default_payment_method"] = None
        call.world.overlays[before]["invoice_settings"]["default_payment_method"] = None
    call.world.tell(call.account, "payment_method.detached", thing, {"customer": before})
    return thing


async def methods(call: Call) -> Json:
    """Of a customer; `GET /v1/payment_methods` without one lists the account's own."""
    buyer = call.args.get("id") or call.params.get("customer")
    rows = call.world.all(call.account, "payment_method")
    if buyer:
        call.world.get(call.account, buyer, "customer", param="customer")
        rows = [row for row in rows if row["customer"] == buyer]
    if kind := call.params.get("type"):
        rows = [row for row in rows if row["type"] == kind]
    url = f"/v1/customers/{call.args['id']}/payment_methods" if "id" in call.args else "/v1/payment_methods"
    return call.world.page(call.params, rows, url)


async def method_of_customer(call: Call) -> Json:
    thing = call.world.get(call.account, call.args["method"], "payment_method")
    if thing["customer"] != call.args["id"]:
        raise no_such("payment method", thing["id"])
    return thing


# What is passed on as it is ---------------------------------------------------------------------------------------------


async def passed(call: Call) -> Json:
    """Tax numbers, products, coupons, tax rates: localstripe's own answer, for the account that made the thing."""
    for name, value in call.args.items():
        if name == "id" and call.world.owner.get(value) not in (None, call.account):
            raise no_such("object", value)
    call.begin()
    answer = await call.backing.ask(call.method, call.path, call.params or None)
    if isinstance(answer.get("id"), str) and call.method == "POST":
        call.world.owner.setdefault(answer["id"], call.account)
    if isinstance(answer.get("data"), list) and "/customers/" not in call.path:
        answer["data"] = [row for row in answer["data"] if call.world.owner.get(row["id"]) == call.account]
    return answer


# Searching --------------------------------------------------------------------------------------------------------------

_CLAUSE = re.compile(r"""\s*(metadata)\[["']([^"']+)["']\]\s*:\s*["']([^"']*)["']|\s*(\w+)\s*:\s*["']([^"']*)["']""")


def search(call: Call, rows: list[Json], url: str) -> Json:
    """`field:'value' AND metadata['key']:'value'`; nothing else of the language."""
    query = needed(call.params, "query")
    tests: list[tuple[str | None, str, str]] = []
    for clause in re.split(r"\s+AND\s+", query):
        found = _CLAUSE.fullmatch(clause)
        if found is None:
            raise invalid(f"We were unable to parse your search query: {clause}", "query")
        if found.group(1):
            tests.append((None, found.group(2), found.group(3)))
        else:
            tests.append((found.group(4), "", found.group(5)))

    def fits(row: Json) -> bool:
        return all(
            (row.get("metadata") or {}).get(key) == value if field is None else str(row.get(field)) == value
            for field, key, value in tests
        )

    page = call.world.page({"limit": call.params.get("limit", "10")}, [row for row in rows if fits(row)], url)
    return page | {"object": "search_result", "next_page": None, "total_count": len(page["data"])}


def create_mandate(call: Call, thing: Json) -> Json:
    """The agreement of a customer to be debited."""
    return call.world.add(
        call.account,
        {
            "id": new_id("mandate_"), "object": "mandate", "livemode": False, "multi_use": {},
            "customer_acceptance": {"accepted_at": call.now, "type": "online", "online": {"ip_address": "127.0.0.1"}},
            "payment_method": thing["id"], "status": "active", "type": "multi_use", "payment_method_details": {
                "type": "sepa_debit", "sepa_debit": {"reference": new_id("", 16).upper(), "url": call.world.url}},
        },
    )  # fmt: skip
