"""A FastAPI product that is sold through Sublet: who somebody is, what the account may do, what it uses, how its host looks.

granian --interface asgi --port 9000 shop:app      # with the environment that docs/howto/connect.md names
"""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from html import escape
from pathlib import Path
from urllib.parse import parse_qs

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.middleware.sessions import SessionMiddleware

from sublet_client import (
    AsyncOpenIdConnect,
    AsyncSublet,
    Begun,
    NextStep,
    Refused,
    SignedOff,
    SignOn,
    SignOnFailed,
    Untrusted,
    banner,
)
from sublet_client.webhooks import verify

KEY = os.environ["SHOP_SECRET"]
OWN = os.environ["SHOP_ADDRESS"]  # https://shop.example.com, or http://127.0.0.1:9000 while you try
VAR = Path(os.environ.get("SHOP_VAR", "."))

sublet = AsyncSublet(
    os.environ["SUBLET_ADDRESS"],
    os.environ["SUBLET_KEY"],
    fail_open={"calendar_feed"},  # nobody is hurt by a calendar that is shown an hour too long
    cache_path=VAR / "entitlements.json",
    connect_to=os.environ.get("SUBLET_CONNECT_TO"),
    source="shop",
)
oidc = AsyncOpenIdConnect(
    os.environ["SUBLET_CLIENT"],
    os.environ["SUBLET_CLIENT_SECRET"],
    callback=f"{OWN}/app/callback",
    trusted=sublet.is_issuer,
    connect_to=os.environ.get("SUBLET_CONNECT_TO"),
)


@asynccontextmanager
async def life(_app: FastAPI) -> AsyncIterator[None]:
    async with sublet:
        yield
    await oidc.close()


app = FastAPI(lifespan=life)
app.add_middleware(SessionMiddleware, secret_key=KEY, same_site="lax", https_only=OWN.startswith("https:"))
#: Who is signed on, by the sign-on. A real product keeps this in its database: a notice of log-out must find it.
signed_on: dict[str, SignOn] = {}


async def somebody(request: Request, level: str = "view") -> SignOn:
    """Who asks, with what is open as of now. Raises 403."""
    found = signed_on.get(request.session.get("sid", ""))
    if found is not None:
        try:
            found = signed_on[found.identity.sid] = await oidc.renewed(found)
        except SignedOff:
            signed_on.pop(request.session.pop("sid"), None)
            found = None
    if found is None or not found.identity.may("agenda", "manage" if level == "manage" else "view"):
        raise HTTPException(403)
    return found


@app.get("/app/login")
async def log_in(request: Request) -> Response:
    """Sublet sends somebody here from a section, or you do with ?iss=…"""
    wanted = oidc.wanted(request.query_params, below=f"{OWN}/app/")
    begun = await oidc.begin(
        wanted.issuer, account=wanted.account, visit=wanted.visit, target=wanted.target or f"{OWN}/app/"
    )
    answer = RedirectResponse(begun.url, 302)
    answer.set_cookie(
        begun.cookie_name,
        begun.sealed(KEY),
        max_age=600,
        httponly=True,
        samesite="lax",
        secure=OWN.startswith("https:"),
    )
    request.session["begun"] = begun.cookie_name
    return answer


@app.get("/app/callback")
async def callback(request: Request) -> Response:
    """Back from Sublet."""
    begun = Begun.opened(request.cookies.get(request.session.pop("begun", "")), KEY)
    found = await oidc.finish(begun, request.query_params)
    request.session["sid"] = found.identity.sid
    signed_on[found.identity.sid] = found
    return RedirectResponse(begun.target, 302)


@app.post("/app/notice")
async def notice(request: Request) -> Response:
    """Sublet tells of a log-out, or of access that was taken away."""
    form = parse_qs((await request.body()).decode("utf-8", "replace"))
    gone = await oidc.logged_out(form.get("logout_token", [""])[0])
    signed_on.pop(gone.sid, None)
    return Response(status_code=200, headers={"Cache-Control": "no-store"})


async def page(found: SignOn, said: str = "", ways: Sequence[NextStep] = ()) -> Response:
    who = found.identity
    brand = await sublet.brand(who.brand.partition("://")[2], who.locale)
    feed = await sublet.entitlements.check(who.account, "calendar_feed")
    left = await sublet.entitlements.remaining(who.account, "appointments", max_age=5)
    told = "".join(f"<p>{escape(step.text)}</p>" for step in ways)
    return HTMLResponse(
        f'<!doctype html><html lang="{escape(who.locale)}"><title>{escape(brand.name)}</title><body>{banner.html(who)}'
        f"<h1>{escape(brand.name)}</h1><p>{escape(who.name)} · {escape(who.account_name)}</p>"
        + (f"<p>Calendar feed: {escape(feed.reason)}</p>" if feed else "")
        + f"<p>Left: {left}</p>"
        + (f'<p role="status">{escape(said)}</p>{told}' if said else "")
        + ('<form method="post" action="/app/book"><button>Book</button></form>' if who.may("agenda", "manage") else "")
    )


@app.get("/app/")
async def home(request: Request) -> Response:
    return await page(await somebody(request))


@app.post("/app/book")
async def book(request: Request) -> Response:
    found = await somebody(request, "manage")
    answer = await sublet.consume(found.account, "appointments", language=found.identity.locale)
    if not answer:
        return await page(found, "The limit is reached.", answer.next)
    await sublet.record(found.account, "text_messages")  # the reminder: on the disk now, sent soon, counted once
    await sublet.report_change(found, "agenda", "Booked an appointment", place="/agenda")
    return await page(found, "Booked.")


@app.post("/hooks/sublet")
async def hook(request: Request) -> Response:
    """Something has happened in Sublet."""
    event = verify(request.headers, await request.body(), os.environ["SUBLET_WEBHOOK_SECRETS"].split())
    logging.warning(
        "heard %s of %s", event.type, event.account
    )  # a real product puts it into a queue, once by event.id
    return Response(status_code=204)


@app.exception_handler(Untrusted)
@app.exception_handler(SignOnFailed)
async def nobody(_request: Request, _fault: Exception) -> Response:
    return PlainTextResponse("Nobody was signed on.", 400)


@app.exception_handler(Refused)
async def refused(_request: Request, fault: Exception) -> Response:
    return PlainTextResponse(fault.detail if isinstance(fault, Refused) else "", 409)
