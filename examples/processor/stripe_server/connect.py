"""Accounts: one's own, and those connected to a platform (by API with a page to fill in, or by OAuth)."""

from __future__ import annotations

from urllib.parse import urlencode

from stripe_server.call import Call
from stripe_server.errors import Json, StripeRefusal, invalid
from stripe_server.forms import metadata, needed, text
from stripe_server.world import Key, World, new_id

NEEDED = ["business_profile.url", "external_account", "tos_acceptance.date"]


def acting_for(world: World, key: Key, header: str | None) -> str:
    """The account whose things a request speaks of, by `Stripe-Account`."""
    if header is None or header == key.account:
        return key.account
    if header not in world.platform_of.get(key.account, set()):
        hidden = key.key[:8] + "*" * 8 + key.key[-4:]
        raise StripeRefusal(
            403, f"The provided key '{hidden}' does not have access to account '{header}' (or that account does not "
            "exist). Application access may have been revoked.", code="account_invalid", stored=False,
        )  # fmt: skip
    return header


async def own_account(call: Call) -> Json:
    return call.world.objects[call.account]


async def account(call: Call) -> Json:
    id = call.args["id"]
    if id != call.account:
        acting_for(call.world, call.key, id)
    return call.world.objects[id]


async def accounts(call: Call) -> Json:
    mine = call.world.platform_of.get(call.key.account, set())
    rows = [call.world.objects[id] for id in call.world.objects if id in mine][::-1]
    return call.world.page(call.params, rows, "/v1/accounts")


async def create_account(call: Call) -> Json:
    """Connected to the one that asks; it cannot take payments before its page was filled in."""
    kind = text(call.params, "type") or "none"
    country = text(call.params, "country") or "DE"
    call.begin()
    id = new_id("acct_", 16)
    asked = list((call.params.get("capabilities") or {}).keys())
    thing = call.world.open_account(
        id, type=kind, country=country, email=text(call.params, "email"), charges_enabled=False, payouts_enabled=False,
        details_submitted=False, metadata=metadata(call.params), capabilities=dict.fromkeys(asked, "inactive"),
        business_profile={"name": None, "url": None} | (call.params.get("business_profile") or {}),
        controller=call.params.get("controller"), default_currency=text(call.params, "default_currency") or "eur",
        requirements={"currently_due": list(NEEDED), "disabled_reason": "requirements.past_due", "errors": [],
                      "eventually_due": list(NEEDED), "past_due": list(NEEDED), "pending_verification": []},
    )  # fmt: skip
    call.world.platform_of.setdefault(call.key.account, set()).add(id)
    call.world.tell(id, "account.updated", thing)
    return thing


async def update_account(call: Call) -> Json:
    thing = await account(call)
    call.begin()
    thing["metadata"] = metadata(call.params, thing["metadata"])
    for name in ("email", "default_currency"):
        if name in call.params:
            thing[name] = text(call.params, name)
    if profile := call.params.get("business_profile"):
        thing["business_profile"] |= profile
    call.world.tell(thing["id"], "account.updated", thing)
    return thing


async def delete_account(call: Call) -> Json:
    thing = await account(call)
    if thing["id"] == call.key.account:
        raise StripeRefusal(403, "This application is not authorized to delete this account.")
    deauthorize(call.world, call.key.account, thing["id"])
    return {"id": thing["id"], "object": "account", "deleted": True}


def filled_in(world: World, id: str) -> None:
    """As if somebody had filled in everything."""
    thing = world.objects[id]
    thing |= {"charges_enabled": True, "payouts_enabled": True, "details_submitted": True}
    thing["capabilities"] = dict.fromkeys(
        {*thing["capabilities"], "card_payments", "transfers", "sepa_debit_payments"}, "active"
    )
    thing["requirements"] |= {"currently_due": [], "eventually_due": [], "past_due": [], "disabled_reason": None}
    world.tell(id, "account.updated", thing)


def restricted(world: World, id: str, reason: str = "requirements.past_due") -> None:
    """Stripe wants to know more, and takes no payments meanwhile."""
    thing = world.objects[id]
    thing |= {"charges_enabled": False, "payouts_enabled": False}
    thing["requirements"] |= {"currently_due": list(NEEDED), "past_due": list(NEEDED), "disabled_reason": reason}
    world.tell(id, "account.updated", thing)


def deauthorize(world: World, platform: str, id: str) -> None:
    """The connection ends: told to the platform while it may still hear of it."""
    world.tell(id, "account.application.deauthorized", {"id": "ca_local", "object": "application", "name": "Local"})
    world.platform_of.get(platform, set()).discard(id)


async def create_link(call: Call) -> Json:
    """A page that can be opened once, for some minutes."""
    id = needed(call.params, "account")
    acting_for(call.world, call.key, id)
    kind = needed(call.params, "type")
    if kind not in ("account_onboarding", "account_update"):
        raise invalid("Invalid type: must be one of account_onboarding or account_update", "type")
    back, refresh = needed(call.params, "return_url"), needed(call.params, "refresh_url")
    call.begin()
    token = new_id("", 32)
    call.world.secrets["link:" + token] = "\n".join([id, back, refresh, str(call.now + 300)])
    return {
        "object": "account_link", "created": call.now, "expires_at": call.now + 300,
        "url": f"{call.world.url}/_pages/onboarding/{token}",
    }  # fmt: skip


# OAuth: an account that exists already is connected -------------------------------------------------------------------


def authorized(world: World, query: dict[str, str], *, agreed: bool) -> str:
    """Where the browser goes after the question was answered."""
    back = query["redirect_uri"]
    state = {"state": query["state"]} if "state" in query else {}
    if not agreed:
        return f"{back}?{urlencode({'error': 'access_denied', 'error_description': 'The user denied your request'} | state)}"
    code = new_id("ac_", 32)
    id = new_id("acct_", 16)
    world.open_account(id)
    world.secrets["code:" + code] = id
    return f"{back}?{urlencode({'code': code, 'scope': query.get('scope', 'read_write')} | state)}"


def token(world: World, key: Key, params: Json) -> Json:
    """A code is used once."""
    id = world.secrets.pop("code:" + str(params.get("code")), None)
    if params.get("grant_type") != "authorization_code" or id is None:
        raise OAuthRefusal("invalid_grant", f"Authorization code does not exist: {params.get('code')}")
    world.platform_of.setdefault(key.account, set()).add(id)
    access = new_id("sk_test_")
    world.keys[access] = Key(access, id)
    world.tell(id, "account.application.authorized", {"id": "ca_local", "object": "application", "name": "Local"})
    return {
        "access_token": access, "livemode": False, "refresh_token": new_id("rt_"), "scope": "read_write",
        "stripe_publishable_key": new_id("pk_test_"), "stripe_user_id": id, "token_type": "bearer",
    }  # fmt: skip


class OAuthRefusal(Exception):
    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.body = {"error": error, "error_description": description}
