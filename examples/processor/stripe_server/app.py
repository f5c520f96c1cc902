"""The server: keys, permissions, rates, idempotency and faults around the endpoints; pages; the control API."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import copy
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web

from stripe_server import checkout, connect, control, faults, intents, keeping, pages, routes, setup, setups
from stripe_server.call import Call, Progress
from stripe_server.connect import OAuthRefusal
from stripe_server.errors import Json, StripeRefusal, invalid
from stripe_server.forms import tree
from stripe_server.idempotency import Keys
from stripe_server.vault import Localstripe
from stripe_server.webhooks import Deliveries
from stripe_server.world import API_VERSION, KINDS, Cause, Key, World, new_id

TICK_SECONDS = 0.1
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Cut(Exception):
    """The connection ends without an answer, after so many seconds."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds


@dataclass(frozen=True)
class Manner:
    """How a server is: as tests want it, or as the demonstration does.

    `shown`: where a browser finds it, if by another name. `folder`: where it keeps what it knows; else everything is forgotten.
    `accounts`: the accounts that it has from the beginning (`setup.py`). `control`: whether `/_control` is there. `open_keys`:
    whether restricted keys that nobody has declared are taken.
    """

    shown: str = ""
    folder: Path | None = None
    accounts: Json = field(default_factory=dict)
    control: bool = False
    open_keys: bool = False


