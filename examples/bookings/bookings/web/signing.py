"""Signing on and off, and the question that every page of a section asks first: who is it, and is this open to them?"""

from __future__ import annotations

import functools
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Callable
from typing import Any, ParamSpec
from zoneinfo import ZoneInfo, available_timezones

from flask import Blueprint, Response, abort, g, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from bookings import business
from bookings.business import Business
from bookings.web.app import BELOW, back, brand, find_business, issuer, parts, speak, visit
from sublet_client import banner, errors
from sublet_client.identity import Identity
from sublet_client.oidc import Begun, SignOn

pages = Blueprint("signing", __name__)
COOKIE = "bookings"
#: `{host}` is what the registration says, too.
CALLBACK = "{scheme}://{{host}}" + BELOW + "/callback"
_SID = re.compile(r"[A-Za-z0-9_-]{1,80}\Z")
P = ParamSpec("P")
View = Callable[P, Any]


def section(key: str, level: str = "view") -> Callable[[View[P]], View[P]]:
    """For whoever is signed on and has that section: `view` to look, `manage` for everything that a form sends."""

    def decorate(view: View[P]) -> View[P]:
        @functools.wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> Any:
            account = str(kwargs["account"])
            identity = _signed_on(account)
            if isinstance(identity, AnyResponse):
                return identity
            _welcome(identity)
            wanted = "manage" if request.method == "POST" else level
            if not may(key, wanted):
                return render_template("closed.html", place=g.place), 403
            if request.method == "POST":
                # Whoever looks for the vendor's name is shown all that this person is, and changes nothing.
                if identity.looking or not hmac.compare_digest(request.form.get("form", ""), form_token()):
                    abort(403)
            g.section = key
            return view(*args, **kwargs)

        guarded.section = key, level  # type: ignore[attr-defined]  # a test asks every route
        return guarded

    return decorate


def may(key: str, level: str = "view") -> bool:
    """Whether whoever is signed on has that section."""
    identity: Identity | None = g.get("identity")
    full = parts().settings.section_prefix + key
    return identity is not None and identity.may(full, "manage" if level == "manage" else "view")


def form_token() -> str:
    """Stands in each form: another site can send one of its own, but does not know this."""
    identity: Identity = g.identity
    return hmac.new(parts().settings.secret.encode(), f"form {identity.sid}".encode(), hashlib.sha256).hexdigest()[:40]


def place() -> Business:
    """The business of whoever is signed on."""
    found: Business = g.place
    return found


def changed(text: str) -> None:
    """Something was saved: the account's history is told, once for each (`report_change`)."""
    identity: Identity = g.identity
    told = {
        "sid": identity.sid,
        "section": parts().settings.section_prefix + g.section,
        "text": text[:200],
        "place": request.path[:200],
    }
    at = int(parts().now().timestamp())
    with parts().database.writing() as writing:
        writing.execute(
            "INSERT INTO owed (id, account, kind, told, next_at) VALUES (?, ?, 'change', ?, ?)",
            (secrets.token_urlsafe(24), identity.account, json.dumps(told), at),
        )
    parts().wake()


def _signed_on(account: str) -> Identity | AnyResponse:
    """Who it is, as of now; or the way to the log-in."""
    database, sid = parts().database, request.cookies.get(COOKIE, "")
    row = database.row("SELECT * FROM sign_on WHERE sid = ?", _sid(sid) or "-")
    if row is None or (row["issuer"], row["account"], row["visit"]) != (issuer(), account, visit()):
        return begin(account)
    try:
        # Asked anew for each page: what was taken away is gone at the next click.
        now = parts().oidc.renewed(SignOn.unpacked(row["kept"]))
    except (errors.SignedOff, errors.Untrusted):
        forget(row["sid"])
        return begin(account)
    except errors.SubletError:
        return Response(render_template("error.html", code=503), status=503)
    g.identity = now.identity
    speak(g.chosen or request.cookies.get("bookings_language", "") or now.identity.locale, now.identity.zoneinfo)
    return now.identity


def _sid(cookie: str) -> str | None:
    """The sign-on that a cookie of ours names: the cookie carries a signature, as the reference alone is no secret."""
    sid, _, mark = cookie.rpartition(".")
    return sid if _SID.match(sid) and hmac.compare_digest(mark, _mark(sid)) else None


def _mark(sid: str) -> str:
    return hmac.new(parts().settings.secret.encode(), f"session {sid}".encode(), hashlib.sha256).hexdigest()[:40]


def _welcome(identity: Identity) -> None:
    """The business of the account; made at the first sign-on. Its host is the client's own, where it has one."""
    zone = identity.zoneinfo if identity.zoneinfo in available_timezones() else "UTC"
    found = find_business(identity.account)
    # Somebody who signs on by the reseller's host takes nothing from the client's own, at which its customers book.
    own = not visit() and brand().account == identity.account
    host = request.host if found is None or not found["host"] or own else found["host"]
    g.place = business.welcome(
        parts().database, account=identity.account, name=identity.account_name, zone=zone,
        language=(identity.locale or "en")[:2], host=host, mail="" if visit() else identity.email, at=parts().now(),
    )  # fmt: skip
    # Times of an agenda are those of the business, wherever whoever reads sits.
    speak(g.words.language, ZoneInfo(g.place["zone"]).key)


