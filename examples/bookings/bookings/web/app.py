"""How the pages hang together: who is asked for what, in which language, with whose colors."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, current_app, g, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from bookings import business, clock, i18n, looks, mails
from bookings.business import Business
from bookings.database import Database
from bookings.i18n import LANGUAGES, Words
from bookings.platform import Brand, Platform, Unreachable
from bookings.settings import Settings
from bookings.web.forms import Form
from bookings.worker import Worker
from sublet_client import banner
from sublet_client.oidc import OpenIdConnect

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

BELOW = "/bookings"
_VISIT = re.compile(r"/as/(ims_[A-Za-z0-9]+)(?=/)")
#: No script at all, nothing from elsewhere, and nobody frames these pages.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class Parts:
    """What the pages work with; one for the process."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        platform: Platform,
        oidc: OpenIdConnect,
        now: Callable[[], Any] = clock.now,
    ) -> None:
        self.settings, self.database, self.platform, self.oidc, self.now = settings, database, platform, oidc, now
        self.links = mails.Links(settings)
        self.worker: Worker | None = None
        self._synchronized: dict[str, datetime] = {}

    def today(self, place: Business) -> date:
        """Which day it is where the business is."""
        at: datetime = self.now()
        return at.astimezone(place.zone).date()

    def wake(self) -> None:
        """Something is to be sent: not only at the next round."""
        if self.worker is not None:
            self.worker.wake()

    def synchronized(self, account: str) -> None:
        """Another calendar has read the feed: told once in an hour, as calendars ask every few minutes."""
        now = self.now()
        if account not in self._synchronized or now - self._synchronized[account] > timedelta(hours=1):
            self._synchronized[account] = now
            try:
                self.platform.signal(account, "last_synchronized", now)
            except Unreachable:
                del self._synchronized[account]


def parts() -> Parts:
    """Those of the request."""
    found: Parts = current_app.extensions["bookings"]
    return found


class Visits:
    """A visit stands before the path (/as/ims_…/bookings/…), and so in each address that a page makes."""

    def __init__(self, inner: Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]) -> None:
        self._inner = inner

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Take it off, and remember it."""
        match = _VISIT.match(environ.get("PATH_INFO", ""))
        if match is not None:
            environ["bookings.visit"] = match[1]
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + match[0]
            environ["PATH_INFO"] = environ["PATH_INFO"][match.end() :]
        return self._inner(environ, start_response)


def create_app(made: Parts) -> Flask:
    """The application."""
    from bookings.web import daily, hooks, public, set_up, signing

    app = Flask(
        "bookings",
        root_path=str(Path(__file__).parent.parent),
        static_url_path=f"{BELOW}/static",
        static_folder="static",
    )
    app.extensions["bookings"] = made
    app.config["MAX_CONTENT_LENGTH"] = 256 * 1024
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # what the extension adds
        lambda text: words()._texts.gettext(text),
        lambda one, many, number: words()._texts.ngettext(one, many, number),
        newstyle=True,
    )
    mails.links = made.links
    for module in (signing, hooks, daily, set_up, public):
        app.register_blueprint(module.pages, url_prefix=BELOW)
    app.add_url_rule(f"{BELOW}/brand.css", "brand_style", brand_style)
    app.add_url_rule(f"{BELOW}/visit.css", "visit_style", lambda: Response(banner.CSS, mimetype="text/css"))
    app.add_url_rule("/favicon.ico", "favicon", favicon)
    app.add_url_rule(f"{BELOW}/healthz", "healthz", lambda: ("ok\n", {"Content-Type": "text/plain"}))
    app.context_processor(shown_everywhere)
    app.before_request(before)
    app.after_request(after)
    app.register_error_handler(HTTPException, failed)
    app.wsgi_app = Visits(app.wsgi_app)  # type: ignore[method-assign]  # as Flask's own documentation does it
    return app


def before() -> None:
    """The language that somebody has chosen, else the browser's; the pages of a section take the person's."""
    asked = request.args.get("language", "")
    g.chosen = asked if asked in LANGUAGES else ""
    accepted = [code for code, _quality in request.accept_languages]
    g.words = Words(i18n.choose(g.chosen, request.cookies.get("bookings_language", ""), *accepted))
    g.identity = None


def after(response: Response) -> Response:
    """What every answer carries."""
    response.headers.setdefault("Content-Security-Policy", POLICY)
    if response.mimetype == "text/html" and "words" in g:
        response.headers["Content-Language"] = words().language
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    if request.endpoint not in {"static", "brand_style", "favicon"}:
        response.headers.setdefault("Cache-Control", "no-store")
    if g.get("chosen"):
        secure = parts().settings.scheme == "https"
        response.set_cookie(
            "bookings_language", g.chosen, max_age=31_536_000, path=BELOW, samesite="Lax", secure=secure, httponly=True
        )
    return response


def words() -> Words:
    """Texts for whoever reads this."""
    found: Words = g.words
    return found


def speak(language: str, zone: str) -> None:
    """In this language and by these clocks from here on."""
    g.words = Words(language, zone)


def visit() -> str:
    """The visit in whose address this page stands."""
    return str(request.environ.get("bookings.visit", ""))


def issuer() -> str:
    """The host of this request, as an issuer."""
    return f"{parts().settings.scheme}://{request.host}"


def brand() -> Brand:
    """How the host of this request looks."""
    if "brand" not in g:
        g.brand = parts().platform.brand(request.host)
    found: Brand = g.brand
    return found


def shown_everywhere() -> dict[str, Any]:
    """What each template may use."""
    from bookings.web import signing

    spoken = words()
    return {
        "brand": brand(),
        "look": looks.version(brand()),
        "w": spoken,
        "languages": i18n.NAMES,
        "language": spoken.language,
        "identity": g.get("identity"),
        "language_url": language_url,
        "day_of": date.fromisoformat,
        "none_form": Form({}),
        "now": int(parts().now().timestamp()),
        "signed_on_here": "bookings" in request.cookies,
        **signing.shown(),
    }


def language_url(code: str) -> str:
    """This page in another language."""
    if request.endpoint is None or request.method != "GET":
        return f"?language={code}"
    return url_for(request.endpoint, **{**(request.view_args or {}), **request.args.to_dict(), "language": code})


def brand_style() -> Response:
    """The host's colors as custom properties."""
    kept = "public, max-age=31536000, immutable" if request.args.get("v") == looks.version(brand()) else "no-cache"
    return Response(looks.style_sheet(brand()), mimetype="text/css", headers={"Cache-Control": kept})


def favicon() -> AnyResponse:
    """The host's icon, wherever it lies."""
    return redirect(brand().icon) if brand().icon and brand().icon != "/favicon.ico" else Response(status=404)


def failed(fault: HTTPException) -> AnyResponse | tuple[str, int]:
    """An error, in a sentence."""
    if fault.code is None or fault.code < 400:
        return fault.get_response()
    return render_template("error.html", code=fault.code), fault.code


def find_business(account: str) -> Business | None:
    """The business whose page this is."""
    return business.find(parts().database, account)


def back(endpoint: str, /, **values: Any) -> AnyResponse:
    """To another page, after a form."""
    return redirect(url_for(endpoint, **values), code=303)