class Server:
    def __init__(self, port: int, manner: Manner) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.manner = manner
        self.backing = Localstripe(manner.folder)
        self.lock = asyncio.Lock()
        self.faults = faults.Faults()
        self.world = self._new_world()
        self.deliveries = Deliveries(self.world)
        self.keys = Keys()
        self._begin()
        if (file := self._file) is not None and file.exists():
            keeping.restore(file, self.world, self.keys)
            self.deliveries.again()
        setup.declare(self.world, manner.accounts)

    def _new_world(self) -> World:
        return World(self.manner.shown or self.url, self.manner.open_keys)

    def _begin(self) -> None:
        self.world = self._new_world()
        self.deliveries.world = self.world
        self.world.listeners.append(self.deliveries.hear)
        self.keys = Keys()

    @property
    def _file(self) -> Path | None:
        return self.manner.folder / "kept.json" if self.manner.folder else None

    def keep(self) -> None:
        """What was done is written down before it is told."""
        if self._file is not None:
            keeping.keep(self._file, self.world, self.keys)

    async def reset(self) -> None:
        async with self.lock:
            self.deliveries.reset()
            self.faults.reset()
            self._begin()
            await self.backing.forget()

    # The API ----------------------------------------------------------------------------------------------------------

    async def api(self, request: web.Request) -> web.StreamResponse:
        request_id = new_id("req_", 14)
        headers = {"Request-Id": request_id, "Stripe-Version": request.headers.get("Stripe-Version", API_VERSION)}
        idempotency_key = request.headers.get("Idempotency-Key") if request.method == "POST" else None
        if idempotency_key:
            headers["Idempotency-Key"] = idempotency_key
        try:
            status, body, more = await self._answer(request, request_id, idempotency_key)
            headers |= more
        except StripeRefusal as refusal:
            status, body = refusal.status, refusal.body
            headers |= refusal.headers
            body["error"].setdefault("request_log_url", f"{self.world.url}/_pages/logs/{request_id}")
        except Cut as cut:
            await asyncio.sleep(cut.seconds)
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=500)
        return web.json_response(body, status=status, headers=headers, dumps=lambda it: json.dumps(it, indent=2))

    def _key(self, request: web.Request) -> Key:
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "basic":
            with contextlib.suppress(ValueError):
                value = base64.b64decode(value).decode().split(":", 1)[0]
        if not value:
            raise StripeRefusal(
                401, "You did not provide an API key. You need to provide your API key in the Authorization header, using "
                "Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').", stored=False,
            )  # fmt: skip
        return self.world.account_of_key(value)

    async def _answer(
        self, request: web.Request, request_id: str, idempotency_key: str | None
    ) -> tuple[int, Json, dict[str, str]]:
        key = self._key(request)
        account = connect.acting_for(self.world, key, request.headers.get("Stripe-Account"))
        if self.faults.too_many(account, self.world.clock.machine()):
            raise _too_many()
        fault = self.faults.meet(request.method, request.path)
        if fault is not None and fault.kind in faults.BEFORE:
            raise _before(fault)
        found = routes.find(request.method, request.path)
        if found is None:
            raise StripeRefusal(
                404, f"Unrecognized request URL ({request.method}: {request.path}). This server knows only a part of "
                "Stripe: examples/processor/README.md.", stored=False,
            )  # fmt: skip
        route, args = found
        _permit(key, account, route)
        sent = await request.text()
        params = tree(parse_qsl(sent if request.method == "POST" else request.query_string, keep_blank_values=True))
        expand = params.pop("expand", None) or []
        progress = Progress()
        call = Call(self.world, self.backing, account, key, request.method, request.path, params, args, progress)
        if idempotency_key is None:
            if fault is not None and fault.kind in faults.SLOW:
                await asyncio.sleep(fault.seconds)
            status, body = await self._execute(call, route, Cause(request_id, None), fault, expand)
            _after(fault)
            return status, body, _advice(status)
        kept = self.keys.begin(
            account, idempotency_key, request.path, params | {"expand": expand}, call.world.clock.now()
        )
        if kept is not None:
            assert kept.body is not None  # noqa: S101  `begin` gives finished ones
            return kept.status, copy.deepcopy(kept.body), {"Idempotent-Replayed": "true"} | _advice(kept.status)
        try:
            if fault is not None and fault.kind in faults.SLOW:
                await asyncio.sleep(fault.seconds)
            status, body = await self._execute(call, route, Cause(request_id, idempotency_key), fault, expand)
        except BaseException:
            self.keys.forget(account, idempotency_key)
            raise
        if progress.begun:
            self.keys.finish(account, idempotency_key, status, copy.deepcopy(body))
        else:
            self.keys.forget(account, idempotency_key)
        _after(fault)
        return status, body, _advice(status)

    async def _execute(
        self, call: Call, route: routes.Route, cause: Cause, fault: faults.Fault | None, expand: list[str]
    ) -> tuple[int, Json]:
        """Status and body; refusals are answers. One request at a time changes something."""
        if fault is not None and fault.kind == "500_stored":
            call.begin()
            return 500, _oops()
        async with self.lock:
            self.world.cause = cause
            try:
                routes.check_names(route, call.params)
                body = await route.endpoint(call)
                call.begin()
                status = 200
                body = self._expanded(call.account, copy.deepcopy(intents.shown(body)), expand)
            except StripeRefusal as refusal:
                if refusal.stored:
                    call.begin()
                status, body = refusal.status, refusal.body
                body["error"].setdefault("request_log_url", f"{self.world.url}/_pages/logs/{cause.request}")
            finally:
                self.world.cause = Cause()
        if fault is not None and fault.kind == "500_after":
            call.begin()
            return 500, _oops()
        return status, body

    def _expanded(self, account: str, body: Json, paths: list[str]) -> Json:
        for path in paths:
            self._expand(account, body, path.split("."))
        return body

    def _expand(self, account: str, at: Any, path: list[str]) -> None:
        if isinstance(at, list):
            for item in at:
                self._expand(account, item, path)
            return
        if not isinstance(at, dict) or not path:
            return
        head, rest = path[0], path[1:]
        if head not in at:
            raise invalid(
                f"This property cannot be expanded ({head}). You may want to try expanding 'data.{head}' instead.",
                "expand",
            )
        value = at[head]
        if isinstance(value, str) and (thing := self.world.objects.get(value)) is not None:
            if any(value.startswith(prefix) for prefix in KINDS) or thing["object"] == "checkout.session":
                at[head] = intents.shown(copy.deepcopy(thing))
        self._expand(account, at[head], rest)

    def internal_call(self, account: str) -> Call:
        """What a page does in the name of its account."""
        key = Key("sk_test_page", account)
        return Call(self.world, self.backing, account, key, "POST", "/_pages", {})

    # Pages ------------------------------------------------------------------------------------------------------------

    async def pay(self, request: web.Request) -> web.StreamResponse:
        session = self.world.objects.get(request.match_info["id"])
        if session is None:
            return _html(pages.page("Not found", "<p>There is no such page.</p>"), 404)
        if request.method != "POST":
            return _html(
                pages.checkout(session, checkout.trouble(session, self.world), self._name(session["_account"]))
            )
        form = {name: str(value) for name, value in (await request.post()).items()}
        call = self.internal_call(session["_account"])
        async with self.lock:
            call = call.with_(key=self.world.account_of_key(session["_key"]))
            try:
                asked = await checkout.submitted(call, session, form)
            except StripeRefusal as refusal:
                return _html(pages.checkout(session, str(refusal), self._name(session["_account"]), form))
        raise web.HTTPSeeOther(asked or pages.back_of(session))

    def _name(self, account: str) -> str:
        return str(self.world.objects[account]["settings"]["dashboard"]["display_name"])

    async def paid(self, request: web.Request) -> web.StreamResponse:
        """Back from the bank's page."""
        session = self.world.objects[request.match_info["id"]]
        call = self.internal_call(session["_account"])
        if checkout.finished(call, session):
            raise web.HTTPSeeOther(pages.back_of(session))
        raise web.HTTPSeeOther(f"{self.world.url}/c/pay/{session['id']}")

    async def bank(self, request: web.Request) -> web.StreamResponse:
        intent = self.world.objects.get(request.match_info["id"])
        if intent is None or request.query.get("client_secret") != intent["client_secret"]:
            return _html(pages.page("Not found", "<p>There is no such page.</p>"), 404)
        if intent["status"] != "requires_action":
            return _html(pages.page("3-D Secure", "<p>Nothing is asked here any more.</p>"))
        if request.method != "POST":
            return _html(pages.bank(intent, self._name(self.world.owner[intent["id"]])))
        proved = (await request.post()).get("answer") == "complete"
        back = intent["_return_url"]
        async with self.lock:
            setups.authenticated(self.internal_call(self.world.owner[intent["id"]]), intent, proved)
        if back is None:
            return _html(pages.page("3-D Secure", "<p>Thank you. You can close this page.</p>"))
        succeeded = "succeeded" if intent["status"] in ("succeeded", "processing", "requires_capture") else "failed"
        name = intent["object"]
        query = f"{name}={intent['id']}&{name}_client_secret={intent['client_secret']}&redirect_status={succeeded}"
        raise web.HTTPSeeOther(f"{back}{'&' if '?' in back else '?'}{query}")

    async def onboarding(self, request: web.Request) -> web.StreamResponse:
        kept = self.world.secrets.get("link:" + request.match_info["token"])
        if kept is None:
            return _html(pages.page("Not found", "<p>This link has been used.</p>"), 404)
        id, back, refresh, until = kept.split("\n")
        if self.world.clock.seconds() > int(until):
            raise web.HTTPSeeOther(refresh)
        if request.method != "POST":
            return _html(
                pages.question("Connect your business", "Fill in everything that is needed?", "Fill in", "Later")
            )
        del self.world.secrets["link:" + request.match_info["token"]]
        if (await request.post()).get("answer") == "yes":
            connect.filled_in(self.world, id)
        raise web.HTTPSeeOther(back)

    async def authorize(self, request: web.Request) -> web.StreamResponse:
        query = dict(request.query)
        if "redirect_uri" not in query or query.get("response_type") != "code":
            return _html(pages.page("Connect", "<p>response_type and redirect_uri are needed.</p>"), 400)
        if request.method != "POST":
            return _html(pages.question("Connect your account", "May this platform act for you?", "Connect", "Deny"))
        agreed = (await request.post()).get("answer") == "yes"
        raise web.HTTPSeeOther(connect.authorized(self.world, query, agreed=agreed))

    async def oauth(self, request: web.Request) -> web.StreamResponse:
        params = tree(parse_qsl(await request.text(), keep_blank_values=True))
        try:
            key = (
                self.world.account_of_key(params["client_secret"]) if "client_secret" in params else self._key(request)
            )
            if request.path.endswith("/deauthorize"):
                id = str(params.get("stripe_user_id"))
                if id not in self.world.platform_of.get(key.account, set()):
                    raise OAuthRefusal("invalid_client", f"This application is not connected to stripe account {id}")
                connect.deauthorize(self.world, key.account, id)
                return web.json_response({"stripe_user_id": id})
            return web.json_response(connect.token(self.world, key, params))
        except OAuthRefusal as refusal:
            return web.json_response(refusal.body, status=400)
        except StripeRefusal as refusal:
            return web.json_response(refusal.body, status=refusal.status)

    async def command(self, request: web.Request) -> web.StreamResponse:
        command = control.COMMANDS.get(request.match_info["command"])
        if command is None:
            return web.json_response({"error": "no such command"}, status=404)
        given = await request.json() if request.can_read_body else {}
        try:
            return web.json_response(await command(self, given))
        except (KeyError, TypeError, ValueError) as wrong:
            return web.json_response({"error": f"{type(wrong).__name__}: {wrong}"}, status=400)
        except StripeRefusal as refusal:
            return web.json_response(refusal.body, status=refusal.status)

    # Running ----------------------------------------------------------------------------------------------------------

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            async with self.lock:
                if await self.world.run_due():
                    self.keep()

    @web.middleware
    async def _guarded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Only by its own names, so that no other site's name leads here; and a browser's form only from a page of its own.

        Programs send no `Origin`: what they do is proved by their key.
        """
        own = {urlsplit(url).netloc for url in (self.url, self.world.url)} | {f"localhost:{self.port}"}
        if request.host not in own:
            return _html(pages.page("Not found", "<p>There is no such page.</p>"), 404)
        origin = request.headers.get("Origin")
        a_page = request.path.startswith(("/c/", "/_pages/", "/oauth/authorize"))
        if origin is not None and not (a_page and urlsplit(origin).netloc in own):
            return _html(pages.page("Not here", "<p>This was sent by a page of another site.</p>"), 403)
        try:
            return await handler(request)
        finally:
            if request.method not in ("GET", "HEAD") or a_page:
                self.keep()

    async def front(self, request: web.Request) -> web.StreamResponse:
        return _html(pages.front(self.manner.open_keys))

    def app(self) -> web.Application:
        app = web.Application(client_max_size=1024**2, middlewares=[self._guarded])
        app.router.add_get("/", self.front)
        app.router.add_route("*", "/c/pay/{id}", self.pay)
        app.router.add_get("/c/pay/{id}/done", self.paid)
        app.router.add_route("*", "/_pages/authenticate/{id}", self.bank)
        app.router.add_route("*", "/_pages/onboarding/{token}", self.onboarding)
        app.router.add_route("*", "/oauth/authorize", self.authorize)
        app.router.add_post("/oauth/token", self.oauth)
        app.router.add_post("/oauth/deauthorize", self.oauth)
        if self.manner.control:
            app.router.add_post("/_control/{command}", self.command)
        app.router.add_route("*", "/v1/{rest:.*}", self.api)
        app.cleanup_ctx.append(self._runs)
        return app

    async def _runs(self, app: web.Application) -> Any:
        await self.backing.start()
        ticking = asyncio.get_running_loop().create_task(self._tick())
        yield
        ticking.cancel()
        self.deliveries.reset()
        await self.backing.stop()


def _html(text: str, status: int = 200) -> web.Response:
    headers = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": pages.POLICY,
        "X-Content-Type-Options": "nosniff",
    }
    return web.Response(text=text, content_type="text/html", status=status, headers=headers)


def _permit(key: Key, account: str, route: routes.Route) -> None:
    """A restricted key does only what it was allowed to; writing includes reading."""
    if key.permissions is None:
        return
    hidden = key.key[:8] + "*" * 8 + key.key[-4:]
    if account != key.account and "connected_account" not in key.permissions:
        raise StripeRefusal(
            403, "You passed a restricted API key with the Stripe-Account header, but the restricted API key does not "
            "have any Connect permissions.", stored=False,
        )  # fmt: skip
    held = key.permissions.get(route.resource)
    if held == "write" or (held == "read" and route.method == "GET"):
        return
    raise StripeRefusal(
        403, f"The provided key '{hidden}' does not have the required permissions for this endpoint on account "
        f"'{account}'. Having the '{route.permission}' permission would allow this request to continue.", stored=False,
    )  # fmt: skip


def _too_many() -> StripeRefusal:
    return StripeRefusal(
        429, "Request rate limit exceeded. You can learn more about rate limits here "
        "https://stripe.com/docs/rate-limits.", code="rate_limit", stored=False,
        headers={"Stripe-Rate-Limited-Reason": "global-rate"},
    )  # fmt: skip


def _oops() -> Json:
    return {"error": {"message": "An unknown error occurred", "type": "api_error"}}


def _before(fault: faults.Fault) -> StripeRefusal | Cut:
    if fault.kind == "429":
        return _too_many()
    if fault.kind == "cut_before":
        return Cut(0)
    if fault.kind == "timeout_before":
        return Cut(fault.seconds)
    return StripeRefusal(int(fault.kind[:3]), "An unknown error occurred", kind="api_error", stored=False)


def _after(fault: faults.Fault | None) -> None:
    if fault is not None and fault.kind in faults.AFTER:
        raise Cut(0 if fault.kind == "cut_after" else fault.seconds)


def _advice(status: int) -> dict[str, str]:
    """A 500 that is kept would only be given again."""
    return {"Stripe-Should-Retry": "false"} if status == 500 else {}