def begin(account: str, target: str = "") -> AnyResponse:
    """To the log-in, and back to this page."""
    where = target or f"{issuer()}{request.script_root}{request.full_path.rstrip('?')}"
    if request.method != "GET" and not target:
        where = f"{issuer()}{url_for('daily.agenda', account=account)}"
    try:
        begun = parts().oidc.begin(issuer(), account=account, visit=visit(), target=where)
    except errors.SubletError:
        return Response(render_template("signing.html", over=bool(visit())), status=403)
    response = redirect(begun.url)
    response.set_cookie(
        begun.cookie_name, begun.sealed(parts().settings.secret), path=f"{BELOW}/callback", max_age=600, httponly=True, samesite="Lax",
        secure=parts().settings.scheme == "https",
    )  # fmt: skip
    return response


def forget(sid: str) -> None:
    """That sign-on is over."""
    with parts().database.writing() as writing:
        writing.execute("DELETE FROM sign_on WHERE sid = ?", (sid,))


@pages.get("/login")
def log_in() -> AnyResponse:
    """A page of Sublet sends somebody here (third-party initiated login)."""
    try:
        wanted = parts().oidc.wanted(request.args.to_dict(), below=f"{BELOW}/")
        if wanted.issuer != issuer() or not wanted.account:
            abort(404)
        target = wanted.target
        if wanted.visit:  # it stays in the address, and so in this one tab
            target = f"{issuer()}/as/{wanted.visit}{target.removeprefix(issuer())}"
        begun = parts().oidc.begin(issuer(), account=wanted.account, visit=wanted.visit, target=target)
    except errors.SubletError:
        return Response(render_template("signing.html", over=False), status=403)
    response = redirect(begun.url)
    response.set_cookie(
        begun.cookie_name, begun.sealed(parts().settings.secret), path=f"{BELOW}/callback", max_age=600, httponly=True, samesite="Lax",
        secure=parts().settings.scheme == "https",
    )  # fmt: skip
    return response


@pages.get("/callback")
def callback() -> AnyResponse:
    """Back from the log-in, with a code or with the word why not."""
    settings, query = parts().settings, request.args.to_dict()
    name = "sign-on-begun-" + "".join(each for each in query.get("state", "")[:12] if each.isalnum())
    try:
        begun = Begun.opened(request.cookies.get(name), settings.secret)
        sign_on = parts().oidc.finish(begun, query)
    except errors.SubletError:
        return Response(render_template("signing.html", over=False), status=403)
    sid = sign_on.identity.sid
    with parts().database.writing() as writing:
        writing.execute(
            "INSERT OR REPLACE INTO sign_on (sid, issuer, account, visit, kept, created_at) VALUES (?, ?, ?, ?, ?, ?)",
            (sid, begun.issuer, sign_on.account, begun.visit, sign_on.packed(), int(parts().now().timestamp())),
        )
    response = redirect(begun.target)
    # Each account and each visit has a cookie of its own: they can be open in two tabs.
    response.set_cookie(
        COOKIE, f"{sid}.{_mark(sid)}", path=(f"/as/{begun.visit}" if begun.visit else "") + f"{BELOW}/{sign_on.account}",
        httponly=True, samesite="Lax", secure=settings.scheme == "https",
    )  # fmt: skip
    response.delete_cookie(name, path=f"{BELOW}/callback")
    return response


@pages.post("/notice")
def notice() -> AnyResponse:
    """Somebody has logged out, or lost access."""
    try:
        gone = parts().oidc.logged_out(request.form.get("logout_token", ""))
    except errors.SubletError:
        return Response(status=400)
    with parts().database.writing() as writing:
        if gone.sid:
            writing.execute("DELETE FROM sign_on WHERE issuer = ? AND sid = ?", (gone.issuer, gone.sid))
    return Response(status=200)


@pages.get("/<account>/dashboard")
def dashboard(account: str) -> AnyResponse:
    """The control panel, without passing through the page that the public sees."""
    return back("daily.agenda", account=account)


#: The sections in the order of the manifest, each with its first page.
SECTIONS = (
    ("agenda", "daily.agenda"),
    ("contacts", "daily.contacts"),
    ("statistics", "daily.shown_statistics"),
    ("services", "set_up.services"),
    ("opening_hours", "set_up.opening_hours"),
    ("booking_page", "set_up.booking_page"),
    ("reminders", "set_up.reminders"),
    ("synchronization", "set_up.synchronization"),
    ("settings", "set_up.settings"),
    ("help", "set_up.guide"),
)


def shown() -> dict[str, Any]:
    """What the pages of a section may use: which others are open, and the banner of a visit."""
    identity: Identity | None = g.get("identity")
    if identity is None or g.get("place") is None:
        return {}
    say = g.words.say
    names = {
        "agenda": say("Agenda"),
        "contacts": say("Contacts"),
        "statistics": say("Statistics"),
        "services": say("Bookable services"),
        "opening_hours": say("Opening hours"),
        "booking_page": say("Booking page"),
        "reminders": say("Reminders"),
        "synchronization": say("Synchronization"),
        "settings": say("Settings"),
        "help": say("Help"),
    }
    return {
        "place": g.place,
        "section": g.get("section", ""),
        "sections": [(key, endpoint, names[key]) for key, endpoint in SECTIONS if may(key)],
        "may": may,
        "form_token": form_token,
        "banner": Markup(banner.html(identity, language=g.words.language, style=False)),  # noqa: S704  # it escapes what people wrote
    }
